"""Blocks that hold nothing but ballots, and generated ballots with many ties."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.election.part import part
from sim.election.state import Block, Workspace
from sim.election.votes import Rankings, Scores
from sim.election.world import Layout, Option, World
from sim.random import Chance


def world_of(options: int, against: tuple[int, ...] = ()) -> World:
    """Options a, b, c …, those in ``against`` against all."""
    kinds = ["against_all" if o in against else "candidate" for o in range(options)]
    names = [chr(97 + o) for o in range(options)]
    return World(Layout(("all",), {"all": "all"}), tuple(Option(n, n, k) for n, k in zip(names, kinds)))


def block_of(world: World, held: Rankings | Scores, seed: int = 1) -> Block:
    """A block of so many draws as there are rows of counts."""
    block = Block(world, Chance(seed), 0, len(held.counts), Workspace())
    block.__dict__["rankings" if isinstance(held, Rankings) else "scores"] = held
    return block


def decide(model: str, body: dict[str, Any], block: Block) -> tuple[list[frozenset[int]], list[bool]]:
    """Return who is elected and whether there was a tie, by draw."""
    part("rules", model).model_validate(body).prepare(block.world)(block)
    seats = np.asarray(block.outputs["seats"])
    return [frozenset(np.flatnonzero(column).tolist()) for column in seats.T], np.asarray(
        block.outputs["tied"]
    ).tolist()


def explain(model: str, body: dict[str, Any], block: Block, draw: int = 0) -> list[Any]:
    return list(part("rules", model).model_validate(body).explain(block, draw))


def some_orders(rng: np.random.Generator, draws: int, kinds: int, options: int) -> np.ndarray:
    """Orders of any length, also none: (draw, kind, place)."""
    orders = rng.permuted(np.tile(np.arange(options, dtype=np.int8), (draws, kinds, 1)), axis=2)
    length = rng.integers(0, options + 1, (draws, kinds, 1))
    return np.where(np.arange(options) < length, orders, -1).astype(np.int8)


def some_ranks(rng: np.random.Generator, draws: int, kinds: int, options: int) -> np.ndarray:
    """Weak orders, with options not on the ballot: (draw, kind, option)."""
    raw = rng.integers(0, options + 1, (draws, kinds, options))
    ranks = np.full(raw.shape, options, np.int8)
    for at in np.ndindex(raw.shape[:2]):
        used = np.unique(raw[at][raw[at] < options])
        for rank, value in enumerate(used):
            ranks[at][raw[at] == value] = rank
    return ranks


def some_counts(rng: np.random.Generator, draws: int, kinds: int) -> np.ndarray:
    """Few ballots, so that votes are often equal, and none."""
    return rng.integers(0, int(rng.choice([2, 3, 6, 1_000])), (draws, kinds)).astype(np.int64)

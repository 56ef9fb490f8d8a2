"""Blocks with given votes, on which a rule can be run alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.election.part import part
from sim.election.state import Block, Workspace
from sim.election.world import Layout, Option, World
from sim.random import Chance


def world_of(kinds: dict[str, str], regions: tuple[str, ...] = ("all",)) -> World:
    """A world with these options (id → kind, in the order of the paper) and regions."""
    return World(Layout(regions, {r: r for r in regions}), tuple(Option(key, key, kind) for key, kind in kinds.items()))


def block_of(
    world: World,
    votes: np.ndarray,
    invalid: np.ndarray | None = None,
    registered: np.ndarray | None = None,
    seed: int = 1,
    first: int = 0,
) -> Block:
    """A block of one region whose national votes are (draw, option in the order of the paper), any size."""
    draws = len(votes)
    block = Block(world, Chance(seed), first, draws, Workspace())
    totals = np.empty((world.n_options, draws), np.int64)
    totals[world.option_order] = votes.T
    invalid = np.zeros(draws, np.int64) if invalid is None else invalid
    ballots = totals.sum(axis=0) + invalid
    registered = ballots if registered is None else registered
    block.__dict__.update(totals=totals, total_ballots=ballots, total_registered=registered)
    # What a second round looks at; its own law is tested elsewhere.
    block.support = np.zeros((world.n_options, draws, 1), np.float32)
    block.turnout = np.zeros((draws, 1), np.float32)
    block.registered = np.full((1, 1), 1000, np.int32)
    block.ballots_cast = np.full((draws, 1), 100, np.int32)
    block.invalid_ballots = np.zeros((draws, 1), np.int32)
    return block


def decide(model: str, body: dict[str, Any], block: Block) -> dict[str, np.ndarray]:
    """Run a rule on a block; options as indices in the order of the paper."""
    part("rules", model).model_validate(body).prepare(block.world)(block)
    place = np.append(np.argsort(block.world.option_order), -1)
    out = {key: np.asarray(value) for key, value in block.outputs.items()}
    out["winner"] = place[out["winner"]]
    if "runoff_votes" in out:
        out["runoff_votes"] = out["runoff_votes"][block.world.option_order].T
    return out

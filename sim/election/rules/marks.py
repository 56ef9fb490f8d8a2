"""Ballots as the rules for several seats read them, whatever kind of paper they were cast on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block
from sim.election.votes import Rankings, Scores
from sim.election.world import World

__all__ = ["electable_of", "first_marks", "kind_of", "points", "rankings_of", "seat_faults"]

I16 = NDArray[np.int16]
I64 = NDArray[np.int64]

Kind = Literal["rankings", "scores", "votes"]


def electable_of(world: World) -> NDArray[np.bool_]:
    """Return who can be elected, (option,)."""
    return np.array([option.electable for option in world.options])


def seat_faults(world: World, seats: int) -> Iterator[tuple[str, str]]:
    """Find more seats than there are options for them."""
    n = int(electable_of(world).sum())
    if seats > n:
        yield "seats", f"{seats} seats, and {n} {'option' if n == 1 else 'options'} that can be elected"


def kind_of(block: Block) -> Kind:
    """Return how the ballots of a block are marked: with scores, with ranks, or for one option each."""
    held = block.__dict__
    if "scores" in held:
        return "scores"
    return "rankings" if "rankings" in held or "profile" in held else "votes"


def rankings_of(block: Block) -> Rankings:
    """Return the rankings; where a ballot is for one option, it ranks no other."""
    if kind_of(block) == "rankings":
        return block.rankings
    options = np.arange(block.world.n_options, dtype=np.int8)
    orders = np.full((1, len(options), max(len(options), 1)), -1, np.int8)
    orders[0, :, 0] = options
    return Rankings.of_orders(orders, np.ascontiguousarray(block.totals.T))


def first_marks(rankings: Rankings, places: int) -> I16:
    """Return 1 where an option is among the first ``places`` of a ballot, (1 or draw, kind, option).

    Options of one rank that do not all find a place there have none: the ballot does not say which of them is meant.
    """
    ranks, options = rankings.ranks, rankings.ranks.shape[2]
    ahead = np.zeros(ranks.shape, np.int16)
    for rival in range(options):
        ahead += ranks[:, :, rival, None] <= ranks
    return np.asarray((ranks < options) & (ahead <= places), np.int16)


def points(block: Block, places: int) -> Scores:
    """Return the scores; on other ballots a point for each of the first ``places`` options."""
    if kind_of(block) == "scores":
        return block.scores
    rankings = rankings_of(block)
    return Scores(first_marks(rankings, places), rankings.counts)

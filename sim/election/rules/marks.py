"""Ballots as the rules for several seats read them, whatever kind of paper they were cast on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.election.rules.ranking import first_places
from sim.election.rules.rule import Steps, Ties
from sim.election.state import Block
from sim.election.votes import Rankings, Scores
from sim.election.world import World

__all__ = [
    "electable_of",
    "fill_seats",
    "first_marks",
    "kind_of",
    "points",
    "rankings_of",
    "seat_faults",
    "votes_table",
]

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
    if hasattr(block, "scores"):
        return "scores"
    # Rankings are given, or counted from a profile; where there is none, asking for them is an AttributeError.
    return "rankings" if hasattr(block, "rankings") else "votes"


def rankings_of(block: Block) -> Rankings:
    """Return the rankings, those beside scores too; where a ballot is for one option, it ranks no other."""
    if hasattr(block, "rankings"):
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


def fill_seats(
    block: Block, votes: I64, seats: int, ties: Ties, lot: str
) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Give the seats to the options with most votes.

    Returns
    -------
    (option, draw) 1 where elected; (draw,) whether a tie decided about a seat; (option, draw) who was equal to the
    last elected.  Nobody is elected where nobody has a vote.
    """
    electable = electable_of(block.world)
    first, held, tied = first_places(block, votes, electable, seats, ties, lot)
    house = np.zeros(votes.shape, np.int32)
    some = np.flatnonzero(held[0] > 0)
    house[first[:, some], some] = 1
    edge = electable[:, None] & (votes == held[-1])
    return house, tied & (held[0] > 0), edge


def votes_table(block: Block, draw: int, votes: I64, seats: int, ties: Ties, lot: str, unit: str = "votes") -> Steps:
    """Return the table of votes of one draw, most first, with who is elected."""
    house, tied, edge = fill_seats(block, votes, seats, ties, lot)
    world = block.world
    electable = electable_of(world)
    shown = sorted(world.option_order.tolist(), key=lambda o: (-int(house[o, draw]), -int(votes[o, draw])))
    standing = {True: "elected", False: ""}
    rows = tuple(
        (world.option_ids[o], int(votes[o, draw]), standing[bool(house[o, draw])] if electable[o] else "not electable")
        for o in shown
    )
    note = ""
    if tied[draw]:
        equal = ", ".join(world.option_ids[o] for o in world.option_order if edge[o, draw])
        note = f"{equal} have equal {unit}; decided by {'lot' if ties == 'lot' else 'the order of the ballot paper'}"
    elif not house[:, draw].any():
        note = f"nobody has {unit}, and nobody is elected"
    return Steps(f"{unit} for {seats} {'seat' if seats == 1 else 'seats'}", ("option", unit, "standing"), rows, note)

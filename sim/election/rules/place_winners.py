"""Who is first in each of many places: districts, states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.election.rules.rule import Steps
from sim.election.rules.ties import keys_of_places
from sim.election.state import Block
from sim.election.world import World

if TYPE_CHECKING:
    from sim.random import Lanes

__all__ = ["count_places", "place_steps", "place_winners", "who_can_win"]

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


def who_can_win(world: World) -> Bools:
    """Return which options are electable."""
    return np.array([option.electable for option in world.options], np.bool_)


def place_winners(block: Block, votes: I64, ties: str, lot: str, lanes: Lanes) -> tuple[I64, Bools]:
    """Return the electable option with most votes in each place, and where equal votes had to be settled.

    Parameters
    ----------
    votes
        (option, draw, place).
    ties, lot
        As in `sim.election.rules.ties.tie_keys`.
    lanes
        The (draw, place) grid from which lots are drawn.

    Returns
    -------
    (draw, place) option indices, −1 where no electable option has a vote; (draw, place).
    """
    from sim.numeric.ranks import first_by_count

    flat = np.ascontiguousarray(votes, np.int64).reshape(len(votes), -1)
    can = np.ascontiguousarray(np.broadcast_to(who_can_win(block.world)[:, None], flat.shape))
    held, best, equal = first_by_count(flat, can, 1)
    winner = np.where(best[0] > 0, held[0], -1)
    tied = equal & (best[0] > 0)
    some = np.flatnonzero(tied)
    if len(some):
        keys = keys_of_places(block, ties, lot, lanes).reshape(len(votes), -1)[:, some]
        first = can[:, some] & (flat[:, some] == best[0, some])
        winner[some] = np.where(first, keys, -1.0).argmax(axis=0)
    shape = votes.shape[1:]
    return winner.reshape(shape), tied.reshape(shape)


def count_places(winner: I64, worth: I64, options: int) -> NDArray[np.int32]:
    """Return what each option has won, (option, draw): the sum of ``worth`` (place,) over the places it won."""
    out = np.empty((options, winner.shape[0]), np.int32)
    for option in range(options):
        out[option] = ((winner == option) * worth).sum(axis=1)
    return out


def place_steps(title: str, places: list[tuple[str, I64, int, bool]], world: World, note: str = "") -> Steps:
    """Return the table of (place, votes by option, winner, tied) in one draw."""
    order = world.option_order.tolist()
    rows = []
    for place, votes, winner, tied in places:
        name = world.option_ids[winner] if winner >= 0 else "nobody"
        rows.append((place, *(int(votes[o]) for o in order), name, "equal votes" if tied else ""))
    return Steps(title, ("place", *(world.option_ids[o] for o in order), "wins", "tie"), tuple(rows), note)

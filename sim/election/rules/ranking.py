"""Exact comparison of votes: who stands where, and which ties a lot has to settle."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block
from sim.election.variables import Variable

__all__ = ["TIED", "WINNER", "first_places", "more_than", "ratio"]

I64 = NDArray[np.int64]

WINNER = Variable("winner", ("draw",), "int16", "1", "index of the option that wins; −1 for none", minimum=-1, indexes="option")
TIED = Variable("tied", ("draw",), "int8", "1", "1 where votes were equal and the rule's policy on ties decided", minimum=0, maximum=1)


def ratio(share: float) -> Fraction:
    """Return a share as the fraction a user meant: 0.5 → 1/2, 0.3333 → 3333/10000."""
    return Fraction(str(share)).limit_denominator(10**6)


def more_than(votes: I64, share: Fraction, base: I64) -> NDArray[np.bool_]:
    """Return ``votes > share × base``, in whole numbers (exact below 2⁶³ / 10⁶ votes)."""
    return votes * share.denominator > base * share.numerator


def first_places(
    block: Block, votes: I64, eligible: NDArray[np.bool_], places: int, ties: str, lot: str
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the options on the first places of every draw, and where a tie decided about one of them.

    Parameters
    ----------
    votes
        (option, draw).
    eligible
        (option,) or (option, draw): who can take a place.
    places
        Number of places.
    ties
        ``lot``: equal votes are ordered by a random number of each option; ``order``: by the order of the
        ballot paper.
    lot
        Written name of the stream from which lots are drawn.

    Returns
    -------
    (places, draw) option indices, −1 where fewer options are eligible; (draw,) whether the lot or the order
    decided between equal votes at the edge of a place.
    """
    options, draws = votes.shape
    can = np.broadcast_to(eligible if eligible.ndim == 2 else eligible[:, None], votes.shape)
    score = np.where(can, votes, -1)
    key = _lots(block, options, lot) if ties == "lot" else _order(block)
    taken = np.zeros_like(can)
    out = np.full((places, draws), -1, np.int64)
    tied = np.zeros(draws, bool)
    everyone = np.arange(draws)
    for place in range(places):
        left = np.where(taken, -1, score)
        best = left.max(axis=0)
        equal = (left == best) & (best >= 0)
        tied |= equal.sum(axis=0) > places - place
        tied |= (equal.sum(axis=0) > 1) & (places == 1)
        chosen = np.where(equal, key, -1.0).argmax(axis=0)
        there = best >= 0
        out[place] = np.where(there, chosen, -1)
        taken[chosen[there], everyone[there]] = True
    return out, tied


def _lots(block: Block, options: int, name: str) -> NDArray[np.float64]:
    return np.stack(
        [block.chance.stream(name, o.id).uniform64(block.draw_lanes)[:, 0] for o in block.world.options]
    )


def _order(block: Block) -> NDArray[np.float64]:
    place = np.empty(block.world.n_options)
    place[block.world.option_order] = np.arange(block.world.n_options)
    return np.repeat((block.world.n_options - place)[:, None], block.count, axis=1)

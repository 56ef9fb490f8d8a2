"""Exact comparison of votes: who stands where, and which ties a lot has to settle."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sim.election.rules.ties import tie_keys
from sim.election.state import Block

__all__ = ["first_places", "more_than", "ratio"]

I64 = NDArray[np.int64]


def ratio(share: float) -> Fraction:
    """Return a share as the fraction a user meant: 0.5 → 1/2, 0.3333 → 3333/10000."""
    return Fraction(str(share)).limit_denominator(10**6)


def more_than(votes: I64, share: Fraction, base: I64) -> NDArray[np.bool_]:
    """Return ``votes > share × base``, in whole numbers (exact below 2⁶³ / 10⁶ votes)."""
    return votes * share.denominator > base * share.numerator


def first_places(
    block: Block,
    votes: I64,
    eligible: NDArray[np.bool_],
    places: int,
    ties: str,
    lot: str,
    draws: NDArray[np.intp] | None = None,
) -> tuple[I64, I64, NDArray[np.bool_]]:
    """Return the options on the first places of every draw, their votes, and where a tie decided about a place.

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
    draws
        Which draws of the block the columns are; all by default.

    Returns
    -------
    (places, draw) option indices and votes, −1 where fewer options are eligible; (draw,) whether the lot or the
    order decided between equal votes at the edge of a place.
    """
    from sim.numeric.ranks import first_by_count

    can = np.ascontiguousarray(np.broadcast_to(eligible if eligible.ndim == 2 else eligible[:, None], votes.shape))
    out, held, equal = first_by_count(votes, can, places)
    tied = np.zeros(votes.shape[1], bool)
    some = np.flatnonzero(equal)
    if len(some):
        key = tie_keys(block, ties, lot)[:, some if draws is None else draws[some]]
        out[:, some], tied[some] = _settled(np.where(can, votes, -1)[:, some], key, places)
    return out, held, tied


def _settled(left: I64, key: NDArray[np.float64], places: int) -> tuple[I64, NDArray[np.bool_]]:
    """Order equal votes by the key; tell where more had equal votes than places were left."""
    everyone = np.arange(left.shape[1])
    out = np.full((places, left.shape[1]), -1, np.int64)
    tied = np.zeros(left.shape[1], bool)
    for place in range(places):
        best = left.max(axis=0)
        equal = (left == best) & (best >= 0)
        tied |= equal.sum(axis=0) > places - place
        chosen = np.where(equal, key, -1.0).argmax(axis=0)
        out[place] = np.where(best >= 0, chosen, -1)
        left[chosen, everyone] = -1
    return out, tied

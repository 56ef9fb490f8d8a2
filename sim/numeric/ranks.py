"""First places among counts, with the ties told."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import inline, kernel

__all__ = ["first_by_count"]

I64 = NDArray[np.int64]


@inline
def _load(counts: Any, can: Any, x: Any, who: Any, option: Any) -> None:
    for i in range(x.size):
        x[i] = counts[i] if can[i] else -1
        who[i] = option if can[i] else -1


@inline
def _place(best: Any, held: Any, x: Any, who: Any) -> None:
    """Take the place where x is more, and hand on whoever held it."""
    for i in range(x.size):
        a, b, o, h = best[i], x[i], held[i], who[i]
        # Who is pushed down stands before later rows of the same count.
        more = (b > a) | ((b == a) & (h < o))
        best[i] = b if more else a
        x[i] = a if more else b
        held[i] = h if more else o
        who[i] = o if more else h


@inline
def _meet(best: Any, following: Any, equal: Any) -> None:
    for i in range(best.size):
        equal[i] |= (best[i] == following[i]) & (best[i] >= 0)


@kernel
def _first_by_count(counts: Any, can: Any, best: Any, held: Any, x: Any, who: Any, equal: Any) -> None:
    # A place more than asked for shows who would have had the last one with the same count.
    for o in range(counts.shape[0]):
        _load(counts[o], can[o], x, who, o)
        for place in range(best.shape[0]):
            _place(best[place], held[place], x, who)
    for place in range(best.shape[0] - 1):
        _meet(best[place], best[place + 1], equal)


def first_by_count(counts: I64, can: NDArray[np.bool_], places: int) -> tuple[I64, I64, NDArray[np.bool_]]:
    """Return who stands on the first places of each column, equal counts in the order of the rows.

    Parameters
    ----------
    counts
        (options, draws), not negative.
    can
        (options, draws): who can take a place.
    places
        Number of places.

    Returns
    -------
    (places, draws) rows and their counts, −1 where nobody is left; (draws,) whether equal counts met on one of
    the places.
    """
    draws = counts.shape[1]
    best, held = np.full((places + 1, draws), -1, np.int64), np.full((places + 1, draws), -1, np.int64)
    equal = np.zeros(draws, np.bool_)
    _first_by_count(counts, can, best, held, np.empty(draws, np.int64), np.empty(draws, np.int64), equal)
    return held[:places], best[:places], equal

"""First places among counts, with the ties told."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import kernel

__all__ = ["first_by_count"]

I64 = NDArray[np.int64]


@kernel
def _first_by_count(counts: Any, can: Any, places: int, out: Any, equal: Any) -> None:
    options, draws = counts.shape
    for d in range(draws):
        above = np.int64(-1)
        last = -1
        for place in range(places):
            best = np.int64(-1)
            who = -1
            several = 0
            for o in range(options):
                x = counts[o, d]
                beyond = (place > 0) & ((x > above) | ((x == above) & (o <= last)))
                if can[o, d] and not beyond:
                    if x > best:
                        best, who, several = x, o, 1
                    elif x == best:
                        several += 1
            out[place, d] = who
            equal[d] |= several > 1
            above, last = best, who
            if who < 0:
                for rest in range(place, places):
                    out[rest, d] = -1
                break


def first_by_count(counts: I64, can: NDArray[np.bool_], places: int) -> tuple[I64, NDArray[np.bool_]]:
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
    (places, draws) rows, −1 where nobody is left; (draws,) whether equal counts met on one of the places.
    """
    out = np.full((places, counts.shape[1]), -1, np.int64)
    equal = np.zeros(counts.shape[1], np.bool_)
    _first_by_count(counts, can, places, out, equal)
    return out, equal

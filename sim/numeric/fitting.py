"""Iterative proportional fitting: the table of counts closest to independence that has given marginal sums.

Deming & Stephan 1940, doi:10.1214/aoms/1177731829.  Each step scales the table so that it has one of the sums;
where a table with all of them exists, the steps converge to the one that maximises the entropy (Csiszár 1975).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["marginal", "proportional_fit"]

F64 = NDArray[np.float64]
Margin = tuple[tuple[int, ...], F64]

ROUNDS = 2_000


def marginal(table: F64, axes: Sequence[int]) -> F64:
    """Return the sums over all axes but ``axes`` (ascending)."""
    others = tuple(axis for axis in range(table.ndim) if axis not in axes)
    return np.asarray(table.sum(axis=others))


def proportional_fit(shape: tuple[int, ...], margins: Sequence[Margin], tolerance: float) -> tuple[F64, float]:
    """Fit a table to marginal sums, from a table of ones.

    Parameters
    ----------
    shape
        Of the table.
    margins
        (axes ascending, wanted sums of the shape of these axes); the last one holds exactly.
    tolerance
        Largest difference of a sum, in the unit of the table, at which to stop.

    Returns
    -------
    The table, and the largest difference of a sum from what was wanted: more than ``tolerance`` where the
    margins contradict each other.
    """
    table = np.ones(shape)
    worst = np.inf
    for _ in range(ROUNDS):
        for axes, wanted in margins:
            have = marginal(table, axes)
            factor = np.divide(wanted, have, out=np.zeros_like(have), where=have > 0)
            table *= np.expand_dims(factor, tuple(axis for axis in range(len(shape)) if axis not in axes))
        worst = max(float(np.abs(marginal(table, axes) - wanted).max()) for axes, wanted in margins)
        if worst <= tolerance:
            break
    return table, worst

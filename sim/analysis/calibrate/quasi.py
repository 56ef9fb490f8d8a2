"""Quasi-variances: independent errors under which differences are about as uncertain as they are."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["quasi_variances"]

F64 = NDArray[np.float64]


def quasi_variances(covariance: F64) -> F64:
    """Return q ≥ 0 with ``q_i + q_j ≈ Var(u_i − u_j)`` for all pairs, by least squares of the relative errors.

    The first of two options is the reference and keeps 0.  Exact for two and, where none would be negative, three
    options, and for shares of a multinomial sample of any number.

    References
    ----------
    Firth & de Menezes 2004, doi 10.1093/biomet/91.1.65.
    """
    from scipy.optimize import nnls

    n = len(covariance)
    own = np.diag(covariance)
    pairs = list(combinations(range(n), 2))
    wanted = np.array([own[i] + own[j] - 2 * covariance[i, j] for i, j in pairs])
    if n == 2:
        return np.array([0.0, max(wanted[0], 0.0)])
    kept = [at for at, variance in enumerate(wanted) if variance > 1e-18]
    if not kept:
        return np.zeros(n)
    rows = np.zeros((len(kept), n))
    for row, at in enumerate(kept):
        rows[row, list(pairs[at])] = 1 / wanted[at]
    return np.asarray(nnls(rows, np.ones(len(kept)))[0], np.float64)

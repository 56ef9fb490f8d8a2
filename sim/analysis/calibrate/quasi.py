"""Quasi-variances: independent errors under which differences are about as uncertain as they are."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["drawn_apart", "quasi_variances"]

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


def drawn_apart(shares: F64, errors: F64) -> F64:
    """Return the sds with which log-odds of shares are drawn apart, so that scaled to sum to one they have ``errors``.

    Scaling pulls every share back by its own weight.  With q_i the variance of log p_i before it,

        Var(logit p_i) ≈ q_i + Σ_{j≠i} (p_j / (1 − p_i))² q_j,      sd_i = √q_i / (1 − p_i)

    which q meets exactly where some q ≥ 0 does (for a multinomial sample of n, q_i = 1/(n p_i)), else by least
    squares of the relative errors.

    Parameters
    ----------
    shares
        p, summing to one.
    errors
        Standard errors of their log-odds; 0 where a share is known.
    """
    from scipy.optimize import nnls

    p, s = np.asarray(shares, np.float64), np.asarray(errors, np.float64)
    out = np.zeros(len(p))
    some = np.flatnonzero((s > 0) & (p > 0) & (p < 1))
    if len(some):
        weights = p[None, some] / (1 - p[some, None])
        np.fill_diagonal(weights, 1.0)
        q = nnls(weights**2 / s[some, None] ** 2, np.ones(len(some)))[0]
        out[some] = np.sqrt(q) / (1 - p[some])
    return out

"""Mean, spread and quantiles of draws, each with its Monte Carlo standard error."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.analysis.pieces import F64

__all__ = ["QUANTILES", "STATISTICS", "bound", "describe", "probability_error"]

#: The quantiles that a summary gives.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

#: Names of the statistics of a summary, in order.
STATISTICS = ("mean", "sd", "q05", "q25", "q50", "q75", "q95")

_ONE_SD = (0.15865525393145707, 0.8413447460685429)


@lru_cache(maxsize=64)
def _ranks(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Ranks (from 0) of the order statistics one standard error below and above each quantile."""
    from scipy.special import betaincinv

    q = np.array(QUANTILES)
    low = betaincinv(n * q + 1, n * (1 - q) + 1, _ONE_SD[0])
    high = betaincinv(n * q + 1, n * (1 - q) + 1, _ONE_SD[1])
    below = np.maximum(np.floor(low * n), 1) - 1
    above = np.minimum(np.ceil(high * n), n) - 1
    return below.astype(np.intp), above.astype(np.intp)


def describe(x: F64) -> tuple[F64, F64]:
    """Describe one quantity over independent draws.

    Parameters
    ----------
    x
        Values (draw); NaN are left out.  Sorted in place.

    Returns
    -------
    values, errors : (7,) each, in the order of `STATISTICS`
        The mean; the standard deviation with n − 1; quantiles by linear interpolation of the order
        statistics (type 7 of Hyndman & Fan 1996).  Monte Carlo standard errors: of the mean ``sd / √n``; of
        the sd ``√((m₄ − sd⁴)/n) / (2·sd)``; of a quantile half the distance of the order statistics at the
        ranks ``n·Beta⁻¹(Φ(∓1); nq + 1, n(1 − q) + 1)``, for the number of draws below the quantile is
        binomial.  NaN where there are too few draws.

    References
    ----------
    Vehtari et al. 2021, doi 10.1214/20-BA1221 (standard error of quantiles).
    """
    values, errors = np.full(7, np.nan), np.full(7, np.nan)
    x.sort()
    n = int(np.searchsorted(x, np.inf, side="right"))  # NaN stand last
    if n == 0:
        return values, errors
    x = x[:n]
    mean = math.fsum(x) / n if n < 1000 else float(x.mean())
    values[0] = mean
    at = (n - 1) * np.array(QUANTILES)
    rank = at.astype(np.intp)
    low, high = x[rank], x[np.minimum(rank + 1, n - 1)]
    values[2:] = low + (at - rank) * (high - low)
    if n > 1:
        squares = (x - mean) ** 2
        variance = float(squares.sum()) / (n - 1)
        sd = math.sqrt(variance)
        values[1] = sd
        errors[0] = sd / math.sqrt(n)
        np.square(squares, out=squares)
        fourth = float(squares.mean())
        errors[1] = math.sqrt(max(0.0, fourth - variance**2) / n) / (2 * sd) if sd > 0 else 0.0
        below, above = _ranks(n)
        errors[2:] = (x[above] - x[below]) / 2
    return values, errors


def probability_error(p: F64 | float, n: int) -> F64:
    """Return the Monte Carlo standard error ``√(p(1 − p)/n)`` of a share of n independent draws."""
    p = np.asarray(p, float)
    return np.asarray(np.sqrt(np.maximum(p * (1 - p), 0) / n))


def bound(p: F64 | float, n: int) -> F64:
    """Return the 95 % bound of a probability that no draw, or every draw, bears out.

    ``1 − 0.05^{1/n}`` (about 3/n, the rule of three: Hanley & Lippman-Hand 1983,
    doi 10.1001/jama.1983.03330370053031) where p is 0, one minus that where p is 1, NaN elsewhere.
    """
    p = np.asarray(p, float)
    limit = -math.expm1(math.log(0.05) / n)
    return np.where(p == 0, limit, np.where(p == 1, 1 - limit, np.nan))

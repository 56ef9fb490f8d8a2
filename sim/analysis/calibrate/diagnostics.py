"""Whether chains of a sampler have found what they were sent for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["split_rhat"]

F64 = NDArray[np.float64]


def split_rhat(chains: F64) -> float:
    """Return the rank-normalised split R-hat, 1 where all chains tell the same.

    Each chain is cut in halves of n, ``R̂ = √(((n − 1)/n W + B/n) / W)`` with the mean variance W within and the
    variance B/n between the means of the halves, of the ranks as normal scores ``Φ⁻¹((r − 3/8)/(S + 1/4))``; the
    larger of that of the values and that of their distances from the median.

    Parameters
    ----------
    chains
        (chain, draw); at least four draws each.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021, doi 10.1214/20-BA1221.
    """
    half = chains.shape[1] // 2
    halves = np.concatenate([chains[:, :half], chains[:, chains.shape[1] - half :]])
    return max(_rhat(_scores(halves)), _rhat(_scores(np.abs(halves - np.median(halves)))))


def _scores(x: F64) -> F64:
    from scipy.special import ndtri
    from scipy.stats import rankdata

    ranks = rankdata(x, axis=None).reshape(x.shape)
    return np.asarray(ndtri((ranks - 0.375) / (x.size + 0.25)))


def _rhat(x: F64) -> float:
    n = x.shape[1]
    within = float(x.var(axis=1, ddof=1).mean())
    between = float(x.mean(axis=1).var(ddof=1))
    if within == 0:
        return 1.0 if between == 0 else float("inf")
    return float(np.sqrt(((n - 1) / n * within + between) / within))

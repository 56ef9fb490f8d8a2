"""Scoring rules of an ensemble against one observed number: CRPS and log score."""

from __future__ import annotations

import math

import numpy as np

from sim.analysis.pieces import F64

__all__ = ["bandwidth", "crps", "log_score", "same"]


def crps(x: F64, y: float) -> tuple[float, float, F64]:
    """Return the continuous ranked probability score of an ensemble, in the units of ``y``.

    The fair estimator ``(1/n) Σ|xᵢ − y| − (1/(2n(n − 1))) ΣΣ|xᵢ − xⱼ|``: its expectation over ensembles is
    the score of the distribution they are drawn from, whatever n.  O(n log n) by sorting.

    Parameters
    ----------
    x
        Ensemble (draw), finite, n ≥ 2; not changed.
    y
        What was observed.

    Returns
    -------
    score
        Smaller is better; 0 at best.
    error
        Monte Carlo standard error, the exact jackknife of this U-statistic:
        ``√((n − 1)/n · Σ(2(U − kᵢ)/(n − 2))²)`` with ``kᵢ`` the mean of the kernel over the pairs of i; NaN
        for n < 3.
    influence
        (draw): the change that draw i makes, whose standard deviation over √n is that error.

    References
    ----------
    Gneiting & Raftery 2007, doi 10.1198/016214506000001437; Ferro 2014, doi 10.1002/qj.2270 (fair).
    """
    n = len(x)
    order = np.argsort(x, kind="stable")
    z = x[order] - y
    below = np.cumsum(z)
    # Σⱼ|zᵢ − zⱼ| of sorted z.
    rank = np.arange(1, n + 1)
    distance = (2 * rank - n) * z - 2 * below + below[-1]
    away = np.abs(z)
    spread = distance / (n - 1)
    value = float(away.mean() - spread.mean() / 2)
    influence = np.empty(n)
    influence[order] = away - spread
    influence -= influence.mean()
    if n < 3:
        return value, math.nan, influence
    # Twice the mean kernel of i's pairs: ((n − 2)·away_i + Σ away)/(n − 1) − spread_i.
    twice = ((n - 2) * away + away.sum()) / (n - 1) - spread
    error = math.sqrt((n - 1) / n * float(((2 * value - twice) ** 2).sum())) / (n - 2)
    return value, error, influence


def bandwidth(z: F64) -> float:
    """Return the bandwidth of a Gaussian kernel density, ``0.9·min(sd, IQR/1.34)·n^(−1/5)``.

    Silverman 1986, eq. 3.31; the sd alone where the quartiles coincide.  The kernel widens the density: its
    variance is that of the ensemble plus the squared bandwidth, 2 % more at 10,000 normal draws, 13 % at 100.
    """
    sd = float(z.std(ddof=1))
    low, high = np.quantile(z, (0.25, 0.75))
    spread = min(sd, float(high - low) / 1.34) if high > low else sd
    return 0.9 * spread / math.pow(len(z), 0.2)


def log_score(x: F64, y: float, share: bool = True) -> tuple[float, float, F64]:
    """Return the logarithmic score of an ensemble, ``−log f(y)``, in nats.

    ``f`` is a Gaussian kernel density of the log-odds of the draws (of the logs where ``share`` is False),
    with the Jacobian ``1/(y(1 − y))`` (``1/y``), so that it is the density of the quantity itself.  See
    `bandwidth`.

    Parameters
    ----------
    x
        Ensemble (draw), fractions or positive numbers; not changed.  Draws at the ends of the scale have no
        finite transform: they take their part of the mass away from ``f``.
    y
        What was observed.
    share
        Whether the quantity is a fraction in [0, 1].

    Returns
    -------
    score
        Smaller is better; may be negative.  ``inf`` where all draws are the same (or fewer than two are
        inside the scale) and differ from ``y``; NaN where they equal it, or where ``y`` is 0 (or a share
        of 1) and thus has no density on this scale.
    error
        Monte Carlo standard error with the bandwidth held fixed, ``sd(w)/(mean(w)·√n)`` of the kernel
        weights w.
    influence
        (draw): the change that draw i makes.

    Notes
    -----
    Far outside the draws the density is the tail of a single kernel: the score is then large and says only
    "far outside", and its standard error is of the order of 1.

    References
    ----------
    Good 1952; Krüger et al. 2021, doi 10.1111/insr.12405 (kernel densities in scores of ensembles).
    """
    n = len(x)
    none = np.zeros(n)
    if np.ptp(x) == 0:
        return (math.nan if same(float(x[0]), y) else math.inf), math.nan, none
    if y <= 0 or (share and y >= 1):
        return math.nan, math.nan, none
    inside = (x > 0) & (x < 1) if share else x > 0
    kept = x[inside]
    z = np.log(kept) - np.log1p(-kept) if share else np.log(kept)
    if len(z) < 2 or np.ptp(z) == 0:
        return math.inf, math.nan, none
    at = math.log(y) - (math.log1p(-y) if share else 0.0)
    jacobian = -math.log(y) - (math.log1p(-y) if share else 0.0)
    h = bandwidth(z)
    exponent = -0.5 * ((z - at) / h) ** 2
    top = float(exponent.max())
    weights = np.zeros(n)
    weights[inside] = np.exp(exponent - top)
    mean = float(weights.mean())
    density = top + math.log(mean) - math.log(h) - 0.5 * math.log(2 * math.pi) + jacobian
    influence = 1 - weights / mean
    return -density, float(weights.std(ddof=1)) / (mean * math.sqrt(n)), influence


def same(a: float, b: float) -> bool:
    """Whether two figures agree to the digits that a printed share has."""
    return math.isclose(a, b, rel_tol=5e-6, abs_tol=5e-7)

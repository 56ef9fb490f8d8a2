"""Parameters with a prior: their density, their quantiles, and a scale without ends on which a sampler may move."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.election.quantities import Distribution

__all__ = ["Coordinate"]

F64 = NDArray[np.float64]

#: Quantiles from which mean and sd of a prior are had.
GRID = 20_000


class Coordinate:
    """One parameter θ and its place z on the real line.

    ``z = θ`` where the prior has no ends, ``log(θ − low)`` or ``−log(high − θ)`` where it has one,
    ``logit((θ − low) / (high − low))`` where it has two; densities of z carry the Jacobian dθ/dz.

    Parameters
    ----------
    distribution
        The prior of θ.
    """

    def __init__(self, distribution: Distribution) -> None:
        self.distribution = distribution
        self.low, self.high = distribution.support

    def real(self, theta: F64) -> F64:
        """Return z of θ."""
        low, high = math.isfinite(self.low), math.isfinite(self.high)
        if low and high:
            return np.asarray(np.log(theta - self.low) - np.log(self.high - theta))
        if low:
            return np.asarray(np.log(theta - self.low))
        return np.asarray(-np.log(self.high - theta)) if high else np.asarray(theta)

    def value(self, z: F64) -> F64:
        """Return θ of z."""
        low, high = math.isfinite(self.low), math.isfinite(self.high)
        if low and high:
            # From the nearer end, so that what is close to it keeps its digits.
            part = (self.high - self.low) * _logistic(-np.abs(z))
            return np.where(z < 0, self.low + part, self.high - part)
        if low:
            return np.asarray(self.low + np.exp(z))
        return np.asarray(self.high - np.exp(-z)) if high else np.asarray(z)

    def log_density(self, z: F64) -> F64:
        """Return the log density of z under the prior, up to a constant."""
        low, high = math.isfinite(self.low), math.isfinite(self.high)
        jacobian = np.zeros_like(z)
        if low and high:
            jacobian = -np.abs(z) - 2 * np.log1p(np.exp(-np.abs(z)))
        elif low or high:
            jacobian = z if low else -z
        with np.errstate(all="ignore"):
            out = np.asarray(self._frozen.logpdf(self.value(z))) + jacobian
        return np.where(np.isnan(out), -np.inf, out)

    def quantile(self, p: F64) -> F64:
        """Return quantiles of the prior."""
        first, last = (float(self._frozen.cdf(end)) for end in (self.low, self.high))
        return np.asarray(self._frozen.ppf(first + p * (last - first)))

    @cached_property
    def moments(self) -> tuple[float, float]:
        """Mean and standard deviation of the prior, from 20,000 quantiles."""
        x = self.quantile((np.arange(GRID) + 0.5) / GRID)
        return float(x.mean()), float(x.std())

    @cached_property
    def _frozen(self) -> Any:
        from scipy import stats

        p = self.distribution.parameters
        match self.distribution.family:
            case "normal":
                return stats.norm(p[0], p[1])
            case "student_t":
                return stats.t(p[2], p[0], p[1])
            case "lognormal":
                return stats.lognorm(p[1], scale=p[0])
            case "logit_normal":
                return _LogitNormal(stats.norm(math.log(p[0] / (1 - p[0])), p[1]))
            case "uniform":
                return stats.uniform(p[0], p[1] - p[0])
            case "triangular":
                return stats.triang((p[1] - p[0]) / (p[2] - p[0]), p[0], p[2] - p[0])
            case "beta":
                return stats.beta(p[0], p[1])
            case "gamma":
                return stats.gamma(p[0], scale=p[1])
        raise ValueError(f"unknown family {self.distribution.family!r}")


class _LogitNormal:
    """logistic(X) of a normal X, with the methods of scipy's distributions that are needed."""

    def __init__(self, normal: Any) -> None:
        self._normal = normal

    def logpdf(self, x: F64) -> F64:
        logit = np.log(x) - np.log1p(-x)
        return np.asarray(self._normal.logpdf(logit) - np.log(x) - np.log1p(-x))

    def cdf(self, x: float) -> float:
        return float(self._normal.cdf(math.log(x / (1 - x)))) if 0 < x < 1 else float(x >= 1)

    def ppf(self, p: F64) -> F64:
        return _logistic(np.asarray(self._normal.ppf(p)))


def _logistic(x: F64) -> F64:
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, small) / (1 + small))

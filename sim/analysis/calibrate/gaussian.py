"""Variance components of a normal vector: likelihood, its maximum, and the information there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError

__all__ = ["Likelihood", "maximum"]

F64 = NDArray[np.float64]

#: Variances below this part of the residuals' are at the end of their range.
SMALLEST = 1e-7


@dataclass(frozen=True)
class Likelihood:
    """The log-likelihood of ``y ~ N(Xβ, V)``, ``V = Σ_k θ_k A_k``, with β profiled out.

        ML     ℓ = −½ (log|V| + rᵀ V⁻¹ r + n log 2π)
        REML   ℓ − ½ (log|Xᵀ V⁻¹ X| − p log 2π)

    With ``P = V⁻¹ − V⁻¹X(XᵀV⁻¹X)⁻¹XᵀV⁻¹`` and Q = V⁻¹ (ML) or P (REML)

        ∂ℓ/∂θ_k = −½ tr(Q A_k) + ½ yᵀ P A_k P y
        H_kl    = −½ tr(Q A_k Q A_l) + yᵀ P A_k P A_l P y       (observed information)

    Attributes
    ----------
    names, theta
        The components and their variances.
    value
        The log-likelihood.
    gradient, information
        (k,), (k, k) with respect to θ.
    inverse
        V⁻¹ (n, n).
    beta, covariance
        Generalised least squares, and its covariance.
    residual
        y − Xβ.
    """

    names: tuple[str, ...]
    theta: F64
    value: float
    gradient: F64
    information: F64
    inverse: F64
    beta: F64
    covariance: F64
    residual: F64

    @classmethod
    def at(cls, y: F64, x: F64, shapes: Mapping[str, F64], theta: F64, method: str) -> Likelihood:
        """Evaluate; method is ``ml`` or ``reml``."""
        n, p = x.shape
        v = sum((t * a for t, a in zip(theta[1:], list(shapes.values())[1:])), theta[0] * next(iter(shapes.values())))
        factor = np.linalg.cholesky(v)
        root = np.linalg.solve(factor, np.eye(n))
        inverse = root.T @ root
        cross = x.T @ inverse @ x
        covariance: F64 = np.asarray(np.linalg.inv(cross), np.float64)
        beta = covariance @ (x.T @ (inverse @ y))
        residual = y - x @ beta
        projection = inverse - inverse @ x @ covariance @ x.T @ inverse
        q = projection if method == "reml" else inverse
        value = -0.5 * (2 * np.log(np.diag(factor)).sum() + residual @ inverse @ residual + n * np.log(2 * np.pi))
        if method == "reml":
            value -= 0.5 * (np.linalg.slogdet(cross)[1] - p * np.log(2 * np.pi))
        py = projection @ y
        moved = [a @ py for a in shapes.values()]
        qa = [q @ a for a in shapes.values()]
        gradient = np.array([-0.5 * np.trace(m) + 0.5 * py @ a for m, a in zip(qa, moved)])
        information = np.array(
            [[-0.5 * np.sum(m * k.T) + a @ projection @ b for k, b in zip(qa, moved)] for m, a in zip(qa, moved)]
        )
        return cls(tuple(shapes), theta, float(value), gradient, information, inverse, beta, covariance, residual)

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Whether a variance is not at the end of its range."""
        return self.theta > 10 * SMALLEST * float(self.theta.max())

    def sizes(self) -> tuple[F64, F64]:
        """Return the standard deviations and their standard errors; 0 and NaN at the end of the range."""
        inside = self.inside
        sd, error = np.where(inside, np.sqrt(self.theta), 0.0), np.full(len(self.theta), np.nan)
        try:
            variance = np.diag(np.linalg.inv(self.information[np.ix_(inside, inside)]))
        except np.linalg.LinAlgError:
            return sd, error
        with np.errstate(invalid="ignore"):
            error[inside] = np.sqrt(variance) / (2 * sd[inside])
        return sd, error

    def means(self) -> tuple[F64, F64]:
        """Return β and its standard errors."""
        return self.beta, np.sqrt(np.diag(self.covariance))


def maximum(y: F64, x: F64, shapes: Mapping[str, F64], method: str) -> Likelihood:
    """Return the likelihood at its maximum, searched over log θ from several places.

    Raises
    ------
    SimError
        If the mean cannot be found from these cells, or the residuals are all 0.
    """
    from scipy.optimize import minimize

    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise SimError("panel: the mean of a block cannot be told apart: no vote that is fitted has it and others")
    scale = float(np.var(y - x @ np.linalg.lstsq(x, y, rcond=None)[0]))
    if scale < 1e-14:
        raise SimError("panel: all figures are alike; there is no swing to fit")
    low = np.log(scale * SMALLEST)

    def loss(log_theta: F64) -> tuple[float, F64]:
        one = Likelihood.at(y, x, shapes, np.exp(log_theta), method)
        return -one.value, -one.gradient * one.theta

    count = len(shapes)
    starts = [np.full(count, scale / count)]
    starts += [scale * np.where(np.arange(count) == k, 0.8, 0.2 / count) for k in range(count)]
    found = [
        minimize(loss, np.log(start), jac=True, method="L-BFGS-B", bounds=[(low, np.log(scale * 1e3))] * count)
        for start in starts
    ]
    best = np.exp(min(found, key=lambda one: float(one.fun)).x)
    # On the scale of log θ the way to 0 is flat: what is almost there is taken there if that costs nothing.
    end = float(np.exp(low))
    for k in np.flatnonzero(best < 1e-2 * best.max()):
        there = np.where(np.arange(count) == k, end, best)
        if loss(np.log(there))[0] <= loss(np.log(best))[0] + 1e-6:
            best = there
    return _polished(y, x, shapes, best, method)


def _polished(y: F64, x: F64, shapes: Mapping[str, F64], theta: F64, method: str) -> Likelihood:
    """Take Newton steps with the observed information among the variances inside their range."""
    here = Likelihood.at(y, x, shapes, theta, method)
    for _ in range(20):
        inside = here.inside
        try:
            step = np.linalg.solve(here.information[np.ix_(inside, inside)], here.gradient[inside])
        except np.linalg.LinAlgError:
            break
        new = here.theta.copy()
        new[inside] += step
        if not (new > 0).all():
            break
        there = Likelihood.at(y, x, shapes, new, method)
        if not there.value > here.value + 1e-12:
            break
        here = there
    return here

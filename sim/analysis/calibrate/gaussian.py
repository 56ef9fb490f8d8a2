"""Variance components of a normal vector: likelihood, its maximum, and the information there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError

__all__ = ["Likelihood", "maximum"]

F64 = NDArray[np.float64]

#: Variances below this part of the residuals' are at the end of their range.
SMALLEST = 1e-7


@dataclass(frozen=True)
class Likelihood:
    """The log-likelihood of ``y ~ N(Xβ, V)``, ``V = Σ_k θ_k Z_k Z_kᵀ + θ_e I``, with β profiled out.

        ML     ℓ = −½ (log|V| + rᵀ V⁻¹ r + n log 2π)
        REML   ℓ − ½ (log|Xᵀ V⁻¹ X| − p log 2π)

    With ``P = V⁻¹ − V⁻¹X(XᵀV⁻¹X)⁻¹XᵀV⁻¹``, Q = V⁻¹ (ML) or P (REML) and ``A_k = Z_k Z_kᵀ``, the residual's A = I,

        ∂ℓ/∂θ_k = −½ tr(Q A_k) + ½ yᵀ P A_k P y
        H_kl    = −½ tr(Q A_k Q A_l) + yᵀ P A_k P A_l P y       (observed information)

    No matrix of all cells is made: with q columns of ``Z = [Z_k]`` and their variances D,
    ``V⁻¹ = (I − Z G Zᵀ)/θ_e``, ``G = D^½ (θ_e I + D^½ ZᵀZ D^½)⁻¹ D^½`` (Woodbury), n·q² operations.

    Attributes
    ----------
    names, theta
        The components and their variances, the residual's last.
    value
        The log-likelihood.
    gradient, information
        (k,), (k, k) with respect to θ.
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
    beta: F64
    covariance: F64
    residual: F64
    _z: F64
    _g: F64

    @classmethod
    def at(cls, y: F64, x: F64, factors: Mapping[str, F64], theta: F64, method: str) -> Likelihood:
        """Evaluate; ``factors`` are the Z_k (n, ·), method is ``ml`` or ``reml``."""
        n, p = x.shape
        noise = float(theta[-1])
        z = np.concatenate(list(factors.values()), axis=1)
        ends = np.cumsum([0, *(one.shape[1] for one in factors.values())])
        spans = [slice(int(a), int(b)) for a, b in pairwise(ends)]
        root = np.sqrt(np.repeat(theta[:-1], np.diff(ends)))
        inner = z.T @ z
        middle = noise * np.eye(len(root)) + root[:, None] * inner * root
        g = root[:, None] * np.asarray(np.linalg.inv(middle), np.float64) * root

        def solve(m: F64) -> F64:
            return np.asarray((m - z @ (g @ (z.T @ m))) / noise)

        vx = solve(x)
        cross = x.T @ vx
        covariance = np.asarray(np.linalg.inv(cross), np.float64)
        beta = covariance @ (vx.T @ y)
        residual = y - x @ beta
        py = solve(residual)
        value = -0.5 * (
            (n - len(root)) * np.log(noise) + np.linalg.slogdet(middle)[1] + residual @ py + n * np.log(2 * np.pi)
        )
        vz, gs = solve(z), g @ inner
        trace, trace_2 = (n - np.trace(gs)) / noise, (n - 2 * np.trace(gs) + np.sum(gs * gs.T)) / noise**2
        pz = vz - vx @ (covariance @ (vx.T @ z))
        qz = vz
        if method == "reml":
            value -= 0.5 * (np.linalg.slogdet(cross)[1] - p * np.log(2 * np.pi))
            twice = covariance @ (vx.T @ vx)
            trace_2 += np.sum(twice * twice.T) - 2 * np.trace(covariance @ (vx.T @ solve(vx)))
            trace -= np.trace(twice)
            qz = pz
        block, square = z.T @ qz, qz.T @ qz
        # A_k P y, and P of it: of the residual P y itself.
        moved = [z[:, one] @ (z[:, one].T @ py) for one in spans] + [py]
        again = [pz[:, one] @ (z[:, one].T @ py) for one in spans]
        again.append(solve(py) - vx @ (covariance @ (vx.T @ py)))
        traces = [np.trace(block[one, one]) for one in spans] + [trace]
        gradient = np.array([-0.5 * t + 0.5 * py @ m for t, m in zip(traces, moved)])
        k = len(theta)
        information = np.empty((k, k))
        for i in range(k):
            for j in range(i, k):
                if j < k - 1:
                    both = float(np.sum(block[spans[i], spans[j]] ** 2))
                else:
                    both = float(trace_2 if i == j else np.trace(square[spans[i], spans[i]]))
                information[i, j] = information[j, i] = -0.5 * both + moved[i] @ again[j]
        names = (*factors, "residual")
        return cls(names, theta, float(value), gradient, information, beta, covariance, residual, z, g)

    def solve(self, columns: F64) -> F64:
        """Return ``V⁻¹`` times columns (n, ·)."""
        return np.asarray((columns - self._z @ (self._g @ (self._z.T @ columns))) / self.theta[-1])

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


def maximum(y: F64, x: F64, factors: Mapping[str, F64], method: str) -> Likelihood:
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
        one = Likelihood.at(y, x, factors, np.exp(log_theta), method)
        return -one.value, -one.gradient * one.theta

    count = len(factors) + 1
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
    return _polished(y, x, factors, best, method)


def _polished(y: F64, x: F64, factors: Mapping[str, F64], theta: F64, method: str) -> Likelihood:
    """Take Newton steps with the observed information among the variances inside their range."""
    here = Likelihood.at(y, x, factors, theta, method)
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
        there = Likelihood.at(y, x, factors, new, method)
        if not there.value > here.value + 1e-12:
            break
        here = there
    return here

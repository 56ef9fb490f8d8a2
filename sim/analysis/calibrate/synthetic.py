"""The synthetic likelihood: how probable the observed figures are under a scenario, from its simulated draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibrate.expectation import log_odds
from sim.analysis.calibrate.targets import Target
from sim.errors import SimError
from sim.scenario.priors import with_numbers

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

__all__ = ["Moments", "SyntheticLikelihood", "moments"]

F64 = NDArray[np.float64]

#: Least standard deviation of a figure, log-odds, for those that neither the model nor an error lets vary.
FLOOR = 1e-6


@dataclass(frozen=True)
class Moments:
    """Mean (key,) and shrunk covariance (key, key) of the log-odds of shares over draws."""

    mean: F64
    covariance: F64
    draws: int


def moments(x: F64) -> Moments:
    """Return mean and covariance over draws, correlations shrunk towards none.

    The off-diagonal is scaled by ``1 − λ``, ``λ = min(1, Σ (1 − r²)²/(n − 1) / Σ r²)`` over pairs: the intensity of
    least expected squared error (Schäfer & Strimmer 2005, doi 10.2202/1544-6115.1175).  Variances are left alone.

    Parameters
    ----------
    x
        (draw, key)
    """
    n, k = x.shape
    mean = x.mean(axis=0)
    away = x - mean
    # Without BLAS, whose last bits depend on the machine.
    covariance = np.einsum("ij,ik->jk", away, away, optimize=False) / (n - 1)
    sd = np.sqrt(np.diag(covariance))
    scale = np.outer(sd, sd)
    r = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
    off = ~np.eye(k, dtype=bool)
    total = float((r[off] ** 2).sum())
    noise = float((np.maximum(1 - r[off] ** 2, 0) ** 2).sum()) / (n - 1)
    shrink = min(1.0, noise / total) if total > 0 else 1.0
    return Moments(mean, np.where(off, (1 - shrink) * covariance, covariance), n)


class SyntheticLikelihood:
    """The log likelihood of figures y as a function of parameters θ.

    ``y ~ N(m(θ), (1 + 1/n) C(θ) + S)`` on the log-odds scale, with the mean m and the covariance C of n draws under
    common random numbers, which make it a fixed function of θ, and ``S = diag(sd²)`` of the errors of the figures,
    taken to be independent.  C/n is the Monte Carlo error of m.

    Parameters
    ----------
    scenario
        Without priors.
    targets
        The figures.
    draws, seed
        The draws 0 … draws − 1 of the seed, the same for every θ.

    References
    ----------
    Wood 2010, doi 10.1038/nature09319; Price, Drovandi, Lee & Nott 2018, doi 10.1080/10618600.2017.1302882.
    """

    def __init__(self, scenario: Scenario, targets: Sequence[Target], draws: int, seed: int) -> None:
        self.scenario, self.draws, self.seed = scenario, draws, seed
        self.keys = [target.key for target in targets]
        p = np.array([target.value for target in targets])
        self.figures = np.log(p) - np.log1p(-p)
        self.errors = np.array([target.sd for target in targets])

    def simulate(self, values: Mapping[str, float]) -> F64:
        """Return the log-odds of every draw at parameters given by path, (draw, key).

        Raises
        ------
        SimError
            If there is no such scenario.
        """
        changes = with_numbers(self.scenario.sections, values)
        return log_odds(self.scenario.change(changes), self.keys, self.draws, self.seed)

    def spread(self, found: Moments) -> F64:
        """Return the covariance of the figures, (key, key)."""
        own = self.errors**2 + FLOOR**2
        return np.asarray((1 + 1 / found.draws) * found.covariance + np.diag(own))

    def log(self, found: Moments) -> float:
        """Return the log likelihood."""
        try:
            root = np.linalg.cholesky(self.spread(found))
        except np.linalg.LinAlgError:
            raise SimError("the simulated figures determine one another; take more draws or fewer targets") from None
        z = np.linalg.solve(root, self.figures - found.mean)
        return float(-0.5 * (z**2).sum() - np.log(np.diag(root)).sum() - 0.5 * len(z) * math.log(2 * math.pi))

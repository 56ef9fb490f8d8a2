"""The regions of a further vote, given a panel and the national turnout."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibrate.gaussian import Likelihood
from sim.analysis.datasets import _Printed
from sim.errors import SimError

if TYPE_CHECKING:
    from sim.analysis.calibrate.panel import Observations
    from sim.analysis.tables import Table

__all__ = ["LEVELS", "Prediction", "effects", "predict"]

F64 = NDArray[np.float64]

#: Central intervals that are given and whose coverage is counted.
LEVELS = (0.5, 0.8, 0.9)
ITERATIONS = 100


class Prediction(_Printed):  # type: ignore[no-untyped-call]
    """What `Panel.predict` returns: a Dataset over ``region`` and ``level`` that prints as a table.

    ``median``, ``low`` and ``high`` (level, region), ``sd`` (log-odds); where regions were observed also ``observed``,
    ``inside`` (level, region), ``rmse`` (unweighted over regions, of the medians) and ``covered`` (level), the number
    inside.
    """

    __slots__ = ()

    def _page(self) -> tuple[list[str], list[Table]]:
        from sim.analysis.calibrate.panel_tables import prediction_page

        return prediction_page(self)


def effects(seen: Observations, best: Likelihood) -> tuple[F64, F64]:
    """Return the best linear prediction of the lasting effects and the sd of its error, (region,)."""
    variance = float(best.theta[best.names.index("region")])
    cross = variance * (np.arange(len(seen.regions))[:, None] == seen.region)
    shrunk = best.solve(cross.T).T
    missed = -shrunk @ seen.design(seen.region)
    spread = variance - np.sum(shrunk * cross, axis=1) + np.sum((missed @ best.covariance) * missed, axis=1)
    return shrunk @ best.residual, np.sqrt(np.maximum(spread, 0.0))


def _prior(seen: Observations, best: Likelihood) -> tuple[F64, F64]:
    """Return mean and covariance of the regions' log-odds in a further vote, given the panel."""
    sizes = dict(zip(best.names, best.theta))
    regions = np.arange(len(seen.regions))
    design = seen.design(regions)
    cross = sizes["region"] * (regions[:, None] == seen.region)
    shrunk = best.solve(cross.T).T
    missed = design - shrunk @ seen.design(seen.region)
    fresh = np.full((len(regions), len(regions)), sizes["national"])
    fresh += np.eye(len(regions)) * (sizes["region"] + sizes["residual"])
    for name, inside in seen.blocks.items():
        fresh += sizes[f"block {name}"] * np.outer(inside, inside)
    mean = design @ best.beta + shrunk @ best.residual
    return mean, fresh - shrunk @ cross.T + missed @ best.covariance @ missed.T


def predict(
    seen: Observations, best: Likelihood, weights: F64, national: float, observed: Mapping[str, float]
) -> Prediction:
    """Return the regions' distribution given the national turnout; see `Panel.predict`."""
    from scipy.special import expit, ndtri

    mean, covariance = _prior(seen, best)
    y = mean.copy()
    for _ in range(ITERATIONS):
        p = expit(y)
        slope = weights * p * (1 - p)
        gain = covariance @ slope / (slope @ covariance @ slope)
        new = mean + gain * (national - weights @ p - slope @ (mean - y))
        step, y = new - y, y + np.clip(new - y, -2, 2)
        if np.abs(step).max() < 1e-12:
            break
    if abs(weights @ expit(y) - national) > 1e-6:
        raise SimError(f"predict: no regional turnouts were found that give {national:g} together")
    p = expit(y)
    slope = weights * p * (1 - p)
    moved = covariance @ slope
    sd = np.sqrt(np.maximum(np.diag(covariance - np.outer(moved, moved) / (slope @ moved)), 0.0))
    half = ndtri(0.5 + np.array(LEVELS) / 2)[:, None] * sd
    low, high = expit(y - half), expit(y + half)
    data: dict[str, Any] = {
        "median": ("region", p, {"long_name": "predicted turnout, median"}),
        "sd": ("region", sd, {"long_name": "standard deviation, log-odds"}),
        "low": (("level", "region"), low, {"long_name": "lower end of the central interval"}),
        "high": (("level", "region"), high, {"long_name": "upper end of the central interval"}),
        "weight": ("region", weights, {"long_name": "share of the register"}),
    }
    attrs: dict[str, Any] = {"national": national, "votes": ", ".join(seen.votes)}
    truth = np.array([observed.get(region, math.nan) for region in seen.regions])
    there = ~np.isnan(truth)
    if there.any():
        inside = ((low <= truth) & (truth <= high)).astype(np.int8)
        data["observed"] = ("region", truth, {"long_name": "observed turnout"})
        data["inside"] = (("level", "region"), inside, {"long_name": "whether the interval holds it"})
        data["covered"] = ("level", inside[:, there].sum(axis=1), {"long_name": "number of regions inside"})
        error = float(np.sqrt(np.mean((p - truth)[there] ** 2)))
        data["rmse"] = ((), error, {"long_name": "root mean square error of the medians, unweighted"})
    return Prediction(data, {"region": list(seen.regions), "level": list(LEVELS)}, attrs)

"""From chains to a posterior: its table, its draws, and the scenario that holds it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibrate.coordinates import Coordinate
from sim.analysis.calibrate.diagnostics import split_rhat
from sim.analysis.calibrate.targets import Target
from sim.election.quantities import FAMILIES, Distribution
from sim.errors import ScenarioError, SimError
from sim.scenario.priors import with_numbers

if TYPE_CHECKING:
    import xarray as xr

    from sim.analysis.calibrate.bayes import Posterior
    from sim.analysis.calibrate.sampler import Chains
    from sim.scenario.scenario import Scenario

__all__ = ["doubtful", "gather", "matched"]

F64 = NDArray[np.float64]

#: A parameter whose variance shrinks by less, and whose mean moves by fewer sd of the prior, is not identified.
CONTRACTION, SHIFT = 0.05, 0.25
#: Chains below, or above, are not to be believed.
LEAST_ESS, MOST_RHAT = 100, 1.05
#: Figures that a source names before it only counts them.
NAMED = 3

MEANINGS = {
    "prior_mean": "mean of the prior",
    "prior_sd": "sd of the prior",
    "mean": "mean of the posterior",
    "sd": "sd of the posterior",
    "q05": "5 % quantile of the posterior",
    "q50": "median of the posterior",
    "q95": "95 % quantile of the posterior",
    "contraction": "1 − variance of the posterior / variance of the prior",
    "contraction_mcse": "its Monte Carlo standard error, (1 − contraction)·√(2/ess)",
    "autocorrelation": "integrated autocorrelation time, steps",
    "ess": "effective sample size",
    "rhat": "rank-normalised split R-hat over walkers",
    "mcse": "Monte Carlo standard error of the mean",
}
FIGURES = {
    "goal": "target",
    "goal_sd": "its own standard error, log-odds",
    "predicted": "posterior prediction",
    "predicted_sd": "sd of the posterior prediction, log-odds, without the target's own error",
    "z": "(target − prediction) / their sd, log-odds",
}


def gather(
    scenario: Scenario,
    bare: Scenario,
    targets: Sequence[Target],
    left: Sequence[tuple[str, str]],
    coordinates: Mapping[str, Coordinate],
    chains: Chains,
    settings: Any,
    log_posterior: Any,
) -> Posterior:
    """Put everything together."""
    from sim.analysis.calibrate.bayes import Posterior

    values = np.stack([one.value(chains.places[..., i]) for i, one in enumerate(coordinates.values())], axis=-1)
    table = _table(coordinates, values, chains, targets)
    table.attrs = {
        "title": scenario.title,
        **{name: getattr(settings, name) for name in ("draws", "walkers", "burn", "steps")},
        "seed": str(settings.seed),
        "acceptance": chains.acceptance,
        "tried": log_posterior.tried,
        "impossible": log_posterior.impossible,
        "reason": log_posterior.reason,
        "given": _given(targets),
    }
    shift = np.abs(table["mean"].values - table["prior_mean"].values) / table["prior_sd"].values
    same = (table["contraction"].values < CONTRACTION) & (shift < SHIFT)
    lost = tuple(str(path) for path in table["parameter"].values[same])
    changes: dict[str, Any] = {}
    medians: dict[str, float] = {}
    for i, (path, prior) in enumerate(scenario.priors.items()):
        if path in lost and prior.uncertain:
            changes[path] = prior.distribution.plain()
        elif prior.uncertain:
            source = f"posterior of {_words(prior.distribution)} given {_given(targets)}"
            changes[path] = matched(prior.distribution, values[..., i].reshape(-1), source).plain()
        else:
            medians[path] = _digits(float(table["q50"].values[i]))
    changes |= with_numbers(bare.sections, medians)
    try:
        made = bare.change(changes)
    except ScenarioError as error:
        reasons = "; ".join(f"{fault.path}: {fault.message}" for fault in error.faults)
        raise SimError(f"the scenario with the posterior in it is not a valid one: {reasons}") from None
    draws = _draws(list(coordinates), values, chains)
    draws.attrs = dict(table.attrs)
    return Posterior(made, table, draws, lost, tuple(left), tuple(medians), changes)


def _table(coordinates: Mapping[str, Coordinate], values: F64, chains: Chains, targets: Sequence[Target]) -> xr.Dataset:
    import xarray as xr

    flat = values.reshape(-1, values.shape[-1])
    prior = np.array([one.moments for one in coordinates.values()])
    sd = flat.std(axis=0, ddof=1)
    ess = len(flat) / np.maximum(chains.autocorrelation, 1)
    low, middle, high = np.quantile(flat, [0.05, 0.5, 0.95], axis=0)
    columns = {
        "prior_mean": prior[:, 0],
        "prior_sd": prior[:, 1],
        "mean": flat.mean(axis=0),
        "sd": sd,
        "q05": low,
        "q50": middle,
        "q95": high,
        "contraction": 1 - (sd / prior[:, 1]) ** 2,
        "contraction_mcse": (sd / prior[:, 1]) ** 2 * np.sqrt(2 / ess),
        "autocorrelation": chains.autocorrelation,
        "ess": ess,
        "rhat": np.array([split_rhat(values[..., i]) for i in range(values.shape[-1])]),
        "mcse": sd / np.sqrt(ess),
    }
    data: dict[str, Any] = {
        name: ("parameter", column, {"long_name": MEANINGS[name]}) for name, column in columns.items()
    }
    together = np.atleast_2d(np.corrcoef(flat, rowvar=False))
    data["correlation"] = (("parameter", "parameter_2"), together, {"long_name": "correlation in the posterior"})
    for name, column in _figures(targets, chains).items():
        data[name] = ("target", column, {"long_name": FIGURES[name]})
    names = list(coordinates)
    coords = {
        "parameter": names,
        "parameter_2": names,
        "target": [target.label for target in targets],
        **{name: ("target", [getattr(one, name) for one in targets]) for name in ("variable", "region", "option")},
        "source": ("target", [target.source for target in targets]),
    }
    return xr.Dataset(data, coords)


def _figures(targets: Sequence[Target], chains: Chains) -> dict[str, F64]:
    """Return the posterior prediction of every figure."""
    k = len(targets)
    kept = chains.kept.reshape(-1, 2 * k)
    mean = kept[:, :k].mean(axis=0)
    variance = kept[:, :k].var(axis=0) + kept[:, k:].mean(axis=0)
    goal, own = np.array([one.value for one in targets]), np.array([one.sd for one in targets])
    far = np.log(goal / (1 - goal)) - mean
    z = np.divide(far, np.sqrt(variance + own**2), out=np.zeros(k), where=variance + own**2 > 0)
    predicted = 1 / (1 + np.exp(-mean))
    return {"goal": goal, "goal_sd": own, "predicted": predicted, "predicted_sd": np.sqrt(variance), "z": z}


def _draws(paths: Sequence[str], values: F64, chains: Chains) -> xr.Dataset:
    import xarray as xr

    data = {path: (("chain", "draw"), values[..., i]) for i, path in enumerate(paths)}
    data["log_posterior"] = (("chain", "draw"), chains.log_probability)
    n, steps = chains.log_probability.shape
    return xr.Dataset(data, {"chain": np.arange(n), "draw": np.arange(steps)})


def doubtful(table: xr.Dataset) -> tuple[str, ...]:
    """Return the parameters whose chains are not to be believed."""
    bad = (table["ess"].values < LEAST_ESS) | ~(table["rhat"].values <= MOST_RHAT)
    return tuple(str(path) for path in table["parameter"].values[bad])


def matched(prior: Distribution, x: F64, source: str) -> Distribution:
    """Return the distribution that has the moments of a sample.

    On (0, 1) a logit_normal by mean and sd of the log-odds, on positive numbers a lognormal by those of the logs, else
    a normal; truncated to the ends of the prior where these are nearer.

    Parameters
    ----------
    prior
        Of the parameter; its support is that of the posterior.
    x
        (draw,)
    source
        What is noted as its source.
    """
    low, high = prior.support
    tiny = np.finfo(np.float64).tiny
    if low >= 0 and high <= 1:
        inside = np.clip(x, tiny, 1 - 2**-53)
        logit = np.log(inside) - np.log1p(-inside)
        family, first, second = "logit_normal", 1 / (1 + math.exp(-float(logit.mean()))), float(logit.std(ddof=1))
    elif low >= 0:
        logs = np.log(np.maximum(x, tiny))
        family, first, second = "lognormal", math.exp(float(logs.mean())), float(logs.std(ddof=1))
    else:
        family, first, second = "normal", float(x.mean()), float(x.std(ddof=1))
    parameters = (_digits(first), _digits(max(second, 1e-12)))
    own = FAMILIES[family].support(*parameters)
    within = None if (low, high) == tuple(own) else (low, high)
    notes = {**{key: text for key, text in prior.notes.items() if key == "evidence"}, "source": source}
    return Distribution(family, parameters, within, notes)


def _digits(x: float) -> float:
    return float(f"{x:.6g}")


def _words(prior: Distribution) -> str:
    within = "" if prior.within is None else f" within [{prior.within[0]:g}, {prior.within[1]:g}]"
    source = f" ({prior.notes['source']})" if "source" in prior.notes else ""
    return f"{prior.family}({', '.join(f'{x:g}' for x in prior.parameters)}){within}{source}"


def _given(targets: Sequence[Target]) -> str:
    figures = [f"{one.label} = {one.value:.6g}" + (f" ({one.source})" if one.source else "") for one in targets[:NAMED]]
    more = [f"{len(targets) - NAMED} more figures"] if len(targets) > NAMED else []
    return "; ".join([*figures, *more])

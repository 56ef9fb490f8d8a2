"""How well the draws foretold what was observed: CRPS, log score, PIT and coverage."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.pieces import F64, RATIOS, check_result, ratio, region_blocks
from sim.analysis.resolved import Figure, names_of, observations
from sim.analysis.scoring_rules import crps, log_score, same
from sim.analysis.shares import nation
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

    from sim.analysis.datasets import Scores

__all__ = ["INTERVALS", "score"]

#: Central intervals whose coverage is counted.
INTERVALS = (0.5, 0.8, 0.9)


def _ensembles(ds: xr.Dataset, figures: Sequence[Figure]) -> Iterator[tuple[int, F64]]:
    """Yield (index of the figure, its ensemble (draw)), reading each variable once."""
    options = {str(key): j for j, key in enumerate(ds["option"].values)} if "option" in ds.coords else {}
    national = [(i, f) for i, f in enumerate(figures) if not f.region]
    regional = [(i, f) for i, f in enumerate(figures) if f.region]
    if national:
        totals = nation(ds)
        for i, figure in national:
            yield i, _national(totals, figure, options)
    for variable in dict.fromkeys(f.variable for _, f in regional):
        check_result(ds, *(RATIOS[variable][:1] if variable in RATIOS else (variable,)))
        yield from _regional(ds, variable, [(i, f) for i, f in regional if f.variable == variable], options)


def _national(totals: xr.Dataset, figure: Figure, options: Mapping[str, int]) -> F64:
    column = (..., options[figure.option]) if figure.option else ...
    if figure.variable in RATIOS:
        over, under = RATIOS[figure.variable]
        top = totals[over].values
        return ratio(top[column], top.sum(axis=-1) if under is None else totals[under].values)
    check_result(totals, figure.variable)
    return _by_draw(totals, totals[figure.variable].values[column])


def _by_draw(ds: xr.Dataset, counts: Any) -> F64:
    return np.broadcast_to(np.asarray(counts, float), (ds.sizes["draw"],))


def _regional(
    ds: xr.Dataset, variable: str, figures: Sequence[tuple[int, Figure]], options: Mapping[str, int]
) -> Iterator[tuple[int, F64]]:
    places = {str(key): j for j, key in enumerate(ds["region"].values)}
    if variable not in RATIOS:
        for i, f in figures:
            index: dict[str, Any] = {"region": places[f.region]}
            if f.option:
                index["option"] = options[f.option]
            yield i, _by_draw(ds, ds[variable].isel(index).values)
        return
    wanted = sorted({places[f.region] for _, f in figures})
    for place, block in region_blocks(ds, variable, wanted):
        for i, f in figures:
            if places[f.region] == place:
                yield i, block[options[f.option] if f.option else 0]


@dataclass
class _Sums:
    """Influences of the draws on the mean scores of a group of figures."""

    crps: F64
    log: F64
    indices: list[int] = field(default_factory=list)


def score(ds: xr.Dataset, observed: Iterable[Mapping[str, Any]] | None = None) -> Scores:
    """Score a result against what was observed.

    Parameters
    ----------
    ds
        A result.
    observed
        Rows with the keys ``variable, region, option, value`` (and ``source, standing``), or a pandas
        DataFrame; by default the ``observed`` rows of the result's own scenario.

    Returns
    -------
    Scores
        An `xarray.Dataset` that prints as a table.  Over ``observation``: ``observed``, ``mean``, ``sd``,
        ``crps`` and ``log_score`` with their Monte Carlo standard errors ``*_mcse`` (see `crps` and
        `log_score`), ``pit`` = (#{x < y} + ½ #{x = y})/n, and ``inside`` (level, observation), 1 where the
        central interval between the quantiles (1 ∓ level)/2 holds the figure.
        Over ``group`` (``shares``: all figures that are shares; then one per variable): ``count``,
        ``mean_crps`` and ``mean_log_score`` with standard errors, ``rms_error`` of the means, and
        ``covered`` (level, group), the number inside.  The standard errors respect that the figures of one
        draw belong together.

        A figure that every draw reproduces exactly is an input, not a prediction (``fixed`` = 1), and is left
        out of the groups.  Figures of one election are not independent: coverage out of n has a larger error
        than n independent trials.

    Raises
    ------
    ResultError
        If nothing is observed, rows are malformed, or name what the result does not have.
    """
    import xarray as xr

    from sim.analysis.datasets import Scores

    check_result(ds)
    figures = observations(ds, observed)
    if not figures:
        raise ResultError("nothing is observed: the scenario has no 'observed' rows; pass them as observed=")
    for dim in ("region", "option"):
        if any(getattr(f, dim) for f in figures) and dim not in ds.coords:
            raise ResultError(f"figures by {dim} are observed, but this result has no {dim}s")
    n, draws = len(figures), ds.sizes["draw"]
    if draws < 2:
        raise ResultError("a score needs at least 2 draws")
    columns = {
        name: np.full(n, np.nan) for name in ("mean", "sd", "crps", "crps_mcse", "log_score", "log_score_mcse", "pit")
    }
    inside, fixed = np.zeros((len(INTERVALS), n), np.int8), np.zeros(n, np.int8)
    groups = {name: _Sums(np.zeros(draws), np.zeros(draws)) for name in _groups(figures)}
    for i, x in _ensembles(ds, figures):
        figure = figures[i]
        y = figure.value
        if np.isnan(x).any():
            raise ResultError(f"{figure.label}: is not defined in {int(np.isnan(x).sum())} of {draws} draws")
        columns["mean"][i], columns["sd"][i] = x.mean(), x.std(ddof=1)
        columns["crps"][i], columns["crps_mcse"][i], from_crps = crps(x, y)
        columns["log_score"][i], columns["log_score_mcse"][i], from_log = log_score(x, y, figure.variable in RATIOS)
        columns["pit"][i] = (np.count_nonzero(x < y) + np.count_nonzero(x == y) / 2) / draws
        fixed[i] = np.ptp(x) == 0 and same(float(x[0]), y)
        inside[:, i] = [fixed[i] or _inside(x, y, level) for level in INTERVALS]
        for name in {"shares", figure.variable} & groups.keys():
            if not fixed[i] and (name != "shares" or figure.variable in RATIOS):
                groups[name].crps += from_crps
                groups[name].log += from_log
                groups[name].indices.append(i)
    values = np.array([f.value for f in figures])
    coords = _coordinates(ds, figures)
    data: dict[str, Any] = {"observed": ("observation", values, {"long_name": "observed value"})}
    for name, meaning in _MEANINGS.items():
        data[name] = ("observation", columns[name], {"long_name": meaning})
    data["inside"] = (
        ("level", "observation"),
        inside,
        {"long_name": "1 where the interval holds the figure"},
    )
    data["fixed"] = ("observation", fixed, {"long_name": "1 where every draw reproduces it: an input"})
    data |= _group_data(groups, columns, values, inside, draws)
    made = xr.Dataset(data, {**coords, "level": list(INTERVALS), "group": list(groups)})
    return Scores(made.data_vars, made.coords, {**ds.attrs, "draws": draws})


_MEANINGS = {
    "mean": "mean over draws",
    "sd": "standard deviation over draws",
    "crps": "fair continuous ranked probability score, in the units of the figure",
    "crps_mcse": "Monte Carlo standard error of crps",
    "log_score": "negative log density at the figure, nats",
    "log_score_mcse": "Monte Carlo standard error of log_score",
    "pit": "share of the draws below the figure, half of those equal to it",
}


def _inside(x: F64, y: float, level: float) -> bool:
    low, high = np.quantile(x, ((1 - level) / 2, (1 + level) / 2))
    return bool(low <= y <= high)


def _groups(figures: Sequence[Figure]) -> list[str]:
    variables = list(dict.fromkeys(f.variable for f in figures))
    return [*(["shares"] if any(v in RATIOS for v in variables) else []), *variables]


def _coordinates(ds: xr.Dataset, figures: Sequence[Figure]) -> dict[str, Any]:
    labels = [f.label for f in figures]
    twice = {label for label in labels if labels.count(label) > 1}
    shown = [f"{f.label} ({f.standing or i})" if f.label in twice else f.label for i, f in enumerate(figures)]
    names = {dim: names_of(ds, dim) if dim in ds.coords else {} for dim in ("region", "option")}
    columns = {
        "variable": [f.variable for f in figures],
        "region": [f.region for f in figures],
        "option": [f.option for f in figures],
        "region_name": [names["region"].get(f.region, "") for f in figures],
        "option_name": [names["option"].get(f.option, "") for f in figures],
        "source": [f.source for f in figures],
        "standing": [f.standing for f in figures],
    }
    return {
        "observation": np.array(shown, object),
        **{name: ("observation", np.array(values, object)) for name, values in columns.items()},
    }


def _group_data(
    groups: Mapping[str, _Sums], columns: Mapping[str, F64], y: F64, inside: Any, draws: int
) -> dict[str, Any]:
    names = ("mean_crps", "mean_crps_mcse", "mean_log_score", "mean_log_score_mcse", "rms_error")
    out = {name: np.full(len(groups), np.nan) for name in names}
    count = np.zeros(len(groups), np.int64)
    covered = np.zeros((len(INTERVALS), len(groups)), np.int64)
    for g, sums in enumerate(groups.values()):
        at, m = sums.indices, len(sums.indices)
        count[g] = m
        if m == 0:
            continue
        out["mean_crps"][g] = columns["crps"][at].mean()
        out["mean_crps_mcse"][g] = sums.crps.std(ddof=1) / (m * math.sqrt(draws))
        out["mean_log_score"][g] = columns["log_score"][at].mean()
        out["mean_log_score_mcse"][g] = sums.log.std(ddof=1) / (m * math.sqrt(draws))
        out["rms_error"][g] = math.sqrt(float(((columns["mean"][at] - y[at]) ** 2).mean()))
        covered[:, g] = inside[:, at].sum(axis=1)
    meanings = {
        "mean_crps": "mean CRPS of the figures",
        "mean_crps_mcse": "Monte Carlo standard error of mean_crps",
        "mean_log_score": "mean log score of the figures, nats",
        "mean_log_score_mcse": "Monte Carlo standard error of mean_log_score",
        "rms_error": "root mean square of (mean over draws − observed)",
    }
    return {
        "count": ("group", count, {"long_name": "figures scored"}),
        **{name: ("group", out[name], {"long_name": meanings[name]}) for name in names},
        "covered": (("level", "group"), covered, {"long_name": "figures inside the central interval"}),
    }

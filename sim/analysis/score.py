"""How well the draws foretold what was observed: CRPS, log score, PIT and coverage."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.pieces import F64, RATIOS, check_result, ratio, region_blocks
from sim.analysis.resolved import Figure, names_of, observations
from sim.analysis.shares import nation
from sim.analysis.tables import Table, number, percent
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

    from sim.analysis.datasets import Scores

__all__ = ["INTERVALS", "bandwidth", "crps", "log_score", "page", "score"]

#: Central intervals whose coverage is counted.
INTERVALS = (0.5, 0.8, 0.9)


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
        return (math.nan if _same(float(x[0]), y) else math.inf), math.nan, none
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


def _same(a: float, b: float) -> bool:
    """Whether two figures agree to the digits that a printed share has."""
    return math.isclose(a, b, rel_tol=5e-6, abs_tol=5e-7)


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
        fixed[i] = np.ptp(x) == 0 and _same(float(x[0]), y)
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


WORDS = {
    "shares": "all shares",
    "vote_share": "vote share",
    "turnout": "turnout",
    "invalid_share": "invalid ballots, share",
    "invalid_ballots": "invalid ballots",
    "ballots_cast": "ballots cast",
    "registered": "registered",
    "votes": "votes",
}


def page(ds: xr.Dataset) -> tuple[list[str], list[Table]]:
    """Return the lines and tables as which scores print."""
    draws, n = int(ds.attrs["draws"]), ds.sizes["observation"]
    title = ds.attrs.get("title") or "Result"
    head = [f"{title}: {n} observed figure{'s' * (n != 1)} against {draws:,} draws"]
    return head, [group_table(ds), figure_table(ds)]


def _scaled(value: float, variable: str, digits: int = 2) -> str:
    return percent(value, digits) if variable in RATIOS or variable == "shares" else number(value, 0)


def group_table(ds: xr.Dataset) -> Table:
    """Return the mean scores and coverages by group."""
    rows = []
    for g, name in enumerate(str(key) for key in ds["group"].values):
        m = int(ds["count"].values[g])
        if m == 0:
            continue
        rows.append(
            (
                WORDS.get(name, name),
                str(m),
                _scaled(ds["rms_error"].values[g], name),
                _scaled(ds["mean_crps"].values[g], name, 3),
                _scaled(ds["mean_crps_mcse"].values[g], name, 3),
                number(ds["mean_log_score"].values[g]),
                number(ds["mean_log_score_mcse"].values[g], 3),
                *(f"{int(k)} of {m}" for k in ds["covered"].values[:, g]),
            )
        )
    left_out = int(ds["fixed"].sum())
    note = (
        "Shares in percentage points; log score in nats per figure; smaller is better. "
        "Figures of one election hang together."
    )
    if left_out:
        many = f"{left_out} figures that every draw reproduces are inputs and are"
        note += f" {'1 figure that every draw reproduces is an input and is' if left_out == 1 else many}"
        note += " left out here."
    levels = tuple(f"in {100 * level:.0f} %" for level in ds["level"].values)
    head = ("", "n", "RMS error", "CRPS", "±", "log score", "±", *levels)
    return Table("Scores", head, tuple(rows), note)


def figure_table(ds: xr.Dataset) -> Table:
    """Return the scores figure by figure."""
    rows: list[tuple[str, ...]] = []
    before = ""
    for i in range(ds.sizes["observation"]):
        variable = str(ds["variable"].values[i])
        if variable != before:
            rows.append((WORDS.get(variable, variable) + (", %" if variable in RATIOS else ""),))
            before = variable
        where = [str(ds[f"{dim}_name"].values[i]) for dim in ("region", "option")]
        held = ds["level"].values[ds["inside"].values[:, i] == 1]
        narrowest = f"{100 * held[0]:.0f} %" if len(held) else "outside"
        fixed = bool(ds["fixed"].values[i])
        rows.append(
            (
                "  " + (", ".join(part for part in where if part) or "nation"),
                _scaled(ds["observed"].values[i], variable),
                _scaled(ds["mean"].values[i], variable),
                _scaled(ds["sd"].values[i], variable),
                _scaled(ds["crps"].values[i], variable, 3),
                _scaled(ds["crps_mcse"].values[i], variable, 3),
                number(ds["log_score"].values[i]),
                number(ds["log_score_mcse"].values[i], 3),
                "–" if fixed else number(ds["pit"].values[i], 3),
                "input" if fixed else narrowest,
            )
        )
    head = ("", "observed", "mean", "sd", "CRPS", "±", "log score", "±", "PIT", "inside")
    note = "inside: the narrowest central interval of the draws that holds the figure."
    return Table("By figure", head, tuple(rows), note)

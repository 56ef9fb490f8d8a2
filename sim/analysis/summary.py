"""A summary of the draws: moments, quantiles and probabilities with their Monte Carlo standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.contests import can_win, endings, option_dim, option_names
from sim.analysis.groups import group_counts, traits_of
from sim.analysis.pieces import F64, check_result, ratio, region_blocks
from sim.analysis.resolved import names_of
from sim.analysis.shares import invalid_share, nation, turnout, vote_share
from sim.analysis.statistics import STATISTICS, bound, describe, probability_error
from sim.analysis.tables import Table, number, percent, tally
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

    from sim.analysis.datasets import Summary

__all__ = ["FEW", "page", "summary"]

#: Below this many draws a summary says that there are few.
FEW = 100

ERROR = "Monte Carlo standard error of "
EVENTS = {"runoff": "probability of a second round", "tied": "probability that a tie decides"}


def summary(ds: xr.Dataset, by: str | Sequence[str] | None = None) -> Summary:
    """Summarise a result over its draws.

    Parameters
    ----------
    ds
        A result.
    by
        What to summarise: ``nation``, ``region``, ``group`` or a trait of the groups such as ``age``, one or
        several; by default nation, region and every trait.

    Returns
    -------
    Summary
        An `xarray.Dataset` that prints as a table, with the dim ``statistic`` (mean, sd, q05, q25, q50, q75,
        q95; see `sim.analysis.statistics.describe` for the formulas):

        - nation: ``turnout``, ``invalid_share`` (statistic), ``vote_share`` (statistic, option), fractions;
          ``winner_probability`` (option), ``no_winner_probability``, ``runoff_probability``,
          ``tied_probability`` where the rule decides them; ``seats`` (statistic, option) and
          ``majority_probability`` (option) where it gives seats; ``x_<contest>`` where there are several contests;
        - region: ``region_turnout`` (statistic, region), ``region_vote_share`` (statistic, region, option);
        - group or trait, e.g. age: ``age_turnout`` (statistic, age), ``age_vote_share`` (statistic, age, option),
          of the whole nation;
        - beside each variable ``x`` its Monte Carlo standard error ``x_mcse``: that of each statistic, and
          ``√(p(1 − p)/n)`` of a probability; ``x_bound`` is the 95 % bound of a probability of 0 or 1 (rule
          of three), NaN elsewhere.

        Coordinates and attributes are those of the result; ``draws`` is the number of draws summarised.
        Draws are taken as independent.

    Raises
    ------
    ResultError
        If the Dataset is not a result or has no draws, or ``by`` names what it does not have.
    """
    from sim.analysis.datasets import Summary

    check_result(ds, "votes", "ballots_cast", "registered", "invalid_ballots")
    wanted = _wanted(ds, by)
    data: dict[str, Any] = {}
    if "nation" in wanted:
        data |= _nation(ds)
    if "region" in wanted and "region" in ds.dims:
        data |= _regions(ds)
    coords: dict[Any, Any] = {}
    for one in wanted:
        if one not in ("nation", "region"):
            counts = group_counts(ds, one)
            data |= _groups(counts, one)
            coords[one] = counts[one]
    dims = {dim for value in data.values() for dim in value[0]}
    coords |= {key: c for key, c in ds.coords.items() if c.dims and set(c.dims) <= dims}
    attrs = {**ds.attrs, "draws": ds.sizes["draw"]}
    return Summary(data, {"statistic": list(STATISTICS), **coords}, attrs)


def _wanted(ds: xr.Dataset, by: str | Sequence[str] | None) -> tuple[str, ...]:
    if by is None:
        return ("nation", "region", *traits_of(ds))
    wanted = (by,) if isinstance(by, str) else tuple(by)
    traits = traits_of(ds)
    known = ("nation", "region", *(("group", *traits) if traits else ()))
    for one in wanted:
        if one not in known:
            raise ResultError(f"by={one!r}: expected {', '.join(map(repr, known[:-1]))} or {known[-1]!r}")
    return wanted


def _described(
    name: str, dims: tuple[str, ...], values: F64, errors: F64, meaning: str, units: str = "1"
) -> dict[str, Any]:
    full = ("statistic", *dims)
    return {
        name: (full, values, {"long_name": meaning, "units": units}),
        f"{name}_mcse": (full, errors, {"long_name": ERROR + meaning, "units": units}),
    }


def _probability(name: str, dims: tuple[str, ...], p: F64, draws: int, meaning: str, end: str = "") -> dict[str, Any]:
    error = probability_error(p, draws)
    return {
        f"{name}_probability{end}": (dims, p, {"long_name": meaning, "units": "1"}),
        f"{name}_probability_mcse{end}": (dims, error, {"long_name": ERROR + meaning, "units": "1"}),
        f"{name}_probability_bound{end}": (
            dims,
            bound(p, draws),
            {"long_name": f"95 % bound of the {meaning} where it is 0 or 1 in the draws", "units": "1"},
        ),
    }


def _nation(ds: xr.Dataset) -> dict[str, Any]:
    totals = nation(ds)
    draws = ds.sizes["draw"]
    out: dict[str, Any] = {}
    for name, da in (("turnout", turnout(totals)), ("invalid_share", invalid_share(totals))):
        out |= _described(name, (), *describe(da.values), f"{da.attrs['long_name']}, nation")
    shares = np.ascontiguousarray(vote_share(totals).values.T)
    pairs = [describe(row) for row in shares]
    values, errors = (np.stack([pair[i] for pair in pairs], axis=-1) for i in (0, 1))
    out |= _described("vote_share", ("option",), values, errors, "votes / valid votes, nation")
    for end in endings(ds):
        out |= _decided(ds, end, draws)
    return out


def _decided(ds: xr.Dataset, end: str, draws: int) -> dict[str, Any]:
    """Summarise what the rule of a contest decides."""
    out: dict[str, Any] = {}
    dim = option_dim(ds, end)
    if f"winner{end}" in ds.variables:
        winner = ds[f"winner{end}"].values
        times = np.bincount(winner.astype(np.int64) + 1, minlength=ds.sizes[dim] + 1)
        p = times / draws
        out |= _probability("winner", (dim,), p[1:], draws, "probability that the option wins", end)
        out |= _probability("no_winner", (), p[0], draws, "probability that nobody wins", end)
    if f"seats{end}" in ds.variables:
        seats = ds[f"seats{end}"].values.astype(np.float64)
        pairs = [describe(np.ascontiguousarray(column)) for column in seats.T]
        values, errors = (np.stack([pair[i] for pair in pairs], axis=-1) for i in (0, 1))
        out |= _described(f"seats{end}", (dim,), values, errors, "seats", "seats")
        most = (2 * seats > seats.sum(axis=1, keepdims=True)).mean(axis=0)
        out |= _probability("majority", (dim,), most, draws, "probability of more than half of the seats", end)
    if f"passed_threshold{end}" in ds.variables:
        p = (ds[f"passed_threshold{end}"].values != 0).mean(axis=0)
        out |= _probability("passes", (dim,), p, draws, "probability of passing the threshold", end)
    for name, meaning in EVENTS.items():
        if f"{name}{end}" in ds.variables and ds[f"{name}{end}"].dims == ("draw",):
            p = np.asarray((ds[f"{name}{end}"].values != 0).mean())
            out |= _probability(name, (), p, draws, meaning, end)
    return out


def _regions(ds: xr.Dataset) -> dict[str, Any]:
    regions, options = ds.sizes["region"], ds.sizes["option"]
    out: dict[str, Any] = {}
    values, errors = np.empty((2, len(STATISTICS), regions, 1))
    for region, block in region_blocks(ds, "turnout"):
        values[:, region, 0], errors[:, region, 0] = describe(block[0])
    meaning = "ballots cast / registered"
    out |= _described("region_turnout", ("region",), values[..., 0], errors[..., 0], meaning)
    values, errors = np.empty((2, len(STATISTICS), regions, options))
    for region, block in region_blocks(ds, "vote_share"):
        for option in range(options):
            values[:, region, option], errors[:, region, option] = describe(block[option])
    return out | _described("region_vote_share", ("region", "option"), values, errors, "votes / valid votes")


def _groups(ds: xr.Dataset, by: str) -> dict[str, Any]:
    places, options = ds.sizes[by], ds.sizes["option"]
    out: dict[str, Any] = {}
    ballots, registered, votes = (ds[name].values for name in ("ballots_cast", "registered", "votes"))
    shares = ratio(ballots, np.broadcast_to(registered, ballots.shape))
    pairs = [describe(np.ascontiguousarray(shares[:, i])) for i in range(places)]
    values, errors = (np.stack([pair[i] for pair in pairs], axis=-1) for i in (0, 1))
    out |= _described(f"{by}_turnout", (by,), values, errors, "ballots cast / registered")
    shares = ratio(votes, votes.sum(axis=-1, keepdims=True))
    values, errors = np.empty((2, len(STATISTICS), places, options))
    for i in range(places):
        for option in range(options):
            values[:, i, option], errors[:, i, option] = describe(np.ascontiguousarray(shares[:, i, option]))
    return out | _described(f"{by}_vote_share", (by, "option"), values, errors, "votes / valid votes")


HEAD = ("mean", "±", "sd", "5 %", "25 %", "50 %", "75 %", "95 %", "± max")
#: Options whose regional shares are printed.
WIDE = 8


def page(ds: xr.Dataset) -> tuple[list[str], list[Table]]:
    """Return the lines and tables as which a summary prints."""
    draws = int(ds.attrs["draws"])
    if list(ds["statistic"].values) != list(STATISTICS):
        raise ValueError("not the statistics of a summary")
    head = [f"{ds.attrs.get('title') or 'Result'}: summary of {draws:,} draw{'s' * (draws != 1)}"]
    if draws < FEW:
        head.append(f"Only {draws} draws: tails and probabilities say little. Run at least {FEW}.")
    tables = []
    if "vote_share" in ds:
        tables.append(_national_table(ds))
        for end in endings(ds):
            tables += [table for table in (_seat_table(ds, end), _probability_table(ds, draws, end)) if table.rows]
    if "region_turnout" in ds:
        names = list(names_of(ds, "region").values())
        tables += [_turnout_table(ds, "region", names), _share_table(ds, "region", names)]
    for by in (str(name).removesuffix("_turnout") for name in ds.data_vars if str(name).endswith("_turnout")):
        if by != "region":
            names = [str(name) for name in ds[by].values]
            tables += [_turnout_table(ds, by, names), _share_table(ds, by, names)]
    if not tables:
        raise ValueError("nothing of a summary is left")
    return head, tables


def _cells(values: F64, errors: F64) -> tuple[str, ...]:
    mean, sd, *quantiles = (percent(v) for v in values)
    largest = float(np.max(errors[2:]))
    return (mean, percent(errors[0], 3), sd, *quantiles, percent(largest, 3))


def _national_table(ds: xr.Dataset) -> Table:
    rows = [
        ("turnout", *_cells(ds["turnout"].values, ds["turnout_mcse"].values)),
        ("invalid ballots", *_cells(ds["invalid_share"].values, ds["invalid_share_mcse"].values)),
        ("share of the valid votes",),
    ]
    values, errors = ds["vote_share"].values, ds["vote_share_mcse"].values
    for i, name in enumerate(names_of(ds, "option").values()):
        rows.append((f"  {name}", *_cells(values[:, i], errors[:, i])))
    note = "±: Monte Carlo standard error of the mean; ± max: the largest one of the five quantiles."
    return Table("Nation, %", ("", *HEAD), tuple(rows), note)


def _probability_row(label: str, ds: xr.Dataset, name: str, draws: int, at: Any = (), end: str = "") -> tuple[str, ...]:
    p = float(ds[f"{name}_probability{end}"].values[at])
    if p in (0, 1):
        limit = float(ds[f"{name}_probability_bound{end}"].values[at])
        error = f"{'<' if p == 0 else '>'} {number(100 * limit, _digits(limit))}"
    else:
        error = number(100 * float(ds[f"{name}_probability_mcse{end}"].values[at]), 3)
    return (label, number(100 * p, 2), error, tally(round(p * draws), draws))


def _digits(limit: float) -> int:
    """Decimals that show two figures of the distance of a percentage from 0 or 100."""
    distance = 100 * min(limit, 1 - limit)
    return 2 if distance <= 0 else int(min(8, max(0, 1 - np.floor(np.log10(distance)))))


def _titled(title: str, end: str) -> str:
    return f"{end[1:]}: {title[0].lower()}{title[1:]}" if end else title


def _seat_table(ds: xr.Dataset, end: str) -> Table:
    rows = []
    if f"seats{end}" in ds:
        values, errors = ds[f"seats{end}"].values, ds[f"seats{end}_mcse"].values
        can = can_win(ds, end)
        for i, name in enumerate(option_names(ds, end)):
            if not can[i]:
                continue
            mean, sd, *quantiles = values[:, i]
            cells = (number(mean, 2), number(errors[0, i], 3), number(sd, 2))
            rows.append((name, *cells, *(number(q, 0) for q in quantiles), number(float(np.max(errors[2:, i])), 2)))
    return Table(_titled("Seats", end), ("", *HEAD), tuple(rows), "")


def _probability_table(ds: xr.Dataset, draws: int, end: str) -> Table:
    rows = []
    names = option_names(ds, end)
    if f"winner_probability{end}" in ds:
        can = can_win(ds, end)
        for i, name in enumerate(names):
            if can[i]:
                rows.append(_probability_row(f"{name} wins", ds, "winner", draws, i, end))
        if float(ds[f"no_winner_probability{end}"]) > 0:
            rows.append(_probability_row("nobody wins", ds, "no_winner", draws, end=end))
    if f"passes_probability{end}" in ds:
        p = ds[f"passes_probability{end}"].values
        for i in np.flatnonzero((p > 0) & (p < 1)).tolist():
            rows.append(_probability_row(f"{names[i]} passes the threshold", ds, "passes", draws, i, end))
    if f"majority_probability{end}" in ds:
        p = ds[f"majority_probability{end}"].values
        for i in np.flatnonzero(p > 0).tolist():
            rows.append(_probability_row(f"{names[i]} has a majority", ds, "majority", draws, i, end))
    for name, label in (("runoff", "second round"), ("tied", "tie decides")):
        if f"{name}_probability{end}" in ds:
            rows.append(_probability_row(label, ds, name, draws, end=end))
    note = "±: Monte Carlo standard error; where none or all draws say so, the 95 % bound (rule of three)."
    return Table(_titled("Probability, %", end), ("", "%", "±", "draws"), tuple(rows), note)


def _turnout_table(ds: xr.Dataset, by: str, names: Sequence[str]) -> Table:
    values, errors = ds[f"{by}_turnout"].values, ds[f"{by}_turnout_mcse"].values
    rows = tuple((name, *_cells(values[:, i], errors[:, i])) for i, name in enumerate(names))
    return Table(f"Turnout by {by}, %", ("", *HEAD), rows)


def _share_table(ds: xr.Dataset, by: str, names: Sequence[str]) -> Table:
    values = ds[f"{by}_vote_share"].values
    options = list(names_of(ds, "option").values())
    shown = np.sort(np.argsort(-np.nan_to_num(values[0].mean(axis=0)), kind="stable")[:WIDE])
    rows = tuple(
        (name, *(f"{percent(values[0, i, o], 1)} ({percent(values[1, i, o], 1)})" for o in shown))
        for i, name in enumerate(names)
    )
    left_out = len(options) - len(shown)
    note = "" if left_out <= 0 else f"{left_out} smaller options are in the Dataset."
    head = ("", *(_short(options[o]) for o in shown))
    return Table(f"Vote shares by {by}: mean (sd), %", head, rows, note)


def _short(name: str) -> str:
    return name if len(name) <= 16 else name[:15] + "…"

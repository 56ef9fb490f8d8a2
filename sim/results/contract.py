"""The contract of a result: each variable declared once, and the check that a Dataset keeps to it.

A result is an `xarray.Dataset` with the dims ``draw, region, option`` (``group`` where voters differ by group,
``station`` where stations are kept).  Counts are integers, shares are fractions in [0, 1].  Regions, groups and
options stand in the order of the scenario's files; their coordinates are the ids, ``region_name`` and
``option_name`` the display names, ``group_<trait>`` the values of a group's traits.
What parts add is declared in their ``outputs``, dims of their own in their ``axes`` (``order`` where ballots rank).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sim.election.variables import EXPRESSED_SHARE, NAMED, VOTES_MOBILISED, VOTES_TRUE, Variable
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CORE", "DERIVED", "GROUPS", "STATIONS", "check", "contests_of", "declared"]

_BY_REGION = ("draw", "region")
_BY_OPTION = ("draw", "region", "option")

#: Variables that every result holds.
CORE = (
    Variable(
        "registered",
        ("draw?", "region"),
        "int32",
        "people",
        "people entitled to vote; with a draw dim only where the register is uncertain",
        minimum=0,
        source="region_registered",
    ),
    Variable(
        "ballots_cast",
        _BY_REGION,
        "int32",
        "ballots",
        "ballots cast, valid or not",
        "registered = abstained + Σ lost_* + ballots_cast",
        minimum=0,
        source="region_ballots",
    ),
    Variable(
        "invalid_ballots",
        _BY_REGION,
        "int32",
        "ballots",
        "ballots cast for no option: invalid, blank or not returned",
        "ballots_cast = invalid_ballots + Σ votes over options",
        minimum=0,
        source="invalid_ballots",
    ),
    Variable(
        "votes",
        _BY_OPTION,
        "int32",
        "votes",
        "reported votes",
        "Σ votes over options + invalid_ballots = ballots_cast; where there is votes_true, it holds for that",
        minimum=0,
        source="region_votes",
    ),
)


def _by_group(name: str, dims: tuple[str, ...], units: str, meaning: str) -> Variable:
    return Variable(f"group_{name}", dims, "int32", units, meaning, minimum=0, source=name)


#: Variables of the groups of voters, everywhere in the nation; in every result of an electorate that has groups.
GROUPS = (
    _by_group("registered", ("draw?", "group"), "people", "people of the group entitled to vote"),
    _by_group("ballots_cast", ("draw", "group"), "ballots", "ballots cast by the group"),
    _by_group("invalid_ballots", ("draw", "group"), "ballots", "ballots of the group for no option"),
    _by_group("votes", ("draw", "group", "option"), "votes", "reported votes of the group"),
)


def _share(name: str, dims: tuple[str, ...], meaning: str) -> Variable:
    return Variable(name, dims, "float64", "1", meaning, minimum=0, maximum=1)


#: Shares that are computed on demand, never stored.
DERIVED = (
    _share("turnout", _BY_REGION, "ballots_cast / registered"),
    _share("vote_share", _BY_OPTION, "votes / Σ votes over options"),
    _share("invalid_share", _BY_REGION, "invalid_ballots / ballots_cast"),
)


def _summary(name: str, dims: tuple[str, ...], units: str, meaning: str) -> Variable:
    return Variable(name, dims, "float64", units, meaning, minimum=0)


def _kept(name: str, dims: tuple[str, ...], units: str, meaning: str) -> Variable:
    return Variable(name, dims, "int32", units, meaning, minimum=0, source=name.removeprefix("station_"))


#: Variables of polling stations: summaries over draws are kept by default, the rest on request.
STATIONS = (
    _summary("station_ballots_mean", ("station",), "ballots", "mean over draws of the ballots cast"),
    _summary("station_ballots_sd", ("station",), "ballots", "standard deviation over draws of the ballots cast"),
    _summary("station_votes_mean", ("station", "option"), "votes", "mean over draws of the votes"),
    _summary("station_votes_sd", ("station", "option"), "votes", "standard deviation over draws of the votes"),
    _kept("station_registered", ("draw", "station"), "people", "people entitled to vote"),
    _kept("station_ballots_cast", ("draw", "station"), "ballots", "ballots cast"),
    _kept("station_invalid_ballots", ("draw", "station"), "ballots", "ballots cast for no option"),
    _kept("station_votes", ("draw", "station", "option"), "votes", "reported votes"),
)

#: Units that xarray would take for a length of time and turn into dates when it opens a file.
_TIMES = ("days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds")

#: Numbers looked at in one go.
_SLICE = 2_000_000


def declared() -> dict[str, Variable]:
    """Return every variable that a result may hold: name → declaration."""
    from sim.election.part import STAGES, parts

    own = [*CORE, *GROUPS, VOTES_TRUE, EXPRESSED_SHARE, VOTES_MOBILISED, *STATIONS]
    own += [variable for stage in STAGES for cls in parts(stage).values() for variable in cls.outputs]
    return {variable.name: variable for variable in own}


def check(ds: xr.Dataset) -> None:
    """Assert that a result keeps to the contract: every variable its declaration, every draw the laws.

    Raises
    ------
    ResultError
        With the first fault found.
    """
    every = declared()
    known: dict[str, Variable] = {}
    for variable in CORE:
        if variable.name not in ds:
            raise ResultError(f"the variable {variable.name!r} is missing")
    contests = contests_of(ds)
    for name, array in ds.data_vars.items():
        key = str(name)
        found = _declaration(key, every) or _of_contest(ds, key, every, contests)
        if found is None:
            raise ResultError(f"no part declares the variable {key!r}; is a package with parts missing?")
        known[key] = found
        _check_declaration(array, found)
    for part in _slices(ds):
        for key, variable in known.items():
            _check_bounds(part[key], variable, part.sizes.get(variable.indexes or "option", 0))
        _check_laws(part)
        for contest in contests:
            if f"votes_{contest}" in part:
                counted = part[f"votes_{contest}"].sum(f"option_{contest}") + part[f"invalid_ballots_{contest}"]
                _holds(counted == part["ballots_cast"], f"votes_{contest} do not add up to ballots_cast")


def contests_of(ds: xr.Dataset) -> tuple[str, ...]:
    """Return the contests whose names the variables of a result bear; none where there is one on the common paper."""
    return tuple(str(ds.attrs.get("contests", "")).split())


def _declaration(name: str, every: Mapping[str, Variable]) -> Variable | None:
    return every.get(name) or next(
        (declare(name.removeprefix(start)) for start, declare in NAMED.items() if name.startswith(start)), None
    )


def _of_contest(ds: xr.Dataset, name: str, every: Mapping[str, Variable], contests: Iterable[str]) -> Variable | None:
    """Return the declaration of what a contest adds, with its name and dims as they stand in the result."""
    for contest in contests:
        end = f"_{contest}"
        found = _declaration(name.removesuffix(end), every) if name.endswith(end) else None
        if found is not None:

            def place(dim: str, end: str = end) -> str:
                return f"{dim}{end}" if f"{dim}{end}" in ds.dims else dim

            indexes = found.indexes and place(found.indexes)
            return replace(found, name=name, dims=tuple(place(dim) for dim in found.dims), indexes=indexes)
    return None


def _check_declaration(array: xr.DataArray, variable: Variable) -> None:
    wanted = tuple(dim.rstrip("?") for dim in variable.dims)
    without = tuple(dim for dim in variable.dims if not dim.endswith("?"))
    facts: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
        ("dims", array.dims, (wanted, without)),
        ("dtype", str(array.dtype), (variable.dtype,)),
        ("units", array.attrs.get("units"), (variable.units,)),
        ("long_name", array.attrs.get("long_name"), (variable.meaning,)),
    )
    for what, found, allowed in facts:
        if found not in allowed:
            raise ResultError(f"{variable.name}: {what} should be {allowed[0]}, not {found}")
    if variable.units in _TIMES:
        raise ResultError(f"{variable.name}: xarray would turn the units {variable.units!r} into a time; shorten them")


def _slices(ds: xr.Dataset) -> Iterator[xr.Dataset]:
    """Cut the draws so that a slice fits into little memory."""
    cells = max(int(a.size) for a in ds.data_vars.values()) // max(ds.sizes["draw"], 1)
    step = max(1, _SLICE // max(cells, 1))
    for start in range(0, ds.sizes["draw"], step):
        yield ds.isel(draw=slice(start, start + step)).load()


def _check_bounds(array: xr.DataArray, variable: Variable, options: int) -> None:
    if not array.size:
        return
    most = options - 1 if variable.indexes else variable.maximum
    low, high = array.values.min(), array.values.max()
    if variable.minimum is not None and not low >= variable.minimum:
        raise ResultError(f"{array.name}: holds {low}, less than {variable.minimum:g}")
    if most is not None and not high <= most:
        raise ResultError(f"{array.name}: holds {high}, more than {most:g}")


def _check_laws(ds: xr.Dataset) -> None:
    cast = ds["votes_true"] if "votes_true" in ds else ds["votes"]
    counted = cast.sum("option") + ds["invalid_ballots"]
    _holds(counted == ds["ballots_cast"], f"{cast.name} and invalid_ballots do not add up to ballots_cast")
    gone = ds["ballots_cast"] + sum(_starting(ds, "lost_"))
    _holds(gone <= ds["registered"], "more ballots cast and people lost than registered")
    if "rankings" in ds:
        same = ds["rankings"].sum("order") == cast.sum(("region", "option"))
        _holds(same, f"rankings do not add up to {cast.name}")
    if "votes_mobilised" in ds:
        _holds(ds["votes_mobilised"] <= cast, f"more votes_mobilised than {cast.name}")
    for name in ("ballots_cast", "invalid_ballots", "votes"):
        if f"group_{name}" in ds:
            same = ds[f"group_{name}"].sum("group") == ds[name].sum("region")
            _holds(same, f"group_{name} do not add up to {name}")
    if "station_votes" in ds and "votes_true" not in ds:
        total = ds["station_votes"].groupby("station_region").sum()
        _same(total.rename(station_region="region"), ds["votes"], "station_votes do not add up to votes")


def _starting(ds: xr.Dataset, prefix: str) -> Iterable[Any]:
    return (ds[name] for name in ds.data_vars if str(name).startswith(prefix))


def _same(a: xr.DataArray, b: xr.DataArray, message: str) -> None:
    _holds(a.reindex_like(b).transpose(*b.dims) == b, message)


def _holds(law: xr.DataArray, message: str) -> None:
    if not bool(law.all()):
        wrong = (~law.transpose("draw", ...)).values.nonzero()
        where = f", {law['region'].values[wrong[1][0]]}" if "region" in law.dims else ""
        raise ResultError(f"draw {int(law['draw'][wrong[0][0]])}{where}: {message}")

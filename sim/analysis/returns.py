"""Votes of real elections as a rule reads them: numbers by option and region, for any number of elections at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.rows import Source
from sim.election.quantities import near
from sim.election.votes import Rankings, Scores
from sim.election.world import Option
from sim.errors import Fault, ScenarioError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MOST_VOTES", "Returns", "read_returns"]

I64 = NDArray[np.int64]

#: Votes of an option, or people, that are counted exactly by every rule.
MOST_VOTES = 10**10

#: Columns of a table of votes that are no options.
PLACES = ("region", "district", "registered", "invalid_ballots", "ballots_cast")
KINDS = ("candidate", "party", "against_all", "answer")
NATION = "nation"
#: Endings of files that hold ballots.
BALLOT_FILES = (".soc", ".soi", ".toc", ".toi", ".blt")


@dataclass(frozen=True)
class Returns:
    """What was counted.

    Attributes
    ----------
    options
        As on the ballot paper.
    votes
        (election, region, option).
    regions, districts
        Region ids; region id → district.
    invalid, registered
        (election, region); with none given nobody voted invalidly, and as many are registered as voted.
    lead
        Dims of the elections and their lengths; empty for a single one.
    coords
        Coordinates of these dims.
    rankings, scores
        Ballots of the nation, their options in the order of the paper.
    """

    options: tuple[Option, ...]
    votes: I64
    regions: tuple[str, ...] = (NATION,)
    districts: Mapping[str, str] = field(default_factory=dict)
    invalid: I64 | None = None
    registered: I64 | None = None
    lead: Mapping[str, int] = field(default_factory=dict)
    coords: Mapping[str, Any] = field(default_factory=dict)
    rankings: Rankings | None = None
    scores: Scores | None = None


def read_returns(
    votes: Any,
    *,
    kinds: Mapping[str, str] | None = None,
    invalid_ballots: Any = None,
    registered: Any = None,
    reads: str = "votes",
) -> Returns:
    """Read votes in any of the forms that `sim.decide` takes.

    ``reads`` is what the rule reads: where it is not ``votes`` a file holds ballots.

    Raises
    ------
    ScenarioError
        With every fault: votes that are negative or no whole numbers, names that stand twice, an unknown kind.
    """
    faults: list[Fault] = []
    ballots = _ballots(votes, reads)
    if ballots is not None:
        made = _of_ballots(ballots, kinds or {}, faults)
    elif hasattr(votes, "dims") or hasattr(votes, "data_vars"):
        made = _of_array(votes, kinds or {}, faults)
    elif isinstance(votes, Mapping):
        made = _of_mapping(votes, kinds or {}, faults)
    else:
        made = _of_table(votes, kinds or {}, faults)
    for name, value in (("invalid_ballots", invalid_ballots), ("registered", registered)):
        if value is not None:
            made = _with(made, name, value, faults)
    for option in kinds or {}:
        if option not in (known := [one.id for one in made.options]):
            faults.append(Fault("kinds", 0, 0, option, f"there is no option {option!r}{near(option, known)}"))
    _check(made, faults)
    if faults:
        raise ScenarioError(sorted(faults))
    return made


def _check(made: Returns, faults: list[Fault]) -> None:
    if made.registered is not None and not faults:
        ballots = made.votes.sum(axis=2) + (made.invalid if made.invalid is not None else 0)
        where = np.argwhere(np.broadcast_to(made.registered, ballots.shape) < ballots)
        if len(where):
            region = made.regions[int(where[0][1])]
            faults.append(Fault("registered", 0, 0, region, "fewer people are registered than cast a ballot"))
    for option in made.options:
        if option.kind not in KINDS:
            message = f"{option.kind!r} is not one of {', '.join(KINDS)}{near(option.kind, KINDS)}"
            faults.append(Fault("kinds", 0, 0, option.id, message))
    if made.options and not any(option.electable for option in made.options):
        faults.append(Fault("votes", 0, 0, "option", "no option can be elected: all are against_all"))


def _whole(values: Any, what: str, faults: list[Fault], places: Sequence[Sequence[str]] = ()) -> I64:
    """Return counts as whole numbers; note the first that is none."""
    try:
        given = np.asarray(values)
        exact = given if given.dtype.kind in "iu" else given.astype(np.float64)
    except (TypeError, ValueError):
        faults.append(Fault(what, 0, 0, "", "expected whole numbers"))
        return np.zeros(np.shape(values) or (1,), np.int64)
    with np.errstate(invalid="ignore"):
        wrong = np.argwhere(~((exact >= 0) & (exact <= MOST_VOTES) & (exact == np.floor(exact))))
    if len(wrong):
        at = tuple(wrong[0])
        where = ", ".join(str(place[i]) for place, i in zip(places, at[-len(places) :])) if places else ""
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        message = f"expected a whole number from 0 to {MOST_VOTES:,}, got {exact[at].item():g}{more}"
        faults.append(Fault(what, 0, 0, where, message))
        return np.zeros(exact.shape, np.int64)
    return exact.astype(np.int64)


def _ballots(votes: Any, reads: str) -> Any:
    """Return ballots where ``votes`` are some, or the name of a file of them."""
    if isinstance(votes, str | os.PathLike):
        if reads == "votes" and Path(votes).suffix.lower() not in BALLOT_FILES:
            return None
        from sim.results.ballots.files import read_ballots

        return read_ballots(votes, marks="scores" if reads == "scores" else "ranks")
    return votes if hasattr(votes, "rankings") and hasattr(votes, "options") else None


def _of_ballots(ballots: Any, kinds: Mapping[str, str], faults: list[Fault]) -> Returns:
    names = ballots.names or ballots.options
    options = tuple(Option(key, name, kinds.get(key, "candidate")) for key, name in zip(ballots.options, names))
    counted = ballots.rankings or ballots.scores
    draws = len(counted.counts) if counted is not None else 1
    first = np.zeros((draws, 1, len(options)), np.int64)
    if ballots.rankings is not None:
        ranks = np.broadcast_to(ballots.rankings.ranks, (draws, *ballots.rankings.ranks.shape[1:]))
        alone = (ranks == 0) & ((ranks == 0).sum(axis=2, keepdims=True) == 1)
        first[:, 0] = (alone * ballots.rankings.counts[:, :, None]).sum(axis=1)
    if counted is None or not counted.counts.size or not counted.counts.sum():
        faults.append(Fault("votes", 0, 0, "", "there is no ballot to count"))
    lead = {} if draws == 1 else {"draw": draws}
    return Returns(options, first, lead=lead, rankings=ballots.rankings, scores=ballots.scores)


def _of_array(votes: xr.DataArray | xr.Dataset, kinds: Mapping[str, str], faults: list[Fault]) -> Returns:
    """Read a DataArray with the dim ``option``, or a Dataset with ``votes`` and what belongs to it."""
    others: dict[str, Any] = {}
    if hasattr(votes, "data_vars"):
        if "votes" not in votes:
            faults.append(Fault("votes", 0, 0, "", "the Dataset has no variable 'votes'"))
            return Returns((), np.zeros((1, 1, 0), np.int64))
        others = {name: votes[name] for name in ("invalid_ballots", "registered") if name in votes}
        votes = votes["votes"]
    if "option" not in votes.dims:
        faults.append(Fault("votes", 0, 0, "", f"expected the dim 'option', got {', '.join(map(str, votes.dims))}"))
        return Returns((), np.zeros((1, 1, 0), np.int64))
    array = votes if "region" in votes.dims else votes.expand_dims(region=[NATION])
    lead = {str(dim): array.sizes[dim] for dim in array.dims if dim not in ("region", "option")}
    array = array.transpose(*lead, "region", "option")
    ids = [str(one) for one in array["option"].values]
    regions = tuple(str(one) for one in array["region"].values)
    known = array.coords["option_kind"].values.tolist() if "option_kind" in array.coords else ["candidate"] * len(ids)
    names = array.coords["option_name"].values.tolist() if "option_name" in array.coords else ids
    options = tuple(Option(i, str(n), kinds.get(i, str(k))) for i, n, k in zip(ids, names, known))
    counts = _whole(array.values, "votes", faults, (regions, ids)).reshape(-1, len(regions), len(ids))
    coords = {str(key): c for key, c in array.coords.items() if c.dims and set(c.dims) <= set(lead)}
    districts = {}
    if "district" in array.coords and array.coords["district"].dims == ("region",):
        districts = dict(zip(regions, map(str, array.coords["district"].values)))
    made = Returns(options, counts, regions, districts, lead=lead, coords=coords)
    for name, value in others.items():
        made = _with(made, name, value, faults)
    return made


def _with(made: Returns, name: str, value: Any, faults: list[Fault]) -> Returns:
    """Lay further counts of people beside the votes: a number, (region,) or with the dims of the votes."""
    shape = made.votes.shape[:2]
    if hasattr(value, "dims"):
        value = value if "region" in value.dims else value.expand_dims(region=list(made.regions))
        value = value.transpose(*(dim for dim in made.lead if dim in value.dims), "region").values
    counts = _whole(value, name, faults, (made.regions,) if np.ndim(value) else ())
    try:
        whole = np.broadcast_to(counts.reshape(-1, shape[1]) if counts.ndim > 1 else counts, shape)
    except ValueError:
        faults.append(Fault(name, 0, 0, "", f"has the shape {counts.shape} beside {shape[1]} regions"))
        return made
    if name == "invalid_ballots":
        return replace(made, invalid=np.ascontiguousarray(whole))
    return replace(made, registered=np.ascontiguousarray(whole))


def _of_mapping(votes: Mapping[str, Any], kinds: Mapping[str, str], faults: list[Fault]) -> Returns:
    """Read ``{option: votes}`` or ``{region: {option: votes}}``."""
    rows = dict(votes) if votes and all(isinstance(row, Mapping) for row in votes.values()) else {NATION: votes}
    ids = list(dict.fromkeys(str(key) for row in rows.values() for key in row))
    regions = tuple(map(str, rows))
    if not ids:
        faults.append(Fault("votes", 0, 0, "", "there is no option"))
    table = [[row.get(key, 0) for key in ids] for row in rows.values()]
    counts = _whole(table, "votes", faults, (regions, ids))
    options = tuple(Option(key, key, kinds.get(key, "candidate")) for key in ids)
    return Returns(options, counts.reshape(1, len(rows), len(ids)), regions)


def _of_table(votes: Any, kinds: Mapping[str, str], faults: list[Fault]) -> Returns:
    """Read a table: a row per option and region, or a row per region with a column for each option."""
    source = Source(Path(votes) if isinstance(votes, str) else votes, "votes")
    made = _long(source, kinds) if {"option", "votes"} <= set(source.columns) else _wide(source, kinds)
    faults.extend(source.complaints.faults)
    return made


def _counts(source: Source, column: str) -> list[int]:
    out = []
    for i, value in enumerate(source.numbers(column, 0, MOST_VOTES)):
        if value == value and value != int(value):
            source.complaints.add(f"expected a whole number, got {value:g}", i, column)
        out.append(int(value) if value == value else 0)
    return out


def _long(source: Source, kinds: Mapping[str, str]) -> Returns:
    counts = _counts(source, "votes")
    ids, places = source.texts("option"), [place or NATION for place in source.texts("region")]
    options: dict[str, Option] = {}
    regions = tuple(dict.fromkeys(places))
    districts: dict[str, str] = {}
    seen: dict[tuple[str, str], int] = {}
    for i, (key, place, row) in enumerate(zip(ids, places, source.rows)):
        if not key:
            source.complaints.add("the row has no option", i, "option")
        kind = kinds.get(key, str(row.get("kind", "candidate")))
        options.setdefault(key, Option(key, str(row.get("name", key)), kind))
        if "district" in row:
            districts[place] = str(row["district"])
        if (key, place) in seen:
            where = f" in {place!r}" if place != NATION else ""
            source.complaints.add(f"{key!r} stands twice{where} (first in row {seen[key, place] + 1})", i, "option")
        seen.setdefault((key, place), i)
    votes = np.zeros((1, len(regions), len(options)), np.int64)
    at = {key: i for i, key in enumerate(options)}
    for key, place, count in zip(ids, places, counts):
        votes[0, regions.index(place), at[key]] = count
    return Returns(tuple(options.values()), votes, regions, districts)


def _wide(source: Source, kinds: Mapping[str, str]) -> Returns:
    ids = [column for column in source.columns if column not in (*PLACES, "source", "note", "standing", "name")]
    if not ids:
        source.complaints.add("expected the columns 'option' and 'votes', or 'region' and a column for each option")
    votes = np.array([_counts(source, key) for key in ids], np.int64).reshape(len(ids), len(source.rows))
    regions = tuple(text or f"row {i + 1}" for i, text in enumerate(source.texts("region")))
    for i, region in enumerate(regions):
        if region in regions[:i]:
            source.complaints.add(f"region {region!r} stands twice", i, "region")
    districts = {r: text for r, text in zip(regions, source.texts("district")) if text}
    extra = {name: np.array([_counts(source, name)], np.int64) for name in PLACES[2:] if name in source.columns}
    if "ballots_cast" in extra and "invalid_ballots" not in extra:
        extra["invalid_ballots"] = extra["ballots_cast"] - votes.sum(axis=0)
        for i in np.flatnonzero(extra["invalid_ballots"][0] < 0).tolist():
            source.complaints.add("more votes than ballots cast", i, "ballots_cast")
    options = tuple(Option(key, key, kinds.get(key, "candidate")) for key in ids)
    return Returns(options, votes.T[None], regions, districts, extra.get("invalid_ballots"), extra.get("registered"))

"""Targets of a calibration: read, checked, and polls of one figure pooled."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from sim.analysis.rows import Complaints, empty
from sim.election.quantities import near
from sim.errors import Fault, ScenarioError
from sim.scenario.nodes import Rows
from sim.scenario.settings import Observation
from sim.scenario.tables import read_table

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

__all__ = ["SHARES", "Key", "Target", "read_targets"]

#: Shares of a result that an intercept can move.
SHARES = ("vote_share", "turnout", "invalid_share")

#: Standings from the surest to the least sure.
STANDINGS = ("official", "published", "derived", "estimated", "assumption")

Key = tuple[str, str, str]


class TargetRow(Observation):
    """One row of a table of targets: a figure, and how uncertain it is."""

    n: float | None = Field(None, description="sample size of the poll", gt=0)
    house: str | None = Field(None, description="who asked; polls of one house share its error")
    house_sd: float | None = Field(None, description="sd of the house's error, a share", ge=0, le=0.5)


@dataclass(frozen=True)
class Target:
    """One figure that the expectation shall meet.

    Attributes
    ----------
    variable, region, option
        What it is of; region and option are empty for the nation and where there is no option.
    value
        The figure, a share.
    sd
        Its standard error on the log-odds scale, 0 for one that is taken as it stands.
    source
        Where it comes from.
    """

    variable: str
    region: str
    option: str
    value: float
    sd: float = 0.0
    source: str = ""

    @property
    def key(self) -> Key:
        """Variable, region and option."""
        return self.variable, self.region, self.option

    @property
    def label(self) -> str:
        """The same in words."""
        return " ".join(part for part in self.key if part)


@dataclass(frozen=True)
class _Read:
    row: int
    one: TargetRow

    @property
    def key(self) -> Key:
        return self.one.variable, self.one.region or "", self.one.option or ""

    @property
    def polled(self) -> bool:
        return self.one.n is not None or self.one.house_sd is not None


def read_targets(scenario: Scenario, targets: Any) -> tuple[list[Target], Complaints]:
    """Read targets.

    Parameters
    ----------
    scenario
        Whose regions and options they name.
    targets
        None for the scenario's ``observed`` figures; the path of a table; its rows; a pandas DataFrame; or the
        mapping ``{variable: number}``, with ``{region: …}``, ``{option: …}`` or ``{region: {option: …}}`` in the
        number's place.

    Returns
    -------
    The targets, each figure once, and what is wrong with the rows.
    """
    if targets is None:
        return _observed(scenario), Complaints("targets")
    if isinstance(targets, str | os.PathLike):
        targets = read_table(Path(targets), os.fspath(targets))
    complaints = Complaints("targets", targets if isinstance(targets, Rows) else None)
    rows = _rows(targets, scenario)
    if not rows:
        complaints.add("there are none; expected rows with the columns variable, region, option, value")
    found = [one for i, row in enumerate(rows) for one in _row(i, row, scenario, complaints)]
    out = []
    for key in dict.fromkeys(one.key for one in found):
        same = [one for one in found if one.key == key]
        if len(same) == 1 and not same[0].polled:
            out.append(Target(*key, float(same[0].one.value), 0.0, same[0].one.source or ""))
            continue
        for one in same:
            if not one.polled:
                message = "this figure stands twice; give each its sample size 'n' or 'house_sd' to have them pooled"
                complaints.add(message, one.row)
        out.append(_pooled(key, same))
    return out, complaints


def _observed(scenario: Scenario) -> list[Target]:
    """Return the figures observed, the surest where one is given twice."""
    order = {standing: i for i, standing in enumerate(STANDINGS)}
    best: dict[Key, Observation] = {}
    for row in sorted(scenario.observed, key=lambda one: order.get(one.standing or "", len(order))):
        best.setdefault((row.variable, row.region or "", row.option or ""), row)
    kept = [row for row in scenario.observed if any(row is one for one in best.values())]
    return [Target(r.variable, r.region or "", r.option or "", float(r.value), 0.0, r.source or "") for r in kept]


def _rows(targets: Any, scenario: Scenario) -> Sequence[Any]:
    if isinstance(targets, Rows):
        return targets.rows
    if hasattr(targets, "to_dict") and hasattr(targets, "columns"):
        return list(targets.to_dict("records"))
    if isinstance(targets, Mapping):
        return list(_unfolded(targets, scenario))
    if isinstance(targets, list | tuple):
        return targets
    raise ScenarioError(
        [Fault("targets", 0, 0, "", "expected the path of a table, its rows, or a mapping by variable")]
    )


def _unfolded(targets: Mapping[str, Any], scenario: Scenario) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``{variable: number or mapping}``."""
    regions = set(scenario.world.regions)
    for variable, below in targets.items():
        if not isinstance(below, Mapping):
            yield {"variable": variable, "value": below}
            continue
        for name, item in below.items():
            if isinstance(item, Mapping):
                for option, value in item.items():
                    yield {"variable": variable, "region": name, "option": option, "value": value}
            else:
                by_region = variable not in ("vote_share", "votes") or name in regions - set(scenario.world.option_ids)
                yield {"variable": variable, ("region" if by_region else "option"): name, "value": item}


def _row(i: int, row: Any, scenario: Scenario, complaints: Complaints) -> Iterator[_Read]:
    if not isinstance(row, Mapping):
        complaints.add("expected a row with the columns variable, region, option, value", i)
        return
    cells = {str(key): cell for key, cell in row.items() if not empty(cell)}
    try:
        one = TargetRow.model_validate(cells)
    except ValidationError as error:
        for fault in error.errors():
            complaints.add(_words(fault), i, ".".join(map(str, fault["loc"])))
        return
    problems = [*one.problems(scenario.world)]
    for column, message in problems:
        complaints.add(message, i, column)
    if not problems:
        yield _Read(i, one)


def _words(fault: Any) -> str:
    """Return what the validator says in the words of the house."""
    from sim.scenario.translate import _words as words

    column = str(fault["loc"][-1])
    if fault["type"] == "missing":
        return f"missing key {column!r}"
    if fault["type"] == "extra_forbidden":
        known = [*TargetRow.model_fields]
        return f"unknown column; known: {', '.join(known)}{near(column, known)}"
    return words(fault)


def _pooled(key: Key, same: Sequence[_Read]) -> Target:
    """Pool polls of one figure: within a house by sample size, between houses by the inverse variance."""
    houses: dict[str, list[TargetRow]] = {}
    for i, read in enumerate(same):
        houses.setdefault(read.one.house or f"\0{i}", []).append(read.one)
    means, variances = [], []
    for rows in houses.values():
        sizes = [row.n or 0.0 for row in rows]
        total = math.fsum(sizes)
        weights = [n / total for n in sizes] if total else [1 / len(rows)] * len(rows)
        mean = math.fsum(w * row.value for w, row in zip(weights, rows))
        # The share that enters its own variance is drawn in from 0 and 1 by half a person.
        inside = (mean * total + 0.5) / (total + 1) if total else min(max(mean, 1e-6), 1 - 1e-6)
        sampling = inside * (1 - inside) / total if total else 0.0
        house = max(row.house_sd or 0.0 for row in rows)
        means.append(mean)
        variances.append(max(sampling + house**2, 1e-16))
    precision = math.fsum(1 / v for v in variances)
    value = math.fsum(m / v for m, v in zip(means, variances)) / precision
    inner = min(max(value, 1e-9), 1 - 1e-9)
    sources = dict.fromkeys(read.one.source for read in same if read.one.source)
    polls = f"{len(same)} poll{'s' * (len(same) > 1)}"
    return Target(*key, value, math.sqrt(1 / precision) / (inner * (1 - inner)), "; ".join([polls, *sources]))

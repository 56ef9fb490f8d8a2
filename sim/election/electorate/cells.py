"""Voters by region and group, from marginal tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PlainSerializer, PlainValidator, StringConstraints, WithJsonSchema

from sim.election.electorate.table import Table
from sim.election.quantities import Bounds, Faults, near, number
from sim.election.world import Group, Layout, World

__all__ = ["Cells", "Marginal"]

F64 = NDArray[np.float64]
Path = tuple[str | int, ...]

#: Columns of a table that are neither a trait nor its values.
PEOPLE = "people"
DESCRIPTIVE = ("name", "standing", "source", "evidence", "note")
#: Words that mean something else in the result.
RESERVED = (
    *("nation", "region", "group", "option", "station", "draw", "district", "party", "statistic", "time", "round"),
    *("registered", "ballots_cast", "invalid_ballots", "votes", PEOPLE, *DESCRIPTIVE),
)
#: What sums may differ by, in parts of all voters: shares are printed with few digits.
TOLERANCE = 2e-4
#: At most so many groups.
MOST = 10_000


@dataclass(frozen=True)
class Marginal:
    """Shares or numbers of people by value of a trait, for the nation or by region."""

    national: Mapping[str, float] | None = None
    regional: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def values(self) -> tuple[str, ...]:
        """The values of the trait in the order of the file."""
        rows = [self.national] if self.national is not None else list(self.regional.values())
        return tuple(dict.fromkeys(value for row in rows for value in row))

    def plain(self) -> Any:
        """Return it as it is written in a file."""
        if self.national is not None:
            return dict(self.national)
        return [{"region": region, **row} for region, row in self.regional.items()]


def _numbers(row: Mapping[str, Any], where: Path, faults: list[tuple[Path, str]]) -> dict[str, float]:
    out = {}
    for key, item in row.items():
        try:
            out[str(key)] = Bounds(0, math.inf).check(number(item))
        except ValueError as error:
            faults.append(((*where, key), str(error)))
    return out


def read_marginal(value: Any) -> Marginal:
    """Read ``{value: number}``, or a table with the column ``region`` and one for each value."""
    if isinstance(value, Marginal):
        return value
    faults: list[tuple[Path, str]] = []
    if isinstance(value, Mapping) and value:
        made = Marginal(_numbers(value, (), faults))
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) and row.get("region") for row in value):
        rows: dict[str, dict[str, float]] = {}
        for i, row in enumerate(value):
            if str(row["region"]) in rows:
                faults.append(((i, "region"), f"region {str(row['region'])!r} stands twice"))
            body = {key: item for key, item in row.items() if key not in ("region", *DESCRIPTIVE)}
            rows[str(row["region"])] = _numbers(body, (i,), faults)
        made = Marginal(None, rows)
    else:
        raise Faults(((), "expected {value: share}, or a table with the column 'region' and one for each value"))
    if faults:
        raise Faults(*faults)
    return made


_MARGINAL = Annotated[
    Any,
    PlainValidator(read_marginal),
    PlainSerializer(lambda value: value.plain()),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
                {"type": "string", "pattern": r"\.csv$"},
                {"type": "array", "items": {"type": "object"}},
            ]
        }
    ),
]

TraitName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


@dataclass(frozen=True)
class _Sums:
    """One margin in people: the axes it is told by, the numbers, and where it was written."""

    axes: tuple[int, ...]
    people: F64
    path: str


class Cells(Table, stage="electorate", model="cells"):
    """Regions with registered voters who belong to groups: age × sex × town, or whatever is known of them.

    A group has one value of each trait; the groups are all combinations, each with the id ``value/value/…`` in the
    order of the traits.  The number n of voters of each group in each region is the table that has the stated sums
    and is otherwise as even as can be (of the largest entropy), found by iterative proportional fitting:

        n_rg = n_rg · (stated sum) / (sum of n over the cells of that margin),     margin after margin, until all hold

    Margins are the register of each region, each trait (for the nation: independent of the region but for what other
    tables say; or by region) and the tables under ``joint``.  A row of numbers that sums to one is read as shares,
    any other as people, who must be as many as the region or the nation has.  Within a region the groups add up to
    its register exactly, in every draw; polling stations, where there are any, all have the mix of their region.

    Valid for up to 10,000 groups.
    """

    default = False
    example = {
        "regions": [{"region": "north", "registered": 600}, {"region": "south", "registered": 400}],
        "traits": {"age": {"young": 0.4, "old": 0.6}},
    }
    reference = "iterative proportional fitting: Deming & Stephan 1940, doi 10.1214/aoms/1177731829"

    traits: dict[TraitName, _MARGINAL] = Field(
        description="what voters differ in: trait → shares or people by value, for the nation or a table by region",
        min_length=1,
    )
    joint: dict[str, tuple[dict[str, Any], ...]] = Field(
        default_factory=dict,
        description="tables of several traits at once: columns region or traits, and 'people' (numbers, or shares)",
    )

    def layout(self) -> Layout:
        """Return the regions in the order of the table, and the groups."""
        plain = super().layout()
        names = tuple(self.traits)
        values = [self.traits[name].values for name in names]
        groups = (Group("/".join(one), dict(zip(names, one))) for one in product(*values))
        kept = tuple(group for group, _ in zip(groups, range(MOST))) if names else ()
        return Layout(plain.regions, plain.names, plain.stations, plain.uncertain, plain.attributes, kept)

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find what no group can be called, tables that leave out or contradict."""
        faults = [*super().check(world), *self._names(world)]
        if not faults:
            faults += [*self._rows(world), *self._joint_rows(world)]
        if not faults:
            faults += self._contradictions(world)
        yield from faults

    def _names(self, world: World) -> Iterator[tuple[str, str]]:
        for trait, margin in self.traits.items():
            if trait in RESERVED:
                yield f"traits.{trait}", f"a trait cannot be called {trait!r}, which means something else"
            for value in margin.values:
                path = f"traits.{trait}.{value}" if margin.national else f"traits.{trait}"
                if value in world.regions:
                    yield path, f"{value!r} is a region; call the group otherwise"
                if not value or "/" in value or "=" in value:
                    yield path, f"{value!r} cannot name a group: '/' and '=' join names"
        count = math.prod(len(margin.values) for margin in self.traits.values())
        if count > MOST:
            yield "traits", f"{count:,} groups; at most {MOST:,} can be told apart"

    def _rows(self, world: World) -> Iterator[tuple[str, str]]:
        for trait, margin in self.traits.items():
            for region in margin.regional:
                if region not in world.regions:
                    yield f"traits.{trait}.{region}", f"there is no region {region!r}{near(region, world.regions)}"
            missing = [region for region in world.regions if region not in margin.regional]
            if margin.national is None and missing:
                more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
                yield f"traits.{trait}", f"no row for the region {', '.join(missing[:5])}{more}"
            for region, row in margin.regional.items():
                left = [value for value in margin.values if value not in row]
                if left:
                    yield f"traits.{trait}.{region}", f"no number for {', '.join(left)} in region {region!r}"

    def _joint_rows(self, world: World) -> Iterator[tuple[str, str]]:
        for name, rows in self.joint.items():
            axes = self._axes(rows)
            if len(axes) < 2:
                columns = ", ".join(["region", *self.traits])
                yield f"joint.{name}", f"expected at least two of the columns {columns}, and 'people'"
                continue
            seen: set[tuple[str, ...]] = set()
            for i, row in enumerate(rows):
                key = tuple(str(row.get(axis)) for axis in axes)
                if key in seen:
                    yield f"joint.{name}.{i}", f"{'/'.join(key)} stands twice"
                seen.add(key)
                yield from ((f"joint.{name}.{i}", fault) for fault in self._row_faults(row, axes, world))
            places = [self._places(axis, world) for axis in axes]
            left = next((key for key in product(*places) if key not in seen), None)
            if left is not None and len(seen) == len(rows):
                yield f"joint.{name}", f"no row for {'/'.join(left)}; write 0 where there is nobody"

    def _row_faults(self, row: Mapping[str, Any], axes: tuple[str, ...], world: World) -> Iterator[str]:
        for axis in axes:
            places, word = self._places(axis, world), str(row.get(axis))
            if word not in places:
                yield f"there is no {axis} {word!r}{near(word, places)}"
        try:
            Bounds(0, math.inf).check(number(row.get(PEOPLE)))
        except ValueError as error:
            yield f"people: {error}"

    def _axes(self, rows: tuple[dict[str, Any], ...]) -> tuple[str, ...]:
        """The columns of a joint table that name people, region first, then by name."""
        columns = {column for row in rows for column in row}
        return tuple(axis for axis in self._columns if axis in columns)

    @property
    def _columns(self) -> tuple[str, ...]:
        """Names of the axes of the table: sorted, since a fit that ends somewhere depends on what comes first."""
        return ("region", *sorted(self.traits))

    def _places(self, axis: str, world: World) -> tuple[str, ...]:
        return world.regions if axis == "region" else tuple(sorted(self.traits[axis].values))

    def _contradictions(self, world: World) -> list[tuple[str, str]]:
        margins = list(self._margins(world))
        faults = []
        for a, b in combinations(margins, 2):
            message = self._compared(a, b, world)
            if message:
                faults.append((b.path, message))
        if not faults:
            worst, total = self._fit(world)[1], self._registers(world).sum()
            if worst > TOLERANCE * total:
                message = f"no table has all these sums: at best one of them is wrong by {worst:,.0f} people"
                faults.append(("joint", message))
        return faults

    def _compared(self, a: _Sums, b: _Sums, world: World) -> str:
        """Say where two margins have different sums of the same people."""
        common = tuple(axis for axis in a.axes if axis in b.axes)
        first, second = (self._common(one, common) for one in (a, b))
        total = self._registers(world).sum()
        apart = np.abs(first - second)
        if apart.max() <= TOLERANCE * total:
            return ""
        place = np.unravel_index(int(apart.argmax()), apart.shape)
        who = "/".join(self._places(self._columns[axis], world)[i] for axis, i in zip(common, place)) or "all"
        return f"{second[place]:,.0f} people are {who!r} here, {first[place]:,.0f} in {a.path!r}"

    @staticmethod
    def _common(one: _Sums, axes: tuple[int, ...]) -> F64:
        others = tuple(i for i, axis in enumerate(one.axes) if axis not in axes)
        return np.asarray(one.people.sum(axis=others))

    def _registers(self, world: World) -> F64:
        rows = {row.region: row.registered for row in self.regions}
        return np.array([float(rows[region]) for region in world.regions])

    def _margins(self, world: World) -> Iterator[_Sums]:
        """All margins in people; the registers of the regions first."""
        registers = self._registers(world)
        yield _Sums((0,), registers, "regions")
        for i, (trait, margin) in enumerate(sorted(self.traits.items()), 1):
            values = self._places(trait, world)
            if margin.national is not None:
                row = np.array([margin.national[value] for value in values])
                yield _Sums((i,), _people(row, float(registers.sum())), f"traits.{trait}")
            else:
                table = np.array([[margin.regional[r][value] for value in values] for r in world.regions])
                people = np.stack([_people(row, n) for row, n in zip(table, registers)])
                yield _Sums((0, i), people, f"traits.{trait}")
        for name, rows in sorted(self.joint.items()):
            axes = self._axes(rows)
            places = [self._places(axis, world) for axis in axes]
            table = np.zeros([len(place) for place in places])
            for line in rows:
                table[tuple(place.index(str(line[axis])) for axis, place in zip(axes, places))] = float(line[PEOPLE])
            numbers = tuple(self._columns.index(axis) for axis in axes)
            yield _Sums(numbers, _people(table, float(registers.sum())), f"joint.{name}")

    def _fit(self, world: World) -> tuple[F64, float]:
        """The table (region, trait, trait, …), axes and values sorted, and by how much its worst sum is wrong."""
        from sim.numeric.fitting import proportional_fit

        margins = list(self._margins(world))
        shape = tuple(len(self._places(axis, world)) for axis in self._columns)
        ordered = [(one.axes, one.people) for one in (*margins[1:], margins[0])]
        return proportional_fit(shape, ordered, 1e-9 * float(self._registers(world).sum()))

    def group_shares(self, world: World) -> F64:
        """Share of each group among the voters of a region, (region, group)."""
        if not self.traits:
            return super().group_shares(world)
        table = self._fit(world)[0].reshape(world.n_regions, -1)
        total = table.sum(axis=1, keepdims=True)
        table = np.where(total > 0, table / np.maximum(total, 1e-300), 1.0 / table.shape[1])
        columns = product(*(self._places(trait, world) for trait in self._columns[1:]))
        number = {values: i for i, values in enumerate(columns)}
        held = [number[tuple(value for _, value in sorted(group.traits.items()))] for group in world.groups]
        return np.round(table[:, held], 12)


def _people(row: F64, total: float) -> F64:
    """Shares as people; people as they are."""
    return row * total if abs(float(row.sum()) - 1.0) <= TOLERANCE else row

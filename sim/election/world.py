"""What every draw of a scenario shares: regions, polling stations, groups of voters, options.

Inside, regions, groups and options stand in the order of their ids, whatever the order in the file, and every
region, station, group and option owns its random numbers by name.  Permuting the rows of a table or the options
of a ballot therefore permutes the result and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.election.quantities import Distribution, Keyed, Shares, Value
from sim.election.strata import Group, Strata

if TYPE_CHECKING:
    from sim.election.state import Block

__all__ = ["Group", "Layout", "Option", "World"]

F32 = NDArray[np.float32]
Field = Callable[["Block"], F32]


@dataclass(frozen=True)
class Option:
    """One row of the ballot paper."""

    id: str
    name: str
    kind: str = "candidate"
    incumbent: bool = False
    colour: str | None = None

    @property
    def electable(self) -> bool:
        """Whether it can win (``against_all`` cannot)."""
        return self.kind != "against_all"


@dataclass(frozen=True)
class Layout:
    """The geography that an electorate lays out, in the order of its file.

    Parameters
    ----------
    regions
        Region ids.
    names
        Region id → display name.
    stations
        Region id → number of polling stations, empty where the region is the leaf unit.
    uncertain
        Whether the register differs from draw to draw.
    attributes
        Further columns to show along the region dim (tile positions, kind).
    groups
        The kinds of voters, empty where no voter differs from another.
    people
        Where voters are simulated one by one: how many there are in each stratum of a world.
    districts
        Region id → id of the electoral district in which it lies; a region that is not named is a district itself.
    dimensions
        Names of the axes of a space in which voters have positions.
    """

    regions: tuple[str, ...]
    names: Mapping[str, str]
    stations: Mapping[str, int] = field(default_factory=dict)
    uncertain: bool = False
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    people: Callable[[World], NDArray[np.int64]] | None = field(default=None, compare=False)
    districts: Mapping[str, str] = field(default_factory=dict)
    dimensions: tuple[str, ...] = ()


class HasLayout(Protocol):
    """An electorate part."""

    def layout(self) -> Layout: ...


class HasOptions(Protocol):
    """A ballot part."""

    def choices(self) -> tuple[Option, ...]: ...


def elements_of(names: Sequence[str]) -> NDArray[np.uint32]:
    """Return distinct 32-bit element numbers for names; a clash moves the later name to the next free one."""
    from sim.random.streams import variable_number

    taken: set[int] = set()
    out = np.empty(len(names), np.uint32)
    for i, name in enumerate(names):
        number = variable_number(name)
        while number in taken:
            number = (number + 1) % 2**32
        taken.add(number)
        out[i] = number
    return out


def ranges_of(names: Sequence[str], sizes: Sequence[int]) -> NDArray[np.uint32]:
    """Return distinct 32-bit element numbers for the members of named sets.

    Each set has the numbers from that of its name on; a set that would overlap an earlier one moves behind it.
    """
    from sim.random.streams import variable_number

    taken: list[tuple[int, int]] = []
    out = []
    for name, size in zip(names, sizes):
        start = variable_number(name) % (2**32 - size + 1)
        while (held := next((one for one in taken if start < one[1] and one[0] < start + size), None)) is not None:
            start = held[1] if held[1] + size <= 2**32 else 0
        taken.append((start, start + size))
        out.append(np.arange(start, start + size, dtype=np.uint32))
    return np.concatenate(out)


@dataclass(frozen=True)
class World:
    """Regions, units, groups and options in canonical order (sorted by id).

    A *unit* is the leaf at which votes are counted: a polling station where the electorate has stations,
    else a region.  Units stand region by region.  A *stratum* are the voters of one group in one region, a
    *cell* those of one group in one unit, group fastest; without groups a stratum is a region and a cell a unit.
    Where voters are simulated one by one a cell is one voter, and those of a stratum stand together.
    """

    layout: Layout
    listed_options: tuple[Option, ...]
    sections: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, electorate: HasLayout, ballot: HasOptions, sections: Mapping[str, Any] | None = None) -> World:
        """Build the world of an electorate and a ballot.

        ``sections`` are all parts of the scenario by stage, for checks of one part beside another.
        """
        return cls(electorate.layout(), ballot.choices(), sections or {})

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Region ids, sorted."""
        return tuple(sorted(self.layout.regions))

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Options, sorted by id."""
        return tuple(sorted(self.listed_options, key=lambda option: option.id))

    @cached_property
    def option_ids(self) -> tuple[str, ...]:
        """Ids of `options`."""
        return tuple(option.id for option in self.options)

    @cached_property
    def region_order(self) -> NDArray[np.int64]:
        """For each region of the file its place in `regions`."""
        return np.array([self.regions.index(region) for region in self.layout.regions], np.int64)

    @cached_property
    def option_order(self) -> NDArray[np.int64]:
        """For each option of the file its place in `options`."""
        return np.array([self.option_ids.index(option.id) for option in self.listed_options], np.int64)

    @cached_property
    def has_stations(self) -> bool:
        """Whether the leaf unit is a polling station."""
        return bool(self.layout.stations)

    @cached_property
    def stations(self) -> tuple[str, ...]:
        """Station ids ``<region>/<number>`` in unit order; empty without stations."""
        return tuple(
            f"{region}/{i + 1:04d}" for region in self.regions for i in range(self.layout.stations.get(region, 0))
        )

    @cached_property
    def unit_region(self) -> NDArray[np.int32]:
        """Index into `regions` of each unit."""
        if not self.has_stations:
            return np.arange(len(self.regions), dtype=np.int32)
        return np.repeat(
            np.arange(len(self.regions), dtype=np.int32),
            [self.layout.stations.get(r, 0) for r in self.regions],
        )

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """First unit of each region, and the number of units at the end."""
        return np.searchsorted(self.unit_region, np.arange(len(self.regions) + 1)).astype(np.int64)

    @property
    def has_groups(self) -> bool:
        """Whether voters differ by group."""
        return bool(self.layout.groups)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Groups, sorted by their traits; one without a name where there are none."""
        return tuple(sorted(self.layout.groups, key=lambda group: group.key)) or (Group(""),)

    @cached_property
    def group_ids(self) -> tuple[str, ...]:
        """Ids of `groups`."""
        return tuple(group.id for group in self.groups)

    @cached_property
    def group_order(self) -> NDArray[np.int64]:
        """For each group of the file its place in `groups`."""
        return np.array([self.group_ids.index(group.id) for group in self.layout.groups], np.int64)

    @cached_property
    def strata(self) -> Strata:
        """The regions crossed with the groups."""
        return Strata(self.regions, self.groups)

    @property
    def n_groups(self) -> int:
        """Number of groups, at least 1."""
        return len(self.groups)

    @property
    def n_strata(self) -> int:
        """Number of strata."""
        return self.n_regions * self.n_groups

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return int(self.leaf_offsets[-1]) if self.has_individuals else self.n_units * self.n_groups

    @property
    def has_individuals(self) -> bool:
        """Whether voters are simulated one by one."""
        return self.layout.people is not None

    @property
    def divides_strata(self) -> bool:
        """Whether a stratum has several cells: polling stations, or voters one by one."""
        return self.has_stations or self.has_individuals

    @cached_property
    def leaf_offsets(self) -> NDArray[np.int64]:
        """First unit of each region (where a cell is a voter: first voter of each stratum), and how many there are."""
        if self.layout.people is None:
            return self.offsets
        return np.concatenate([[0], np.cumsum(self.layout.people(self))]).astype(np.int64)

    @cached_property
    def cell_stratum(self) -> NDArray[np.int64]:
        """Stratum of each cell."""
        if self.has_individuals:
            return np.repeat(np.arange(self.n_strata), np.diff(self.leaf_offsets))
        return (self.unit_region[:, None].astype(np.int64) * self.n_groups + np.arange(self.n_groups)).reshape(-1)

    @cached_property
    def districts(self) -> tuple[str, ...]:
        """District ids, sorted."""
        return tuple(sorted({self.district_of(region) for region in self.regions}))

    def district_of(self, region: str) -> str:
        """Return the id of the district in which a region lies."""
        return self.layout.districts.get(region, region)

    @cached_property
    def region_district(self) -> NDArray[np.int64]:
        """Index into `districts` of each region."""
        return np.array([self.districts.index(self.district_of(region)) for region in self.regions], np.int64)

    @cached_property
    def district_order(self) -> NDArray[np.int64]:
        """Places in `districts` in the order in which the file names them."""
        named = dict.fromkeys(self.district_of(region) for region in self.layout.regions)
        return np.array([self.districts.index(district) for district in named], np.int64)

    @cached_property
    def district_elements(self) -> NDArray[np.uint32]:
        """Element number of each district."""
        return elements_of(self.districts)

    @property
    def n_districts(self) -> int:
        """Number of electoral districts."""
        return len(self.districts)

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return len(self.regions)

    @property
    def n_options(self) -> int:
        """Number of options."""
        return len(self.options)

    @cached_property
    def n_units(self) -> int:
        """Number of leaf units."""
        return len(self.unit_region)

    @cached_property
    def region_elements(self) -> NDArray[np.uint32]:
        """Element number of each region."""
        return elements_of(self.regions)

    @cached_property
    def unit_elements(self) -> NDArray[np.uint32]:
        """Element number of each unit."""
        return elements_of(self.stations) if self.has_stations else self.region_elements

    @cached_property
    def group_elements(self) -> NDArray[np.uint32]:
        """Element number of each group."""
        return elements_of([group.key for group in self.groups])

    @cached_property
    def cell_elements(self) -> NDArray[np.uint32]:
        """Element number of each cell."""
        if self.has_individuals:
            strata = [f"{region}|{group.key}" for region in self.regions for group in self.groups]
            return ranges_of(strata, np.diff(self.leaf_offsets).tolist())
        if not self.has_groups:
            return self.unit_elements
        units = self.stations if self.has_stations else self.regions
        return elements_of([f"{unit}|{group.key}" for unit in units for group in self.groups])

    @cached_property
    def cell_offsets(self) -> NDArray[np.int64]:
        """First cell of each region, and the number of cells at the end."""
        return self.leaf_offsets[:: self.n_groups] if self.has_individuals else self.offsets * self.n_groups

    def quantity(self, value: Value, name: str, dtype: Any = np.float32) -> Field:
        """Prepare a number: a function of the block giving an array of shape (1 or draws, 1).

        ``name`` is the written name of the variable from which an uncertain number is drawn.
        """
        return self._row([value], name, ("",), dtype)

    def per_region(self, keyed: Keyed, name: str) -> Field:
        """Prepare a number per region: float32 of shape (1 or draws, regions)."""
        return self._row([keyed.of(region) for region in self.regions], name, self._drawn_by(keyed, self.regions))

    @cached_property
    def kinds(self) -> Strata:
        """The groups without regions."""
        return Strata(("",), self.groups)

    def stratum_faults(self, keyed: Keyed) -> Iterator[tuple[str, str]]:
        """Yield (key, message) for names that mean nobody, that clash, and for strata left out."""
        return self.strata.check(tuple(keyed.values), keyed.default is not None)

    def group_faults(self, keyed: Keyed) -> Iterator[tuple[str, str]]:
        """Yield (key, message) for names that mean nobody, that clash, and for groups left out."""
        return self.kinds.check(tuple(keyed.values), keyed.default is not None)

    def stratum_values(self, keyed: Keyed) -> list[Value | None]:
        """Return what is written for each stratum."""
        return [keyed.values[key] if key else keyed.default for key in self._owners(self.strata, tuple(keyed.values))]

    def group_values(self, keyed: Keyed) -> list[Value | None]:
        """Return what is written for each group."""
        return [keyed.values[key] if key else keyed.default for key in self._owners(self.kinds, tuple(keyed.values))]

    def stratum_shares(self, table: Shares) -> list[Mapping[str, Value]]:
        """Return the shares written for each stratum."""
        places = self._owners(self.strata, tuple(table.regional))
        return [table.regional[place] if place else table.national or {} for place in places]

    def per_stratum(self, keyed: Keyed, name: str) -> Field:
        """Prepare a number per region, group or both: float32 of shape (1 or draws, strata)."""
        return self._row(self.stratum_values(keyed), name, self._owners(self.strata, tuple(keyed.values)))

    def per_group(self, keyed: Keyed, name: str) -> Field:
        """Prepare a number per group: float32 of shape (1 or draws, groups)."""
        return self._row(self.group_values(keyed), name, self._owners(self.kinds, tuple(keyed.values)))

    @staticmethod
    def _owners(strata: Strata, names: Sequence[str]) -> tuple[str, ...]:
        """For each stratum the name that holds there, "" where none does."""
        owner, _ = strata.owners(names)
        return tuple(names[i] if i >= 0 else "" for i in owner.tolist())

    def per_option(self, keyed: Keyed, name: str) -> Field:
        """Prepare a number per option: float32 of shape (1 or draws, options)."""
        return self._row([keyed.of(option) for option in self.option_ids], name, self._drawn_by(keyed, self.option_ids))

    def shares(self, table: Shares, name: str, of: tuple[str, ...] = ()) -> Field:
        """Prepare shares by option and stratum: float32 of shape (options, 1 or draws, strata), summing to one.

        ``of`` are the names that have shares where they are not those of the options.  Where shares are
        distributions, each draw's set is scaled to sum to one.
        """
        rows: dict[str, Field] = {}
        places = self._owners(self.strata, tuple(table.regional))
        for place in dict.fromkeys(places):
            one = table.regional[place] if place else table.national or {}
            keys = tuple(f"{place}/{option}" if place else option for option in of or self.option_ids)
            rows[place] = self._row([one.get(option, 0.0) for option in of or self.option_ids], name, keys)

        def stack(block: Block) -> F32:
            held = {place: row(block) for place, row in rows.items()}
            out: F32 = np.stack(np.broadcast_arrays(*(held[place] for place in places)), axis=-1).transpose(1, 0, 2)
            total = out[0].astype(np.float64)
            for plane in out[1:]:
                total = total + plane
            return np.ascontiguousarray(out / total, dtype=np.float32)

        if table.fixed:
            constant = stack(None)  # type: ignore[arg-type]
            return lambda block: constant
        return stack

    def _drawn_by(self, keyed: Keyed, names: Sequence[str]) -> tuple[str, ...]:
        """Names under which uncertain values are drawn: a shared default is one number for all."""
        return tuple(name if name in keyed.values else "" for name in names)

    def _row(self, values: Sequence[Value | None], name: str, keys: Sequence[str], dtype: Any = np.float32) -> Field:
        fixed = np.array([[v if isinstance(v, int | float) else np.nan for v in values]], dtype)
        drawn = [(i, v, key) for i, (v, key) in enumerate(zip(values, keys)) if isinstance(v, Distribution)]
        if not drawn:
            return lambda block: fixed

        def fill(block: Block) -> F32:
            out = np.repeat(fixed, block.count, axis=0)
            known: dict[str, Any] = {}
            for i, distribution, key in drawn:
                if key not in known:
                    known[key] = block.sample(distribution, f"value.{name}", key)
                out[:, i] = known[key][:, 0]
            return out

        return fill

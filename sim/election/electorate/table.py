"""Regions and their registered voters from a table, with synthetic polling stations on request."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from sim.election.part import Part, Section, Stage
from sim.election.quantities import Distribution, Faults, quantity
from sim.election.state import Block
from sim.election.world import Layout, World

__all__ = ["Stations", "Table"]

LARGEST = 2**31 - 1


class Region(Section):
    """One row of the table of regions."""

    region: str = Field(description="id of the region, e.g. its ISO 3166-2 code", min_length=1)
    name: str | None = Field(None, description="name to show; the id where it is empty")
    registered: int = Field(description="people entitled to vote", ge=0, le=LARGEST)
    registered_sd: float | None = Field(
        None, description="relative standard error of `registered`, empty where it is exact", ge=0, le=1
    )
    stations: int | None = Field(None, description="number of polling stations", ge=1, le=10**6)
    district: str | None = Field(
        None, description="id of the electoral district in which the region lies; itself one where it is empty"
    )
    kind: str | None = Field(None, description="a word such as region or city")
    tile_column: int | None = Field(None, description="column in the tile map, from 0", ge=0, le=99)
    tile_row: int | None = Field(None, description="row in the tile map, from 0", ge=0, le=99)
    source: str | None = Field(None, description="where the figure comes from")
    standing: str | None = Field(None, description="official, published, derived, estimated or assumption")
    note: str | None = Field(None, description="free text")


class Stations(Section):
    """A synthetic set of polling stations whose number and sizes match the regions' totals."""

    size_spread: float = Field(
        0.6,
        description="standard deviation of the log of the station sizes within a region; 0 makes them equal",
        ge=0,
        le=3,
    )


def _regions(value: Any) -> Any:
    """Accept a mapping ``{id: registered}`` as the short form of the table; find ids that stand twice."""
    if isinstance(value, Mapping):
        return [{"region": key, "registered": item} for key, item in value.items()]
    if isinstance(value, list):
        seen: dict[str, int] = {}
        faults = []
        for i, row in enumerate(value):
            if not isinstance(row, Mapping) or "region" not in row:
                continue
            key = str(row["region"])
            if key in seen:
                faults.append(((i, "region"), f"region {key!r} stands twice (first in row {seen[key] + 1})"))
            seen.setdefault(key, i)
        if faults:
            raise Faults(*faults)
    return value


class Table(Part, stage="electorate", model="table"):
    """Regions with registered voters.

    Where a row has ``registered_sd`` its register is uncertain: in each draw it is multiplied by
    ``exp(sd·z)``, ``z ~ N(0, 1)`` independent by region; with ``total`` the draw's registers are then
    apportioned to that sum by largest remainders, so that only the shares of the regions are uncertain.

    With ``stations`` each region is divided into the number of polling stations of its row.  Their sizes are
    the quantiles ``(i − ½)/n`` of a log-normal with log standard deviation ``size_spread``, rounded so that
    they add up to the region's register in every draw.
    """

    default = True
    example = {"regions": [{"region": "north", "registered": 600}, {"region": "south", "registered": 400}]}
    reference = "register of voters by region; largest remainders: Pukelsheim 2017, Proportional Representation"

    regions: Annotated[
        tuple[Region, ...],
        BeforeValidator(_regions, json_schema_input_type=tuple[Region, ...] | dict[str, int]),
    ] = Field(description="table of regions: a CSV file, a list of rows or a mapping id: registered", min_length=1)
    total: quantity(1, LARGEST) | None = Field(  # type: ignore[valid-type]
        None,
        description="sum of the registers in every draw, a number or a distribution; the rows are rescaled to it",
    )
    stations: Stations | None = Field(None, description="divide the regions into synthetic polling stations")

    def layout(self) -> Layout:
        """Return the regions in the order of the table."""
        keys = ("kind", "tile_column", "tile_row")
        return Layout(
            tuple(row.region for row in self.regions),
            {row.region: row.name or row.region for row in self.regions},
            {row.region: row.stations or 0 for row in self.regions} if self.stations else {},
            self._uncertain,
            {key: {row.region: getattr(row, key) for row in self.regions} for key in keys},
            districts={row.region: row.district for row in self.regions if row.district},
        )

    @property
    def _uncertain(self) -> bool:
        return isinstance(self.total, Distribution) or any(row.registered_sd for row in self.regions)

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find regions without stations, too many voters, and a register of nobody."""
        registered = sum(row.registered for row in self.regions)
        if registered == 0:
            yield "regions", "nobody is registered in any region"
        if registered > LARGEST:
            yield "regions", f"{registered:,} registered voters; at most {LARGEST:,} can be counted"
        for i, row in enumerate(self.regions):
            if (
                self.total is None
                and row.registered * math.exp(6 * (row.registered_sd or 0.0)) > LARGEST >= row.registered
            ):
                message = f"so uncertain that {row.registered:,} voters may become more than {LARGEST:,}"
                yield f"regions.{i}.registered_sd", message
        if isinstance(self.total, float) and not self.total.is_integer():
            yield "total", f"expected a whole number of people, got {self.total:g}"
        if self.stations:
            for i, row in enumerate(self.regions):
                if row.stations is None:
                    yield f"regions.{i}", f"region {row.region!r} has no number of 'stations'"
                elif row.stations > max(row.registered, 1):
                    yield (
                        f"regions.{i}.stations",
                        (f"{row.stations} stations for {row.registered} voters in region {row.region!r}"),
                    )

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``registered``."""
        rows = {row.region: row for row in self.regions}
        registered = np.array([[rows[r].registered for r in world.regions]], np.float64)
        sd = np.array([[rows[r].registered_sd or 0.0 for r in world.regions]], np.float64)
        total = world.quantity(self.total or 0, "electorate.total", np.float64)
        cumulative = self._cumulative(world) if self.stations or world.has_groups else None

        def register(block: Block) -> NDArray[np.int32]:
            from sim.numeric.counts import apportion
            from sim.numeric.elementary import exp

            weights = registered
            if self._uncertain:
                z = block.chance.stream("electorate.registered").normal64(block.region_lanes)
                weights = registered * exp(sd * z)
            if self.total is not None:
                return apportion(weights, np.rint(total(block)[:, 0]).astype(np.int64))
            return np.minimum(np.floor(weights + 0.5), LARGEST).astype(np.int32)

        def run(block: Block) -> None:
            by_region = register(block)
            if cumulative is None:
                block.registered = by_region
                return
            from sim.numeric.counts import split

            out = block.array("registered", (by_region.shape[0], world.n_cells), np.int32)
            block.registered = split(by_region, cumulative, world.cell_offsets, out)

        return run

    def _cumulative(self, world: World) -> NDArray[np.float64]:
        """Cumulative share of each cell within its region: its station's share times its group's."""
        groups = self.group_shares(world)
        out = np.empty(world.n_cells)
        for r, (start, stop) in enumerate(zip(world.cell_offsets[:-1], world.cell_offsets[1:])):
            stations = self._sizes(int(world.offsets[r + 1] - world.offsets[r]))
            shares = np.cumsum(np.outer(stations, groups[r]))
            # Rounded so that the last bits of the platform's exp cannot move a voter between stations.
            out[start:stop] = np.round(shares / shares[-1], 12)
        return out

    def _sizes(self, n: int) -> NDArray[np.float64]:
        """Relative sizes of the stations of a region: the quantiles of a log-normal."""
        from statistics import NormalDist

        if self.stations is None:
            return np.ones(n)
        quantiles = np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in range(n)])
        return np.asarray(np.exp(self.stations.size_spread * quantiles))

    def group_shares(self, world: World) -> NDArray[np.float64]:
        """Share of each group among the voters of a region, (region, group); without groups all are one."""
        return np.ones((world.n_regions, 1))

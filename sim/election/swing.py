"""Swings: correlated national and regional deviations on the log-odds scale, with Student-t tails.

Used by the voter and the turnout models.  For an option o, a draw d and a region r

    swing = t_d · ( n_o · Z_od  +  Σ_b s_b · Z_obd · [r ∈ b]  +  s_r · Z_odr  +  s_g · Z_odg )

with standard normal Z, ``n`` the national, ``s_b`` the block, ``s_r`` the regional standard deviation and ``s_g``
that of the group g of voters, everywhere in the nation.
The regional Z of two regions have correlation ``region_correlation``.  One number c ≥ 0 for all is a factor
that they share, ``Z_odr = √c·G_od + √(1 − c)·E_odr``, so that a further region leaves the luck of the others as
it was; pairs, and c < 0, are mixed by the Cholesky factor of their matrix.  With ``tails: ν`` every draw has one
χ² and ``t = √((ν − 2)/χ²(ν))``: a multivariate Student t, scaled so that the stated standard deviations
are those of the swing; without, ``t = 1``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from sim.election.correlations import Correlation, correlation_faults, correlation_matrix, read_correlation
from sim.election.part import Section
from sim.election.quantities import Distribution, Keyed, Value, known, near, per_group, per_region, quantity
from sim.election.state import Block
from sim.election.world import World

__all__ = ["BlockSwing", "Deviations", "NationalSwing", "Prepared", "Swing"]

F32 = NDArray[np.float32]


def _correlation(value: Any) -> Correlation | None:
    return read_correlation(value, "region")


class BlockSwing(Section):
    """A swing shared by a set of regions."""

    regions: tuple[str, ...] = Field(description="ids of the regions", min_length=1)
    sd: quantity(0, 20) = Field(description="standard deviation of the log-odds")  # type: ignore[valid-type]


class Swing(Section):
    """Deviations from the baseline on the log-odds scale; every number is a standard deviation."""

    regional: per_region(0, 20) = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0),
        description="sd of each region around the national swing; a number or per region",
    )
    group: per_group(0, 20) = Field(  # type: ignore[valid-type]
        Keyed("group", 0.0),
        description="sd of each group of voters around the others; a number or per group; needs electorate groups",
    )
    station: quantity(0, 20) = Field(  # type: ignore[valid-type]
        0.0, description="sd between the polling stations of a region; needs electorate.stations"
    )
    tails: float | None = Field(
        None,
        description="degrees of freedom of Student-t tails, one χ² per draw; without it the swing is normal",
        gt=2,
        le=1000,
    )
    region_correlation: Annotated[Any, BeforeValidator(_correlation)] = Field(
        None,
        description="correlation of the regional swings: a number, or pairs {region: {region: correlation}}",
    )
    blocks: dict[str, BlockSwing] = Field(
        default_factory=dict, description="further swings, each shared by a set of regions"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find regions that do not exist, impossible correlations and numbers that would do nothing."""
        for key, message in self.regional.check(world.regions):
            yield f"regional.{key}".rstrip("."), message
        yield from self._check_groups(world)
        for name, block in self.blocks.items():
            for i, region in enumerate(block.regions):
                if region not in world.regions:
                    yield (
                        f"blocks.{name}.regions.{i}",
                        f"there is no region {region!r}{near(region, world.regions)}",
                    )
        if not world.has_stations and self.station != 0:
            yield "station", "does nothing without polling stations; add 'electorate.stations' or remove it"
        yield from self._check_correlation(world)

    def _check_groups(self, world: World) -> Iterator[tuple[str, str]]:
        if world.has_groups:
            for key, message in world.group_faults(self.group):
                yield f"group.{key}".rstrip("."), message
        elif self.group != Keyed("group", 0.0):
            yield "group", "does nothing without groups of voters; take 'electorate: {model: cells}' or remove it"

    def _check_correlation(self, world: World) -> Iterator[tuple[str, str]]:
        for path, message in correlation_faults(self.region_correlation, world.regions, "region"):
            yield f"region_correlation.{path}".rstrip("."), message
        moved = any(self.regional.of(region) != 0 for region in world.regions)
        if self.region_correlation not in (None, 0) and not moved:
            yield "region_correlation", "does nothing while 'regional' is 0"

    def sizes(self) -> list[Value]:
        """Return every standard deviation; a kind of swing with further ones adds them."""
        keyed = [v for k in (self.regional, self.group) for v in (k.default, *k.values.values()) if v is not None]
        return [self.station, *keyed, *(b.sd for b in self.blocks.values())]

    @property
    def moves(self) -> bool:
        """Whether any standard deviation is not zero."""
        return any(size != 0 for size in self.sizes())

    @property
    def fixed(self) -> bool:
        """Whether no standard deviation is a distribution."""
        return not any(isinstance(size, Distribution) for size in self.sizes())


class NationalSwing(Swing):
    """A swing with one national standard deviation."""

    national: quantity(0, 20) = Field(0.0, description="sd of the national swing")  # type: ignore[valid-type]

    def sizes(self) -> list[Value]:
        """Add the national one."""
        return [self.national, *super().sizes()]


@dataclass(frozen=True)
class Deviations:
    """A swing prepared for its world.

    Parameters
    ----------
    swing
        What the user wrote.
    world
        Regions, units, options.
    name
        Written name of the random variables, e.g. ``voters.swing``.
    parts
        One name per row of the first axis (the options), or one empty name.
    national
        (1 or draw, parts) standard deviation of the national swing.
    """

    swing: Swing
    world: World
    name: str
    parts: tuple[str, ...]
    national: Callable[[Block], F32]

    def prepare(self) -> Prepared:
        """Return the functions that move log-odds on a block."""
        return Prepared(self._regions(), self._units())

    def _regions(self) -> Callable[[Block, F32, Mix | None], F32]:
        """All deviations but those of stations: base (part, 1 or draw, stratum) → (part, draw, stratum)."""
        world, name, swing = self.world, self.name, self.swing
        sd = world.per_region(swing.regional, f"{name}.regional")
        blocks = [
            (
                label,
                np.array([r in one.regions for r in world.regions]),
                world.quantity(one.sd, f"{name}.blocks.{label}.sd"),
            )
            for label, one in sorted(swing.blocks.items())
        ]
        mixed = self._mixed()
        grouped = self._grouped() if world.has_groups else None

        def regions(block: Block, base: F32, mix: Mix | None = None) -> F32:
            from sim.numeric.fields import spread

            if not swing.moves:
                out = block.array(name, (len(self.parts), block.count, world.n_strata), np.float32)
                out[...] = base
                return out
            out = block.array(f"{name}.regions", (len(self.parts), block.count, world.n_regions), np.float32)
            national, regional = self._latents(block, mixed, mix)
            common = national * self.national(block).T
            field = base if grouped is None else np.zeros((len(self.parts), 1, world.n_regions), np.float32)
            scale = self._scale(block)
            for label, inside, size in blocks:
                z = self._normal(block, f"{name}.blocks.{label}", block.draw_lanes)[..., 0]
                shift = (z * size(block)[:, 0] * scale)[:, :, None] * inside.astype(np.float32)
                field = field + shift
            moved = spread(np.ascontiguousarray(field, np.float32), common, regional, sd(block), scale, out)
            return moved if grouped is None else grouped(block, base, moved, scale)

        return regions

    def _grouped(self) -> Callable[[Block, F32, F32, F32], F32]:
        """Deviations of groups, added with those of regions to the base: (part, draw, stratum)."""
        world, name = self.world, f"{self.name}.group"
        sd = world.per_group(self.swing.group, name)
        still = all(size == 0 for size in world.group_values(self.swing.group))

        def grouped(block: Block, base: F32, moved: F32, scale: F32) -> F32:
            from sim.numeric.fields import to_strata

            if still:
                shift = np.zeros((len(self.parts), block.count, world.n_groups), np.float32)
            else:
                shift = self._normal(block, name, block.group_lanes) * (sd(block) * scale[:, None])
            out = block.array(self.name, (len(self.parts), block.count, world.n_strata), np.float32)
            return to_strata(moved, np.ascontiguousarray(base, np.float32), shift, out)

        return grouped

    def _units(self) -> Callable[[Block, F32], F32]:
        """Deviations between polling stations: (part, draw, stratum) → (part, draw, cell)."""
        world, name, swing = self.world, self.name, self.swing
        station = world.quantity(swing.station, f"{name}.station")

        def units(block: Block, field: F32) -> F32:
            from sim.numeric.fields import around_regions, to_cells

            if not world.divides_strata:
                return field
            shape = (len(field), block.count, world.n_cells)
            if swing.station == 0:
                return to_cells(field, world.leaf_offsets, block.array(f"{name}.units", shape, np.float32))
            z = self._normal(block, f"{name}.station", block.unit_lanes)
            out = block.array(f"{name}.units", shape, np.float32) if world.has_groups else z
            return around_regions(field, world.offsets, station(block), z, out)

        return units

    def variance(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return, for fixed swings, the variance by stratum without national swing and stations, and the stations'."""
        world = self.world
        out = np.array([float(self.swing.regional.of(r) or 0.0) ** 2 for r in world.regions])
        for one in self.swing.blocks.values():
            out += np.array([float(one.sd) ** 2 if r in one.regions else 0.0 for r in world.regions])
        groups = np.array([known(size) ** 2 for size in world.group_values(self.swing.group)])
        strata = (out[:, None] + groups[None, :]).reshape(-1)
        return strata, np.full(world.n_strata, float(self.swing.station) ** 2)

    def _mixed(self) -> Callable[[Block, F32], F32] | None:
        """Return what correlates independent regional latents (part, draw, region), None where nothing does."""
        matrix = correlation_matrix(self.swing.region_correlation, self.world.regions)
        if matrix is None:
            return None
        from sim.numeric.fields import share_factor
        from sim.numeric.linear import cholesky, correlate

        one = self.swing.region_correlation
        if isinstance(one, int | float) and one > 0:
            return lambda block, z: share_factor(
                z, self._normal(block, f"{self.name}.regional.shared", block.draw_lanes)[..., 0], one
            )
        factor = cholesky(matrix)
        return lambda block, z: correlate(factor, z, -1, out=z)

    def _normal(self, block: Block, name: str, lanes: Any) -> F32:
        from sim.random import normals

        out: F32 = block.array(f"{name}.z", (len(self.parts), *lanes.shape), np.float32)
        normals([block.chance.stream(name, part) for part in self.parts], lanes, out=out)
        return out

    def _latents(self, block: Block, mixed: Callable[[Block, F32], F32] | None, mix: Mix | None) -> tuple[F32, F32]:
        """Standard normal latents: national (part, draw) and regional (part, draw, region)."""
        national = self._normal(block, f"{self.name}.national", block.draw_lanes)[..., 0]
        regional = self._normal(block, f"{self.name}.regional", block.region_lanes)
        if mixed is not None:
            regional = mixed(block, regional)
        if mix is not None:
            national, regional = mix(block, national, regional)
        block.latents[f"{self.name}.national"] = national
        block.latents[f"{self.name}.regional"] = regional
        return national, regional

    def _scale(self, block: Block) -> F32:
        df = self.swing.tails
        if df is None:
            return np.ones(block.count, np.float32)
        chi = block.chance.stream(f"{self.name}.chi_square").chi_square(block.draw_lanes, df)
        return np.sqrt((df - 2) / chi[:, 0]).astype(np.float32)


Mix = Callable[[Block, F32, F32], tuple[F32, F32]]


@dataclass(frozen=True)
class Prepared:
    """A swing as functions of a block: first of strata, then of their cells."""

    regions: Callable[[Block, F32, Mix | None], F32]
    units: Callable[[Block, F32], F32]

    def __call__(self, block: Block, base: F32, mix: Mix | None = None) -> F32:
        """Move log-odds: base (part, 1 or draw, stratum) → (part, draw, cell)."""
        return self.units(block, self.regions(block, base, mix))

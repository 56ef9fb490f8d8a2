"""Positions of voters in a space of named dimensions.

One of four laws, for each voter on their own:

- ``mixture``: component c with the probability w_c/Σw, then a normal with its mean, standard deviations and
  correlations;
- ``uniform``: each coordinate uniform between two bounds;
- ``sphere``: uniform in the ball of a radius around the origin, or on its surface;
- ``respondents``: the position of a respondent of a survey, drawn with probability proportional to their weight,
  among those of the voter's region where the table has regions.

Means, standard deviations and weights of a mixture may differ by region and group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StringConstraints

from sim.election.part import Section
from sim.election.quantities import Bounds, Distribution, Keyed, near, number, per_stratum
from sim.election.state import Block
from sim.election.world import World

__all__ = ["Component", "Space", "Sphere"]

F32 = NDArray[np.float32]
Dimension = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]

LAWS = ("mixture", "uniform", "sphere", "respondents")


class Component(Section):
    """One component of a mixture of normals."""

    weight: per_stratum(0) = Field(  # type: ignore[valid-type]
        Keyed("region", 1.0), description="weight of the component; only ratios matter; by region, group or both"
    )
    mean: dict[str, per_stratum()] = Field(  # type: ignore[valid-type]
        description="mean by dimension, a number or per region, group or both"
    )
    sd: dict[str, per_stratum(0)] = Field(  # type: ignore[valid-type]
        description="standard deviation by dimension, a number or per region, group or both"
    )
    correlation: dict[str, dict[str, float]] = Field(
        default_factory=dict, description="correlations within the component: {dimension: {dimension: ρ}}"
    )


class Sphere(Section):
    """A ball around the origin, or its surface."""

    radius: float = Field(description="radius of the ball", gt=0)
    surface: bool = Field(False, description="whether all stand on the surface instead of anywhere in the ball")


class Space(Section):
    """Where the voters stand."""

    dimensions: tuple[Dimension, ...] = Field(description="names of the dimensions", min_length=1, max_length=16)
    mixture: tuple[Component, ...] = Field((), description="a mixture of normals: list of components")
    uniform: dict[str, tuple[float, float]] = Field(
        default_factory=dict, description="bounds by dimension: {dimension: [low, high]}"
    )
    sphere: Sphere | None = Field(None, description="a ball around the origin")
    respondents: tuple[dict[str, Any], ...] = Field(
        (), description="a table of survey respondents: columns region (optional), the dimensions, weight (optional)"
    )
    fixed: bool = Field(False, description="whether the voters stand at the same positions in every draw")

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find dimensions that do not exist or are left out, impossible correlations, tables with nobody."""
        if len(set(self.dimensions)) < len(self.dimensions):
            yield "dimensions", "a dimension is named twice"
        laws = [law for law in LAWS if getattr(self, law)]
        if len(laws) != 1:
            found = " and ".join(laws) or "none"
            yield "", f"expected exactly one of {', '.join(LAWS)}; found {found}"
        for i, component in enumerate(self.mixture):
            for path, message in self._check_component(component, world):
                yield f"mixture.{i}.{path}", message
        if self.mixture:
            yield from self._check_weights(world)
            yield from self._check_fixed()
        yield from self._check_uniform()
        yield from self._check_respondents(world)

    def _check_named(self, field: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name in given:
            if name not in self.dimensions:
                yield f"{field}.{name}", f"there is no dimension {name!r}{near(name, self.dimensions)}"
        missing = [name for name in self.dimensions if name not in given]
        if missing:
            yield field, f"nothing for the dimension {', '.join(missing)}"

    def _check_component(self, component: Component, world: World) -> Iterator[tuple[str, str]]:
        from sim.numeric.linear import NotPositive, cholesky

        tables: tuple[tuple[str, Mapping[str, Keyed]], ...] = (("mean", component.mean), ("sd", component.sd))
        for field, given in tables:
            yield from self._check_named(field, given)
            for name, keyed in given.items():
                for key, message in world.stratum_faults(keyed):
                    yield f"{field}.{name}.{key}".rstrip("."), message
        for key, message in world.stratum_faults(component.weight):
            yield f"weight.{key}".rstrip("."), message
        unknown = False
        for a, row in component.correlation.items():
            for b, rho in row.items():
                if a not in self.dimensions or b not in self.dimensions or a == b:
                    unknown = True
                    yield f"correlation.{a}.{b}", "expected two different dimensions"
                elif not -1 <= rho <= 1:
                    unknown = True
                    yield f"correlation.{a}.{b}", f"expected a correlation in [-1, 1], got {rho:g}"
        if not unknown:
            try:
                cholesky(self._matrix(component))
            except NotPositive as error:
                a, b = (self.dimensions[i] for i in error.pair)
                yield "correlation", f"no such correlations exist together: see the pair {b!r}, {a!r}"

    def _check_weights(self, world: World) -> Iterator[tuple[str, str]]:
        weights = [world.stratum_values(component.weight) for component in self.mixture]
        for stratum, own in enumerate(zip(*weights)):
            if all(weight == 0 for weight in own):
                yield "mixture", f"every weight is 0 in {world.strata.label(stratum)!r}"
                return

    def _check_fixed(self) -> Iterator[tuple[str, str]]:
        keyed = [k for one in self.mixture for k in (one.weight, *one.mean.values(), *one.sd.values())]
        drawn = any(isinstance(v, Distribution) for k in keyed for v in (k.default, *k.values.values()))
        if self.fixed and drawn:
            yield "fixed", "positions that stay cannot have means, sds or weights that are drawn anew in every draw"

    def _check_uniform(self) -> Iterator[tuple[str, str]]:
        if not self.uniform:
            return
        yield from self._check_named("uniform", self.uniform)
        for name, (low, high) in self.uniform.items():
            if not low < high:
                yield f"uniform.{name}", f"expected [low, high] with low < high, got [{low:g}, {high:g}]"

    def _check_respondents(self, world: World) -> Iterator[tuple[str, str]]:
        if not self.respondents:
            return
        columns = {column for row in self.respondents for column in row}
        missing = [name for name in self.dimensions if name not in columns]
        if missing:
            yield "respondents", f"the table has no column {', '.join(map(repr, missing))}"
            return
        seen = dict.fromkeys(world.regions, 0.0)
        for i, row in enumerate(self.respondents):
            for name in (*self.dimensions, *(["weight"] if "weight" in columns else [])):
                bounds = Bounds(0) if name == "weight" else Bounds()
                try:
                    bounds.check(number(row.get(name)))
                except ValueError as error:
                    yield f"respondents.{i}.{name}", str(error)
                    return
            region = row.get("region")
            if "region" in columns and str(region) not in world.regions:
                yield f"respondents.{i}.region", f"there is no region {str(region)!r}{near(str(region), world.regions)}"
                return
            for one in [str(region)] if "region" in columns else world.regions:
                seen[one] += float(row.get("weight", 1.0))
        empty = [region for region, weight in seen.items() if weight == 0]
        if empty:
            yield "respondents", f"the weights of all respondents in region {empty[0]!r} are 0, or it has none"

    def _matrix(self, component: Component) -> NDArray[np.float64]:
        out = np.eye(len(self.dimensions))
        for a, row in component.correlation.items():
            for b, rho in row.items():
                i, j = self.dimensions.index(a), self.dimensions.index(b)
                out[i, j] = out[j, i] = rho
        return out

    def prepare(self, world: World) -> Callable[[Block], F32]:
        """Return the function that gives positions, (dimension, draw or 1, voter)."""
        from sim.random import Lanes

        first = np.zeros(1, np.uint32)
        if self.mixture:
            drawn = self._mixture(world)
        elif self.uniform:
            drawn = self._uniform
        elif self.sphere is not None:
            drawn = self._sphere
        else:
            drawn = self._respondents(world)

        def place(block: Block) -> F32:
            return drawn(block, Lanes.of(first, world.cell_elements) if self.fixed else block.lanes)

        return place

    def _mixture(self, world: World) -> Callable[[Block, Any], F32]:
        from sim.numeric.linear import cholesky, correlate

        name = "electorate.space"
        parts = []
        for c, one in enumerate(self.mixture):
            mean = [world.per_stratum(one.mean[d], f"{name}.{c}.mean.{d}") for d in self.dimensions]
            sd = [world.per_stratum(one.sd[d], f"{name}.{c}.sd.{d}") for d in self.dimensions]
            parts.append((world.per_stratum(one.weight, f"{name}.{c}.weight"), mean, sd, cholesky(self._matrix(one))))

        def drawn(block: Block, lanes: Any) -> F32:
            at = world.cell_stratum
            z = np.stack([block.chance.stream(name, d).normal(lanes) for d in self.dimensions])
            out = np.empty_like(z)
            component = np.zeros(lanes.shape, np.int32)
            if len(parts) > 1:
                weights = np.stack([np.broadcast_to(w(block)[:, at], lanes.shape) for w, *_ in parts])
                component = block.chance.stream(f"{name}.component").categorical(lanes, weights)
            for c, (_, mean, sd, factor) in enumerate(parts):
                mixed = correlate(factor, z, 0)
                for d in range(len(self.dimensions)):
                    own = mean[d](block)[:, at] + sd[d](block)[:, at] * mixed[d]
                    out[d] = np.where(component == c, own, out[d]) if c else own
            return out

        return drawn

    def _uniform(self, block: Block, lanes: Any) -> F32:
        rows = []
        for d in self.dimensions:
            low, high = self.uniform[d]
            rows.append(low + (high - low) * block.chance.stream("electorate.space", d).uniform(lanes))
        return np.stack(rows).astype(np.float32)

    def _sphere(self, block: Block, lanes: Any) -> F32:
        from sim.numeric.elementary import exp, log

        assert self.sphere is not None
        z = [block.chance.stream("electorate.space", d).normal64(lanes) for d in self.dimensions]
        square = z[0] * z[0]
        for one in z[1:]:
            square = square + one * one
        length = self.sphere.radius / np.sqrt(square)
        if not self.sphere.surface:
            u = block.chance.stream("electorate.space.radius").uniform64(lanes)
            length = length * exp(log(u) / len(self.dimensions))
        return np.stack([one * length for one in z]).astype(np.float32)

    def _respondents(self, world: World) -> Callable[[Block, Any], F32]:
        rows = self.respondents
        by_region = any("region" in row for row in rows)
        table = np.array([[float(row[d]) for row in rows] for d in self.dimensions], np.float32)
        weight = np.array([float(row.get("weight", 1.0)) for row in rows])
        spans = []
        for r, region in enumerate(world.regions):
            members = np.array([i for i, row in enumerate(rows) if not by_region or str(row["region"]) == region])
            members = members[weight[members] > 0]
            bounds = np.cumsum(weight[members])
            spans.append((slice(world.cell_offsets[r], world.cell_offsets[r + 1]), members, bounds / bounds[-1]))

        def drawn(block: Block, lanes: Any) -> F32:
            u = block.chance.stream("electorate.space.respondent").uniform64(lanes)
            out = np.empty((len(self.dimensions), *lanes.shape), np.float32)
            for span, members, bounds in spans:
                chosen = members[np.minimum(np.searchsorted(bounds, u[:, span], side="right"), len(members) - 1)]
                out[:, :, span] = table[:, chosen]
            return out

        return drawn

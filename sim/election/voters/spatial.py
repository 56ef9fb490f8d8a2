"""Voters and options in a space of issues: who is near, who pulls the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from sim.election.correlations import correlation_faults, correlation_matrix, read_correlation
from sim.election.quantities import Distribution, Keyed, Shares, near, per_stratum, shares
from sim.election.state import Block
from sim.election.voters.mixtures import Mixture, check_nodes, grid, step_for
from sim.election.voters.movement import OF_BASELINE, Link, VoterModel, of_baseline, share_faults
from sim.election.voters.terms import Name, option_faults
from sim.election.world import Field as Prepared
from sim.election.world import World

__all__ = ["Spatial"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Steps of the sum where the utility has edges: in one dimension, and in more.
EDGED = (0.04, 0.3)


class Spatial(VoterModel, stage="voters", model="spatial"):
    r"""Spatial voting: options and voters have positions, and voters choose what is near to them.

    With the positions z_o of the options and x of a voter in the dimensions named, the valences v and the weight b,

        V_o(x) = v_o − b·(1 − m)·distance(x, z_o) + b·m·x·z_o

    where the distance is ``quadratic`` Σ_k (x_k − z_k)², ``euclidean`` its root, or ``city_block`` Σ_k |x_k − z_k|,
    and the share ``directional`` m goes from proximity alone (0) to the directional model (1); between them with the
    quadratic distance lies the mixed model of Rabinowitz and Macdonald.  The voters of a stratum are normal with
    the means μ_k, the standard deviations ``spread`` and the ``correlation`` between dimensions, and their share is

        P_o = E softmax_o( V(x) + swing ),   x ~ N(μ, Σ)

    with ``spread`` 0 that of voters at the mean.  A mixture of normals are groups of voters with means of their own.
    Around a ``baseline`` p the valences are solved from P = p, so that the shares at zero swing are the baseline.
    Where the electorate simulates voters one by one with positions of their own, these are taken, in place of μ, σ
    and the correlation.

    The mean is a sum over fixed nodes (`sim.election.voters.mixtures`).  Its error is below 2e-7 for the quadratic
    distance and the directional model, below 1e-3 for the distances with edges, with b·spread up to 2; below 1e-5
    and 1e-3 where numbers are distributions.  Proximity and direction can hardly be told apart from shares: choose.
    Shapes: V (option, draw, cell).
    """

    example = {
        "positions": {"a": {"economy": 0.5}, "b": {"economy": -0.5}},
        "baseline": {"a": 0.6, "b": 0.4},
        "mean": {"economy": 0.1},
        "spread": {"economy": 1.0},
        "weight": 0.8,
        "swing": {"national": 0.1},
    }
    reference = (
        "Enelow & Hinich 1984, The Spatial Theory of Voting; Rabinowitz & Macdonald 1989, doi 10.2307/1956436; "
        "Merrill & Grofman 1999, A Unified Theory of Voting"
    )

    intercepts = OF_BASELINE
    reads_positions = True

    positions: dict[str, dict[Name, per_stratum()]] = Field(  # type: ignore[valid-type]
        description="{option: {dimension: position}}: a number, or as voters of a region, group or both see it",
        min_length=1,
    )
    valence: dict[str, per_stratum()] = Field(  # type: ignore[valid-type]
        default_factory=dict, description="what all voters like in an option, in log-odds; options not named have 0"
    )
    baseline: shares() | None = Field(  # type: ignore[valid-type]
        None,
        description="share of each option among the valid votes at zero swing, from which the valences are solved; a "
        "mapping, or a table by region, group or both",
    )
    mean: dict[Name, per_stratum()] = Field(  # type: ignore[valid-type]
        default_factory=dict,
        description="{dimension: mean position of the voters}: a number, or per region, group or both; left out where "
        "the electorate gives positions to its voters",
    )
    spread: dict[Name, per_stratum(0, 100)] = Field(  # type: ignore[valid-type]
        default_factory=dict,
        description="{dimension: standard deviation between the voters of a stratum}; dimensions not named have 0",
    )
    correlation: Annotated[Any, BeforeValidator(lambda value: read_correlation(value, "dimension"))] = Field(
        None, description="correlation between dimensions: a number, or pairs {dimension: {dimension: correlation}}"
    )
    distance: Literal["quadratic", "euclidean", "city_block"] = Field(
        "quadratic", description="how utility falls with distance: its square, the distance, or the sum over dimensions"
    )
    weight: per_stratum(0, 1000) = Field(  # type: ignore[valid-type]
        Keyed("region", 1.0), description="b: log-odds per unit of distance; a number, or per region, group or both"
    )
    directional: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0),
        description="m: share of direction in the utility, the rest is proximity; a number, or per region, group or "
        "both",
    )

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the dimensions, sorted; those of the options where voters have positions of their own."""
        return tuple(sorted(self.mean or {name for place in self.positions.values() for name in place}))

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find options and dimensions that do not exist or are left out, and numbers that do nothing."""
        placed = world.layout.dimensions
        if placed and self.mean:
            yield "mean", "does nothing: the electorate gives positions to its voters; remove it here or 'space' there"
            return
        if not placed and not self.mean:
            yield "mean", "where do the voters stand? give the mean of each dimension"
            return
        found = [*self._check_placed(world), *self._check_positions(world), *self._check_numbers(world)]
        yield from found
        for path, message in correlation_faults(self.correlation, self.dimensions, "dimension"):
            found.append((path, message))
            yield f"correlation.{path}".rstrip("."), message
        if not found:
            yield from self._check_effect(world)

    def _check_placed(self, world: World) -> Iterator[tuple[str, str]]:
        """Find what voters with positions of their own do not have."""
        if self.baseline is not None:
            yield from share_faults("baseline", self.baseline, world)
            if self.valence:
                yield "valence", "does nothing: valences are solved from the baseline"
        if self.mean:
            return
        for field in ("spread", "correlation", "baseline", "strategic"):
            if getattr(self, field) not in (None, {}):
                yield field, "is not for voters with positions of their own, which the electorate gives"
        if self.overdispersion.region != 0:
            yield "overdispersion.region", "is not for voters with positions of their own, which the electorate gives"
        for name in world.layout.dimensions:
            if name not in self.dimensions:
                yield "positions", f"no position in {name}, a dimension of the electorate"

    def _check_positions(self, world: World) -> Iterator[tuple[str, str]]:
        for option, place in self.positions.items():
            if option not in world.option_ids:
                yield (
                    f"positions.{option}",
                    f"there is no option {option!r} on the ballot{near(option, world.option_ids)}",
                )
            yield from self._check_dimensions(f"positions.{option}", place, world)
            missing = [name for name in self.dimensions if name not in place]
            if missing:
                yield f"positions.{option}", f"no position in {', '.join(missing)}"
        missing = [option for option in world.option_ids if option not in self.positions]
        if missing:
            yield "positions", f"no position of {', '.join(missing)}"

    def _check_dimensions(self, path: str, table: Mapping[str, Keyed], world: World) -> Iterator[tuple[str, str]]:
        for name, keyed in table.items():
            known = tuple(self.mean) or world.layout.dimensions
            if name not in known:
                yield f"{path}.{name}", f"there is no dimension {name!r} of the voters{near(name, known)}"
            for key, message in world.stratum_faults(keyed):
                yield f"{path}.{name}.{key}".rstrip("."), message

    def _check_numbers(self, world: World) -> Iterator[tuple[str, str]]:
        yield from self._check_dimensions("mean", self.mean, world)
        yield from self._check_dimensions("spread", self.spread, world)
        for path, message in option_faults(self.valence, world):
            yield f"valence.{path}", message
        for field in ("weight", "directional"):
            for key, message in world.stratum_faults(getattr(self, field)):
                yield f"{field}.{key}".rstrip("."), message

    def _check_effect(self, world: World) -> Iterator[tuple[str, str]]:
        varying = [name for name in self.dimensions if self.varies(name, world)]
        if self.correlation not in (None, 0) and len(varying) < 2:
            yield "correlation", "does nothing while 'spread' is 0 in all dimensions but one"
        if all(value == 1 for value in world.stratum_values(self.directional)) and self.distance != "quadratic":
            yield "distance", "does nothing while 'directional' is 1"
        if all(value == 0 for value in world.stratum_values(self.weight)):
            yield "weight", "with 0 nobody minds where options stand; raise it, or take 'model: logit'"
        for message in check_nodes(self.steps(world)) if self.mean else ():
            yield "spread", message

    def varies(self, name: str, world: World) -> bool:
        """Tell whether the voters of a stratum differ in a dimension."""
        return name in self.spread and any(value != 0 for value in world.stratum_values(self.spread[name]))

    def _fixed(self, world: World) -> bool:
        tables = [self.mean, self.spread, *self.positions.values()]
        keyed = [self.weight, self.directional, *(one for table in tables for one in table.values())]
        return not any(isinstance(value, Distribution) for one in keyed for value in world.stratum_values(one))

    def steps(self, world: World) -> list[float]:
        """Return the step of the sum in each dimension, 0 where voters do not differ."""
        varying = [name for name in self.dimensions if self.varies(name, world)]
        if self.distance != "quadratic":
            return [EDGED[len(varying) > 1] if name in varying else 0.0 for name in self.dimensions]
        if not self._fixed(world):
            return [step_for(None) if name in varying else 0.0 for name in self.dimensions]
        slopes = self._slopes(world)
        return [step_for(slopes[k]) if name in varying else 0.0 for k, name in enumerate(self.dimensions)]

    def _slopes(self, world: World) -> list[float]:
        """Return how steeply the difference of two utilities may rise along each of the independent normals."""
        zero = Keyed("region", 0.0)
        places = np.array(
            [[world.stratum_values(place[name]) for name in self.dimensions] for place in self.positions.values()],
            float,
        )
        sd = np.array([world.stratum_values(self.spread.get(name, zero)) for name in self.dimensions], float)
        factor = self.factor(world)
        weight = np.array(world.stratum_values(self.weight), float)
        along = np.einsum("oks,ks,kd->ods", places, sd, factor)
        apart = 2.0 * weight * (along.max(axis=0) - along.min(axis=0))
        return [float(one.max()) for one in apart]

    def factor(self, world: World) -> F64:
        """Return the Cholesky factor of the correlations between the dimensions in which voters differ."""
        from sim.numeric.linear import cholesky

        matrix = correlation_matrix(self.correlation, self.dimensions)
        if matrix is None:
            return np.eye(len(self.dimensions))
        # Where voters do not differ there is nothing to be correlated with.
        still = [k for k, name in enumerate(self.dimensions) if not self.varies(name, world)]
        matrix[still], matrix[:, still] = 0.0, 0.0
        matrix[still, still] = 1.0
        return cholesky(matrix)

    def base(self, world: World) -> Prepared:
        """Utilities of voters at the mean at zero swing, (option, 1 or draw, stratum)."""
        zero = Keyed("region", 0.0)
        valences = [
            world.per_stratum(self.valence.get(option, zero), f"voters.valence.{option}") for option in world.option_ids
        ]

        if not self.mean:
            return lambda block: np.stack(np.broadcast_arrays(*(v(block) for v in valences)))
        if self.baseline is not None:
            table: Shares = self.baseline
            return of_baseline(table, world, self._mixture(world).utilities, self._fixed(world))
        space = _Space(self, world)

        def base(block: Block) -> F32:
            planes = [v(block) for v in valences]
            held = np.moveaxis(space.utilities(block, 0, block.count, False)[:, :, 0], -1, 0)
            planes = list(np.broadcast_arrays(*[v + h for v, h in zip(planes, held, strict=True)]))
            return np.stack(planes).astype(np.float32)

        return base

    def link(self, world: World) -> Link:
        """Prepare the mean over the voters' positions, or look at the position of each."""
        return self._mixture(world).link(world.n_strata) if self.mean else self._one_by_one(world)

    def _one_by_one(self, world: World) -> Link:
        space = _Space(self, world)
        order = [world.layout.dimensions.index(name) for name in self.dimensions]

        def choose(block: Block, utilities: F32, places: I64) -> None:
            voters = [block.positions[k] for k in order]
            for o, own in enumerate(space.of_voters(block, voters, places)):
                utilities[o] += own

        return Link(choose, False)

    def _mixture(self, world: World) -> Mixture:
        space = _Space(self, world)

        def table(block: Block, first: int, last: int) -> F64:
            there = space.utilities(block, first, last, True)
            return np.ascontiguousarray(there - space.utilities(block, first, last, False))

        return Mixture(space.weights, table, self._fixed(world))


class _Space:
    """The utilities of voters by their positions, prepared for a world."""

    def __init__(self, model: Spatial, world: World) -> None:
        names = model.dimensions
        zero = Keyed("region", 0.0)
        self.nodes, self.weights = grid(model.steps(world))
        self._distance = model.distance
        self._mean = [world.per_stratum(model.mean.get(name, zero), f"voters.mean.{name}") for name in names]
        self._spread = [world.per_stratum(model.spread.get(name, zero), f"voters.spread.{name}") for name in names]
        self._places = [
            [world.per_stratum(model.positions[option][name], f"voters.positions.{option}.{name}") for name in names]
            for option in world.option_ids
        ]
        self._weight = world.per_stratum(model.weight, "voters.weight")
        self._directional = world.per_stratum(model.directional, "voters.directional")
        self._factor = model.factor(world)

    def utilities(self, block: Block, first: int, last: int, spread: bool) -> F64:
        """Return them by (1 or draw, stratum, node, option); without ``spread`` for the mean voter, as one node."""

        def rows(field: Prepared) -> F64:
            values = field(block)
            return np.asarray(values if len(values) == 1 else values[first:last], np.float64)[:, :, None]

        places = self._voters(rows) if spread else [rows(mean) for mean in self._mean]
        b, m = rows(self._weight), rows(self._directional)
        columns = [
            b * (m * self._product(places, option) - (1.0 - m) * self._far(places, option))
            for option in ([rows(place) for place in one] for one in self._places)
        ]
        return np.stack(np.broadcast_arrays(*columns), axis=-1)

    def of_voters(self, block: Block, voters: list[F32], places: I64) -> Iterator[F32]:
        """Yield for each option the utilities (draw, voter) of voters at positions (1 or draw, voter)."""
        b, m = self._weight(block)[:, places], self._directional(block)[:, places]
        for one in self._places:
            option = [place(block)[:, places] for place in one]
            yield np.asarray(b * (m * self._product(voters, option) - (1 - m) * self._far(voters, option)), np.float32)

    def _voters(self, rows: Any) -> list[F64]:
        """Positions of the nodes in each dimension, (1 or draw, stratum, node)."""
        out = []
        for k, (mean, sd) in enumerate(zip(self._mean, self._spread, strict=True)):
            z = np.zeros(len(self.nodes))
            for i in range(k + 1):
                z = z + self._factor[k, i] * self.nodes[:, i]
            out.append(rows(mean) + rows(sd) * z)
        return out

    @staticmethod
    def _product(voter: list[Any], option: list[Any]) -> Any:
        out = voter[0] * option[0]
        for x, z in zip(voter[1:], option[1:], strict=True):
            out = out + x * z
        return out

    def _far(self, voter: list[Any], option: list[Any]) -> Any:
        city = self._distance == "city_block"
        out: Any = 0.0
        for x, z in zip(voter, option, strict=True):
            out = out + (np.abs(x - z) if city else (x - z) ** 2)
        return np.sqrt(out) if self._distance == "euclidean" else out

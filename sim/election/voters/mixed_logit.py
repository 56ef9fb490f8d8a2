"""Voters whose tastes differ: random coefficients."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section
from sim.election.quantities import Distribution, Keyed, Value, per_stratum
from sim.election.state import Block
from sim.election.voters.mixtures import Mixture, check_nodes, grid, step_for
from sim.election.voters.movement import OF_BASELINE, Link, Start, VoterModel
from sim.election.voters.terms import Name, option_faults, same_for_all
from sim.election.world import Field as Prepared
from sim.election.world import World

__all__ = ["Factor", "MixedLogit"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


class Factor(Section):
    """A taste in which voters differ."""

    loadings: dict[str, per_stratum()] = Field(  # type: ignore[valid-type]
        description="how much of it each option has: {option: number}, or per region, group or both; others have 0",
        min_length=1,
    )
    sd: per_stratum(0, 50) = Field(  # type: ignore[valid-type]
        description="standard deviation of the taste among the voters of a stratum"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find options and people that do not exist, and a taste that does nothing."""
        faults = [(f"loadings.{path}", message) for path, message in option_faults(self.loadings, world)]
        faults += [(f"sd.{key}".rstrip("."), message) for key, message in world.stratum_faults(self.sd)]
        yield from faults
        if faults:
            return
        if all(value == 0 for value in world.stratum_values(self.sd)):
            yield "sd", "does nothing: it is 0 everywhere"
        if same_for_all(self.loadings, world):
            yield "loadings", "do nothing: they are the same for all options"

    def values(self, world: World) -> list[list[Value | None]]:
        """Return what is written by option and stratum."""
        zero = Keyed("region", 0.0)
        return [world.stratum_values(self.loadings.get(option, zero)) for option in world.option_ids]

    def spread(self, world: World) -> float | None:
        """Return the largest standard deviation of the difference of two utilities, None if it is uncertain."""
        columns, sd = self.values(world), world.stratum_values(self.sd)
        if any(isinstance(value, Distribution) for one in (*columns, sd) for value in one):
            return None
        rows = [[float(value or 0.0) for value in row] for row in zip(*columns, strict=True)]
        return max((max(row) - min(row)) * float(s or 0.0) for row, s in zip(rows, sd, strict=True))  # type: ignore[arg-type]


class MixedLogit(VoterModel, Start, stage="voters", model="mixed_logit"):
    """Mixed logit: tastes vary between the voters of a stratum, and the share is the mean over them.

        P_o = E softmax_o( V + Σ_f s_f·Z_f·L_f ),   Z_f ~ N(0, 1) independent

    with the utilities V of a cell, moved by terms and swings, the loadings L_fo of the options on the factors f and
    their standard deviations s_f.  Options with like loadings are closer substitutes: the odds of two options depend
    on who else is on the ballot.  Around a baseline p, V is solved from E softmax_o(…) = p_o, so that the shares at
    zero swing are the baseline.  A swing of the utilities moves the shares less than it would without tastes.

    The mean is a sum over fixed nodes (`sim.election.voters.mixtures`) with an error below 2e-7; where ``sd`` or
    ``loadings`` are distributions, below 1e-5 for tastes that spread utilities by up to 5.  Shapes: V (option, draw,
    cell).
    """

    example = {
        "baseline": {"a": 0.6, "b": 0.4},
        "factors": {"change": {"loadings": {"a": -1}, "sd": 1.5}},
        "swing": {"national": 0.1},
    }
    reference = "McFadden & Train 2000, doi 10.1002/1099-1255(200009/10)15:5<447::AID-JAE570>3.0.CO;2-1"
    intercepts = OF_BASELINE

    factors: dict[Name, Factor] = Field(description="tastes in which voters differ, by name", min_length=1)

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find options that do not exist, factors that do nothing, and more of them than can be averaged over."""
        yield from self.check_start(world)
        faults = [
            (f"factors.{name}.{path}", message)
            for name, factor in self.factors.items()
            for path, message in factor.check(world)
        ]
        yield from faults
        for message in check_nodes(self._steps(world)) if not faults else ():
            yield "factors", message

    def _steps(self, world: World) -> list[float]:
        return [step_for(self.factors[name].spread(world)) for name in sorted(self.factors)]

    def _mixture(self, world: World) -> Mixture:
        nodes, weights = grid(self._steps(world))
        factors = [(name, self.factors[name]) for name in sorted(self.factors)]
        zero = Keyed("region", 0.0)
        loads = [
            [
                world.per_stratum(factor.loadings.get(option, zero), f"voters.factors.{name}.loadings.{option}")
                for option in world.option_ids
            ]
            for name, factor in factors
        ]
        sds = [world.per_stratum(factor.sd, f"voters.factors.{name}.sd") for name, factor in factors]

        def table(block: Block, first: int, last: int) -> F64:
            out: F64 = np.zeros((1, 1, len(nodes), world.n_options))
            for f, (sd, load) in enumerate(zip(sds, loads, strict=True)):
                size = _draws(sd(block), first, last)
                planes = np.broadcast_arrays(*(_draws(one(block), first, last) * size for one in load))
                out = out + nodes[:, f, None] * np.stack(planes, axis=-1)[:, :, None, :]
            return np.ascontiguousarray(out)

        return Mixture(weights, table, all(factor.spread(world) is not None for _, factor in factors))

    def base(self, world: World) -> Prepared:
        """Utilities at zero swing, (option, 1 or draw, stratum)."""
        return self.start(world, self._mixture(world).utilities, fixed=self._mixture(world).fixed)

    def link(self, world: World) -> Link:
        """Prepare the mean over the tastes."""
        return self._mixture(world).link(world.n_strata)


def _draws(values: F32, first: int, last: int) -> F64:
    """Return the rows of some draws in float64; one row stands for all."""
    return np.asarray(values if len(values) == 1 else values[first:last], np.float64)

"""Sums over the draws: mean and standard deviation of each polling station without keeping its draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block
from sim.election.world import World
from sim.engine.outputs import Tally
from sim.engine.plan import Plan
from sim.results.contract import STATIONS
from sim.results.describe import Description, variable_attributes

__all__ = ["Tallies"]


class Tallies:
    """Sums and sums of squares over draws, as whole numbers: they add up in any order."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.arrays: dict[str, NDArray[np.int64]] = {}
        for tally in plan.tallies:
            for kind in ("sum", "squares"):
                self.arrays[f"{tally.name}.{kind}"] = np.zeros((tally.rows, plan.world.n_units), np.int64)

    def add_block(self, block: Block) -> None:
        """Add the counts of a block."""
        from sim.numeric.counts import accumulate

        for tally in self._plan.tallies:
            total, squares = (self.arrays[f"{tally.name}.{kind}"] for kind in ("sum", "squares"))
            accumulate(tally.counts(block), total, squares)

    def add(self, other: Tallies) -> None:
        """Add the sums of another."""
        for name, array in other.arrays.items():
            self.arrays[name] += array

    def summaries(self) -> list[Description]:
        """Return mean and standard deviation over draws of each tally, in the order of the file."""
        declared = {v.name: v for v in STATIONS}
        out = []
        for tally in self._plan.tallies:
            for kind, values in zip(("mean", "sd"), self._moments(tally)):
                variable = declared[f"{tally.name}_{kind}"]
                data = _file_order(values, "option" in variable.dims, self._plan.world)
                attributes = variable_attributes(variable)
                out.append(Description(variable.name, variable.dims, data.shape, data.dtype, attributes, data))
        return out

    def _moments(self, tally: Tally) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and sample standard deviation: from whole numbers, so that nothing cancels."""
        n = self._plan.draws
        total, squares = self.arrays[f"{tally.name}.sum"], self.arrays[f"{tally.name}.squares"]
        # n·Σx² − (Σx)², written with the mean's whole part taken out so that it fits into 64 bits.
        whole, rest = np.divmod(total, n)
        scatter = squares - 2 * whole * total + n * whole**2
        variance = (scatter - rest * (rest / n)) / max(n - 1, 1)
        return total / n, np.sqrt(np.maximum(variance, 0.0))


def _file_order(values: NDArray[Any], by_option: bool, world: World) -> NDArray[Any]:
    order = np.concatenate([np.arange(world.offsets[r], world.offsets[r + 1]) for r in world.region_order])
    values = values[:, order]
    return np.ascontiguousarray(values[world.option_order].T if by_option else values[0])

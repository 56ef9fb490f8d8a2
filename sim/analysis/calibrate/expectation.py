"""Expectations of a scenario's shares over many draws, without keeping the draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.pieces import RATIOS, ratio
from sim.engine.chunks import run_chunks
from sim.engine.plan import Plan, make_plan
from sim.engine.run import default_threads
from sim.engine.sink import Arrays, Sink

if TYPE_CHECKING:
    from sim.analysis.calibrate.targets import Key
    from sim.scenario.scenario import Scenario

__all__ = ["expect"]

F64 = NDArray[np.float64]

COUNTS = ("registered", "ballots_cast", "invalid_ballots", "votes")


class _Moments(Sink):
    """Adds up the wanted shares and their squares, chunk by chunk; the order of the chunks cannot show."""

    def __init__(self, plan: Plan, keys: Sequence[Key], shared: Arrays) -> None:
        super().__init__(plan)
        self._keys, self._shared = keys, shared
        world = plan.world
        self._regions = {name: i for i, name in enumerate(world.layout.regions)}
        self._options = {option.id: i for i, option in enumerate(world.listed_options)}
        #: (chunk, 3, key): draws in which the share exists, its sum, the sum of its squares.
        self._sums = np.zeros((plan.n_chunks, 3, len(keys)))

    def write(self, chunk: int, arrays: Arrays) -> None:
        """Add up a chunk."""
        counts = {**self._shared, **arrays}
        nation: dict[str, Any] = {}
        for k, (variable, region, option) in enumerate(self._keys):
            over, under = RATIOS[variable]
            at = self._regions.get(region)
            top, bottom = (_of(counts, nation, name, at) for name in (over, under or over))
            if under is None:
                top, bottom = top[:, self._options[option]], bottom.sum(axis=-1)
            share = ratio(top, bottom)
            share = share[~np.isnan(share)]
            self._sums[chunk, :, k] = share.size, share.sum(), (share**2).sum()

    def finish(self) -> Any:
        """Return mean, standard deviation and number of draws of each share."""
        n, total, squares = self._sums.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = total / n
            variance = np.maximum(squares / n - mean**2, 0.0) * n / np.maximum(n - 1, 1)
        return mean, np.sqrt(variance), n


def _of(counts: Arrays, nation: dict[str, Any], name: str, region: int | None) -> NDArray[Any]:
    """Return a count of a region, or of the nation, computed once."""
    if region is not None:
        return counts[name][:, region]
    if name not in nation:
        nation[name] = counts[name].sum(axis=1, dtype=np.int64)
    out: NDArray[Any] = nation[name]
    return out


def expect(
    scenario: Scenario,
    keys: Sequence[Key],
    draws: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[F64, F64, F64]:
    """Return the mean, the standard deviation over draws, and the number of draws of shares.

    Parameters
    ----------
    scenario
        What to run; its rules are left out.
    keys
        (variable, region, option) of each share; empty for the nation.
    draws, seed
        The draws 0 … draws − 1 of the seed.
    progress
        Called with (draws done, draws in all).

    Returns
    -------
    (key,) each.  Draws in which a share does not exist (nobody voted) are left out of its mean.
    """
    from sim.election.state import Block, Workspace

    plan = make_plan(scenario, draws, seed)
    steps = tuple(step for step in plan.steps if step.stage != "rules")
    outputs = tuple(output for output in plan.outputs if output.name in COUNTS)
    plan = replace(plan, steps=steps, outputs=outputs, tallies=())
    shared: Arrays = {}
    if not all(output.by_draw for output in outputs):
        block = plan.run_block(Block(plan.world, plan.chance, 0, 1, Workspace()))
        for output in (output for output in outputs if not output.by_draw):
            shared[output.name] = np.empty((1, *output.shape), output.dtype)
            output.write(block, shared[output.name])
    sink = _Moments(plan, keys, shared)
    run_chunks(plan, sink, default_threads(), progress)
    mean, sd, n = sink.finish()
    return mean, sd, n

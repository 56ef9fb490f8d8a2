"""Expectations of a scenario's shares over many draws, without keeping the draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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

__all__ = ["expect", "log_odds"]

F64 = NDArray[np.float64]

#: Log-odds at which those of single draws are cut.
FARTHEST = 12.0

COUNTS = ("registered", "ballots_cast", "invalid_ballots", "votes")


class _Moments(Sink):
    """Adds up the wanted shares and their squares, chunk by chunk; the order of the chunks cannot show."""

    def __init__(self, plan: Plan, keys: Sequence[Key], shared: Arrays) -> None:
        super().__init__(plan)
        self._shared = shared
        self._pick = _Pick(plan, keys)
        #: (chunk, 3, key): draws in which the share exists, its sum, the sum of its squares.
        self._sums = np.zeros((plan.n_chunks, 3, len(keys)))

    def write(self, chunk: int, arrays: Arrays) -> None:
        """Add up a chunk."""
        for k, (top, bottom) in enumerate(self._pick({**self._shared, **arrays})):
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


class _Pick:
    """Finds the two counts of which each share is the ratio."""

    def __init__(self, plan: Plan, keys: Sequence[Key]) -> None:
        self._keys = keys
        self._regions = {name: i for i, name in enumerate(plan.world.layout.regions)}
        self._options = {option.id: i for i, option in enumerate(plan.world.listed_options)}

    def __call__(self, counts: Arrays) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        """Yield numerator and denominator of each share, (draw,)."""
        nation: dict[str, Any] = {}
        for variable, region, option in self._keys:
            over, under = RATIOS[variable]
            at = self._regions.get(region)
            top, bottom = (_of(counts, nation, name, at) for name in (over, under or over))
            if under is None:
                top, bottom = top[:, self._options[option]], bottom.sum(axis=-1)
            yield top, bottom


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
    plan, shared = _counting(scenario, draws, seed)
    sink = _Moments(plan, keys, shared)
    run_chunks(plan, sink, default_threads(), progress)
    mean, sd, n = sink.finish()
    return mean, sd, n


def _counting(scenario: Scenario, draws: int, seed: int) -> tuple[Plan, Arrays]:
    """Return the plan of a run that only counts, and the counts that are the same in every draw."""
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
    return plan, shared


def log_odds(scenario: Scenario, keys: Sequence[Key], draws: int, seed: int) -> F64:
    """Return the log-odds of shares in every draw.

    ``log((a + ½) / (b − a + ½))`` of a out of b people, which is finite where none or all of them are meant
    (Haldane 1956, doi 10.1111/j.1469-1809.1955.tb01285.x), and cut at ±12, a share of six in a million, so that what
    never happens does not depend on the number of people to whom it does not.

    Parameters
    ----------
    scenario
        What to run, in this thread; its rules are left out.
    keys
        (variable, region, option) of each share; empty for the nation.
    draws, seed
        The draws 0 … draws − 1 of the seed.

    Returns
    -------
    (draw, key)
    """
    from sim.election.state import Block, Workspace

    plan, shared = _counting(scenario, draws, seed)
    pick, workspace = _Pick(plan, keys), Workspace()
    out = np.empty((draws, len(keys)))
    for first in range(0, draws, plan.block_draws):
        count = min(plan.block_draws, draws - first)
        block = plan.run_block(Block(plan.world, plan.chance, first, count, workspace))
        counts = dict(shared)
        for output in (output for output in plan.outputs if output.by_draw):
            counts[output.name] = np.empty((count, *output.shape), output.dtype)
            output.write(block, counts[output.name])
        for k, (top, bottom) in enumerate(pick(counts)):
            out[first : first + count, k] = np.clip(np.log((top + 0.5) / (bottom - top + 0.5)), -FARTHEST, FARTHEST)
    return out

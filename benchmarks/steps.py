"""What each step of a plan costs: thread CPU time of the steps, the checks and the outputs, block by block."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

__all__ = ["discard", "step_costs"]


def discard(plan: Any) -> Any:
    """Return a sink that takes every chunk and keeps nothing but the sums over draws."""
    from sim.engine.sink import Sink

    class Nowhere(Sink):
        def write(self, chunk: int, arrays: Any) -> None:
            pass

        def finish(self) -> Any:
            return None

    return Nowhere(plan)


def step_costs(scenario: Any, draws: int) -> dict[str, float]:
    """Return CPU seconds per draw of each step, in the order of the plan, in one thread.

    Chunks and blocks are those of a run of ``draws``; the first block is run twice and counted once, and what
    happens once per run (plan, header, Dataset) is left out.
    """
    from sim.election.state import Block, Workspace
    from sim.engine import chunks
    from sim.engine.plan import make_plan
    from sim.engine.tallies import Tallies

    plan = make_plan(scenario, draws=draws)
    sink = discard(plan)
    out: dict[str, float] = defaultdict(float)
    workspace = Workspace()
    whole_chunk: Callable[[Any, Any], None] | None = getattr(chunks, "_check_bounds", None)

    def timed(name: str, call: Callable[[], Any]) -> Any:
        begin = time.thread_time()
        value = call()
        out[name] += time.thread_time() - begin
        return value

    def one_block(first: int, size: int, arrays: Any, tallies: Any) -> None:
        block = Block(plan.world, plan.chance, first, size, workspace)
        timed("lanes", lambda: (block.lanes, block.draw_lanes, block.region_lanes))
        for i, step in enumerate(plan.steps):
            timed(f"{i + 1}. {step.stage}: {step.label}", lambda: step.run(block))  # noqa: B023
        timed("check: nobody lost or made", lambda: chunks.check_block(block))
        for output in sink.by_draw:
            timed(f"output: {output.name}", lambda: output.write(block, arrays[output.name]))  # noqa: B023
        if plan.tallies:
            timed("sums over draws by station", lambda: tallies.add_block(block))

    for chunk in range(-1, plan.n_chunks):  # −1: the first once more, to warm up
        first, count = plan.chunk(max(chunk, 0))
        arrays, tallies = timed("memory of the chunk", lambda: (sink.arrays(max(chunk, 0), workspace), Tallies(plan)))  # noqa: B023
        for start in range(0, count, plan.block_draws):
            size = min(plan.block_draws, count - start)
            part = {name: array[start : start + size] for name, array in arrays.items()}
            one_block(first + start, size, part, tallies)
        if whole_chunk is not None:
            timed("check: bounds of the outputs", lambda: whole_chunk(sink, arrays))  # noqa: B023
        timed("commit, not stored", lambda: sink.commit(max(chunk, 0), arrays, tallies))  # noqa: B023
        if chunk < 0:
            out.clear()
            sink = discard(plan)
    return {name: seconds / plan.draws for name, seconds in out.items()}

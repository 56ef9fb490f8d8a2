"""The chunks of a run on threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

import numpy as np

from sim.election.state import Block, Workspace
from sim.election.variables import VOTES_TRUE
from sim.engine.plan import Plan
from sim.engine.sink import Arrays, Sink
from sim.engine.tallies import Tallies
from sim.results.contract import CORE, GROUPS

__all__ = ["Progress", "run_chunks"]

Progress = Callable[[int, int], None]

#: Memory of the threads that are not running: the next chunk, or the next run, finds its pages touched.
_idle: deque[Workspace] = deque()


@contextmanager
def _workspace() -> Iterator[Workspace]:
    try:
        workspace = _idle.pop()
    except IndexError:
        workspace = Workspace()
    try:
        yield workspace
    finally:
        _idle.append(workspace)


def run_chunks(plan: Plan, sink: Sink, threads: int, progress: Progress | None) -> None:
    """Run every chunk that the sink does not have, on threads; tell the progress from this one."""
    todo = iter(np.flatnonzero(~sink.done).tolist())
    done = sink.draws_done
    stop = threading.Event()
    if progress is not None:
        progress(done, plan.draws)
    with ThreadPoolExecutor(min(threads, plan.n_chunks), thread_name_prefix="sim") as pool:
        waiting: set[Future[int]] = set()
        try:
            while True:
                while len(waiting) < 2 * threads and (chunk := next(todo, None)) is not None:
                    waiting.add(pool.submit(_run_chunk, plan, sink, chunk, stop))
                if not waiting:
                    return
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += future.result()
                    if progress is not None:
                        progress(done, plan.draws)
        finally:
            stop.set()
            for future in waiting:
                future.cancel()


def _run_chunk(plan: Plan, sink: Sink, chunk: int, stop: threading.Event) -> int:
    """Run one chunk block by block and hand it to the sink; return its draws."""
    first, count = plan.chunk(chunk)
    tallies = Tallies(plan)
    with _workspace() as workspace:
        arrays = sink.arrays(chunk, workspace)
        for start in range(0, count, plan.block_draws):
            if stop.is_set():
                return 0
            size = min(plan.block_draws, count - start)
            block = plan.run_block(Block(plan.world, plan.chance, first + start, size, workspace))
            check_block(block)
            for contest in plan.contests:
                if contest.sections:
                    check_block(block.contests[contest.name])
            for output in sink.by_draw:
                output.write(block, arrays[output.name][start : start + size])
            tallies.add_block(block)
        _check_bounds(sink, arrays)
        sink.commit(chunk, arrays, tallies)
    return count


def check_block(block: Block) -> None:
    """Assert in every unit and draw that nobody was lost or made.

    ``registered ≥ voters = ballots + Σ lost``, ``ballots = invalid + Σ votes``; where irregularities moved
    votes the latter holds for the true ones.
    """
    from sim.numeric.counts import conserved

    cast = block.votes if block.true_votes is None else block.true_votes
    registered, ballots, invalid = block.registered, block.ballots_cast, block.invalid_ballots
    if block.world.has_individuals:
        # Votes are counted by stratum.
        registered, ballots, invalid = (
            block.by_stratum(counts, f"check.{i}") for i, counts in enumerate((registered, ballots, invalid))
        )
    draw = conserved(registered, ballots, invalid, cast)
    if draw >= 0:
        raise AssertionError(f"draw {block.first + draw}: votes and invalid ballots do not add up to the ballots cast")
    if block.lost:
        came = block.ballots_cast + sum(block.lost.values())
        if not np.array_equal(came, block.voters) or min(int(lost.min()) for lost in block.lost.values()) < 0:
            raise AssertionError(
                f"draws from {block.first}: ballots cast and people lost do not add up to those who set out"
            )


def _check_bounds(sink: Sink, arrays: Arrays) -> None:
    """Assert that the numbers of a chunk are within what their variables declare.

    Counts that are conserved in every block are not negative; where votes were moved, that holds for the true ones.
    """
    moved = VOTES_TRUE.name in arrays
    conserved = {variable.name for variable in (*CORE, *GROUPS) if not (moved and "votes" in variable.name)}
    for output in sink.by_draw:
        array, variable = arrays[output.name], output.variable
        if not array.size or variable.name in conserved:
            continue
        if variable.minimum is not None and not array.min() >= variable.minimum:
            raise AssertionError(f"{variable.name}: {array.min()} is less than {variable.minimum:g}")
        if variable.maximum is not None and not array.max() <= variable.maximum:
            raise AssertionError(f"{variable.name}: {array.max()} is more than {variable.maximum:g}")

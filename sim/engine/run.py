"""Running a scenario: chunks on threads, stored as they come."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block, Workspace
from sim.engine.capacity import check_disk, check_memory
from sim.engine.plan import Plan, make_plan
from sim.engine.store import MemorySink, NetcdfSink, Sink, Tallies, ZarrSink
from sim.errors import InterruptedRun, ResultError, SimError
from sim.results.describe import Description, coordinates, provenance, variable_attributes
from sim.results.files import format_of

if TYPE_CHECKING:
    import xarray as xr

    from sim.scenario.scenario import Scenario

__all__ = ["LARGEST_DRAWS", "default_threads", "run"]

#: The draw is one 32-bit word of the counter.
LARGEST_DRAWS = 2**32 - 1

Progress = Callable[[int, int], None]


def default_threads() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    scenario: Scenario,
    *,
    draws: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Run a scenario and return its result.

    Parameters
    ----------
    scenario
        What to run, from `sim.load`.
    draws, seed
        Instead of those of the scenario.  Where neither gives a seed, one is drawn and stored in the result.
    threads
        Number of threads; all processors by default.  The result does not depend on it.
    out
        File to write, ``.nc`` (netCDF) or ``.zarr``; block by block, so that memory stays flat.  In memory
        by default.
    resume
        Complete an unfinished run of the same scenario into ``out``.
    progress
        Called with (draws done, draws in all).

    Returns
    -------
    xarray.Dataset
        With the dims draw, region, option; see `sim.results.contract`.

    Raises
    ------
    CapacityError
        If the result would not fit in memory or on the disk.
    ResultError
        If ``out`` cannot be written, or what is there cannot be resumed.
    InterruptedRun
        On Ctrl-C; what is done is kept if there is an ``out``.
    """
    draws = _whole("draws", scenario.run.draws if draws is None else draws, 1, LARGEST_DRAWS)
    seed = scenario.run.seed if seed is None else seed
    if seed is None:
        seed = secrets.randbits(63)
    seed = _whole("seed", seed, 0, 2**64 - 1)
    threads = _whole("threads", default_threads() if threads is None else threads, 1, 1024)
    if resume and out is None:
        raise SimError("there is nothing to resume without a file; name it with '--out'")
    plan = make_plan(scenario.change({"run.draws": draws, "run.seed": seed}), draws, seed)
    sink = _open(plan, scenario, out, resume)
    try:
        _run_chunks(plan, sink, threads, progress)
    except BaseException:
        sink.save(force=True)
        raise
    return sink.finish()


def _whole(name: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        raise SimError(f"{name}: expected a whole number from {low:,} to {high:,}, got {value!r}")
    return int(value)


def _open(plan: Plan, scenario: Scenario, out: str | os.PathLike[str] | None, resume: bool) -> Sink:
    size = plan.bytes_per_draw * plan.draws + 8 * plan.draws
    if out is None:
        check_memory(size, plan.draws)
        return MemorySink(plan, *_describe(plan, scenario))
    path = Path(out)
    suffix = format_of(path)
    if not path.parent.is_dir():
        raise ResultError(f"{path}: there is no folder {path.parent}")
    if path.is_dir() and suffix == ".nc":
        raise ResultError(f"{path}: is a folder; name a file")
    if not os.access(path.parent, os.W_OK):
        raise ResultError(f"{path}: the folder {path.parent.resolve()} cannot be written")
    if not path.with_name(path.name + ".partial").exists():
        check_disk(size, plan.draws, path.parent.resolve())
    kind = NetcdfSink if suffix == ".nc" else ZarrSink
    try:
        return kind(plan, *_describe(plan, scenario), path, resume)
    except OSError as error:
        raise ResultError(f"{path}: cannot be written ({error.strerror or error})") from None


def _describe(plan: Plan, scenario: Scenario) -> tuple[list[Description], Mapping[str, Any]]:
    """Return what the file holds beside the draws, with the arrays that all draws share."""
    world = plan.world
    ids = tuple(option.id for option in world.listed_options)
    stations = bool(plan.tallies) or any("station" in output.dims for output in plan.outputs)
    out = coordinates(world, plan.draws, stations)
    block = plan.run_block(Block(world, plan.chance, 0, 1, Workspace()))
    for output in plan.outputs:
        data: NDArray[Any] | None = None
        shape: tuple[int, ...] = (plan.draws, *output.shape)
        if not output.by_draw:
            data = np.empty((1, *output.shape), output.dtype)
            output.write(block, data)
            data, shape = data[0], output.shape
        attributes = variable_attributes(output.variable, ids)
        out.append(Description(output.name, output.dims, shape, output.dtype, attributes, data))
    ran = scenario.change({"run.draws": plan.draws, "run.seed": plan.seed})
    attributes = provenance(
        ran.title, ran.date, ran.note, ran.to_yaml(resolved=True), ran.sha256, plan.seed, plan.draws
    )
    return out, attributes


def _run_chunks(plan: Plan, sink: Sink, threads: int, progress: Progress | None) -> None:
    todo = iter(np.flatnonzero(~sink.done).tolist())
    done = sum(plan.chunk(i)[1] for i in np.flatnonzero(sink.done).tolist())
    stop = threading.Event()
    if progress is not None:
        progress(done, plan.draws)
    with ThreadPoolExecutor(threads, thread_name_prefix="sim") as pool:
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
        except KeyboardInterrupt:
            raise InterruptedRun(_interrupted(sink, done, plan.draws)) from None
        finally:
            stop.set()
            for future in waiting:
                future.cancel()


def _interrupted(sink: Sink, done: int, draws: int) -> str:
    if isinstance(sink, MemorySink):
        return f"interrupted after {done:,} of {draws:,} draws; nothing is kept without '--out'"
    return f"interrupted after {done:,} of {draws:,} draws; run again with '--resume' to complete it"


_memory = threading.local()


def _run_chunk(plan: Plan, sink: Sink, chunk: int, stop: threading.Event) -> int:
    """Run one chunk block by block and hand it to the sink; return its draws."""
    workspace = getattr(_memory, "workspace", None)
    if workspace is None:
        workspace = _memory.workspace = Workspace()
    first, count = plan.chunk(chunk)
    arrays = sink.arrays(chunk)
    tallies = Tallies(plan)
    for start in range(0, count, plan.block_draws):
        if stop.is_set():
            return 0
        size = min(plan.block_draws, count - start)
        block = plan.run_block(Block(plan.world, plan.chance, first + start, size, workspace))
        check_block(block)
        for output in plan.outputs:
            if output.by_draw:
                output.write(block, arrays[output.name][start : start + size])
        tallies.add_block(block)
    sink.commit(chunk, arrays, tallies)
    return count


def check_block(block: Block) -> None:
    """Assert that nobody was lost or made: registered ≥ voters ≥ ballots = invalid + Σ votes, by unit and draw."""
    from sim.numeric.counts import conserved

    if not conserved(block.registered, block.ballots_cast, block.invalid_ballots, block.votes):
        raise AssertionError(
            f"draws {block.first} to {block.first + block.count - 1}: votes and invalid ballots do not add up to the ballots cast"
        )

"""Running a scenario: where the result goes, and what happens when the run does not come to its end."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.engine.capacity import check_disk, check_memory
from sim.engine.chunks import Progress, run_chunks
from sim.engine.file_sink import DiskFull
from sim.engine.header import header
from sim.engine.plan import Plan, make_plan
from sim.engine.sink import MemorySink, Sink
from sim.engine.unfinished import Unfinished
from sim.errors import CapacityError, InterruptedRun, ResultError, SimError
from sim.results.files import format_of, open_result

if TYPE_CHECKING:
    import xarray as xr

    from sim.scenario.scenario import Scenario

__all__ = ["LARGEST_DRAWS", "default_threads", "drive", "run", "whole"]

#: The draw is one 32-bit word of the counter.
LARGEST_DRAWS = 2**32 - 1


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
        by default.  A result that bears the name already is replaced when the new one is complete.
    resume
        Complete an unfinished run of the same scenario into ``out``.  Where there is none it is run from
        the start, and where it is complete it is only opened.
    progress
        Called with (draws done, draws in all); not at all if there is nothing to do.

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
    draws = whole("draws", scenario.run.draws if draws is None else draws, 1, LARGEST_DRAWS)
    threads = whole("threads", default_threads() if threads is None else threads, 1, 1024)
    path = None if out is None else _writable(Path(out))
    if resume and path is None:
        raise SimError("there is nothing to resume without a file; name it with '--out' (Python: out=…)")
    seed = scenario.run.seed if seed is None else seed
    if seed is None and resume and path is not None:
        seed = _seed_before(path)
    seed = whole("seed", secrets.randbits(63) if seed is None else seed, 0, 2**64 - 1)
    if (draws, seed) != (scenario.run.draws, scenario.run.seed):
        scenario = scenario.change({"run.draws": draws, "run.seed": seed})
    plan = make_plan(scenario, draws, seed)
    if path is None:
        check_memory(_size(plan), draws)
        return drive(plan, MemorySink(plan, *header(plan, scenario)), threads, progress)
    if resume:
        complete = _complete_before(path, scenario)
        if complete is not None:
            return complete
    return drive(plan, _file_sink(plan, scenario, path, resume), threads, progress)


def drive(plan: Plan, sink: Sink, threads: int, progress: Progress | None) -> xr.Dataset:
    """Run every chunk into a sink; whatever stops it, keep what is done and say so."""
    try:
        sink.begin()
        run_chunks(plan, sink, threads, progress)
        return sink.finish()
    except KeyboardInterrupt:
        raise InterruptedRun(f"interrupted {sink.leave()}") from None
    except DiskFull:
        raise CapacityError(f"the disk is full {sink.leave()}") from None
    except BaseException:
        sink.leave()
        raise


def whole(name: str, value: Any, low: int, high: int) -> int:
    """Return a whole number within bounds.

    Raises
    ------
    SimError
        If it is not one.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        raise SimError(f"{name}: expected a whole number from {low:,} to {high:,}, got {value!r}")
    return int(value)


def _size(plan: Plan) -> int:
    return (plan.bytes_per_draw + 8) * plan.draws


def _writable(path: Path) -> Path:
    """Return the path if a result can stand there."""
    suffix = format_of(path)
    if not path.parent.is_dir():
        raise ResultError(f"{path}: there is no folder {path.parent}")
    if path.is_dir() and suffix == ".nc":
        raise ResultError(f"{path}: is a folder; name a file")
    if path.exists() and not path.is_dir() and suffix == ".zarr":
        raise ResultError(f"{path}: is a file and no Zarr folder; name another or delete it")
    if not os.access(path.parent, os.W_OK):
        raise ResultError(f"{path}: the folder {path.parent.resolve()} cannot be written")
    if path.exists():
        try:
            open_result(path).close()
        except ResultError:
            raise ResultError(
                f"{path}: exists and is not a result that could be replaced; name another file or delete it"
            ) from None
    return path


def _seed_before(path: Path) -> int | None:
    """Return the seed that was drawn for the run that is to be completed."""
    files = Unfinished(path)
    if files.state.exists():
        return int(files.sameness()["seed"])
    if path.exists():
        with open_result(path) as ds:
            return int(ds.attrs["seed"])
    return None


def _complete_before(path: Path, scenario: Scenario) -> xr.Dataset | None:
    """Return the result that stands there, if it is that of the same scenario, and nothing is unfinished."""
    if not path.exists() or Unfinished(path).partial.exists():
        return None
    ds = open_result(path)
    if ds.attrs["scenario_sha256"] == scenario.sha256:
        Unfinished(path).discard()
        return ds
    ds.close()
    return None


def _file_sink(plan: Plan, scenario: Scenario, path: Path, resume: bool) -> Sink:
    from sim.engine.netcdf import NetcdfSink
    from sim.engine.zarr_folder import ZarrSink

    if not Unfinished(path).partial.exists():
        check_disk(_size(plan), plan.draws, path.parent.resolve())
    kind = NetcdfSink if format_of(path) == ".nc" else ZarrSink
    return kind(plan, *header(plan, scenario), path, resume)

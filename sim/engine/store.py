"""Where the chunks of a run go: memory, netCDF or Zarr.

A file is written under ``<name>.partial`` with a small ``<name>.partial.state`` beside it, and gets its name
when it is complete.  A netCDF file is laid out in full before the first draw, uncompressed, so that
afterwards only numbers are written, at known places: a process killed at any moment leaves a file that can
be completed.  In Zarr each chunk is a file of its own.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.outputs import Output, Tally
from sim.engine.plan import Plan
from sim.errors import CapacityError, ResultError, SimError
from sim.results.contract import STATIONS
from sim.results.describe import Description, variable_attributes
from sim.results.files import open_result

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MemorySink", "NetcdfSink", "Sink", "Tallies", "ZarrSink"]

Arrays = dict[str, NDArray[Any]]

#: Seconds between two saves of the state of an unfinished run.
SAVE_EVERY = 0.5


class Tallies:
    """Sums and sums of squares over draws, as whole numbers: they add up in any order."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.arrays: Arrays = {}
        for tally in plan.tallies:
            for kind in ("sum", "squares"):
                self.arrays[f"{tally.name}.{kind}"] = np.zeros((tally.rows, plan.world.n_units), np.int64)

    def add_block(self, block: Any) -> None:
        """Add the counts of a block."""
        from sim.numeric.counts import accumulate

        for tally in self._plan.tallies:
            accumulate(tally.counts(block), self.arrays[f"{tally.name}.sum"], self.arrays[f"{tally.name}.squares"])

    def add(self, other: Tallies) -> None:
        """Add the sums of another."""
        for name, array in other.arrays.items():
            self.arrays[name] += array

    def summaries(self) -> list[Description]:
        """Return mean and standard deviation over draws of each tally, in the order of the file."""
        world, n = self._plan.world, self._plan.draws
        declared = {v.name: v for v in STATIONS}
        out = []
        for tally in self._plan.tallies:
            total, squares = self.arrays[f"{tally.name}.sum"], self.arrays[f"{tally.name}.squares"]
            mean = total / n
            spread = np.sqrt(np.maximum(squares / n - mean**2, 0.0) * (n / max(n - 1, 1)))
            for kind, values in (("mean", mean), ("sd", spread)):
                variable = declared[f"{tally.name}_{kind}"]
                data = _file_order(values, tally, world)
                out.append(
                    Description(variable.name, variable.dims, data.shape, data.dtype, variable_attributes(variable), data)
                )
        return out


def _file_order(values: NDArray[Any], tally: Tally, world: Any) -> NDArray[Any]:
    order = np.concatenate([np.arange(world.offsets[r], world.offsets[r + 1]) for r in world.region_order])
    values = values[:, order]
    return np.ascontiguousarray(values[0] if tally.rows == 1 else values[world.option_order].T)


class Sink(ABC):
    """Takes the chunks of a run, in any order, from any thread."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.done = np.zeros(plan.n_chunks, bool)
        self.tallies = Tallies(plan)
        self._lock = threading.Lock()

    @property
    def by_draw(self) -> tuple[Output, ...]:
        """The outputs that differ from draw to draw."""
        return tuple(output for output in self.plan.outputs if output.by_draw)

    def arrays(self, chunk: int) -> Arrays:
        """Return memory for the outputs of a chunk."""
        _, count = self.plan.chunk(chunk)
        return {o.name: np.empty((count, *o.shape), o.dtype) for o in self.by_draw}

    @abstractmethod
    def write(self, chunk: int, arrays: Arrays) -> None:
        """Write the outputs of a chunk."""

    def commit(self, chunk: int, arrays: Arrays, tallies: Tallies) -> None:
        """Take a chunk: after this it counts as done."""
        self.write(chunk, arrays)
        with self._lock:
            self.tallies.add(tallies)
            self.done[chunk] = True
            self.save(force=False)

    def save(self, force: bool) -> None:  # noqa: B027
        """Write down what is done."""

    @abstractmethod
    def finish(self) -> xr.Dataset:
        """Complete the result and return it."""


class MemorySink(Sink):
    """Keeps the result in memory."""

    def __init__(self, plan: Plan, descriptions: Sequence[Description], attributes: Mapping[str, Any]) -> None:
        super().__init__(plan)
        self._descriptions, self._attributes = descriptions, attributes
        self._full = {o.name: np.empty((plan.draws, *o.shape), o.dtype) for o in self.by_draw}

    def arrays(self, chunk: int) -> Arrays:
        """Return the chunk's part of the result itself."""
        first, count = self.plan.chunk(chunk)
        return {name: full[first : first + count] for name, full in self._full.items()}

    def write(self, chunk: int, arrays: Arrays) -> None:
        """Nothing: the arrays are the result."""

    def finish(self) -> xr.Dataset:
        """Return the result."""
        import xarray as xr

        described = [*self._descriptions, *self.tallies.summaries()]
        variables = {
            d.name: (d.dims, self._full[d.name] if d.data is None else d.data, dict(d.attributes)) for d in described
        }
        coords = {d.name: variables.pop(d.name) for d in described if d.coordinate}
        return xr.Dataset(variables, coords, dict(self._attributes))


class FileSink(Sink):
    """A file under ``.partial`` with its state, renamed when complete."""

    def __init__(
        self,
        plan: Plan,
        descriptions: Sequence[Description],
        attributes: Mapping[str, Any],
        path: Path,
        resume: bool,
    ) -> None:
        super().__init__(plan)
        self.path = path
        self.partial = path.with_name(path.name + ".partial")
        self.state = path.with_name(path.name + ".partial.state")
        self._saved = 0.0
        self._fingerprint = json.dumps(
            {
                "scenario": attributes["scenario_sha256"],
                "seed": attributes["seed"],
                "draws": plan.draws,
                "chunk": plan.chunk_draws,
                "version": attributes["sailau_version"],
                "streams": attributes["streams"],
            },
            sort_keys=True,
        )
        if self.partial.exists() or self.state.exists():
            self._take_up(resume)
            return
        self._begin(descriptions, attributes)

    def _begin(self, descriptions: Sequence[Description], attributes: Mapping[str, Any]) -> None:
        try:
            self.create(descriptions, attributes)
            self.save(force=True)
        except BaseException:
            self.discard()
            raise

    def _take_up(self, resume: bool) -> None:
        """Go on where an earlier run stopped."""
        if not resume:
            raise ResultError(
                f"{self.partial} holds an unfinished run; add '--resume' to complete it, or delete it and "
                f"{self.state.name}"
            )
        try:
            with np.load(self.state, allow_pickle=False) as saved:
                fingerprint, done = str(saved["fingerprint"]), saved["done"]
                tallies = {name: saved[name] for name in self.tallies.arrays}
        except (OSError, ValueError, KeyError, EOFError):
            raise ResultError(f"{self.state}: cannot be read; delete it and {self.partial.name} and run again") from None
        if not self.partial.exists():
            raise ResultError(f"{self.partial} is missing; delete {self.state.name} and run again")
        if fingerprint != self._fingerprint:
            raise ResultError(self._difference(fingerprint))
        self.done, self.tallies.arrays = done, tallies
        self.reopen()

    def _difference(self, found: str) -> str:
        old, new = json.loads(found), json.loads(self._fingerprint)
        words = {"scenario": "another scenario", "seed": "another seed", "draws": "another number of draws"}
        differs = [words.get(key, f"another {key}") for key in new if old.get(key) != new[key]]
        return (
            f"{self.partial} was begun with {', '.join(differs)}; resume it with the same, or delete it and "
            f"{self.state.name}"
        )

    def save(self, force: bool) -> None:
        """Write the state, at most every half second unless forced."""
        now = time.monotonic()
        if not force and now - self._saved < SAVE_EVERY:
            return
        self._saved = now
        new = self.state.with_name(self.state.name + ".new")
        with new.open("wb") as file:
            np.savez(file, fingerprint=self._fingerprint, done=self.done, **self.tallies.arrays)
        os.replace(new, self.state)

    def discard(self) -> None:
        """Remove everything that was begun."""
        for path in (self.partial, self.state, self.state.with_name(self.state.name + ".new")):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    @abstractmethod
    def create(self, descriptions: Sequence[Description], attributes: Mapping[str, Any]) -> None:
        """Lay out the file."""

    @abstractmethod
    def reopen(self) -> None:
        """Open the file that an earlier run began."""

    @abstractmethod
    def complete(self) -> None:
        """Write the summaries and close the file."""

    def finish(self) -> xr.Dataset:
        """Give the file its name and open it."""
        self.complete()
        if self.path.is_dir():
            shutil.rmtree(self.path)
        os.replace(self.partial, self.path)
        self.state.unlink(missing_ok=True)
        return open_result(self.path)

    def full(self) -> CapacityError:
        """Return the error of a full disk."""
        done = int(sum(self.plan.chunk(i)[1] for i in np.flatnonzero(self.done)))
        return CapacityError(
            f"the disk is full after {done:,} of {self.plan.draws:,} draws; free space and run again with '--resume'"
        )


class NetcdfSink(FileSink):
    """One netCDF-4 file, contiguous and uncompressed."""

    def create(self, descriptions: Sequence[Description], attributes: Mapping[str, Any]) -> None:
        """Lay out all variables with their final places."""
        import h5netcdf

        descriptions = [*descriptions, *self.tallies.summaries()]
        with h5netcdf.File(self.partial, "w") as file:
            file.attrs.update(attributes)
            for d in descriptions:
                for dim, size in zip(d.dims, d.shape):
                    if dim not in file.dimensions:
                        file.dimensions[dim] = size
            for d in sorted(descriptions, key=lambda d: not d.coordinate):
                self._variable(file, d, [c.name for c in descriptions if c.coordinate and c.name not in c.dims])
        self.reopen()
        try:
            os.posix_fallocate(self._fd, 0, os.fstat(self._fd).st_size)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise self.full() from None

    def _variable(self, file: Any, d: Description, auxiliary: list[str]) -> None:
        import h5py

        if d.dtype is str:
            made = file.create_variable(d.name, d.dims, h5py.string_dtype(), data=d.data)
        else:
            early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            early.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            made = file.create_variable(d.name, d.dims, d.dtype, data=d.data, dcpl=early)
        made.attrs.update(d.attributes)
        if not d.coordinate:
            shown = [name for name in auxiliary if file.variables[name].dimensions[0] in d.dims]
            made.attrs["coordinates"] = " ".join(shown)

    def reopen(self) -> None:
        """Find the places of the variables and open the file for writing numbers."""
        import h5py

        try:
            with h5py.File(self.partial, "r") as file:
                names = [o.name for o in self.by_draw] + [d.name for d in self.tallies.summaries()]
                self._offsets = {name: file[name].id.get_offset() for name in names}
        except (OSError, KeyError):
            raise ResultError(f"{self.partial}: is damaged; delete it and {self.state.name} and run again") from None
        self._fd = os.open(self.partial, os.O_RDWR)

    def write(self, chunk: int, arrays: Arrays) -> None:
        """Write numbers at their places."""
        first, _ = self.plan.chunk(chunk)
        for output in self.by_draw:
            self._put(output.name, first * output.bytes_per_draw, arrays[output.name])

    def _put(self, name: str, start: int, array: NDArray[Any]) -> None:
        view = memoryview(np.ascontiguousarray(array)).cast("B")
        place = self._offsets[name] + start
        try:
            while len(view):
                written = os.pwrite(self._fd, view, place)
                view, place = view[written:], place + written
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise self.full() from None
            raise

    def complete(self) -> None:
        """Write the summaries over draws and close."""
        for d in self.tallies.summaries():
            assert d.data is not None
            self._put(d.name, 0, d.data)
        os.close(self._fd)


class ZarrSink(FileSink):
    """A Zarr v3 folder, one stored chunk per chunk of the run, lz4 with shuffle."""

    def create(self, descriptions: Sequence[Description], attributes: Mapping[str, Any]) -> None:
        """Make the group and its arrays."""
        zarr = _zarr()
        if self.path.exists() and not self.path.is_dir():
            raise ResultError(f"{self.path}: exists and is not a Zarr folder")
        group = zarr.create_group(str(self.partial), zarr_format=3, attributes=dict(attributes))
        for d in [*descriptions, *self.tallies.summaries()]:
            self._array(group, d, [c for c in descriptions if c.coordinate and c.name not in c.dims])
        self.reopen()

    def _array(self, group: Any, d: Description, auxiliary: list[Description]) -> None:
        from zarr.codecs import BloscCodec

        attributes = dict(d.attributes)
        if not d.coordinate:
            attributes["coordinates"] = " ".join(c.name for c in auxiliary if c.dims[0] in d.dims)
        dtype = np.dtypes.StringDType() if d.dtype is str else np.dtype(d.dtype)
        chunks = (self.plan.chunk_draws, *d.shape[1:]) if d.dims[0] == "draw" and d.data is None else d.shape
        codec = None if d.dtype is str else BloscCodec(typesize=dtype.itemsize, cname="lz4", clevel=5, shuffle="shuffle")
        array = group.create_array(
            d.name,
            shape=d.shape,
            dtype=dtype,
            chunks=chunks,
            compressors=codec,
            dimension_names=d.dims,
            attributes=attributes,
        )
        if d.data is not None:
            array[...] = d.data.astype(dtype) if d.dtype is str else d.data

    def reopen(self) -> None:
        """Open the arrays for writing."""
        zarr = _zarr()
        try:
            group = zarr.open_group(str(self.partial), mode="r+")
            self._group = group
            self._out = {o.name: group[o.name] for o in self.by_draw}
        except (OSError, KeyError, ValueError):
            raise ResultError(f"{self.partial}: is damaged; delete it and {self.state.name} and run again") from None

    def write(self, chunk: int, arrays: Arrays) -> None:
        """Write the chunk's files."""
        first, count = self.plan.chunk(chunk)
        try:
            for output in self.by_draw:
                self._out[output.name][first : first + count] = arrays[output.name]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise self.full() from None
            raise

    def complete(self) -> None:
        """Write the summaries over draws."""
        for d in self.tallies.summaries():
            self._group[d.name][...] = d.data


def _zarr() -> Any:
    try:
        import zarr
    except ImportError:
        raise SimError("writing .zarr needs the package zarr: pip install 'sailau[scale]'") from None
    return zarr

"""Writing netCDF: one file, contiguous and uncompressed.

The file is laid out in full before the first draw, so that afterwards only numbers are written, at known
places: a process killed at any moment leaves a file that can be completed, and the disk cannot fill up
half-way where the file system gives space in advance.
"""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.file_sink import FileSink
from sim.engine.sink import Arrays
from sim.results.describe import Description, file_attributes

__all__ = ["NetcdfSink"]


class NetcdfSink(FileSink):
    """One netCDF-4 file, contiguous and uncompressed."""

    _fd: int | None = None

    def create(self, descriptions: Sequence[Description], attributes: Mapping[str, Any]) -> None:
        """Lay out all variables with their final places."""
        import h5netcdf

        descriptions = [*descriptions, *self.tallies.summaries()]
        # HDF5 crashes on a disk that is full; so the space is asked for before it begins.
        _reserve(self.partial, _size(descriptions, attributes))
        with h5netcdf.File(self.partial, "w") as file:
            file.attrs.update(attributes)
            for d in descriptions:
                for dim, size in zip(d.dims, d.shape):
                    if dim not in file.dimensions:
                        file.dimensions[dim] = size
            for d in sorted(descriptions, key=lambda d: not d.coordinate):
                _lay_out(file, d).attrs.update(file_attributes(d, descriptions))
        _reserve(self.partial, self.partial.stat().st_size)
        self.reopen()

    def reopen(self) -> None:
        """Find the places of the variables and open the file for writing numbers."""
        import h5py

        wanted = {o.name: (self.plan.draws, *o.shape) for o in self.by_draw}
        wanted |= {d.name: d.shape for d in self.tallies.summaries()}
        try:
            with h5py.File(self.partial, "r") as file:
                if any(file[name].shape != shape for name, shape in wanted.items()):
                    raise self.damaged()
                self._offsets = {name: file[name].id.get_offset() for name in wanted}
        except (OSError, KeyError, AttributeError):
            raise self.damaged() from None
        self._fd = os.open(self.partial, os.O_RDWR)

    def write(self, chunk: int, arrays: Arrays) -> None:
        """Write numbers at their places."""
        first, _ = self.plan.chunk(chunk)
        for output in self.by_draw:
            self._put(output.name, first * output.bytes_per_draw, arrays[output.name])

    def _put(self, name: str, start: int, array: NDArray[Any]) -> None:
        assert self._fd is not None
        view: Any = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        place = self._offsets[name] + start
        while len(view):
            written = os.pwrite(self._fd, view, place)
            view, place = view[written:], place + written

    def complete(self) -> None:
        """Write the summaries over draws."""
        for d in self.tallies.summaries():
            assert d.data is not None
            self._put(d.name, 0, d.data)

    def close(self) -> None:
        """Close the file, if it is open."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _lay_out(file: Any, d: Description) -> Any:
    """Make one variable at its final place."""
    import h5py

    if d.dtype is str:
        return file.create_variable(d.name, d.dims, h5py.string_dtype(), data=d.data)
    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    early.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    return file.create_variable(d.name, d.dims, d.dtype, data=d.data, dcpl=early)


def _size(descriptions: Sequence[Description], attributes: Mapping[str, Any]) -> int:
    """Return about how large a file will be."""
    numbers = sum(math.prod(d.shape) * (64 if d.dtype is str else np.dtype(d.dtype).itemsize) for d in descriptions)
    return numbers + sum(4 * len(str(value)) for value in attributes.values()) + 1000 * len(descriptions)


def _reserve(path: Path, size: int) -> None:
    """Take the space on the disk now, where the file system can give it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(fd, 0, size)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
            raise
    finally:
        os.close(fd)

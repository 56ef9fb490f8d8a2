"""Writing Zarr: a v3 folder, one stored chunk per chunk of the run, lz4 with shuffle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.engine.file_sink import FileSink
from sim.engine.sink import Arrays
from sim.errors import SimError
from sim.results.describe import Description, file_attributes

__all__ = ["ZarrSink"]


class ZarrSink(FileSink):
    """A Zarr v3 folder.  Each chunk is a file of its own, put in its place whole."""

    def create(self, descriptions: Sequence[Description], attributes: Mapping[str, Any]) -> None:
        """Make the group and its arrays."""
        group = _zarr().create_group(str(self.partial), zarr_format=3, attributes=dict(attributes))
        for d in [*descriptions, *self.tallies.summaries()]:
            self._array(group, d, file_attributes(d, descriptions))
        self.reopen()

    def _array(self, group: Any, d: Description, attributes: Mapping[str, Any]) -> None:
        from zarr.codecs import BloscCodec

        text = d.dtype is str
        dtype = np.dtypes.StringDType() if text else np.dtype(d.dtype)
        codec = BloscCodec(typesize=dtype.itemsize, cname="lz4", clevel=1, shuffle="shuffle")
        array = group.create_array(
            d.name,
            shape=d.shape,
            dtype=dtype,
            chunks=d.shape if d.data is not None else (self.plan.chunk_draws, *d.shape[1:]),
            compressors=None if text else codec,
            dimension_names=d.dims,
            attributes=dict(attributes),
            # So that a missing file is always a fault, never a chunk of zeros.
            config={"write_empty_chunks": True},
        )
        if d.data is not None:
            array[...] = d.data.astype(dtype) if text else d.data

    def reopen(self) -> None:
        """Open the arrays for writing; sweep away what a killed process was about to put in its place."""
        zarr = _zarr()
        for rest in self.partial.rglob("*.partial"):
            rest.unlink(missing_ok=True)
        try:
            self._group = zarr.open_group(str(self.partial), mode="r+")
            self._out = {o.name: self._open_array(o.name) for o in self.by_draw}
        except (OSError, KeyError, ValueError):
            raise self.damaged() from None

    def _open_array(self, name: str) -> Any:
        return self._group[name].with_config({"write_empty_chunks": True})

    def write(self, chunk: int, arrays: Arrays) -> None:
        """Write the chunk's files."""
        first, count = self.plan.chunk(chunk)
        for output in self.by_draw:
            self._out[output.name][first : first + count] = arrays[output.name]

    def complete(self) -> None:
        """Write the summaries over draws."""
        for d in self.tallies.summaries():
            self._open_array(d.name)[...] = d.data

    def close(self) -> None:
        """Nothing stays open."""


def _zarr() -> Any:
    try:
        import zarr
    except ImportError:
        raise SimError("writing .zarr needs the package zarr: pip install 'sailau[scale]'") from None
    return zarr

"""Writing Zarr: a v3 folder, one stored chunk per chunk of the run, lz4 with shuffle.

The package zarr lays out the folder, with all metadata, and reads it.  The chunks themselves are compressed by
numcodecs and put in their places here: a call of zarr's own costs a millisecond, as much as computing 600 draws, and
each chunk has nine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.file_sink import FileSink
from sim.engine.sink import Arrays
from sim.errors import SimError
from sim.results.describe import Description, file_attributes

__all__ = ["ZarrSink"]


class ZarrSink(FileSink):
    """A Zarr v3 folder.  Each chunk of each variable is a file of its own."""

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
        """Open the folder for writing; sweep away what a killed process was about to put in its place."""
        zarr = _zarr()
        for rest in self.partial.rglob("*.partial"):
            rest.unlink(missing_ok=True)
        try:
            self._group = zarr.open_group(str(self.partial), mode="r+")
            self._keys = {o.name: self._group[o.name].metadata.encode_chunk_key for o in self.by_draw}
        except (OSError, KeyError, ValueError):
            raise self.damaged() from None

    def write(self, chunk: int, arrays: Arrays) -> None:
        """Write the chunk's files."""
        from numcodecs import Blosc

        codec = Blosc("lz4", clevel=1, shuffle=Blosc.SHUFFLE)
        for output in self.by_draw:
            key = self._keys[output.name]((chunk, *(0 for _ in output.shape)))
            stored = codec.encode(self._whole_chunk(arrays[output.name]))
            # A process killed here leaves a chunk that is not noted as done; it is written again.
            place = self.partial / output.name / key
            try:
                place.write_bytes(stored)
            except FileNotFoundError:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(stored)

    def _whole_chunk(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the array, filled up with zeros where it is the last and shorter: stored chunks are of one size."""
        missing = self.plan.chunk_draws - len(array)
        return np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)]) if missing else array

    def complete(self) -> None:
        """Write the summaries over draws."""
        for d in self.tallies.summaries():
            self._group[d.name].with_config({"write_empty_chunks": True})[...] = d.data

    def close(self) -> None:
        """Nothing stays open."""


def _zarr() -> Any:
    try:
        import zarr
    except ImportError:
        raise SimError("writing .zarr needs the package zarr: pip install 'sailau[scale]'") from None
    return zarr

"""Reading results: netCDF and Zarr by the suffix, with one clear message where a file is not a result."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import ResultError
from sim.results.describe import SCHEMA_VERSION

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FORMATS", "format_of", "open_result"]

#: File suffix → engine of xarray.
FORMATS = {".nc": "h5netcdf", ".zarr": "zarr"}

NEEDED = ("registered", "ballots_cast", "invalid_ballots", "votes")
ATTRIBUTES = ("draws", "seed", "scenario_yaml", "scenario_sha256", "sailau_version")


def format_of(path: str | os.PathLike[str]) -> str:
    """Return the suffix of a result file, ``.nc`` or ``.zarr``.

    Raises
    ------
    ResultError
        If it is neither.
    """
    suffix = Path(path).suffix
    if suffix not in FORMATS:
        raise ResultError(
            f"{path}: a result is written as .nc (netCDF) or .zarr (Zarr), not as {suffix or 'a file without suffix'!r}"
        )
    return suffix


def open_result(path: str | os.PathLike[str]) -> xr.Dataset:
    """Open a result; its arrays are read when they are used.

    Raises
    ------
    ResultError
        If there is no such file, if it is damaged, was not written by this toolkit, or by a version whose
        files this one cannot read.
    """
    import xarray as xr

    path = Path(path)
    suffix = format_of(path)
    if not path.exists():
        raise ResultError(f"{path}: no such file{_hint(path)}")
    # Nothing in a result is a date, and another's file shall not be warned about.
    keywords: dict[str, Any] = {"decode_times": False, "decode_timedelta": False}
    if suffix == ".zarr":
        keywords["consolidated"] = False
    try:
        if suffix == ".nc":
            _look_through(path)
        ds = xr.open_dataset(path, engine=FORMATS[suffix], **keywords)
    except ImportError:
        raise ResultError(f"{path}: reading .zarr needs the package zarr: pip install 'sailau[scale]'") from None
    except Exception as error:
        reason = (str(error) or type(error).__name__).strip().splitlines()[0]
        raise ResultError(f"{path}: cannot be read as a result; it is damaged or of another kind ({reason})") from None
    try:
        _check(ds, path)
        if suffix == ".zarr":
            _check_chunks(path)
    except BaseException:
        ds.close()
        raise
    return ds


def _look_through(path: Path) -> None:
    """Read every header: a damaged file fails here and leaves nothing open, as h5netcdf would."""
    import h5py

    with h5py.File(path, "r") as file:
        dict(file.attrs)
        file.visititems(lambda _, item: dict(item.attrs) and None)


def _hint(path: Path) -> str:
    partial = path.with_name(path.name + ".partial")
    return f"; {partial.name} holds an unfinished run, 'sim run … --resume' completes it" if partial.exists() else ""


def _check(ds: xr.Dataset, path: Path) -> None:
    version = ds.attrs.get("schema_version")
    if version is None:
        raise ResultError(f"{path}: is not a result of this toolkit")
    if version != SCHEMA_VERSION:
        raise ResultError(
            f"{path}: was written by sailau {ds.attrs.get('sailau_version', '?')} in layout {version} and this "
            f"version reads layout {SCHEMA_VERSION}: run its scenario again (its attribute 'scenario_yaml')"
        )
    for name in (*NEEDED, *ATTRIBUTES):
        if name not in ds and name not in ds.attrs:
            raise ResultError(f"{path}: is not a whole result, {name!r} is missing")


def _check_chunks(path: Path) -> None:
    """Find arrays with missing files, which would read as zeros."""
    import zarr

    for name, array in zarr.open_group(str(path), mode="r").arrays():
        if array.nchunks_initialized < array.nchunks:
            found = f"{array.nchunks_initialized:,} of {array.nchunks:,}"
            raise ResultError(f"{path}: is damaged: {name!r} has {found} chunks")

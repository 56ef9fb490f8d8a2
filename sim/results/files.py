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


def format_of(path: str | os.PathLike[str]) -> str:
    """Return the suffix of a result file, ``.nc`` or ``.zarr``.

    Raises
    ------
    ResultError
        If it is neither.
    """
    suffix = Path(path).suffix
    if suffix not in FORMATS:
        raise ResultError(f"{path}: a result is written as .nc (netCDF) or .zarr (Zarr), not as {suffix or 'a file without suffix'!r}")
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
        partial = path.with_name(path.name + ".partial")
        hint = f"; {partial.name} holds an unfinished run, 'sim run … --resume' completes it" if partial.exists() else ""
        raise ResultError(f"{path}: no such file{hint}")
    try:
        keywords: dict[str, Any] = {"consolidated": False} if suffix == ".zarr" else {}
        ds = xr.open_dataset(path, engine=FORMATS[suffix], **keywords)  # type: ignore[arg-type]
    except ImportError:
        raise ResultError(f"{path}: reading .zarr needs the package zarr: pip install 'sailau[scale]'") from None
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ResultError(f"{path}: cannot be read as a result, it is damaged or of another kind ({reason})") from None
    try:
        _check(ds, path)
    except ResultError:
        ds.close()
        raise
    return ds


def _check(ds: xr.Dataset, path: Path) -> None:
    version = ds.attrs.get("schema_version")
    if version is None or any(name not in ds for name in NEEDED):
        raise ResultError(f"{path}: is not a result of this toolkit")
    if int(version) != SCHEMA_VERSION:
        raise ResultError(
            f"{path}: was written by sailau {ds.attrs.get('sailau_version', '?')} in layout {version}; this version "
            f"reads layout {SCHEMA_VERSION}: run its scenario again (it stands in the attribute 'scenario_yaml')"
        )
    if path.is_file():
        _check_length(ds, path)


def _check_length(ds: xr.Dataset, path: Path) -> None:
    """A file cut short opens, and only the read fails: compare its length with what its arrays need."""
    needed = max(int(v.nbytes) for v in ds.variables.values()) if ds.variables else 0
    if path.stat().st_size < needed:
        raise ResultError(f"{path}: is truncated ({path.stat().st_size:,} bytes, one variable alone has {needed:,})")

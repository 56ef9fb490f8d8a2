"""Read the counts of a result in pieces, so that no full-size copy is ever made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["F64", "I64", "RATIOS", "check_result", "ordered", "ratio", "region_blocks", "rows", "sum_regions"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Bytes of counts read at once.
PIECE = 16_000_000
#: Bytes of shares of a group of regions held at once.
GROUP = 300_000_000

#: Share → its numerator and denominator; no denominator: the sum of the numerator over options.
RATIOS = {
    "turnout": ("ballots_cast", "registered"),
    "invalid_share": ("invalid_ballots", "ballots_cast"),
    "vote_share": ("votes", None),
}


def check_result(ds: xr.Dataset, *names: str) -> None:
    """Raise `ResultError` unless ``ds`` has at least one draw and the variables ``names``."""
    missing = [name for name in names if name not in ds.variables]
    if missing:
        names_missing = ", ".join(map(repr, missing))
        raise ResultError(f"this is not a result of a run: it has no variable {names_missing}")
    if ds.sizes.get("draw", 0) == 0:
        raise ResultError("this result has no draws")


def ratio(numerator: NDArray[Any], denominator: NDArray[Any]) -> F64:
    """Return ``numerator / denominator`` as float64, NaN where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator > 0, numerator / denominator, np.nan)


def ordered(da: xr.DataArray) -> xr.DataArray:
    """Return the array with its dims in the order of the contract."""
    return da.transpose("draw", "region", "option", missing_dims="ignore")


def rows(da: xr.DataArray) -> Iterator[slice]:
    """Yield slices of draws of about `PIECE` bytes, whole stored chunks where the file has chunks."""
    draws = da.sizes["draw"]
    per_draw = max(1, da.dtype.itemsize * (da.size // max(1, draws)))
    step = max(1, PIECE // per_draw)
    stored = da.encoding.get("preferred_chunks", {}).get("draw") or 1
    if 1 < stored <= 8 * step:
        step = max(1, step // stored) * stored
    for start in range(0, draws, step):
        yield slice(start, min(start + step, draws))


def sum_regions(da: xr.DataArray) -> I64:
    """Return the sum over regions as int64, read in pieces of draws."""
    da = ordered(da)
    axis = da.get_axis_num("region")
    if "draw" not in da.dims:
        return np.asarray(da.values.sum(axis=axis, dtype=np.int64))
    shape = tuple(size for dim, size in da.sizes.items() if dim != "region")
    out = np.empty(shape, np.int64)
    for piece in rows(da):
        out[piece] = da.isel(draw=piece).values.sum(axis=axis, dtype=np.int64)
    return out


def region_blocks(ds: xr.Dataset, share: str, only: Sequence[int] | None = None) -> Iterator[tuple[int, F64]]:
    """Yield a share region by region.

    Parameters
    ----------
    ds
        A result.
    share
        Key of `RATIOS`.
    only
        Indices of the regions wanted, in order; by default all.

    Yields
    ------
    index of the region, array (option or 1, draw); the array may be changed and holds until the next one is
    asked for.  Groups of regions are read together, each of at most `GROUP` bytes, in pieces of draws.
    """
    over, under = RATIOS[share]
    check_result(ds, over, *([under] if under else []))
    numerator = ordered(ds[over])
    denominator = ordered(ds[under]) if under else None
    draws = ds.sizes["draw"]
    wanted = list(range(ds.sizes["region"])) if only is None else list(only)
    width = ds.sizes["option"] if "option" in numerator.dims else 1
    step = min(len(wanted), max(1, GROUP // (8 * draws * width)))
    buffer = np.empty((step, width, draws))
    for start in range(0, len(wanted), step):
        members = wanted[start : start + step]
        adjacent = members[-1] - members[0] == len(members) - 1
        group: slice | list[int] = slice(members[0], members[-1] + 1) if adjacent else members
        out = buffer[: len(members)]
        top = numerator.isel(region=group)
        bottom = None if denominator is None else denominator.isel(region=group)
        for piece in rows(top):
            counts = top.isel(draw=piece).values
            if bottom is None:
                shares = ratio(counts, counts.sum(axis=-1, keepdims=True, dtype=np.int64))
                out[:, :, piece] = shares.transpose(1, 2, 0)
            else:
                base = (bottom.isel(draw=piece) if "draw" in bottom.dims else bottom).values
                out[:, 0, piece] = ratio(counts, base).T
        for i, region in enumerate(members):
            yield region, out[i]

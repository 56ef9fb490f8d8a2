"""What a metric is computed from: votes and seats of a Dataset or given as they are, and what it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.pieces import ordered, sum_regions
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["counts_of", "lacks", "measured", "over_options", "pair_of", "share_of", "whole"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: What a result lacks, and what gives it.
WAYS_OUT = {
    "seats": "fills no seats; a rule that does, such as {model: list_proportional, seats: 69}, gives them",
    "winner": "names no winner",
}


def counts_of(source: xr.Dataset | xr.DataArray, name: str, by: str | None = None) -> xr.DataArray:
    """Return the counts called ``votes`` or ``seats`` as whole numbers, int64, with the dim ``option``.

    Parameters
    ----------
    source
        A Dataset, or the counts themselves.
    name
        ``votes`` or ``seats``.
    by
        A dim such as ``region`` or ``district`` of a Dataset that is kept: ``<by>_votes`` where there is such a
        variable, ``votes`` elsewhere.  Without it the counts are summed over all dims but ``draw`` and ``option``.

    Raises
    ------
    ResultError
        If the Dataset has no such variable, or the counts are negative, fractional or have no options.
    """
    import xarray as xr

    if isinstance(source, xr.DataArray):
        return whole(source, name)
    if not isinstance(source, xr.Dataset):
        raise ResultError(f"{name}: expected a Dataset or a DataArray, got {type(source).__name__}")
    if by is not None:
        return whole(_local(source, name, by), name)
    if name not in source:
        raise ResultError(lacks(source, name))
    found = source[name]
    if "region" in found.dims and set(found.dims) <= {"draw", "region", "option"} and found.size:
        dims = tuple(dim for dim in ordered(found).dims if dim != "region")
        kept = {key: c for key, c in found.coords.items() if "region" not in c.dims}
        return whole(xr.DataArray(sum_regions(found), kept, dims, name, found.attrs), name)
    summed = [dim for dim in found.dims if dim in ("region", "district", "station", "group")]
    return whole(found, name).sum(summed)


def _local(ds: xr.Dataset, name: str, by: str) -> xr.DataArray:
    for key in (f"{by}_{name}", name):
        if key in ds and by in ds[key].dims:
            return ds[key]
    raise ResultError(f"by={by!r}: this result has no {name} by {by}")


def lacks(ds: xr.Dataset, name: str) -> str:
    """Return what to say of a Dataset without a variable: which rule is to blame, where that is known."""
    from sim.analysis.resolved import rules_of, scenario_of

    rules = [str(rule.get("model")) for rule in rules_of(scenario_of(ds)).values()] if name in WAYS_OUT else []
    if not rules:
        return f"this Dataset has no variable {name!r}"
    its = f"its rule {rules[0]!r}" if len(rules) == 1 else f"none of its rules {', '.join(map(repr, rules))}"
    return f"this result has no {name}: {its} {WAYS_OUT[name]}"


def whole(counts: xr.DataArray, name: str) -> xr.DataArray:
    """Return counts as int64; refuse negative and fractional ones and those without options."""
    if "option" not in counts.dims:
        raise ResultError(f"{name}: expected the dim 'option', got {tuple(counts.dims)}")
    if counts.sizes["option"] == 0:
        raise ResultError(f"{name}: there are no options")
    if counts.dtype.kind not in "iub":
        values = counts.values
        if counts.dtype.kind != "f" or not np.isfinite(values).all() or (values != np.floor(values)).any():
            raise ResultError(f"{name}: expected whole numbers, got {counts.dtype} that are none")
    if counts.size and counts.values.min() < 0:
        raise ResultError(f"{name}: holds {counts.values.min()}, less than 0")
    return counts.astype(np.int64)


def pair_of(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None, by: str | None
) -> tuple[xr.DataArray, xr.DataArray]:
    """Return votes and seats of the same options, broadcast against each other."""
    import xarray as xr

    if isinstance(source, xr.DataArray) and seats is None:
        raise ResultError("only votes are given; the second argument is the seats, or pass a Dataset that has both")
    votes = counts_of(source, "votes", by)
    won = counts_of(source if seats is None else seats, "seats", by if seats is None else None)
    try:
        votes, won = xr.align(votes, won, join="exact", copy=False)
    except ValueError:
        raise ResultError("votes and seats are not of the same options (or draws): their coordinates differ") from None
    votes, won = xr.broadcast(votes, won)
    return votes, won.transpose(*votes.dims)


def share_of(counts: Any) -> F64:
    """Return the shares along the last axis, NaN where the sum is 0."""
    total = counts.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, counts / total, np.nan)


def over_options(*arrays: xr.DataArray) -> list[I64]:
    """Return the values with the options on the last axis, all of the same shape."""
    return [np.ascontiguousarray(a.transpose(..., "option").values) for a in arrays]


def measured(
    values: Any, like: xr.DataArray, name: str, meaning: str, units: str = "1", *, options: bool = False
) -> xr.DataArray:
    """Return what was computed from ``like``: its dims and coordinates, without ``option`` unless it is kept."""
    import xarray as xr

    dims = [dim for dim in like.dims if dim != "option"]
    coords = {key: c for key, c in like.coords.items() if options or "option" not in c.dims}
    inner = (*dims, "option") if options else tuple(dims)
    made = xr.DataArray(values, coords, inner, name, {"long_name": meaning, "units": units})
    return made.transpose(*like.dims) if options else made

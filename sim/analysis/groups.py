"""Counts by group of voters, or by one trait of the groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.pieces import check_result
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["group_counts", "traits_of"]

COUNTS = ("registered", "ballots_cast", "invalid_ballots", "votes")


def traits_of(ds: xr.Dataset) -> tuple[str, ...]:
    """Return the traits in which the groups of a result differ, none where it has no groups."""
    if "group" not in ds.dims:
        return ()
    found = (str(name).removeprefix("group_") for name, c in ds.coords.items() if c.dims == ("group",))
    return tuple(trait for trait in found if trait != "group")


def group_counts(ds: xr.Dataset, by: str = "group") -> xr.Dataset:
    """Return the national counts by group, or by the values of one trait.

    Parameters
    ----------
    ds
        A result of an electorate with groups.
    by
        ``group``, or the name of a trait such as ``age``.

    Returns
    -------
    xarray.Dataset
        ``registered`` (draw?, by), ``ballots_cast``, ``invalid_ballots`` (draw, by) and ``votes``
        (draw, by, option), int64, with the coordinate ``by``.

    Raises
    ------
    ResultError
        If the result has no groups, or no such trait.
    """
    import xarray as xr

    if "group" not in ds.dims:
        raise ResultError(f"by={by!r}: this result has no groups of voters")
    if by != "group" and by not in traits_of(ds):
        raise ResultError(f"by={by!r}: expected 'group' or a trait of the groups: {', '.join(traits_of(ds))}")
    check_result(ds, *(f"group_{name}" for name in COUNTS))
    values = [str(value) for value in ds["group" if by == "group" else f"group_{by}"].values]
    names = list(dict.fromkeys(values))
    members = [np.flatnonzero([value == name for value in values]) for name in names]
    data = {}
    for name in COUNTS:
        counts = ds[f"group_{name}"].transpose("draw", "group", "option", missing_dims="ignore")
        axis = counts.get_axis_num("group")
        parts = [np.take(counts.values, one, axis=axis).sum(axis=axis, dtype=np.int64) for one in members]
        dims = tuple(by if dim == "group" else str(dim) for dim in counts.dims)
        data[name] = (dims, np.stack(parts, axis=axis), dict(counts.attrs))
    coords = {key: c for key, c in ds.coords.items() if c.dims and set(c.dims) <= {"draw", "option"}}
    return xr.Dataset(data, {by: names, **coords}, dict(ds.attrs))

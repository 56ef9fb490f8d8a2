"""Where the variables of a contest stand in a result: what their names end in, and its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.analysis.resolved import names_of
from sim.results.contract import contests_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["can_win", "endings", "option_dim", "option_names"]


def endings(ds: xr.Dataset) -> tuple[str, ...]:
    """Return what the variables of the contests end in: nothing where there is one on the common paper."""
    return tuple(f"_{contest}" for contest in contests_of(ds)) or ("",)


def option_dim(ds: xr.Dataset, end: str) -> str:
    """Return the dim of the options of a contest."""
    return f"option{end}" if f"option{end}" in ds.dims else "option"


def option_names(ds: xr.Dataset, end: str) -> list[str]:
    """Return the names of the options of a contest."""
    if option_dim(ds, end) == "option":
        return list(names_of(ds, "option").values())
    return [str(name) for name in ds[f"option_name{end}"].values]


def can_win(ds: xr.Dataset, end: str) -> list[bool]:
    """Return which options of a contest can be elected."""
    own = "" if option_dim(ds, end) == "option" else end
    return [kind != "against_all" for kind in ds[f"option_kind{own}"].values]

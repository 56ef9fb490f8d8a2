"""Shares and margins, derived from the counts of a result on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.analysis.pieces import F64, I64, RATIOS, check_result, ratio, region_blocks, sum_regions
from sim.analysis.resolved import majority_of
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["By", "invalid_share", "majority_margin", "margin", "nation", "turnout", "vote_share"]

By = Literal["nation", "region"]

COUNTS = ("registered", "ballots_cast", "invalid_ballots", "votes")
MEANINGS = {
    "turnout": "ballots cast / registered",
    "invalid_share": "invalid ballots / ballots cast",
    "vote_share": "votes / valid votes",
}


def nation(ds: xr.Dataset) -> xr.Dataset:
    """Return the national totals of a result.

    Parameters
    ----------
    ds
        A result with the dims ``draw, region, option``; one without ``region`` is returned as it is.

    Returns
    -------
    xarray.Dataset
        ``registered``, ``ballots_cast``, ``invalid_ballots`` (draw) and ``votes`` (draw, option), int64 sums
        over regions, with every variable that has neither region nor station.  Counts are read in pieces.

    Raises
    ------
    ResultError
        If a count is missing or there are no draws.
    """
    check_result(ds, *COUNTS)
    if "region" not in ds.dims:
        return ds
    local = {"region", "station", "group"}
    out = ds[[str(name) for name, da in ds.data_vars.items() if not local & set(da.dims)]]
    gone = [name for name, coordinate in ds.coords.items() if local & set(coordinate.dims)]
    out = out.drop_vars(gone, errors="ignore")
    for name in COUNTS:
        dims = tuple(dim for dim in ("draw", "option") if dim in ds[name].dims)
        out[name] = (dims, sum_regions(ds[name]), dict(ds[name].attrs))
    for dim in ("draw", "option"):
        if dim in ds.coords and dim not in out.coords:
            out = out.assign_coords({dim: ds[dim]})
    return out.assign_coords({name: c for name, c in ds.coords.items() if c.dims == ("option",)})


def _check_by(by: str) -> None:
    if by not in ("nation", "region"):
        raise ResultError(f"by={by!r}: expected 'nation' or 'region'")


def _share(ds: xr.Dataset, name: str, by: By) -> xr.DataArray:
    import xarray as xr

    _check_by(by)
    over, under = RATIOS[name]
    dims: tuple[str, ...]
    if by == "nation":
        totals = nation(ds)
        dims = ("draw", "option") if under is None else ("draw",)
        top = totals[over].values
        bottom = top.sum(axis=-1, keepdims=True) if under is None else totals[under].values
        data = ratio(top, bottom)
    else:
        if "region" not in ds.dims:
            raise ResultError("this result has no regions")
        dims = ("draw", "region", "option") if under is None else ("draw", "region")
        check_result(ds, over)
        data = np.empty([ds.sizes[dim] for dim in dims])
        for region, shares in region_blocks(ds, name):
            data[:, region] = shares.T if under is None else shares[0]
    coords = {key: c for key, c in ds.coords.items() if set(c.dims) <= set(dims)}
    return xr.DataArray(data, coords, dims, name, {"long_name": MEANINGS[name], "units": "1"})


def turnout(ds: xr.Dataset, by: By = "nation") -> xr.DataArray:
    """Return the turnout, ``ballots_cast / registered``.

    Parameters
    ----------
    ds
        A result.
    by
        ``nation``: ballots and registers summed over regions; ``region``: of each region.

    Returns
    -------
    xarray.DataArray
        Fractions, (draw) or (draw, region), float64; NaN where nobody is registered.

    Raises
    ------
    ResultError
        If the Dataset is not a result, or ``by`` is not one of the two words.
    """
    return _share(ds, "turnout", by)


def vote_share(ds: xr.Dataset, by: By = "nation") -> xr.DataArray:
    """Return the vote shares of the (first) round, ``votes / Σ votes over options``.

    Options against all are options; invalid ballots are in neither part of the fraction.

    Parameters
    ----------
    ds
        A result.
    by
        ``nation``: votes summed over regions; ``region``: of each region.  The regional shares of all draws
        take 8 bytes per draw, region and option; select regions first where that is too much.

    Returns
    -------
    xarray.DataArray
        Fractions, (draw, option) or (draw, region, option), float64; they sum to 1 over options, NaN where
        there is no valid vote.

    Raises
    ------
    ResultError
        If the Dataset is not a result, or ``by`` is not one of the two words.
    """
    return _share(ds, "vote_share", by)


def invalid_share(ds: xr.Dataset, by: By = "nation") -> xr.DataArray:
    """Return the share of ballots for no option, ``invalid_ballots / ballots_cast``.

    Parameters
    ----------
    ds
        A result.
    by
        ``nation`` or ``region``.

    Returns
    -------
    xarray.DataArray
        Fractions, (draw) or (draw, region), float64; NaN where no ballot is cast.

    Raises
    ------
    ResultError
        If the Dataset is not a result, or ``by`` is not one of the two words.
    """
    return _share(ds, "invalid_share", by)


def margin(ds: xr.Dataset, by: By = "nation") -> xr.DataArray:
    """Return the share of the first option minus that of the second, in the (first) round.

    All options on the ballot count, against all included; which option is first may differ from draw to
    draw.  With a single option its share is the margin.

    Parameters
    ----------
    ds
        A result.
    by
        ``nation`` or ``region``.

    Returns
    -------
    xarray.DataArray
        Fraction of the valid votes, ≥ 0, (draw) or (draw, region), float64; NaN where there is no valid vote.

    Raises
    ------
    ResultError
        If the Dataset is not a result, or ``by`` is not one of the two words.
    """
    import xarray as xr

    _check_by(by)
    dims: tuple[str, ...]
    if by == "nation":
        shares = vote_share(ds)
        data, dims = _first_minus_second(shares.values), ("draw",)
    else:
        if "region" not in ds.dims:
            raise ResultError("this result has no regions")
        check_result(ds, "votes")
        dims = ("draw", "region")
        data = np.empty((ds.sizes["draw"], ds.sizes["region"]))
        for region, block in region_blocks(ds, "vote_share"):
            data[:, region] = _first_minus_second(block.T)
    coords = {key: c for key, c in ds.coords.items() if set(c.dims) <= set(dims)}
    attrs = {"long_name": "vote share of the first option minus that of the second", "units": "1"}
    return xr.DataArray(data, coords, dims, "margin", attrs)


def _first_minus_second(shares: F64) -> F64:
    if shares.shape[-1] == 1:
        return shares[..., 0]
    top = np.partition(shares, -2, axis=-1)[..., -2:]
    return np.asarray(top[..., 1] - top[..., 0])


def base_of(totals: xr.Dataset, base: str) -> I64:
    """Return the national base of a majority, (draw) or a scalar array."""
    if base == "valid_votes":
        return np.asarray(totals["votes"].values.sum(axis=-1))
    return np.asarray(totals[base].values)


def electable(ds: xr.Dataset) -> Any:
    """Return which options can be elected, (option) bool: all but those against all."""
    if "option_kind" not in ds.coords:
        return np.ones(ds.sizes["option"], bool)
    return np.asarray(ds["option_kind"].values != "against_all", bool)


def majority_margin(ds: xr.Dataset) -> xr.DataArray:
    """Return by how much the first option exceeds the majority that the rule asks for, in the first round.

    ``max over electable options of votes / base − threshold``, with the base (valid votes, ballots cast or
    registered voters) and the threshold of the first rule of the scenario that has a majority base.
    Positive: a majority; zero or negative: none.

    Parameters
    ----------
    ds
        A result with its scenario in the attribute ``scenario_yaml``.

    Returns
    -------
    xarray.DataArray
        Fraction of the base, (draw), float64; NaN where the base is 0.  The attributes ``threshold``,
        ``majority_of`` and ``rule`` say what it is measured against.

    Raises
    ------
    ResultError
        If no rule of the scenario has a majority base, or the Dataset is not a result.
    """
    import xarray as xr

    majority = majority_of(ds)
    if majority is None:
        raise ResultError("no rule of this result's scenario asks for a majority")
    totals = nation(ds)
    votes = totals["votes"].values[:, electable(ds)]
    data = ratio(votes.max(axis=-1), base_of(totals, majority.base)) - majority.threshold
    attrs = {
        "long_name": f"first option's share of the {majority.words} minus {majority.threshold:g}",
        "units": "1",
        "threshold": majority.threshold,
        "majority_of": majority.base,
        "rule": majority.rule,
    }
    coords = {key: c for key, c in ds.coords.items() if c.dims == ("draw",)}
    return xr.DataArray(data, coords, ("draw",), "majority_margin", attrs)

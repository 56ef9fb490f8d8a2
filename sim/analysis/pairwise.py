"""Counts of ballots by pairs of options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.pieces import check_result, rows
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["pairwise"]


def pairwise(ds: xr.Dataset) -> xr.DataArray:
    """Return how many ballots of the nation rank one option above another.

    Parameters
    ----------
    ds
        A result of a scenario whose ballots rank the options.

    Returns
    -------
    xarray.DataArray
        ``pairwise`` (draw, option, rival), int64: valid ballots that rank ``option`` above ``rival``; 0 where they
        are the same.

    Raises
    ------
    ResultError
        If the result has no rankings.
    """
    import xarray as xr

    if "rankings" not in ds:
        raise ResultError("this result has no rankings: its ballots rank no options (ballot: {model: ranked})")
    check_result(ds, "rankings")
    rankings = ds["rankings"].transpose("draw", "order")
    options = [str(option) for option in ds["option"].values]
    orders = [str(order).split(">") for order in ds["order"].values]
    place = np.array([[order.index(option) for option in options] for order in orders])
    ahead = (place[:, :, None] < place[:, None, :]).reshape(len(orders), -1).astype(np.int64)
    out = np.empty((ds.sizes["draw"], len(options), len(options)), np.int64)
    for piece in rows(rankings):
        counts = rankings.isel(draw=piece).values.astype(np.int64)
        out[piece] = (counts @ ahead).reshape(-1, len(options), len(options))
    attributes = {"long_name": "ballots that rank the option above the rival", "units": "ballots"}
    coords = {"draw": ds["draw"], "option": options, "rival": options}
    return xr.DataArray(out, coords, ("draw", "option", "rival"), "pairwise", attributes)

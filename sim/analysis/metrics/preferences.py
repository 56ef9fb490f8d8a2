"""Majorities between pairs of options, from whatever holds preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.metrics.arguments import I64
from sim.election.votes import Rankings
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

    Preferences = xr.Dataset | xr.DataArray | Rankings

__all__ = ["condorcet_efficiency", "condorcet_winner", "has_cycle", "majorities", "rankings_of"]


def majorities(source: Preferences) -> xr.DataArray:
    """Return how many ballots or voters rank one option above another, (…, option, rival), int64.

    Parameters
    ----------
    source
        A result with ``rankings``; a `sim.election.votes.Rankings`; utilities, a DataArray with the dims ``voter``
        and ``option``; or such counts themselves, with the dims ``option`` and ``rival``.  Who makes no difference
        between two options counts for neither.
    """
    import xarray as xr

    if isinstance(source, Rankings):
        return _of_rankings(source)
    if isinstance(source, xr.Dataset):
        from sim.analysis.pairwise import pairwise

        return pairwise(source)
    if isinstance(source, xr.DataArray) and {"option", "rival"} <= set(source.dims):
        return source.transpose(..., "option", "rival")
    if isinstance(source, xr.DataArray) and {"option", "voter"} <= set(source.dims):
        return _of_utilities(source)
    raise ResultError(
        "preferences: expected a result with rankings, Rankings, utilities (…, voter, option) or counts by pairs "
        "(…, option, rival)"
    )


def _of_rankings(rankings: Rankings) -> xr.DataArray:
    import xarray as xr

    ranks, counts = rankings.ranks, rankings.counts
    options = ranks.shape[-1]
    out = np.zeros((len(counts), options, options), np.int64)
    for a in range(options):
        for b in range(options):
            ahead = ranks[:, :, a] < ranks[:, :, b]
            out[:, a, b] = counts @ ahead[0] if len(ahead) == 1 else (counts * ahead).sum(1)
    attrs = {"long_name": "ballots that rank the option above the rival", "units": "ballots"}
    return xr.DataArray(out, dims=("draw", "option", "rival"), name="pairwise", attrs=attrs)


def _of_utilities(utilities: xr.DataArray) -> xr.DataArray:
    import xarray as xr

    ordered = utilities.transpose(..., "voter", "option")
    u = ordered.values
    options = u.shape[-1]
    out = np.zeros((*u.shape[:-2], options, options), np.int64)
    for a in range(options):
        for b in range(options):
            out[..., a, b] = (u[..., a] > u[..., b]).sum(-1)
    dims = (*ordered.dims[:-2], "option", "rival")
    coords: dict[Any, Any] = {key: c for key, c in ordered.coords.items() if "voter" not in c.dims}
    if "option" in coords:
        coords["rival"] = ("rival", ordered["option"].values)
    attrs = {"long_name": "voters who prefer the option to the rival", "units": "people"}
    return xr.DataArray(out, coords, dims, "pairwise", attrs)


def _beats(source: Preferences) -> tuple[NDArray[np.bool_], xr.DataArray]:
    pairs = majorities(source)
    values = pairs.values
    like = pairs.isel(option=0, rival=0, drop=True)
    return values > np.swapaxes(values, -1, -2), like


def condorcet_winner(source: Preferences) -> xr.DataArray:
    """Return the index of the option that a majority prefers to every other one, −1 for none, int16.

    A single option is its own winner.  ``source`` is as in `majorities`; in a result, options against all take part
    (its variable ``condorcet_winner`` leaves them out).
    """
    import xarray as xr

    beats, like = _beats(source)
    wins = beats.sum(-1) == beats.shape[-1] - 1
    winner = np.where(wins.any(-1), wins.argmax(-1), -1).astype(np.int16)
    attrs = {"long_name": "index of the option that beats every other one; −1 for none", "units": "1"}
    return xr.DataArray(winner, like.coords, like.dims, "condorcet_winner", attrs)


def has_cycle(source: Preferences, *, top: bool = False) -> xr.DataArray:
    """Return whether majorities go round in a circle, bool; the mean over draws is the frequency of cycles.

    Parameters
    ----------
    source
        As in `majorities`.
    top
        False: some options a, b, c … beat each the next and the last the first.  True: there is no Condorcet winner,
        whether by a circle at the top or by equal votes (with an odd number of strict rankings always a circle).
    """
    import xarray as xr

    beats, like = _beats(source)
    if top:
        found = ~(beats.sum(-1) == beats.shape[-1] - 1).any(-1)
        meaning = "whether there is no Condorcet winner"
    else:
        reach = beats.copy()
        for k in range(reach.shape[-1]):
            reach |= reach[..., :, k : k + 1] & reach[..., k : k + 1, :]
        found = np.diagonal(reach, axis1=-2, axis2=-1).any(-1)
        meaning = "whether majorities between pairs go round in a circle"
    return xr.DataArray(found, like.coords, like.dims, "cycle", {"long_name": meaning, "units": "1"})


def condorcet_efficiency(winner: xr.DataArray | xr.Dataset, source: Preferences | None = None) -> xr.DataArray:
    """Return 1 where the Condorcet winner is elected, 0 where another or nobody is, NaN where there is none.

    Its mean over draws (which passes over NaN) is the Condorcet efficiency of the rule (Merrill, American Journal of
    Political Science 28 (1984) 23–48).

    Parameters
    ----------
    winner
        Index of the option elected, −1 for nobody; or a result with ``winner``.
    source
        The preferences, as in `majorities`; by default those of the result.
    """
    import xarray as xr

    if source is None:
        if not isinstance(winner, xr.Dataset):
            raise ResultError("the preferences are missing: pass them after the winner")
        source = winner
    elected = winner_of(winner)
    best = condorcet_winner(source)
    elected, best = xr.broadcast(elected, best)
    values = np.where(best.values < 0, np.nan, elected.values == best.values)
    attrs = {"long_name": "1 where the Condorcet winner is elected", "units": "1"}
    return xr.DataArray(values, elected.coords, elected.dims, "condorcet_efficiency", attrs)


def winner_of(source: xr.DataArray | xr.Dataset) -> xr.DataArray:
    """Return the index of the option elected."""
    import xarray as xr

    from sim.analysis.metrics.arguments import lacks

    if isinstance(source, xr.Dataset):
        if "winner" not in source:
            raise ResultError(lacks(source, "winner"))
        source = source["winner"]
    if source.dtype.kind not in "iu":
        raise ResultError(f"winner: expected indices of options, got {source.dtype}")
    return source


def rankings_of(source: xr.Dataset | Rankings) -> Rankings:
    """Return the ballots of a result, one kind for each order of the options, in the order of its options."""
    if isinstance(source, Rankings):
        return source
    if "rankings" not in source:
        raise ResultError("this result has no rankings: its ballots rank no options (ballot: {model: ranked})")
    place = {str(name): i for i, name in enumerate(source["option"].values)}
    orders = np.array([[[place[one] for one in str(o).split(">")] for o in source["order"].values]], np.int8)
    counts: I64 = source["rankings"].transpose("draw", "order").values.astype(np.int64)
    return Rankings.of_orders(orders, counts)

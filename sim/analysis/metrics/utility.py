"""What voters get from the option that is elected, between the best one and one drawn at random.

Utilities are a DataArray with the dims ``option`` and ``voter``, mostly also ``draw``; without ``voter`` they are taken
as sums or means over voters already.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.metrics.preferences import winner_of
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["social_utility_efficiency", "voter_satisfaction_efficiency"]


def social_utility_efficiency(
    utilities: xr.DataArray,
    winner: xr.DataArray | xr.Dataset,
    *,
    normalise: bool = False,
    over: str | Iterable[Hashable] = "draw",
) -> xr.DataArray:
    """Return ``Σ (elected − random) / Σ (best − random)`` of the social utilities, sums over draws.

    The social utility of an option is its mean utility over voters; that of one drawn at random is the mean over the
    options.  1: the best is always elected; 0: no better than a lot.  Sources: Weber, Cowles Foundation Discussion
    Paper 498 (1978), where it is called effectiveness; Merrill, American Journal of Political Science 28 (1984) 23–48.

    Parameters
    ----------
    utilities
        (draw, voter, option).
    winner
        Index of the option elected (draw), or a result with ``winner``.  Draws that elect nobody (−1) are left out.
    normalise
        Map each voter's utilities to 0 for the worst and 1 for the best option first, as Merrill does.
    over
        The dims summed over.
    """
    elected, best, mean = _social(utilities, winner, normalise)
    over = [over] if isinstance(over, str) else list(over)
    missing = [dim for dim in over if dim not in elected.dims]
    if missing:
        raise ResultError(f"over={over}: the utilities have no dim {missing[0]!r}, only {elected.dims}")
    known = elected.notnull()
    gain = (elected - mean).where(known).sum(over)
    possible = (best - mean).where(known).sum(over)
    return _named(
        gain / possible.where(possible > 0),
        "social_utility_efficiency",
        "gain of utility over a lot, share of the gain of the best option",
    )


def voter_satisfaction_efficiency(
    utilities: xr.DataArray, winner: xr.DataArray | xr.Dataset, *, normalise: bool = False
) -> xr.DataArray:
    """Return ``(elected − random) / (best − random)`` of the social utilities in every draw.

    NaN where all options are equally good or nobody is elected.  The mean over draws weighs all elections the same,
    unlike `social_utility_efficiency`, in which those count most in which most is at stake.  Arguments as there.
    """
    elected, best, mean = _social(utilities, winner, normalise)
    possible = best - mean
    return _named(
        (elected - mean) / possible.where(possible > 0),
        "voter_satisfaction_efficiency",
        "gain of utility over a lot, share of the gain of the best option",
    )


def _social(
    utilities: xr.DataArray, winner: xr.DataArray | xr.Dataset, normalise: bool
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    import xarray as xr

    if "option" not in utilities.dims:
        raise ResultError(f"utilities: expected the dims 'voter' and 'option', got {utilities.dims}")
    if normalise:
        if "voter" not in utilities.dims:
            raise ResultError("utilities: expected the dim 'voter', without which none can be normalised")
        low, high = utilities.min("option"), utilities.max("option")
        # Who finds all options alike is for none of them.
        utilities = ((utilities - low) / (high - low).where(high > low)).fillna(0.0)
    social = utilities.mean("voter") if "voter" in utilities.dims else utilities
    index = winner_of(winner)
    options = social.sizes["option"]
    if index.size and int(index.max()) >= options:
        raise ResultError(f"winner: holds {int(index.max())}, but there are {options} options")
    place = xr.DataArray(np.arange(options), dims="option")
    plain = social.drop_vars([key for key, c in social.coords.items() if "option" in c.dims])
    elected = plain.where(place == index).sum("option", min_count=1)
    best, mean = plain.max("option"), plain.mean("option")
    # Equal utilities may differ from their mean by rounding.
    return elected, best, mean.where(plain.min("option") < best, best)


def _named(values: xr.DataArray, name: str, meaning: str) -> xr.DataArray:
    out = values.rename(name)
    out.attrs = {"long_name": meaning, "units": "1"}
    return out

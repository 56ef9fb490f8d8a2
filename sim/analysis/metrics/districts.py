"""How districts of one seat turn the votes of two sides into seats.

The votes are a DataArray with the dims ``option`` and ``district`` (or ``region``; ``dim`` names any other), or a
Dataset whose ``votes`` have that dim.  Two sides are compared: ``option`` and ``rival``.  Without ``rival`` all other
options together are the other side, as if they were one party; without ``option`` this is done for every option and
the result keeps the dim ``option``.  Votes for neither side are left out.

The side with more votes has the district's seat, half a seat each at equal votes; districts without votes for either
side have no seat.  A positive value favours ``option``.  NaN where no district has votes.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.metrics.arguments import F64, I64, counts_of, whole
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["efficiency_gap", "mean_median", "partisan_bias", "seats_votes", "swing_ratio"]

#: Products of two sums of votes must stay below 2⁶³.
MOST_VOTES = 3_000_000_000

#: Parts of a swing are whole numbers of these.
FINEST = 10_000


def efficiency_gap(
    source: xr.Dataset | xr.DataArray, option: str | None = None, rival: str | None = None, *, dim: str | None = None
) -> xr.DataArray:
    """Return the wasted votes of the other side less those of ``option``, as a share of all votes of both.

    Wasted are the votes of who loses a district, and those of who wins it beyond half of the district's votes; at
    equal votes both waste alike.  Source: Stephanopoulos and McGhee, University of Chicago Law Review 82 (2015)
    831–900.
    """
    sides = _Sides(source, option, rival, dim)
    lead, both = sides.own - sides.other, sides.own + sides.other
    # Twice the difference of the wasted votes, so that it is a whole number.
    twice = (np.sign(lead) * both - 2 * lead).sum(-1)
    return sides.measured(_divide(twice, 2 * both.sum(-1)), "efficiency_gap", "net wasted votes, share of all votes")


def mean_median(
    source: xr.Dataset | xr.DataArray, option: str | None = None, rival: str | None = None, *, dim: str | None = None
) -> xr.DataArray:
    """Return the median over districts of the share of ``option`` less the mean; each district weighs the same.

    Positive: more than half of the districts lie above its mean.  (Printed elsewhere with the other sign, as mean
    less median.)  Source: McDonald and Best, Election Law Journal 14 (2015) 312–330.
    """
    sides = _Sides(source, option, rival, dim)
    share = sides.share()
    out = np.full(share.shape[:-1], np.nan)
    some = ~np.isnan(share).all(-1)
    out[some] = np.nanmedian(share[some], -1) - np.nanmean(share[some], -1)
    return sides.measured(out, "mean_median", "median less mean over districts of the share of votes")


def partisan_bias(
    source: xr.Dataset | xr.DataArray, option: str | None = None, rival: str | None = None, *, dim: str | None = None
) -> xr.DataArray:
    """Return the share of seats that ``option`` has above one half when it has half of the votes.

    A uniform swing takes all districts, weighed by their votes, to an average of one half.  A district is won where
    the option's share lies above its average over all votes, compared in whole numbers.  Source: Grofman and King,
    Election Law Journal 6 (2007) 2–35.
    """
    sides = _Sides(source, option, rival, dim)
    both = sides.own + sides.other
    mine, all_ = sides.own.sum(-1, keepdims=True), both.sum(-1, keepdims=True)
    lead = np.sign(sides.own * all_ - mine * both)
    values = _divide(lead.sum(-1), 2 * (both > 0).sum(-1))
    return sides.measured(values, "partisan_bias", "share of seats above one half at half of the votes")


def seats_votes(
    source: xr.Dataset | xr.DataArray,
    swings: Sequence[float],
    option: str | None = None,
    rival: str | None = None,
    *,
    dim: str | None = None,
) -> xr.DataArray:
    """Return the curve of seats: the share of seats of ``option`` after uniform swings, with the last dim ``swing``.

    Parameters
    ----------
    source, option, rival, dim
        As everywhere here.
    swings
        Added to the option's share in every district; multiples of 0.0001 between −1 and 1.
    """
    import xarray as xr

    sides = _Sides(source, option, rival, dim)
    curve = [sides.measured(sides.seats(_part(h)), "seats_votes", "share of seats after the swing") for h in swings]
    if not curve:
        raise ResultError("swings: expected at least one")
    return xr.concat(curve, xr.DataArray(list(swings), dims="swing", name="swing")).transpose(..., "swing")


def swing_ratio(
    source: xr.Dataset | xr.DataArray,
    option: str | None = None,
    rival: str | None = None,
    *,
    width: float = 0.05,
    dim: str | None = None,
) -> xr.DataArray:
    """Return how many per cent of the seats one per cent of the votes brings around the result.

    ``(S(+width) − S(−width)) / (2 · width)`` with the share of seats S after a uniform swing; 1 where seats follow
    votes.  Source: Niemi and Fett, Legislative Studies Quarterly 11 (1986) 75–90, for hypothetical swings.
    """
    part = _part(width)
    if part <= 0:
        raise ResultError(f"width={width}: expected a swing above 0")
    sides = _Sides(source, option, rival, dim)
    values = (sides.seats(part) - sides.seats(-part)) / float(2 * part)
    return sides.measured(values, "swing_ratio", f"change of the share of seats per change of votes, ±{width}")


def _part(swing: float) -> Fraction:
    """Return a swing as the exact fraction that was written."""
    part = Fraction(str(swing)) if np.isfinite(swing) else Fraction(2)
    if abs(part) > 1 or FINEST % part.denominator:
        raise ResultError(f"swing {swing}: expected a multiple of {1 / FINEST} between −1 and 1")
    return part


def _divide(over: Any, under: Any) -> F64:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(under > 0, over / under, np.nan)


class _Sides:
    """Votes of the two sides, (…, district) or (…, option, district)."""

    def __init__(
        self, source: xr.Dataset | xr.DataArray, option: str | None, rival: str | None, dim: str | None
    ) -> None:
        import xarray as xr

        votes = _votes(source, dim)
        self.dim = dim or next((d for d in ("district", "region") if d in votes.dims), "district")
        if self.dim not in votes.dims:
            raise ResultError(f"votes: expected the dim {self.dim!r}, got {tuple(votes.dims)}")
        if option is None and rival is not None:
            raise ResultError(f"rival={rival!r} without an option; name both sides")
        own = votes if option is None else _pick(votes, option)
        other = votes.sum("option") - own if rival is None else _pick(votes, rival)
        self.like = own.transpose(..., self.dim)
        self.own: I64 = self.like.values
        self.other: I64 = xr.broadcast(other, self.like)[0].transpose(*self.like.dims).values
        most = int((self.own + self.other).sum(-1).max(initial=0))
        if most > MOST_VOTES:
            raise ResultError(f"votes: {most:,} in all, more than {MOST_VOTES:,}")

    def share(self) -> F64:
        """Return the share of the first side in each district, NaN without votes."""
        return _divide(self.own, self.own + self.other)

    def seats(self, swing: Fraction) -> F64:
        """Return the share of seats after a swing: own / both + swing compared with one half, in whole numbers."""
        both = self.own + self.other
        lead = np.sign((self.own - self.other) * swing.denominator + 2 * swing.numerator * both)
        return 0.5 + _divide(lead.sum(-1), 2 * (both > 0).sum(-1))

    def measured(self, values: NDArray[Any], name: str, meaning: str) -> xr.DataArray:
        """Return values for every dim but that of the districts."""
        import xarray as xr

        dims = self.like.dims[:-1]
        coords = {key: c for key, c in self.like.coords.items() if self.dim not in c.dims}
        return xr.DataArray(values, coords, dims, name, {"long_name": meaning, "units": "1"})


def _votes(source: xr.Dataset | xr.DataArray, dim: str | None) -> xr.DataArray:
    import xarray as xr

    if isinstance(source, xr.DataArray):
        return whole(source, "votes")
    if dim is None:
        dim = "district" if "district_votes" in source or "district" in source.get("votes", source).dims else "region"
    return counts_of(source, "votes", dim)


def _pick(votes: xr.DataArray, option: str) -> xr.DataArray:
    known = [str(name) for name in votes["option"].values]
    if option not in known:
        raise ResultError(f"option {option!r}: expected one of {', '.join(known)}")
    return votes.isel(option=known.index(option))

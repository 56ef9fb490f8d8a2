"""How far shares of seats are from shares of votes.

Every function takes a Dataset with ``votes`` and ``seats``, or votes and seats as two DataArrays with the dim
``option``.  Votes of a Dataset are summed over regions; ``by="district"`` keeps the districts.  Options that won no
seats count with their votes, those against all too; drop them first where the shares of the lists are meant.  With
shares s of the seats and v of the votes, fractions of 1; where there are no votes or no seats at all, NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.metrics.arguments import F64, measured, over_options, pair_of, share_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

__all__ = [
    "cox_shugart",
    "dhondt",
    "farina",
    "gallagher",
    "gini",
    "grofman",
    "kullback_leibler",
    "lijphart",
    "loosemore_hanby",
    "rae",
    "sainte_lague",
]


def _index(
    source: xr.Dataset | xr.DataArray,
    seats: xr.DataArray | None,
    by: str | None,
    formula: Callable[[F64, F64], F64],
    name: str,
    meaning: str,
    units: str = "1",
) -> xr.DataArray:
    votes, won = pair_of(source, seats, by)
    v, s = (share_of(values) for values in over_options(votes, won))
    with np.errstate(invalid="ignore", divide="ignore"):
        values = formula(v, s)
    # A formula that looks at the options one by one may not see that there is nothing to compare.
    undefined = np.isnan(v).any(axis=-1) | np.isnan(s).any(axis=-1)
    return measured(np.where(undefined, np.nan, values), votes, name, meaning, units)


def gallagher(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None
) -> xr.DataArray:
    """Return the least squares index, ``√(½ Σ (s − v)²)``: 0 if proportional, less than 1; often printed × 100.

    Source: Gallagher, Electoral Studies 10 (1991) 33–51.
    """
    return _index(
        source,
        seats,
        by,
        lambda v, s: np.sqrt(((s - v) ** 2).sum(-1) / 2),
        "gallagher",
        "Gallagher's index, least squares",
    )


def loosemore_hanby(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None
) -> xr.DataArray:
    """Return the share of seats that are with others than proportionality would have them, ``½ Σ |s − v|``.

    Source: Loosemore and Hanby, British Journal of Political Science 1 (1971) 467–477.
    """
    return _index(
        source, seats, by, lambda v, s: abs(s - v).sum(-1) / 2, "loosemore_hanby", "index of Loosemore and Hanby"
    )


def sainte_lague(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None
) -> xr.DataArray:
    """Return ``Σ (s − v)² / v``, 0 if proportional, without an upper bound; infinite where seats are won without votes.

    Options with neither votes nor seats add nothing.  The method of Sainte-Laguë makes it least.
    """
    return _index(source, seats, by, _sainte_lague, "sainte_lague", "Sainte-Laguë index")


def _sainte_lague(v: F64, s: F64) -> F64:
    return np.asarray(np.where(s == v, 0.0, (s - v) ** 2 / v).sum(-1))


def rae(source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None) -> xr.DataArray:
    """Return the mean of ``|s − v|`` over the options that have votes or seats.

    Rae himself left out parties below half a per cent of the votes; here all count.  Source: Rae, The Political
    Consequences of Electoral Laws (1967).
    """
    return _index(source, seats, by, lambda v, s: abs(s - v).sum(-1) / _present(v, s).sum(-1), "rae", "Rae's index")


def _present(v: F64, s: F64) -> F64:
    return np.asarray((v > 0) | (s > 0), np.float64)


def lijphart(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None
) -> xr.DataArray:
    """Return the largest deviation of any option, ``max |s − v|``.

    Source: Lijphart, Electoral Systems and Party Systems (1994).
    """
    return _index(
        source, seats, by, lambda v, s: abs(s - v).max(-1), "lijphart", "largest deviation of a share of seats"
    )


def grofman(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None
) -> xr.DataArray:
    """Return the deviations for each effective party, ``Σ |s − v| · Σ v²``."""
    return _index(
        source,
        seats,
        by,
        lambda v, s: abs(s - v).sum(-1) * (v**2).sum(-1),
        "grofman",
        "deviations divided by the effective number of parties by votes",
    )


def dhondt(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None
) -> xr.DataArray:
    """Return the largest ratio of a share of seats to its share of votes, ``max s / v``, at least 1.

    Options without votes and seats are left out; infinite where seats are won without votes.  The method of D'Hondt
    makes it least.
    """
    return _index(
        source, seats, by, lambda v, s: np.where(s > 0, s / v, 0.0).max(-1), "dhondt", "largest ratio of seats to votes"
    )


def cox_shugart(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None
) -> xr.DataArray:
    """Return the slope of the regression of s on v over the options with votes or seats; above 1 it favours the large.

    NaN where all have the same votes.  Source: Cox and Shugart, Electoral Studies 10 (1991) 348–352.
    """
    votes, won = pair_of(source, seats, by)
    v, s = (x.astype(np.float64) for x in over_options(votes, won))
    present = _present(v, s)
    n, v_all, s_all = (x.sum(-1, keepdims=True) for x in (present, v, s))
    # Whole numbers: votes that are nearly equal would lose their differences as shares.
    dv, ds = (n * v - v_all) * present, (n * s - s_all) * present
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (dv * ds).sum(-1) / (dv * dv).sum(-1) * (v_all / s_all)[..., 0]
    values = np.where((v_all * s_all)[..., 0] > 0, slope, np.nan)
    return measured(values, votes, "cox_shugart", "slope of the shares of seats on those of votes")


def farina(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None
) -> xr.DataArray:
    """Return the angle between the vectors of votes and of seats, in radians: 0 if proportional, at most π/2."""
    return _index(source, seats, by, _angle, "farina", "angle between votes and seats", "rad")


def _angle(v: F64, s: F64) -> F64:
    # An arc cosine would lose half of the digits of a small angle.
    a = v / np.sqrt((v * v).sum(-1, keepdims=True))
    b = s / np.sqrt((s * s).sum(-1, keepdims=True))
    gap, sum_ = (np.sqrt((x * x).sum(-1)) for x in (a - b, a + b))
    return np.asarray(2 * np.arctan2(gap, sum_))


def gini(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None
) -> xr.DataArray:
    """Return the Gini coefficient of seats per vote, ``½ Σᵢ Σⱼ |sᵢ vⱼ − sⱼ vᵢ|``: 0 if proportional, at most 1."""
    return _index(source, seats, by, _gini, "gini", "Gini coefficient of seats per vote")


def _gini(v: F64, s: F64) -> F64:
    total = np.zeros(v.shape[:-1])
    for i in range(v.shape[-1]):
        rest = slice(i + 1, None)
        total += abs(s[..., i : i + 1] * v[..., rest] - s[..., rest] * v[..., i : i + 1]).sum(-1)
    return total


def kullback_leibler(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None
) -> xr.DataArray:
    """Return ``Σ s ln(s / v)`` in nats: 0 if proportional; infinite where seats are won without votes."""
    return _index(source, seats, by, _divergence, "kullback_leibler", "divergence of seats from votes", "nat")


def _divergence(v: F64, s: F64) -> F64:
    return np.asarray(np.where(s > 0, s * np.log(np.where(s > 0, s, 1.0) / v), 0.0).sum(-1))

"""How votes or seats are spread over the options, and how large the largest is.

Every function takes a Dataset or the counts themselves, a DataArray with the dim ``option``; ``of`` says which counts
of a Dataset are meant.  With shares p, fractions of 1; NaN where the counts are all 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.analysis.metrics.arguments import counts_of, measured, over_options, share_of
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["effective_number", "herfindahl", "largest_share", "majority_size"]

Of = Literal["votes", "seats"]
Formula = Literal["laakso_taagepera", "golosov"]


def _counts(source: xr.Dataset | xr.DataArray, of: str, by: str | None) -> xr.DataArray:
    if of not in ("votes", "seats"):
        raise ResultError(f"of={of!r}: expected 'votes' or 'seats'")
    return counts_of(source, of, by)


def effective_number(
    source: xr.Dataset | xr.DataArray,
    of: Of = "seats",
    formula: Formula = "laakso_taagepera",
    *,
    by: str | None = None,
) -> xr.DataArray:
    """Return the effective number of parties, between 1 and the number of options.

    Parameters
    ----------
    source
        A Dataset, or the counts.
    of
        ``votes`` or ``seats`` of a Dataset.
    formula
        ``laakso_taagepera``: ``1 / Σ p²`` (Comparative Political Studies 12 (1979) 3–27); ``golosov``:
        ``Σ p / (p + p₁² − p²)`` with the largest share p₁ (Party Politics 16 (2010) 171–192).
    by
        A dim of the Dataset to keep, e.g. ``district``.
    """
    if formula not in ("laakso_taagepera", "golosov"):
        raise ResultError(f"formula={formula!r}: expected 'laakso_taagepera' or 'golosov'")
    counts = _counts(source, of, by)
    p = share_of(*over_options(counts))
    if formula == "golosov":
        largest = p.max(-1, keepdims=True)
        below = np.where(p > 0, p + (largest - p) * (largest + p), 1.0)
        values = np.where(np.isnan(largest[..., 0]), np.nan, (p / below).sum(-1))
    else:
        values = 1 / (p * p).sum(-1)
    return measured(values, counts, "effective_number", f"effective number of parties by {of}, {formula}", "parties")


def herfindahl(source: xr.Dataset | xr.DataArray, of: Of = "seats", *, by: str | None = None) -> xr.DataArray:
    """Return the Herfindahl–Hirschman index ``Σ p²``, between 1 / number of options and 1."""
    counts = _counts(source, of, by)
    p = share_of(*over_options(counts))
    return measured((p * p).sum(-1), counts, "herfindahl", f"Herfindahl index of the {of}")


def largest_share(source: xr.Dataset | xr.DataArray, of: Of = "seats", *, by: str | None = None) -> xr.DataArray:
    """Return the share of the largest option, ``max p``."""
    counts = _counts(source, of, by)
    (values,) = over_options(counts)
    return measured(share_of(values).max(-1), counts, "largest_share", f"share of the largest option in the {of}")


def majority_size(source: xr.Dataset | xr.DataArray, *, by: str | None = None) -> xr.DataArray:
    """Return the seats of the largest option less half of the house; at most 0 where it has no majority.

    0 in a house without seats.
    """
    seats = counts_of(source, "seats", by)
    (values,) = over_options(seats)
    return measured(
        values.max(-1) - values.sum(-1) / 2, seats, "majority_size", "seats of the largest option less half", "seats"
    )

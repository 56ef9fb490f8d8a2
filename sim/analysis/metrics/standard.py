"""The metrics of seats and votes that are mostly wanted, in one Dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.analysis.metrics.disproportionality import gallagher, loosemore_hanby, sainte_lague
from sim.analysis.metrics.fragmentation import effective_number, herfindahl, largest_share, majority_size

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["standard"]


def standard(
    source: xr.Dataset | xr.DataArray, seats: xr.DataArray | None = None, *, by: str | None = None
) -> xr.Dataset:
    """Return the usual metrics of every draw.

    Parameters
    ----------
    source
        A Dataset with ``votes`` and ``seats``, or the votes.
    seats
        The seats, where ``source`` is the votes.
    by
        A dim of the Dataset to keep, e.g. ``district``.

    Returns
    -------
    xarray.Dataset
        ``gallagher``, ``loosemore_hanby``, ``sainte_lague``, ``effective_number_votes``, ``effective_number_seats``,
        ``herfindahl`` (of the seats), ``largest_share`` (of the seats), ``majority_size``.
    """
    import xarray as xr

    won = source if seats is None else seats
    data = {f.__name__: f(source, seats, by=by) for f in (gallagher, loosemore_hanby, sainte_lague)}
    data["effective_number_votes"] = effective_number(source, "votes", by=by)
    data["effective_number_seats"] = effective_number(won, "seats", by=by)
    data["herfindahl"] = herfindahl(won, by=by)
    data["largest_share"] = largest_share(won, by=by)
    data["majority_size"] = majority_size(won, by=by)
    return xr.Dataset(data)

"""Figures take a result or a summary of it; here the one becomes the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["quantiles_of", "summarised"]

Quantiles = tuple[float, float, float, float, float]


def summarised(ds: xr.Dataset, by: Any) -> xr.Dataset:
    """Return ``ds`` if it is a summary, else its summary."""
    from sim.analysis.summary import summary

    return ds if "statistic" in ds.dims else summary(ds, by)


def quantiles_of(da: xr.DataArray) -> Quantiles:
    """Return the quantiles 5, 25, 50, 75, 95 % of a variable of a summary with the only dim ``statistic``."""
    low, quarter, median, three, high = (float(value) for value in da.values[2:])
    return low, quarter, median, three, high

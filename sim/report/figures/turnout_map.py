"""Turnout by region as a tile map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.report.canvas import WIDE, drawn
from sim.report.summaries import summarised
from sim.report.tiles import draw_tiles

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["reading", "turnout_map"]


@drawn
def turnout_map(ds: xr.Dataset, width: float = WIDE) -> Figure:
    """Draw the median turnout of the regions as a tile map.

    Parameters
    ----------
    ds
        A result or its summary, with the coordinates ``region_tile_column`` and ``region_tile_row``.
    width
        Inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ResultError
        If most regions have no place on the map.
    """
    from matplotlib.colors import Normalize

    summary = summarised(ds, ("nation", "region"))
    values = 100 * np.asarray(summary["region_turnout"].sel(statistic="q50").values)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 100.0)
    # At least ten points, so that small differences do not look large.
    middle, half = (low + high) / 2, max(5.0, (high - low) / 2)
    low = min(max(0.0, middle - half), 100 - 2 * half) if half < 50 else 0.0
    norm = Normalize(low, min(100.0, low + 2 * half))
    labels = ["–" if not np.isfinite(value) else f"{value:.0f}" for value in values]
    title = "median turnout, % of the registered voters"
    return draw_tiles(summary, values, labels, norm, "YlGnBu", title, width, part=(0.0, 0.85))


def reading(ds: xr.Dataset) -> str:
    """Return one line that says what the figure shows."""
    return "Each square is a region, roughly where it lies; the darker, the higher the turnout in the median draw."

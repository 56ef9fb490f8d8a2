"""How far the observed turnout of the regions lies from the simulated one, as a tile map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.pieces import F64
from sim.analysis.resolved import find_observed, observations
from sim.analysis.tables import number
from sim.errors import ResultError
from sim.report.canvas import WIDE, drawn
from sim.report.summaries import summarised
from sim.report.tiles import draw_tiles
from sim.report.words import ENOUGH

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["differences", "reading", "turnout_difference"]


def differences(ds: xr.Dataset) -> tuple[F64, list[bool]]:
    """Return observed − median turnout (region) in points, NaN where unobserved, and which lie outside 90 %."""
    summary = summarised(ds, ("nation", "region"))
    figures = observations(summary)
    seen = [find_observed(figures, "turnout", str(key)) for key in summary["region"].values]
    values = np.array([np.nan if value is None else value for value in seen])
    low, median, high = (summary["region_turnout"].sel(statistic=q).values for q in ("q05", "q50", "q95"))
    enough = summary.attrs["draws"] >= ENOUGH
    outside = [bool(enough and (v < a or v > b)) for v, a, b in zip(values, low, high)]
    return 100 * (values - median), outside


@drawn
def turnout_difference(ds: xr.Dataset, width: float = WIDE) -> Figure:
    """Draw observed minus simulated turnout of the regions as a tile map.

    Parameters
    ----------
    ds
        A result or its summary, with places of the regions and observed turnouts.
    width
        Inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ResultError
        If no region's turnout is observed, or most regions have no place on the map.
    """
    from matplotlib.colors import Normalize

    summary = summarised(ds, ("nation", "region"))
    values, outside = differences(summary)
    if not np.isfinite(values).any():
        raise ResultError("no turnout of a region is observed")
    half = max(5.0, float(np.nanmax(np.abs(values))))
    labels = [("+" if v >= 0.05 else "") + number(v, 1) for v in values]
    title = "observed minus median turnout, percentage points"
    return draw_tiles(summary, values, labels, Normalize(-half, half), "PuOr_r", title, width, outside, (0.1, 0.9))


def reading(ds: xr.Dataset) -> str:
    """Return one line that says what the figure shows."""
    values, outside = differences(ds)
    known = values[np.isfinite(values)]
    text = "Orange: more people voted than in the median draw, purple: fewer; on average the two are "
    text += f"{np.abs(known).mean():.1f} points apart"
    if any(outside):
        marked = f"a thick edge marks the {sum(outside)} of {len(known)} regions"
        return f"{text}; {marked} observed outside their 90 % interval."
    return f"{text}; no region is observed outside its 90 % interval."

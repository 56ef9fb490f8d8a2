"""Turnout by region with its intervals, against what was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.analysis.resolved import find_observed, names_of, observations
from sim.report.canvas import BLUE, INK, NARROW, WIDE, canvas, drawn
from sim.report.intervals import Row, by_median, draw_rows, legend, limits, name_rows
from sim.report.summaries import quantiles_of, summarised
from sim.report.words import ENOUGH, share_words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["reading", "rows_of", "turnout"]

#: Most regions that are drawn; of more, the highest and the lowest.
MOST = 60


def rows_of(ds: xr.Dataset) -> list[Row]:
    """Return the nation and then the regions, highest median first; with one region the nation alone."""
    summary = summarised(ds, ("nation", "region"))
    figures = observations(summary)
    nation = Row("Nation", quantiles_of(summary["turnout"]), find_observed(figures, "turnout"), INK, True)
    if "region_turnout" not in summary or summary.sizes["region"] == 1:
        return [nation]
    local = summary["region_turnout"]
    rows = [
        Row(name, quantiles_of(local.isel(region=i)), find_observed(figures, "turnout", key), BLUE)
        for i, (key, name) in enumerate(names_of(summary, "region").items())
    ]
    return [nation, *sorted(rows, key=by_median)]


@drawn
def turnout(ds: xr.Dataset, width: float = WIDE) -> Figure:
    """Draw the turnout of the nation and of the regions, sorted by the median.

    Bars hold 50 and 90 % of the draws, the dot is the median, the black stroke what was observed.

    Parameters
    ----------
    ds
        A result or its summary.
    width
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = rows_of(ds)
    if len(rows) > MOST + 1:
        rows = [*rows[: MOST // 2 + 1], *rows[-MOST // 2 :]]
    narrow = width < (WIDE + NARROW) / 2
    places = [0.0, *(-1.4 - i for i in range(len(rows) - 1))]
    fig = canvas(width, 1.0 + 0.215 * (1 - places[-1]))
    ax = fig.subplots()
    draw_rows(ax, rows, places)
    name_rows(ax, rows, places, 22 if narrow else 32)
    ax.set_ylim(places[-1] - 0.7, 0.7)
    ax.set_xlim(*limits(rows, zero=False))
    if len(rows) > 1:
        ax.axhline(-0.7, color="#8c8c8c", lw=0.6)
    ax.set_xlabel("turnout, % of the registered voters")
    legend(fig, BLUE, any(row.observed is not None for row in rows), narrow)
    return fig


def reading(ds: xr.Dataset) -> str:
    """Return one line that says what the figure shows."""
    nation, *regions = rows_of(ds)
    text = f"National turnout is {share_words(nation.quantiles)}"
    if nation.observed is not None:
        text += f" (observed {100 * nation.observed:.1f} %)"
    if regions:
        text += f"; it runs from {100 * regions[-1].quantiles[2]:.0f} % in {regions[-1].name}"
        text += f" to {100 * regions[0].quantiles[2]:.0f} % in {regions[0].name}"
    seen = [row for row in regions if row.observed is not None]
    if seen and summarised(ds, ("nation", "region")).attrs["draws"] >= ENOUGH:
        inside = sum(row.quantiles[0] <= (row.observed or 0) <= row.quantiles[4] for row in seen)
        text += f"; {inside} of {len(seen)} observed regions lie inside their 90 % interval"
    if len(regions) > MOST:
        text += f". Drawn are the {MOST // 2} highest and the {MOST // 2} lowest of {len(regions)} regions"
    return text + "."

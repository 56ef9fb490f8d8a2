"""National vote shares with their intervals, against what was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.analysis.resolved import find_observed, names_of, observations
from sim.report.canvas import BLUE, NARROW, WIDE, canvas, drawn
from sim.report.intervals import Row, by_median, draw_rows, legend, limits, name_rows, off_scale
from sim.report.summaries import quantiles_of, summarised
from sim.report.words import ENOUGH, share_words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["reading", "shares"]

#: Options below this part of the largest get a panel with a scale of their own.
SMALL = 0.3
#: … unless more than these are large: then the scale runs through, and one panel is enough.
LARGE = 3


def rows_of(ds: xr.Dataset) -> list[Row]:
    """Return one row per option, largest median first."""
    summary = summarised(ds, "nation")
    figures = observations(summary)
    colours = [str(c) for c in summary["option_colour"].values] if "option_colour" in summary.coords else []
    rows = [
        Row(
            name,
            quantiles_of(summary["vote_share"].isel(option=i)),
            find_observed(figures, "vote_share", option=key),
            (colours[i] if colours else "") or BLUE,
        )
        for i, (key, name) in enumerate(names_of(summary, "option").items())
    ]
    return sorted(rows, key=by_median)


def small_ones(rows: list[Row]) -> list[Row]:
    """Return the rows that the scale of the largest would squeeze together, none where it does not."""
    top = max(max(row.values) for row in rows)
    small = [row for row in rows if max(row.values) < SMALL * top]
    return small if 0 < len(rows) - len(small) <= LARGE else []


@drawn
def shares(ds: xr.Dataset, width: float = WIDE) -> Figure:
    """Draw the national vote shares of the (first) round.

    Bars hold 50 and 90 % of the draws, the dot is the median, the black stroke what was observed.  Where some
    options are much smaller than the largest, a second panel shows them on a scale of their own.

    Parameters
    ----------
    ds
        A result or its summary.
    width
        Inches; below 5 the panels stand one above the other.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = rows_of(ds)
    small = small_ones(rows)
    narrow = width < (WIDE + NARROW) / 2
    step = 0.27
    if small and narrow:
        fig = canvas(width, 2.1 + step * (len(rows) + len(small)), apart=0.08)
        panels = fig.subplots(2, 1, height_ratios=[len(rows) + 0.5, len(small) + 0.5])
        groups = [rows, small]
    else:
        fig = canvas(width, 1.05 + step * len(rows) + (0.2 if small else 0))
        panels = fig.subplots(1, 2 if small else 1, squeeze=False, width_ratios=[1.15, 1] if small else None)[0]
        groups = [rows, rows] if small else [rows]
    for i, (ax, group) in enumerate(zip(panels, groups)):
        places = [-float(j) for j in range(len(group))]
        shown = [(row, y) for row, y in zip(group, places) if i == 0 or row in small]
        draw_rows(ax, [row for row, _ in shown], [y for _, y in shown])
        ax.set_ylim(-len(group) + 0.4, 0.6)
        ax.set_xlim(*limits([row for row, _ in shown], zero=True))
        ax.set_xlabel("share of the valid votes, %")
        if i == 0 or narrow:
            name_rows(ax, group, places, 22 if narrow else 28)
        else:
            ax.set_yticks([])
            for row, y in zip(group, places):
                if row not in small:
                    off_scale(ax, y)
        if small:
            ax.set_title("All options" if i == 0 else "The smaller ones, enlarged")
    legend(fig, BLUE, any(row.observed is not None for row in rows), narrow)
    return fig


def reading(ds: xr.Dataset) -> str:
    """Return one line that says what the figure shows."""
    rows = rows_of(ds)
    first = rows[0]
    text = f"{first.name} has {share_words(first.quantiles)}"
    if first.observed is not None:
        text += f" and was observed at {100 * first.observed:.1f} %"
    seen = [row for row in rows if row.observed is not None]
    if len(seen) > 1 and summarised(ds, "nation").attrs["draws"] >= ENOUGH:
        inside = sum(row.quantiles[0] <= (row.observed or 0) <= row.quantiles[4] for row in seen)
        text += f"; {inside} of {len(seen)} observed shares lie inside their 90 % interval"
    return text + "."

"""By how much the first option has, or misses, the majority; without a majority rule: its lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.pieces import F64
from sim.analysis.resolved import Majority, find_observed, majority_of, observations
from sim.analysis.shares import electable, majority_margin
from sim.analysis.shares import margin as lead
from sim.analysis.tables import number, tally
from sim.errors import ResultError
from sim.report.canvas import BLUE, INK, NARROW, VERMILLION, WIDE, canvas, drawn, text_width

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["margin", "reading"]

#: Most bins of the histogram.
BINS = 80


@dataclass(frozen=True)
class _Margin:
    """Margins of the draws in points, the rule's majority if it has one, and the observed margin."""

    values: F64
    majority: Majority | None
    observed: float | None


def _margin(ds: xr.Dataset) -> _Margin:
    majority = majority_of(ds)
    values = (lead(ds) if majority is None else majority_margin(ds)).values
    values = 100 * values[np.isfinite(values)]
    return _Margin(values, majority, _observed(ds, majority))


def _observed(ds: xr.Dataset, majority: Majority | None) -> float | None:
    """Return the observed margin in points where all that it needs is observed."""
    figures = observations(ds)
    shares = [find_observed(figures, "vote_share", option=str(key)) for key in ds["option"].values]
    known = [share for share in shares if share is not None]
    if len(known) < len(shares):
        return None
    if majority is None:
        first, second = sorted([*known, 0.0], reverse=True)[:2]
        return 100 * (first - second)
    share = max(s for s, can in zip(known, electable(ds)) if can)
    for base, variable, part in (("ballots_cast", "invalid_share", 1), ("registered", "turnout", 0)):
        if majority.base == base or majority.base == "registered":
            value = find_observed(figures, variable)
            if value is None:
                return None
            share *= 1 - value if part else value
    return 100 * (share - majority.threshold)


def _edges(values: F64, ends: list[float]) -> F64:
    """Return edges on round numbers, one of them 0: bins of 2·IQR·n^(−1/3) (Freedman & Diaconis 1981)."""
    low, high = np.quantile(values, (0.25, 0.75))
    width = 2 * float(high - low) / len(values) ** (1 / 3)
    rough = max(width, float(np.ptp(values)) / BINS, (max(ends) - min(ends)) / 120, 1e-4)
    scale = 10 ** np.floor(np.log10(rough))
    step = float(next(scale * m for m in (1, 2, 5, 10) if scale * m >= rough * (1 - 1e-9)))
    first, last = np.floor(values.min() / step), np.floor(values.max() / step) + 1
    return np.asarray(step * np.arange(first, last + 1))


@drawn
def margin(ds: xr.Dataset, width: float = WIDE) -> Figure:
    """Draw the distribution of the first round's margin over the majority, or of the lead.

    Parameters
    ----------
    ds
        A result (or its national totals).
    width
        Inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ResultError
        If no draw has a valid vote.
    """
    found = _margin(ds)
    values = found.values
    if not len(values):
        raise ResultError("no draw has a valid vote")
    ends = [float(values.min()), float(values.max()), 0.0]
    if found.observed is not None:
        ends.append(found.observed)
    edges = _edges(values, ends)
    counts, edges = np.histogram(values, edges)
    narrow = width < (WIDE + NARROW) / 2
    fig = canvas(width, 2.7)
    ax = fig.subplots()
    height = 100 * counts / len(values)
    # A majority is more than the threshold: 0 itself is none.
    colours = np.where(edges[:-1] < 0, VERMILLION, BLUE)
    ax.bar(edges[:-1], height, np.diff(edges), align="edge", color=colours, edgecolor="white", linewidth=0.3)
    low, high = min(*ends, float(edges[0])), max(*ends, float(edges[-1]))
    room = 0.03 * (high - low)
    low, high = low - (room if found.majority else 0), high + room
    label = "" if found.observed is None else f"observed {number(found.observed, 1)}"
    if found.observed is not None:
        # Room for the label on the side away from 0.
        needed = (text_width(label, 8.5) + 12) / (72 * (width - 0.7)) * (high - low)
        if found.observed >= 0:
            high = max(high, found.observed + needed)
        else:
            low = min(low, found.observed - needed)
    top = max(float(height.max()), 1e-9)
    ax.set_xlim(low, high)
    ax.set_ylim(0, 1.32 * top)
    ax.set_yticks([tick for tick in ax.get_yticks() if tick <= min(100, 1.05 * top)])
    ax.set_ylim(0, 1.32 * top)
    if found.majority is not None:
        right = low + high > 0
        ax.axvline(0, color=INK, lw=1.4)
        _label(ax, "a majority →" if right else "majority →", (0, 1.25 * top), right)
    if found.observed is not None:
        ax.plot([found.observed] * 2, [0, 1.12 * top], color=INK, lw=1.6, ls=(0, (4, 2)))
        _label(ax, label, (found.observed, 1.1 * top), found.observed >= 0)
    ax.grid(axis="y")
    ax.set_axisbelow(True)
    ax.set_ylabel("draws, %")
    ax.set_xlabel(_axis(found.majority, narrow))
    return fig


def _label(ax: Axes, text: str, at: tuple[float, float], right: bool) -> None:
    """Write beside a line, on its right or on its left."""
    ax.annotate(
        text,
        at,
        xytext=(5 if right else -5, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=8.5,
    )


def _axis(majority: Majority | None, narrow: bool) -> str:
    if majority is None:
        return "lead of the first option, percentage points"
    line = f"first option's share of the {majority.words} minus {100 * majority.threshold:g} %"
    return f"{line},{chr(10) if narrow else ' '}percentage points"


def reading(ds: xr.Dataset) -> str:
    """Return one line that says what the figure shows."""
    found = _margin(ds)
    low, median, high = np.quantile(found.values, (0.05, 0.5, 0.95))
    span = f"{number(low, 1)} to {number(high, 1)} in nine of ten"
    if found.majority is None:
        return f"The first option leads the second by {number(median, 1)} points in the median draw and {span}."
    needed = f"the majority of {100 * found.majority.threshold:g} % of the {found.majority.words}"
    side = "above" if median > 0 else "below"
    text = f"In the median draw the first option stands {number(abs(median), 1)} points {side} {needed}"
    if low <= 0 < high:
        span = f"from {number(-low, 1)} below to {number(high, 1)} above in nine of ten"
    elif high <= 0:
        span = f"{number(-high, 1)} to {number(-low, 1)} in nine of ten"
    reached = int((found.values > 0).sum())
    return f"{text} ({span}); it is reached in {tally(reached, len(found.values))}."

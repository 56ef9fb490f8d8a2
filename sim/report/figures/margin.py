"""By how much the first option has, or misses, the majority; without a majority rule: its lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.pieces import F64
from sim.analysis.resolved import Majority, find_observed, majority_of, observations
from sim.analysis.shares import electable, majority_margin
from sim.analysis.shares import margin as lead
from sim.analysis.tables import tally
from sim.errors import ResultError
from sim.report.canvas import BLUE, INK, NARROW, VERMILLION, WIDE, canvas, drawn

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["margin", "reading"]

BINS = 44


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
        first, second = (sorted(known, reverse=True) + [0.0])[:2]
        return 100 * (first - second)
    share = max(s for s, can in zip(known, electable(ds)) if can)
    for base, variable, part in (("ballots_cast", "invalid_share", 1), ("registered", "turnout", 0)):
        if majority.base == base or majority.base == "registered":
            value = find_observed(figures, variable)
            if value is None:
                return None
            share *= 1 - value if part else value
    return 100 * (share - majority.threshold)


def _edges(values: F64, zero: bool) -> F64:
    """Return about `BINS` edges on round numbers, one of them 0."""
    span = float(np.ptp(values))
    rough = max(span / BINS, 1e-4)
    scale = 10 ** np.floor(np.log10(rough))
    step = float(next(scale * m for m in (1, 2, 5, 10) if scale * m >= rough))
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
    edges = _edges(values, True)
    counts, edges = np.histogram(values, edges)
    narrow = width < (WIDE + NARROW) / 2
    fig = canvas(width, 2.7)
    ax = fig.subplots()
    height = 100 * counts / len(values)
    # A majority is more than the threshold: 0 itself is none.
    colours = np.where(edges[:-1] < 0, VERMILLION, BLUE)
    ax.bar(edges[:-1], height, np.diff(edges), align="edge", color=colours, edgecolor="white", linewidth=0.3)
    ends = [float(edges[0]), float(edges[-1]), 0.0]
    if found.observed is not None:
        ends.append(found.observed)
    room = 0.03 * (max(ends) - min(ends))
    ax.set_xlim(min(ends) - (room if min(ends) < 0 or found.majority else 0), max(ends) + room)
    top = max(float(height.max()), 1e-9)
    ax.set_ylim(0, 1.24 * top)
    if found.majority is not None:
        ax.axvline(0, color=INK, lw=1.4)
        right = np.mean(ax.get_xlim()) > 0
        ax.annotate(
            "majority: right of this line" if right else "majority: right of this line ",
            (0, 1.16 * top),
            xytext=(5 if right else -5, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=8.5,
        )
    if found.observed is not None:
        ax.plot([found.observed] * 2, [0, 1.04 * top], color=INK, lw=1.6, ls=(0, (4, 2)))
        left = found.observed > np.mean(ax.get_xlim())
        ax.annotate(
            f"observed {found.observed:.1f}".replace("-", "−"),
            (found.observed, 1.04 * top),
            xytext=(-4 if left else 4, 1),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=8.5,
        )
    ax.grid(axis="y")
    ax.set_axisbelow(True)
    ax.set_ylabel("draws, %")
    ax.set_xlabel(_axis(found.majority, narrow))
    return fig


def _axis(majority: Majority | None, narrow: bool) -> str:
    if majority is None:
        return "lead of the first option, percentage points"
    line = f"first option's share of the {majority.words} minus {100 * majority.threshold:g} %"
    return f"{line},{chr(10) if narrow else ' '}percentage points"


def reading(ds: xr.Dataset) -> str:
    """Return one line that says what the figure shows."""
    found = _margin(ds)
    low, median, high = np.quantile(found.values, (0.05, 0.5, 0.95))
    span = f"{median:.1f} points in the median draw, {low:.1f} to {high:.1f} in nine of ten".replace("-", "−")
    if found.majority is None:
        return f"The first option leads the second by {span}."
    without = int((found.values <= 0).sum())
    text = f"The first option is {span}, above (if negative, below) the majority of the {found.majority.words}"
    return f"{text}; it has none in {tally(without, len(found.values))}."

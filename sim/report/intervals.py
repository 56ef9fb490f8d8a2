"""Rows of intervals with what was observed: the drawing that shares and turnout have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.report.canvas import GREY, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Row", "by_median", "draw_rows", "legend", "limits", "name_rows", "off_scale"]


@dataclass(frozen=True)
class Row:
    """One row: a name, the quantiles 5, 25, 50, 75, 95 % as fractions, and the observed value or None."""

    name: str
    quantiles: tuple[float, float, float, float, float]
    observed: float | None
    colour: str
    bold: bool = False

    @property
    def values(self) -> tuple[float, ...]:
        """Everything that must lie inside the axis."""
        return self.quantiles if self.observed is None else (*self.quantiles, self.observed)


def by_median(row: Row) -> float:
    """Sort key: the largest median first, rows without one last."""
    median = row.quantiles[2]
    return 1.0 if median != median else -median


def draw_rows(ax: Axes, rows: Sequence[Row], places: Sequence[float]) -> None:
    """Draw rows at the given heights of an axis in percent."""
    for row, y in zip(rows, places):
        low, quarter, median, three, high = (100 * value for value in row.quantiles)
        ax.plot([low, high], [y, y], color=row.colour, lw=1.8, solid_capstyle="butt", zorder=3)
        ax.plot([quarter, three], [y, y], color=row.colour, lw=6.5, solid_capstyle="butt", zorder=3)
        ax.plot([median], [y], "o", ms=4.2, mfc="white", mec=row.colour, mew=1.2, zorder=5)
        if row.observed is not None:
            ax.plot([100 * row.observed], [y], "|", ms=12, mew=2, color=INK, zorder=4)
    ax.grid(axis="x")
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def legend(fig: Figure, colour: str, observed: bool, narrow: bool) -> None:
    """Draw the legend above the panels."""
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], color=colour, lw=1.8, label="90 % of the draws"),
        Line2D([], [], color=colour, lw=6.5, solid_capstyle="butt", label="50 %"),
        Line2D([], [], ls="", marker="o", ms=4.2, mfc="white", mec=colour, mew=1.2, label="median"),
    ]
    if observed:
        marks.append(Line2D([], [], ls="", marker="|", ms=12, mew=2, color=INK, label="observed"))
    fig.legend(handles=marks, loc="outside upper left", ncols=2 if narrow else 4, handlelength=1.6, columnspacing=1.4)


def limits(rows: Sequence[Row], zero: bool) -> tuple[float, float]:
    """Return the ends of an axis in percent that hold all rows, within 0 and 100, from 0 if asked."""
    values = [100 * value for row in rows for value in row.values if value == value] or [0.0, 100.0]
    low, high = min(values), max(values)
    room = max(0.06 * (high - (0 if zero else low)), 0.2)
    return (0.0 if zero else max(0.0, low - room), min(100.0 + 0.1 * room, high + room))


def shorten(name: str, longest: int = 28) -> str:
    """Return a name that fits beside an axis."""
    return name if len(name) <= longest else name[: longest - 1].rstrip() + "…"


def name_rows(ax: Axes, rows: Sequence[Row], places: Sequence[float], longest: int = 28) -> None:
    """Write the names of the rows beside the axis."""
    ax.set_yticks(list(places), [shorten(row.name, longest) for row in rows])
    for label, row in zip(ax.get_yticklabels(), rows):
        label.set_parse_math(False)
        if row.bold:
            label.set_fontweight("bold")


def off_scale(ax: Axes, y: float) -> None:
    """Say that a row lies beyond the end of the axis."""
    ax.annotate(
        "beyond this scale →",
        (1, y),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="center",
        fontsize=8,
        color=GREY,
    )

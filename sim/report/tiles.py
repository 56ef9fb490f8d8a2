"""Tile maps: one square for each region, in the place that the scenario gives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.resolved import names_of
from sim.errors import ResultError
from sim.report.canvas import INK, canvas, text_width

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["draw_tiles", "has_tiles", "places_of"]

GAP = 0.05


def places_of(ds: xr.Dataset) -> dict[str, tuple[int, int]]:
    """Return id → (column, row from the top).

    Regions without a place, or with one that is taken, follow in a row beneath the others.
    """
    if "region_tile_column" not in ds.coords or "region_tile_row" not in ds.coords:
        return {}
    columns, rows = ds["region_tile_column"].values, ds["region_tile_row"].values
    ids = [str(key) for key in ds["region"].values]
    out: dict[str, tuple[int, int]] = {}
    for key, column, row in zip(ids, columns, rows):
        place = (int(column), int(row))
        if min(place) >= 0 and place not in out.values():
            out[key] = place
    if 2 * len(out) < len(ids):
        return {}
    left, right = min(c for c, _ in out.values()), max(c for c, _ in out.values())
    top, bottom = min(r for _, r in out.values()), max(r for _, r in out.values())
    out = {key: (column - left, row - top) for key, (column, row) in out.items()}
    for i, key in enumerate(key for key in ids if key not in out):
        out[key] = (i % (right - left + 1), bottom - top + 1 + i // (right - left + 1))
    return out


def has_tiles(ds: xr.Dataset) -> bool:
    """Whether a tile map says more than a list: at least three regions, most of them with a place."""
    return "region" in ds.dims and ds.sizes["region"] >= 3 and bool(places_of(ds))


def draw_tiles(
    ds: xr.Dataset,
    values: NDArray[np.float64],
    labels: Sequence[str],
    norm: Any,
    colours: str,
    title: str,
    width: float,
    marked: Sequence[bool] = (),
    part: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """Draw one square per region.

    Parameters
    ----------
    ds
        Anything with the coordinates of the regions.
    values
        (region), in the units of the scale; NaN is left white.
    labels
        What is written in the squares, beneath the names.
    norm, colours
        matplotlib's norm and the name of the colour map.
    title
        Title of the colour scale, with its unit.
    width
        Inches.
    marked
        Regions whose squares have a thick edge.
    part
        The part of the colour map that is used.
    """
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    places = places_of(ds)
    if not places:
        raise ResultError("this result has no places of its regions for a tile map")
    n_columns, n_rows = (1 + max(place[i] for place in places.values()) for i in (0, 1))
    n_columns = max(n_columns, 3)
    side = (width - 0.1) / n_columns
    tall = min(side, 0.72)
    fig = canvas(width, tall * n_rows + 0.75)
    ax = fig.subplots()
    ramp = colormaps[colours]
    # Fewer than 50 colours, or matplotlib would put the scale into the SVG as a bitmap.
    steps = LinearSegmentedColormap.from_list("part", ramp(np.linspace(*part, 256)), N=48)
    scale = ScalarMappable(norm, steps)
    names = names_of(ds, "region")
    for i, (key, name) in enumerate(names.items()):
        column, row = places[key]
        known = np.isfinite(values[i])
        colour = scale.to_rgba(values[i]) if known else (1.0, 1.0, 1.0, 1.0)
        edge = marked[i] if len(marked) else False
        ax.add_patch(
            Rectangle(
                (column + GAP / 2, row + GAP / 2),
                1 - GAP,
                1 - GAP,
                facecolor=colour,
                edgecolor=INK if edge else "#b3b3b3",
                linewidth=2.2 if edge else 0.4,
            )
        )
        # The ink of higher contrast (WCAG 2): equal at a luminance of about 0.2.
        ink = "white" if _luminance(colour) < 0.2 else INK
        lines, size = _fit(name, 72 * side * (1 - GAP) - 2)
        ax.text(
            column + 0.5, row + 0.36, "\n".join(lines), ha="center", va="center", size=size, color=ink, linespacing=1.05
        )
        ax.text(column + 0.5, row + 0.78, labels[i], ha="center", va="center", size=8.5, color=ink, weight="bold")
    ax.set_xlim(0, n_columns)
    ax.set_ylim(n_rows, 0)
    ax.axis("off")
    bar = fig.colorbar(scale, ax=ax, orientation="horizontal", aspect=45, fraction=0.05, pad=0.02, shrink=0.75)
    bar.set_label(title)
    bar.outline.set_visible(False)
    if bar.solids is not None:
        bar.solids.set_edgecolor("face")
    return fig


def _luminance(colour: Any) -> float:
    """Return the relative luminance of WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def _fit(name: str, width: float) -> tuple[list[str], float]:
    """Break a name into at most two lines and find the size (points) at which they fit, cutting if need be."""
    words = name.split() or [""]
    breaks = [[" ".join(words[:i]), " ".join(words[i:])] for i in range(1, len(words))]
    lines = min([[name], *breaks], key=lambda lines: max(len(line) for line in lines))
    if text_width(name, 8) <= width:
        lines = [name]
    for size in (8.0, 7.5, 7.0, 6.5, 6.0, 5.6):
        if max(text_width(line, size) for line in lines) <= width:
            return lines, size
    return [_cut(line, width, 5.6) for line in lines], 5.6


def _cut(line: str, width: float, size: float) -> str:
    if text_width(line, size) <= width:
        return line
    while len(line) > 1 and text_width(line + "…", size) > width:
        line = line[:-1]
    return line.rstrip() + "…"

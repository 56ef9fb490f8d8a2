"""Pairs of draws: 2j and 2j + 1 share a call of the generator, each with words of its own.

A lane's numbers depend on its element, draw and variable alone.  What a tile adds is speed: where consecutive
draws of the same elements lie side by side, a pair is computed at once; every other lane makes its pair's
call for itself and takes its part.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel

__all__ = ["interleave", "load", "next_tile", "store"]

U0, U1, U2, U3, U4, U5, U6, U7, U8 = (np.uint64(i) for i in range(9))
#: Rows shorter than this are copied by whole vectors that go beyond their ends.
SHORT = 64


@inline
def next_tile(draw: Any, units: Any, at: Any, most: Any) -> Any:
    """The tile that begins at lane ``at``: pairs of rows, width of a row, and where the next tile begins.

    ``units`` > 0 says that the lanes are consecutive draws of so many elements each.  Rows 0, 2, 4, … from ``at``
    on are even draws, the odd ones stand ``units`` lanes behind them.  No pairs: the tile is ``width`` lanes.
    """
    if units == 0:
        width = min(most, draw.size - at)
        return 0, width, at + width
    column = at % units
    row_end = at - column + units
    if (draw[at] & np.uint32(1)) != 0 or row_end + units > draw.size:
        width = min(most, row_end - at)
        return 0, width, at + width
    if 2 * units <= most:
        rows = min(most, draw.size - at) // (2 * units)
        return rows, units, at + 2 * rows * units
    width = min(most // 2, row_end - at)
    return 1, width, at + width + (units if at + width == row_end else 0)


@inline
def _copy8(source: Any, i: Any, target: Any, k: Any) -> None:
    # All loads before all stores, and unsigned places: only then is it one vector.
    a, b, c, d = source[i], source[i + U1], source[i + U2], source[i + U3]
    e, f, g, h = source[i + U4], source[i + U5], source[i + U6], source[i + U7]
    target[k], target[k + U1], target[k + U2], target[k + U3] = a, b, c, d
    target[k + U4], target[k + U5], target[k + U6], target[k + U7] = e, f, g, h


@inline
def _copy(source: Any, i: Any, width: Any, target: Any, k: Any, short: Any) -> None:
    """Copy a row.  Up to 7 places beyond a short one are overwritten: rows go in the order of their targets."""
    wide, start, place = np.uint64(width), np.uint64(i), np.uint64(k)
    beyond = wide + U7
    if short & (start + beyond <= np.uint64(source.size)) & (place + beyond <= np.uint64(target.size)):
        for c in range(U0, wide, U8):
            _copy8(source, start + c, target, place + c)
    else:
        part, out = source[i : i + width], target[k : k + width]
        for c in range(width):
            out[c] = part[c]


@kernel
def load(source: Any, at: Any, rows: Any, width: Any, units: Any, target: Any) -> None:
    """Copy a tile's lanes: the even draws of its pairs, then the odd ones; ``target`` needs 7 places more."""
    short = (width < SHORT) & (width == units)
    for k in range(max(2 * rows, 1)):
        row, odd = (k, 0) if k < rows else (k - rows, min(rows, 1))
        _copy(source, at + (2 * row + odd) * units, width, target, k * width, short)


@kernel
def store(source: Any, at: Any, rows: Any, width: Any, units: Any, out: Any) -> None:
    """Put a tile's lanes back to their places: the reverse of ``load``."""
    short = (width < SHORT) & (width == units)
    for k in range(max(2 * rows, 1)):
        odd = k & 1
        _copy(source, (odd * rows + (k >> 1)) * width, width, out, at + k * units, short)


@inline
def interleave(even: Any, odd: Any, rows: Any, width: Any, out: Any, at: Any) -> None:
    """Copy short rows by turns, even and odd, to one place after the other from ``at`` on."""
    if width == 1:
        target = out[at : at + 2 * rows]
        for row in range(rows):
            target[2 * row] = even[row]
            target[2 * row + 1] = odd[row]
        return
    for row in range(rows):
        _copy(even, row * width, width, out, at + 2 * row * width, True)
        _copy(odd, row * width, width, out, at + (2 * row + 1) * width, True)

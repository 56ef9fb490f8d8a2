"""Standard normal numbers by Box & Muller 1958, doi:10.1214/aoms/1177706645, both branches.

One Philox call per pair of draws (2j, 2j + 1): two words make the radius, so that it reaches |z| = 8.5 with
the right probability, the other two the angle.  The even draw takes radius·cos, the odd one radius·sin, which
are independent.  Which branch a lane takes and from which call depends on its draw alone: a block that begins
or ends between the draws of a pair computes the one branch that it needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import log32, log64, sin_turn32, sin_turn64
from sim.random.pairs import interleave
from sim.random.philox import centred, philox_words, unit52

__all__ = ["TILE", "normal64", "normal_array64", "normal_planes32"]

TILE = 1024
U0, U1 = np.uint64(0), np.uint64(1)
F = np.float32


@inline
def normal64(w0: Any, w1: Any, w2: Any) -> Any:
    """A float64 normal from two words for the radius and one for the angle."""
    radius = np.sqrt(-2.0 * log64(unit52(w0, w1)))
    # cos 2π(t + ½) = sin 2π(|t| − ¼) for |t| ≤ ½, inside the range of the polynomial.
    return radius * sin_turn64(abs(centred(w2)) - 0.25)


@kernel
def _words32(draw: Any, back: Any, half: Any, element: Any, variable: Any, k0: Any, k1: Any, work: Any) -> None:
    """The words of the pairs (draw − back) >> half."""
    high, low, turn = work[0], work[1], work[2]
    for i in range(draw.size):
        pair = (np.uint64(draw[i]) - back) >> half
        w0, w1, w2, _ = philox_words(np.uint64(element[i]), pair, variable, U0, k0, k1)
        high[i] = np.uint32(w0)
        low[i] = np.uint32(w1)
        turn[i] = np.uint32(w2)


@inline
def _radius32(high: Any, low: Any) -> Any:
    unit = F(high) * F(2.0**-32) + (F(low) + F(0.5)) * F(2.0**-64)
    return np.sqrt(F(-2.0) * log32(unit))


@inline
def _turns32(word: Any) -> Any:
    """The y with cos 2πt = sin 2πy and the one with sin 2πt = sin 2πy, both in [−¼, ¼]: |t| ≤ ½ is the word."""
    t = F(np.int32(word)) * F(2.0**-32)
    size = abs(t)
    folded = min(size, F(0.5) - size)
    return F(0.25) - size, (folded if t >= F(0.0) else -folded)


@kernel
def _both32(work: Any, even: Any, odd: Any) -> None:
    high, low, turn = work[0], work[1], work[2]
    for i in range(even.size):
        radius = _radius32(high[i], low[i])
        cosine, sine = _turns32(turn[i])
        even[i] = radius * sin_turn32(cosine)
        odd[i] = radius * sin_turn32(sine)


@kernel
def _one32(draw: Any, work: Any, out: Any) -> None:
    high, low, turn = work[0], work[1], work[2]
    for i in range(out.size):
        cosine, sine = _turns32(turn[i])
        out[i] = _radius32(high[i], low[i]) * sin_turn32(sine if draw[i] & np.uint32(1) else cosine)


@inline
def _alone(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, work: Any, out: Any) -> None:
    """Lanes of any draws, each by its own branch."""
    for start in range(0, out.size, TILE):
        stop = min(start + TILE, out.size)
        _words32(draw[start:stop], U0, U1, element[start:stop], variable, k0, k1, work)
        _one32(draw[start:stop], work, out[start:stop])


@inline
def _in_pairs(
    draw: Any, back: Any, element: Any, units: Any, variable: Any, k0: Any, k1: Any, work: Any, halves: Any, out: Any
) -> None:
    """The draws 2j, 2j + 1, 2j + 2, …, each a row of ``units`` lanes, in tiles of whole rows or parts of one."""
    lanes = out.size // 2
    if units > TILE:
        for start in range(0, lanes, units):
            for part in range(start, start + units, TILE):
                stop = min(part + TILE, start + units)
                _words32(draw[part:stop], back, U0, element[part:stop], variable, k0, k1, work)
                _both32(work, out[start + part : start + stop], out[start + part + units : start + stop + units])
        return
    size = TILE // units * units
    for start in range(0, lanes, size):
        stop = min(start + size, lanes)
        _words32(draw[start:stop], back, U0, element[start:stop], variable, k0, k1, work)
        _both32(work, halves[0, : stop - start], halves[1, : stop - start])
        interleave(halves[0], halves[1], (stop - start) // units, units, out, 2 * start)


@kernel
def normal_planes32(
    draw: Any, element: Any, units: Any, variables: Any, k0: Any, k1: Any, work: Any, halves: Any, out: Any
) -> None:
    """float32 normals (k, lanes), one variable per plane.

    ``units`` > 0 says that the lanes are consecutive draws of so many elements each, the same in every draw.
    """
    head, tail, back = 0, 0, U0
    if units > 0:
        first = np.uint64(draw[0])
        head = units if first & U1 else 0
        tail = head + (draw.size - head) // (2 * units) * 2 * units
        # From the even draw e = first or first + 1 on, pair number e/2 + r is row e + r of ``draw`` less e/2.
        back = (first + U1) >> U1
    for j in range(variables.size):
        variable, plane = variables[j], out[j]
        _alone(draw[:head], element[:head], variable, k0, k1, work, plane[:head])
        if tail > head:
            _in_pairs(draw[head:], back, element, units, variable, k0, k1, work, halves, plane[head:tail])
        _alone(draw[tail:], element[tail:], variable, k0, k1, work, plane[tail:])


@kernel
def normal_array64(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, out: Any) -> None:
    """float64 normals with a 52-bit angle: the numbers of ``normal_planes32``, finer."""
    for i in range(out.size):
        pair = np.uint64(draw[i]) >> U1
        w0, w1, w2, w3 = philox_words(np.uint64(element[i]), pair, variable, U0, k0, k1)
        radius = np.sqrt(-2.0 * log64(unit52(w0, w1)))
        # t + ½ of a turn: both branches change their sign.
        t = unit52(w2, w3) - 0.5
        size = abs(t)
        folded = min(size, 0.5 - size)
        sine = -folded if t >= 0.0 else folded
        out[i] = radius * sin_turn64(sine if draw[i] & np.uint32(1) else size - 0.25)

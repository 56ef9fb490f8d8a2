"""Standard normal numbers by Box & Muller 1958, doi:10.1214/aoms/1177706645, the cosine branch.

One Philox call per value: two words make the radius, so that it reaches |z| = 8.5 with the right
probability, the other two the angle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import log32, log64, sin_turn32, sin_turn64
from sim.random.philox import centred, philox_words, unit52

__all__ = ["TILE", "normal64", "normal_array32", "normal_array64", "normal_planes32"]

TILE = 1024
ZERO = np.uint64(0)
F = np.float32


@inline
def normal64(w0: Any, w1: Any, w2: Any) -> Any:
    """A float64 normal from two words for the radius and one for the angle."""
    radius = np.sqrt(-2.0 * log64(unit52(w0, w1)))
    # cos 2π(t + ½) = sin 2π(|t| − ¼) for |t| ≤ ½, inside the range of the polynomial.
    return radius * sin_turn64(abs(centred(w2)) - 0.25)


@inline
def _draw32(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, high: Any, low: Any, turn: Any) -> None:
    for i in range(draw.size):
        w0, w1, w2, _ = philox_words(np.uint64(element[i]), np.uint64(draw[i]), variable, ZERO, k0, k1)
        high[i] = np.uint32(w0)
        low[i] = np.uint32(w1)
        turn[i] = np.int32(w2)


@inline
def _shape32(high: Any, low: Any, turn: Any, out: Any) -> None:
    for i in range(out.size):
        unit = F(high[i]) * F(2.0**-32) + (F(low[i]) + F(0.5)) * F(2.0**-64)
        radius = np.sqrt(F(-2.0) * log32(unit))
        # cos 2πt = sin 2π(¼ − |t|) for |t| ≤ ½, inside the range of the polynomial.
        out[i] = radius * sin_turn32(F(0.25) - abs(F(turn[i]) * F(2.0**-32)))


@kernel
def normal_array32(
    draw: Any, element: Any, variable: Any, k0: Any, k1: Any, high: Any, low: Any, turn: Any, out: Any
) -> None:
    """float32 normals; 64-bit words and 32-bit arithmetic in loops of their own, each at full width."""
    for start in range(0, out.size, TILE):
        stop = min(start + TILE, out.size)
        _draw32(draw[start:stop], element[start:stop], variable, k0, k1, high, low, turn)
        _shape32(high, low, turn, out[start:stop])


@kernel
def normal_planes32(
    draw: Any, element: Any, variables: Any, k0: Any, k1: Any, high: Any, low: Any, turn: Any, out: Any
) -> None:
    """float32 normals (k, lanes), one variable per plane."""
    for j in range(variables.size):
        for start in range(0, draw.size, TILE):
            stop = min(start + TILE, draw.size)
            _draw32(draw[start:stop], element[start:stop], variables[j], k0, k1, high, low, turn)
            _shape32(high, low, turn, out[j, start:stop])


@kernel
def normal_array64(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, out: Any) -> None:
    """float64 normals with a 52-bit angle."""
    for i in range(out.size):
        w0, w1, w2, w3 = philox_words(np.uint64(element[i]), np.uint64(draw[i]), variable, ZERO, k0, k1)
        radius = np.sqrt(-2.0 * log64(unit52(w0, w1)))
        out[i] = radius * sin_turn64(abs(unit52(w2, w3) - 0.5) - 0.25)

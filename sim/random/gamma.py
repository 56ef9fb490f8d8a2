"""Exact gamma numbers in compacted tiles.

Marsaglia & Tsang 2000, "A simple method for generating gamma variables", ACM Transactions on Mathematical
Software 26, 363–372, doi:10.1145/358407.358414.  For a shape a < 1 the number is Gamma(a + 1)·U^(1/a).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import exp64, log64
from sim.random.normal import normal64
from sim.random.philox import philox_words, unit52, unit64

__all__ = ["PITCH", "PLANES", "TILE", "WHOLE_ROWS", "gamma_array", "gamma_tile"]

TILE = 1024
#: Rows start 3 cache lines off a multiple of 4 KiB, for the L1 cache.
PITCH = TILE + 24
PLANES = 5
SHAPE, VALUE, BOOST, FRESH, NEAR = 0, 1, 2, 3, 4
WHOLE_ROWS = 4
#: Attempt word of the boost; attempts of the rejection count up from 0.
LIFT = np.uint64(0x80000000)
#: First attempt words of the one or two gammas that live on a stream.
FIRST = np.uint64(0)
SECOND = np.uint64(0x40000000)


@inline
def _quick(draw: Any, element: Any, variable: Any, base: Any, k0: Any, k1: Any, rows: Any, code: Any) -> None:
    """Pass 1: the first proposal of every lane and the squeeze u < 1 − 0.0331 x⁴."""
    shapes, value = rows[SHAPE], rows[VALUE]
    for i in range(draw.size):
        w0, w1, w2, w3 = philox_words(np.uint64(element[i]), np.uint64(draw[i]), variable, base, k0, k1)
        x = normal64(w0, w1, w2)
        shape = shapes[i]
        d = (shape if shape >= 1.0 else shape + 1.0) - 1.0 / 3.0
        root = 1.0 + x / np.sqrt(9.0 * d)
        value[i] = d * (root * root * root)
        xx = x * x
        code[i] = 0 if (root > 0.0) & (unit64(w3) < 1.0 - 0.0331 * xx * xx) else 1


@inline
def _gather(draw: Any, element: Any, source: Any, where: Any, draws: Any, elements: Any, target: Any) -> None:
    # Indexed loads keep a loop from vectorising, so they stand in a loop of their own.
    for i in range(where.size):
        lane = where[i]
        draws[i] = draw[lane]
        elements[i] = element[lane]
        target[i] = source[lane]


@inline
def _again(
    draws: Any, elements: Any, count: Any, variable: Any, attempt: Any, k0: Any, k1: Any, rows: Any, code: Any
) -> None:
    """A proposal with the full test, ln u < x²/2 + d(1 − v + ln v)."""
    shapes, fresh = rows[NEAR], rows[FRESH]
    for i in range(count):
        w0, w1, w2, w3 = philox_words(
            np.uint64(np.uint32(elements[i])), np.uint64(np.uint32(draws[i])), variable, attempt, k0, k1
        )
        x = normal64(w0, w1, w2)
        shape = shapes[i]
        d = (shape if shape >= 1.0 else shape + 1.0) - 1.0 / 3.0
        root = 1.0 + x / np.sqrt(9.0 * d)
        t = root if root > 0.0 else 1.0
        v = t * t * t
        fresh[i] = d * v
        code[i] = 0 if (root > 0.0) & (log64(unit64(w3)) < 0.5 * x * x + d * (1.0 - v + log64(v))) else 1


@inline
def _lift(draws: Any, elements: Any, count: Any, variable: Any, lift: Any, k0: Any, k1: Any, rows: Any) -> None:
    """The logarithm of U^(1/a) for the lanes with a < 1."""
    shapes, fresh = rows[NEAR], rows[FRESH]
    for i in range(count):
        w0, w1, _, _ = philox_words(
            np.uint64(np.uint32(elements[i])), np.uint64(np.uint32(draws[i])), variable, lift, k0, k1
        )
        fresh[i] = log64(unit52(w0, w1)) / shapes[i]


@kernel
def gamma_tile(draw: Any, element: Any, variable: Any, base: Any, k0: Any, k1: Any, rows: Any, whole: Any) -> None:
    """Fill VALUE with Gamma(SHAPE) without its boost and BOOST with the boost's logarithm (else 0).

    ``base`` is the first attempt word, so that two gammas may live on one stream.
    """
    count = draw.size
    where, code, draws, elements = whole[0], whole[1], whole[2], whole[3]
    _quick(draw, element, variable, base, k0, k1, rows, code[:count])
    value, fresh, shapes, boost, near = rows[VALUE], rows[FRESH], rows[SHAPE], rows[BOOST], rows[NEAR]
    m = 0
    for i in range(count):
        where[m] = i
        m += code[i]
    attempt = 0
    while m > 0:
        _gather(draw, element, shapes, where[:m], draws, elements, near)
        # Whole vectors: rubbish in the padding costs less than single lanes at the end.
        _again(draws, elements, (m + 15) & ~15, variable, base + np.uint64(attempt), k0, k1, rows, code)
        left = 0
        for i in range(m):
            lane = where[i]
            value[lane] = fresh[i]
            where[left] = lane
            left += code[i]
        m = left
        attempt += 1
    for i in range(count):
        boost[i] = 0.0
        where[m] = i
        m += (shapes[i] < 1.0) & (shapes[i] > 0.0)
    if m > 0:
        _gather(draw, element, shapes, where[:m], draws, elements, near)
        _lift(draws, elements, (m + 15) & ~15, variable, LIFT + base, k0, k1, rows)
    for i in range(m):
        boost[where[i]] = fresh[i]


@inline
def _load(shape: Any, rows: Any) -> Any:
    target = rows[SHAPE]
    bad = 0
    for i in range(shape.size):
        a = np.float64(shape[i])
        good = (a >= 0.0) & (a < np.inf)
        bad |= 0 if good else 1
        target[i] = a if good else 0.0
    return bad


@kernel
def gamma_array(
    draw: Any,
    element: Any,
    variable: Any,
    base: Any,
    k0: Any,
    k1: Any,
    shape: Any,
    rows: Any,
    whole: Any,
    out: Any,
) -> Any:
    """Gamma(shape) for every lane; 1 if some shape was negative, infinite or NaN, else 0."""
    bad = 0
    for start in range(0, draw.size, TILE):
        stop = min(start + TILE, draw.size)
        bad |= _load(shape[start:stop], rows)
        gamma_tile(draw[start:stop], element[start:stop], variable, base, k0, k1, rows, whole)
        target = out[start:stop]
        value, boost, shapes = rows[VALUE], rows[BOOST], rows[SHAPE]
        for i in range(stop - start):
            target[i] = value[i] * exp64(boost[i]) if shapes[i] > 0.0 else 0.0
    return bad

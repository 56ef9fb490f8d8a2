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

__all__ = ["PLANES", "TILE", "gamma_array", "gamma_tile"]

TILE = 1024
PLANES = 4
SHAPE, VALUE, BOOST, FRESH = 0, 1, 2, 3
#: Attempt word of the boost; attempts of the rejection count up from 0.
LIFT = np.uint64(0x80000000)
#: First attempt words of the one or two gammas that live on a stream.
FIRST = np.uint64(0)
SECOND = np.uint64(0x40000000)


@inline
def _attempt(draw: Any, element: Any, variable: Any, attempt: Any, k0: Any, k1: Any, shape: Any) -> Any:
    """One proposal d·v and whether it is accepted."""
    w0, w1, w2, w3 = philox_words(np.uint64(element), np.uint64(draw), variable, attempt, k0, k1)
    x = normal64(w0, w1, w2)
    u = unit64(w3)
    d = shape - 1.0 / 3.0
    root = 1.0 + x / np.sqrt(9.0 * d)
    positive = root > 0.0
    t = root if positive else 1.0
    v = t * t * t
    accepted = positive & (log64(u) < 0.5 * x * x + d * (1.0 - v + log64(v)))
    return d * v, accepted


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
def _again(
    draw: Any, element: Any, variable: Any, attempt: Any, k0: Any, k1: Any, rows: Any, where: Any, code: Any
) -> None:
    shapes, fresh = rows[SHAPE], rows[FRESH]
    for i in range(where.size):
        lane = where[i]
        shape = shapes[lane]
        shape = shape if shape >= 1.0 else shape + 1.0
        number, accepted = _attempt(draw[lane], element[lane], variable, attempt, k0, k1, shape)
        fresh[i] = number
        code[i] = 0 if accepted else 1


@inline
def _lift(draw: Any, element: Any, variable: Any, lift: Any, k0: Any, k1: Any, rows: Any, where: Any) -> None:
    """The logarithm of U^(1/a) for the lanes with a < 1."""
    shapes, fresh = rows[SHAPE], rows[FRESH]
    for i in range(where.size):
        lane = where[i]
        w0, w1, _, _ = philox_words(np.uint64(element[lane]), np.uint64(draw[lane]), variable, lift, k0, k1)
        fresh[i] = log64(unit52(w0, w1)) / shapes[lane]


@kernel
def gamma_tile(
    draw: Any, element: Any, variable: Any, base: Any, k0: Any, k1: Any, rows: Any, where: Any, code: Any
) -> None:
    """Fill VALUE with Gamma(SHAPE) without its boost and BOOST with the boost's logarithm (else 0).

    ``base`` is the first attempt word, so that two gammas may live on one stream.
    """
    count = draw.size
    _quick(draw, element, variable, base, k0, k1, rows, code[:count])
    value, fresh, shapes, boost = rows[VALUE], rows[FRESH], rows[SHAPE], rows[BOOST]
    m = 0
    for i in range(count):
        where[m] = i
        m += code[i]
    attempt = 0
    while m > 0:
        _again(draw, element, variable, base + np.uint64(attempt), k0, k1, rows, where[:m], code)
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
    _lift(draw, element, variable, LIFT + base, k0, k1, rows, where[:m])
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
    where: Any,
    code: Any,
    out: Any,
) -> Any:
    """Gamma(shape) for every lane; 1 if some shape was negative, infinite or NaN, else 0."""
    bad = 0
    for start in range(0, draw.size, TILE):
        stop = min(start + TILE, draw.size)
        bad |= _load(shape[start:stop], rows)
        gamma_tile(draw[start:stop], element[start:stop], variable, base, k0, k1, rows, where, code)
        target = out[start:stop]
        value, boost, shapes = rows[VALUE], rows[BOOST], rows[SHAPE]
        for i in range(stop - start):
            target[i] = value[i] * exp64(boost[i]) if shapes[i] > 0.0 else 0.0
    return bad

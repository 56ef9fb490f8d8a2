"""Tiles: the work rows of a thousand lanes, compaction of open lanes, and the sequential search.

Passes are loops without branches over rows of one float64 and one int32 work array.  Lanes that a pass
leaves undecided are compacted and go on to the next pass.  The binomial and the Poisson share this.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline
from sim.random.pairs import load

TILE = 4096
#: Rows start 3 cache lines off a multiple of 4 KiB, so that the same lane of many rows fits in the L1 cache.
PITCH = TILE + 24
PLANES = 16
#: Mean below which a count is searched for.
SMALL = 10.0

#: Rows of the float64 work array.
N, P, K, U, V, SHARE = 0, 1, 2, 3, 4, 5
G0, G1, G2, G3, G4 = 6, 7, 8, 9, 10
H0, H1, H2, H3, H4 = 11, 12, 13, 14, 15
#: Rows of the int32 work array.
CODE, LIST, SEARCHES, TESTS, STILL, DRAWS, ELEMENTS = 0, 1, 2, 3, 4, 5, 6
#: The lanes of a tile: their draws and elements.
LANE_DRAWS, LANE_ELEMENTS = 7, 8
WHOLE_ROWS = 9

# 1/(k+1) for the sequential search.
STEPS = 12
LAST = 108
OVER = 1.0 / (np.arange(LAST + STEPS) + 1.0)


@inline
def load_lanes(draw: Any, element: Any, at: Any, pairs: Any, width: Any, units: Any, whole: Any) -> None:
    """Copy the draws and elements of a tile that begins at lane ``at``."""
    load(draw, at, pairs, width, units, whole[LANE_DRAWS])
    load(element, at, pairs, width, units, whole[LANE_ELEMENTS])


@inline
def gather(rows: Any, source: Any, target: Any, where: Any) -> None:
    """Copy five rows of some lanes, from the row ``source`` on, to the rows from ``target`` on."""
    # Indexed loads keep a loop from vectorising, so they stand in loops of their own.
    n, p, k, u, v = rows[source], rows[source + 1], rows[source + 2], rows[source + 3], rows[source + 4]
    n_, p_, k_, u_, v_ = rows[target], rows[target + 1], rows[target + 2], rows[target + 3], rows[target + 4]
    for i in range(where.size):
        lane = where[i]
        n_[i] = n[lane]
        p_[i] = p[lane]
        k_[i] = k[lane]
        u_[i] = u[lane]
        v_[i] = v[lane]


@inline
def whole_vectors(count: Any) -> Any:
    """``count`` rounded up to 16."""
    # A loop's last few lanes would run one by one; rubbish in the padding of a row costs less.
    return (count + 15) & ~15


@inline
def list_open(code: Any, where: Any) -> Any:
    """List the lanes whose code is not 0."""
    m = 0
    for i in range(code.size):
        where[m] = i
        m += code[i] != 0
    return m


@inline
def sort_out(code: Any, first: Any, second: Any) -> Any:
    """The lanes of code 1 and those of code 2."""
    m = list_open(code, first)
    t = 0
    s = 0
    for i in range(m):
        lane = first[i]
        first[t] = lane
        second[s] = lane
        both = code[lane]
        t += both & 1
        s += both >> 1
    return t, s


@inline
def append(code: Any, where: Any, count: Any, following: Any) -> Any:
    """Add the lanes of ``where`` whose code is not 0 to the ``count`` lanes of a list."""
    for i in range(where.size):
        following[count] = where[i]
        count += code[i] != 0
    return count


@inline
def gather_small(rows: Any, where: Any) -> None:
    """Copy n, p and the uniform of the lanes to be searched."""
    n, p, u, v = rows[N], rows[P], rows[U], rows[V]
    n_, p_, x = rows[G3], rows[G2], rows[G0]
    for i in range(where.size):
        lane = where[i]
        n_[i] = n[lane]
        p_[i] = p[lane]
        # The 64 bits in u and v make one uniform.
        x[i] = (u[lane] + (0.5 - 2.0**-33)) + v[lane] * 2.0**-32


@inline
def _step(x: Any, q: Any, found: Any, top: Any, odds: Any, k: Any, over: Any) -> Any:
    q = q * ((top - k * odds) * over)
    x = x - q
    return x, q, (found + 1.0 if x > 0.0 else found)


@inline
def search(rows: Any, count: Any, base: Any) -> None:
    """STEPS steps of the sequential search in every lane; P(k+1) = P(k)·(n−k)·r/(k+1)."""
    left, mass, odds, top, found = rows[G0], rows[G1], rows[G2], rows[G3], rows[G4]
    k = np.float64(base)
    o0, o1, o2, o3 = OVER[base], OVER[base + 1], OVER[base + 2], OVER[base + 3]
    o4, o5, o6, o7 = OVER[base + 4], OVER[base + 5], OVER[base + 6], OVER[base + 7]
    o8, o9, o10, o11 = OVER[base + 8], OVER[base + 9], OVER[base + 10], OVER[base + 11]
    for i in range(count):
        x = left[i]
        q = mass[i]
        f = found[i]
        t = top[i]
        r = odds[i]
        x, q, f = _step(x, q, f, t, r, k, o0)
        x, q, f = _step(x, q, f, t, r, k + 1.0, o1)
        x, q, f = _step(x, q, f, t, r, k + 2.0, o2)
        x, q, f = _step(x, q, f, t, r, k + 3.0, o3)
        x, q, f = _step(x, q, f, t, r, k + 4.0, o4)
        x, q, f = _step(x, q, f, t, r, k + 5.0, o5)
        x, q, f = _step(x, q, f, t, r, k + 6.0, o6)
        x, q, f = _step(x, q, f, t, r, k + 7.0, o7)
        x, q, f = _step(x, q, f, t, r, k + 8.0, o8)
        x, q, f = _step(x, q, f, t, r, k + 9.0, o9)
        x, q, f = _step(x, q, f, t, r, k + 10.0, o10)
        x, q, f = _step(x, q, f, t, r, k + 11.0, o11)
        left[i] = x
        mass[i] = q
        found[i] = f


@inline
def scatter(found: Any, value: Any, where: Any) -> None:
    """Write dense results back to their lanes."""
    for i in range(where.size):
        value[where[i]] = found[i]


@inline
def close_ranks(rows: Any, where: Any, keep: Any) -> Any:
    """Keep the lanes whose search goes on."""
    left, mass, odds, top, found = rows[G0], rows[G1], rows[G2], rows[G3], rows[G4]
    m = 0
    for i in range(where.size):
        keep[m] = i
        m += left[i] > 0.0
    for i in range(m):
        j = keep[i]
        where[i] = where[j]
        left[i] = left[j]
        mass[i] = mass[j]
        odds[i] = odds[j]
        top[i] = top[j]
        found[i] = found[j]
    return m

"""Exact binomial counts: transformed rejection and inversion, in tiles of structure of arrays.

n·min(p, 1−p) ≥ 10: BTRS of Hörmann 1993, "The generation of binomial random variates", Journal of
Statistical Computation and Simulation 46, 101–110.  Below: inversion by sequential search.  Lanes that a
pass leaves undecided are compacted and go to the next pass, so every pass is a loop without branches.

A tile is a set of rows of one float64 work array (``PLANES`` × ``TILE``) and of one int32 array.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import exp_normal64, log64, log_one_minus64
from sim.random.philox import centred, philox_words, unit64

__all__ = ["PLANES", "TILE", "binomial_array", "binomial_tile"]

TILE = 1024
PLANES = 16
SMALL = 10.0

# Rows of the float64 work array.
N, P, FLIP, K, U, V = 0, 1, 2, 3, 4, 5
G0, G1, G2, G3, G4, G5 = 8, 9, 10, 11, 12, 13
# Rows of the int32 work array.
CODE, LIST, NEXT, SMALL_LIST = 0, 1, 2, 3
WHOLE_ROWS = 4

# 1/(k+1) for the sequential search.
STEPS = 12
LAST = 108
OVER = 1.0 / (np.arange(LAST + STEPS) + 1.0)


@inline
def _delta(x: Any) -> Any:
    """Stirling's remainder ln k! − [(k+½) ln(k+1) − (k+1) + ½ ln 2π], with x = 1/(k+1)."""
    z = x * x
    series = 0.08333333333333333 - z * (
        0.002777777777777778 - z * (0.0007936507936507937 - z * 0.000595238095238095)
    )
    return x * series if x < 1.0 else 0.08106146679532726


@inline
def _propose(n: Any, p: Any, u: Any) -> Any:
    """The proposal of BTRS: k, the width b and the distance of u from the ends."""
    np_ = n * p
    b = 1.15 + 2.53 * np.sqrt(np_ * (1.0 - p))
    a = -0.0873 + 0.0248 * b + 0.01 * p
    us = 0.5 - abs(u)
    k = np.floor((2.0 * a / us + b) * u + (np_ + 0.5))
    return k, a, b, us


@inline
def _accept(n: Any, p: Any, k: Any, v: Any, a: Any, b: Any, us: Any) -> Any:
    """The full test of BTRS, v·α/(a/us² + b) ≤ f(k)/f(m), with the ratio written around the mode m.

    ln f(k)/f(m) = −(k+½) ln(K/M) − (n−k+½) ln(N/L) + (k−m) ln(rL/M) + δ(m) + δ(n−m) − δ(k) − δ(n−k),
    K = k+1, M = m+1, N = n−k+1, L = n−m+1, r = p/(1−p).
    """
    q = 1.0 - p
    m = np.floor((n + 1.0) * p)
    low = k if k > 0.0 else 0.0
    kk = low if low < n else n
    big_k = kk + 1.0
    big_n = n - kk + 1.0
    over_m = 1.0 / (m + 1.0)
    over_l = 1.0 / (n - m + 1.0)
    over_k = 1.0 / big_k
    over_n = 1.0 / big_n
    # r·L/M = 1 + e with |e| ≤ 1/11, since m is the mode.
    e = ((p * (n + 2.0) - m - 1.0) * over_m) / q
    s = e / (2.0 + e)
    z = s * s
    slope = (
        2.0
        * s
        * (1.0 + z * (1.0 / 3.0 + z * (1.0 / 5.0 + z * (1.0 / 7.0 + z * (1.0 / 9.0 + z * (1.0 / 11.0))))))
    )
    ratio = (
        (kk - m) * slope
        - (kk + 0.5) * log64(big_k * over_m)
        - (n - kk + 0.5) * log64(big_n * over_l)
        + (_delta(over_m) - _delta(over_k))
        + (_delta(over_l) - _delta(over_n))
    )
    sd = (b - 1.15) * (1.0 / 2.53)
    left = v * ((2.83 * b + 5.1) * sd * us * us) / (b * (a + b * us * us))
    return (k == kk) & (log64(left) <= ratio)


@inline
def _first(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, rows: Any, code: Any) -> None:
    """Pass 1: a proposal for every lane; code 0 settled, 1 needs the full test, 2 goes to the search."""
    n, p, value, us_, vs = rows[N], rows[P], rows[K], rows[U], rows[V]
    for i in range(draw.size):
        w0, w1, _, _ = philox_words(np.uint64(element[i]), np.uint64(draw[i]), variable, np.uint64(0), k0, k1)
        u = centred(w0)
        v = unit64(w1)
        k, _, b, us = _propose(n[i], p[i], u)
        mean = n[i] * p[i]
        # v ≤ 0.92 − 4.2/b without the division.
        quick = (us >= 0.07) & (v * b <= 0.92 * b - 4.2)
        big = mean >= SMALL
        value[i] = k if big else 0.0
        us_[i] = u
        vs[i] = v
        settled = (big & quick) | (mean == 0.0)
        code[i] = 0 if settled else (1 if big else 2)


@inline
def _gather(rows: Any, source: Any, target: Any, where: Any) -> None:
    a, b = rows[source], rows[target]
    for i in range(where.size):
        b[i] = a[where[i]]


@inline
def _test(rows: Any, count: Any, code: Any) -> None:
    """Pass 2: the full test of the first proposals."""
    n, p, k, u, v = rows[G0], rows[G1], rows[G2], rows[G3], rows[G4]
    for i in range(count):
        _, a, b, us = _propose(n[i], p[i], u[i])
        code[i] = 0 if _accept(n[i], p[i], k[i], v[i], a, b, us) else 1


@inline
def _retry(
    draw: Any, element: Any, variable: Any, attempt: Any, k0: Any, k1: Any, rows: Any, where: Any, code: Any
) -> None:
    """A new proposal with its full test for every lane still open."""
    n, p, k_new = rows[G0], rows[G1], rows[G2]
    for i in range(where.size):
        lane = where[i]
        w0, w1, _, _ = philox_words(
            np.uint64(element[lane]), np.uint64(draw[lane]), variable, attempt, k0, k1
        )
        k, a, b, us = _propose(n[i], p[i], centred(w0))
        k_new[i] = k
        code[i] = 0 if _accept(n[i], p[i], k, unit64(w1), a, b, us) else 1


@inline
def _select(code: Any, count: Any, wanted: Any, where: Any) -> Any:
    """The positions whose code is ``wanted``."""
    m = 0
    for i in range(count):
        where[m] = i
        m += code[i] == wanted
    return m


@inline
def _narrow(code: Any, where: Any, following: Any) -> Any:
    """The lanes of ``where`` whose code is not 0."""
    m = 0
    for i in range(where.size):
        following[m] = where[i]
        m += code[i]
    return m


@inline
def _start_search(rows: Any, where: Any) -> None:
    """Lanes of small mean: P(0), the odds, and a uniform of the 64 bits in (u, v)."""
    n, p, u, v = rows[N], rows[P], rows[U], rows[V]
    left, mass, odds, top, found = rows[G0], rows[G1], rows[G2], rows[G3], rows[G4]
    for i in range(where.size):
        lane = where[i]
        nn = n[lane]
        pp = p[lane]
        uniform = (u[lane] + (0.5 - 2.0**-33)) + v[lane] * 2.0**-32
        none = exp_normal64(nn * log_one_minus64(pp))
        r = pp / (1.0 - pp)
        mass[i] = none
        left[i] = (uniform if uniform < 1.0 - 2.0**-53 else 1.0 - 2.0**-53) - none
        odds[i] = r
        top[i] = nn * r
        found[i] = 1.0 if uniform > none else 0.0


@inline
def _step(x: Any, q: Any, found: Any, top: Any, odds: Any, k: Any, over: Any) -> Any:
    q = q * ((top - k * odds) * over)
    x = x - q
    return x, q, (found + 1.0 if x > 0.0 else found)


@inline
def _search(rows: Any, count: Any, base: Any) -> None:
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
def _pack(rows: Any, where: Any) -> Any:
    """Write the search's results of the lanes that ended, and close the gaps they leave."""
    left, mass, odds, top, found = rows[G0], rows[G1], rows[G2], rows[G3], rows[G4]
    value, n = rows[K], rows[N]
    m = 0
    for i in range(where.size):
        lane = where[i]
        value[lane] = min(found[i], n[lane])
        open_ = left[i] > 0.0
        where[m] = lane
        left[m] = left[i]
        mass[m] = mass[i]
        odds[m] = odds[i]
        top[m] = top[i]
        found[m] = found[i]
        m += open_
    return m


@kernel
def binomial_tile(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, rows: Any, whole: Any) -> None:
    """Fill row K with Bin(n, p) for the rows N and P ≤ ½ of one tile."""
    count = draw.size
    code = whole[CODE]
    _first(draw, element, variable, k0, k1, rows, code[:count])
    small = _select(code, count, 2, whole[SMALL_LIST])
    m = _select(code, count, 1, whole[LIST])
    where = whole[LIST][:m]
    for source, target in ((N, G0), (P, G1), (K, G2), (U, G3), (V, G4)):
        _gather(rows, source, target, where)
    _test(rows, m, code)
    attempt = 0
    swap = False
    value = rows[K]
    while True:
        m = _narrow(code, where, whole[NEXT] if not swap else whole[LIST])
        where = whole[NEXT][:m] if not swap else whole[LIST][:m]
        swap = not swap
        if m == 0:
            break
        attempt += 1
        _gather(rows, N, G0, where)
        _gather(rows, P, G1, where)
        _retry(draw, element, variable, np.uint64(attempt), k0, k1, rows, where, code)
        fresh = rows[G2]
        for i in range(m):
            value[where[i]] = fresh[i]
    where = whole[SMALL_LIST][:small]
    _start_search(rows, where)
    base = 0
    while small > 0 and base < LAST:
        _search(rows, small, base)
        small = _pack(rows, whole[SMALL_LIST][:small])
        base += STEPS


@inline
def _load(n: Any, p: Any, rows: Any) -> Any:
    """Fold p onto [0, ½]; returns whether every n ≥ 0 and every p in [0, 1]."""
    nn, pp, flip = rows[N], rows[P], rows[FLIP]
    bad = 0
    for i in range(n.size):
        whole = np.float64(n[i])
        share = np.float64(p[i])
        good = (whole >= 0.0) & (share >= 0.0) & (share <= 1.0)
        bad |= 0 if good else 1
        turn = share > 0.5
        nn[i] = whole if good else 0.0
        pp[i] = (1.0 - share if turn else share) if good else 0.0
        flip[i] = 1.0 if turn else 0.0
    return bad


@inline
def _store(rows: Any, out: Any) -> None:
    n, k, flip = rows[N], rows[K], rows[FLIP]
    for i in range(out.size):
        out[i] = n[i] - k[i] if flip[i] > 0.0 else k[i]


@kernel
def binomial_array(
    draw: Any, element: Any, variable: Any, k0: Any, k1: Any, n: Any, p: Any, rows: Any, whole: Any, out: Any
) -> Any:
    """Bin(n, p) for every lane; 1 if some n or p was out of range, else 0."""
    bad = 0
    for start in range(0, draw.size, TILE):
        stop = min(start + TILE, draw.size)
        bad |= _load(n[start:stop], p[start:stop], rows)
        binomial_tile(draw[start:stop], element[start:stop], variable, k0, k1, rows, whole)
        _store(rows, out[start:stop])
    return bad

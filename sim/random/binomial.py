"""Exact binomial counts: transformed rejection and inversion, in tiles of structure of arrays.

n·min(p, 1−p) ≥ 10: BTRS of Hörmann 1993, "The generation of binomial random variates", Journal of
Statistical Computation and Simulation 46, 101–110.  Below: inversion by sequential search.  Lanes that a
pass leaves undecided are compacted and go to the next pass, so every pass is a loop without branches.

The rows of a tile and what both methods share stand in ``sim.random.tiles``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import exp_normal64, log32, log64, log_one_minus64
from sim.random.pairs import load, next_tile, store
from sim.random.philox import centred, philox_words, unit64
from sim.random.tiles import (
    CODE,
    DRAWS,
    ELEMENTS,
    G0,
    G1,
    G2,
    G3,
    G4,
    H0,
    H1,
    H2,
    H3,
    H4,
    LANE_DRAWS,
    LANE_ELEMENTS,
    LAST,
    LIST,
    SEARCHES,
    SHARE,
    SMALL,
    STEPS,
    STILL,
    TESTS,
    TILE,
    K,
    N,
    P,
    U,
    V,
    append,
    close_ranks,
    gather,
    gather_small,
    list_open,
    load_lanes,
    scatter,
    search,
    sort_out,
    whole_vectors,
)

__all__ = ["binomial_array", "binomial_tile"]

F = np.float32
U0, U1 = np.uint64(0), np.uint64(1)

#: Of the squeeze: ln f(k)/f(m) is known to SLACK·(1 + z⁴)/σ² for |z| ≤ REACH, and ROUNDED for float32.
SLACK, REACH, ROUNDED = F(0.31), F(8.0), F(1e-4)


@inline
def _delta(x: Any) -> Any:
    """Stirling's remainder ln k! − [(k+½) ln(k+1) − (k+1) + ½ ln 2π], with x = 1/(k+1)."""
    z = x * x
    series = 0.08333333333333333 - z * (0.002777777777777778 - z * (0.0007936507936507937 - z * 0.000595238095238095))
    return x * series if x < 0.75 else 0.08106146679532726


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
    big_m = m + 1.0
    big_l = n - m + 1.0
    # One division serves the four reciprocals.
    km = big_k * big_m
    nl = big_n * big_l
    inverse = 1.0 / (km * nl)
    over_m = inverse * nl * big_k
    over_k = inverse * nl * big_m
    over_l = inverse * km * big_n
    over_n = inverse * km * big_l
    # rL/M = (1 + s)/(1 − s) with |s| ≤ 1/20, since m is the mode.
    gap = p * (n + 2.0) - big_m
    s = gap / (2.0 * q * big_m + gap)
    z = s * s
    slope = 2.0 * s * (1.0 + z * (1.0 / 3.0 + z * (0.2 + z * (1.0 / 7.0 + z * (1.0 / 9.0 + z / 11.0)))))
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
def log_ratio32(y: Any, variance: Any, skew: Any) -> Any:
    """Ln f(k)/f(m) for y = k − np, as far as Stirling's series to the cubic term knows it; and within what.

    −z²/2 + (1−2p)·y·(z²/6 − ½)/σ² with z = y/σ; it is wrong by less than 0.31·(1 + z⁴)/σ² for |z| ≤ 8 and
    np ≥ 10.  ``skew`` is 1 − 2p.
    """
    over = F(1.0) / variance
    square = y * y * over
    middle = skew * over * y * (square * F(1.0 / 6.0) - F(0.5)) - F(0.5) * square
    return middle, SLACK * (F(1.0) + square * square) * over + ROUNDED


@inline
def _squeeze(rows: Any, count: Any, code: Any) -> None:
    """Pass 2, in float32: code 0 accepted for certain, 2 refused for certain, 1 needs the full test.

    Beyond |z| = 8 f(k) is less than at 8, which is enough to refuse.
    """
    n, p, ks, u_, vs = rows[H0], rows[H1], rows[H2], rows[H3], rows[H4]
    for i in range(count):
        k, mean = ks[i], n[i] * p[i]
        inside = (k >= 0.0) & (k <= n[i])
        variance = F(mean * (1.0 - p[i]))
        skew = F(1.0 - 2.0 * p[i])
        y = F(k - mean)
        us = F(0.5 - abs(u_[i]))
        v = F(vs[i])
        sd = np.sqrt(variance)
        reach = REACH * sd
        low = y if y > -reach else -reach
        near = low if low < reach else reach
        ratio, slack = log_ratio32(near, variance, skew)
        b = F(1.15) + F(2.53) * sd
        a = F(0.0248) * b + (F(0.005) * (F(1.0) - skew) - F(0.0873))
        left = log32(v * (F(2.83) * b + F(5.1)) * sd * us * us / (b * (a + b * us * us)))
        accepted = inside & (near == y) & (left < ratio - slack)
        refused = (left > ratio + slack) | (not inside)
        code[i] = 0 if accepted else (2 if refused else 1)


@inline
def quick_limit(us: Any, b: Any) -> Any:
    """What v·b may be so that the full test accepts a proposal in any case, if np ≥ 10.

    Hörmann's 0.92·b − 4.2 for us ≥ 0.07, and towards the ends of u, for which he has none, a line.
    """
    slope = 20.0 * us - 0.48
    return (slope if slope < 0.92 else 0.92) * b - 4.2


@kernel
def _words(draw: Any, element: Any, half: Any, variable: Any, k0: Any, k1: Any, us: Any, vs: Any) -> None:
    """The u and v of first proposals: words 0 and 1 of the pair's call for the even draw, 2 and 3 for the odd one.

    The lanes from ``half`` on are the odd draws of those before; where it is 0 each lane stands alone.
    """
    for i in range(half):
        pair = np.uint64(np.uint32(draw[i])) >> U1
        w0, w1, w2, w3 = philox_words(np.uint64(np.uint32(element[i])), pair, variable, U0, k0, k1)
        us[i] = centred(w0)
        vs[i] = unit64(w1)
        us[half + i] = centred(w2)
        vs[half + i] = unit64(w3)
    for i in range(draw.size if half == 0 else 0):
        pair = np.uint64(np.uint32(draw[i])) >> U1
        w0, w1, w2, w3 = philox_words(np.uint64(np.uint32(element[i])), pair, variable, U0, k0, k1)
        odd = (draw[i] & 1) != 0
        us[i] = centred(w2 if odd else w0)
        vs[i] = unit64(w3 if odd else w1)


@inline
def _first(rows: Any, code: Any) -> Any:
    """Pass 1: a proposal for every lane; code 0 settled, 1 needs the full test, 2 goes to the search: if some do."""
    some = np.int32(0)
    n, p, value, us_, vs = rows[N], rows[P], rows[K], rows[U], rows[V]
    for i in range(code.size):
        k, _, b, us = _propose(n[i], p[i], us_[i])
        mean = n[i] * p[i]
        quick = vs[i] * b <= quick_limit(us, b)
        big = mean >= SMALL
        value[i] = k if big else 0.0
        settled = (big & quick) | (mean == 0.0)
        step = np.int32(0 if settled else (1 if big else 2))
        code[i] = step
        some |= step
    return (some & 2) != 0


@inline
def _gather_again(draw: Any, element: Any, rows: Any, where: Any, draws: Any, elements: Any) -> None:
    n, p, n_, p_ = rows[N], rows[P], rows[H0], rows[H1]
    for i in range(where.size):
        lane = where[i]
        n_[i] = n[lane]
        p_[i] = p[lane]
        draws[i] = draw[lane]
        elements[i] = element[lane]


@inline
def _test(rows: Any, count: Any, code: Any) -> None:
    """Pass 3: the full test of the proposals that the squeeze leaves open."""
    n, p, k, u, v = rows[G0], rows[G1], rows[G2], rows[G3], rows[G4]
    for i in range(count):
        _, a, b, us = _propose(n[i], p[i], u[i])
        code[i] = 0 if _accept(n[i], p[i], k[i], v[i], a, b, us) else 1


@inline
def _propose_again(
    draws: Any, elements: Any, count: Any, variable: Any, attempt: Any, k0: Any, k1: Any, rows: Any
) -> None:
    """A new proposal for every lane still open."""
    n, p, ks, us_, vs = rows[H0], rows[H1], rows[H2], rows[H3], rows[H4]
    for i in range(count):
        w0, w1, _, _ = philox_words(
            np.uint64(np.uint32(elements[i])), np.uint64(np.uint32(draws[i])), variable, attempt, k0, k1
        )
        u = centred(w0)
        ks[i] = _propose(n[i], p[i], u)[0]
        us_[i] = u
        vs[i] = unit64(w1)


@inline
def _start_search(rows: Any, count: Any) -> None:
    """Lanes of small mean: P(0), the odds and n times the odds."""
    left, mass, odds, top, found = rows[G0], rows[G1], rows[G2], rows[G3], rows[G4]
    for i in range(count):
        n = top[i]
        p = odds[i]
        uniform = left[i]
        none = exp_normal64(n * log_one_minus64(p))
        r = p / (1.0 - p)
        mass[i] = none
        left[i] = (uniform if uniform < 1.0 - 2.0**-53 else 1.0 - 2.0**-53) - none
        odds[i] = r
        top[i] = n * r
        found[i] = 1.0 if uniform > none else 0.0


@inline
def _refused(rows: Any, count: Any, whole: Any) -> Any:
    """Judge the proposals in H0 … H4; list the places of the refused ones in STILL and return how many."""
    code, tests, still = whole[CODE], whole[TESTS], whole[STILL]
    _squeeze(rows, whole_vectors(count), code)
    tested, refused = sort_out(code[:count], tests, still)
    if tested > 0:
        gather(rows, H0, G0, tests[:tested])
        _test(rows, whole_vectors(tested), code)
        refused = append(code, tests[:tested], refused, still)
    return refused


@kernel
def binomial_tile(count: Any, half: Any, variable: Any, k0: Any, k1: Any, rows: Any, whole: Any) -> None:
    """Fill row K with Bin(n, p) for the rows N and P ≤ ½ and the lanes of one tile, ``half`` pairs of draws.

    Rounding may carry a search past n, with a probability near 2⁻⁵³: the caller takes min(K, N).
    """
    code, where, searched, still, spare = whole[CODE], whole[LIST], whole[SEARCHES], whole[STILL], whole[TESTS]
    value, draws, elements = rows[K], whole[DRAWS], whole[ELEMENTS]
    draw, element = whole[LANE_DRAWS, :count], whole[LANE_ELEMENTS, :count]
    _words(draw, element, half, variable, k0, k1, rows[U], rows[V])
    if _first(rows, code[:count]):
        m, small = sort_out(code[:count], where, searched)
    else:
        m, small = list_open(code[:count], where), 0
    gather(rows, N, H0, where[:m])
    m = _refused(rows, m, whole)
    attempt = 0
    while m > 0:
        attempt += 1
        for i in range(m):
            spare[i] = where[still[i]]
        for i in range(m):
            where[i] = spare[i]
        _gather_again(draw, element, rows, where[:m], draws, elements)
        _propose_again(draws, elements, whole_vectors(m), variable, np.uint64(attempt), k0, k1, rows)
        scatter(rows[H2], value, where[:m])
        m = _refused(rows, m, whole)
    if small > 0:
        gather_small(rows, searched[:small])
        _start_search(rows, whole_vectors(small))
    base = 0
    while small > 0 and base < LAST:
        search(rows, whole_vectors(small), base)
        scatter(rows[G4], value, searched[:small])
        small = close_ranks(rows, searched[:small], code)
        base += STEPS


@inline
def _load(n: Any, p: Any, rows: Any) -> Any:
    """Fold p onto [0, ½]; returns 1 if some n < 0 or some p is not in [0, 1]."""
    nn, pp, shares = rows[N], rows[P], rows[SHARE]
    bad = np.int32(0)
    for i in range(n.size):
        whole = np.float64(n[i])
        share = np.float64(p[i])
        bad |= np.int32(not (whole >= 0.0)) | np.int32(not (share >= 0.0)) | np.int32(not (share <= 1.0))
        nn[i] = whole
        pp[i] = min(share, 1.0 - share)
        shares[i] = share
    return bad


@inline
def _unfold(rows: Any, out: Any) -> None:
    n, k, shares = rows[N], rows[K], rows[SHARE]
    for i in range(out.size):
        count = min(k[i], n[i])
        out[i] = n[i] - count if shares[i] > 0.5 else count


@kernel
def binomial_array(
    draw: Any,
    element: Any,
    units: Any,
    variable: Any,
    k0: Any,
    k1: Any,
    n: Any,
    p: Any,
    rows: Any,
    whole: Any,
    trials: Any,
    chances: Any,
    out: Any,
) -> Any:
    """Bin(n, p) for every lane; 1 if some n or p was out of range, else 0.  ``units`` as in ``next_tile``.

    ``trials`` and ``chances`` hold n, and later the counts, and p of a tile.
    """
    at = 0
    while at < draw.size:
        pairs, width, following = next_tile(draw, units, at, TILE)
        count = max(2 * pairs, 1) * width
        load_lanes(draw, element, at, pairs, width, units, whole)
        load(n, at, pairs, width, units, trials)
        load(p, at, pairs, width, units, chances)
        if _load(trials[:count], chances[:count], rows):
            return 1
        binomial_tile(count, pairs * width, variable, k0, k1, rows, whole)
        _unfold(rows, trials[:count])
        store(trials, at, pairs, width, units, out)
        at = following
    return 0

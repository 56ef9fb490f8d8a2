"""Exact Poisson counts.

Mean ≥ 10: PTRS of Hörmann 1993, "The transformed rejection method for generating Poisson random
variables", Insurance: Mathematics and Economics 12, 39–45, doi:10.1016/0167-6687(93)90997-4.  Below:
inversion by sequential search, shared with the binomial.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import exp_normal64, log64
from sim.random.philox import centred, philox_words, unit64
from sim.random.tiles import (
    CODE,
    G0,
    G1,
    G2,
    G3,
    G4,
    LAST,
    LIST,
    SEARCHES,
    STEPS,
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
    scatter,
    search,
    sort_out,
    whole_vectors,
)

__all__ = ["poisson_array"]

ZERO = np.uint64(0)


@inline
def _transformed(mean: Any, draw: Any, element: Any, variable: Any, k0: Any, k1: Any) -> Any:
    """The second and later attempts of one lane."""
    b = 0.931 + 2.53 * np.sqrt(mean)
    a = -0.059 + 0.02483 * b
    scale = 1.1239 + 1.1328 / (b - 3.4)
    edge = 0.9277 - 3.6224 / (b - 2.0)
    attempt = np.uint64(1)
    while True:
        w0, w1, _, _ = philox_words(element, draw, variable, attempt, k0, k1)
        u = centred(w0)
        v = unit64(w1)
        us = 0.5 - abs(u)
        k = np.floor((2.0 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= edge:
            return k
        if k >= 0.0 and not (us < 0.013 and v > us):
            # k ln μ − μ − ln k! by Stirling, written around μ so that nothing large cancels.
            x = 1.0 / (k + 1.0)
            z = x * x
            rest = x * (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z / 1680.0)))
            rest = rest if k > 0.0 else 0.08106146679532726
            right = (k + 1.0 - mean) - (k + 0.5) * log64((k + 1.0) / mean)
            right -= 0.5 * log64(mean) + 0.91893853320467274178 + rest
            if log64(v * scale / (a / (us * us) + b)) <= right:
                return k
        attempt += np.uint64(1)


@inline
def _propose(mean: Any, u: Any) -> Any:
    b = 0.931 + 2.53 * np.sqrt(mean)
    a = -0.059 + 0.02483 * b
    us = 0.5 - abs(u)
    return np.floor((2.0 * a / us + b) * u + mean + 0.43), a, b, us


@inline
def _first(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, rows: Any, code: Any) -> None:
    """Pass 1: a proposal for every lane; code 0 settled, 1 needs the full test, 2 goes to the search."""
    means, ks, us_, vs = rows[P], rows[K], rows[U], rows[V]
    for i in range(draw.size):
        w0, w1, _, _ = philox_words(np.uint64(element[i]), np.uint64(draw[i]), variable, ZERO, k0, k1)
        u = centred(w0)
        v = unit64(w1)
        mean = means[i]
        k, _, b, us = _propose(mean, u)
        big = mean >= 10.0
        # v ≤ 0.9277 − 3.6224/(b − 2) without the division.
        quick = (us >= 0.07) & (v * (b - 2.0) <= 0.9277 * (b - 2.0) - 3.6224)
        ks[i] = k if big else 0.0
        us_[i] = u
        vs[i] = v
        code[i] = 0 if (big & quick) | (mean == 0.0) else (1 if big else 2)


@inline
def _test(rows: Any, count: Any, code: Any) -> None:
    """Pass 2: the full test of the first proposals, written around the mean so that nothing large cancels."""
    means, ks, us_, vs = rows[G1], rows[G2], rows[G3], rows[G4]
    for i in range(count):
        mean, k, v = means[i], ks[i], vs[i]
        _, a, b, us = _propose(mean, us_[i])
        whole = k + 1.0 if k >= 0.0 else 1.0
        x = 1.0 / whole
        z = x * x
        rest = x * (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z / 1680.0)))
        rest = rest if whole > 1.0 else 0.08106146679532726
        right = (whole - mean) - (whole - 0.5) * log64(whole / mean)
        right -= 0.5 * log64(mean) + 0.91893853320467274178 + rest
        scale = 1.1239 + 1.1328 / (b - 3.4)
        left = log64(v * scale / (a / (us * us) + b))
        outside = (k < 0.0) | ((us < 0.013) & (v > us))
        code[i] = 1 if outside | (left > right) else 0


@inline
def _start_search(rows: Any, count: Any) -> None:
    left, mass, odds, top, found = rows[G0], rows[G1], rows[G2], rows[G3], rows[G4]
    for i in range(count):
        mean = odds[i]
        uniform = left[i]
        none = exp_normal64(-mean)
        mass[i] = none
        left[i] = (uniform if uniform < 1.0 - 2.0**-53 else 1.0 - 2.0**-53) - none
        # P(k+1) = P(k)·(top − k·odds)/(k+1), the binomial's step.
        top[i] = mean
        odds[i] = 0.0
        found[i] = 1.0 if uniform > none else 0.0


@kernel
def _tile(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, rows: Any, whole: Any) -> None:
    code, where, small_list = whole[CODE], whole[LIST], whole[SEARCHES]
    value, means = rows[K], rows[P]
    _first(draw, element, variable, k0, k1, rows, code[: draw.size])
    m, small = sort_out(code[: draw.size], where, small_list)
    gather(rows, N, G0, where[:m])
    _test(rows, whole_vectors(m), code)
    m = append(code, where[:m], 0, where)
    for i in range(m):
        lane = where[i]
        value[lane] = _transformed(means[lane], np.uint64(draw[lane]), np.uint64(element[lane]), variable, k0, k1)
    base = 0
    if small > 0:
        gather_small(rows, small_list[:small])
        _start_search(rows, whole_vectors(small))
    while small > 0 and base < LAST:
        search(rows, whole_vectors(small), base)
        scatter(rows[G4], value, small_list[:small])
        small = close_ranks(rows, small_list[:small], code)
        base += STEPS


@inline
def _load(mean: Any, rows: Any) -> Any:
    means, unused = rows[P], rows[N]
    bad = np.int32(0)
    for i in range(mean.size):
        m = np.float64(mean[i])
        bad |= np.int32(not (m >= 0.0)) | np.int32(not (m <= 1e15))
        means[i] = m
        unused[i] = 0.0
    return bad


@kernel
def poisson_array(
    draw: Any, element: Any, variable: Any, k0: Any, k1: Any, mean: Any, rows: Any, whole: Any, out: Any
) -> Any:
    """Poisson(mean) for every lane; 1 if some mean was negative, too large or NaN, else 0."""
    for start in range(0, draw.size, TILE):
        stop = min(start + TILE, draw.size)
        if _load(mean[start:stop], rows):
            return 1
        _tile(draw[start:stop], element[start:stop], variable, k0, k1, rows, whole)
        target, value = out[start:stop], rows[K]
        for i in range(stop - start):
            target[i] = value[i]
    return 0

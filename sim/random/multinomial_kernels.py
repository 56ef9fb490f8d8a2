"""Multinomial counts: a chain of exact conditional binomials, one stream per category.

x_j ~ Bin(n − Σ_{i<j} x_i, w_j / Σ_{i≥j} w_i); the last category takes the rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import exp32
from sim.random.binomial import binomial_tile
from sim.random.pairs import load, next_tile, store
from sim.random.tiles import SHARE, TILE, K, N, P, load_lanes

__all__ = ["multinomial_array"]

#: A sum of weights below this counts as none.
LEAST = 1e-300


@inline
def _begin(n: Any, remaining: Any, sums: Any) -> Any:
    bad = np.int32(0)
    for i in range(n.size):
        count = np.float64(n[i])
        bad |= np.int32(not (count >= 0.0))
        remaining[i] = count
        sums[i] = 0.0
    return bad


@inline
def _add(weight: Any, following: Any, sums: Any) -> Any:
    """The sums of the weights from this category on; 1 if some weight is negative or NaN, else 0."""
    bad = np.int32(0)
    for i in range(weight.size):
        w = np.float64(weight[i])
        bad |= np.int32(not (w >= 0.0))
        sums[i] = following[i] + w
    return bad


@inline
def _check(remaining: Any, sums: Any) -> Any:
    bad = np.int32(0)
    for i in range(remaining.size):
        mass = sums[i]
        bad |= np.int32(remaining[i] != 0.0) & (np.int32(not (mass >= LEAST)) | np.int32(not (mass < np.inf)))
    return bad


@inline
def _condition(weight: Any, sums: Any, remaining: Any, rows: Any) -> None:
    nn, pp, shares = rows[N], rows[P], rows[SHARE]
    for i in range(weight.size):
        # The sum is 0 only where nothing remains or the weight is 0 too.
        share = np.float64(weight[i]) / max(sums[i], LEAST)
        nn[i] = remaining[i]
        pp[i] = min(share, 1.0 - share)
        shares[i] = share


@inline
def _take(rows: Any, remaining: Any, out: Any) -> None:
    k, shares = rows[K], rows[SHARE]
    for i in range(out.size):
        left = remaining[i]
        low = min(k[i], left)
        count = left - low if shares[i] > 0.5 else low
        out[i] = count
        remaining[i] = left - count


@inline
def _raise_top(row: Any, top: Any) -> None:
    for i in range(top.size):
        top[i] = row[i] if row[i] > top[i] else top[i]


@inline
def _weigh(row: Any, top: Any) -> None:
    for i in range(top.size):
        row[i] = exp32(row[i] - top[i])


@inline
def _exponentiate(held: Any, top: Any) -> None:
    """exp(x − max) over the categories of (category, lane), in place."""
    for i in range(top.size):
        top[i] = held[0, i]
    for j in range(1, held.shape[0]):
        _raise_top(held[j, : top.size], top)
    for i in range(top.size):
        # Where nobody can be chosen the weights are to be 0 rather than NaN.
        top[i] = top[i] if top[i] != -np.inf else 0.0
    for j in range(held.shape[0]):
        _weigh(held[j, : top.size], top)


@kernel
def multinomial_array(
    draw: Any,
    element: Any,
    units: Any,
    variables: Any,
    k0: Any,
    k1: Any,
    n: Any,
    weights: Any,
    logs: Any,
    rows: Any,
    whole: Any,
    held: Any,
    sums: Any,
    remainders: Any,
    counts: Any,
    out: Any,
) -> Any:
    """Counts (k, lanes); 1 if n or a weight was out of range or a lane with n > 0 had no weight, else 0.

    ``units`` as in ``next_tile``; with ``logs`` the weights are logarithms, float32, of any constant.
    ``held`` and ``counts`` hold the weights, and n and the counts of one category, of a tile.
    """
    last = weights.shape[0] - 1
    at = 0
    while at < draw.size:
        pairs, width, following = next_tile(draw, units, at, TILE)
        count = max(2 * pairs, 1) * width
        load_lanes(draw, element, at, pairs, width, units, whole)
        load(n, at, pairs, width, units, counts)
        remaining = remainders[:count]
        bad = _begin(counts[:count], remaining, sums[last + 1, :count])
        for j in range(last + 1):
            load(weights[j], at, pairs, width, units, held[j])
        if logs:
            _exponentiate(held[: last + 1], held[last + 1, :count])
        for back in range(last + 1):
            j = last - back
            bad |= _add(held[j, :count], sums[j + 1, :count], sums[j, :count])
        bad |= _check(remaining, sums[0, :count])
        if bad:
            return 1
        for j in range(last):
            _condition(held[j, :count], sums[j, :count], remaining, rows)
            binomial_tile(count, pairs * width, variables[j], k0, k1, rows, whole)
            _take(rows, remaining, counts[:count])
            store(counts, at, pairs, width, units, out[j])
        for i in range(count):
            counts[i] = remaining[i]
        store(counts, at, pairs, width, units, out[last])
        at = following
    return 0

"""Multinomial counts: a chain of exact conditional binomials, one stream per category.

x_j ~ Bin(n − Σ_{i<j} x_i, w_j / Σ_{i≥j} w_i); the last category takes the rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.random.binomial import binomial_tile
from sim.random.tiles import SHARE, TILE, K, N, P

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


@kernel
def multinomial_array(
    draw: Any,
    element: Any,
    variables: Any,
    k0: Any,
    k1: Any,
    n: Any,
    weights: Any,
    rows: Any,
    whole: Any,
    sums: Any,
    remainders: Any,
    out: Any,
) -> Any:
    """Counts (k, lanes); 1 if n or a weight was out of range or a lane with n > 0 had no weight, else 0."""
    last = weights.shape[0] - 1
    bad = np.int32(0)
    for start in range(0, draw.size, TILE):
        stop = min(start + TILE, draw.size)
        count = stop - start
        remaining = remainders[:count]
        bad |= _begin(n[start:stop], remaining, sums[last + 1, :count])
        for back in range(last + 1):
            j = last - back
            bad |= _add(weights[j, start:stop], sums[j + 1, :count], sums[j, :count])
        bad |= _check(remaining, sums[0, :count])
        if bad:
            return bad
        for j in range(last):
            _condition(weights[j, start:stop], sums[j, :count], remaining, rows)
            binomial_tile(draw[start:stop], element[start:stop], variables[j], k0, k1, rows, whole)
            _take(rows, remaining, out[j, start:stop])
        target = out[last, start:stop]
        for i in range(count):
            target[i] = remaining[i]
    return bad

"""One choice among categories, and orders of a few things."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import exp_weight32
from sim.random.philox import philox_words, unit52, unit64

__all__ = ["TILE", "bernoulli_array", "categorical_array", "choice_array", "permutation_array"]

TILE = 1024
ZERO = np.uint64(0)
B32 = np.uint64(32)
B16 = np.uint64(16)
LOW = np.uint64(0xFFFFFFFF)
F = np.float32


@inline
def _add(weight: Any, total: Any) -> Any:
    bad = 0
    for i in range(weight.size):
        w = np.float64(weight[i])
        bad |= 0 if w >= 0.0 else 1
        total[i] += w
    return bad


@inline
def _threshold(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, total: Any, goal: Any) -> Any:
    bad = 0
    for i in range(draw.size):
        w0, w1, _, _ = philox_words(np.uint64(element[i]), np.uint64(draw[i]), variable, ZERO, k0, k1)
        mass = total[i]
        bad |= 0 if (mass > 0.0) & (mass < np.inf) else 1
        point = unit52(w0, w1) * mass
        # Rounding must not carry the point onto the total: the last category may weigh nothing.
        goal[i] = point if point < mass else mass * (1.0 - 2.0**-52)
        total[i] = 0.0
    return bad


@inline
def _pass(weight: Any, running: Any, goal: Any, out: Any) -> None:
    for i in range(out.size):
        running[i] += np.float64(weight[i])
        out[i] += np.int32(running[i] <= goal[i])


@kernel
def categorical_array(
    draw: Any, element: Any, variable: Any, k0: Any, k1: Any, weights: Any, totals: Any, goals: Any, out: Any
) -> Any:
    """Index by inverse cumulative; 1 if a weight was out of range or a lane weighed nothing, else 0."""
    options = weights.shape[0]
    bad = 0
    for start in range(0, draw.size, TILE):
        stop = min(start + TILE, draw.size)
        total = totals[: stop - start]
        goal = goals[: stop - start]
        index = out[start:stop]
        for i in range(stop - start):
            total[i] = 0.0
            index[i] = 0
        for j in range(options):
            bad |= _add(weights[j, start:stop], total)
        bad |= _threshold(draw[start:stop], element[start:stop], variable, k0, k1, total, goal)
        for j in range(options - 1):
            _pass(weights[j, start:stop], total, goal, index)
    return bad


# Rows are passed on as whole one-dimensional arrays: only then do the loops vectorise.


@inline
def _raise_top(row: Any, top: Any) -> None:
    for i in range(top.size):
        top[i] = row[i] if row[i] > top[i] else top[i]


@inline
def _accumulate(row: Any, top: Any, before: Any, out: Any) -> None:
    for i in range(top.size):
        out[i] = before[i] + exp_weight32(row[i] - top[i])


@inline
def _goal32(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, total: Any, goal: Any) -> Any:
    bad = 0
    for i in range(draw.size):
        w0, _, _, _ = philox_words(np.uint64(element[i]), np.uint64(draw[i]), variable, ZERO, k0, k1)
        mass = total[i]
        bad |= 0 if (mass > F(0.0)) & (mass < F(np.inf)) else 1
        point = F(unit64(w0)) * mass
        below = mass * F(1.0 - 2.0**-24)
        goal[i] = point if point < below else below
    return bad


@inline
def _count_passed(running: Any, goal: Any, out: Any) -> None:
    for i in range(out.size):
        out[i] += np.int32(running[i] <= goal[i])


@kernel
def choice_array(
    draw: Any, element: Any, variable: Any, k0: Any, k1: Any, utilities: Any, sums: Any, goals: Any, out: Any
) -> Any:
    """Index drawn from softmax(utilities) by inverse cumulative in float32; 1 if a lane has nothing to choose."""
    options = utilities.shape[0]
    bad = 0
    for start in range(0, draw.size, TILE):
        stop = min(start + TILE, draw.size)
        n = stop - start
        index, goal, top, none = out[start:stop], goals[0, :n], goals[1, :n], goals[2, :n]
        for i in range(n):
            top[i] = utilities[0, start + i]
            none[i] = F(0.0)
            index[i] = 0
        for j in range(1, options):
            _raise_top(utilities[j, start:stop], top)
        for i in range(n):
            # Where nobody can be chosen, 0 instead of -inf keeps the sums at 0 rather than NaN.
            top[i] = top[i] if top[i] != -np.inf else F(0.0)
        _accumulate(utilities[0, start:stop], top, none, sums[0, :n])
        for j in range(1, options):
            _accumulate(utilities[j, start:stop], top, sums[j - 1, :n], sums[j, :n])
        bad |= _goal32(draw[start:stop], element[start:stop], variable, k0, k1, sums[options - 1, :n], goal)
        for j in range(options - 1):
            _count_passed(sums[j, :n], goal, index)
    return bad


@kernel
def bernoulli_array(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, p: Any, out: Any) -> Any:
    """1 with probability p, by a uniform of 52 bits; 1 is returned if some p is not in [0, 1], else 0."""
    bad = 0
    for i in range(draw.size):
        w0, w1, _, _ = philox_words(np.uint64(element[i]), np.uint64(draw[i]), variable, ZERO, k0, k1)
        share = np.float64(p[i])
        bad |= 0 if (share >= 0.0) & (share <= 1.0) else 1
        out[i] = np.int32(unit52(w0, w1) < share)
    return bad


@inline
def _below(draw: Any, element: Any, variable: Any, step: Any, k0: Any, k1: Any, bound: Any) -> Any:
    """A uniform integer in [0, bound): Lemire 2019, doi:10.1145/3230636, with four words per call."""
    limit = ((LOW + np.uint64(1)) - bound) % bound
    retry = np.uint64(0)
    while True:
        words = philox_words(element, draw, variable, step | (retry << B16), k0, k1)
        for word in words:
            product = word * bound
            if (product & LOW) >= limit:
                return product >> B32
        retry += np.uint64(1)


@kernel
def permutation_array(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, out: Any) -> None:
    """Fisher–Yates in each lane of out (size, lanes)."""
    size = out.shape[0]
    for j in range(size):
        row = out[j]
        for i in range(row.size):
            row[i] = j
    for j in range(size - 1, 0, -1):
        row = out[j]
        for i in range(row.size):
            other = np.int64(
                _below(
                    np.uint64(draw[i]),
                    np.uint64(element[i]),
                    variable,
                    np.uint64(j),
                    k0,
                    k1,
                    np.uint64(j + 1),
                )
            )
            held = row[i]
            row[i] = out[other, i]
            out[other, i] = held

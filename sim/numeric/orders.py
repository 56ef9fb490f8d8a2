"""Orders of a few options: their list, and the probabilities that utilities give to them."""

from __future__ import annotations

from functools import cache
from itertools import permutations
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.arrays import solid
from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import exp64, log64

__all__ = ["before", "distances", "orders_of", "plackett_luce"]

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

#: Lanes computed at once.
TILE = 128

#: Log-odds so far below the best count as none.
FAR = -700.0


@cache
def orders_of(options: int) -> I64:
    """Return all orders of the options 0 … options − 1, first place first, in lexicographic order: (order, place)."""
    out = np.array(list(permutations(range(options))), np.int64)
    out.flags.writeable = False
    return out


@cache
def before(options: int) -> NDArray[np.bool_]:
    """Return who stands before whom: (option, rival, order)."""
    place = np.argsort(orders_of(options), axis=1)
    out: NDArray[np.bool_] = (place[:, :, None] < place[:, None, :]).transpose(1, 2, 0)
    out.flags.writeable = False
    return out


def distances(reference: tuple[int, ...]) -> I64:
    """Return Kendall's distance of every order from one: the pairs that stand the other way round, (order,)."""
    ahead = before(len(reference))
    pairs = [(a, b) for i, a in enumerate(reference) for b in reference[i + 1 :]]
    turned = [ahead[b, a] for a, b in pairs] or [np.zeros(1, bool)]
    return np.asarray(np.sum(turned, axis=0, dtype=np.int64))


@cache
def _steps(options: int) -> I64:
    """For every order its choices: set of those left · options + who is taken, (order, place but the last)."""
    out = np.empty((factorial(options), options - 1), np.int64)
    left = np.full(len(out), (1 << options) - 1, np.int64)
    for place in range(options - 1):
        taken = orders_of(options)[:, place]
        out[:, place] = left * options + taken
        left = left ^ (1 << taken)
    return out


@inline
def _raise(u: Any, top: Any) -> None:
    for i in range(top.size):
        value = np.float64(u[i])
        top[i] = value if value > top[i] else top[i]


@inline
def _relative(u: Any, top: Any, gap: Any, weight: Any) -> None:
    """Log-odds below the best, and their exponentials."""
    for i in range(top.size):
        x = np.float64(u[i]) - (top[i] if top[i] > -np.inf else 0.0)
        x = x if not (x < FAR) else -np.inf
        gap[i] = x
        weight[i] = exp64(x) if x > -np.inf else 0.0


@inline
def _plus(some: Any, one: Any, out: Any) -> None:
    for i in range(out.size):
        out[i] = some[i] + one[i]


@inline
def _logarithms(total: Any, out: Any) -> None:
    for i in range(out.size):
        s = total[i]
        out[i] = log64(s if s > 0.0 else 1.0)


@inline
def _choice(gap: Any, total: Any, log_total: Any, none: Any, out: Any) -> None:
    """Log probability of taking one of those left; where none of them has any weight, ``none``."""
    for i in range(out.size):
        out[i] = gap[i] - log_total[i] if total[i] > 0.0 else none


@inline
def _add(term: Any, out: Any) -> None:
    for i in range(out.size):
        out[i] += term[i]


@inline
def _narrow(values: Any, out: Any) -> None:
    for i in range(out.size):
        out[i] = np.float32(values[i])


@kernel
def _plackett_luce(
    u: Any, steps: Any, alike: Any, tops: Any, gaps: Any, weights: Any, totals: Any, logs: Any, terms: Any, out: Any
) -> None:
    options, lanes = u.shape
    everybody = (1 << options) - 1
    for start in range(0, lanes, TILE):
        stop = min(start + TILE, lanes)
        n = stop - start
        top = tops[0, :n]
        top[:] = -np.inf
        for o in range(options):
            _raise(u[o, start:stop], top)
        for o in range(options):
            _relative(u[o, start:stop], top, gaps[o, :n], weights[o, :n])
        totals[0, :n] = 0.0
        for left in range(1, everybody + 1):
            low = 0
            while (left >> low) & 1 == 0:
                low += 1
            _plus(totals[left & (left - 1), :n], weights[low, :n], totals[left, :n])
            _logarithms(totals[left, :n], logs[0, :n])
            for o in range(options):
                if (left >> o) & 1:
                    _choice(gaps[o, :n], totals[left, :n], logs[0, :n], alike[left], terms[left * options + o, :n])
        for order in range(steps.shape[0]):
            top[:] = 0.0
            for place in range(steps.shape[1]):
                _add(terms[steps[order, place], :n], top)
            _narrow(top, out[order, start:stop])


def plackett_luce(utilities: F32, out: F32 | None = None) -> F32:
    """Log probabilities of all orders of the options, by choosing place after place among those left.

        P(order) = Π_k exp(u_k) / Σ_{j≥k} exp(u_j)

    with u_k the utility of who stands on place k.  The sums run from the last option to the first.

    Parameters
    ----------
    utilities
        (option, …) log-odds up to a constant; −inf, or 700 below the best, is an option nobody chooses.  Where
        only such are left, all their orders are alike.
    out
        (order, …) to write to.

    Returns
    -------
    float32 (order, …), in the order of `orders_of`; −inf throughout where every utility is −inf.
    """
    u = solid(utilities, np.float32)
    options = len(u)
    result = np.empty((factorial(options), *u.shape[1:]), np.float32) if out is None else out
    sizes = np.array([bin(left).count("1") for left in range(1 << options)])
    alike = -np.log(np.maximum(sizes, 1))
    alike[-1] = -np.inf
    if options == 1:
        np.copyto(result, np.where(u > -np.inf, np.float32(0.0), np.float32(-np.inf)))
        return result
    gaps, weights = np.empty((2, options, TILE))
    totals = np.empty((1 << options, TILE))
    terms = np.empty(((1 << options) * options, TILE))
    row = np.empty((1, TILE))
    flat = result.reshape(len(result), -1)
    _plackett_luce(u.reshape(options, -1), _steps(options), alike, row, gaps, weights, totals, row.copy(), terms, flat)
    return result

"""What voters with utilities write on a ballot: an order, scores, approvals; lane by lane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import kernel

__all__ = ["approvals_above", "approvals_of_the_best", "orders_by_utility", "scores_by_range"]

F32 = NDArray[np.float32]
I8 = NDArray[np.int8]
I16 = NDArray[np.int16]


@kernel
def _orders(u: Any, out: Any) -> None:
    options, lanes = u.shape
    for i in range(lanes):
        for o in range(options):
            place = o
            while (place > 0) and (u[o, i] > u[out[i, place - 1], i]):
                out[i, place] = out[i, place - 1]
                place -= 1
            out[i, place] = o


def orders_by_utility(u: F32) -> I8:
    """Return the options from the best on, equals in their order: (option, …) → (…, place)."""
    out = np.empty((*u.shape[1:], len(u)), np.int8)
    _orders(u.reshape(len(u), -1), out.reshape(-1, len(u)))
    return out


@kernel
def _scores(u: Any, most: Any, out: Any) -> None:
    options, lanes = u.shape
    for i in range(lanes):
        low, high = np.float64(np.inf), np.float64(-np.inf)
        for o in range(options):
            x = np.float64(u[o, i])
            if x > -np.inf:
                low, high = min(low, x), max(high, x)
        for o in range(options):
            x = np.float64(u[o, i])
            share = (x - low) / (high - low) if high > low else 1.0
            out[i, o] = np.int16(np.floor(most * share + 0.5)) if x > -np.inf else 0


def scores_by_range(u: F32, most: int) -> I16:
    """Stretch utilities so that the worst option of a voter has 0 and the best ``most``, rounded: → (…, option).

    An option of utility −inf has 0 and does not stretch the others; where all are equal all have ``most``.
    """
    out = np.empty((*u.shape[1:], len(u)), np.int16)
    _scores(u.reshape(len(u), -1), most, out.reshape(-1, len(u)))
    return out


@kernel
def _above(u: Any, mean: bool, bound: Any, out: Any) -> None:
    options, lanes = u.shape
    for i in range(lanes):
        limit = bound
        if mean:
            total, n = 0.0, 0
            for o in range(options):
                if u[o, i] > -np.inf:
                    total += np.float64(u[o, i])
                    n += 1
            limit = np.float64(total / max(n, 1))
        for o in range(options):
            out[i, o] = np.float64(u[o, i]) > limit


def approvals_above(u: F32, bound: float | None = None) -> I16:
    """Return 1 for what lies above the voter's mean utility, or above a bound: (option, …) → (…, option).

    The mean is that of the options whose utility is not −inf.
    """
    out = np.empty((*u.shape[1:], len(u)), np.int16)
    _above(u.reshape(len(u), -1), bound is None, np.float64(0.0 if bound is None else bound), out.reshape(-1, len(u)))
    return out


def approvals_of_the_best(orders: NDArray[np.integer[Any]], best: int) -> I16:
    """Return 1 for the options on the first places: (…, place) → (…, option)."""
    out = np.zeros(orders.shape, np.int16)
    np.put_along_axis(out, orders[..., :best].astype(np.int64), np.int16(1), axis=-1)
    return out

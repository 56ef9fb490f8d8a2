"""Rules that eliminate option after option: instant runoff and Coombs, every draw at once, in whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import inline, kernel

__all__ = ["eliminate"]

I8 = NDArray[np.int8]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


@inline
def _first_of(order: Any, out: Any) -> Any:
    """Return the first option of a ballot that is still in, −1 where there is none."""
    found = np.int64(-1)
    for place in range(order.size):
        o = np.int64(order[place])
        if o < 0:
            break
        if out[o] == 0:
            found = o
            break
    return found


@inline
def _count_lasts(order: Any, out: Any, listed: Any, n: Any, lasts: Any) -> None:
    """Give the last place to the last option still in; to all that are not on the ballot, if there are any."""
    last = -1
    listed[:] = 0
    for place in range(order.size):
        o = order[place]
        if o < 0:
            break
        listed[o] = 1
        if out[o] == 0:
            last = o
    missing = 0
    for o in range(out.size):
        if (out[o] == 0) & (listed[o] == 0):
            missing += 1
            lasts[o] += n
    if missing == 0:
        lasts[last] += n


@inline
def _recount(orders: Any, counts: Any, left: Any, tops: Any, firsts: Any) -> Any:
    """Count the first places; ``tops`` keeps the first option of each kind from count to count, −2 before the first."""
    firsts[:] = 0
    total = np.int64(0)
    for k in range(counts.size):
        if counts[k] != 0:
            top = tops[k]
            if (top == -2) or ((top >= 0) and (left[top] != 0)):
                top = tops[k] = _first_of(orders[k], left)
            if top >= 0:
                firsts[top] += counts[k]
                total += counts[k]
    return total


@inline
def _last_places(orders: Any, counts: Any, left: Any, tops: Any, listed: Any, lasts: Any) -> None:
    lasts[:] = 0
    for k in range(counts.size):
        if (counts[k] != 0) and (tops[k] >= 0):
            _count_lasts(orders[k], left, listed, counts[k], lasts)


@inline
def _most(score: Any, left: Any) -> Any:
    who = np.int64(-1)
    for o in range(left.size):
        if (left[o] == 0) and ((who < 0) or (score[o] > score[who])):
            who = np.int64(o)
    return who


@inline
def _worst(score: Any, key: Any, left: Any) -> Any:
    """Return who has most of a score, of equals the smallest key, and how many are equal."""
    who = _most(score, left)
    most, equal = score[who], np.int64(0)
    for o in range(left.size):
        if (left[o] == 0) and (score[o] == most):
            equal += 1
            if key[o] < key[who]:
                who = np.int64(o)
    return who, equal


@inline
def _one_draw(
    orders: Any, counts: Any, key: Any, coombs: Any, stop: Any, tops: Any, work: Any, d: Any, gone: Any, firsts: Any
) -> Any:
    options = orders.shape[1]
    now, score, left, listed = work[0], work[1], work[2], work[3]
    left[:] = 0
    tops[:] = -2
    tied = np.int64(0)
    for count in range(options):
        total = _recount(orders, counts, left, tops, now)
        for o in range(options):
            firsts[count, o, d] = now[o] if left[o] == 0 else -1
        if total == 0:
            break
        best = _most(now, left)
        if (count == options - 1) or (stop and (2 * now[best] > total)):
            return best, tied
        if coombs:
            _last_places(orders, counts, left, tops, listed, score)
        else:
            for o in range(options):
                score[o] = -now[o]
        loser, equal = _worst(score, key, left)
        # Options without a first preference leave in any order alike.
        if (equal > 1) and (coombs or (now[loser] > 0)):
            tied = np.int64(1)
        left[loser] = 1
        gone[count, d] = loser
    return np.int64(-1), tied


@kernel
def _eliminate(
    orders: Any, counts: Any, keys: Any, how: Any, tops: Any, work: Any, gone: Any, firsts: Any, out: Any
) -> None:
    own = orders.shape[0] > 1
    for d in range(counts.shape[0]):
        s = d if own else 0
        winner, tied = _one_draw(orders[s], counts[d], keys[d], how[0], how[1], tops, work, d, gone, firsts)
        out[0, d] = winner
        out[1, d] = tied


def eliminate(orders: I8, counts: I64, keys: F64, coombs: bool = False, stop: bool = True) -> tuple[I64, I64, I64]:
    """Eliminate the options one by one until one has more than half of the ballots that still name any.

    Parameters
    ----------
    orders
        (1 or draw, kind, place): options from the first place on, −1 behind the last.
    counts
        (draw, kind).
    keys
        (option, draw): of equal options the one with the smallest key goes.
    coombs
        Whether who has most last places goes; else who has fewest first places.
    stop
        Whether a majority of first places ends it; else it goes on until one is left.

    Returns
    -------
    (2, draw): winner, −1 where no ballot names anybody, and 1 where a key decided; (place, draw): who went, −1 for
    nobody; (count, option, draw): first places in every count, −1 of those who are out or where it had ended.
    """
    draws, kinds = counts.shape
    options = orders.shape[2]
    out = np.empty((2, draws), np.int64)
    gone = np.full((options, draws), -1, np.int64)
    firsts = np.full((options, options, draws), -1, np.int64)
    _eliminate(
        np.ascontiguousarray(orders),
        np.ascontiguousarray(counts, np.int64),
        np.ascontiguousarray(keys.T, np.float64),
        np.array([coombs, stop]),
        np.empty(kinds, np.int64),
        np.empty((4, options), np.int64),
        gone,
        firsts,
        out,
    )
    return out, gone, firsts

"""Full quotas and largest remainders for all draws at once, in whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel

__all__ = ["largest_remainders", "plain_remainders"]

#: Lanes that are worked on together; their remainders stay in the nearest cache.
TILE = 256


@inline
def _divide(votes: Any, total: Any, house: Any, droop: Any, plus: Any, full: Any, rest: Any, left: Any) -> None:
    for i in range(total.size):
        part = votes[i] if droop else votes[i] * (house[i] + plus)
        quota = total[i] // (house[i] + 1) + 1 if droop else max(total[i], 1)
        # Floating point is at most one off; whole numbers put it right.
        f = np.int64(np.float64(part) / np.float64(quota))
        r = part - f * quota
        f += np.int64(r >= quota) - np.int64(r < 0)
        full[i] = f
        rest[i] = part - f * quota
        left[i] -= f


@inline
def _count_larger(own: Any, other: Any, larger: Any) -> None:
    for i in range(own.size):
        larger[i] += other[i] > own[i]


@inline
def _write(votes: Any, full: Any, larger: Any, left: Any, chosen: Any, out: Any) -> None:
    for i in range(full.size):
        has = np.int64((larger[i] < left[i]) & (votes[i] > 0))
        chosen[i] += has
        out[i] = np.int32(full[i] + has)


@kernel
def plain_remainders(votes: Any, seats: Any, droop: Any, plus: Any, out: Any, special: Any) -> None:
    """Give seats where fewer are left than lists have votes and no remainders are equal; tell where it is not so."""
    n, lanes = votes.shape
    fulls, rests = np.empty((n, TILE), np.int64), np.empty((n, TILE), np.int64)
    totals, lefts = np.empty(TILE, np.int64), np.empty(TILE, np.int64)
    largers, chosens = np.empty(TILE, np.int64), np.empty(TILE, np.int64)
    for at in range(0, lanes, TILE):
        size = min(TILE, lanes - at)
        end = at + size
        total, left, larger, chosen, house = totals[:size], lefts[:size], largers[:size], chosens[:size], seats[at:end]
        total[:] = 0
        for o in range(n):
            total += votes[o][at:end]
        left[:] = house
        for o in range(n):
            _divide(votes[o][at:end], total, house, droop, plus, fulls[o][:size], rests[o][:size], left)
        chosen[:] = 0
        for o in range(n):
            larger[:] = 0
            for p in range(n):
                _count_larger(rests[o][:size], rests[p][:size], larger)
            _write(votes[o][at:end], fulls[o][:size], larger, left, chosen, out[o][at:end])
        for i in range(size):
            special[at + i] = chosen[i] != left[i]


@inline
def _full_quotas(votes: Any, lane: Any, total: Any, house: Any, droop: Any, plus: Any, out: Any, rest: Any) -> Any:
    """Fill full quotas and what is over; return the seats that are left."""
    left = house
    for o in range(votes.shape[0]):
        v = votes[o, lane]
        # A quota of total / (seats + plus): all remainders are counted in parts of the same size.
        part = v if droop else v * (house + plus)
        quota = total // (house + 1) + 1 if droop else total
        full = part // quota
        out[o, lane] = full
        rest[o] = part - full * quota
        left -= full
    return left


@inline
def _add(votes: Any, lane: Any, left: Any, keys: Any, key: Any, out: Any, rest: Any, open_: Any) -> Any:
    """Give what is left to the largest remainders, one each; return whether the last had an equal."""
    n, some = votes.shape[0], 0
    for o in range(n):
        open_[o] = votes[o, lane] > 0
        some += open_[o]
    if left >= some:
        for o in range(n):
            out[o, lane] += left // some if open_[o] else 0
        left %= some
    last = np.int64(-1)
    for _ in range(left):
        best = -1
        for o in range(n):
            if open_[o]:
                more = (best < 0) or (rest[o] > rest[best])
                if more or ((key >= 0) and (rest[o] == rest[best]) and (keys[o, key] > keys[best, key])):
                    best = o
        out[best, lane] += 1
        open_[best] = False
        last = rest[best]
    equal = False
    for o in range(n):
        equal |= open_[o] & (rest[o] == last)
    return equal


@inline
def _take(votes: Any, lane: Any, left: Any, keys: Any, key: Any, out: Any, rest: Any, open_: Any) -> Any:
    """Take the seats too many from the smallest remainders, of equal ones from the fewest votes."""
    n, some = votes.shape[0], 0
    equal = False
    for _ in range(left):
        if some == 0:
            for o in range(n):
                open_[o] = out[o, lane] > 0
                some += open_[o]
        worst = -1
        for o in range(n):
            if open_[o]:
                less = (worst < 0) or (rest[o] < rest[worst])
                if (worst >= 0) and (rest[o] == rest[worst]):
                    less = votes[o, lane] < votes[worst, lane]
                    if votes[o, lane] == votes[worst, lane]:
                        less = (key < 0) or (keys[o, key] < keys[worst, key])
                if less:
                    worst = o
        out[worst, lane] -= 1
        open_[worst] = False
        some -= 1
        equal = False
        for o in range(n):
            equal |= open_[o] & (rest[o] == rest[worst]) & (votes[o, lane] == votes[worst, lane])
    return equal


@kernel
def largest_remainders(
    votes: Any, seats: Any, droop: Any, plus: Any, again: Any, keys: Any, lanes: Any, out: Any, tied: Any
) -> None:
    """Give full quotas and largest remainders in some lanes; ``keys`` (option, lane of ``lanes``) or none.

    ``again``: where quotas fill too many seats they are counted again with the next larger quota; else the
    smallest remainders lose a seat.
    """
    n = votes.shape[0]
    rest, open_ = np.empty(n, np.int64), np.empty(n, np.bool_)
    for i in range(lanes.size):
        lane = lanes[i]
        key = i if keys.shape[1] > 0 else -1
        total = np.int64(0)
        for o in range(n):
            total += votes[o, lane]
            out[o, lane] = 0
        tied[lane] = False
        house = np.int64(seats[lane])
        if (total == 0) | (house == 0):
            continue
        more = np.int64(plus)
        left = _full_quotas(votes, lane, total, house, droop, more, out, rest)
        while again and (left < 0):
            more -= 1
            left = _full_quotas(votes, lane, total, house, droop, more, out, rest)
        if left > 0:
            tied[lane] = _add(votes, lane, left, keys, key, out, rest, open_)
        elif left < 0:
            tied[lane] = _take(votes, lane, -left, keys, key, out, rest, open_)

"""Seats from votes for all draws at once: jump near the result, step to it, in whole numbers.

A divisor method gives every seat to the option with the largest quotient v / d(s), s being the seats that it holds.
Jump: for a common divisor x every option takes the seats whose quotients are above x; x is chosen such that about S
are taken.  Step: give to the largest quotient that has no seat, or take from the smallest that has one, until S are
taken (Pukelsheim, Proportional Representation, Springer 2017).  The jump is computed in floating point and decides
nothing: a quotient that lies so near to x that rounding could matter sends its lane to a full check.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel

__all__ = ["largest_remainders", "linear_divisors", "settle_quotients", "table_divisors"]

#: Lanes that are worked on together; their votes and seats stay in the nearest cache.
TILE = 256
#: How near to a whole number the jump may come before it is looked at again; its rounding error is below 1e-9.
NEAR = 1e-6


@inline
def _divisor(s: Any, first: Any, step: Any, later: Any) -> Any:
    return step * s + (later if s > 0 else first)


@inline
def _up(votes: Any, out: Any, lane: Any, first: Any, step: Any, later: Any) -> Any:
    """Return who has the largest quotient without a seat, as (row, votes, divisor), and whether another has the same."""
    who, bv, bd, equal = np.int64(-1), np.int64(0), np.int64(1), False
    for o in range(votes.shape[0]):
        v, d = votes[o, lane], _divisor(np.int64(out[o, lane]), first, step, later)
        a, b = v * bd, bv * d
        equal = (equal & (a <= b)) | ((a == b) & (v > 0))
        who, bv, bd = (o, v, d) if a > b else (who, bv, bd)
    return who, bv, bd, equal


@inline
def _down(votes: Any, out: Any, lane: Any, first: Any, step: Any, later: Any) -> Any:
    """Return who has the smallest quotient with a seat, the last row of equal ones, and whether another has the same."""
    who, bv, bd, equal = np.int64(-1), np.int64(1), np.int64(0), False
    for o in range(votes.shape[0]):
        s = np.int64(out[o, lane])
        if s > 0:
            v, d = votes[o, lane], _divisor(s - 1, first, step, later)
            a, b = v * bd, bv * d
            equal = (equal & (a >= b)) | (a == b)
            who, bv, bd = (o, v, d) if a <= b else (who, bv, bd)
    return who, bv, bd, equal


@inline
def _jump(votes: Any, out: Any, scale: Any, r: Any, least: Any, doubt: Any, given: Any, at: Any) -> None:
    for i in range(scale.size):
        y = np.float64(votes[at + i]) * scale[i]
        s = np.floor(y - r + 1)
        near = (np.abs(y - r - np.rint(y - r)) < NEAR) | (np.abs(y - least) < NEAR)
        some = votes[at + i] > 0
        # The first seat may cost more than the row of the others says.
        s = 0.0 if (s < 1) | (y < least) | (not some) else s
        out[at + i] = np.int32(s)
        given[i] += np.int32(s)
        doubt[i] |= near & some


@inline
def _scales(votes: Any, seats: Any, r: Any, scale: Any, total: Any, some: Any, at: Any) -> None:
    for i in range(scale.size):
        total[i] = 0
        some[i] = 0
    for o in range(votes.shape[0]):
        row = votes[o]
        for i in range(scale.size):
            total[i] += row[at + i]
            some[i] += row[at + i] > 0
    for i in range(scale.size):
        whole = np.float64(seats[at + i]) + np.float64(some[i]) * (r - 0.5)
        scale[i] = max(whole, 0.0) / np.float64(max(total[i], 1))


@kernel
def linear_divisors(votes: Any, seats: Any, first: Any, step: Any, later: Any, out: Any, tied: Any) -> None:
    """Give seats by d(0) = first, d(s) = step·s + later; v · d must fit into 63 bits."""
    n, lanes = votes.shape
    r, least = later / step, first / step
    scales, totals, somes = np.empty(TILE), np.empty(TILE, np.int64), np.empty(TILE, np.int64)
    doubts, givens = np.empty(TILE, np.bool_), np.empty(TILE, np.int32)
    for at in range(0, lanes, TILE):
        size = min(TILE, lanes - at)
        scale, total, doubt, given = scales[:size], totals[:size], doubts[:size], givens[:size]
        _scales(votes, seats, r, scale, total, somes, at)
        doubt[:] = False
        given[:] = 0
        for o in range(n):
            _jump(votes[o], out[o], scale, r, least, doubt, given, at)
        for i in range(size):
            lane = at + i
            left = seats[lane] - given[i] if total[i] > 0 else 0
            equal = False
            while left > 0:
                who, _, _, equal = _up(votes, out, lane, first, step, later)
                out[who, lane] += 1
                left -= 1
            while left < 0:
                who, _, _, equal = _down(votes, out, lane, first, step, later)
                out[who, lane] -= 1
                left += 1
            if doubt[i]:
                equal = _exchange(votes, out, lane, first, step, later)
            tied[lane] = equal


@inline
def _exchange(votes: Any, out: Any, lane: Any, first: Any, step: Any, later: Any) -> Any:
    """Move seats to larger quotients; return whether the last seat has an equal without one."""
    while True:
        up, uv, ud, _ = _up(votes, out, lane, first, step, later)
        down, dv, dd, _ = _down(votes, out, lane, first, step, later)
        if (up < 0) | (down < 0):
            return False
        if uv * dd <= dv * ud:
            return uv * dd == dv * ud
        out[up, lane] += 1
        out[down, lane] -= 1


@inline
def _sign(va: Any, na: Any, vb: Any, nb: Any, power: Any, over: Any, under: Any) -> Any:
    """Return the sign of v_a^power · over[n_a] / under[n_a] − the same of b.

    Products may need more than 64 bits.  Floating point tells them apart unless they are nearly equal; then their
    difference is small and what is left of it in 64 bits is exact.
    """
    pa, pb = under[na], under[nb]
    if (pa == 0) & (pb == 0):
        return np.sign(va - vb)
    a = (va * va if power == 2 else va) * over[na]
    b = (vb * vb if power == 2 else vb) * over[nb]
    x, y = np.float64(a) * np.float64(pb), np.float64(b) * np.float64(pa)
    if abs(x - y) > 1e-12 * (x + y):
        return np.int64(1) if x > y else np.int64(-1)
    rest = np.int64(np.uint64(a) * np.uint64(pb) - np.uint64(b) * np.uint64(pa))
    return np.sign(rest)


@inline
def _largest(votes: Any, out: Any, lane: Any, power: Any, over: Any, under: Any) -> Any:
    who = np.int64(-1)
    for o in range(votes.shape[0]):
        if votes[o, lane] > 0:
            if who < 0:
                who = np.int64(o)
            elif _sign(votes[o, lane], out[o, lane], votes[who, lane], out[who, lane], power, over, under) > 0:
                who = np.int64(o)
    return who


@inline
def _smallest(votes: Any, out: Any, lane: Any, power: Any, over: Any, under: Any) -> Any:
    who = np.int64(-1)
    for o in range(votes.shape[0]):
        if out[o, lane] > 0:
            if who < 0:
                who = np.int64(o)
            elif _sign(votes[o, lane], out[o, lane] - 1, votes[who, lane], out[who, lane] - 1, power, over, under) <= 0:
                who = np.int64(o)
    return who


@kernel
def table_divisors(
    votes: Any, seats: Any, power: Any, over: Any, under: Any, r: Any, jump: Any, out: Any, tied: Any
) -> None:
    """Give seats by quotients v^power · over[s] / under[s]; ``r``: the divisors are near s + r."""
    n, lanes = votes.shape
    for lane in range(lanes):
        total, some = np.int64(0), 0
        for o in range(n):
            total += votes[o, lane]
            some += votes[o, lane] > 0
        left = np.int64(seats[lane]) if total > 0 else np.int64(0)
        scale = max(left + some * (r - 0.5), 0.0) / max(total, 1)
        for o in range(n):
            s = np.floor(votes[o, lane] * scale - r + 1) if jump & (votes[o, lane] > 0) else 0.0
            out[o, lane] = min(max(np.int64(s), 0), left)
        for o in range(n):
            left -= out[o, lane]
        while left > 0:
            out[_largest(votes, out, lane, power, over, under), lane] += 1
            left -= 1
        while left < 0:
            out[_smallest(votes, out, lane, power, over, under), lane] -= 1
            left += 1
        tied[lane] = False
        while True:
            up = _largest(votes, out, lane, power, over, under)
            down = _smallest(votes, out, lane, power, over, under)
            if (up < 0) | (down < 0):
                break
            more = _sign(votes[up, lane], out[up, lane], votes[down, lane], out[down, lane] - 1, power, over, under)
            if more <= 0:
                tied[lane] = more == 0
                break
            out[up, lane] += 1
            out[down, lane] -= 1


@kernel
def settle_quotients(votes: Any, keys: Any, power: Any, over: Any, under: Any, out: Any, lanes: Any) -> None:
    """Give the seats on which equal quotients meet to the larger keys; keys are (option, len(lanes))."""
    n = votes.shape[0]
    at_stake = np.empty(n, np.bool_)
    for i in range(lanes.size):
        lane = lanes[i]
        last = _smallest(votes, out, lane, power, over, under)
        v, s = votes[last, lane], np.int64(out[last, lane] - 1)
        left = 0
        for o in range(n):
            at_stake[o] = False
            held = np.int64(out[o, lane])
            if votes[o, lane] == 0:
                continue
            if (held > 0) and (_sign(votes[o, lane], held - 1, v, s, power, over, under) == 0):
                at_stake[o] = True
                out[o, lane] -= 1
                left += 1
            elif _sign(votes[o, lane], held, v, s, power, over, under) == 0:
                at_stake[o] = True
        for _ in range(left):
            best = -1
            for o in range(n):
                if at_stake[o] and ((best < 0) or (keys[o, i] > keys[best, i])):
                    best = o
            at_stake[best] = False
            out[best, lane] += 1


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

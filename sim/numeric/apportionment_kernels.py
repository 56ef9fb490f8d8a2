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

__all__ = ["linear_divisors", "settle_quotients", "table_divisors"]

#: Lanes that are worked on together; their votes and seats stay in the nearest cache.
TILE = 256
#: How near to a whole number the jump may come before it is looked at again; its rounding error is below 1e-9.
NEAR = 1e-6


@inline
def _divisor(s: Any, first: Any, step: Any, later: Any) -> Any:
    return step * s + (later if s > 0 else first)


@inline
def _up(votes: Any, out: Any, lane: Any, first: Any, step: Any, later: Any) -> Any:
    """Return who has the largest quotient without a seat (row, votes, divisor), and whether another has the same."""
    who: Any = np.int64(-1)
    bv, bd, equal = np.int64(0), np.int64(1), False
    for o in range(votes.shape[0]):
        v, d = votes[o, lane], _divisor(np.int64(out[o, lane]), first, step, later)
        a, b = v * bd, bv * d
        equal = (equal & (a <= b)) | ((a == b) & (v > 0))
        who, bv, bd = (o, v, d) if a > b else (who, bv, bd)
    return who, bv, bd, equal


@inline
def _down(votes: Any, out: Any, lane: Any, first: Any, step: Any, later: Any) -> Any:
    """Return who has the smallest quotient with a seat, the last row of equals, and whether another has the same."""
    who: Any = np.int64(-1)
    bv, bd, equal = np.int64(1), np.int64(0), False
    for o in range(votes.shape[0]):
        s = np.int64(out[o, lane])
        if s > 0:
            v, d = votes[o, lane], _divisor(s - 1, first, step, later)
            a, b = v * bd, bv * d
            equal = (equal & (a >= b)) | (a == b)
            who, bv, bd = (o, v, d) if a <= b else (who, bv, bd)
    return who, bv, bd, equal


@inline
def _jump(votes: Any, scale: Any, r: Any, least: Any, taken: Any, given: Any, doubt: Any) -> None:
    for i in range(scale.size):
        y = np.float64(votes[i]) * scale[i]
        z = y - r
        away = min(abs(z - np.rint(z)), abs(y - least))
        # The first seat may cost more than the row of the others says.
        some = (z >= 0) & (y >= least) & (votes[i] > 0)
        s = np.floor(z) + 1 if some else 0.0
        taken[i] = s
        given[i] += s
        doubt[i] = min(doubt[i], away if votes[i] > 0 else 1.0)


@inline
def _scales(votes: Any, seats: Any, r: Any, scale: Any, total: Any, at: Any) -> None:
    """Fill ``scale``, seats for a vote, and ``total``; ``scale`` counts the options with votes first."""
    total[:] = 0
    scale[:] = 0
    for o in range(votes.shape[0]):
        row = votes[o]
        for i in range(scale.size):
            total[i] += row[at + i]
            scale[i] += 1.0 if row[at + i] > 0 else 0.0
    for i in range(scale.size):
        whole = np.float64(seats[at + i]) + scale[i] * (r - 0.5)
        scale[i] = max(whole, 0.0) / np.float64(max(total[i], 1))


@inline
def _write(taken: Any, out: Any, at: Any) -> None:
    for i in range(taken.size):
        out[at + i] = np.int32(taken[i])


@inline
def _compare_up(v: Any, d: Any, bv: Any, bd: Any, who: Any, equal: Any, option: Any) -> None:
    for j in range(v.size):
        a, b = v[j] * bd[j], bv[j] * d[j]
        equal[j] = (equal[j] & (a <= b)) | ((a == b) & (v[j] > 0))
        more = a > b
        who[j] = option if more else who[j]
        bv[j] = v[j] if more else bv[j]
        bd[j] = d[j] if more else bd[j]


@inline
def _compare_down(v: Any, d: Any, bv: Any, bd: Any, who: Any, equal: Any, option: Any) -> None:
    for j in range(v.size):
        a, b = v[j] * bd[j], bv[j] * d[j]
        equal[j] = (equal[j] & (a >= b)) | (a == b)
        less = a <= b
        who[j] = option if less else who[j]
        bv[j] = v[j] if less else bv[j]
        bd[j] = d[j] if less else bd[j]


@inline
def _step(
    votes: Any,
    out: Any,
    first: Any,
    step: Any,
    later: Any,
    lanes: Any,
    v: Any,
    d: Any,
    best: Any,
    left: Any,
    at: Any,
    tied: Any,
    up: Any,
) -> Any:
    """Give a seat in some lanes, or take one; keep those lanes that need more steps and return their number."""
    m = lanes.size
    bv, bd, who, equal = best[0][:m], best[1][:m], best[2][:m], best[3][:m]
    bv[:] = 0 if up else 1
    bd[:] = 1 if up else 0
    equal[:] = 0
    back = 0 if up else 1
    for o in range(votes.shape[0]):
        row, held = votes[o], out[o]
        for j in range(m):
            s = np.int64(held[lanes[j]]) - back
            # Who has nothing to lose stands behind all: 1 / 0.
            v[j] = row[lanes[j]] if s >= 0 else 1
            d[j] = (step * s + (later if s > 0 else first)) if s >= 0 else 0
        if up:
            _compare_up(v[:m], d[:m], bv, bd, who, equal, o)
        else:
            _compare_down(v[:m], d[:m], bv, bd, who, equal, o)
    change, more = (1 if up else -1), 0
    for j in range(m):
        lane = lanes[j]
        out[who[j], lane] += change
        left[lane - at] -= change
        tied[lane] = equal[j] > 0
        lanes[more] = lane
        more += left[lane - at] != 0
    return more


@kernel
def linear_divisors(votes: Any, seats: Any, first: Any, step: Any, later: Any, out: Any, tied: Any) -> None:
    """Give seats by d(0) = first, d(s) = step·s + later; v · d must fit into 63 bits."""
    n, lanes = votes.shape
    r, least = later / step, first / step
    scales, totals, takens = np.empty(TILE), np.empty(TILE, np.int64), np.empty(TILE)
    doubts, givens, left = np.empty(TILE), np.empty(TILE), np.empty(TILE, np.int64)
    up, down = np.empty(TILE + 1, np.int64), np.empty(TILE + 1, np.int64)
    v, d, best = np.empty(TILE, np.int64), np.empty(TILE, np.int64), np.empty((4, TILE), np.int64)
    for at in range(0, lanes, TILE):
        size = min(TILE, lanes - at)
        scale, total, taken, doubt, given = scales[:size], totals[:size], takens[:size], doubts[:size], givens[:size]
        _scales(votes, seats, r, scale, total, at)
        doubt[:] = 1.0
        given[:] = 0.0
        for o in range(n):
            _jump(votes[o][at : at + size], scale, r, least, taken, given, doubt)
            _write(taken, out[o], at)
        tied[at : at + size] = False
        ups = downs = 0
        for i in range(size):
            left[i] = seats[at + i] - np.int64(given[i]) if total[i] > 0 else np.int64(0)
            # Written whether it counts or not: no branch that is hard to foresee.
            up[ups] = down[downs] = at + i
            ups += left[i] > 0
            downs += left[i] < 0
        while ups > 0:
            ups = _step(votes, out, first, step, later, up[:ups], v, d, best, left, at, tied, True)
        while downs > 0:
            downs = _step(votes, out, first, step, later, down[:downs], v, d, best, left, at, tied, False)
        for i in range(size):
            if doubt[i] < NEAR:
                tied[at + i] = _exchange(votes, out, at + i, first, step, later)


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
    who: Any = np.int64(-1)
    for o in range(votes.shape[0]):
        v, s = votes[o, lane], out[o, lane]
        if (v > 0) and ((who < 0) or (_sign(v, s, votes[who, lane], out[who, lane], power, over, under) > 0)):
            who = np.int64(o)
    return who


@inline
def _smallest(votes: Any, out: Any, lane: Any, power: Any, over: Any, under: Any) -> Any:
    who: Any = np.int64(-1)
    for o in range(votes.shape[0]):
        v, s = votes[o, lane], out[o, lane] - 1
        if (s >= 0) and ((who < 0) or (_sign(v, s, votes[who, lane], out[who, lane] - 1, power, over, under) <= 0)):
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

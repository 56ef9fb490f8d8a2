"""Sums of marks over ballots, and committees that are best by proportional approval voting."""

from __future__ import annotations

from itertools import combinations
from math import comb, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError
from sim.numeric.arrays import solid
from sim.numeric.compile import inline, kernel

__all__ = ["LARGEST_COMMITTEE", "MOST_COMMITTEES", "best_committee", "marks_by_option", "sequential_committee"]

I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

#: lcm(1 … 22) · (1 + … + 1/22) · 10¹⁰ ballots fit into 64 bits.
LARGEST_COMMITTEE = 22
MOST_BALLOTS = 10**10
#: Committees that are enumerated at most.
MOST_COMMITTEES = 200_000


@kernel
def _marks_by_option(marks: Any, counts: Any, out: Any) -> None:
    for d in range(counts.shape[0]):
        own = marks[d if marks.shape[0] > 1 else 0]
        for kind in range(counts.shape[1]):
            n = counts[d, kind]
            if n > 0:
                for o in range(own.shape[1]):
                    out[o, d] += n * own[kind, o]


def marks_by_option(marks: I16, counts: I64) -> I64:
    """Return the sum of the marks of each option over the ballots.

    Parameters
    ----------
    marks
        (1 or draw, kind, option).
    counts
        (draw, kind).

    Returns
    -------
    (option, draw).
    """
    out = np.zeros((marks.shape[2], len(counts)), np.int64)
    _marks_by_option(solid(marks, np.int16), solid(counts, np.int64), out)
    return out


def _harmonic(seats: int) -> I64:
    """Return 0, 1, 1 + 1/2, 1 + 1/2 + 1/3 … as whole numbers of one common part."""
    unit = lcm(*range(1, seats + 1))
    return np.cumsum([0, *(unit // k for k in range(1, seats + 1))], dtype=np.int64)


def _checked(counts: I64) -> I64:
    if counts.size and counts.sum(axis=1).max() > MOST_BALLOTS:
        raise SimError(f"more than {MOST_BALLOTS:,} ballots cannot be counted exactly")
    return solid(counts, np.int64)


@inline
def _goes_first(a: Any, b: Any, key: Any) -> Any:
    """Whether committee a holds the option of the largest key of those that are in one of the two only."""
    i, j = 0, 0
    best_a, best_b = -1, -1
    while i < a.size or j < b.size:
        if j == b.size or (i < a.size and a[i] < b[j]):
            if best_a < 0 or key[a[i]] > key[best_a]:
                best_a = a[i]
            i += 1
        elif i == a.size or b[j] < a[i]:
            if best_b < 0 or key[b[j]] > key[best_b]:
                best_b = b[j]
            j += 1
        else:
            i += 1
            j += 1
    if best_a < 0 or best_b < 0:
        return best_b < 0
    return key[best_a] > key[best_b] or (key[best_a] == key[best_b] and best_a < best_b)


@kernel
def _best_committee(marks: Any, counts: Any, committees: Any, harmonic: Any, keys: Any, seats: Any, tied: Any) -> None:
    kinds = np.empty(counts.shape[1], np.int64)
    for d in range(counts.shape[0]):
        own = marks[d if marks.shape[0] > 1 else 0]
        n = 0
        for kind in range(counts.shape[1]):
            if counts[d, kind] > 0:
                kinds[n] = kind
                n += 1
        best, chosen = np.int64(-1), 0
        for number in range(committees.shape[0]):
            committee = committees[number]
            score = np.int64(0)
            for j in range(n):
                approved = 0
                for s in range(committee.size):
                    approved += own[kinds[j], committee[s]] > 0
                score += counts[d, kinds[j]] * harmonic[approved]
            if score == best:
                tied[d] = True
                if _goes_first(committee, committees[chosen], keys[d]):
                    chosen = number
            elif score > best:
                best, chosen = score, number
                tied[d] = False
        if best > 0:
            for s in range(committees.shape[1]):
                seats[committees[chosen, s], d] = 1
        else:
            tied[d] = False


def best_committee(
    marks: I16, counts: I64, electable: NDArray[np.bool_], seats: int, keys: F64
) -> tuple[I64, NDArray[np.bool_]]:
    """Return the committee W with the largest Σ (1 + 1/2 + … + 1/|A ∩ W|) over ballots A, by trying all.

    Of equal ones the committee goes first that holds the option of the largest key of those in one of the two only.

    Parameters
    ----------
    marks
        (1 or draw, kind, option): approved where positive.
    counts
        (draw, kind).
    electable
        (option,).
    seats
        Size of the committee, at most ``LARGEST_COMMITTEE``; at most ``MOST_COMMITTEES`` of them.
    keys
        (option, draw).

    Returns
    -------
    (option, draw) 1 where elected; (draw,) whether several are best.  Nobody is elected where nobody is approved.
    """
    able = np.flatnonzero(electable)
    if comb(len(able), seats) > MOST_COMMITTEES:
        raise ValueError("too many committees")
    house, tied = np.zeros((len(electable), len(counts)), np.int64), np.zeros(len(counts), np.bool_)
    committees = np.array(list(combinations(able.tolist(), seats)), np.int64)
    _best_committee(
        solid(marks, np.int16), _checked(counts), committees, _harmonic(seats), np.array(keys.T, order="C"), house, tied
    )
    return house, tied


@inline
def _gains(own: Any, kinds: Any, papers: Any, approved: Any, harmonic: Any, gain: Any) -> None:
    """What each option would add to the sum."""
    gain[:] = 0
    for j in range(kinds.size):
        worth = papers[j] * (harmonic[approved[j] + 1] - harmonic[approved[j]])
        for o in range(gain.size):
            gain[o] += worth if own[kinds[j], o] > 0 else 0


@inline
def _largest(gain: Any, can: Any, house: Any, key: Any) -> Any:
    """Return who of those not yet elected adds most, and how many add as much."""
    chosen, equal = -1, 0
    for o in range(gain.size):
        if can[o] and house[o] == 0:
            if chosen < 0 or gain[o] > gain[chosen]:
                chosen, equal = o, 1
            elif gain[o] == gain[chosen]:
                equal += 1
                chosen = o if key[o] > key[chosen] else chosen
    return chosen, equal


@kernel
def _sequential_committee(marks: Any, counts: Any, can: Any, harmonic: Any, keys: Any, seats: Any, tied: Any) -> None:
    all_kinds, all_papers = np.empty(counts.shape[1], np.int64), np.empty(counts.shape[1], np.int64)
    approved, gain = np.empty(counts.shape[1], np.int64), np.empty(can.size, np.int64)
    house = np.empty(can.size, np.int64)
    for d in range(counts.shape[0]):
        own = marks[d if marks.shape[0] > 1 else 0]
        n = 0
        for kind in range(counts.shape[1]):
            if counts[d, kind] > 0:
                all_kinds[n], all_papers[n], approved[n] = kind, counts[d, kind], 0
                n += 1
        kinds, papers = all_kinds[:n], all_papers[:n]
        house[:] = 0
        left = harmonic.size - 1
        while left > 0:
            _gains(own, kinds, papers, approved, harmonic, gain)
            chosen, equal = _largest(gain, can, house, keys[d])
            if gain[chosen] == 0 and left == harmonic.size - 1:
                break
            # As many as there are seats left are all elected, in whatever order.
            tied[d] |= (equal > 1) & ((gain[chosen] > 0) | (equal > left))
            house[chosen] = 1
            left -= 1
            for j in range(n):
                approved[j] += own[kinds[j], chosen] > 0
        seats[:, d] = house


def sequential_committee(
    marks: I16, counts: I64, electable: NDArray[np.bool_], seats: int, keys: F64
) -> tuple[I64, NDArray[np.bool_]]:
    """Return the committee that grows by whoever adds most to Σ (1 + 1/2 + … + 1/|A ∩ W|); as `best_committee`."""
    house, tied = np.zeros((len(electable), len(counts)), np.int64), np.zeros(len(counts), np.bool_)
    _sequential_committee(
        solid(marks, np.int16), _checked(counts), solid(electable, np.bool_), _harmonic(seats),
        np.array(keys.T, order="C"), house, tied,
    )  # fmt: skip
    return house, tied

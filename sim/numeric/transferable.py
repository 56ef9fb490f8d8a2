"""Counts of a single transferable vote by the weighted inclusive Gregory method, in whole 1/100,000 of a vote.

Every paper has a value; the papers of one kind of ballot have moved alike and share it.  A vote is 100,000 units, so
that a value cut off at five decimal places is a whole number and no count is ever rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError
from sim.numeric.arrays import solid
from sim.numeric.compile import inline, kernel
from sim.numeric.papers import CONTINUING, ELECTED, OUT, fill_vacancies, sort_papers, stand

__all__ = ["UNIT", "Stages", "scottish", "scottish_stages"]

I8 = NDArray[np.int8]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

#: Units of one vote.
UNIT = 100_000
#: Beyond this many ballots products of a value and a surplus leave 64 bits.
MOST_BALLOTS = 10**10


@inline
def _part(value: Any, part: Any, whole: Any) -> Any:
    """⌊value · part / whole⌋ for a value of at most one vote, by long division: the product may not fit."""
    high, low = value // 1000, value % 1000
    product = high * part
    quotient = product // whole
    return quotient * 1000 + ((product - quotient * whole) * 1000 + low * part) // whole


@inline
def _settled(history: Any, stage: Any, among: Any, key: Any, highest: Any) -> Any:
    """Choose one of those who are equal now: by the latest stage at which they were not, else by lot.

    Returns who it is, and whether by lot.
    """
    sign = 1 if highest else -1
    left = 0
    for c in range(among.size):
        left += among[c]
    back = stage - 1
    while (left > 1) & (back >= 0):
        best, any_yet = np.int64(0), False
        for c in range(among.size):
            if among[c] and ((not any_yet) or sign * history[back, c] > best):
                best, any_yet = sign * history[back, c], True
        left = 0
        for c in range(among.size):
            among[c] &= sign * history[back, c] == best
            left += among[c]
        back -= 1
    chosen = -1
    for c in range(among.size):
        # Of equal keys the first on the list goes first.
        if among[c] and (chosen < 0 or (key[c] > key[chosen] if highest else key[c] <= key[chosen])):
            chosen = c
    return chosen, left > 1


@inline
def _hand_on(orders: Any, kinds: Any, papers: Any, holder: Any, place: Any, value: Any, state: Any, votes: Any,
             source: Any, surplus: Any, total: Any) -> None:  # fmt: skip
    """Move the papers of one candidate to the next who continues; their value shrinks to surplus / total."""
    for j in range(papers.size):
        if holder[j] == source:
            kind = kinds[j]
            p = place[j] + 1
            while p < orders.shape[1] and orders[kind, p] >= 0 and state[orders[kind, p]] != CONTINUING:
                p += 1
            place[j] = p
            holder[j] = -1
            if p < orders.shape[1] and orders[kind, p] >= 0:
                holder[j] = orders[kind, p]
                value[j] = _part(value[j], surplus, total)
                votes[holder[j]] += value[j] * papers[j]


@inline
def _elect(votes: Any, quota: Any, state: Any, since: Any, stage: Any) -> Any:
    """Elect all who have the quota; returns how many they are."""
    n = 0
    for c in range(votes.size):
        if (state[c] == CONTINUING) & (votes[c] >= quota):
            state[c], since[c] = ELECTED, stage
            n += 1
    return n


@inline
def _most(votes: Any, state: Any, quota: Any, among: Any) -> Any:
    """Mark those with the largest surplus; returns their votes, the quota where there is no surplus."""
    best = np.int64(quota)
    for c in range(votes.size):
        if state[c] == ELECTED:
            best = max(best, votes[c])
    for c in range(votes.size):
        among[c] = (state[c] == ELECTED) & (votes[c] == best)
    return best


@inline
def _fewest(votes: Any, state: Any, among: Any) -> Any:
    """Mark those who continue with fewest votes; returns these votes, and how many they are."""
    least, n = np.int64(-1), 0
    for c in range(votes.size):
        if state[c] == CONTINUING and (least < 0 or votes[c] < least):
            least = votes[c]
    for c in range(votes.size):
        among[c] = (state[c] == CONTINUING) & (votes[c] == least)
        n += among[c]
    return least, n


@kernel
def _scottish(
    orders: Any, counts: Any, can: Any, house: Any, droop: Any, keys: Any, seats: Any, tied: Any,
    quotas: Any, history: Any, moved: Any, since: Any
) -> int:  # fmt: skip
    draws, options, most = counts.shape[0], can.size, counts.shape[1]
    all_kinds, all_papers, all_place = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    all_holder, all_value = np.empty(most, np.int64), np.empty(most, np.int64)
    state, votes, among = np.empty(options, np.int64), np.empty(options, np.int64), np.empty(options, np.int64)
    stage = 0
    for d in range(draws):
        ballots, key = orders[d if orders.shape[0] > 1 else 0], keys[d]
        n = sort_papers(ballots, counts[d], can, all_kinds, all_papers, all_place)
        kinds, papers, place, holder, value = (
            all_kinds[:n], all_papers[:n], all_place[:n], all_holder[:n], all_value[:n]
        )  # fmt: skip
        votes[:] = 0
        for j in range(n):
            holder[j], value[j] = ballots[kinds[j], place[j]], UNIT
            votes[holder[j]] += UNIT * papers[j]
        valid = papers.sum()
        quota = (valid // (house + 1) + 1) * UNIT if droop else (valid * UNIT + house - 1) // house
        quotas[d] = quota
        continuing = stand(can, state, since)
        vacancies = house if valid > 0 else 0
        stage = 0
        history[0], moved[0] = votes, -1
        while vacancies > 0:
            elected = _elect(votes, quota, state, since, stage)
            vacancies -= elected
            continuing -= elected
            if (vacancies == 0) | (continuing <= vacancies):
                break
            best = _most(votes, state, quota, among)
            if best > quota:
                chosen, lot = _settled(history, stage, among, key, True)
                tied[d] |= lot
                stage += 1
                moved[stage] = chosen
                _hand_on(ballots, kinds, papers, holder, place, value, state, votes, chosen, best - quota, best)
                votes[chosen] = quota
            else:
                least, equal = _fewest(votes, state, among)
                chosen, lot = _settled(history, stage, among, key, False)
                # Those without a vote who all go out one after the other need no lot.
                tied[d] |= lot & ((least > 0) | (equal > continuing - vacancies))
                stage += 1
                moved[stage] = options + chosen
                state[chosen] = OUT
                continuing -= 1
                if continuing > vacancies:
                    _hand_on(ballots, kinds, papers, holder, place, value, state, votes, chosen, 1, 1)
                    votes[chosen] = 0
            history[stage] = votes
        if vacancies > 0:
            fill_vacancies(state, since, stage)
        for c in range(options):
            seats[c, d] = state[c] == ELECTED
    return stage


@dataclass(frozen=True)
class Stages:
    """The stages of one count.

    Attributes
    ----------
    quota
        In units.
    votes
        (stage, option) at the end of each stage, in units.
    moved
        (stage,): whose papers were transferred; −1 at the first stage.
    excluded
        (stage,): whether they were those of an excluded candidate, not of a surplus.
    elected
        (option,): at which stage, −1 for never.
    """

    quota: int
    votes: I64
    moved: I64
    excluded: NDArray[np.bool_]
    elected: I64


def _count(
    orders: I8, counts: I64, electable: NDArray[np.bool_], seats: int, keys: F64, quota: str
) -> tuple[I64, NDArray[np.bool_], Stages]:
    if counts.size and counts.sum(axis=1).max() > MOST_BALLOTS:
        raise SimError(f"more than {MOST_BALLOTS:,} ballots cannot be counted exactly")
    draws, options = len(counts), len(electable)
    house, tied = np.zeros((options, draws), np.int64), np.zeros(draws, np.bool_)
    quotas = np.zeros(draws, np.int64)
    most = 2 * options + 2
    history, moved = np.zeros((most, options), np.int64), np.full(most, -1, np.int64)
    since = np.full(options, -1, np.int64)
    # One place more keeps a kernel out of arrays without any.
    padded = solid(orders, np.int8) if orders.shape[2] else np.full((*orders.shape[:2], 1), -1, np.int8)
    last = _scottish(
        padded, solid(counts, np.int64), solid(electable, np.bool_), seats, quota == "droop",
        np.array(keys.T, order="C"), house, tied, quotas, history, moved, since,
    )  # fmt: skip
    rows = moved[: last + 1]
    stages = Stages(
        int(quotas[-1]) if draws else 0, history[: last + 1], np.where(rows >= options, rows - options, rows),
        rows >= options, since,
    )  # fmt: skip
    return house, tied, stages


def scottish(
    orders: I8, counts: I64, electable: NDArray[np.bool_], seats: int, keys: F64, quota: str = "droop"
) -> tuple[I64, NDArray[np.bool_]]:
    """Count by the rules of the Scottish Local Government Elections Order 2011.

    Quota ⌊V / (S + 1)⌋ + 1 (``hare``: V / S, rounded up to five decimal places); who reaches it is elected; the
    largest surplus is transferred first, every paper of its candidate at the value ⌊value · surplus / votes⌋ to five
    decimal places; without a surplus whoever has fewest votes is excluded and the papers go on at their value.
    Those who are equal are told apart by the latest earlier stage at which they were not, again among those who were
    equal there, then by lot.  Once there are as many candidates as vacancies they are elected and nothing more is
    transferred.

    Parameters
    ----------
    orders
        (1 or draw, kind, place) options from the first preference on, −1 behind the last.
    counts
        (draw, kind).
    electable
        (option,): others are passed over as if they were not on the ballot.
    seats
        How many there are to fill, at most as many as electable options.
    keys
        (option, draw): of those who are equal the one with the larger goes first, the one with the smallest is
        excluded.

    Returns
    -------
    (option, draw) 1 where elected; (draw,) whether a lot was taken.  Nobody is elected where nobody is voted for.
    """
    house, tied, _ = _count(orders, counts, electable, seats, keys, quota)
    return house, tied


def scottish_stages(
    orders: I8, counts: I64, electable: NDArray[np.bool_], seats: int, keys: F64, quota: str = "droop"
) -> Stages:
    """Return the stages of the count of one draw; arguments as of `scottish`."""
    return _count(orders, counts, electable, seats, keys, quota)[2]

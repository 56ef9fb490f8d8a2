"""Counts of a single transferable vote by Meek's method, in whole 1/1,000,000,000 of a vote.

A ballot is followed only to the first candidate who keeps all of it, past those who are elected.  Ballots that agree
so far are one: between two elections or exclusions they hang on a small tree, which is gone through once for each
change of the keep values.
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

__all__ = ["ONE", "Rounds", "meek", "meek_rounds"]

I8 = NDArray[np.int8]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

#: Units of one vote, and of the keep value 1.
ONE = 1_000_000_000
#: The keep values have converged where all surpluses sum to less than a millionth of a vote.
SMALL = 1_000
#: Ten times their units must fit into 64 bits.
MOST_BALLOTS = 1_800_000_000


@inline
def _times(a: Any, b: Any) -> Any:
    """⌈a · b⌉ to nine decimal places, for a of at most one."""
    high, low = b // ONE, b % ONE
    return a * high + (a * low + (ONE - 1)) // ONE


@inline
def _over(a: Any, b: Any) -> Any:
    """⌈a / b⌉ to nine decimal places, digit by digit."""
    divisor = np.uint64(b)
    rest = np.uint64(a % b)
    out = a // b
    for _ in range(9):
        rest = rest * np.uint64(10)
        digit = rest // divisor
        rest = rest - digit * divisor
        out = out * 10 + np.int64(digit)
    return out + (1 if rest > np.uint64(0) else 0)


@inline
def _grow(orders: Any, kinds: Any, papers: Any, state: Any, who: Any, parent: Any, held: Any, child: Any,
          sibling: Any) -> Any:  # fmt: skip
    """Hang every ballot on the tree, as far as it can count; returns the number of nodes."""
    nodes = 1
    child[0] = -1
    for j in range(papers.size):
        node = 0
        for p in range(orders.shape[1]):
            c = orders[kinds[j], p]
            if c < 0:
                break
            if state[c] == OUT:
                continue
            following = child[node]
            while following >= 0 and who[following] != c:
                following = sibling[following]
            if following < 0:
                following = nodes
                nodes += 1
                who[following], parent[following], held[following], child[following] = c, node, 0, -1
                sibling[following] = child[node]
                child[node] = following
            node = following
            held[node] += papers[j]
            if state[c] == CONTINUING:
                break
    return nodes


@inline
def _distribute(nodes: Any, who: Any, parent: Any, held: Any, keep: Any, rest: Any, votes: Any) -> None:
    """Give every candidate what the ballots leave to him."""
    votes[:] = 0
    rest[0] = ONE
    # Who hangs on a node was hung there after it.
    for node in range(1, nodes):
        left = rest[parent[node]]
        kept = (left * keep[who[node]] + (ONE - 1)) // ONE
        votes[who[node]] += kept * held[node]
        rest[node] = left - kept


@inline
def _elect(votes: Any, quota: Any, state: Any, since: Any, number: Any) -> Any:
    """Elect all who have the quota; returns how many they are, and the sum of all surpluses."""
    n, surplus = 0, np.int64(0)
    for c in range(votes.size):
        if (state[c] == CONTINUING) & (votes[c] >= quota):
            state[c], since[c] = ELECTED, number
            n += 1
        surplus += votes[c] - quota if state[c] == ELECTED else np.int64(0)
    return n, max(surplus, np.int64(0))


@inline
def _converge(nodes: Any, who: Any, parent: Any, held: Any, rest: Any, house: Any, state: Any, keep: Any, votes: Any,
              since: Any, number: Any) -> Any:  # fmt: skip
    """Change the keep values until somebody is elected or they have converged.

    Returns how many are elected, the quota and the sum of the surpluses.
    """
    before = np.int64(-1)
    while True:
        _distribute(nodes, who, parent, held, keep, rest, votes)
        quota = votes.sum() // (house + 1) + 1
        newly, surplus = _elect(votes, quota, state, since, number)
        if (newly > 0) | (surplus < SMALL) | ((before >= 0) & (surplus >= before)):
            return newly, quota, surplus
        before = surplus
        for c in range(votes.size):
            if state[c] == ELECTED:
                keep[c] = _over(_times(keep[c], quota), votes[c])


@inline
def _last(votes: Any, state: Any, surplus: Any, key: Any) -> Any:
    """Choose who is excluded; returns who, how many could be, and the most votes among them."""
    least = np.int64(-1)
    for c in range(votes.size):
        if state[c] == CONTINUING and (least < 0 or votes[c] < least):
            least = votes[c]
    chosen, equal, most = -1, 0, np.int64(0)
    for c in range(votes.size):
        # What is left of the surpluses could still turn round who is within it of the last.
        if (state[c] == CONTINUING) & (votes[c] <= least + surplus):
            equal += 1
            most = max(most, votes[c])
            if chosen < 0 or key[c] <= key[chosen]:
                chosen = c
    return chosen, equal, most


@kernel
def _meek(
    orders: Any, counts: Any, can: Any, house: Any, keys: Any, seats: Any, tied: Any, shown: Any, kept: Any,
    quotas: Any, surpluses: Any, excluded: Any, since: Any
) -> int:  # fmt: skip
    draws, options, n_kinds = counts.shape[0], can.size, counts.shape[1]
    kinds, papers, place = np.empty(n_kinds, np.int64), np.empty(n_kinds, np.int64), np.empty(n_kinds, np.int64)
    most = 1 + n_kinds * min(orders.shape[2], house + 1)
    who, parent, held = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    child, sibling, rest = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    state, votes, keep = np.empty(options, np.int64), np.empty(options, np.int64), np.empty(options, np.int64)
    number = 0
    for d in range(draws):
        ballots = orders[d if orders.shape[0] > 1 else 0]
        n = sort_papers(ballots, counts[d], can, kinds, papers, place)
        hopeful = stand(can, state, since)
        vacancies = house if n > 0 else 0
        for c in range(options):
            keep[c] = ONE if can[c] else 0
        number = 0
        while (vacancies > 0) & (hopeful > vacancies):
            nodes = _grow(ballots, kinds[:n], papers[:n], state, who, parent, held, child, sibling)
            newly, quota, surplus = _converge(
                nodes, who, parent, held, rest, house, state, keep, votes, since, number
            )  # fmt: skip
            shown[number], kept[number] = votes, keep
            quotas[number], surpluses[number], excluded[number] = quota, surplus, -1
            hopeful -= newly
            vacancies -= newly
            if newly == 0:
                chosen, equal, most_votes = _last(votes, state, surplus, keys[d])
                # Those without a vote who all go out one after the other need no lot.
                tied[d] |= (equal > 1) & ((most_votes > 0) | (equal > hopeful - vacancies))
                state[chosen], keep[chosen] = OUT, 0
                excluded[number] = chosen
                hopeful -= 1
            number += 1
        if vacancies > 0:
            fill_vacancies(state, since, number)
        for c in range(options):
            seats[c, d] = state[c] == ELECTED
    return number


@dataclass(frozen=True)
class Rounds:
    """The rounds of one count, each as it stands when a candidate is elected or excluded.

    Attributes
    ----------
    votes, keep
        (round, option), in units.
    quotas, surpluses
        (round,), in units.
    excluded
        (round,): who is, −1 where somebody is elected.
    elected
        (option,): in which round, one more than there are for those who fill the last vacancies, −1 for never.
    """

    votes: I64
    keep: I64
    quotas: I64
    surpluses: I64
    excluded: I64
    elected: I64


def _count(
    orders: I8, counts: I64, electable: NDArray[np.bool_], seats: int, keys: F64
) -> tuple[I64, NDArray[np.bool_], Rounds]:
    if counts.size and counts.sum(axis=1).max() > MOST_BALLOTS:
        raise SimError(f"more than {MOST_BALLOTS:,} ballots cannot be counted exactly to nine decimal places")
    draws, options = len(counts), len(electable)
    house, tied = np.zeros((options, draws), np.int64), np.zeros(draws, np.bool_)
    most = options + 1
    votes, keep = np.zeros((most, options), np.int64), np.zeros((most, options), np.int64)
    quotas, surpluses, excluded = np.zeros((3, most), np.int64)
    since = np.full(options, -1, np.int64)
    # One place more keeps a kernel out of arrays without any.
    padded = solid(orders, np.int8) if orders.shape[2] else np.full((*orders.shape[:2], 1), -1, np.int8)
    n = _meek(
        padded, solid(counts, np.int64), solid(electable, np.bool_), seats, np.array(keys.T, order="C"),
        house, tied, votes, keep, quotas, surpluses, excluded, since,
    )  # fmt: skip
    return house, tied, Rounds(votes[:n], keep[:n], quotas[:n], surpluses[:n], excluded[:n], since)


def meek(orders: I8, counts: I64, electable: NDArray[np.bool_], seats: int, keys: F64) -> tuple[I64, NDArray[np.bool_]]:
    """Count by Meek's method with nine decimal places.

    Each candidate keeps a share k of what reaches him, ⌈weight · k⌉ of every ballot, and the rest goes on to the next
    on the ballot; k is 1 for the hopeful, 0 for the excluded.  With votes v the quota is ⌊Σ v / (S + 1)⌋ + 10⁻⁹, and
    a hopeful candidate with v ≥ quota is elected.  The elected have k ← ⌈⌈k · quota⌉ / v⌉ until somebody is elected
    or the surpluses Σ (v − quota) are less than 10⁻⁶ of a vote or no longer shrink; then the hopeful candidate with
    fewest votes is excluded, by lot among those who have no more than that and the surpluses.

    Parameters
    ----------
    orders, counts, electable, seats, keys
        As of `sim.numeric.transferable.scottish`.

    Returns
    -------
    (option, draw) 1 where elected; (draw,) whether a lot was taken.  Nobody is elected where nobody is voted for.
    """
    house, tied, _ = _count(orders, counts, electable, seats, keys)
    return house, tied


def meek_rounds(orders: I8, counts: I64, electable: NDArray[np.bool_], seats: int, keys: F64) -> Rounds:
    """Return the rounds of the count of one draw; arguments as of `meek`."""
    return _count(orders, counts, electable, seats, keys)[2]

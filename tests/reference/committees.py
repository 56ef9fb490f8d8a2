"""Rules for several seats once more: marks added up ballot by ballot, all committees tried, in fractions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, permutations

#: (rank, score or approval of each option, number of ballots).
Ballots = list[tuple[list[int], int]]


def first_places(ballots: Ballots, options: int, places: int) -> list[int]:
    """Votes of the options: rank ``options`` is not on the ballot; equal ranks that do not all fit have none."""
    votes = [0] * options
    for ranks, papers in ballots:
        left = places
        for rank in sorted(set(ranks) - {options}):
            group = [o for o in range(options) if ranks[o] == rank]
            if len(group) > left:
                break
            left -= len(group)
            for o in group:
                votes[o] += papers
    return votes


def spent(ballots: Ballots, options: int, points: int) -> list[int]:
    """Points of the options, from ballots that give 0 or more and not above ``points`` in all."""
    votes = [0] * options
    for scores, papers in ballots:
        if min(scores) >= 0 and sum(scores) <= points:
            for o in range(options):
                votes[o] += papers * scores[o]
    return votes


def houses(votes: list[int], candidates: list[int], seats: int) -> set[frozenset[int]]:
    """All houses of those with most votes, whichever way equal ones are told apart."""
    if not any(votes[c] for c in candidates):
        return {frozenset()}
    order = sorted(candidates, key=lambda c: -votes[c])
    edge = votes[order[seats - 1]]
    safe = [c for c in candidates if votes[c] > edge]
    equal = [c for c in candidates if votes[c] == edge]
    return {frozenset((*safe, *more)) for more in combinations(equal, seats - len(safe))}


def satisfaction(ballots: Ballots, committee: tuple[int, ...]) -> Fraction:
    total = Fraction(0)
    for marks, papers in ballots:
        held = sum(marks[c] > 0 for c in committee)
        total += papers * sum(Fraction(1, k) for k in range(1, held + 1))
    return total


def best_committees(ballots: Ballots, candidates: list[int], seats: int) -> set[frozenset[int]]:
    """All committees with the largest sum."""
    every = {committee: satisfaction(ballots, committee) for committee in combinations(candidates, seats)}
    most = max(every.values())
    return {frozenset(c) for c, value in every.items() if value == most} if most else {frozenset()}


def drawn_first(committees: set[frozenset[int]], key: list[float]) -> frozenset[int]:
    """Of several committees the one with the option of the largest key, then of the next …"""
    return max(committees, key=lambda committee: sorted((key[c] for c in committee), reverse=True))


def sequential(ballots: Ballots, candidates: list[int], seats: int, key: list[float]) -> tuple[frozenset[int], bool]:
    """The committee that grows by who adds most, and whether equal ones had to be told apart."""
    chosen: tuple[int, ...] = ()
    tied = False
    while len(chosen) < seats:
        now = satisfaction(ballots, chosen)
        gain = {c: satisfaction(ballots, (*chosen, c)) - now for c in candidates if c not in chosen}
        most = max(gain.values())
        if not chosen and most == 0:
            return frozenset(), False
        equal = [c for c in gain if gain[c] == most]
        tied |= len(equal) > 1 and not (most == 0 and len(equal) == seats - len(chosen))
        chosen = (*chosen, max(equal, key=lambda c: key[c]))
    return frozenset(chosen), tied


def keys(options: int) -> Iterator[list[float]]:
    """All orders in which a lot can put the options."""
    for order in permutations(range(options)):
        yield [float(place) for place in order]

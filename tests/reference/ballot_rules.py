"""Rules on ballots once more, from their definitions: plain Python, one election at a time.

A profile is a list of (ballot, number).  A ranked ballot gives each option a rank, the smaller the better, None where
it is left out; a scoring one gives each option a score.  ``key``: of equal options the larger goes first.  A rule
returns who wins (None for nobody) and whether a tie had to be settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import groupby, pairwise, permutations, product
from typing import Any

Profile = list[tuple[list[Any], int]]
Outcome = tuple[int | None, bool]


def before(ballot: list[Any], a: int, b: int) -> bool:
    return ballot[a] is not None and (ballot[b] is None or ballot[a] < ballot[b])


def said(profile: Profile) -> int:
    return sum(n for ballot, n in profile if any(rank is not None for rank in ballot))


def over(profile: Profile, a: int, b: int) -> int:
    return sum(n for ballot, n in profile if before(ballot, a, b))


def best(merit: list[Any], key: list[float]) -> Outcome:
    top = [o for o in range(len(merit)) if merit[o] == max(merit)]
    return max(top, key=lambda o: key[o]), len(top) > 1


def eliminating(
    profile: Profile, key: list[float], loser_of: Callable[[Profile, list[int]], dict[int, int]], stop: bool, zero: bool
) -> Outcome:
    left, tied = list(range(len(key))), False
    while True:
        first = {o: 0 for o in left}
        for ballot, n in profile:
            named = [o for o in left if ballot[o] is not None]
            if named:
                first[min(named, key=lambda o: ballot[o])] += n
        if not sum(first.values()):
            return None, False
        most = max(left, key=lambda o: first[o])
        if len(left) == 1 or (stop and 2 * first[most] > sum(first.values())):
            return most, tied
        bad = loser_of(profile, left)
        worst = [o for o in left if bad[o] == max(bad.values())]
        loser = min(worst, key=lambda o: key[o])
        tied |= len(worst) > 1 and not (zero and first[loser] == 0)
        left.remove(loser)


def fewest_firsts(profile: Profile, left: list[int]) -> dict[int, int]:
    out = {o: 0 for o in left}
    for ballot, n in profile:
        for o in left:
            out[o] -= n if ballot[o] is not None and not any(before(ballot, p, o) for p in left if p != o) else 0
    return out


def most_lasts(profile: Profile, left: list[int]) -> dict[int, int]:
    out = {o: 0 for o in left}
    for ballot, n in profile:
        if all(ballot[o] is None for o in left):
            continue
        for o in left:
            missing = any(ballot[p] is None for p in left)
            last = ballot[o] is None if missing else all(before(ballot, p, o) for p in left if p != o)
            out[o] += n if last else 0
    return out


def instant_runoff(profile: Profile, key: list[float]) -> Outcome:
    return eliminating(profile, key, fewest_firsts, True, True)


def coombs(profile: Profile, key: list[float], stop_at_majority: bool = True) -> Outcome:
    return eliminating(profile, key, most_lasts, stop_at_majority, False)


def bucklin(profile: Profile, key: list[float]) -> Outcome:
    m, ballots = len(key), said(profile)
    for places in range(1, m + 1):
        named = [0] * m
        for ballot, n in profile:
            for o in range(m):
                if ballot[o] is not None and sum(before(ballot, p, o) for p in range(m)) < places:
                    named[o] += n
        if 2 * max(named) > ballots or places == m:
            return best(named, key)
    raise AssertionError


def points(profile: Profile, weights: list[int], unranked: str) -> list[Fraction]:
    m = len(weights)
    out = [Fraction(0)] * m
    for ballot, n in profile:
        for o in range(m):
            ahead = sum(before(ballot, p, o) for p in range(m))
            alike = sum(not before(ballot, p, o) and not before(ballot, o, p) for p in range(m))
            if ballot[o] is not None or unranked == "average":
                out[o] += n * Fraction(sum(weights[ahead : ahead + alike]), alike)
    return out


def positional(profile: Profile, key: list[float], weights: list[int], unranked: str = "average") -> Outcome:
    return best(points(profile, [*weights, *[0] * len(key)][: len(key)], unranked), key)


def borda(profile: Profile, key: list[float], unranked: str = "average") -> Outcome:
    return best(points(profile, list(range(len(key)))[::-1], unranked), key)


def condorcet(profile: Profile, key: list[float], weak: bool = False) -> Outcome:
    everyone = range(len(key))
    found = []
    for a in everyone:
        margins = [over(profile, a, b) - over(profile, b, a) for b in everyone if b != a]
        if all(x > 0 or (weak and x == 0) for x in margins):
            found.append(a)
    return (max(found, key=lambda o: key[o]), len(found) > 1) if found else (None, False)


def black(profile: Profile, key: list[float], unranked: str = "average") -> Outcome:
    winner, _ = condorcet(profile, key)
    return borda(profile, key, unranked) if winner is None else (winner, False)


def copeland(profile: Profile, key: list[float], even: str = "half") -> Outcome:
    worth = {"none": Fraction(0), "half": Fraction(1, 2), "whole": Fraction(1)}[even]
    score = []
    for a in range(len(key)):
        margins = [over(profile, a, b) - over(profile, b, a) for b in range(len(key)) if b != a]
        score.append(sum(x > 0 for x in margins) + worth * sum(x == 0 for x in margins))
    return best(score, key)


def minimax(profile: Profile, key: list[float], measure: str = "winning_votes") -> Outcome:
    merit = []
    for a in range(len(key)):
        defeats = []
        for b in range(len(key)):
            if b != a:
                against, for_it = over(profile, b, a), over(profile, a, b)
                if measure == "margins":
                    defeats.append(against - for_it)
                else:
                    defeats.append(against if measure == "opposition" or against > for_it else 0)
        merit.append(-max(defeats, default=0))
    return best(merit, key)


def victories(profile: Profile, m: int, measure: str) -> dict[tuple[int, int], int]:
    out = {}
    for a, b in permutations(range(m), 2):
        won, lost = over(profile, a, b), over(profile, b, a)
        if won > lost:
            out[a, b] = won if measure == "winning_votes" else won - lost
    return out


def schulze(profile: Profile, key: list[float], measure: str = "winning_votes") -> Outcome:
    m = len(key)
    won = victories(profile, m, measure)

    def strongest(a: int, b: int) -> int:
        most = 0
        others = [o for o in range(m) if o not in (a, b)]
        for length in range(len(others) + 1):
            for way in permutations(others, length):
                path = (a, *way, b)
                most = max(most, min(won.get(step, 0) for step in pairwise(path)))
        return most

    holds = [all(strongest(a, b) >= strongest(b, a) for b in range(m) if b != a) for a in range(m)]
    assert any(holds)
    return best(holds, key)


def leads(edges: set[tuple[int, int]], a: int, b: int) -> bool:
    """Whether a path leads from a to b."""
    seen, todo = {a}, [a]
    while todo:
        now = todo.pop()
        for x, y in edges:
            if x == now and y not in seen:
                seen.add(y)
                todo.append(y)
    return b in seen


def locked(order: list[tuple[int, int]]) -> set[tuple[int, int]]:
    edges: set[tuple[int, int]] = set()
    for a, b in order:
        if not leads(edges, b, a):
            edges.add((a, b))
    return edges


def unbeaten(edges: set[tuple[int, int]], m: int) -> list[bool]:
    return [not any(b == o for _, b in edges) for o in range(m)]


def ranked_pairs(profile: Profile, key: list[float], measure: str = "winning_votes") -> Outcome:
    won = victories(profile, len(key), measure)
    order = sorted(won, key=lambda pair: (-won[pair], -key[pair[0]], key[pair[1]]))
    tied = False
    for _, group in groupby(order, key=lambda pair: won[pair]):
        these = list(group)
        earlier = locked(order[: order.index(these[0])])
        open_ones = {(a, b) for a, b in these if not leads(earlier, b, a)}
        tied |= any(leads(earlier | open_ones, b, a) for a, b in open_ones)
    winner, several = best(unbeaten(locked(order), len(key)), key)
    sure = any(all((a, b) in won for b in range(len(key)) if b != a) for a in range(len(key)))
    return winner, (tied and not sure) or several


def ranked_pairs_possible(profile: Profile, m: int, measure: str) -> Iterator[int]:
    """Who can win in any order of equal victories."""
    won = victories(profile, m, measure)
    order = sorted(won, key=lambda pair: -won[pair])
    groups = [list(group) for _, group in groupby(order, key=lambda pair: won[pair])]
    for one in product(*(permutations(group) for group in groups)):
        free = unbeaten(locked([pair for group in one for pair in group]), m)
        yield from (o for o in range(m) if free[o])


def kemeny(profile: Profile, key: list[float]) -> Outcome:
    m = len(key)
    merit = [-1] * m
    n = {pair: over(profile, *pair) for pair in permutations(range(m), 2)}
    for order in permutations(range(m)):
        agreed = sum(n[order[i], order[j]] for i in range(m) for j in range(i + 1, m))
        merit[order[0]] = max(merit[order[0]], agreed)
    return best(merit, key)


def sums(profile: Profile, m: int) -> list[int]:
    return [sum(n * ballot[o] for ballot, n in profile) for o in range(m)]


def score(profile: Profile, key: list[float]) -> Outcome:
    if not sum(n for _, n in profile):
        return None, False
    return best(sums(profile, len(key)), key)


def approval(profile: Profile, key: list[float], at_least: int | str = 1) -> Outcome:
    def approves(ballot: list[int], o: int) -> bool:
        return ballot[o] > Fraction(sum(ballot), len(ballot)) if at_least == "mean" else ballot[o] >= at_least

    merit = [sum(n for ballot, n in profile if approves(ballot, o)) for o in range(len(key))]
    return best(merit, key) if max(merit) else (None, False)


def star(profile: Profile, key: list[float]) -> Outcome:
    if not sum(n for _, n in profile):
        return None, False
    total = sums(profile, len(key))
    order = sorted(range(len(key)), key=lambda o: (-total[o], -key[o]))
    if len(order) == 1:
        return order[0], False
    a, b = order[:2]
    edge = [o for o in order if total[o] == total[b]]
    tied = any(o not in (a, b) for o in edge)
    first = sum(n for ballot, n in profile if ballot[a] > ballot[b])
    second = sum(n for ballot, n in profile if ballot[b] > ballot[a])
    if first == second and total[a] == total[b]:
        return max((a, b), key=lambda o: key[o]), True
    return (a if (first, total[a]) > (second, total[b]) else b), tied


RULES: dict[str, Callable[..., Outcome]] = {
    f.__name__: f
    for f in (instant_runoff, coombs, bucklin, positional, borda, black, condorcet, copeland, minimax, schulze)
} | {f.__name__: f for f in (ranked_pairs, kemeny, score, approval, star)}

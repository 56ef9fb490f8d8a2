"""Metrics from their definitions: plain Python, fractions, subsets and permutations one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any

NAN = math.nan


def shares(counts: Sequence[int]) -> list[Fraction] | None:
    total = sum(counts)
    return [Fraction(int(n), int(total)) for n in counts] if total else None


def root(x: Fraction) -> float:
    """The square root, good to the last digit: of a number scaled up to a large whole one."""
    return float(Fraction(math.isqrt(x.numerator * x.denominator * 10**60), x.denominator * 10**30)) if x else 0.0


def pairs(votes: Sequence[int], seats: Sequence[int]) -> list[tuple[Fraction, Fraction]] | None:
    v, s = shares(votes), shares(seats)
    return None if v is None or s is None else [(a, b) for a, b in zip(v, s) if a or b]


def gallagher(p: Any) -> float:
    return root(sum((s - v) ** 2 for v, s in p) / 2)


def loosemore_hanby(p: Any) -> Fraction:
    return sum(max(s - v, Fraction(0)) for v, s in p)


def sainte_lague(p: Any) -> Fraction | float:
    return math.inf if any(not v for v, _ in p) else sum((s - v) ** 2 / v for v, s in p)


def rae(p: Any) -> Fraction:
    return sum(abs(s - v) for v, s in p) / len(p)


def lijphart(p: Any) -> Fraction:
    return max(abs(s - v) for v, s in p)


def grofman(p: Any) -> Fraction:
    return sum(abs(s - v) for v, s in p) / (1 / sum(v * v for v, _ in p))


def dhondt(p: Any) -> Fraction | float:
    return math.inf if any(not v for v, _ in p) else max(s / v for v, s in p)


def cox_shugart(p: Any) -> Fraction | float:
    v_mean, s_mean = (sum(x[i] for x in p) / len(p) for i in (0, 1))
    spread = sum((v - v_mean) ** 2 for v, _ in p)
    return sum((v - v_mean) * (s - s_mean) for v, s in p) / spread if spread else NAN


def farina(p: Any) -> float:
    """The sine, which is exact at small angles: |a × b|² = |a|² |b|² − (a · b)²."""
    vv, ss, vs = sum(v * v for v, _ in p), sum(s * s for _, s in p), sum(v * s for v, s in p)
    return math.atan2(root(vv * ss - vs * vs), float(vs))


def gini(p: Any) -> Fraction | float:
    """One less twice the area under the Lorenz curve: votes in rising order of seats per vote."""
    ordered = sorted(p, key=lambda x: (not x[0], x[1] / x[0] if x[0] else 0))
    area, below = Fraction(0), Fraction(0)
    for v, s in ordered:
        area += v * (2 * below + s) / 2
        below += s
    return 1 - 2 * area


def kullback_leibler(p: Any) -> float:
    return math.inf if any(not v for v, _ in p) else math.fsum(float(s) * math.log(s / v) for v, s in p if s)


INDICES = {
    f.__name__: f
    for f in (
        cox_shugart, dhondt, farina, gallagher, gini, grofman, kullback_leibler, lijphart, loosemore_hanby, rae,
        sainte_lague,
    )
}  # fmt: skip


def index(name: str, votes: Sequence[int], seats: Sequence[int]) -> float:
    p = pairs(votes, seats)
    return NAN if p is None else float(INDICES[name](p))


def laakso_taagepera(counts: Sequence[int]) -> float:
    p = shares(counts)
    return float(1 / sum(x * x for x in p)) if p else NAN


def golosov(counts: Sequence[int]) -> float:
    p = shares(counts)
    return float(sum(1 / (1 + max(p) ** 2 / x - x) for x in p if x)) if p else NAN


def district_seats(own: Sequence[Fraction], swing: Fraction) -> Fraction:
    half = Fraction(1, 2)
    won = [Fraction(1) if x + swing > half else half if x + swing == half else Fraction(0) for x in own]
    return sum(won, Fraction(0)) / len(won)


def districts(votes: Sequence[tuple[int, int]], width: Fraction) -> dict[str, float]:
    """Votes of two sides by district."""
    held = [(int(a), int(b)) for a, b in votes if a + b]
    if not held:
        return dict.fromkeys(("efficiency_gap", "mean_median", "partisan_bias", "swing_ratio"), NAN)
    wasted = [Fraction(0), Fraction(0)]
    for two in held:
        half = Fraction(sum(two), 2)
        for side in (0, 1):
            lead = two[side] - two[1 - side]
            wasted[side] += two[side] - half if lead > 0 else two[side] if lead < 0 else half / 2
    own = [Fraction(a, a + b) for a, b in held]
    ranked, n = sorted(own), len(own)
    total = sum(a + b for a, b in held)
    mean = Fraction(sum(a for a, _ in held), total)
    return {
        "efficiency_gap": float((wasted[1] - wasted[0]) / total),
        "mean_median": float((ranked[n // 2] + ranked[(n - 1) // 2]) / 2 - sum(own) / n),
        "partisan_bias": float(district_seats(own, Fraction(1, 2) - mean) - Fraction(1, 2)),
        "swing_ratio": float((district_seats(own, width) - district_seats(own, -width)) / (2 * width)),
    }


def subsets(members: Sequence[int]) -> Any:
    for size in range(len(members) + 1):
        yield from combinations(members, size)


def power(seats: Sequence[int], quota: int) -> dict[str, Any]:
    """Swings, Shapley–Shubik values and minimal winning coalitions by looking at every coalition."""
    members = [i for i, n in enumerate(seats) if n]

    def wins(some: Any) -> bool:
        return sum(seats[i] for i in some) >= quota

    swings = [0] * len(seats)
    orders = [Fraction(0)] * len(seats)
    minimal = []
    n = len(members)
    for some in subsets(members):
        if not wins(some):
            continue
        critical = [i for i in some if not wins([j for j in some if j != i])]
        for i in critical:
            swings[i] += 1
            orders[i] += Fraction(math.factorial(len(some) - 1) * math.factorial(n - len(some)), math.factorial(n))
        if len(critical) == len(some):
            minimal.append(frozenset(some))
    return {"swings": swings, "shapley": orders, "minimal": set(minimal)}


def pivotal(seats: Sequence[int], quota: int) -> list[Fraction]:
    """Shapley–Shubik values from every order of the members, for few."""
    out = [0] * len(seats)
    members = [i for i, n in enumerate(seats) if n]
    for order in permutations(members):
        held = 0
        for i in order:
            held += seats[i]
            if held >= quota:
                out[i] += 1
                break
    return [Fraction(x, math.factorial(len(members))) for x in out]


def beats(ballots: Sequence[tuple[tuple[int, ...], int]], a: int, b: int) -> bool:
    """Whether more ballots put a above b: ballots are orders (who is missing comes last) and how many there are."""
    lead = 0
    for order, count in ballots:
        place = {o: i for i, o in enumerate(order)}
        x, y = place.get(a, len(order)), place.get(b, len(order))
        lead += count * ((x < y) - (x > y))
    return lead > 0


def condorcet(ballots: Any, options: int) -> int:
    best = [a for a in range(options) if all(beats(ballots, a, b) for b in range(options) if b != a)]
    return best[0] if best else -1


def cycle(ballots: Any, options: int) -> bool:
    return any(
        all(beats(ballots, a, b) for a, b in zip(ring, (*ring[1:], ring[0])))
        for size in range(3, options + 1)
        for ring in permutations(range(options), size)
    )


def instant_runoff(ballots: Any, options: int) -> int:
    """The last left when who has fewest first places goes out, the later one at equal places."""
    left = set(range(options))
    while len(left) > 1:
        first = dict.fromkeys(left, 0)
        for order, count in ballots:
            best = next((o for o in order if o in left), None)
            if best is not None:
                first[best] += count
        left.remove(min(left, key=lambda o: (first[o], -o)))
    return left.pop()


def merged(ballots: Any) -> list[tuple[tuple[int, ...], int]]:
    out: dict[tuple[int, ...], int] = {}
    for order, count in ballots:
        out[order] = out.get(order, 0) + count
    return list(out.items())


def fails_monotonicity(ballots: Any, options: int, rule: Any) -> bool:
    """Whether raising the winner on n ballots of one kind makes it lose, for any kind, any higher place and any n."""
    winner = rule(ballots, options)
    for k, (order, count) in enumerate(ballots):
        rest = [o for o in order if o != winner]
        place = order.index(winner) if winner in order else len(order)
        for to in range(place):
            raised = (*rest[:to], winner, *rest[to:])
            for n in range(1, count + 1):
                changed = [*ballots[:k], (order, count - n), *ballots[k + 1 :], (raised, n)]
                if rule(changed, options) != winner:
                    return True
    return False


def fails_participation(ballots: Any, options: int, rule: Any) -> bool:
    """Whether n voters of one kind get an option they rank higher by staying at home."""
    winner = rule(ballots, options)
    for k, (order, count) in enumerate(ballots):
        place = {o: i for i, o in enumerate(order)}
        for n in range(1, count + 1):
            other = rule([*ballots[:k], (order, count - n), *ballots[k + 1 :]], options)
            if place.get(other, len(order)) < place.get(winner, len(order)):
                return True
    return False

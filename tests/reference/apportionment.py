"""Apportionment as the laws write it: plain Python, exact, one row of votes at a time.

Nothing here is shared with the package.  A method says which seats are sure and which options claim the rest
equally: (seats that are sure, options that are equal, seats that are left for them).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

Claims = tuple[list[int], set[int], int]

#: d(s) of the seat after s, squared where it is a root.
DIVISORS: dict[str, Callable[[int], Fraction]] = {
    "dhondt": lambda s: Fraction(s + 1),
    "sainte_lague": lambda s: Fraction(2 * s + 1),
    "modified_sainte_lague": lambda s: Fraction(2 * s + 1) if s else Fraction(14, 10),
    "danish": lambda s: Fraction(3 * s + 1),
    "imperiali": lambda s: Fraction(s + 2),
    "huntington_hill": lambda s: Fraction(s * (s + 1)),
    "adams": lambda s: Fraction(s),
    "dean": lambda s: Fraction(2 * s * (s + 1), 2 * s + 1),
}


def by_divisors(votes: list[int], seats: int, divisor: Callable[[int], Fraction], squared: bool = False) -> Claims:
    """The seats go to the largest quotients; a divisor of 0 stands before all others, the larger votes first."""
    quotients = []
    for o, v in enumerate(votes):
        for s in range(seats if v else 0):
            d = divisor(s)
            quotients.append(((1, Fraction(v)) if d == 0 else (0, Fraction(v * v if squared else v) / d), o))
    if not quotients:
        return [0] * len(votes), set(), 0
    quotients.sort(reverse=True)
    last = quotients[seats - 1][0]
    sure = [sum(q > last for q, who in quotients if who == o) for o in range(len(votes))]
    return sure, {o for q, o in quotients if q == last}, seats - sum(sure)


def by_quota(votes: list[int], seats: int, name: str, again: bool = True) -> Claims:
    """Full quotas, then the largest remainders; too many seats are counted again or taken back."""
    n, total = len(votes), sum(votes)
    if total == 0 or seats == 0:
        return [0] * n, set(), 0
    plus = {"hare": 0, "hagenbach_bischoff": 1, "imperiali": 2}.get(name, 0)
    while True:
        quota = Fraction(total // (seats + 1) + 1) if name == "droop" else Fraction(total, seats + plus)
        full = [int(v / quota) for v in votes]
        if sum(full) <= seats or not again:
            break
        plus -= 1
    rest = [v - q * quota for v, q in zip(votes, full)]
    left = seats - sum(full)
    return _give(full, rest, votes, left) if left >= 0 else _take(full, rest, votes, -left)


def _give(full: list[int], rest: list[Fraction], votes: list[int], left: int) -> Claims:
    lists = [o for o, v in enumerate(votes) if v]
    while left > len(lists):
        full = [s + (o in lists) for o, s in enumerate(full)]
        left -= len(lists)
    if left == 0:
        return full, set(), 0
    last = sorted((rest[o] for o in lists), reverse=True)[left - 1]
    sure = [s + (o in lists and rest[o] > last) for o, s in enumerate(full)]
    equal = {o for o in lists if rest[o] == last}
    return sure, equal, left - (sum(sure) - sum(full))


def _take(full: list[int], rest: list[Fraction], votes: list[int], over: int) -> Claims:
    while over > sum(s > 0 for s in full):
        over -= sum(s > 0 for s in full)
        full = [max(s - 1, 0) for s in full]
    holders = [o for o, s in enumerate(full) if s]
    size = {o: (rest[o], votes[o]) for o in holders}
    last = sorted(size.values())[over - 1]
    sure = [s - (o in holders and size[o] <= last) for o, s in enumerate(full)]
    equal = {o for o in holders if size[o] == last}
    return sure, equal, sum(full) - over - sum(sure)


def settled(claims: Claims, order: list[int]) -> list[int]:
    """The seats where those who stand first in ``order`` have what is left."""
    sure, equal, left = claims
    lucky = [o for o in order if o in equal][:left]
    return [s + (o in lucky) for o, s in enumerate(sure)]


def is_tied(claims: Claims) -> bool:
    return 0 < claims[2] < len(claims[1])

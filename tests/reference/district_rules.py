"""Rules on districts, electors and mixed houses as their definitions say, one election at a time, in fractions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any

Votes = Sequence[int]


def leaders(votes: Votes, can: Sequence[bool]) -> set[int]:
    """Electable options with most votes; nobody where none has any."""
    most = max((v for v, c in zip(votes, can) if c), default=0)
    return {o for o, (v, c) in enumerate(zip(votes, can)) if c and v == most and v > 0}


def by_divisors(divisor: Callable[[int], int]) -> Callable[..., tuple[list[int], bool]]:
    """Seat after seat to the largest v / d(s)."""

    def share(votes: Votes, house: int, first: Sequence[int]) -> tuple[list[int], bool]:
        seats = [0] * len(votes)
        if not any(votes):
            return seats, False
        quotients = []
        for _ in range(house):
            now = [Fraction(v, divisor(s)) for v, s in zip(votes, seats)]
            who = min((o for o in range(len(votes)) if now[o] == max(now)), key=first.index)
            quotients.append(now[who])
            seats[who] += 1
        # Whoever could have the next seat for what the last one was given for met an equal.
        following = max((Fraction(v, divisor(s)) for v, s in zip(votes, seats)), default=Fraction(0))
        return seats, bool(quotients) and following == quotients[-1]

    return share


def hare(votes: Votes, house: int, first: Sequence[int]) -> tuple[list[int], bool]:
    """Full quotas, then largest remainders."""
    if not any(votes) or house == 0:
        return [0] * len(votes), False
    quota = Fraction(sum(votes), house)
    seats = [int(v / quota) for v in votes]
    rest = [v - s * quota for v, s in zip(votes, seats)]
    left = house - sum(seats)
    order = sorted((o for o in range(len(votes)) if votes[o]), key=lambda o: (-rest[o], first.index(o)))
    for o in order[:left]:
        seats[o] += 1
    return seats, 0 < left < len(order) and rest[order[left - 1]] == rest[order[left]]


METHODS = {
    "dhondt": by_divisors(lambda s: s + 1),
    "sainte_lague": by_divisors(lambda s: 2 * s + 1),
    "hare_largest_remainder": hare,
}


def over_orders(k: int, one: Callable[[Sequence[int]], tuple[Any, bool]]) -> list[Any]:
    """Every outcome that some order of equals leads to; one where claims were never equal."""
    outcome, equal = one(tuple(range(k)))
    if not equal:
        return [outcome]
    found: list[Any] = []
    for order in permutations(range(k)):
        outcome, _ = one(order)
        if outcome not in found:
            found.append(outcome)
    return found


def compensatory(
    rule: dict[str, Any], names: Sequence[str], lists: Votes, won: Sequence[int], first: Sequence[int]
) -> tuple[tuple[list[int], list[int]], bool]:
    """Seats and overhang of one election; ``lists`` are the votes of who takes part."""
    method, k = METHODS[rule["method"]], len(lists)
    outside = [w if not v else 0 for v, w in zip(lists, won)]
    inside = [w if v else 0 for v, w in zip(lists, won)]
    room = max(rule["house"] - sum(outside), 0)
    met = False
    if rule["overhang"] == "none":
        apart: set[int] = set()
        over = [0] * k
        while True:
            free = max(room - sum(inside[o] for o in apart), 0)
            share, equal = method([0 if o in apart else lists[o] for o in range(k)], free, first)
            met |= equal
            share = [inside[o] if o in apart else share[o] for o in range(k)]
            more = {o for o in range(k) if share[o] < inside[o]}
            if not more:
                return ([s + w for s, w in zip(share, outside)], over), met
            for o in more:
                over[o] = inside[o] - share[o]
            apart |= more
    if rule["overhang"] == "levelled":
        sure = [max(w, rule.get("minimum", {}).get(names[o], 0)) if lists[o] else 0 for o, w in enumerate(inside)]
        most = max(rule.get("maximum", 2_000) - sum(outside), room)
        while room < most:
            ways = over_orders(k, lambda order, house=room: method(lists, house, order))
            if all(s >= n for share in ways for s, n in zip(share, sure)):
                break
            room += 1
    share, equal = method(lists, room, first)
    over = [max(w - s, 0) for w, s in zip(inside, share)]
    own = share if rule["overhang"] == "unseated" else [s + x for s, x in zip(share, over)]
    return ([s + w for s, w in zip(own, outside)], over), met | equal


def college(
    rule: dict[str, Any],
    contests: Iterable[tuple[int, Votes]],
    popular: Votes,
    can: Sequence[bool],
    pick: Sequence[int],
) -> tuple[list[int], set[int]]:
    """Electors and who may win, given who was picked in each contest (−1 for nobody)."""
    electors = [0] * len(can)
    total = 0
    for (n, _), who in zip(contests, pick):
        total += n
        if who >= 0:
            electors[who] += n
    best = {o for o in range(len(can)) if can[o] and electors[o] == max(electors) and electors[o] > 0}
    if any(electors[o] > Fraction(str(rule.get("majority", 0.5))) * total for o in best):
        return electors, best
    instead = {
        "no_winner": set(),
        "plurality_of_electors": best,
        "popular_vote": leaders(popular, can),
    }
    return electors, instead[rule.get("if_none", "no_winner")]


def counts(votes: Votes, ballots: int, registered: int, can: Sequence[bool], rule: dict[str, Any]) -> tuple[bool, bool]:
    """Whether an election counts, and whether it is repeated."""
    valid, again = True, False
    quorum = rule.get("quorum")
    if quorum:
        came = ballots if quorum.get("counted", "ballots_cast") == "ballots_cast" else sum(votes)
        need = Fraction(str(quorum["turnout"])) * registered
        if came < need or (quorum.get("strict") and came == need):
            valid, again = False, again or quorum.get("else") == "repeat"
    effect = rule.get("against_all", {}).get("effect", "none")
    against = sum(v for v, c in zip(votes, can) if not c)
    best = max((v for v, c in zip(votes, can) if c), default=0)
    if (effect == "void_if_first" and against > best) or (effect == "void_if_majority" and against * 2 > sum(votes)):
        valid, again = False, again or rule["against_all"].get("else", "repeat") == "repeat"
    return valid, again


def first_round(
    votes: Votes, ballots: int, registered: int, can: Sequence[bool], rule: dict[str, Any], first: Sequence[int]
) -> tuple[int, frozenset[int]]:
    """Who wins at once, −1 for nobody, and who is in the second round."""
    against = 0 if rule.get("against_all", {}).get("counted", True) else sum(v for v, c in zip(votes, can) if not c)
    bases = {"valid_votes": sum(votes) - against, "ballots_cast": ballots - against, "registered": registered}
    order = sorted((o for o in range(len(votes)) if can[o]), key=lambda o: (-votes[o], first.index(o)))
    if not counts(votes, ballots, registered, can, rule)[0] or not order or votes[order[0]] == 0:
        return -1, frozenset()
    best = votes[order[0]]
    enough = best > Fraction(str(rule.get("majority", 0.5))) * bases[rule.get("majority_of", "valid_votes")]
    if enough and best >= Fraction(str(rule.get("and_of_registered", 0))) * registered:
        return order[0], frozenset()
    if len(order) < 2:
        return -1, frozenset()
    entry = rule.get("entry", {})
    inside = set(order[: entry.get("top", 2)])
    if "share" in entry:
        limit = Fraction(str(entry["share"])) * bases[entry.get("of", "valid_votes")]
        inside |= {o for o in order if votes[o] >= limit}
    return -1, frozenset(inside)

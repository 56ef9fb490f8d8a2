"""How list rules explain themselves: the threshold, quotas and remainders, quotients of the last seats."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sim.election.rules.rule import Steps
from sim.election.rules.threshold import Threshold, base_votes, electable_votes
from sim.election.state import Block
from sim.election.world import World
from sim.numeric.apportionment import Divisors, Method, Quota

__all__ = ["allocation_steps", "threshold_steps"]

I64 = NDArray[np.int64]


def threshold_steps(threshold: Threshold, block: Block, draw: int, passed: NDArray[np.bool_]) -> Steps:
    """Return the table of who passes."""
    world = block.world
    votes, base = electable_votes(block)[:, draw], int(base_votes(block, threshold.of)[draw])
    rows = []
    for o in world.option_order.tolist():
        if world.options[o].electable:
            needed = "" if threshold.share is None else float(threshold.needed(world)[o])
            share = round(int(votes[o]) / base, 6) if base else 0.0
            rows.append((world.option_ids[o], int(votes[o]), share, needed, "yes" if passed[o] else "no"))
    word = threshold.of.replace("_", " ")
    note = f"{base:,} {word}" + ("" if passed.any() else "; no list passes")
    return Steps("threshold", ("option", "votes", f"share of {word}", "needed", "takes part"), tuple(rows), note)


def allocation_steps(
    place: str, method: Method, world: World, votes: I64, seats: NDArray[np.int32] | I64, house: int
) -> Steps:
    """Return the table of one allocation; ``place`` is the district, or empty."""
    held = {o: (int(votes[o]), int(seats[o])) for o in world.option_order.tolist() if votes[o] > 0}
    title = f"{place}: " if place else ""
    if isinstance(method, Quota):
        return _quotas(title, method, world, held, house)
    assert isinstance(method, Divisors)
    return _quotients(title, method, world, held, house)


def _quotas(title: str, method: Quota, world: World, held: dict[int, tuple[int, int]], house: int) -> Steps:
    total = sum(votes for votes, _ in held.values())
    quota, plus = _quota(method, held, total, house)
    rows = []
    for o, (votes, seats) in held.items():
        full = math.floor(votes / quota)
        rest = votes - full * quota
        rows.append((world.option_ids[o], votes, round(float(votes / quota), 4), full, round(float(rest), 3), seats))
    note = f"quota {_short(quota)} of {total:,} votes, {house} seats" if total else "no votes"
    if plus != method.plus:
        note += "; counted again, for the first quota filled too many seats"
    return Steps(
        f"{title}quota {method.formula}",
        ("option", "votes", "quotas", "full quotas", "remainder", "seats"),
        tuple(rows),
        note,
    )


def _quota(method: Quota, held: dict[int, tuple[int, int]], total: int, house: int) -> tuple[Fraction, int]:
    """Return the quota that is used, and what is added to the seats in it."""
    if total == 0 or house == 0:
        return Fraction(1), method.plus
    if method.droop:
        return Fraction(total // (house + 1) + 1), method.plus
    plus = method.plus
    while method.again and sum(v * (house + plus) // total for v, _ in held.values()) > house:
        plus -= 1
    return Fraction(total, house + plus), plus


def _quotients(title: str, method: Divisors, world: World, held: dict[int, tuple[int, int]], house: int) -> Steps:
    rows = []
    for o, (votes, seats) in held.items():
        last = _quotient(method, votes, seats - 1) if seats else ""
        rows.append((world.option_ids[o], votes, seats, last, _quotient(method, votes, seats)))
    return Steps(
        f"{title}quotients by {method.formula}",
        ("option", "votes", "seats", "last quotient with a seat", "first without"),
        tuple(rows),
        f"{house} seats",
    )


def _quotient(method: Divisors, votes: int, s: int) -> str:
    divisor = method.divisor(s)
    if divisor == 0:
        return "∞"
    exact = Fraction(votes**method.power) / divisor
    return _short(exact if method.power == 1 else Fraction(math.sqrt(exact)))


def _short(value: Fraction) -> str:
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,.3f}"

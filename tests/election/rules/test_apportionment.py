"""Every method of apportionment against its definition, ties included."""

from __future__ import annotations

import dataclasses
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import SimError
from sim.numeric.apportionment import DIVISORS, QUOTAS, method_of

sys.path.insert(0, str(Path(__file__).parents[2] / "reference"))
import apportionment as definition

OWN = (1.5, 2, 3.25, 7, 7.5, 20, 21, 40, 41, 100, 101, 102, 103, 104, 500, 501, 502, 503, 504, 505)
CASES = [
    *((name, True) for name in DIVISORS),
    ("divisors", True),
    *((name, True) for name in QUOTAS),
    ("hagenbach_bischoff_largest_remainder", False),
    ("imperiali_largest_remainder", False),
]
each_method = pytest.mark.parametrize("name, again", CASES, ids=lambda one: str(one))


def made(name: str, again: bool = True) -> Any:
    return method_of(name, OWN if name == "divisors" else (), again)


def claims(name: str, votes: list[int], seats: int, again: bool) -> definition.Claims:
    if name == "divisors":
        return definition.by_divisors(votes, seats, lambda s: Fraction(str(OWN[s])))
    if name in definition.DIVISORS:
        return definition.by_divisors(votes, seats, definition.DIVISORS[name], name == "huntington_hill")
    return definition.by_quota(votes, seats, name.removesuffix("_largest_remainder"), again)


def tables(rng: np.random.Generator, n: int, count: int) -> np.ndarray:
    """Votes (option, lane): few and often equal, multiples of each other, wide, up to 10⁹, some zero."""
    third = count // 3
    few = rng.integers(0, 7, (n, third))
    multiples = rng.integers(0, 13, (n, third)) * rng.choice([1, 2, 30, 10**6, 83_333_333], third)
    wide = (10 ** rng.uniform(0, 9, (n, count - 2 * third))).astype(np.int64) * (rng.random(count - 2 * third) > 0.02)
    return np.concatenate([few, multiples, wide], axis=1).astype(np.int64)


def compare(name: str, again: bool, cases: int) -> tuple[int, int]:
    rng = np.random.default_rng([sum(map(ord, name)), again])
    method, tied, total = made(name, again), 0, 0
    for n in (1, 2, 3, 5, 8):
        votes = tables(rng, n, cases // 5)
        seats = rng.integers(0, 13, votes.shape[1])
        keys = rng.permuted(np.tile(np.arange(n, dtype=float)[:, None], votes.shape[1]), axis=0)
        plain, equal = method.allocate(votes, seats)
        given_, equal_too = method.allocate(votes, seats, lambda lanes, keys=keys: keys[:, lanes])
        assert np.array_equal(equal, equal_too)
        for lane in range(votes.shape[1]):
            wanted = claims(name, votes[:, lane].tolist(), int(seats[lane]), again)
            at = (name, votes[:, lane].tolist(), int(seats[lane]))
            assert equal[lane] == definition.is_tied(wanted), at
            order = np.argsort(-keys[:, lane]).tolist()
            assert given_[:, lane].tolist() == definition.settled(wanted, order), at
            if not equal[lane]:
                assert plain[:, lane].tolist() == given_[:, lane].tolist(), at
        tied += int(equal.sum())
        total += votes.shape[1]
    return total, tied


@each_method
def test_agrees_with_the_definition(name: str, again: bool) -> None:
    total, tied = compare(name, again, 5_000)
    assert total == 5_000
    assert tied > 50


@pytest.mark.slow
@each_method
def test_agrees_with_the_definition_in_a_hundred_thousand_cases(name: str, again: bool) -> None:
    total, tied = compare(name, again, 100_000)
    assert total == 100_000
    assert tied > 1_000


@pytest.mark.parametrize("name", DIVISORS)
def test_large_houses_of_large_votes(name: str) -> None:
    """10 lists of up to 10⁹ votes, 2,000 seats, many pairs with exactly equal or nearly equal quotients."""
    rng = np.random.default_rng(5)
    n, lanes = 10, 12
    votes = rng.integers(1, 10**9 + 1, (n, lanes))
    votes[1, :4] = votes[0, :4]
    votes[:, 4:8] = np.minimum(votes[:1, 4:8] + rng.integers(-1, 2, (n, 4)), 10**9)
    votes[:, 8:] = rng.integers(1, 40, (n, 4)) * 25_641_025
    keys = rng.random(votes.shape)
    seats, tied = made(name).allocate(votes, 2_000, lambda some: keys[:, some])
    assert (seats.sum(axis=0) == 2_000).all()
    for lane in range(lanes):
        wanted = claims(name, votes[:, lane].tolist(), 2_000, True)
        assert tied[lane] == definition.is_tied(wanted)
        order = np.argsort(-keys[:, lane]).tolist()
        assert seats[:, lane].tolist() == definition.settled(wanted, order)


@pytest.mark.parametrize("name", QUOTAS)
def test_large_quotas(name: str) -> None:
    rng = np.random.default_rng(6)
    votes = rng.integers(1, 10**9 + 1, (10, 300))
    votes[:, :100] = rng.integers(1, 40, (10, 100)) * 25_641_025
    # Quotients next to a whole number, of which floating point does not know on which side they are.
    votes[:, 200:] = rng.integers(1, 40, (10, 100)) * 10**14 + rng.integers(-1, 2, (10, 100))
    house = np.where(np.arange(300) < 200, 2_000, votes.sum(axis=0) // 10**14)
    seats, tied = made(name).allocate(votes, house)
    for lane in range(300):
        wanted = claims(name, votes[:, lane].tolist(), int(house[lane]), True)
        assert tied[lane] == definition.is_tied(wanted)
        assert tied[lane] or seats[:, lane].tolist() == definition.settled(wanted, list(range(10)))


@pytest.mark.parametrize("name", [name for name in DIVISORS if DIVISORS[name].linear])
def test_votes_that_need_more_than_64_bits_go_another_way(name: str) -> None:
    """The way of large votes gives what that of small ones gives, and is exact beyond."""
    method, slow = made(name), dataclasses.replace(made(name), linear=None)
    rng = np.random.default_rng(8)
    votes, seats = tables(rng, 6, 300_000), rng.integers(0, 40, 300_000)
    lots = rng.random(votes.shape)
    ways = [way.allocate(votes, seats, lambda lanes: lots[:, lanes]) for way in (method, slow)]
    for one, other in zip(*ways):
        assert np.array_equal(one, other)
    large = rng.integers(1, 10**17, (4, 200))
    large[:, :100] = rng.integers(1, 30, (4, 100)) * (10**15 // 36)
    out, tied = method.allocate(large, 60)
    for lane in range(200):
        wanted = claims(name, large[:, lane].tolist(), 60, True)
        assert tied[lane] == definition.is_tied(wanted)
        assert tied[lane] or out[:, lane].tolist() == definition.settled(wanted, list(range(4)))


def test_quotients_that_differ_by_less_than_floating_point_shows() -> None:
    """Huntington–Hill: v²/(s(s+1)) of 10⁹ votes differ in the 18th digit."""
    found = 0
    for a in range(1, 60):
        for b in range(a + 1, 60):
            left, right = a * (a + 1), b * (b + 1)
            v = 10**9 - b
            u = round(v * (left / right) ** 0.5)
            x, y = Fraction(u * u, left), Fraction(v * v, right)
            found += x != y and abs(float(x) / float(y) - 1) < 1e-11
            seats, tied = made("huntington_hill").allocate(np.array([[u], [v]]), a + b + 1)
            wanted = claims("huntington_hill", [u, v], a + b + 1, True)
            assert bool(tied[0]) == definition.is_tied(wanted)
            assert tied[0] or seats[:, 0].tolist() == definition.settled(wanted, [0, 1])
    assert found >= 5


def test_more_votes_than_can_be_compared_are_refused() -> None:
    for name in ("huntington_hill", "dean", *QUOTAS):
        with pytest.raises(SimError, match="too many to be compared exactly"):
            made(name).allocate(np.array([[2**61], [5]]), 2_000)
    for name in DIVISORS:
        with pytest.raises(SimError, match="too many to be compared exactly"):
            made(name).allocate(np.full((3, 1), 2**62), 1)
    with pytest.raises(SimError, match="too fine"):
        method_of("divisors", (1.000000000001, 2))


rows = st.lists(st.one_of(st.integers(0, 9), st.integers(0, 10**9)), min_size=1, max_size=9)


def seats_of(name: str, votes: list[int], seats: int, again: bool = True) -> tuple[list[int], bool]:
    out, tied = made(name, again).allocate(np.array([votes]).T, seats)
    return out[:, 0].tolist(), bool(tied[0])


@each_method
@settings(max_examples=60, deadline=None)
@given(votes=rows, seats=st.integers(0, 20), data=st.data())
def test_what_must_hold(name: str, again: bool, votes: list[int], seats: int, data: Any) -> None:
    out, tied = seats_of(name, votes, seats, again)
    # The seats sum to the house; who has no vote has no seat.
    assert sum(out) == (seats if any(votes) else 0)
    assert all(v > 0 or s == 0 for v, s in zip(votes, out))
    # Unanimity.
    if sum(v > 0 for v in votes) == 1:
        assert out[int(np.argmax(votes))] == seats
    # Who has more votes has no fewer seats.
    assert all(s >= t for v, s in zip(votes, out) for w, t in zip(votes, out) if v > w)
    # Neutrality: other names, the same seats.
    order = data.draw(st.permutations(range(len(votes))))
    turned, tied_too = seats_of(name, [votes[o] for o in order], seats, again)
    assert tied == tied_too
    assert tied or turned == [out[o] for o in order]
    # Scaling changes nothing, save where a quota is rounded.
    if name != "droop_largest_remainder":
        assert seats_of(name, [3 * v for v in votes], seats, again) == (out, tied)


@pytest.mark.parametrize("name", [*DIVISORS, "divisors"])
@settings(max_examples=60, deadline=None)
@given(votes=rows, seats=st.integers(0, 19))
def test_divisors_never_lose_a_seat_in_a_larger_house(name: str, votes: list[int], seats: int) -> None:
    less, tied = seats_of(name, votes, seats)
    more, tied_too = seats_of(name, votes, seats + 1)
    if not (tied or tied_too):
        assert all(a <= b for a, b in zip(less, more))


@settings(max_examples=200, deadline=None)
@given(votes=rows, seats=st.integers(1, 20))
def test_quota(votes: list[int], seats: int) -> None:
    """Hare's remainders stay within quota; D'Hondt keeps the lower one, Adams the upper one."""
    total = sum(votes)
    if total == 0:
        return
    share = [Fraction(v * seats, total) for v in votes]
    hare, below, above = (seats_of(one, votes, seats)[0] for one in ("hare_largest_remainder", "dhondt", "adams"))
    assert all(s // 1 <= h <= -(-s // 1) for s, h in zip(share, hare))
    assert all(s // 1 <= h for s, h in zip(share, below))
    assert all(h <= -(-s // 1) for s, h in zip(share, above))


def test_own_divisors_of_a_known_method_are_that_method() -> None:
    votes = tables(np.random.default_rng(9), 4, 900)
    lots = np.random.default_rng(1).random(votes.shape)
    for name, own in (
        ("adams", range(20)),
        ("danish", range(1, 60, 3)),
        ("modified_sainte_lague", (1.4, *range(3, 40, 2))),
    ):
        known, written = made(name), method_of("divisors", tuple(own))
        for seats in (1, 3, 12):
            ours, theirs = (way.allocate(votes, seats, lambda lanes: lots[:, lanes]) for way in (known, written))
            assert np.array_equal(ours[0], theirs[0])
            assert np.array_equal(ours[1], theirs[1])


def test_the_alabama_paradox_is_hares() -> None:
    """Three states of 6, 6 and 2 in a house of 10 and 11: the smallest loses a seat."""
    assert seats_of("hare_largest_remainder", [6, 6, 2], 10)[0] == [4, 4, 2]
    assert seats_of("hare_largest_remainder", [6, 6, 2], 11)[0] == [5, 5, 1]


#: Votes of the six states with 36 seats in Balinski and Young's example of five methods that all differ.
BALINSKI_YOUNG = [27_744, 25_178, 19_951, 14_610, 9_225, 3_292]


@pytest.mark.parametrize(
    "name, seats",
    [
        ("adams", [10, 9, 7, 5, 3, 2]),
        ("dean", [10, 9, 7, 5, 4, 1]),
        ("huntington_hill", [10, 9, 7, 6, 3, 1]),
        ("sainte_lague", [10, 9, 8, 5, 3, 1]),
        ("dhondt", [11, 9, 7, 5, 3, 1]),
    ],
)
def test_five_methods_five_results(name: str, seats: list[int]) -> None:
    assert seats_of(name, BALINSKI_YOUNG, 36) == (seats, False)


#: A hundred thousand votes and ten seats, the table with which encyclopaedias explain quotas.
@pytest.mark.parametrize(
    "name, seats",
    [
        ("hare_largest_remainder", [5, 2, 1, 1, 1, 0]),
        ("droop_largest_remainder", [5, 2, 2, 1, 0, 0]),
        ("dhondt", [5, 2, 2, 1, 0, 0]),
        ("sainte_lague", [4, 2, 2, 1, 1, 0]),
    ],
)
def test_ten_seats_for_a_hundred_thousand_votes(name: str, seats: list[int]) -> None:
    assert seats_of(name, [47_000, 16_000, 15_800, 12_000, 6_100, 3_100], 10) == (seats, False)


#: Votes of the lists of the Mazhilis on 19 March 2023 that passed 5 %, official; official seats.
MAZHILIS = [3_431_510, 693_938, 547_154, 535_139, 432_920, 331_058]


@pytest.mark.parametrize(
    "name, seats",
    [
        ("hare_largest_remainder", [40, 8, 6, 6, 5, 4]),
        ("droop_largest_remainder", [40, 8, 6, 6, 5, 4]),
        ("sainte_lague", [40, 8, 6, 6, 5, 4]),
        ("modified_sainte_lague", [40, 8, 6, 6, 5, 4]),
        ("dhondt", [41, 8, 6, 6, 5, 3]),
    ],
)
def test_mazhilis_of_2023(name: str, seats: list[int]) -> None:
    assert seats_of(name, MAZHILIS, 69) == (seats, False)

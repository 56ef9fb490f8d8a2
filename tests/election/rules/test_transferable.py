"""Single transferable vote against its definition in fractions, published counts, and what must hold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marked_blocks import block_of, decide, explain, some_counts, some_orders, world_of

from sim.election.votes import Rankings
from sim.errors import SimError
from sim.numeric.meek import meek, meek_rounds
from sim.numeric.transferable import UNIT, scottish, scottish_stages

sys.path.insert(0, str(Path(__file__).parents[2] / "reference"))
import transferable as reference

RULE = "single_transferable_vote"
METHODS = ("scottish", "hare", "meek")


def count(method: str, orders: np.ndarray, counts: np.ndarray, can: np.ndarray, seats: int, keys: np.ndarray) -> Any:
    if method == "meek":
        return meek(orders, counts, can, seats, keys)
    return scottish(orders, counts, can, seats, keys, "hare" if method == "hare" else "droop")


def define(method: str, *given: Any) -> tuple[list[int], bool]:
    if method == "meek":
        return reference.meek(*given)
    return reference.scottish(*given, "hare" if method == "hare" else "droop")


def compare(seed: int, cases: int) -> dict[str, int]:
    """Count generated elections both ways; returns how many had ties, elected nobody, and were counted."""
    rng = np.random.default_rng(seed)
    seen = {"cases": 0, "tied": 0, "none": 0}
    draws = 25
    while seen["cases"] < cases:
        options, kinds = int(rng.integers(1, 8)), int(rng.integers(1, 10))
        orders, counts = some_orders(rng, draws, kinds, options), some_counts(rng, draws, kinds)
        can = rng.random(options) < 0.85
        can[rng.integers(options)] = True
        seats = int(rng.integers(1, can.sum() + 1))
        keys = rng.random((options, draws))
        candidates = np.flatnonzero(can).tolist()
        for method in METHODS:
            house, tied = count(method, orders, counts, can, seats, keys)
            for d in range(draws):
                rows = zip(orders[d].tolist(), counts[d].tolist())
                ballots = [([c for c in row if c >= 0], n) for row, n in rows]
                elected, lot = define(method, ballots, candidates, seats, keys[:, d].tolist())
                got = np.flatnonzero(house[:, d]).tolist()
                assert (got, bool(tied[d])) == (elected, lot), (method, ballots, candidates, seats, keys[:, d])
                seen["cases"] += 1
                seen["tied"] += lot
                seen["none"] += not elected
    return seen


def test_is_the_definition() -> None:
    seen = compare(7, 6_000)
    assert seen["tied"] > 300
    assert seen["none"] > 30


@pytest.mark.slow
def test_is_the_definition_on_many() -> None:
    """100,000 elections for each method and quota."""
    assert compare(8, 300_000)["tied"] > 15_000


@pytest.mark.parametrize("seats", [1, 3, 6])
@pytest.mark.parametrize("method", METHODS)
def test_of_many_voters_and_candidates(method: str, seats: int) -> None:
    """Up to 10⁹ ballots, where products leave 64 bits unless they are divided step by step."""
    rng = np.random.default_rng([seats, 4])
    for most in (10**9 // 30, 10**6, 50):
        orders = some_orders(rng, 4, 30, 9)
        counts = rng.integers(most // 2, most + 1, (4, 30))
        can, keys = np.ones(9, bool), rng.random((9, 4))
        house, tied = count(method, orders, counts, can, seats, keys)
        for d in range(4):
            ballots = [([c for c in row if c >= 0], n) for row, n in zip(orders[d].tolist(), counts[d].tolist())]
            elected, lot = define(method, ballots, list(range(9)), seats, keys[:, d].tolist())
            assert (np.flatnonzero(house[:, d]).tolist(), bool(tied[d])) == (elected, lot)


def test_too_many_ballots_are_refused() -> None:
    orders = np.zeros((1, 1, 1), np.int8)
    for method, most in (("scottish", 10**10), ("meek", 1_800_000_000)):
        can, keys = np.ones(1, bool), np.zeros((1, 1))
        assert count(method, orders, np.array([[most]]), can, 1, keys)[0].tolist() == [[1]]
        with pytest.raises(SimError, match="cannot be counted exactly"):
            count(method, orders, np.array([[most + 1]]), can, 1, keys)


# -- published counts ------------------------------------------------------------------------------------------


def spatial_ballots() -> tuple[np.ndarray, np.ndarray]:
    """10,000 voters and 10 candidates in a plane, as several programs were given them."""
    rng = np.random.default_rng(5)
    voters, candidates = rng.standard_normal((10_000, 2)), rng.standard_normal((10, 2))
    far = ((voters[:, None] - candidates[None]) ** 2).sum(axis=-1)
    orders, counts = np.unique(np.argsort(far, axis=1).astype(np.int8), axis=0, return_counts=True)
    return orders[None], counts[None].astype(np.int64)


@pytest.mark.parametrize("method, winners", [("scottish", {3, 4, 5, 8}), ("meek", {4, 5, 6, 8})])
def test_of_ten_thousand_ballots(method: str, winners: set[int]) -> None:
    """pref_voting, votelib, votekit and pyrankvote elect the first four, pref_voting's Meek and Warren the second."""
    orders, counts = spatial_ballots()
    assert counts.shape == (1, 631)
    block = block_of(world_of(10), Rankings.of_orders(orders, counts))
    elected, tied = decide(RULE, {"seats": 4, "method": method}, block)
    assert (elected, tied) == ([winners], [False])


#: GPUS Steering Committee 2005, 94 ballots for 13 candidates and 4 seats, as of the tests of the program Droop.
COMMITTEE = """
7 8 9 11 12|7 8 9 11 12|13 7 5 4 2 1|5 13 2 7 4 1|13 4 1 2|4 2 13 1 3|4 13 2 7|7 8 12 1 13 9 2 4 11 5|1 13 3 4 7 5 2
4 1 13 7 3 5 2|4 1 13 7 3 5 2|1 4 13 2 7 5 3 9 8 12 11|7 1 8 9 13 3 2 4 12 5 11|7 8 9 11 12|7 1 8 9 13 3 2 4 12 5 11
7 8 9 11 12|7 8 9 11 12|7 8 9 11 12|5 1 13 3 2 4 7|7 8 9 3 12 2 13 5 1 4|3 13 1 2|3 13 1 2|4 7 13 5|4 5 13 3 2 1
7 8 9 11 12|7 9 8 12 11 2 13|7 8 9 11 12|7 8 9 11 12|4 3 13 1|4 3 13 1|13 3 4 1 7 2 5|3 13 4 1 7 2 5|13 3 4 1 2 5 7
13 1 4 2 5 3 7|13 4 3 1 2 5|3 13 1 4 2 7 5|4 3 13 8|4 3 13 1|1 4 13 7|1 4 13 7|7 3 4 13 1 5|9 11 8 7|7 8 9 11 12
13 3 5 2|4 5 2 3 13|13 5 2 4 1 3 7|13 5 2 1 7 3 8|7 8 9 12 11|7 8 4 9 12|13 4 7 2 8|4 13 2 7 1 8|7 8 11 9 12
8 4 7 11 13 9|7 4 2 13|13 1 7 4|4 1 2 13 9 5|1 4 13 5 3 2|7 5 4 8 11 2 13 1 3 9 12|4 8 7 5 13 2 1 3 9
3 4 7 2 12 13 8 1 5|7 8 9 11 12|7 8 11 9|7 8 11 9|7 8 9 11 12|7 8 9 11 12|7 8 9 11 12|13 2 4 7 5 1|7 8 9 11 12
7 8 9 11|7 8 9 11 12|2 7 8 12 13 11 1 5 9|4 7 8 2|4 13 5 2 1 3|13 4 7 3 1 5 8 2 9|4 3 13 1 7|13 4 1 3|4 1 13 3 2 7 8
2 4 13 5|2 3 4 1 13 7|3 1 4 13|4 3 1 2 11|3 1 4 13 2 7|4 1 2 8 3|4 1 5 13 2 3|4 1 5 13 2 3|7 8 9 11 12|7 8 9 11 12
13 7 3 2 5 4 1|13 5 7 2 4 1|7 8 9 11 12|1 13 3 7 2 4 5|13 1 2 7 4 5 3|13 1 2 7 4 5 3|3 1 4 2 13 7 9 5 8
"""
#: Votes at the end of stages, by number of the candidate, from the same place (fixed point, five decimals).
STAGES = {
    1: {1: "6.84848", 2: "3.42424", 4: "22.00000", 7: "19.00000", 8: "12.45448", 13: "18.00000"},
    2: {1: "7.80300", 3: "9.24240", 4: "19.00000", 5: "2.69696", 13: "18.54544"},
    8: {1: "8.80300", 2: "3.69696", 8: "14.57568", 13: "19.68180"},
    9: {1: "9.01084", 2: "3.95360", 3: "9.45496", 8: "14.57568", 13: "19.00000"},
    11: {3: "16.62204", 4: "19.00000", 8: "16.59988"},
}


def committee_ballots() -> tuple[np.ndarray, np.ndarray]:
    rows = [[int(c) - 1 for c in row.split()] for row in COMMITTEE.replace("\n", "|").split("|") if row]
    orders = np.full((1, len(rows), 13), -1, np.int8)
    for kind, row in enumerate(rows):
        orders[0, kind, : len(row)] = row
    return orders, np.ones((1, len(rows)), np.int64)


def test_stages_of_a_published_count() -> None:
    orders, counts = committee_ballots()
    assert counts.sum() == 94
    # The program takes the first on the list where it would draw a lot.
    keys = np.arange(13.0)[:, None]
    held = scottish_stages(orders, counts, np.ones(13, bool), 4, keys)
    assert held.quota == 19 * UNIT
    assert (held.moved[1:] + 1).tolist() == [7, 4, 6, 10, 11, 12, 9, 5, 13, 2, 1, 8]
    for stage, votes in STAGES.items():
        for candidate, number in votes.items():
            assert held.votes[stage, candidate - 1] == round(float(number) * UNIT), (stage, candidate)
    # 0.00472 on papers that rank nobody more, and 0.00020 cut off behind the fifth decimal.
    assert 94 * UNIT - held.votes[9].sum() == 472 + 20
    assert np.flatnonzero(held.elected >= 0).tolist() == [2, 3, 6, 12]


def test_rounds_of_a_published_count_by_meek() -> None:
    orders, counts = committee_ballots()
    held = meek_rounds(orders, counts, np.ones(13, bool), 4, np.arange(13.0)[:, None])
    assert (held.excluded + 1).tolist() == [0, 6, 10, 11, 12, 9, 5, 0, 2, 1, 0]
    assert held.quotas[[0, 8, 9, 10]].tolist() == [18_800_000_001, 18_799_133_306, 18_789_719_295, 18_586_296_861]
    assert held.votes[1, [0, 3, 6, 7, 12]].tolist() == [
        8_006_073_598, 18_800_000_609, 18_800_000_299, 13_000_470_959, 18_556_796_080
    ]  # fmt: skip
    assert held.keep[9, [3, 6, 12]].tolist() == [761_294_327, 537_679_426, 909_783_757]
    assert held.votes[10, [2, 3, 6, 7, 12]].tolist() == [
        16_482_212_783, 19_087_429_756, 19_073_682_122, 19_085_721_549, 19_202_438_090
    ]  # fmt: skip
    assert np.flatnonzero(held.elected >= 0).tolist() == [3, 6, 7, 12]


def test_where_the_accuracy_of_meek_decides() -> None:
    """Voting matters 12: three hopeful candidates apart by less than what is left of the surpluses are equal."""
    rows = [[0, 2], [0, 3], [0, 4], [1, 2], [1, 3], [1, 4], [2], [3], [4], [0, 1, 2], [0, 1, 3], [1, 0, 2]]
    orders = np.full((1, 12, 5), -1, np.int8)
    for kind, row in enumerate(rows):
        orders[0, kind, : len(row)] = row
    counts = np.array([[333] * 6 + [667] * 3 + [1, 1, 2]])
    keys = np.array([[0.9], [0.8], [0.1], [0.2], [0.3]])
    held = meek_rounds(orders, counts, np.ones(5, bool), 3, keys)
    assert held.quotas[0] == 1_000_750_000_001
    assert held.votes[1].tolist() == [
        1_000_750_000_126, 1_000_750_000_126, 667_166_666_686, 667_166_666_562, 667_166_666_500
    ]  # fmt: skip
    assert held.surpluses[1] == 250
    assert meek(orders, counts, np.ones(5, bool), 3, keys)[1].all()


def test_the_example_of_the_format() -> None:
    """The data of Algorithm 123: Basil withdrew; 13 ballots for Adam, Charlotte and Donald, two seats."""
    orders = np.array(
        [[[0, 2, 3, -1], [0, 2, -1, -1], [3, 0, 2, -1], [-1] * 4, [3, 2, 0, -1], [2, 3, -1, -1]]], np.int8
    )
    counts = np.array([[3, 4, 2, 1, 2, 1]])
    can = np.array([True, False, True, True])
    for method in METHODS:
        house, tied = count(method, orders, counts, can, 2, np.zeros((4, 1)))
        assert np.flatnonzero(house[:, 0]).tolist() == [0, 3], method
        assert not tied.any()


# -- ties ------------------------------------------------------------------------------------------------------


def test_an_earlier_stage_tells_equal_candidates_apart() -> None:
    """b and c have 5 in the end; c had fewer before, and goes out whatever the lot."""
    orders = np.array([[[0, -1, -1, -1], [1, -1, -1, -1], [2, -1, -1, -1], [3, 2, -1, -1]]], np.int8)
    counts = np.array([[9, 5, 4, 1]])
    for keys in ([[0.5], [0.1], [0.9], [0.3]], [[0.5], [0.9], [0.1], [0.3]]):
        house, tied = scottish(orders, counts, np.ones(4, bool), 2, np.array(keys))
        assert np.flatnonzero(house[:, 0]).tolist() == [0, 1]
        assert not tied.any()
    # Without the earlier stage it is a lot.
    equal = scottish(orders[:, :3], np.array([[9, 5, 5]]), np.ones(4, bool), 2, np.array(keys))
    assert equal[1].all()


@pytest.mark.parametrize("method", ["scottish", "meek"])
def test_lot_order_and_error(method: str) -> None:
    draws = 4_000
    orders = np.array([[[1, -1, -1], [2, -1, -1], [0, -1, -1]]], np.int8)
    held = Rankings.of_orders(orders, np.full((draws, 3), 5))
    body = {"seats": 1, "method": method}
    elected, tied = decide(RULE, body, block_of(world_of(3), held))
    shares = [elected.count(frozenset({c})) / draws for c in range(3)]
    assert all(tied)
    assert max(abs(share - 1 / 3) for share in shares) < 4 * (2 / 9 / draws) ** 0.5
    assert set(decide(RULE, {**body, "ties": "order"}, block_of(world_of(3), held))[0]) == {frozenset({0})}
    with pytest.raises(SimError, match="draw 0: equal votes"):
        decide(RULE, {**body, "ties": "error"}, block_of(world_of(3), held))


def test_who_has_no_vote_needs_no_lot() -> None:
    orders = np.array([[[0, -1, -1, -1], [1, -1, -1, -1]]], np.int8)
    for method in METHODS:
        house, tied = count(method, orders, np.array([[5, 4]]), np.ones(4, bool), 1, np.random.rand(4, 1))
        assert (house[:, 0].tolist(), tied.tolist()) == ([1, 0, 0, 0], [False])
        house, tied = count(method, orders, np.array([[5, 4]]), np.ones(4, bool), 3, np.array([[1], [1], [0.2], [0.4]]))
        assert (house[:, 0].tolist(), tied.tolist()) == ([1, 1, 0, 1], [True])


# -- what must hold --------------------------------------------------------------------------------------------


@st.composite
def elections(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int, np.ndarray]:
    options, kinds = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return (
        some_orders(rng, 1, kinds, options),
        some_counts(rng, 1, kinds),
        draw(st.integers(1, options)),
        rng.random((options, 1)),
    )


@settings(max_examples=150, deadline=None)
@given(elections(), st.sampled_from(METHODS), st.randoms(use_true_random=False))
def test_voters_and_names_do_not_matter(election: Any, method: str, random: Any) -> None:
    orders, counts, seats, keys = election
    options = orders.shape[2]
    can = np.ones(options, bool)
    house, tied = count(method, orders, counts, can, seats, keys)
    voted = bool(counts[(orders[0, :, 0] >= 0)[None]].sum())
    assert house.sum() == (seats if voted else 0)
    # Anonymity: the kinds in another order, one of them in two parts.
    mixed = list(range(orders.shape[1]))
    random.shuffle(mixed)
    parts = np.concatenate([orders[:, mixed], orders[:, :1]], axis=1)
    half = counts[0, 0] // 2
    papers = np.append(np.where(np.array(mixed) == 0, counts[0, 0] - half, counts[0, mixed]), half)[None]
    again, lot = count(method, parts, papers, can, seats, keys)
    assert (again == house).all()
    assert (lot == tied).all()
    # Neutrality: other names, with the same luck.
    turn = list(range(options))
    random.shuffle(turn)
    names = np.append(turn, -1).astype(np.int8)
    new_keys = np.empty_like(keys)
    new_keys[turn] = keys
    other, lot = count(method, names[orders], counts, can, seats, new_keys)
    assert (other[turn] == house).all()
    assert (lot == tied).all()


@settings(max_examples=150, deadline=None)
@given(elections(), st.sampled_from(["scottish", "meek"]), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_solid_coalitions_have_their_seats(election: Any, method: str, quotas: int, seed: int) -> None:
    """Who puts k candidates before all others with more than k quotas of Droop has k of them (Woodall 1994)."""
    orders, counts, seats, keys = election
    options = orders.shape[2]
    rng = np.random.default_rng(seed)
    behind = rng.permutation(options)[: int(rng.integers(1, options + 1))]
    wanted = min(quotas, len(behind), seats)
    voters = rng.permuted(np.tile(behind, (4, 1)), axis=1)
    solid = np.full((4, options), -1, np.int8)
    solid[:, : len(behind)] = voters
    others = int(counts.sum())
    # v > wanted · (v + others) / (seats + 1), and a little more for what Meek rounds and leaves as surplus.
    needed = wanted * others // (seats + 1 - wanted) + wanted + 1 if wanted <= seats else 0
    size = 4 * (needed + 1)
    more = np.array([[needed + 1] * 4]) if size else np.zeros((1, 4), np.int64)
    house, _ = count(
        method, np.concatenate([orders, solid[None]], axis=1), np.concatenate([counts, more], axis=1),
        np.ones(options, bool), seats, keys,
    )  # fmt: skip
    assert house[behind, 0].sum() >= wanted


@settings(max_examples=60, deadline=None)
@given(elections(), st.sampled_from(METHODS))
def test_everybody_is_elected_where_there_are_seats_for_all(election: Any, method: str) -> None:
    orders, counts, _, keys = election
    options = orders.shape[2]
    house, tied = count(method, orders, counts, np.ones(options, bool), options, keys)
    assert house.sum() in (0, options)
    assert not tied.any()


# -- the result sheet ------------------------------------------------------------------------------------------


def test_the_sheet_of_a_scottish_count() -> None:
    orders = np.array([[[0, 1, -1], [2, -1, -1], [1, -1, -1], [-1, -1, -1]]], np.int8)
    block = block_of(world_of(3), Rankings.of_orders(orders, np.array([[5, 3, 1, 7]])))
    quota, first, surplus, last = explain(RULE, {"seats": 2}, block)
    assert quota.rows == (("9", "2", "4.00000"),)
    assert first.title == "stage 1: first preferences"
    assert first.rows[0] == ("a", "0.00000", "5.00000", "elected")
    assert surplus.title == "stage 2: surplus of a"
    assert surplus.rows == (
        ("a", "−1.00000", "4.00000", "elected"),
        ("b", "+1.00000", "2.00000", ""),
        ("c", "0.00000", "3.00000", ""),
        ("(exhausted)", "0.00000", "0.00000", ""),
    )
    assert last.title == "stage 3: b is excluded"
    assert last.note == "c is elected"


@pytest.mark.parametrize("method", ["scottish", "meek"])
def test_every_sheet_adds_up(method: str) -> None:
    orders, counts = committee_ballots()
    block = block_of(world_of(13), Rankings.of_orders(orders, counts))
    body = {"seats": 4, "method": method}
    elected, _ = decide(RULE, body, block)
    _, *steps = explain(RULE, body, block)
    for step in steps:
        assert sum(float(row[2]) for row in step.rows) == pytest.approx(94, abs=1e-9)
    named = {ord(row[0]) - 97 for row in steps[-1].rows if row[3] == "elected"}
    words = steps[-1].note.replace(" are elected", "").replace(" is elected", "").split("; ")[-1].split(", ")
    assert named | {ord(word) - 97 for word in words if len(word) == 1} == elected[0]


def test_against_all_is_passed_over() -> None:
    orders = np.array([[[0, 1, -1], [0, -1, -1], [2, -1, -1]]], np.int8)
    for method in ("scottish", "meek"):
        block = block_of(world_of(3, against=(0,)), Rankings.of_orders(orders, np.array([[3, 9, 2]])))
        assert decide(RULE, {"seats": 1, "method": method}, block) == ([{1}], [False])
        assert explain(RULE, {"seats": 1, "method": method}, block)[0].rows[0][0] == "5"


def test_nobody_votes() -> None:
    for method in ("scottish", "meek"):
        for kinds in (0, 2):
            held = Rankings.of_orders(np.full((1, kinds, 3), -1, np.int8), np.zeros((2, kinds), np.int64))
            block = block_of(world_of(3), held)
            assert decide(RULE, {"seats": 2, "method": method}, block) == ([set(), set()], [False, False])
            assert "nobody is elected" in explain(RULE, {"seats": 2, "method": method}, block)[0].note


def test_equal_ranks_are_refused() -> None:
    held = Rankings(np.zeros((1, 1, 2), np.int8), np.ones((1, 1), np.int64))
    with pytest.raises(SimError, match="one rank to several options"):
        decide(RULE, {"seats": 1}, block_of(world_of(2), held))

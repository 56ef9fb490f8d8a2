"""Limited, block and cumulative votes and proportional approval against their definitions, by trying everything."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marked_blocks import block_of, decide, explain, some_counts, some_orders, some_ranks, world_of

from sim.election.rules.ties import tie_keys
from sim.election.votes import Rankings, Scores
from sim.errors import SimError
from sim.numeric.approvals import best_committee, sequential_committee

sys.path.insert(0, str(Path(__file__).parents[2] / "reference"))
import committees as reference

DRAWS = 25
Held = Rankings | Scores
Case = Callable[[np.random.Generator, int], tuple[Held, dict[str, Any], Callable[[Any], list[int]]]]


def rows_of(held: Held, draw: int) -> list[tuple[list[int], int]]:
    marks = held.ranks if isinstance(held, Rankings) else held.scores
    return list(zip(marks[draw if len(marks) > 1 else 0].tolist(), held.counts[draw].tolist()))


def rankings(rng: np.random.Generator, options: int) -> Rankings:
    kinds = int(rng.integers(1, 8))
    counts = some_counts(rng, DRAWS, kinds)
    if rng.random() < 0.5:
        return Rankings(some_ranks(rng, DRAWS, kinds, options), counts)
    return Rankings.of_orders(some_orders(rng, int(rng.choice([1, DRAWS])), kinds, options), counts)


def scores(rng: np.random.Generator, options: int, most: int) -> Scores:
    kinds = int(rng.integers(1, 8))
    sets = int(rng.choice([1, DRAWS]))
    given = rng.integers(-1 if rng.random() < 0.2 else 0, most + 1, (sets, kinds, options)).astype(np.int16)
    return Scores(given * (rng.random(given.shape) < 0.6), some_counts(rng, DRAWS, kinds))


def limited(rng: np.random.Generator, options: int, seats: int) -> Any:
    votes = int(rng.integers(1, seats + 1))
    return rankings(rng, options), {"votes": votes}, lambda rows: reference.first_places(rows, options, votes)


def block(rng: np.random.Generator, options: int, seats: int) -> Any:
    return rankings(rng, options), {}, lambda rows: reference.first_places(rows, options, seats)


def cumulative(rng: np.random.Generator, options: int, seats: int) -> Any:
    points = int(rng.integers(1, 6))
    body = {} if points == seats else {"votes": points}
    return scores(rng, options, points), body, lambda rows: reference.spent(rows, options, points)


RULES = {"limited_vote": limited, "block_vote": block, "cumulative": cumulative}


def compare(model: str, seed: int, cases: int) -> int:
    """Decide generated elections both ways; returns how many were tied."""
    rng = np.random.default_rng(seed)
    ties = 0
    for number in range(-(-cases // DRAWS)):
        options = int(rng.integers(1, 7))
        against = tuple(np.flatnonzero(rng.random(options) < 0.15).tolist()) if options > 1 else ()
        against = against[: options - 1]
        candidates = [o for o in range(options) if o not in against]
        seats = int(rng.integers(1, len(candidates) + 1))
        held, body, define = RULES[model](rng, options, seats)
        policy = str(rng.choice(["lot", "order"]))
        elected, tied = decide(
            model, {"seats": seats, "ties": policy, **body}, block_of(world_of(options, against), held, number)
        )
        for d in range(DRAWS):
            votes = define(rows_of(held, d))
            allowed = reference.houses(votes, candidates, seats)
            assert elected[d] in allowed, (votes, elected[d])
            assert tied[d] == (len(allowed) > 1)
            if policy == "order":
                assert sorted(elected[d]) == min(map(sorted, allowed))
            ties += tied[d]
    return ties


@pytest.mark.parametrize("model", RULES)
def test_is_the_definition(model: str) -> None:
    assert compare(model, 3, 5_000) > 300


@pytest.mark.slow
@pytest.mark.parametrize("model", RULES)
def test_is_the_definition_on_many(model: str) -> None:
    assert compare(model, 4, 100_000) > 6_000


def compare_approval(seed: int, cases: int) -> tuple[int, int]:
    rng = np.random.default_rng(seed)
    ties = [0, 0]
    for _ in range(-(-cases // DRAWS)):
        options = int(rng.integers(1, 6))
        can = rng.random(options) < 0.85
        can[rng.integers(options)] = True
        candidates = np.flatnonzero(can).tolist()
        seats = int(rng.integers(1, len(candidates) + 1))
        held = scores(rng, options, 1)
        keys = rng.random((options, DRAWS))
        best = best_committee(held.scores, held.counts, can, seats, keys)
        grown = sequential_committee(held.scores, held.counts, can, seats, keys)
        for d in range(DRAWS):
            rows, key = rows_of(held, d), keys[:, d].tolist()
            every = reference.best_committees(rows, candidates, seats)
            assert frozenset(np.flatnonzero(best[0][:, d]).tolist()) == reference.drawn_first(every, key)
            assert bool(best[1][d]) == (len(every) > 1)
            committee, tied = reference.sequential(rows, candidates, seats, key)
            assert frozenset(np.flatnonzero(grown[0][:, d]).tolist()) == committee
            assert bool(grown[1][d]) == tied
            ties[0] += len(every) > 1
            ties[1] += tied
    return ties[0], ties[1]


def test_proportional_approval_is_the_definition() -> None:
    assert min(compare_approval(5, 2_500)) > 150


@pytest.mark.slow
def test_proportional_approval_is_the_definition_on_many() -> None:
    assert min(compare_approval(6, 100_000)) > 6_000


# -- examples --------------------------------------------------------------------------------------------------


def approvals(*rows: tuple[int, str], options: int) -> Scores:
    marks = np.array([[[int(chr(97 + o) in row) for o in range(options)] for _, row in rows]], np.int16)
    return Scores(marks, np.array([[n for n, _ in rows]]))


def test_the_two_proportional_rules_differ() -> None:
    """The sequence begins with whoever has most approvals, the best committee does without: 10 against 19/2."""
    held = approvals((3, "ab"), (3, "ac"), (2, "b"), (2, "c"), options=3)
    world = world_of(3)
    exact, _ = decide("proportional_approval", {"seats": 2}, block_of(world, held))
    grown, _ = decide("proportional_approval", {"seats": 2, "method": "sequential"}, block_of(world, held))
    assert exact == [{1, 2}]
    assert grown[0] in ({0, 1}, {0, 2})


def test_the_table_of_approvals() -> None:
    held = approvals((3, "ab"), (3, "ac"), (2, "b"), (2, "c"), options=3)
    (table,) = explain("proportional_approval", {"seats": 2}, block_of(world_of(3), held))
    assert table.rows == (("a", 6, "", ""), ("b", 5, "5", "elected"), ("c", 5, "5", "elected"))
    assert table.note == "the sum over ballots is 10"


def test_parties_have_seats_as_by_dhondt() -> None:
    """Ballots for whole lists: Σ 1/k is largest where the seats are those of D'Hondt."""
    held = approvals((60, "abcd"), (31, "efg"), (9, "h"), options=8)
    for method in ("exact", "sequential"):
        elected, _ = decide("proportional_approval", {"seats": 4, "method": method}, block_of(world_of(8), held))
        # 60, 30, 20 | 31, 15.5 | 9
        assert [len(elected[0] & party) for party in (set(range(4)), set(range(4, 7)), {7})] == [3, 1, 0]


@pytest.mark.parametrize(
    "votes, elected",
    [(1, {0, 3}), (2, {0, 1})],
)
def test_the_number_of_votes_matters(votes: int, elected: set[int]) -> None:
    orders = np.array([[[0, 1, 2, -1], [3, 2, -1, -1], [1, 0, -1, -1]]], np.int8)
    held = Rankings.of_orders(orders, np.array([[5, 4, 2]]))
    assert decide("limited_vote", {"seats": 2, "votes": votes}, block_of(world_of(4), held)) == ([elected], [False])


def test_tables_of_votes() -> None:
    orders = np.array([[[0, 1], [1, 0], [2, -1]]], np.int8).reshape(1, 3, 2)
    orders = np.concatenate([orders, np.full((1, 3, 1), -1, np.int8)], axis=2)
    held = Rankings.of_orders(orders, np.array([[5, 4, 9]]))
    (table,) = explain("block_vote", {"seats": 2, "ties": "order"}, block_of(world_of(3), held))
    assert table.rows == (("a", 9, "elected"), ("b", 9, "elected"), ("c", 9, ""))
    assert table.note == "a, b, c have equal votes; decided by the order of the ballot paper"
    (table,) = explain("limited_vote", {"seats": 2}, block_of(world_of(3), held))
    assert table.rows == (("c", 9, "elected"), ("a", 5, "elected"), ("b", 4, ""))
    points = Scores(np.array([[[3, 0], [1, 1], [2, 2], [-1, 1]]], np.int16), np.array([[1, 2, 4, 8]]))
    ballots, table = explain("cumulative", {"seats": 1, "votes": 3}, block_of(world_of(2), points))
    assert ballots.rows == ((3, 3, 12),)
    assert table.rows == (("a", 5, "elected"), ("b", 2, ""))


def test_empty_ballots_elect_nobody() -> None:
    none = Rankings.of_orders(np.full((1, 1, 2), -1, np.int8), np.zeros((3, 1), np.int64))
    blank = Scores(np.zeros((1, 1, 2), np.int16), np.full((3, 1), 4))
    for model, held in (
        ("limited_vote", none), ("block_vote", none), ("cumulative", blank), ("proportional_approval", blank)
    ):  # fmt: skip
        assert decide(model, {"seats": 1}, block_of(world_of(2), held)) == ([set()] * 3, [False] * 3)
    assert "nobody" in explain("limited_vote", {"seats": 1}, block_of(world_of(2), none))[0].note


@pytest.mark.parametrize("model", [*RULES, "proportional_approval"])
def test_a_tie_may_be_an_error(model: str) -> None:
    held: Held = Scores(np.array([[[1, 0], [0, 1]]], np.int16), np.full((1, 2), 4))
    if model in ("limited_vote", "block_vote"):
        held = Rankings.of_orders(np.array([[[0, -1], [1, -1]]], np.int8), np.full((1, 2), 4))
    with pytest.raises(SimError, match="draw 0: equal votes"):
        decide(model, {"seats": 1, "ties": "error"}, block_of(world_of(2), held))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*RULES, "proportional_approval"]), st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_names_and_sizes_do_not_matter(model: str, seed: int, random: Any) -> None:
    """Neutrality with the same luck, and a thousand times as many ballots of each kind."""
    rng = np.random.default_rng(seed)
    options = int(rng.integers(1, 6))
    seats = int(rng.integers(1, options + 1))
    held, body, _ = RULES.get(model, cumulative)(rng, options, seats)
    body = {} if model == "proportional_approval" else body
    turn = list(range(options))
    random.shuffle(turn)
    back = np.argsort(turn)
    turned: Held
    if isinstance(held, Rankings):
        turned = Rankings(np.ascontiguousarray(held.ranks[:, :, back]), held.counts * 1_000)
    else:
        turned = Scores(np.ascontiguousarray(held.scores[:, :, back]), held.counts * 1_000)
    # Lots belong to names: only where there was none the elected are the same people.
    first, tied = decide(model, {"seats": seats, **body}, block_of(world_of(options), held))
    second, lot = decide(model, {"seats": seats, **body}, block_of(world_of(options), turned))
    assert tied == lot
    for before, after, equal in zip(first, second, tied):
        assert len(before) == len(after)
        assert len(before) in (0, seats)
        assert equal or {turn[o] for o in before} == after


def test_every_rule_has_a_lot_of_its_own() -> None:
    block = block_of(world_of(4), Scores(np.zeros((1, 1, 4), np.int16), np.zeros((50, 1), np.int64)))
    models = [*RULES, "proportional_approval", "single_transferable_vote"]
    first = {model: tie_keys(block, "lot", f"rules.{model}.lot").argmax(axis=0).tolist() for model in models}
    assert len({tuple(keys) for keys in first.values()}) == len(models)

"""Plurality and two rounds against their definitions in whole numbers, on generated tables of votes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from rule_blocks import block_of, decide, world_of
from scipy import stats

PAPERS = [
    {"a": "candidate"},
    {"z": "against_all", "a": "candidate"},
    {"b": "candidate", "a": "party"},
    {"c": "candidate", "none": "against_all", "a": "candidate"},
    {"d": "candidate", "b": "candidate", "a": "candidate", "none": "against_all", "c": "answer"},
]
MAJORITIES = (0.0, 0.5, 1 / 3, 0.4, 2 / 3, 0.3333, 0.55)
BASES = ("valid_votes", "ballots_cast", "registered")
TABLES = 1_500


def tables(rng: np.random.Generator, k: int, share: float, n: int = TABLES) -> np.ndarray:
    """Votes (table, option): few and often equal, at the edge of a majority, with zeros, up to 10⁹."""
    few = rng.integers(0, 4, (n // 3, k))
    most = int(rng.choice([5, 1_000, 10**9]))
    wide = rng.integers(0, most + 1, (n // 3, k)) * (rng.random((n // 3, k)) > 0.2)
    half = rng.integers(1, 3 * 10**8, (n - 2 * (n // 3), k))
    # One option at the majority exactly, one vote above or below it.
    edge = Fraction(str(share)).limit_denominator(10**6)
    for row in half:
        o, parts = rng.integers(k), int(rng.integers(1, 300))
        rest = (edge.denominator - edge.numerator) * parts
        if k > 1:
            others = np.delete(np.arange(k), o)
            row[others] = rng.multinomial(rest, rng.dirichlet(np.ones(k - 1)))
        row[o] = edge.numerator * parts + rng.integers(-1, 2)
    return np.maximum(np.concatenate([few, wide, half]), 0).astype(np.int64)


def groups(votes: list[int], among: list[int]) -> list[list[int]]:
    """Options of equal votes together, most votes first, each group in the order of the paper."""
    sizes = sorted({votes[o] for o in among}, reverse=True)
    return [[o for o in among if votes[o] == size] for size in sizes]


def first_place(votes: list[int], among: list[int], ties: str) -> tuple[set[int], bool]:
    best = groups(votes, among)[0]
    return (set(best) if ties == "lot" else {best[0]}), len(best) > 1


def first_two(votes: list[int], among: list[int], ties: str) -> tuple[set[frozenset[int]], bool]:
    """Return the pairs that may be in a second round, and whether equal votes had to be settled."""
    best, *rest = groups(votes, among)
    if ties == "order":
        order = [o for group in (best, *rest) for o in group]
        pairs = {frozenset(order[:2])}
    elif len(best) > 1:
        pairs = {frozenset((a, b)) for a in best for b in best if a != b}
    else:
        pairs = {frozenset((best[0], b)) for b in rest[0]}
    edge = best if len(best) > 2 else rest[0] if len(best) == 1 else best
    return pairs, len(edge) > (2 if edge is best else 1)


@pytest.mark.parametrize("ties", ["lot", "order"])
@pytest.mark.parametrize("paper", PAPERS, ids=len)
def test_plurality(paper: dict[str, str], ties: str) -> None:
    votes = tables(np.random.default_rng(len(paper)), len(paper), 0.5, 2_000)
    out = decide("plurality", {"ties": ties}, block_of(world_of(paper), votes))
    can = [o for o, kind in enumerate(paper.values()) if kind != "against_all"]
    for row, winner, tied in zip(votes.tolist(), out["winner"], out["tied"]):
        if sum(row[o] for o in can) == 0:
            assert (winner, tied) == (-1, False)
            continue
        allowed, equal = first_place(row, can, ties)
        assert winner in allowed
        assert tied == equal


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("majority", MAJORITIES, ids=lambda m: f"{m:.4f}")
def test_two_rounds(majority: float, base: str) -> None:
    for number, paper in enumerate(PAPERS):
        rng = np.random.default_rng([number, int(1000 * majority)])
        votes = tables(rng, len(paper), majority, 300)
        invalid = rng.integers(0, 3, len(votes))
        registered = votes.sum(axis=1) + invalid + rng.integers(0, 3, len(votes))
        for ties in ("lot", "order"):
            block = block_of(world_of(paper), votes, invalid, registered)
            out = decide("two_round", {"majority": majority, "majority_of": base, "ties": ties}, block)
            whole = {
                "valid_votes": votes.sum(axis=1),
                "ballots_cast": votes.sum(axis=1) + invalid,
                "registered": registered,
            }
            for d in range(len(votes)):
                check_two_rounds(votes[d].tolist(), int(whole[base][d]), list(paper.values()), majority, ties, out, d)


def check_two_rounds(
    votes: list[int], base: int, kinds: list[str], majority: float, ties: str, out: dict[str, Any], d: int
) -> None:
    can = [o for o, kind in enumerate(kinds) if kind != "against_all"]
    winner, tied, runoff = int(out["winner"][d]), bool(out["tied"][d]), bool(out["runoff"][d])
    held = [o for o in range(len(votes)) if out["runoff_votes"][d, o] > 0]
    if sum(votes[o] for o in can) == 0:
        assert (winner, tied, runoff, held) == (-1, False, False, [])
        return
    best, equal = first_place(votes, can, ties)
    if Fraction(max(votes[o] for o in can)) > Fraction(str(majority)).limit_denominator(10**6) * base:
        assert winner in best
        assert (tied, runoff, held) == (equal, False, [])
    elif len(can) == 1:
        assert (winner, tied, runoff, held) == (-1, False, False, [])
    else:
        pairs, cut = first_two(votes, can, ties)
        assert runoff
        assert frozenset(held) in pairs
        second = out["runoff_votes"][d, held]
        assert winner in [o for o, v in zip(held, second) if v == max(second)]
        assert tied == (cut or len(set(second.tolist())) == 1)


def test_generated_tables_hold_what_matters() -> None:
    assert len(MAJORITIES) * len(BASES) * len(PAPERS) * 300 * 2 + len(PAPERS) * 2 * 2_000 > 20_000
    votes = tables(np.random.default_rng(0), 3, 0.5)
    twice = 2 * votes
    assert (twice == votes.sum(axis=1, keepdims=True)).any(), "exactly one half"
    assert (votes.sum(axis=1) == 0).any()
    assert (votes == 0).all(axis=0).sum() == 0
    assert votes.max() > 9e7 or tables(np.random.default_rng(5), 3, 0.5).max() > 9e7
    assert ((votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1).mean() > 0.05


@pytest.mark.parametrize(
    "majority, votes, invalid, registered, base, wins",
    [
        (0.5, [50, 50], 0, 100, "valid_votes", False),
        (0.5, [51, 49], 0, 100, "valid_votes", True),
        (0.5, [500_000_000, 499_999_999], 1, 10**9, "ballots_cast", False),
        (0.5, [500_000_001, 499_999_999], 0, 10**9, "registered", True),
        (0.5, [51, 49], 2, 200, "ballots_cast", False),
        (0.5, [51, 1], 0, 200, "registered", False),
        (1 / 3, [333_333_333, 666_666_666], 0, 10**9, "valid_votes", True),
        (2 / 3, [2, 1], 0, 3, "valid_votes", False),
        (0.4, [2, 3], 0, 10, "valid_votes", True),
        (0.0, [1, 0], 0, 10**9, "registered", True),
    ],
)
def test_majority_is_more_than_the_share(
    majority: float, votes: list[int], invalid: int, registered: int, base: str, wins: bool
) -> None:
    block = block_of(
        world_of({"a": "candidate", "b": "candidate"}), np.array([votes]), np.array([invalid]), np.array([registered])
    )
    out = decide("two_round", {"majority": majority, "majority_of": base}, block)
    assert out["runoff"][0] != wins


def test_against_all_counts_in_the_base_and_cannot_win() -> None:
    world = world_of({"none": "against_all", "a": "candidate", "b": "candidate"})
    votes = np.array([[60, 30, 10], [10, 50, 40], [10, 46, 44], [100, 0, 0]])
    two = decide("two_round", {}, block_of(world, votes))
    assert two["runoff"].tolist() == [True, True, True, False]
    assert two["winner"][3] == -1
    assert (two["runoff_votes"][:, 0] == 0).all()
    first = decide("plurality", {}, block_of(world, votes))
    assert first["winner"].tolist() == [1, 1, 1, -1]


@pytest.mark.parametrize("equal", [2, 3, 4])
def test_lots_are_uniform_and_of_their_own(equal: int) -> None:
    """χ² of the winners over 40,000 draws: p above 1e-4, the seed is fixed; independent of the second-round lot."""
    n = 40_000
    world = world_of({name: "candidate" for name in "dacb"})
    votes = np.zeros((n, 4), np.int64)
    votes[:, :equal] = 5
    block = block_of(world, votes)
    winner = decide("plurality", {}, block)["winner"]
    counts = np.bincount(winner, minlength=4)
    assert counts[equal:].sum() == 0
    assert stats.chisquare(counts[:equal]).pvalue > 1e-4
    pairs = decide("two_round", {"majority": 0.9}, block_of(world, votes))["runoff_votes"] > 0
    codes = pairs @ np.array([1, 2, 4, 8])
    seen = np.bincount(codes, minlength=16)
    assert equal == 2 or stats.chisquare(seen[seen > 0]).pvalue > 1e-4
    assert (seen > 0).sum() == equal * (equal - 1) // 2
    other = block.chance.stream("rules.lot.runoff", "a").uniform64(block.draw_lanes)[:, 0]
    table = np.histogram2d(winner, other, bins=(np.arange(equal + 1) - 0.5, np.linspace(0, 1, 9)))[0]
    assert stats.chi2_contingency(table).pvalue > 1e-4


def test_lots_do_not_depend_on_the_block_nor_on_votes() -> None:
    world = world_of({name: "candidate" for name in "abc"})
    votes = np.full((1_000, 3), 7, np.int64)
    whole = decide("plurality", {}, block_of(world, votes))["winner"]
    cut = [decide("plurality", {}, block_of(world, votes[a : a + 250], first=a))["winner"] for a in range(0, 1000, 250)]
    assert (np.concatenate(cut) == whole).all()
    assert (decide("plurality", {}, block_of(world, votes * 10**8))["winner"] == whole).all()


@pytest.mark.parametrize("paper", ["abc", "cba", "bca"])
def test_order_takes_the_first_on_the_paper(paper: str) -> None:
    block = block_of(world_of({name: "candidate" for name in paper}), np.array([[3, 3, 3], [1, 3, 3]]))
    out = decide("plurality", {"ties": "order"}, block)
    assert out["winner"].tolist() == [0, 1]
    assert out["tied"].all()

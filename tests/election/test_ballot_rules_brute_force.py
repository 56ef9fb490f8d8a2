"""Every rule on ballots against its definition, on generated small elections in which ties are common."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ballot_blocks import block_of, decide

from sim.election.part import part
from sim.election.rules.ties import tie_keys

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
import ballot_rules
from ballot_rules import RULES, ranked_pairs_possible

STRICT = {"instant_runoff", "coombs"}
BODIES: list[tuple[str, dict[str, Any]]] = [
    ("instant_runoff", {}),
    ("coombs", {}),
    ("coombs", {"stop_at_majority": False}),
    ("bucklin", {}),
    ("borda", {}),
    ("borda", {"unranked": "zero"}),
    ("positional", {"weights": [1]}),
    ("positional", {"weights": [3, 1, -2]}),
    ("positional", {"weights": [5, 2], "unranked": "zero"}),
    ("black", {}),
    ("condorcet", {}),
    ("condorcet", {"weak": True}),
    *(("copeland", {"even": even}) for even in ("half", "none", "whole")),
    *(("minimax", {"measure": measure}) for measure in ("winning_votes", "margins", "opposition")),
    *((model, {"measure": measure}) for model in ("schulze", "ranked_pairs") for measure in ("winning_votes", "margins")),
    ("kemeny", {}),
    ("score", {}),
    ("approval", {"at_least": 2}),
    ("approval", {"at_least": "mean"}),
    ("star", {}),
]
PAPERS = (
    {"a": "candidate"},
    {"a": "candidate", "b": "candidate"},
    {"a": "candidate", "b": "candidate", "c": "party"},
    {"a": "candidate", "b": "candidate", "c": "candidate"},
    {"a": "candidate", "b": "against_all", "c": "candidate", "d": "answer"},
    {"a": "candidate", "b": "candidate", "c": "candidate", "d": "candidate"},
    {"a": "candidate", "b": "candidate", "c": "candidate", "d": "candidate", "e": "candidate"},
)
MOST_VOTES = 10**9


def ranks(rng: np.random.Generator, sets: int, kinds: int, m: int, strict: bool) -> np.ndarray:
    """Ballots that may leave options out and, if not strict, give one rank to several."""
    order = np.argsort(rng.random((sets, kinds, m)), axis=2)
    if not strict and rng.random() < 0.5:
        order = rng.integers(0, m, order.shape)
    listed = rng.integers(0, m + 1, (sets, kinds, 1)) if rng.random() < 0.6 else m
    return np.where(order < listed, order, m)


def generated(model: str, seed: int, cases: int) -> Any:
    """Blocks of 100 elections, of few voters, or of up to 10⁹ of each kind with many equal pairs."""
    reads = part("rules", model).reads
    for number in range(-(-cases // 100)):
        rng = np.random.default_rng([seed, number])
        kinds = PAPERS[number % len(PAPERS)]
        m, draws = len(kinds), 100
        sets, k = (1 if number % 3 else draws), int(rng.integers(1, 7))
        if reads == "rankings":
            marks = ranks(rng, sets, k, m, model in STRICT)
        else:
            marks = rng.integers(-1 if number % 4 == 0 else 0, 4, (sets, k, m))
        counts = rng.integers(0, 4, (draws, k)) * (MOST_VOTES // 4 if number % 5 == 0 else 1)
        yield block_of(kinds, marks, counts, reads, seed=number), marks, counts


def profile_of(marks: np.ndarray, counts: np.ndarray, keep: list[int], reads: str) -> ballot_rules.Profile:
    m = marks.shape[1]
    rows = [[int(row[o]) if reads == "scores" or row[o] < m else None for o in keep] for row in marks]
    return [(row, int(n)) for row, n in zip(rows, counts) if n]


def compare(model: str, body: dict[str, Any], cases: int, seed: int = 1) -> tuple[int, int]:
    """Return how many elections were compared, and in how many a tie was told."""
    total = ties = 0
    reads = part("rules", model).reads
    for number, (block, marks, counts) in enumerate(generated(model, seed, cases)):
        policy = ("lot", "order")[number % 2]
        winner, tied = decide(model, {**body, "ties": policy}, block)
        keep = [o for o, option in enumerate(block.world.options) if option.electable]
        keys = tie_keys(block, policy, "rules.lot")[keep]
        if len(body.get("weights", ())) > len(keep):
            body_here = {**body, "weights": body["weights"][: len(keep)]}
        else:
            body_here = body
        for d in range(len(counts)):
            profile = profile_of(marks[d if len(marks) > 1 else 0], counts[d], keep, reads)
            expected, equal = RULES[model](profile, keys[:, d].tolist(), **body_here)
            if reads == "rankings" and not ballot_rules.said(profile):
                expected, equal = None, False
            got = None if winner[d] < 0 else keep.index(winner[d])
            assert (got, bool(tied[d])) == (expected, equal), (model, body, profile, keys[:, d])
            total += 1
            ties += equal
    return total, ties


@pytest.mark.parametrize("model, body", BODIES, ids=lambda x: x if isinstance(x, str) else "-".join(map(str, x.values())))
def test_agrees_with_the_definition(model: str, body: dict[str, Any]) -> None:
    total, ties = compare(model, body, 4_900)
    assert total >= 4_900
    assert ties > total // 50 or (model, body) == ("condorcet", {})


@pytest.mark.slow
@pytest.mark.parametrize("model, body", BODIES, ids=lambda x: x if isinstance(x, str) else "-".join(map(str, x.values())))
def test_agrees_with_the_definition_in_full(model: str, body: dict[str, Any]) -> None:
    assert compare(model, body, 100_000, seed=2)[0] >= 100_000


def test_no_tie_of_ranked_pairs_is_missed() -> None:
    """Where no tie is told, every order of equal victories gives the same winner."""
    several = 0
    for measure in ("winning_votes", "margins"):
        for block, marks, counts in generated("ranked_pairs", 3, 1_400):
            m = block.world.n_options
            if m > 4 or not all(option.electable for option in block.world.options):
                continue
            winner, tied = decide("ranked_pairs", {"measure": measure}, block)
            for d in range(0, len(counts), 4):
                profile = profile_of(marks[d if len(marks) > 1 else 0], counts[d], list(range(m)), "rankings")
                if not ballot_rules.said(profile):
                    continue
                possible = set(ranked_pairs_possible(profile, m, measure))
                assert winner[d] in possible
                assert tied[d] or len(possible) == 1
                several += len(possible) > 1
    assert several > 20


def test_a_wrong_definition_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = dict(RULES)
    for model in right:
        other = "kemeny" if model != "kemeny" else "minimax"
        other = "approval" if model in ("score", "star") else "score" if model == "approval" else other
        monkeypatch.setitem(RULES, model, right[other])
    for model, body in [(m, b) for m, b in BODIES if not b]:
        with pytest.raises(AssertionError):
            compare(model, body, 4_900)

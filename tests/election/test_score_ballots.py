"""Scores, approvals and orders of voters: laws that are known, and what the ballots of one draw say."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ranked_scenarios import within
from scipy import stats

import sim
from sim.election.state import Block, Workspace
from sim.engine.plan import make_plan

TABLE = Path(__file__).parents[3] / "shared" / "data" / "published" / "exact_condorcet_paradox_IC.csv"


def scenario(options: str = "abc", model: str = "score", rule: str = "borda", **more: Any) -> dict[str, Any]:
    return {
        "title": "marks",
        "electorate": {"model": "individuals", "regions": {"all": 25}},
        "ballot": {"model": model, "options": dict.fromkeys(options), **more.pop("ballot", {})},
        "voters": {"baseline": dict.fromkeys(options, 1 / len(options))},
        "turnout": {"model": "fixed", "baseline": 1.0},
        "rules": {"it": {"model": rule}},
        **more,
    }


def block_of(body: dict[str, Any], draws: int = 2_000, seed: int = 3) -> Block:
    plan = make_plan(sim.loads(json.dumps(body)), draws, seed)
    return plan.run_block(Block(plan.world, plan.chance, 0, draws, Workspace()))


CROWD = {"electorate": {"regions": {"north": 30, "south": 20}}}
SHARES = {"voters": {"baseline": {"a": 0.5, "b": 0.3, "c": 0.2}}}


@pytest.mark.parametrize("more", [{}, CROWD], ids=["one by one", "crowd"])
@pytest.mark.parametrize("model", ["score", "approval"])
def test_votes_rankings_and_scores_are_of_the_same_ballots(model: str, more: dict[str, Any]) -> None:
    body = scenario(model=model, **SHARES, **more, ballot={"invalid": 0.1})
    body["turnout"]["baseline"] = 0.8
    block = block_of(body)
    valid = block.total_ballots - block.invalid_ballots.sum(axis=1)
    rankings, scores = block.rankings, block.scores
    assert np.array_equal(rankings.counts.sum(axis=1), valid)
    assert scores.counts is rankings.counts
    for o in range(3):
        first = (rankings.ranks[:, :, o] == 0) * rankings.counts
        assert np.array_equal(first.sum(axis=1), block.totals[o])
        for p in range(3):
            higher = scores.scores[:, :, o] > scores.scores[:, :, p]
            assert not (higher & (rankings.ranks[:, :, o] > rankings.ranks[:, :, p])).any()
    assert within(block.totals[0] / valid, 0.5)
    assert within(block.totals[2] / valid, 0.2)


@pytest.mark.parametrize("options, ballot", [("abc", "score"), ("abcd", "approval"), ("abcdefgh", "ranked")])
def test_orders_of_voters_one_by_one_are_those_of_plackett_and_luce(options: str, ballot: str) -> None:
    m = len(options)
    shares = np.arange(1, m + 1) / np.arange(1, m + 1).sum()
    body = scenario(options, ballot, voters={"baseline": dict(zip(options, shares.tolist()))})
    block = block_of(body, 8_000)
    orders = block.rankings.orders.reshape(-1, m)
    n = len(orders)
    for a, b in ((0, 1), (1, 0), (m - 1, 0), (0, m - 1)):
        p = shares[a] * shares[b] / (1 - shares[a])
        found = ((orders[:, 0] == a) & (orders[:, 1] == b)).mean()
        assert abs(found - p) < 4.5 * np.sqrt(p * (1 - p) / n)
    if m > 6:
        assert "rankings" not in block.outputs


def test_scores_run_over_the_whole_range() -> None:
    block = block_of(scenario("abcd", ballot={"most": 7}))
    scores = block.scores.scores
    assert (scores.max(axis=2) == 7).all()
    assert (scores.min(axis=2) == 0).all()
    middle = np.sort(scores, axis=2)[:, :, 1:3]
    # The same from utilities drawn otherwise: numpy's own generator.
    u = np.random.default_rng(4).gumbel(size=(200_000, 4))
    stretched = np.floor(7 * (u - u.min(1, keepdims=True)) / np.ptp(u, axis=1)[:, None] + 0.5)
    expected = np.sort(stretched, axis=1)[:, 1:3]
    for place in range(2):
        seen = np.bincount(middle[..., place].ravel(), minlength=8)
        other = np.bincount(expected[:, place].astype(int), minlength=8)
        assert stats.chi2_contingency(np.stack([seen, other])[:, (seen + other) > 0]).pvalue > 1e-4


@pytest.mark.parametrize("ballot", [{}, {"top": 2}, {"above": 0.5}], ids=["mean", "top", "above"])
def test_approvals(ballot: dict[str, Any]) -> None:
    block = block_of(scenario("abcd", "approval", "approval", ballot=ballot))
    given = block.scores.scores.reshape(-1, 4)
    u = np.random.default_rng(5).gumbel(size=(200_000, 4))
    if ballot.get("top"):
        assert (given.sum(axis=1) == 2).all()
        return
    # Log-odds of the baseline are zero when all shares are alike: utilities have no constant of their own.
    constant = block.support[0, 0, 0]
    expected = u > (u.mean(axis=1, keepdims=True) if not ballot else 0.5 - constant)
    seen, other = np.bincount(given.sum(axis=1), minlength=5), np.bincount(expected.sum(axis=1), minlength=5)
    assert stats.chi2_contingency(np.stack([seen, other])[:, (seen + other) > 0]).pvalue > 1e-4


def test_an_option_that_nobody_chooses_has_nothing() -> None:
    shares = {"voters": {"baseline": {"a": 0.6, "b": 0.4, "c": 0.0}}}
    block = block_of(scenario(**shares, ballot={"most": 4}))
    assert (block.scores.scores[:, :, 2] == 0).all()
    assert (np.sort(block.scores.scores[:, :, :2], axis=2) == [0, 4]).all()
    assert (block.rankings.ranks[:, :, 2] == 2).all()
    approved = block_of(scenario(**shares, model="approval")).scores.scores
    assert (approved.sum(axis=2) == 1).all()


def test_crowds_score_by_place() -> None:
    block = block_of(scenario("abcd", ballot={"most": 5}, **CROWD))
    assert block.scores.scores.shape == (1, 24, 4)
    expected = np.array([5, 3, 2, 0])[block.rankings.ranks[0]]
    assert np.array_equal(block.scores.scores[0], expected)
    approved = block_of(scenario("abcde", "approval", **CROWD)).scores.scores
    assert np.array_equal(approved[0], block_of(scenario("abcde", **CROWD)).rankings.ranks[0] < 2)


def test_only_the_first_places_are_written() -> None:
    whole = block_of(scenario("abcd", "ranked", ballot={}, **CROWD))
    short = block_of(scenario("abcd", "ranked", ballot={"places": 2}, **CROWD))
    for name in ("rankings", "condorcet_winner"):
        assert np.array_equal(whole.outputs[name], short.outputs[name])
    assert np.array_equal(np.where(whole.rankings.ranks < 2, whole.rankings.ranks, 4), short.rankings.ranks)
    people = block_of(scenario("abcd", "score", ballot={"places": 1}))
    assert (np.sort(people.rankings.ranks, axis=2) == [0, 4, 4, 4]).all()


@pytest.mark.skipif(not TABLE.exists(), reason="the published table is not at hand")
@pytest.mark.parametrize("options", ["abc", "abcd"])
def test_condorcet_winner_of_voters_who_are_all_alike(options: str) -> None:
    """Equal utilities with deviates of one's own are the impartial culture: its paradox is known exactly."""
    with TABLE.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(line for line in lines if not line.startswith("#"))]
    exact = {row["voters"]: float(row[f"p_no_cw_{len(options)}_candidates"]) for row in rows}
    result = sim.run(sim.loads(json.dumps(scenario(options, rule="condorcet"))), draws=20_000, seed=5)
    assert within(result["winner"].values == -1, exact["25"])
    assert np.array_equal(result["winner"], result["condorcet_winner"])

"""Ranked ballots: rankings implied by utilities, pairs, Condorcet winners, voters one by one."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
from ranked_scenarios import orders, run, scenario, voters_of, within
from scipy import special

import sim
from sim.analysis import pairwise
from sim.election.ballot.ranked import _condorcet
from sim.election.part import part
from sim.engine.plan import make_plan
from sim.results.contract import check
from sim.testing import PLAIN, check_part

BASELINE = {"a": 0.5, "b": 0.3, "c": 0.2}
LOGIT = {"baseline": BASELINE, "swing": {"national": 0.4}}


def test_logit_conforms_with_ranked_ballots() -> None:
    check_part(part("voters", "logit"), {**PLAIN, "ballot": {"model": "ranked", "options": {"b": None, "a": None}}})


def test_rankings_of_utilities_with_gumbel_deviates() -> None:
    """Voters who order the options by log share + swing + Gumbel, simulated one by one with numpy."""
    rng, draws, n = np.random.default_rng(4), 20_000, 60
    swing = 0.4 * rng.standard_normal((draws, 1, 3))
    utility = np.log(list(BASELINE.values())) + swing + rng.gumbel(size=(draws, n, 3))
    ranking = np.argsort(-utility, axis=-1)
    wanted = np.stack([(ranking == order).all(axis=-1).sum(axis=1) for order in itertools.permutations(range(3))], 1)
    found = run(LOGIT, draws=draws, electorate=voters_of(n))["rankings"].values
    for x, y in zip(wanted.T, found.T):
        assert abs(x.mean() - y.mean()) <= 4 * np.sqrt((x.var() + y.var()) / draws)
        spread = [((z - z.mean()) ** 2).std() for z in (x, y)]
        assert abs(x.var() - y.var()) <= 4 * np.hypot(*spread) / np.sqrt(draws)
    for i, j in itertools.combinations(range(6), 2):
        x, y = ((z[:, i] - z[:, i].mean()) * (z[:, j] - z[:, j].mean()) for z in (wanted, found))
        assert abs(x.mean() - y.mean()) <= 4 * np.sqrt((x.var() + y.var()) / draws)


def test_first_preferences_are_those_of_the_logit() -> None:
    """The same swings: only the choices differ from a plain ballot's."""
    body = scenario(LOGIT, electorate=voters_of(100_000_000))
    ranked = sim.run(sim.loads(json.dumps(body)), draws=300, seed=1)
    body["ballot"] = {"options": dict.fromkeys("abc")}
    plain = sim.run(sim.loads(json.dumps(body)), draws=300, seed=1)
    assert np.allclose(ranked["votes"] / 1e8, plain["votes"] / 1e8, atol=5 * np.sqrt(0.25 / 5e7))
    assert "rankings" not in plain


@pytest.mark.parametrize(
    "voters", [LOGIT, {"model": "mallows", "mixture": [{"reference": ["b", "c", "a"], "phi": 0.4}]}]
)
def test_voters_one_by_one_rank_alike(voters: dict[str, Any]) -> None:
    people = {"model": "individuals", "regions": {"x": 30, "y": 20}, "traits": {"age": {"young": 0.4, "old": 0.6}}}
    crowd = {**people, "model": "cells"}
    found = [run(voters, draws=20_000, electorate=e, ballot=ballot(invalid=0.2)) for e in (people, crowd)]
    for name in ("rankings", "votes", "group_votes", "invalid_ballots"):
        one, two = (result[name].values.reshape(20_000, -1).T for result in found)
        for x, y in zip(one, two):
            assert abs(x.mean() - y.mean()) <= 4 * np.sqrt((x.var() + y.var()) / 20_000)
            spread = [((z - z.mean()) ** 2).std() for z in (x, y)]
            assert abs(x.var() - y.var()) <= 4 * np.hypot(*spread) / np.sqrt(20_000)


def ballot(options: str = "abc", **more: Any) -> dict[str, Any]:
    return {"model": "ranked", "options": dict.fromkeys(options), **more}


def test_ballots_are_conserved_and_kept(tmp_path: Any) -> None:
    electorate = {
        "model": "cells",
        "regions": [
            {"region": "y", "registered": 600, "stations": 3},
            {"region": "x", "registered": 400, "stations": 2},
        ],
        "stations": {},
        "traits": {"age": {"young": 0.4, "old": 0.6}},
    }
    body = scenario(LOGIT, electorate=electorate, ballot=ballot("bca", invalid=0.1), turnout={"baseline": 0.5})
    one = sim.loads(json.dumps(body))
    result = sim.run(one, draws=200, seed=1)
    check(result)
    assert result["order"].values.tolist() == orders("bca")
    assert result["rankings"].dims == ("draw", "order")
    assert result["rankings"].dtype == np.int32
    # First preferences of the nation, option by option.
    votes = result["votes"].sum("region")
    for option in "abc":
        first = [order for order in result["order"].values if order[0] == option]
        assert (result["rankings"].sel(order=first).sum("order") == votes.sel(option=option)).all()
    for name in ("r.nc", "r.zarr"):
        with sim.run(one, draws=200, seed=1, out=tmp_path / name) as again:
            assert np.array_equal(again["rankings"].values, result["rankings"].values)
            assert again["order"].values.tolist() == result["order"].values.tolist()
            check(again)
    assert "a" in str(sim.summary(result))
    sim.report(result, tmp_path / "r.html")


def test_rerun_makes_the_same(tmp_path: Any) -> None:
    from sim.engine.rerun import rerun

    sim.run(sim.loads(json.dumps(scenario(LOGIT))), draws=50, seed=1, out=tmp_path / "r.nc").close()
    with sim.open_result(tmp_path / "r.nc") as ds:
        assert "rankings" in rerun(ds)


def test_pairs_are_counted() -> None:
    result = run(LOGIT, "abc", 500, electorate=voters_of(40), ballot=ballot("cab", invalid=0.1))
    pairs = pairwise(result)
    assert sim.pairwise(result).identical(pairs)
    assert pairs.dims == ("draw", "option", "rival")
    assert pairs["option"].values.tolist() == ["c", "a", "b"]
    valid = result["votes"].sum(("region", "option"))
    for d in range(0, 500, 50):
        for a, b in itertools.product("abc", repeat=2):
            by_hand = sum(
                int(result["rankings"].sel(draw=d, order=order))
                for order in orders("abc")
                if order.index(a) < order.index(b)
            )
            assert int(pairs.sel(draw=d, option=a, rival=b)) == by_hand
            if a != b:
                assert int(pairs.sel(draw=d, option=a, rival=b) + pairs.sel(draw=d, option=b, rival=a)) == int(valid[d])
    # Who wins all pairs is the Condorcet winner.
    beats = (pairs.values > pairs.values.transpose(0, 2, 1)).sum(axis=2)
    winner = np.where((beats == 2).any(axis=1), (beats == 2).argmax(axis=1), -1)
    assert np.array_equal(winner, result["condorcet_winner"].values)
    assert len(np.unique(winner)) == 4


def test_plain_ballots_have_no_pairs() -> None:
    plain = run({"baseline": BASELINE}, draws=10, ballot={"options": dict.fromkeys("abc")})
    with pytest.raises(sim.ResultError, match=r"has no rankings.*model: ranked"):
        pairwise(plain)


@pytest.mark.parametrize(
    ("profile", "kinds", "winner"),
    [
        # abc acb bac bca cab cba
        ([23, 0, 2, 17, 10, 8], "ccc", -1),
        ([2, 0, 0, 0, 0, 1], "ccc", 0),
        ([1, 0, 0, 0, 0, 1], "ccc", -1),
        ([0, 0, 0, 0, 0, 0], "ccc", -1),
        ([2, 0, 0, 0, 0, 1], "xcc", -1),
        ([0, 0, 10**10, 10**10, 1, 0], "ccc", 1),
    ],
)
def test_condorcet_winners(profile: list[int], kinds: str, winner: int) -> None:
    """Condorcet's own example of 60 voters; equal votes beat nobody; nobody wins where nobody votes."""
    electable = np.array([kind == "c" for kind in kinds])
    assert _condorcet(np.array(profile, np.int64)[:, None], electable).tolist() == [winner]


def test_one_option_is_above_all_others() -> None:
    result = run({"baseline": {"a": 1.0}}, "a", draws=20)
    assert (result["condorcet_winner"] == 0).all()
    assert result["order"].values.tolist() == ["a"]
    assert (run({"baseline": {"a": 1.0}}, "a", draws=20, turnout={"baseline": 0.0})["condorcet_winner"] == -1).all()


def test_nobody_is_chosen_where_every_share_is_zero_but_one() -> None:
    result = run({"baseline": {"a": 0.0, "b": 1.0, "c": 0.0}}, draws=2_000)
    rankings = result["rankings"]
    assert (rankings.sel(order=["b>a>c", "b>c>a"]).sum("order") == 25).all()
    assert within(rankings.sel(order="b>a>c").values, 12.5)


def test_blocks_are_smaller_where_there_are_more_orders() -> None:
    few, many = (
        make_plan(sim.loads(json.dumps(scenario({"model": "impartial_culture"}, o))), 10, 1) for o in ("abc", "abcdef")
    )
    assert few.block_draws == 131_072
    assert many.block_draws == 131_072 * 8 // 720


def test_shares_of_pairs_follow_the_logit() -> None:
    result = run({"baseline": BASELINE}, draws=20_000, electorate=voters_of(200))
    shares = pairwise(result) / 200
    for a, b in itertools.permutations(BASELINE, 2):
        expected = special.expit(np.log(BASELINE[a] / BASELINE[b]))
        assert within(shares.sel(option=a, rival=b).values, expected)

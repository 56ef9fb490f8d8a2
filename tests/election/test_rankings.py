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


def test_lost_rankings_are_found() -> None:
    result = run(LOGIT, draws=20)
    check(result)
    result["rankings"][3, 2] += 1
    with pytest.raises(sim.ResultError, match="draw 3: rankings do not add up to votes"):
        check(result)


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


CAMPS = {"model": "mallows", "mixture": [{"reference": ["b", "c", "a"], "phi": 0.4}]}


MOBILISED = {
    "kind": "mobilisation",
    "sectors": {"public": {"share": 0.9, "exposure": 0.9}},
    "compliance": 0.9,
    "vote": {"a": 1},
}


@pytest.mark.parametrize("voters", [CAMPS, LOGIT], ids=["mallows", "logit"])
@pytest.mark.parametrize(
    "term",
    [
        MOBILISED,
        {"kind": "boycott", "reach": 0.5, "followers": {"default": 0, "b": 1}},
    ],
    ids=["mobilisation", "boycott"],
)
def test_who_comes_ranks_as_all_with_the_same_first_preference(voters: dict[str, Any], term: dict[str, Any]) -> None:
    people = {"electorate": voters_of(100_000_000), "draws": 200}
    moved = {**people, "turnout": {"baseline": 0.5, "terms": {"it": term}}}
    plain = run(voters, **moved, ballot={"options": dict.fromkeys("abc")})["votes"].values.sum(axis=1) / 1e8
    result = run(voters, **moved)
    assert np.allclose(result["votes"].values.sum(axis=1) / 1e8, plain, atol=6e-4)
    before = run(voters, **people)

    def after_first(ds: Any) -> np.ndarray:
        pairs = ds["rankings"].values.reshape(-1, 3, 2)
        return pairs[..., 0] / pairs.sum(axis=-1)

    def firsts(ds: Any) -> np.ndarray:
        pairs = ds["rankings"].values.reshape(-1, 3, 2).sum(axis=-1)
        return pairs / pairs.sum(axis=-1, keepdims=True)

    assert np.allclose(after_first(result), after_first(before), atol=2e-3)
    assert np.abs(firsts(result) - firsts(before)).max() > 0.02


def test_told_voters_without_a_like_rank_the_rest_in_any_order() -> None:
    term = {
        "kind": "mobilisation",
        "sectors": {"public": {"share": 1, "exposure": 1}},
        "compliance": 1,
        "vote": {"a": 1},
    }
    voters = {"model": "mallows", "mixture": [{"reference": ["b", "c", "a"], "phi": 0}]}
    result = run(voters, draws=2_000, turnout={"baseline": 0.5, "terms": {"it": term}}, electorate=voters_of(1000))
    rankings = {order: result["rankings"].sel(order=order).values for order in orders("abc")}
    for order, share in {"b>c>a": 0.5, "a>b>c": 0.25, "a>c>b": 0.25}.items():
        assert within(rankings[order], 1000 * share)
    assert sum(rankings[order].sum() for order in ("b>a>c", "c>a>b", "c>b>a")) == 0


SPACE = {"dimensions": ["x"], "mixture": [{"mean": {"x": 0.5}, "sd": {"x": 1}}]}
SPATIAL = {"model": "spatial", "positions": {"a": {"x": 0}, "b": {"x": 1}, "c": {"x": 3}}}


def test_voters_in_a_space_rank_by_their_utilities() -> None:
    """Voters with positions, quadratic loss and Gumbel deviates, simulated one by one with numpy."""
    rng, draws, n = np.random.default_rng(6), 4_000, 25
    x = 0.5 + rng.standard_normal((draws, n, 1))
    utility = -((x - np.array([0, 1, 3])) ** 2) + rng.gumbel(size=(draws, n, 3))
    ranking = np.argsort(-utility, axis=-1)
    wanted = np.stack([(ranking == order).all(axis=-1).sum(axis=1) for order in itertools.permutations(range(3))], 1)
    people = {"model": "individuals", "regions": {"x": 25}, "space": SPACE}
    found = run(SPATIAL, draws=draws, electorate=people)["rankings"].values
    for one, two in zip(wanted.T, found.T):
        assert abs(one.mean() - two.mean()) <= 4 * np.sqrt((one.var() + two.var()) / draws)


@pytest.mark.parametrize(
    "voters",
    [
        {"model": "nested_logit", "baseline": BASELINE, "nests": {"near": {"options": ["a", "b"], "lambda": 0.5}}},
        {"model": "mixed_logit", "baseline": BASELINE, "factors": {"left": {"loadings": {"a": 1}, "sd": 1.5}}},
        {"model": "probit", "baseline": BASELINE, "correlation": 0.3},
        {**SPATIAL, "mean": {"x": 0.2}, "spread": {"x": 0.5}},
    ],
    ids=lambda voters: voters["model"],
)
def test_any_model_implies_rankings_by_its_first_choices(voters: dict[str, Any]) -> None:
    result = run(voters, draws=500, electorate=voters_of(100_000))
    shares = result["votes"].values.sum(axis=(0, 1)) / 5e7
    for order in itertools.permutations(range(3)):
        name = ">".join("abc"[o] for o in order)
        expected = shares[order[0]] * shares[order[1]] / (1 - shares[order[0]])
        assert float(result["rankings"].sel(order=name).mean()) / 1e5 == pytest.approx(expected, abs=6e-4)

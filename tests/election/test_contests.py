"""Several contests on one day: the same people, luck of their own, and names in the result."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import numpy as np
import pytest
import yaml

import sim
from sim.election.contests import Contest, in_order
from sim.election.part import Stage
from sim.election.rules.plurality import Plurality
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World
from sim.results.contract import check

BASE = """
title: Two papers
electorate: {regions: {a: 1000, b: 2000, c: 500}}
ballot: {options: {x: X, y: Y, none: {kind: against_all}}, invalid: 0.02}
voters: {baseline: {x: 0.5, y: 0.4, none: 0.1}, swing: {national: 0.2}}
turnout: {baseline: 0.6}
rules: {council: {model: plurality}}
run: {draws: 400, seed: 3}
"""
PAPER = {
    "ballot": {"options": {"q": "Q", "p": "P", "r": "R"}, "invalid": 0.05},
    "voters": {"baseline": {"p": 0.4, "q": 0.35, "r": 0.25}, "swing": {"national": 0.3}},
}


def one() -> sim.Scenario:
    return sim.loads(BASE)


def two(**rule: Any) -> sim.Scenario:
    return one().change({"contests.mayor": PAPER, "rules.mayor": {"model": "two_round", **rule}})


def test_a_further_paper_leaves_the_first_as_it_was():
    alone, both = sim.run(one()), sim.run(two())
    for name in ("registered", "ballots_cast", "invalid_ballots", "votes"):
        assert alone[name].equals(both[name]), name
    assert np.array_equal(alone["winner"], both["winner_council"])
    assert "winner" not in both
    check(both)


def test_the_same_people_cast_the_further_paper():
    result = sim.run(two())
    counted = result["votes_mayor"].sum("option_mayor") + result["invalid_ballots_mayor"]
    assert (counted == result["ballots_cast"]).all()
    assert list(result["option_mayor"].values) == ["q", "p", "r"]
    assert result.attrs["contests"] == "council mayor"


def test_the_further_paper_is_an_election_like_any_other():
    result = sim.run(two(), draws=20_000)
    body = {**yaml.safe_load(BASE), **PAPER, "rules": {"mayor": {"model": "two_round"}}}
    own = sim.run(sim.loads(json.dumps(body)), draws=20_000, seed=99)
    mine = result["votes_mayor"].sum("region") / result["votes_mayor"].sum(("region", "option_mayor"))
    theirs = own["votes"].sum("region") / own["votes"].sum(("region", "option"))
    for option in ("p", "q", "r"):
        a, b = mine.sel(option_mayor=option).values, theirs.sel(option=option).values
        assert abs(a.mean() - b.mean()) < 4.5 * np.hypot(a.std(), b.std()) / np.sqrt(20_000)
        assert a.std() == pytest.approx(b.std(), rel=0.04)
    p = (result["runoff_mayor"].mean().item(), own["runoff"].mean().item())
    assert abs(p[0] - p[1]) < 4.5 * np.sqrt(2 * 0.25 / 20_000)


def test_luck_is_not_shared_between_the_papers():
    same = {"ballot": {"options": {"x": "X", "y": "Y"}}, "voters": {"baseline": {"x": 0.5, "y": 0.5}}}
    swing = {"swing": {"national": 0.3}}
    paper = same | {"voters": same["voters"] | swing}
    result = sim.run(one().change({"contests.mayor": paper, "rules.mayor": {"model": "plurality"}}), draws=4000)
    share = lambda votes, dim: (votes.isel({dim: 0}) / votes.sum(dim)).values  # noqa: E731
    here = share(result["votes"].sum("region"), "option")
    there = share(result["votes_mayor"].sum("region"), "option_mayor")
    assert abs(np.corrcoef(here, there)[0, 1]) < 4.5 / np.sqrt(4000)


def test_several_rules_decide_one_paper():
    scenario = one().change({"rules.again": {"model": "plurality"}, "rules.majority": {"model": "two_round"}})
    result = sim.run(scenario)
    assert np.array_equal(result["winner_council"], result["winner_again"])
    clear = (result["runoff_majority"] == 0).values
    assert clear.any()
    assert not clear.all()
    assert np.array_equal(result["winner_council"].values[clear], result["winner_majority"].values[clear])
    summary = sim.summary(result)
    assert float(summary["runoff_probability_majority"]) == pytest.approx(1 - clear.mean())
    assert "majority: probability, %" in str(summary)


def test_adding_a_contest_moves_no_run_off():
    # The lots and the second round of a contest are its own, whatever else is decided.
    plain = one().change({"rules": {"council": {"model": "two_round"}}})
    more = plain.change({"rules.again": {"model": "plurality"}})
    assert np.array_equal(sim.run(plain)["runoff_votes"], sim.run(more)["runoff_votes_council"])


def test_a_result_with_contests_is_stored_and_made_again(tmp_path):
    scenario = two()
    for name in ("r.nc", "r.zarr"):
        sim.run(scenario, out=tmp_path / name)
        with sim.open_result(tmp_path / name) as stored:
            check(stored)
            assert stored["votes_mayor"].equals(sim.run(scenario)["votes_mayor"])
            assert sim.loads(stored.attrs["scenario_yaml"]) == scenario


def test_the_order_of_contests_in_the_file_moves_nothing():
    scenario = one().change({"rules.again": {"model": "two_round"}})
    turned = sim.loads(BASE).change({"rules": {"again": {"model": "two_round"}, "council": {"model": "plurality"}}})
    assert sim.run(scenario).drop_attrs().equals(sim.run(turned).drop_attrs())


class _Follower(Plurality, stage="", model=""):
    """A rule that reads another contest."""

    after: str = "council"
    outputs: ClassVar[tuple[Variable, ...]] = Plurality.outputs

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.after,)

    def prepare(self, world: World) -> Stage:
        def run(block: Block) -> None:
            decision = block.decided[self.after]
            block.outputs["winner"] = decision["winner"]
            block.outputs["tied"] = decision["tied"]
            assert decision.options == world.option_ids

        return run


def test_a_rule_reads_what_was_decided_before_it():
    world = one().world
    contests = (Contest("a", _Follower(), world), Contest("council", Plurality(), world))
    assert [contest.name for contest in in_order(contests)] == ["council", "a"]
    circle = (Contest("a", _Follower(after="b"), world), Contest("b", _Follower(after="a"), world))
    with pytest.raises(ValueError, match="a, b"):
        in_order(circle)

"""What holds for every registered part, on generated scenarios: order, conservation, beginnings, groups alike."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from comparisons import assert_same_chances, assert_same_law, named_alike, run, same
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rewriting import in_groups, shuffled, twinned
from whole_scenarios import Case, cases, scenarios_of, strategy_is_missing

from sim.results.contract import check

CASES = cases()
each = pytest.mark.parametrize("case", CASES, ids=str)
few_and_many = pytest.mark.parametrize("examples", [6, pytest.param(60, marks=pytest.mark.slow)])


def explore(examples: int, holds: Callable[..., None], *strategies: Any) -> None:
    """Check what holds on so many examples, the same ones every time."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        # To shrink a scenario takes minutes; it is told as it was found.
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.tuples(*strategies))
    def explored(drawn: tuple[Any, ...]) -> None:
        holds(*drawn)

    explored()


@each
def test_has_a_strategy(case: Case) -> None:
    missing = strategy_is_missing(case)
    assert not missing, missing


def test_a_part_without_a_strategy_fails() -> None:
    assert "no strategy" in strategy_is_missing(Case("voters", "new_model"))
    assert "no strategy" in strategy_is_missing(Case("turnout", "logit", "new_kind"))
    assert "no strategy" in strategy_is_missing(Case("polling", "queues"))
    with pytest.raises(pytest.fail.Exception, match="new_model"):
        explore(1, lambda scenario: None, scenarios_of(Case("voters", "new_model")))


@each
@few_and_many
def test_permuting_the_file_permutes_the_result(case: Case, examples: int) -> None:
    """Regions, groups, traits, options and all that is told of them in another order: the same bits by name."""

    def holds(scenario: dict[str, Any], random: Any) -> None:
        a, b = run(scenario), run(shuffled(scenario, random))
        assert same(a, named_alike(b, scenario))

    explore(examples, holds, scenarios_of(case), st.randoms(use_true_random=False))


@each
@few_and_many
def test_counts_are_conserved(case: Case, examples: int) -> None:
    explore(examples, _conserved, scenarios_of(case))


def _conserved(scenario: dict[str, Any]) -> None:
    result = run(scenario)
    check(result)
    votes, ballots, invalid = (result[name] for name in ("votes", "ballots_cast", "invalid_ballots"))
    assert (votes.sum("option") + invalid == ballots).all()
    assert (ballots <= result["registered"]).all()
    for name in result.data_vars:
        assert np.isfinite(result[name].values).all(), name
    for name in ("registered", "ballots_cast", "invalid_ballots", "votes"):
        if f"group_{name}" in result:
            assert (result[f"group_{name}"].sum("group") == result[name].sum("region")).all(), name
    if scenario["electorate"].get("total"):
        assert (result["registered"].sum("region") == scenario["electorate"]["total"]).all()
    if "rankings" in result:
        assert (result["rankings"].sum("order") == votes.sum(("region", "option"))).all()
    if "votes_mobilised" in result:
        assert (result["votes_mobilised"] <= votes).all()
    if "expressed_share" in result:
        said = result["expressed_share"].sum("option")
        assert ((abs(said - 1.0) < 1e-5) | (result["registered"] == 0)).all()
    if "station_votes" in result:
        assert (result["station_votes"].sum(("station", "option")) == votes.sum(("region", "option"))).all()
    kinds = np.append(result["option_kind"].values.astype(str), "nobody")
    assert "against_all" not in kinds[result["winner"].values]


@each
@few_and_many
def test_a_shorter_run_is_the_beginning_of_a_longer_one(case: Case, examples: int) -> None:
    def holds(scenario: dict[str, Any], draws: int) -> None:
        long, short = run(scenario), run(scenario, draws)
        by_draw = [name for name in long.data_vars if "draw" in long[name].dims]
        assert same(short[by_draw], long[by_draw].isel(draw=slice(draws)))

    explore(examples, holds, scenarios_of(case), st.integers(1, 39))


IN_GROUPS = [case for case in CASES if case.stage != "electorate" or case.model != "table"]
WITHOUT = [case for case in CASES if case.model != "cells"]
more = pytest.mark.parametrize("examples", [14, pytest.param(100, marks=pytest.mark.slow)])
fewer = pytest.mark.parametrize("examples", [4, pytest.param(60, marks=pytest.mark.slow)])


@pytest.mark.parametrize("case", [case for case in IN_GROUPS if case.model != "individuals"], ids=str)
@more
def test_merging_two_groups_that_are_alike_changes_no_chance(case: Case, examples: int) -> None:
    """Given the luck of nation, regions and stations; voters one by one have luck of their own."""

    def holds(scenario: dict[str, Any]) -> None:
        assert_same_chances(scenario, twinned(copy.deepcopy(scenario)))

    explore(examples, holds, scenarios_of(case, groups=True, alike=True, crowds=True))


@pytest.mark.parametrize("case", IN_GROUPS, ids=str)
@fewer
def test_merging_two_groups_that_are_alike_changes_no_law(case: Case, examples: int) -> None:
    def holds(scenario: dict[str, Any]) -> None:
        assert_same_law(scenario, twinned(copy.deepcopy(scenario)))

    explore(examples, holds, scenarios_of(case, groups=True, alike=True))


@pytest.mark.parametrize("case", WITHOUT, ids=str)
@fewer
def test_groups_that_are_all_alike_are_no_groups(case: Case, examples: int) -> None:
    def holds(scenario: dict[str, Any]) -> None:
        other = in_groups(copy.deepcopy(scenario))
        assert_same_chances(scenario, other)
        assert_same_law(scenario, other)

    explore(examples, holds, scenarios_of(case, groups=False, alike=True))


PLAIN = {
    "title": "t",
    "electorate": {"model": "table", "regions": {"p": 5_000, "q": 60}},
    "ballot": {"options": {"a": None, "b": None}},
    "voters": {"baseline": {"a": 0.5, "b": 0.5}},
    "turnout": {"baseline": 0.5},
    "rules": {"it": {"model": "plurality"}},
}


def test_the_comparison_of_results_can_fail() -> None:
    result = run(PLAIN)
    assert same(result, run(PLAIN))
    assert not same(result, run(PLAIN, seed=18))
    for name in result.data_vars:
        wrong = result.copy(deep=True)
        wrong[name].values.flat[-1] -= 1
        assert not same(result, wrong), name


def test_the_comparisons_of_laws_and_of_chances_can_fail() -> None:
    other = {**PLAIN, "turnout": {"baseline": 0.51}}
    for compare in (assert_same_law, assert_same_chances):
        compare(PLAIN, copy.deepcopy(PLAIN))
        with pytest.raises(AssertionError):
            compare(PLAIN, other)


def test_groups_with_luck_of_their_own_are_not_alike() -> None:
    grouped = {"model": "cells", "regions": {"p": 5_000}, "traits": {"age": {"young": 0.9, "old": 0.1}}}
    turnout = {"baseline": 0.5, "swing": {"group": 3.0}}
    scenario = {**PLAIN, "electorate": grouped, "turnout": turnout, "voters": {"baseline": {"a": 1.0, "b": 0.0}}}
    twins = twinned(copy.deepcopy(scenario))
    with pytest.raises(AssertionError):
        assert_same_chances(scenario, twins)
    with pytest.raises(AssertionError):
        assert_same_law(scenario, twins, 4_000)

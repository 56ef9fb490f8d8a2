"""What holds for electorates of groups, on generated scenarios."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from strategies import grouped, scenarios
from test_election_properties import quick, run, same

from sim.results.contract import check


@quick
@given(grouped())
def test_groups_add_up(scenario: dict[str, Any]) -> None:
    result = run(scenario)
    check(result)
    assert (result["group_registered"].sum("group") == result["registered"].sum("region")).all()


@quick
@given(grouped(), st.randoms(use_true_random=False))
def test_permuting_groups_traits_and_regions_permutes_the_result(scenario: dict[str, Any], random: Any) -> None:
    other = copy.deepcopy(scenario)
    random.shuffle(other["electorate"]["regions"])
    for trait, margin in other["electorate"]["traits"].items():
        other["electorate"]["traits"][trait] = _shuffled(margin, random)
    other["electorate"]["traits"] = _shuffled(other["electorate"]["traits"], random)
    random.shuffle(other["voters"]["baseline"])
    a, b = run(scenario), run(other)
    traits = [f"group_{trait}" for trait in scenario["electorate"]["traits"]]
    names = ["/".join(values) for values in zip(*(b[trait].values.astype(str) for trait in traits))]
    assert same(a, b.assign_coords(group=names))


def _shuffled(table: dict[str, Any], random: Any) -> dict[str, Any]:
    rows = list(table.items())
    random.shuffle(rows)
    return dict(rows)


def assert_same_law(a: Any, b: Any, draws: int) -> None:
    """Totals of two results agree: means within 5.5 standard errors, distributions by Kolmogorov and Smirnov."""
    for name in ("ballots_cast", "invalid_ballots", "votes"):
        dims = [dim for dim in a[name].dims if dim == "region"]
        x, y = (ds[name].sum(dims).transpose("draw", ...).values.reshape(draws, -1).astype(float) for ds in (a, b))
        for one, two in zip(x.T, y.T):
            error = np.sqrt((one.var() + two.var()) / draws)
            assert abs(one.mean() - two.mean()) <= 5.5 * error + 1e-9, name
            assert stats.ks_2samp(one, two, method="asymp").pvalue > 1e-7, name


@quick
@given(scenarios())
def test_groups_that_are_all_alike_are_no_groups(scenario: dict[str, Any]) -> None:
    draws = 400
    other = copy.deepcopy(scenario)
    other["electorate"] |= {
        "model": "cells",
        "traits": {"age": {"young": 0.3, "old": 0.7}, "sex": {"f": 0.5, "m": 0.5}},
    }
    assert_same_law(run(scenario, draws), run(other, draws, seed=18), draws)


@quick
@given(grouped())
def test_merging_two_groups_that_are_alike(scenario: dict[str, Any]) -> None:
    draws = 400
    values = list(scenario["electorate"]["traits"]["age"].items())
    twins = copy.deepcopy(scenario)
    (name, share), *rest = values
    twins["electorate"]["traits"]["age"] = {f"{name}1": 0.25 * share, f"{name}2": 0.75 * share, **dict(rest)}

    def doubled(key: str) -> list[str]:
        words = key.split("/")
        return ["/".join(f"{w}{i}" if w == name else w for w in words) for i in (1, 2)] if name in words else [key]

    rows = scenario["voters"]["baseline"]
    twins["voters"]["baseline"] = [{**row, "group": key} for row in rows for key in doubled(row["group"])]
    for place, field in ((twins["turnout"], "baseline"), (twins["turnout"].get("terms", {}), "far")):
        if isinstance(place.get(field), dict):
            place[field] = {new: value for key, value in place[field].items() for new in doubled(key)}
    assert_same_law(run(scenario, draws), run(twins, draws, seed=18), draws)


def test_the_comparison_of_laws_can_fail() -> None:
    scenario = {
        "title": "t",
        "electorate": {"regions": {"p": 5_000}},
        "ballot": {"options": {"a": None, "b": None}},
        "voters": {"baseline": {"a": 0.5, "b": 0.5}},
        "turnout": {"baseline": 0.5},
        "rules": {"it": {"model": "plurality"}},
    }
    other = copy.deepcopy(scenario)
    other["turnout"]["baseline"] = 0.51
    assert_same_law(run(scenario, 400), run(scenario, 400, seed=2), 400)
    with pytest.raises(AssertionError):
        assert_same_law(run(scenario, 400), run(other, 400), 400)

"""Voters one by one follow the law of the same voters counted by group."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim

sys.path.insert(0, str(Path(__file__).parents[2] / "reference"))
import comparison

DRAWS = 20_000
SCENARIO: dict[str, Any] = {
    "title": "one by one",
    "electorate": {
        "model": "individuals",
        "regions": {"p": 60, "q": 31},
        "traits": {"age": {"young": 0.4, "old": 0.6}, "sex": {"f": 0.5, "m": 0.5}},
        "joint": {
            "both": [
                {"age": "young", "sex": "f", "people": 0.3},
                {"age": "young", "sex": "m", "people": 0.1},
                {"age": "old", "sex": "f", "people": 0.2},
                {"age": "old", "sex": "m", "people": 0.4},
            ]
        },
    },
    "ballot": {"options": {"a": None, "b": None, "c": None}, "invalid": {"share": {"default": 0.1, "old": 0.2}}},
    "voters": {
        "baseline": [
            {"group": "default", "a": 0.5, "b": 0.3, "c": 0.2},
            {"group": "young", "a": 0.2, "b": 0.5, "c": 0.3},
        ],
        "swing": {"national": 0.3, "group": 0.2},
        "overdispersion": {"region": 0.02},
    },
    "turnout": {"baseline": {"default": 0.6, "old": 0.8}, "swing": {"regional": 0.3}},
    "rules": {"it": {"model": "two_round", "runoff": {"turnout": -0.3}}},
}


def features(scenario: dict[str, Any], seed: int) -> dict[str, np.ndarray]:
    return comparison.features(sim.run(sim.loads(json.dumps(scenario)), draws=DRAWS, seed=seed))


def agree(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    # In a second round the invalid ballots are those of the same persons.
    found = [(size, what) for size, what in comparison.differences(one, other) if "runoff invalid" not in what]
    size, what = found[0]
    assert size <= comparison.limit(len(found)), what


def test_the_same_law_as_counted_by_group() -> None:
    counted = copy.deepcopy(SCENARIO)
    counted["electorate"]["model"] = "cells"
    agree(features(SCENARIO, 1), features(counted, 2))


def test_the_comparison_sees_another_group() -> None:
    other = copy.deepcopy(SCENARIO)
    other["electorate"]["model"] = "cells"
    other["voters"]["baseline"][1] = {"group": "young", "a": 0.24, "b": 0.46, "c": 0.3}
    found = comparison.differences(features(SCENARIO, 1), features(other, 2))
    assert found[0][0] > comparison.limit(len(found))


def test_one_more_region_changes_no_other() -> None:
    more = copy.deepcopy(SCENARIO)
    more["electorate"]["regions"]["aa"] = 17
    few, many = (sim.run(sim.loads(json.dumps(s)), draws=200, seed=3) for s in (SCENARIO, more))
    for name in ("registered", "ballots_cast", "invalid_ballots", "votes"):
        assert np.array_equal(few[name], many[name].sel(region=["p", "q"]))


def test_without_groups_regions_swing_as_wholes() -> None:
    """The regional luck is one number a region, not one a voter."""
    plain = copy.deepcopy(SCENARIO)
    del plain["electorate"]["traits"], plain["electorate"]["joint"]
    plain["electorate"]["regions"] = {"p": 400, "q": 300}
    plain["voters"] = {"baseline": {"a": 0.5, "b": 0.3, "c": 0.2}, "swing": {"regional": 0.5}}
    plain["turnout"] = {"baseline": 0.6, "swing": {"regional": 0.5}}
    plain["ballot"]["invalid"] = 0.1
    counted = copy.deepcopy(plain)
    counted["electorate"] = {"regions": plain["electorate"]["regions"]}
    agree(features(plain, 1), features(counted, 2))


@pytest.mark.parametrize("ballot", ["single_choice", "ranked"])
@pytest.mark.parametrize("registers", [{"p": 1, "q": 7}, {"p": 2, "q": 0}])
def test_as_many_voters_as_groups_of_regions_or_as_regions(registers: dict[str, int], ballot: str) -> None:
    """What is counted by voter and what is counted by stratum have then the same size."""
    few = copy.deepcopy(SCENARIO)
    few["electorate"]["regions"] = registers
    few["ballot"]["model"] = ballot
    few["turnout"] = {"model": "fixed", "baseline": 1.0}
    few["voters"] = {"model": "plackett_luce", "weights": {"a": 1.0, "b": 0.0, "c": 0.0}}
    few["ballot"]["invalid"] = 0.0
    result = sim.run(sim.loads(json.dumps(few)), draws=5, seed=1)
    for name in ("registered", "ballots_cast"):
        assert (result[name] == list(registers.values())).all()
    assert (result["votes"].sel(option="a") == result["registered"]).all()

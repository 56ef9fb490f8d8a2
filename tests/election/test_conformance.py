"""What holds for every registered part."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.election.part import STAGES, Part, parts
from sim.testing import PLAIN, check_part

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
from fields_of_parts import RULES_ON_BALLOTS, all_parts, fields_below

PARTS = all_parts()

#: Where the law of each part is tested against something that is not the code.
STATISTICAL_TESTS = {
    "electorate:table": ("reference/test_reference.py", "statistical/test_registers.py"),
    "electorate:individuals": ("election/electorate/test_individuals.py", "election/test_space.py"),
    "electorate:cells": ("reference/test_reference.py", "election/electorate/test_cells.py"),
    "voters:logit": ("reference/test_reference.py", "statistical/test_swings.py", "statistical/test_centring.py"),
    "turnout:logit": (
        "reference/test_reference.py",
        "statistical/test_swings.py",
        "statistical/test_centring.py",
        "statistical/test_turnout_terms.py",
    ),
    "voters:national_swing": ("reference/test_reference.py", "election/test_national_swing.py"),
    "voters:impartial_culture": ("reference/test_reference.py", "election/test_cultures.py"),
    "voters:anonymous_culture": ("reference/test_reference.py", "election/test_cultures.py"),
    "voters:urn": ("reference/test_reference.py", "election/test_cultures.py"),
    "voters:mallows": ("reference/test_reference.py", "election/test_cultures.py"),
    "voters:plackett_luce": ("reference/test_reference.py", "election/test_cultures.py"),
    "voters:nested_logit": ("reference/test_reference.py", "election/test_voter_models.py"),
    "voters:mixed_logit": ("reference/test_reference.py", "election/test_voter_models.py"),
    "voters:probit": ("reference/test_reference.py", "election/test_voter_models.py"),
    "voters:spatial": ("reference/test_reference.py", "election/test_voter_models.py"),
    "voters:transfer": ("reference/test_reference.py", "election/test_voter_models.py"),
    "turnout:fixed": ("reference/test_reference.py",),
    "turnout:beta": ("reference/test_reference.py", "statistical/test_turnout_laws.py"),
    "ballot:single_choice": ("reference/test_reference.py", "statistical/test_counts_laws.py"),
    "ballot:ranked": ("reference/test_reference.py", "election/test_cultures.py", "election/test_rankings.py"),
    "ballot:score": ("election/test_score_ballots.py",),
    "ballot:approval": ("election/test_score_ballots.py",),
    **{f"rules:{model}": ("election/test_ballot_rules_brute_force.py",) for model in RULES_ON_BALLOTS},
    "rules:plurality": ("reference/test_reference.py", "election/test_rules_brute_force.py"),
    **dict.fromkeys(
        ("rules:districts", "rules:electoral_college", "rules:mixed_parallel", "rules:mixed_compensatory"),
        ("election/rules/test_district_rules.py", "election/rules/test_district_cases.py"),
    ),
    "rules:two_round": (
        "reference/test_reference.py",
        "election/test_rules_brute_force.py",
        "election/test_second_round.py",
    ),
    "rules:single_transferable_vote": ("election/rules/test_transferable.py",),
    "rules:proportional_approval": ("election/rules/test_several_seats.py",),
    "rules:limited_vote": ("election/rules/test_several_seats.py",),
    "rules:block_vote": ("election/rules/test_several_seats.py",),
    "rules:cumulative": ("election/rules/test_several_seats.py",),
}


def of(cls: type[Part]) -> str:
    return f"{cls.stage}:{cls.model}"


each_part = pytest.mark.parametrize("cls", PARTS, ids=of)


def scenario_with(cls: type[Part]) -> dict[str, Any]:
    body = {"model": cls.model, **copy.deepcopy(dict(cls.example))}
    return {**copy.deepcopy(PLAIN), cls.stage: {"it": body} if cls.stage == "rules" else body}


def test_parts_are_found() -> None:
    assert {of(cls) for cls in PARTS} >= set(STATISTICAL_TESTS)
    assert {cls.stage for cls in PARTS} <= set(STAGES)
    for stage in STAGES:
        assert sum(cls.default for cls in parts(stage).values()) <= 1


@each_part
def test_has_a_statistical_test(cls: type[Part]) -> None:
    named = STATISTICAL_TESTS.get(of(cls), ())
    assert named, f"{of(cls)} has no statistical test; name one in STATISTICAL_TESTS"
    for name in named:
        assert (Path(__file__).parents[1] / name).is_file(), name


@each_part
def test_conforms(cls: type[Part]) -> None:
    check_part(cls)


@each_part
def test_says_its_formula(cls: type[Part]) -> None:
    formula = any(sign in (cls.__doc__ or "") for sign in ("=", "~", "Σ", "exp("))
    assert formula or of(cls) == "rules:plurality", "the docstring holds no formula"


@each_part
def test_has_fields(cls: type[Part]) -> None:
    # All orders alike leaves nothing to say.
    assert list(fields_below(cls, of(cls))) or of(cls) == "voters:impartial_culture"


@each_part
def test_round_trip_can_fail(cls: type[Part]) -> None:
    made = cls.model_validate(copy.deepcopy(dict(cls.example)))
    other = {
        "electorate:table": {"regions": [{"region": "north", "registered": 601}]},
        "rules:plurality": {"ties": "order"},
        "rules:two_round": {"majority": 0.4},
        "rules:single_transferable_vote": {"method": "meek"},
        "rules:proportional_approval": {"method": "sequential"},
        "rules:limited_vote": {"seats": 2},
        "rules:block_vote": {"seats": 2},
        "rules:cumulative": {"votes": 2},
    }.get(of(cls), {})
    if other:
        assert cls.model_validate({**cls.example, **other}) != made


@each_part
def test_unknown_names_are_refused(cls: type[Part]) -> None:
    body = scenario_with(cls)
    part = body["rules"]["it"] if cls.stage == "rules" else body[cls.stage]
    part["moddel"] = 1
    with pytest.raises(sim.ScenarioError, match="moddel"):
        sim.loads(json.dumps(body))

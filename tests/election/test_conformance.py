"""What holds for every registered part."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import sim
from sim.election.part import STAGES, Part, parts

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
from fields_of_parts import all_parts, fields_below

PARTS = all_parts()

#: Where the law of each part is tested against something that is not the code.
STATISTICAL_TESTS = {
    "electorate:table": ("reference/test_reference.py", "statistical/test_registers.py"),
    "voters:logit": ("reference/test_reference.py", "statistical/test_swings.py", "statistical/test_centring.py"),
    "turnout:logit": ("reference/test_reference.py", "statistical/test_swings.py", "statistical/test_centring.py"),
    "turnout:fixed": ("reference/test_reference.py",),
    "turnout:beta": ("reference/test_reference.py", "statistical/test_turnout_laws.py"),
    "ballot:single_choice": ("reference/test_reference.py", "statistical/test_counts_laws.py"),
    "rules:plurality": ("reference/test_reference.py", "election/test_rules_brute_force.py"),
    "rules:two_round": (
        "reference/test_reference.py",
        "election/test_rules_brute_force.py",
        "election/test_second_round.py",
    ),
}

PLAIN: dict[str, Any] = {
    "title": "plain",
    "electorate": {"regions": {"north": 600, "south": 400}},
    "ballot": {"options": {"a": None, "b": None}},
    "voters": {"baseline": {"a": 0.6, "b": 0.4}},
    "turnout": {"baseline": 0.6},
    "rules": {"it": {"model": "plurality"}},
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
def test_says_what_it_is(cls: type[Part]) -> None:
    assert len(cls.__doc__ or "") > 80
    formula = any(sign in (cls.__doc__ or "") for sign in ("=", "~", "Σ", "exp("))
    assert formula or of(cls) == "rules:plurality", "the docstring holds no formula"
    assert cls.reference
    for variable in cls.outputs:
        assert variable.meaning


@each_part
def test_every_field_is_described(cls: type[Part]) -> None:
    fields = list(fields_below(cls, of(cls)))
    assert [path for path, field in fields if not field.description] == []
    assert fields


@each_part
def test_example_builds_runs_and_comes_back(cls: type[Part]) -> None:
    made = cls.model_validate(copy.deepcopy(dict(cls.example)))
    for mode in ("json", "python"):
        again = cls.model_validate(made.model_dump(mode=mode, by_alias=True))
        assert again == made
        assert again.model_dump(mode="json") == made.model_dump(mode="json")
    scenario = sim.loads(json.dumps(scenario_with(cls)))
    result = sim.run(scenario, draws=64, seed=1)
    for variable in cls.outputs:
        assert variable.name in result or variable.dims[0] == "draw?"
    assert sim.loads(scenario.to_yaml()) == scenario


@each_part
def test_is_frozen_and_closed(cls: type[Part]) -> None:
    made = cls.model_validate(copy.deepcopy(dict(cls.example)))
    name = next(iter(cls.model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(made, name, None)
    with pytest.raises(ValidationError, match="no_such_field"):
        cls.model_validate({**cls.example, "no_such_field": 1})


@each_part
def test_leaves_its_input_alone(cls: type[Part]) -> None:
    body = copy.deepcopy(dict(cls.example))
    made = cls.model_validate(body)
    assert body == dict(cls.example)
    before = made.model_dump_json()
    scenario = sim.loads(json.dumps(scenario_with(cls)))
    first = sim.run(scenario, draws=64, seed=1)
    again = sim.run(scenario, draws=64, seed=1)
    assert made.model_dump_json() == before
    assert first.equals(again)


@each_part
def test_round_trip_can_fail(cls: type[Part]) -> None:
    made = cls.model_validate(copy.deepcopy(dict(cls.example)))
    other = {
        "electorate:table": {"regions": [{"region": "north", "registered": 601}]},
        "rules:plurality": {"ties": "order"},
        "rules:two_round": {"majority": 0.4},
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

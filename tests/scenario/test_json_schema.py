"""The JSON Schema takes what the loader takes, and describes every key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

import sim
from sim.election.part import STAGES, parts
from sim.scenario.reader import read_yaml
from sim.scenario.validate import KEYS

CORPUS = Path(__file__).parents[1] / "corpus"
VALID = sorted((CORPUS / "valid").glob("*.yaml"))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = sim.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def written(file: Path) -> Any:
    return read_yaml(file.read_text(encoding="utf-8-sig"), file.name).plain()


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_valid_files_fit(file: Path, validator: jsonschema.Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(written(file))] == []
    assert [error.message for error in validator.iter_errors(sim.load(file).resolved())] == []


@pytest.mark.parametrize(
    "name",
    [
        "unknown_keys", "missing_keys", "missing_inside", "percent", "draws_zero", "draws_too_many",
        "wrong_model", "missing_model", "rules_without_contest",
        "sections_not_mappings", "dates", "bad_colour", "variant_faults", "empty_sections", "a_list",
    ],
)  # fmt: skip
def test_invalid_files_do_not_fit(name: str, validator: jsonschema.Draft202012Validator) -> None:
    assert not validator.is_valid(written(CORPUS / "invalid" / f"{name}.yaml"))


@pytest.mark.parametrize(
    "plain, fits",
    [
        ({"extends": "b.yaml"}, True),
        ({"extends": "b.yaml", "voters": {"swing": {"national": 0.2}}}, True),
        ({"extends": "b.yaml", "voters": None, "observed": None, "turnout": {"swing": None}}, True),
        ({"extends": "b.yaml", "voters": {"swing": {"nationl": 0.2}}}, False),
        ({"extends": "b.yaml", "rules": {"mayor": {"ties": "lot"}}}, True),
        ({"extends": "b.yaml", "rules": {"mayor": {"model": "plurality", "majority": 0.5}}}, False),
        ({"extends": 5}, False),
        ({"voters": {"swing": {"national": 0.2}}}, False),
    ],
)
def test_partial_files(plain: Any, fits: bool, validator: jsonschema.Draft202012Validator) -> None:
    assert validator.is_valid(plain) is fits


def test_every_part_and_key_is_described() -> None:
    schema = sim.schema()
    assert set(schema["properties"]) == set(KEYS)
    for stage in STAGES:
        for name, cls in parts(stage).items():
            body = schema["$defs"][f"{stage}.{name}"]
            assert body["properties"]["model"]["const"] == name
            assert body["additionalProperties"] is False
            assert set(body["properties"]) == {"model", *(f.alias or n for n, f in cls.model_fields.items())}
    for where, body in schema["$defs"].items():
        for key, one in body.get("properties", {}).items():
            assert one.get("description") or where == "distribution", (where, key)

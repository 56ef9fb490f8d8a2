"""The JSON Schema of scenario files, made from the parts themselves, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from sim.election.contests import PAPER
from sim.election.part import STAGES, Part, parts
from sim.scenario.settings import Observation, RunSettings
from sim.scenario.validate import KEYS, REQUIRED

__all__ = ["schema"]

Schema = dict[str, Any]

_TABLE: Schema = {"type": "string", "pattern": r"\.csv$", "description": "name of a table in this folder"}
_DISTRIBUTION = "a number drawn once per draw"
_PARTIAL = ".partial"


def schema() -> Schema:
    """Return the schema (draft 2020-12) of a whole scenario file.

    Each section is one of the parts of its stage; a file that extends another may leave out what it does not
    change, and may set an entry to null to remove it.
    """
    definitions: dict[str, Schema] = {}
    strict = {key: _entry(key, definitions) for key in KEYS}
    whole = {key: {**strict[key], "description": meaning} for key, meaning in KEYS.items()}
    partial = {key: _nullable(_partial(one)) for key, one in whole.items() if key != "extends"}
    loose = {name + _PARTIAL: _partial(one) for name, one in definitions.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sailau scenario",
        "type": "object",
        "properties": {key: {"description": meaning} for key, meaning in KEYS.items()},
        "additionalProperties": False,
        "if": {"required": ["extends"]},
        "then": {"properties": {"extends": whole["extends"], **partial}},
        "else": {"properties": whole, "required": list(REQUIRED)},
        "$defs": {**definitions, **loose, "distribution": _distribution()},
    }


def _entry(key: str, definitions: dict[str, Schema]) -> Schema:
    if key == "date":
        return {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}
    if key == "title":
        return {"type": "string", "minLength": 1}
    if key in ("note", "extends"):
        return {"type": "string"}
    if key == "run":
        return _defined("run", RunSettings, definitions)
    if key == "observed":
        return {"anyOf": [_TABLE, {"type": "array", "items": _defined("observed", Observation, definitions)}]}
    if key == "fit":
        return {"type": "object", "additionalProperties": {"$ref": "#/$defs/distribution"}}
    if key == "contests":
        paper = {stage: _entry(stage, definitions) for stage in PAPER}
        body = {"type": "object", "properties": paper, "required": list(PAPER), "additionalProperties": False}
        return {"type": "object", "additionalProperties": body, "minProperties": 1}
    assert key in STAGES
    options = [_part(key, name, one, definitions) for name, one in parts(key).items()]
    section: Schema = {"oneOf": options} if options else {"not": {}}
    if key == "rules":
        return {"type": "object", "additionalProperties": section, "minProperties": 1}
    return section


def _part(stage: str, name: str, cls: type[Part], definitions: dict[str, Schema]) -> Schema:
    where = f"{stage}.{name}"
    _defined(where, cls, definitions)
    body = definitions[where]
    meaning = (cls.__doc__ or "").strip().split("\n")[0]
    body["description"] = meaning
    body["properties"] = {"model": {"const": name, "description": meaning}, **body.get("properties", {})}
    if not cls.default:
        body["required"] = ["model", *body.get("required", [])]
    return {"$ref": f"#/$defs/{where}"}


def _defined(where: str, cls: type[BaseModel], definitions: dict[str, Schema]) -> Schema:
    body = cls.model_json_schema(schema_generator=_Generator, ref_template=f"#/$defs/{where}.{{model}}")
    for name, one in body.pop("$defs", {}).items():
        definitions[f"{where}.{name}"] = _shared(one)
    body.setdefault("additionalProperties", False)
    definitions[where] = _shared(body)
    return {"$ref": f"#/$defs/{where}"}


class _Generator(GenerateJsonSchema):
    """What may be written, which is more than what is kept: tables by name, short forms."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """Accept anything besides, where a part reads short forms that it does not declare."""
        made = super().function_before_schema(schema)
        return made if schema.get("json_schema_input_schema") else {"anyOf": [made, {}]}

    def tuple_schema(self, schema: core_schema.TupleSchema) -> JsonSchemaValue:
        """Accept the name of a table for rows."""
        return self._or_table(super().tuple_schema(schema))

    def list_schema(self, schema: core_schema.ListSchema) -> JsonSchemaValue:
        """Accept the name of a table for rows."""
        return self._or_table(super().list_schema(schema))

    def _or_table(self, made: JsonSchemaValue) -> JsonSchemaValue:
        return {"anyOf": [made, _TABLE]} if "$ref" in made.get("items", {}) else made


def _shared(value: Any) -> Any:
    """Put a reference in the place of each copy of the schema of a distribution, drop made-up titles."""
    if isinstance(value, list):
        return [_shared(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("description") == _DISTRIBUTION and "properties" in value:
        return {"$ref": "#/$defs/distribution"}
    return {key: _shared(item) for key, item in value.items() if key != "title" or not isinstance(item, str)}


def _distribution() -> Schema:
    from sim.election.quantities import quantity

    class Number(BaseModel):
        value: quantity()  # type: ignore[valid-type]

    made: Schema = Number.model_json_schema()["properties"]["value"]["anyOf"][1]
    assert made["description"] == _DISTRIBUTION
    return made


def _partial(value: Any) -> Any:
    """Return the schema of a part of what another one describes."""
    if isinstance(value, list):
        return [_partial(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    out = {key: _partial(item) for key, item in value.items() if key not in ("required", "minProperties")}
    out.pop("maxProperties", None)
    if isinstance(out.get("$ref"), str) and out["$ref"] != "#/$defs/distribution":
        out["$ref"] += _PARTIAL
    if "oneOf" in out:
        out["anyOf"] = out.pop("oneOf")
    if isinstance(value.get("properties"), Mapping) and "additionalProperties" in value:
        out["properties"] = {key: _nullable(_partial(item)) for key, item in value["properties"].items()}
    elif isinstance(value.get("additionalProperties"), Mapping):
        out["additionalProperties"] = _nullable(_partial(value["additionalProperties"]))
    return out


def _nullable(one: Schema) -> Schema:
    if "const" in one:
        return one
    described = {"description": one["description"]} if "description" in one else {}
    return {
        "anyOf": [{key: item for key, item in one.items() if key != "description"}, {"type": "null"}],
        **described,
    }

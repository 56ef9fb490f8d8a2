"""The pydantic types of quantities: what a part writes behind the colon of a field."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from sim.election.quantities.distribution import FAMILIES, NOTES, plain_value, read_value
from sim.election.quantities.keyed import read_keyed
from sim.election.quantities.numbers import Bounds
from sim.election.quantities.shares import read_shares

__all__ = ["per_group", "per_option", "per_region", "per_stratum", "quantity", "shares"]


_DISTRIBUTION_SCHEMA = {
    "type": "object",
    "description": "a number drawn once per draw",
    "properties": {
        **{
            name: {"type": "array", "description": f"[{', '.join(f.parameters)}]: {f.formula}"}
            for name, f in FAMILIES.items()
        },
        "within": {"type": "array", "description": "[low, high]: truncate to this interval"},
        **{name: {"type": "string"} for name in NOTES},
    },
    "additionalProperties": False,
    "minProperties": 1,
}


def _number_schema(bounds: Bounds) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "number"}
    if math.isfinite(bounds.low):
        schema["minimum"] = bounds.low
    if math.isfinite(bounds.high):
        schema["maximum"] = bounds.high
    return {"anyOf": [schema, _DISTRIBUTION_SCHEMA]}


def quantity(low: float = -math.inf, high: float = math.inf) -> Any:
    """Return the type of a number in [low, high] that may be a distribution."""
    bounds = Bounds(low, high)
    return Annotated[
        Any,
        PlainValidator(lambda value: read_value(value, bounds)),
        PlainSerializer(plain_value),
        WithJsonSchema(_number_schema(bounds)),
    ]


def _keyed_type(kind: str, bounds: Bounds, columns: tuple[str, ...] = ()) -> Any:
    one = _number_schema(bounds)
    keys = columns or (kind,)
    places = " or ".join(keys)
    schema = {
        "anyOf": [
            *one["anyOf"],
            {
                "type": "object",
                "additionalProperties": one,
                "description": f"{places}: value, and 'default'",
            },
            {
                "type": "string",
                "pattern": r"\.csv$",
                "description": f"table with the columns {' and/or '.join(map(repr, keys))} and 'value'",
            },
            {"type": "array", "items": {"type": "object"}},
        ]
    }
    return Annotated[
        Any,
        PlainValidator(lambda value: read_keyed(value, kind, bounds, keys)),
        PlainSerializer(plain_value),
        WithJsonSchema(schema),
    ]


def per_region(low: float = -math.inf, high: float = math.inf) -> Any:
    """Return the type of a number, or one per region (mapping or table)."""
    return _keyed_type("region", Bounds(low, high))


def per_stratum(low: float = -math.inf, high: float = math.inf) -> Any:
    """Return the type of a number, or one per region, group or both (mapping or table)."""
    return _keyed_type("region", Bounds(low, high), ("region", "group"))


def per_group(low: float = -math.inf, high: float = math.inf) -> Any:
    """Return the type of a number, or one per group (mapping or table)."""
    return _keyed_type("group", Bounds(low, high))


def per_option(low: float = -math.inf, high: float = math.inf) -> Any:
    """Return the type of a number, or one per option (mapping or table)."""
    return _keyed_type("option", Bounds(low, high))


def shares() -> Any:
    """Return the type of a set of shares that sums to one, national or by region, group or both."""
    return Annotated[
        Any,
        PlainValidator(read_shares),
        PlainSerializer(plain_value),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "object", "additionalProperties": _number_schema(Bounds(0, 1))},
                    {"type": "string", "pattern": r"\.csv$"},
                    {"type": "array", "items": {"type": "object"}},
                ]
            }
        ),
    ]

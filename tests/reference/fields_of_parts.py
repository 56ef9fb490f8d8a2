"""Every field that a user may write in a part, by walking the models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from sim.election.part import STAGES, Part, parts

#: Fields that describe and are not meant to move a number.
DESCRIPTIVE = frozenset(
    f"electorate:{model}/regions/{field}"
    for model in ("table", "cells")
    for field in ("region", "name", "kind", "tile_column", "tile_row", "source", "standing", "note")
) | frozenset(
    f"ballot:{model}/options/{field}"
    for model in ("single_choice", "ranked")
    for field in ("name", "incumbent", "colour", "note")
)


def all_parts() -> list[type[Part]]:
    return [cls for stage in STAGES for cls in parts(stage).values() if cls.__module__.startswith("sim.")]


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for item in get_args(annotation):
        yield from models_in(item)


def fields_below(model: type[BaseModel], path: str) -> Iterator[tuple[str, Any]]:
    """Yield (path, field) of all fields, those of inner models in the place of the field that holds them."""
    for name, field in model.model_fields.items():
        inner = list(models_in(field.annotation))
        if not inner:
            yield f"{path}/{name}", field
        for one in inner:
            yield from fields_below(one, f"{path}/{name}")


def field_paths() -> list[str]:
    return [path for cls in all_parts() for path, _ in fields_below(cls, f"{cls.stage}:{cls.model}")]

"""What the validator took for another type than was written: text for a number, true for 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.functional_validators import BeforeValidator, PlainValidator, WrapValidator

from sim.election.quantities.numbers import show_value

__all__ = ["coerced"]

Path = tuple[str | int, ...]

_KINDS = ((bool, "true or false"), (int, "a number"), (float, "a number"), (str, "text"))


def coerced(body: Any, made: Any, path: Path = (), free: bool = False) -> Iterator[tuple[Path, str]]:
    """Yield (path, message) for every value that was read as another type than it has.

    Parameters
    ----------
    body
        What was written.
    made
        What the validator made of it.
    path
        Where it stands.
    free
        True where a field reads what is written in a way of its own, so that types may differ.
    """
    if isinstance(made, BaseModel) and isinstance(body, Mapping):
        cls = type(made)
        for name, field in cls.model_fields.items():
            key = field.alias or name
            if key in body:
                yield from coerced(body[key], getattr(made, name), (*path, key), _reads_freely(cls, name))
    elif isinstance(made, Mapping) and isinstance(body, Mapping):
        for key in body.keys() & made.keys():
            yield from coerced(body[key], made[key], (*path, key), free)
    elif isinstance(made, list | tuple) and isinstance(body, list) and len(body) == len(made):
        for i, (item, one) in enumerate(zip(body, made)):
            yield from coerced(item, one, (*path, i), free)
    elif not free:
        wanted, found = _kind(made), _kind(body)
        if wanted and found and wanted != found:
            yield path, f"expected {wanted}, got {show_value(body)}"


def _reads_freely(cls: type[BaseModel], name: str) -> bool:
    own = (BeforeValidator, PlainValidator, WrapValidator)
    if any(isinstance(one, own) for one in cls.model_fields[name].metadata):
        return True
    decorated = cls.__pydantic_decorators__.field_validators.values()
    return any(name in one.info.fields and one.info.mode != "after" for one in decorated)


def _kind(value: Any) -> str:
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "")

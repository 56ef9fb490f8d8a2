"""Turn what the validator says into faults in our own words, each with its place."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.election.quantities import Faults
from sim.election.quantities.numbers import near, show_value
from sim.errors import Fault
from sim.scenario.nodes import Node, fault, find

__all__ = ["keys_of", "translate"]

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class _Told:
    """One fault on its way: its path in the tree, the alternative it belongs to, and the words."""

    path: Loc
    branch: Loc
    fault: Fault


def translate(error: ValidationError, cls: type[BaseModel], root: Node, prefix: Loc) -> list[Fault]:
    """Return the faults of a section.

    Parameters
    ----------
    error
        What the validator raised.
    cls
        The class of the section.
    root
        The whole scenario.
    prefix
        Path of the section in it.
    """
    told: list[_Told] = []
    errors = error.errors(include_url=False)
    for one in errors:
        if one["type"] == "too_short" and _has_below(one["loc"], errors):
            continue  # only because its entries are wrong
        told.extend(_tell(one, cls, root, prefix))
    return list(_without_alternatives(told))


def _has_below(loc: Loc, errors: Sequence[Any]) -> bool:
    return any(len(one["loc"]) > len(loc) and one["loc"][: len(loc)] == loc for one in errors)


def _tell(one: Any, cls: type[BaseModel], root: Node, prefix: Loc) -> Iterator[_Told]:
    loc: Loc = tuple(one["loc"])
    at = find(root, (*prefix, *loc))
    if at.node.written and at.node.value is None:
        return  # the table could not be read, which is told elsewhere
    raised = one.get("ctx", {}).get("error")
    if isinstance(raised, Faults):
        for below, message in raised.faults:
            yield _place(root, prefix, (*loc, *below), message)
        return
    kind = one["type"]
    if kind == "missing":
        yield _place(root, prefix, loc[:-1], _missing(str(loc[-1]), models_at(cls, loc[:-1])), own=True)
    elif kind == "extra_forbidden":
        yield _place(root, prefix, loc, _unknown(str(loc[-1]), models_at(cls, loc[:-1])), key=True)
    else:
        yield _place(root, prefix, loc, _words(one))


def _place(root: Node, prefix: Loc, loc: Loc, message: str, key: bool = False, own: bool = False) -> _Told:
    at = find(root, (*prefix, *loc))
    mark = at.mark
    if (key or own) and at.node.key is not None and mark == at.node.mark:
        mark = at.node.key
    path = at.path if len(at.path) >= len(prefix) else prefix
    skipped = tuple(step for step in loc if step not in path)
    return _Told(path, skipped, fault(mark, path, message))


def _without_alternatives(told: Sequence[_Told]) -> Iterator[Fault]:
    """Where a value may be one of several things, keep the faults of the alternative that came furthest."""
    groups: dict[tuple[Loc, str], list[_Told]] = {}
    for one in told:
        groups.setdefault((one.path, ""), []).append(one)
    deepest = [one.path for one in told if one.branch]
    for same in groups.values():
        first = same[0]
        if first.branch and any(
            len(path) > len(first.path) and path[: len(first.path)] == first.path for path in deepest
        ):
            continue
        if not first.branch or len({one.branch for one in same}) == 1:
            yield from (one.fault for one in same)
            continue
        yield _joined([one.fault for one in same])


def _joined(faults: list[Fault]) -> Fault:
    expected = dict.fromkeys(words for one in faults if (words := _expected(one.message)))
    got = [one.message.split(", got ", 1)[1] for one in faults if ", got " in one.message]
    first = faults[0]
    if len(expected) < 2 or not got:
        return first
    return replace(first, message=f"expected {' or '.join(expected)}, got {got[0]}")


def _expected(message: str) -> str:
    if message.startswith("expected "):
        return message.removeprefix("expected ").split(", got ")[0]
    return message.partition(" is not one of ")[2].split("; ")[0]


def keys_of(cls: type[BaseModel]) -> dict[str, str]:
    """Return what a user may write in a section: key → meaning."""
    return {field.alias or name: field.description or "" for name, field in cls.model_fields.items()}


def models_at(cls: type[BaseModel], loc: Loc) -> list[type[BaseModel]]:
    """Return the classes whose fields may stand at a path below a section."""
    found: list[type[BaseModel]] = [cls]
    own_name = False
    for step in loc:
        if own_name:  # a key of the user's own, whatever it is called
            own_name = False
            continue
        fields = [field for one in found for name, field in one.model_fields.items() if step in (name, field.alias)]
        below = [model for field in fields for model in _models_in(field.annotation)]
        if below:
            found = below
            own_name = any(typing.get_origin(field.annotation) is dict for field in fields)
        elif isinstance(step, str):
            found = [one for one in found if _is_called(one, step)] or found
    return list(dict.fromkeys(found))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models_in(inner)


def _is_called(model: type[BaseModel], name: str) -> bool:
    tags = (typing.get_args(field.annotation) for field in model.model_fields.values())
    return model.__name__ == name or any(name in tag for tag in tags)


def _missing(key: str, models: Iterable[type[BaseModel]]) -> str:
    meaning = next((keys_of(model).get(key, "") for model in models if key in keys_of(model)), "")
    return f"missing key {key!r}" + (f" ({meaning})" if meaning else "")


def _unknown(key: str, models: Iterable[type[BaseModel]]) -> str:
    known = [name for model in models for name in keys_of(model)]
    return unknown_key(key, known)


def unknown_key(key: str, known: Sequence[str]) -> str:
    """Return the words for a key that is not known."""
    known = list(dict.fromkeys(known))
    hint = near(key, known)
    allowed = f"; allowed here: {', '.join(known)}" if known and len(known) <= 12 else ""
    return f"unknown key{allowed}{hint}" if known else "unknown key; nothing may be written here"


def _bound(relation: str) -> Callable[[Any, Any], str]:
    def words(ctx: Any, value: Any) -> str:
        limit = next(iter(ctx.values()))
        shown = f"{limit:,}" if isinstance(limit, int) else f"{limit:g}"
        got = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else show_value(value)
        return f"expected a number {relation} {shown}, got {got}"

    return words


def _one_of(ctx: Any, value: Any) -> str:
    known = [word.strip("' ") for word in ctx["expected"].replace(" or ", ", ").split(", ")]
    hint = near(value, known) if isinstance(value, str) else ""
    return f"{show_value(value)} is not one of {', '.join(known)}{hint}"


def _tags(ctx: Any, value: Any) -> str:
    known = [word.strip("' ") for word in ctx["expected_tags"].split(", ")]
    return f"{ctx['tag']!r} is not one of {', '.join(known)}{near(str(ctx['tag']), known)}"


def _text(ctx: Any, value: Any) -> str:
    hint = "; put it in quotes" if isinstance(value, int | float | bool) else ""
    return f"expected text, got {show_value(value)}{hint}"


def _size(ctx: Any, value: Any) -> str:
    least, most, count = ctx.get("min_length"), ctx.get("max_length"), ctx.get("actual_length")
    limit = f"at least {least}" if least is not None else f"at most {most}"
    entries = "entry" if (least or most) == 1 else "entries"
    return f"expected {limit} {entries}, got {count or 'none'}"


def _wants(what: str) -> Callable[[Any, Any], str]:
    return lambda ctx, value: f"expected {what}, got {show_value(value)}"


def _number(what: str) -> Callable[[Any, Any], str]:
    def words(ctx: Any, value: Any) -> str:
        hint = ""
        if isinstance(value, str) and "," in value:
            hint = "; decimals are written with a point"
        elif isinstance(value, str) and value.strip().endswith("%"):
            hint = "; percentages are written as fractions"
        return f"expected {what}, got {show_value(value)}{hint}"

    return words


_WORDS: dict[str, Callable[[Any, Any], str]] = {
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), _number("a whole number")),
    **dict.fromkeys(("float_type", "float_parsing"), _number("a number")),
    "finite_number": _wants("a finite number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), _wants("true or false")),
    "string_type": _text,
    "string_too_short": _wants("some text"),
    "string_too_long": lambda ctx, value: f"expected text of at most {ctx['max_length']} characters",
    "string_pattern_mismatch": lambda ctx, value: f"{show_value(value)} does not fit the pattern {ctx['pattern']}",
    **dict.fromkeys(("literal_error", "enum"), _one_of),
    "greater_than": lambda ctx, value: _bound("above")(ctx, value),
    "greater_than_equal": lambda ctx, value: _bound("≥")(ctx, value),
    "less_than": lambda ctx, value: _bound("below")(ctx, value),
    "less_than_equal": lambda ctx, value: _bound("≤")(ctx, value),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), _wants("a list or a table")),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), _wants("a mapping")),
    **dict.fromkeys(("too_short", "too_long"), _size),
    "union_tag_invalid": _tags,
    "union_tag_not_found": lambda ctx, value: f"missing key {ctx['discriminator']}",
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        _wants("a date such as 2022-11-20"),
    ),
    **dict.fromkeys(("datetime_type", "datetime_parsing"), _wants("a date and time such as 2022-11-20T07:00")),
    **dict.fromkeys(("time_type", "time_parsing"), _wants("a time such as '07:00'")),
    "none_required": _wants("nothing"),
}


def _words(one: Any) -> str:
    kind, ctx, value = one["type"], one.get("ctx", {}), one.get("input")
    if kind in ("value_error", "assertion_error"):
        return str(ctx.get("error", one["msg"]))
    if kind in _WORDS:
        return _WORDS[kind](ctx, value)
    message = str(one["msg"])
    return f"{message[:1].lower()}{message[1:]}, got {show_value(value)}"

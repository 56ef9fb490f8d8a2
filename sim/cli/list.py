"""``sim list``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import click

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from sim.election.part import Part, Section

__all__ = ["command"]


@click.command("list")
@click.argument("name", required=False, metavar="[STAGE[.MODEL]]")
def command(name: str | None) -> None:
    """List the parts of each stage, or of one; STAGE.MODEL, e.g. voters.logit, tells what a part does."""
    from sim.election.part import STAGES, parts

    stage, _, model = (name or "").partition(".")
    if stage and stage not in STAGES:
        raise click.UsageError(f"there is no stage {stage!r}{_near(stage, STAGES)} (stages: {', '.join(STAGES)})")
    if model:
        known = parts(stage)
        if model not in known:
            names = ", ".join(known) or "none"
            raise click.UsageError(f"{stage} has no model {model!r}{_near(model, known)} (models: {names})")
        click.echo(_describe(known[model]))
        return
    stages = [stage] if stage else [one for one in STAGES if parts(one)]
    width = max((len(label) for one in stages for label in parts(one)), default=0)
    for one in stages:
        click.echo(one)
        for label, part in parts(one).items():
            first = (part.__doc__ or "").strip().splitlines()[0].rstrip(".").replace("``", "'")
            click.echo(f"  {label:{width}}  {first}{'  (default)' if part.default else ''}")
        if not parts(one):
            click.echo("  there are none yet")
    if not stage:
        click.echo("\n'sim list voters.logit' tells what a part does and which keys it has")


def _near(word: str, known: Any) -> str:
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _describe(part: type[Part]) -> str:
    import inspect

    lines = [f"{part.stage}: {{model: {part.model}}}", ""]
    lines += [inspect.cleandoc(part.__doc__ or "").replace("``", "'"), "", "keys"]
    rows = list(_keys(part))
    width = max((len(key) for key, _ in rows), default=0)
    lines += [f"  {key:{width}}  {text}".rstrip() for key, text in rows] or ["  none"]
    if part.outputs:
        width = max(len(variable.name) for variable in part.outputs)
        lines += ["", "adds to the result"]
        lines += [f"  {v.name:{width}}  {v.meaning} ({', '.join(v.dims)})" for v in part.outputs]
    if part.reference:
        lines += ["", f"source: {part.reference}"]
    return "\n".join(lines)


def _keys(section: type[Section], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (dotted key, meaning) of a section and of the sections within."""
    for key, field in section.model_fields.items():
        only = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        if len(only) == 1:
            yield f"{prefix}{key}: {only[0]}", str(field.description)
            continue
        yield prefix + key, _meaning(field)
        for below, step in _within(field.annotation):
            yield from _keys(below, f"{prefix}{key}.{step}")


def _meaning(field: FieldInfo) -> str:
    if field.is_required():
        return f"{field.description}  (required)"
    default = field.default
    shown = default.plain() if hasattr(default, "plain") else default
    if isinstance(shown, bool):
        shown = str(shown).lower()
    return f"{field.description}  [{shown}]" if isinstance(shown, int | float | str) else str(field.description)


def _within(annotation: Any) -> Iterator[tuple[type[Section], str]]:
    """Yield the sections that a type holds, and the step that leads into them: ``<name>.`` in a mapping."""
    from sim.election.part import Section

    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation, ""
        return
    keyed = {dict: "<name>.", list: "<row>.", tuple: "<row>."}.get(get_origin(annotation), "")
    for one in get_args(annotation):
        for below, step in _within(one):
            yield below, keyed + step

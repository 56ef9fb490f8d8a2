"""``sim list``."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("list")
@click.argument("name", required=False, metavar="[STAGE|STAGE.MODEL]")
def command(name: str | None) -> None:
    """List the parts of each stage; with STAGE.MODEL (e.g. voters.logit) what that part does and its keys."""
    from sim.election.part import STAGES, parts

    stage, _, model = (name or "").partition(".")
    if stage and stage not in STAGES:
        raise click.UsageError(f"there is no stage {stage!r} (stages: {', '.join(STAGES)})")
    if model:
        known = parts(stage)
        if model not in known:
            raise click.UsageError(f"{stage} has no model {model!r} (models: {', '.join(known) or 'none'})")
        click.echo(_describe(stage, known[model]))
        return
    for one in [stage] if stage else STAGES:
        click.echo(one)
        known = parts(one)
        for label, part in known.items():
            first = (part.__doc__ or "").strip().splitlines()[0]
            click.echo(f"  {label:16} {first}{'  (default)' if part.default else ''}")
        if not known:
            click.echo("  none yet")


def _describe(stage: str, part: type) -> str:
    import inspect

    from pydantic_core import PydanticUndefined

    lines = [f"{stage}: {{model: {part.model}}}", "", inspect.cleandoc(part.__doc__ or ""), "", "keys:"]  # type: ignore[attr-defined]
    for key, field in part.model_fields.items():  # type: ignore[attr-defined]
        needed = "  (required)" if field.is_required() else ""
        default = field.default
        shown = default.plain() if hasattr(default, "plain") else default
        plain = isinstance(shown, int | float | str) and default is not PydanticUndefined
        lines.append(f"  {key:16} {field.description}{needed}{f'  [{shown}]' if plain else ''}")
    if part.reference:  # type: ignore[attr-defined]
        lines += ["", f"source: {part.reference}"]  # type: ignore[attr-defined]
    return "\n".join(lines)

"""``sim schema``."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of scenario files, for editors and for checks outside."""
    import json

    from sim.scenario.schema import schema

    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False))

"""``sim summary``."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("summary")
@click.argument("result", type=click.Path())
def command(result: str) -> None:
    """Print shares, turnout and decisions in RESULT with their Monte Carlo standard errors."""
    from sim.analysis.summary import summary
    from sim.results.files import open_result

    with open_result(result) as ds:
        click.echo(str(summary(ds)))

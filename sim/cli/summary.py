"""``sim summary``."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("summary")
@click.argument("result", type=click.Path())
@click.option(
    "--by", metavar="NAMES", help="nation, region, group or traits such as age,sex; by default all but group."
)
def command(result: str, by: str | None) -> None:
    """Print shares, turnout and decisions in RESULT with their Monte Carlo standard errors."""
    from sim.analysis.summary import summary
    from sim.results.files import open_result

    with open_result(result) as ds:
        click.echo(str(summary(ds, None if by is None else [name.strip() for name in by.split(",")])))

"""``sim score``."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("score")
@click.argument("result", type=click.Path())
def command(result: str) -> None:
    """Score RESULT against its scenario's observations: CRPS, log score, coverage."""
    from sim.analysis.score import score
    from sim.results.files import open_result

    with open_result(result) as ds:
        click.echo(str(score(ds)))

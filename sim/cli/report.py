"""``sim report``."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command("report")
@click.argument("result", type=click.Path())
@click.option("--out", type=click.Path(), metavar="PAGE.html", help="Where to write; beside the result by default.")
def command(result: str, out: str | None) -> None:
    """Write RESULT as one self-contained HTML page."""
    from sim.report.page import report
    from sim.results.files import open_result

    page = Path(out) if out is not None else Path(result).with_suffix(".html")
    with open_result(result) as ds:
        report(ds, page)
    click.echo(str(page))

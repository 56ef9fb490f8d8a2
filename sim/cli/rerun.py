"""``sim rerun``."""

from __future__ import annotations

import click

from sim.cli.common import Progress

__all__ = ["command"]


@click.command("rerun")
@click.argument("result", type=click.Path())
@click.option("--threads", type=int, metavar="T", help="Threads; all processors by default.")
@click.option("--quiet", is_flag=True, help="No progress.")
def command(result: str, threads: int | None, quiet: bool) -> None:
    """Run the scenario inside RESULT again and assert that every number is the same."""
    from sim.engine.rerun import rerun
    from sim.results.files import open_result

    with open_result(result) as ds, Progress(quiet) as progress:
        names = rerun(ds, threads=threads, progress=progress)
        click.echo(f"{result}: {int(ds.attrs['draws']):,} draws, {len(names)} variables, every number the same")

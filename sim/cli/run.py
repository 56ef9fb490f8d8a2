"""``sim run``."""

from __future__ import annotations

import click

from sim.cli.common import Progress, changes_option, load

__all__ = ["command"]


@click.command("run")
@click.argument("file", type=click.Path())
@click.option("--draws", type=int, metavar="N", help="Number of draws, instead of that of the scenario.")
@click.option("--seed", type=int, metavar="S", help="Seed, instead of that of the scenario.")
@click.option("--out", type=click.Path(), metavar="R.nc|R.zarr", help="Write the result to this file, block by block.")
@click.option("--threads", type=int, metavar="T", help="Threads; all processors by default. Never changes a result.")
@click.option("--resume", is_flag=True, help="Complete the unfinished run in --out, or begin it.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@changes_option
def command(
    file: str,
    draws: int | None,
    seed: int | None,
    out: str | None,
    threads: int | None,
    resume: bool,
    quiet: bool,
    changes: tuple[str, ...],
) -> None:
    """Run the scenario in FILE and print the summary of its outcomes."""
    import time

    from sim.engine.run import run

    scenario = load(file, changes)
    begin = time.perf_counter()
    with Progress(quiet) as progress:
        result = run(scenario, draws=draws, seed=seed, threads=threads, out=out, resume=resume, progress=progress)
    seconds = time.perf_counter() - begin
    if quiet:
        return
    from sim.analysis.summary import summary

    click.echo(str(summary(result)))
    if progress.told:
        click.echo(f"{result.sizes['draw']:,} draws in {seconds:.1f} s, seed {result.attrs['seed']}", err=True)
    if out is not None:
        what = "written to" if progress.told else "nothing to resume: the run is complete in"
        click.echo(f"{what} {out}; 'sim report {out}' makes a page of it", err=True)

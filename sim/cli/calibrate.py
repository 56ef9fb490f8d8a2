"""``sim calibrate``."""

from __future__ import annotations

import click

from sim.cli.common import Progress, changes_option, load

__all__ = ["command"]


@click.command("calibrate")
@click.argument("file", type=click.Path())
@click.option("--targets", type=click.Path(), metavar="T.csv", help="Table of targets, instead of 'observed'.")
@click.option("--out", type=click.Path(), metavar="POSTERIOR.yaml", help="Write the calibrated scenario to this file.")
@click.option("--chains", type=click.Path(), metavar="C.nc", help="Write the draws of the posterior; opens in ArviZ.")
@click.option("--draws", type=int, default=500, show_default=True, metavar="N", help="Draws of each simulation.")
@click.option("--steps", type=int, default=500, show_default=True, metavar="K", help="Steps of the walkers to keep.")
@click.option("--burn", type=int, metavar="K", help="Steps before those; by default a quarter of them.")
@click.option("--walkers", type=int, metavar="W", help="By default 16, or four times the parameters.")
@click.option("--seed", type=int, metavar="S", help="Seed, instead of that of the scenario.")
@click.option("--quiet", is_flag=True, help="Tell no progress.")
@changes_option
def command(
    file: str,
    targets: str | None,
    out: str | None,
    chains: str | None,
    draws: int,
    steps: int,
    burn: int | None,
    walkers: int | None,
    seed: int | None,
    quiet: bool,
    changes: tuple[str, ...],
) -> None:
    """Find what figures say about parameters with a prior.

    The section 'fit' of the scenario in FILE gives any of its parameters a prior; what comes out is their posterior,
    given the shares in the table of targets (as for 'sim fit') or those under 'observed'. Needs the extra 'bayes'.
    """
    from sim.analysis.calibrate.bayes import calibrate
    from sim.analysis.calibrate.files import check_writable

    for path in filter(None, (out, chains)):
        check_writable(path)
    scenario = load(file, changes)
    sizes = {"draws": draws, "steps": steps, "burn": burn, "walkers": walkers, "seed": seed}
    with Progress(quiet) as progress:
        posterior = calibrate(scenario, targets, progress=progress, **sizes)  # type: ignore[arg-type]
    click.echo(str(posterior))
    if chains is not None:
        posterior.draws.to_netcdf(chains, engine="h5netcdf")
        click.echo(f"chains written to {chains}", err=True)
    if out is not None:
        posterior.write(out)
        click.echo(f"written to {out}; 'sim run {out}' runs it", err=True)

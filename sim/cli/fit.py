"""``sim fit``."""

from __future__ import annotations

import click

from sim.cli.common import Progress, changes_option, load

__all__ = ["command"]


@click.command("fit")
@click.argument("file", type=click.Path())
@click.option("--targets", type=click.Path(), metavar="T.csv", help="Table of targets, instead of 'observed'.")
@click.option("--out", type=click.Path(), metavar="FITTED.yaml", help="Write the fitted scenario to this file.")
@click.option("--draws", type=int, metavar="N", help="Draws of each expectation; by default as many as are needed.")
@click.option("--seed", type=int, metavar="S", help="Seed, instead of that of the scenario.")
@click.option("--tolerance", type=float, default=1e-4, show_default=True, help="How near each target is met, a share.")
@click.option("--quiet", is_flag=True, help="Tell no progress.")
@changes_option
def command(
    file: str,
    targets: str | None,
    out: str | None,
    draws: int | None,
    seed: int | None,
    tolerance: float,
    quiet: bool,
    changes: tuple[str, ...],
) -> None:
    """Fit the baseline of the scenario in FILE so that its expectation meets the targets.

    The table of targets has the columns variable (vote_share, turnout, invalid_share), region, option, value and
    source; region is empty for the nation. The columns n, house and house_sd make a row a poll: polls of one figure
    are pooled and make the fitted value uncertain. Without a table the figures under 'observed' are the targets.

    Swing sizes from a panel of earlier votes: 'sim fit-panel'; coefficients from respondents: 'sim fit-survey'.
    """
    from sim.analysis.calibrate.files import check_writable
    from sim.analysis.calibrate.fit import fit

    if out is not None:
        check_writable(out)
    scenario = load(file, changes)
    with Progress(quiet) as progress:
        fitted = fit(scenario, targets, draws=draws, seed=seed, tolerance=tolerance, progress=progress)
    click.echo(str(fitted))
    if out is not None:
        fitted.write(out)
        click.echo(f"written to {out}; 'sim run {out}' runs it", err=True)

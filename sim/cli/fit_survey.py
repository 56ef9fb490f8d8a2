"""``sim fit-survey``."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("fit-survey")
@click.argument("table", type=click.Path())
@click.option("--choice", default="choice", show_default=True, metavar="COLUMN", help="Column of the option chosen.")
@click.option(
    "--covariates", default="", metavar="A,B,…", help="Columns of covariates: numbers, or texts as categories."
)
@click.option("--categorical", default="", metavar="A,B,…", help="Covariates of numbers that are categories.")
@click.option("--weights", metavar="COLUMN", help="Column of weights; standard errors are then by the sandwich.")
@click.option("--reference", metavar="OPTION", help="Option that log-odds are against; the most frequent by default.")
@click.option("--scenario", type=click.Path(), metavar="FILE", help="Scenario whose ballot the choices are from.")
@click.option(
    "--out", type=click.Path(), metavar="FITTED.yaml", help="Write the scenario with the mean shares as baseline."
)
def command(
    table: str,
    choice: str,
    covariates: str,
    categorical: str,
    weights: str | None,
    reference: str | None,
    scenario: str | None,
    out: str | None,
) -> None:
    """Estimate logit coefficients from the respondents of a survey: one row of TABLE for each.

    Prints the log-odds of every option against the reference with standard errors, and the mean shares. With --out
    the scenario is written with the mean shares as the voters' baseline, each with its standard error.
    """
    from sim.analysis.calibrate.files import check_writable, write_text
    from sim.analysis.calibrate.survey import fit_survey
    from sim.scenario.scenario import load

    if out is not None and scenario is None:
        raise click.UsageError("--out needs --scenario: the scenario that gets the baseline")
    if out is not None:
        check_writable(out)
    loaded = None if scenario is None else load(scenario)
    names = [[one.strip() for one in text.split(",") if one.strip()] for text in (covariates, categorical)]
    survey = fit_survey(
        table,
        choice=choice,
        covariates=names[0],
        categorical=names[1],
        weights=weights,
        options=loaded,
        reference=reference,
    )
    click.echo(str(survey))
    if out is not None and loaded is not None:
        write_text(out, loaded.change(survey.changes(uncertain=True)).to_yaml())
        click.echo(f"written to {out}; 'sim run {out}' runs it", err=True)

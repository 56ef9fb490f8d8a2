"""``sim fit-survey``."""

from __future__ import annotations

from pathlib import Path

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
@click.option("--out", type=click.Path(), metavar="FITTED.yaml", help="Write the scenario with the coefficients.")
@click.option("--plain", is_flag=True, help="Write plain numbers, whose standard errors the head of the file tells.")
def command(
    table: str,
    choice: str,
    covariates: str,
    categorical: str,
    weights: str | None,
    reference: str | None,
    scenario: str | None,
    out: str | None,
    plain: bool,
) -> None:
    """Estimate logit coefficients from the respondents of a survey: one row of TABLE for each.

    Prints the log-odds of every option against the reference with standard errors, and the mean shares. With --out
    the scenario is written with the coefficients in its voters. A covariate must be something that the electorate
    knows by the same name: a trait, the region, or a dimension of 'spatial' voters. The baseline are the shares at
    the mean of the covariates, each covariate is one of the voters' terms (numbers of each voter: positions and
    valences), each number with its error and source. Without covariates the mean shares are the baseline.
    """
    from sim.analysis.calibrate.files import check_writable, write_text
    from sim.analysis.calibrate.survey import fit_survey
    from sim.scenario.scenario import load

    if out is not None and scenario is None:
        raise click.UsageError("--out needs --scenario: the scenario that gets the coefficients")
    if plain and out is None:
        raise click.UsageError("--plain says how --out writes; give --out")
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
    made = None if out is None or loaded is None else survey.to_yaml(loaded, Path(out).parent, not plain)
    click.echo(str(survey))
    if out is not None and made is not None:
        write_text(out, made)
        click.echo(f"written to {out}; 'sim run {out}' runs it", err=True)

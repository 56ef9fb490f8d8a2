"""``sim fit-panel``."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("fit-panel")
@click.argument("table", type=click.Path())
@click.option("--value", default="value", show_default=True, metavar="COLUMN", help="Column of the share.")
@click.option("--vote", default="vote", show_default=True, metavar="COLUMN", help="Column that names the vote.")
@click.option("--region", default="region", show_default=True, metavar="COLUMN", help="Column of the region.")
@click.option("--nation", metavar="ID", help="The region under which national figures stand; they are not fitted.")
@click.option("--votes", metavar="A,B,…", help="Fit these votes only.")
@click.option(
    "--predict", metavar="VOTE", help="Predict the regions of this vote of the table, which --votes leaves out."
)
@click.option(
    "--national", type=float, metavar="T", help="National turnout to predict from, instead of the nation's row."
)
@click.option("--weights", type=click.Path(), metavar="R.csv", help="Table of registered voters: region, registered.")
@click.option(
    "--block", "blocks", multiple=True, metavar="NAME=R1,R2,…", help="Regions that swing together; repeatable."
)
@click.option("--against", metavar="COLUMN", help="Fit log(value / this column), of vote shares, instead of log-odds.")
@click.option("--reml", is_flag=True, help="Restricted maximum likelihood: without the bias of few votes.")
@click.option("--extends", metavar="BASE.yaml", help="Scenario beside --out that the written one extends.")
@click.option(
    "--section",
    type=click.Choice(["turnout", "voters"]),
    default="turnout",
    show_default=True,
    help="Whose swing is written.",
)
@click.option("--out", type=click.Path(), metavar="SWING.yaml", help="Write the swings as part of a scenario.")
def command(
    table: str,
    value: str,
    vote: str,
    region: str,
    nation: str | None,
    votes: str | None,
    predict: str | None,
    national: float | None,
    weights: str | None,
    blocks: tuple[str, ...],
    against: str | None,
    reml: bool,
    extends: str | None,
    section: str,
    out: str | None,
) -> None:
    """Fit the sizes of swings to a panel of earlier votes: one row of TABLE for each region and vote.

    Prints lasting, national, block and residual standard deviations with their standard errors; with --predict also
    the regions of a vote that was held out, given its national turnout.
    """
    from sim.analysis.calibrate.files import check_writable, write_text
    from sim.analysis.calibrate.panel import fit_panel

    if out is not None:
        check_writable(out)
    sets = {}
    for one in blocks:
        name, equals, members = one.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"--block {one}: expected NAME=R1,R2,…")
        sets[name.strip()] = [member.strip() for member in members.split(",") if member.strip()]
    chosen = None if votes is None else [one.strip() for one in votes.split(",")]
    panel = fit_panel(
        table,
        value=value,
        vote=vote,
        region=region,
        votes=chosen,
        nation=nation,
        blocks=sets,
        weights=weights,
        against=against,
        method="reml" if reml else "ml",
    )
    click.echo(str(panel))
    if predict is not None or national is not None:
        click.echo(f"\n{panel.predict(national, predict)}")
    if out is not None:
        write_text(out, panel.to_yaml(extends, section))
        click.echo(f"written to {out}", err=True)

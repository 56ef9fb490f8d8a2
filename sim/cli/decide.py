"""``sim decide``."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("decide")
@click.argument("rule", type=click.Path())
@click.argument("votes", type=click.Path())
@click.option("--against-all", metavar="OPTION", help="The option that stands for 'against all'.")
@click.option("--invalid", metavar="N", type=click.IntRange(0), help="Invalid ballots.")
@click.option("--registered", metavar="N", type=click.IntRange(0), help="Registered voters.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Seed of lots that settle ties.")
@click.option("--quiet", is_flag=True, help="Print the decision without its steps.")
def command(
    rule: str, votes: str, against_all: str | None, invalid: int | None, registered: int | None, seed: int, quiet: bool
) -> None:
    """Apply the RULE of a YAML file to VOTES, and print the steps and the decision.

    RULE is what stands below a contest in a scenario, e.g. "model: list_proportional" and "seats: 69".
    VOTES is a CSV table with the columns option and votes, or a row per region and a column for each option; or a
    file of ballots (PrefLib, BLT, cast-vote records).
    """
    from sim.analysis.decide import decide, explain

    kinds = {against_all: "against_all"} if against_all else None
    given = {"kinds": kinds, "invalid_ballots": invalid, "registered": registered, "seed": seed}
    made = decide(rule, votes, **given)  # type: ignore[arg-type]
    if not quiet:
        steps = explain(rule, votes, **given)  # type: ignore[arg-type]
        if steps.steps:
            click.echo(f"{steps}\n")
    click.echo(str(made))

"""``sim show``."""

from __future__ import annotations

import click

from sim.cli.common import changes_option, load

__all__ = ["command"]


@click.command("show")
@click.argument("file", type=click.Path())
@click.option("--resolved", is_flag=True, help="The whole scenario: every default filled in, every table inlined.")
@click.option("--plan", is_flag=True, help="The steps of a run, what they write and how the draws are cut.")
@changes_option
def command(file: str, resolved: bool, plan: bool, changes: tuple[str, ...]) -> None:
    """Show the scenario in FILE as it is understood, with each change as old → new and its place."""
    scenario = load(file, changes)
    if plan:
        from sim.engine.describe import describe

        click.echo(describe(scenario))
        return
    from sim.scenario.show import show

    click.echo(show(scenario, "resolved" if resolved else "short").rstrip("\n"))
    if scenario.changes and not resolved:
        # As a comment, so that what is printed is a scenario still.
        lines = ["Changes, old → new:", *show(scenario, "changes").splitlines()]
        click.echo("\n" + "\n".join(f"# {line}" for line in lines))

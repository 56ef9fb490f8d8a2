"""``sim check``."""

from __future__ import annotations

import click

from sim.cli.common import changes_option, load

__all__ = ["command"]


@click.command("check")
@click.argument("files", type=click.Path(), nargs=-1, required=True, metavar="FILE…")
@changes_option
def command(files: tuple[str, ...], changes: tuple[str, ...]) -> None:
    """Check each scenario FILE; name every fault with its place and the way out."""
    from sim.errors import Fault, ScenarioError

    faults: list[Fault] = []
    for file in files:
        try:
            scenario = load(file, changes)
        except ScenarioError as error:
            faults.extend(error.faults)
        else:
            world = scenario.world
            stations = f", {world.n_units:,} stations" if world.has_stations else ""
            groups = f", {world.n_groups} groups" if world.has_groups else ""
            click.echo(f"{file}: fine ({world.n_regions} regions{stations}{groups}, {world.n_options} options)")
    if faults:
        raise ScenarioError(faults)

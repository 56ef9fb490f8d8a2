"""Options that several verbs share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

__all__ = ["Progress", "changes_option", "load"]

F = TypeVar("F", bound=Callable[..., Any])

#: Share of the run between two lines of progress where there is no terminal.
STEP = 0.1


def changes_option(command: F) -> F:
    """Add ``--set path=value``, which may be given several times."""
    return click.option(
        "--set",
        "changes",
        metavar="PATH=VALUE",
        multiple=True,
        help="Change one value of the scenario, e.g. turnout.swing.national=0.3. May be repeated.",
    )(command)


def load(file: str, changes: tuple[str, ...]) -> Scenario:
    """Load a scenario with the changes of the command line."""
    from sim.scenario.scenario import load as load_scenario

    settings = {}
    for change in changes:
        path, equals, value = change.partition("=")
        if not equals or not path.strip():
            raise click.UsageError(f"--set {change}: expected PATH=VALUE, e.g. turnout.swing.national=0.3")
        settings[path.strip()] = value
    return load_scenario(file, settings=settings)


class Progress:
    """A bar on a terminal; elsewhere one line every ten percent.  Always on stderr."""

    def __init__(self, quiet: bool) -> None:
        self._quiet, self._next = quiet, STEP
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        if not self._quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn, TimeRemainingColumn

            self._bar = Bar(
                TextColumn("draws"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("draws", total=None)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Tell how far the run is."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total)
        elif not self._quiet and done >= self._next * total:
            click.echo(f"{done:,} of {total:,} draws ({100 * done // total} %)", err=True)
            self._next = (int(done / total / STEP) + 1) * STEP

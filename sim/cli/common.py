"""Options that several verbs share."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

__all__ = ["Progress", "changes_option", "load"]

F = TypeVar("F", bound=Callable[..., Any])

#: Lines of progress at most where there is no terminal.
STEPS = 10
#: Seconds of a run about which nothing need be told where there is no terminal.
SHORT = 2.0
#: Seconds without a word from the run after which its first compilation is explained.
PATIENCE = 5.0


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

    settings: dict[str, str] = {}
    for change in changes:
        path, equals, value = change.partition("=")
        if not equals or not path.strip():
            raise click.UsageError(f"--set {change}: expected PATH=VALUE, e.g. turnout.swing.national=0.3")
        if path.strip() in settings:
            raise click.UsageError(f"--set {path.strip()}: given twice")
        settings[path.strip()] = value
    return load_scenario(file, settings=settings)


class Progress:
    """A bar on a terminal; elsewhere a line for each ten percent of a run that lasts.  Always on stderr."""

    def __init__(self, quiet: bool) -> None:
        self._quiet, self._steps = quiet, 0
        self._begin = time.monotonic()
        self._bar: Any = None
        self._task: Any = None
        #: Speaks up when nothing is heard of the run for a while.
        self._patience = threading.Timer(PATIENCE, click.echo, ["compiling for this processor, once …"], {"err": True})
        self._patience.daemon = True
        #: Whether there was anything to run.
        self.told = False

    def __enter__(self) -> Progress:
        if not self._quiet:
            self._patience.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._patience.cancel()
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Tell how far the run is."""
        self._patience.cancel()
        if done == 0:
            # A calibration runs its draws several times.
            self._steps = 0
        if not self.told and not self._quiet and sys.stderr.isatty():
            self._show_bar()
        self.told = True
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total)
        elif not self._quiet and STEPS * done // total > self._steps:
            self._steps = STEPS * done // total
            if time.monotonic() - self._begin >= SHORT:
                click.echo(f"{done:,} of {total:,} draws ({100 * done // total} %)", err=True)

    def _show_bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("draws"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("draws", total=None)
        self._bar.start()

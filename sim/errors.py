"""The errors a user can meet, each with one clear message.

``SimError`` and its kinds are faults of the input or of the surroundings (exit code 1 on the command
line).  Anything else that escapes is a bug of the toolkit (exit code 3).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["CapacityError", "Fault", "InterruptedRun", "ResultError", "ScenarioError", "SimError"]


class SimError(Exception):
    """Base of every error that is the user's to mend."""


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of an input file.

    Parameters
    ----------
    file, line, column
        Where it stands; ``line`` and ``column`` count from 1, 0 where no place is known.
    path
        Dotted path inside the document, e.g. ``voters.swing.national``.
    message
        What is wrong; what is allowed; did you mean …
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class ScenarioError(SimError):
    """A scenario or one of its tables is wrong; carries every fault found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__(self._text())

    def _text(self) -> str:
        if len(self.faults) == 1:
            return str(self.faults[0])
        return "\n".join([f"{len(self.faults)} problems", *(f"  {fault}" for fault in self.faults)])


class ResultError(SimError):
    """A result file cannot be read, is damaged, or does not fit the question asked of it."""


class CapacityError(SimError):
    """The run would not fit in memory or on disk, or the disk filled up."""


class InterruptedRun(SimError):
    """The run was stopped by the user; what is done is kept and can be resumed."""

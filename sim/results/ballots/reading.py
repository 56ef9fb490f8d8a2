"""What all readers of ballots share: faults gathered with their lines, whole numbers, orders checked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sim.errors import Fault, ScenarioError, SimError
from sim.results.ballots.ballots import MOST_OPTIONS, Order

__all__ = ["MOST_BALLOTS", "Faults", "check_name", "clean"]

#: Most ballots of one kind.
MOST_BALLOTS = 10**12
#: So many faults are told; a file with more is of another format.
MOST_FAULTS = 50

_WHOLE = re.compile(r"\+?\d{1,18}\Z")


class Faults:
    """The faults of one file.

    Parameters
    ----------
    file
        As it is shown.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[Fault] = []

    def add(self, line: int, message: str, column: int = 1) -> None:
        """Note a fault."""
        self._found.append(Fault(self.file, line, column if line else 0, "", message))

    def stop(self, line: int, message: str, column: int = 1) -> ScenarioError:
        """Note a fault behind which nothing can be read, and return the error."""
        self.add(line, message, column)
        return ScenarioError(self._found)

    def settle(self) -> None:
        """Raise the error where there are faults."""
        if len(self._found) > MOST_FAULTS:
            more = len(self._found) - MOST_FAULTS
            last = Fault(self.file, 0, 0, "", f"and {more:,} more faults; is this file of the format of its name?")
            raise ScenarioError([*self._found[:MOST_FAULTS], last])
        if self._found:
            raise ScenarioError(self._found)

    def whole(self, text: str, line: int, what: str, least: int = 0, most: int = MOST_BALLOTS, column: int = 1) -> int:
        """Return a whole number; where it is none, note the fault and return −1."""
        if not _WHOLE.match(text):
            self.add(line, f"{what} should be a whole number from {least:,} to {most:,}, not {text!r}", column)
            return -1
        number = int(text)
        if not least <= number <= most:
            self.add(line, f"{what} should be from {least:,} to {most:,}, not {number:,}", column)
            return -1
        return number

    def options(self, text: str, line: int, column: int = 1) -> int:
        """Return a number of candidates, or raise: without it nothing can be read."""
        number = self.whole(text, line, "the number of candidates", 1, MOST_OPTIONS, column)
        if number < 0:
            raise ScenarioError(self._found)
        return number

    def order(self, order: Order, line: int, numbers: int) -> bool:
        """Check that an order ranks each of the options 0 … numbers − 1 at most once."""
        seen: set[int] = set()
        good = True
        for option in (option for group in order for option in group):
            if not 0 <= option < numbers:
                self.add(line, f"there is no candidate {option + 1}; they are numbered from 1 to {numbers}")
                good = False
            elif option in seen:
                self.add(line, f"the candidate {option + 1} stands twice on the ballot")
                good = False
            seen.add(option)
        return good


def clean(name: str) -> str:
    """Return a name with single blanks and none around."""
    return " ".join(name.split())


def check_name(names: Sequence[str], file: str) -> None:
    """Refuse names that would be read back as others.

    Raises
    ------
    SimError
        With the first of them.
    """
    for name in names:
        if not name or name != clean(name) or not name.isprintable():
            raise SimError(f"{file}: the name {name!r} cannot be written: it is empty, or holds unusual blanks")

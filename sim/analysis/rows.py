"""Tables that an analysis reads: a CSV file, rows, or a pandas DataFrame, with the place of every fault."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.election.quantities import near
from sim.errors import Fault, ScenarioError
from sim.scenario.nodes import Rows
from sim.scenario.tables import read_table

__all__ = ["Complaints", "Source", "empty"]


class Complaints:
    """Faults of a table, each with its place, to be told together.

    Parameters
    ----------
    name
        What the table is called where it is no file.
    table
        The file, where there is one.
    """

    def __init__(self, name: str, table: Rows | None = None) -> None:
        self.name, self.table = name, table
        self.faults: list[Fault] = []

    def add(self, message: str, row: int | None = None, column: str = "") -> None:
        """Note a fault of the table, of a row, or of its cell."""
        if self.table is None:
            place = [] if row is None else [f"row {row + 1}"]
            self.faults.append(Fault(self.name, 0, 0, ".".join([*place, *([column] if column else [])]), message))
        elif row is None:
            self.faults.append(Fault(self.table.file, 0, 0, column, message))
        else:
            mark = self.table.mark(row, column or None)
            self.faults.append(Fault(mark.file, mark.line, mark.column, column, message))

    def raise_if_any(self) -> None:
        """Raise everything found, in the order of the table."""
        if self.faults:
            raise ScenarioError(sorted(self.faults) if self.table is not None else self.faults)


class Source:
    """The rows of a table as mappings without empty cells.

    Parameters
    ----------
    given
        Path of a CSV file, a sequence of mappings, or a pandas DataFrame.
    name
        What messages call a table that is no file.

    Raises
    ------
    ScenarioError
        If it is none of these, or the file cannot be read.
    """

    def __init__(self, given: Any, name: str) -> None:
        table = read_table(Path(given), os.fspath(given)) if isinstance(given, str | os.PathLike) else given
        self.complaints = Complaints(name, table if isinstance(table, Rows) else None)
        self.rows: list[dict[str, Any]] = []
        if isinstance(table, Rows):
            found: Sequence[Any] = table.rows
        elif hasattr(table, "to_dict") and hasattr(table, "columns"):
            found = table.to_dict("records")
        elif isinstance(table, list | tuple):
            found = table
        else:
            raise ScenarioError([Fault(name, 0, 0, "", "expected the path of a CSV table, rows, or a DataFrame")])
        for i, row in enumerate(found):
            if isinstance(row, Mapping):
                self.rows.append({str(key): cell for key, cell in row.items() if not empty(cell)})
            else:
                self.rows.append({})
                self.complaints.add("expected a row: a mapping from column to cell", i)
        columns = table.columns if hasattr(table, "columns") else [key for row in found if row for key in row]
        self.columns = tuple(dict.fromkeys(map(str, columns)))
        if not self.rows:
            self.complaints.add("the table has no rows")

    def need(self, *columns: str) -> bool:
        """Note every column that does not exist; return whether all do."""
        missing = [column for column in columns if column not in self.columns]
        for column in missing:
            known = ", ".join(self.columns[:12])
            self.complaints.add(f"there is no column {column!r}{near(column, self.columns)} (columns: {known})")
        return not missing

    def numbers(self, column: str, low: float = -math.inf, high: float = math.inf) -> list[float]:
        """Return a column of numbers, NaN where a cell is empty or wrong, which is noted."""
        from sim.election.quantities import Bounds, number

        out = []
        for i, row in enumerate(self.rows):
            value = math.nan
            if column in row:
                try:
                    cell = row[column]
                    cell = cell.item() if hasattr(cell, "item") else cell
                    value = Bounds(low, high).check(number(cell))
                except ValueError as error:
                    self.complaints.add(str(error), i, column)
            out.append(value)
        return out

    def texts(self, column: str) -> list[str]:
        """Return a column as texts, empty where a cell is."""
        return [str(row.get(column, "")) for row in self.rows]


def empty(cell: Any) -> bool:
    """Whether a cell holds nothing: None, '' or NaN."""
    return cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell))


def unknown(names: Iterable[str], known: Sequence[str], what: str) -> list[str]:
    """Return the words for names that do not exist."""
    return [f"there is no {what} {name!r}{near(name, known)}" for name in names if name not in known]

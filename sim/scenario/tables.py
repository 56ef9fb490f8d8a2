"""Read CSV tables and put them in the place of their names."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.election.quantities.numbers import near
from sim.errors import Fault, ScenarioError
from sim.scenario.nodes import Mark, Node, Rows, Scalar, fault, refuse
from sim.scenario.reader import core_scalar
from sim.scenario.text import read_text

__all__ = ["MAX_TABLE_BYTES", "TEXT_KEYS", "Folder", "as_written", "inline", "read_table"]

#: Largest table.
MAX_TABLE_BYTES = 50_000_000

#: Keys whose text is never the name of a table.
TEXT_KEYS = frozenset(("source", "note", "title", "name", "evidence"))

#: Columns that name things: their cells are text, so that the region ``010`` stays ``010``.
NAME_COLUMNS = TEXT_KEYS | {
    "region",
    "option",
    "station",
    "district",
    "party",
    "group",
    "variable",
    "standing",
    "kind",
}


@dataclass(frozen=True)
class Folder:
    """The folder of a scenario, and how the user typed it.

    Parameters
    ----------
    path
        The folder, None for a scenario given as text only.
    shown
        The folder as typed; file names in messages begin with it.
    """

    path: Path | None
    shown: str = ""
    tables: dict[str, Rows] = field(default_factory=dict, compare=False, repr=False)

    def resolve(self, name: str, beside: str, mark: Mark, path: str) -> tuple[Path, str]:
        """Return the path of a file named beside another one, and its name to show.

        Raises
        ------
        ScenarioError
            If it lies outside of the folder, links followed.
        """
        if self.path is None:
            raise refuse(mark, path, f"{name!r}: a scenario given as text has no folder to find files in")
        if "\0" in name:
            raise refuse(mark, path, "a file name cannot hold a null character")
        if os.path.isabs(name) or name.startswith("~") or "\\" in name:
            raise refuse(mark, path, f"{name!r}: write the path from this file's folder, with '/' between folders")
        shown = os.path.normpath(os.path.join(os.path.dirname(beside), name))
        inner = os.path.relpath(shown, self.shown or ".")
        target = self.path / inner
        if inner.startswith("..") or not _inside(target, self.path):
            raise refuse(mark, path, f"{name!r} leaves the scenario's folder; files must lie inside it")
        return target, shown

    def table(self, node: Node, path: str) -> Rows:
        """Return the rows of the table that a node names."""
        assert isinstance(node.value, str)
        beside = node.mark.file if node.mark.line else os.path.join(self.shown, "scenario")
        target, shown = self.resolve(node.value, beside, node.mark, path)
        if shown not in self.tables:
            if not target.exists():
                raise refuse(node.mark, path, f"there is no table {node.value!r}{_near_file(target)}")
            self.tables[shown] = read_table(target, shown)
        return self.tables[shown]


def _inside(target: Path, folder: Path) -> bool:
    try:
        return target.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False


def _near_file(target: Path) -> str:
    try:
        names = [entry.name for entry in target.parent.iterdir() if entry.name.endswith(".csv")]
    except OSError:
        return ""
    return near(target.name, names)


def inline(root: Node, folder: Folder) -> tuple[Node, list[Fault]]:
    """Return the tree with the rows of every named table in place of its name, and the faults met."""
    faults: list[Fault] = []

    def visit(node: Node, path: tuple[str | int, ...]) -> Node:
        value = node.value
        if isinstance(value, dict):
            return Node(node.mark, {key: visit(below, (*path, key)) for key, below in value.items()}, node.key)
        if isinstance(value, list):
            return Node(node.mark, [visit(below, (*path, i)) for i, below in enumerate(value)], node.key)
        if not names_table(value, path):
            return node
        assert isinstance(value, str)
        try:
            rows = folder.table(node, ".".join(map(str, path)))
        except ScenarioError as error:
            faults.extend(error.faults)
            return Node(node.mark, None, node.key, written=value)
        return Node(node.mark, rows, node.key, written=value)

    return visit(root, ()), faults


def as_written(root: Node, folder: Folder) -> Any:
    """Return the plain values of a tree, the names of tables seen from the folder of the scenario."""

    def visit(node: Node, path: tuple[str | int, ...]) -> Any:
        value = node.value
        if isinstance(value, dict):
            return {key: visit(below, (*path, key)) for key, below in value.items()}
        if isinstance(value, list):
            return [visit(below, (*path, i)) for i, below in enumerate(value)]
        if names_table(value, path) and node.mark.line:
            shown = os.path.join(os.path.dirname(node.mark.file), str(value))
            return os.path.relpath(shown, folder.shown or ".").replace(os.sep, "/")
        return node.plain()

    return visit(root, ())


def names_table(value: object, path: tuple[str | int, ...]) -> bool:
    """Whether a value is the name of a table: text that ends in ``.csv``, not under a key of free text."""
    return isinstance(value, str) and value.endswith(".csv") and bool(path) and path[-1] not in TEXT_KEYS


def read_table(path: Path, shown: str) -> Rows:
    """Read a comma-separated table with a header row.

    Raises
    ------
    ScenarioError
        With every fault of the table.
    """
    text = read_text(path, shown, MAX_TABLE_BYTES, "table").replace("\r\n", "\n").replace("\r", "\n")
    return parse_table(text, shown)


def parse_table(text: str, shown: str) -> Rows:
    """Return the rows of a table's text."""
    records, starts = _records(text, shown)
    if not records:
        raise refuse(Mark(shown), "", "is empty; a table begins with a row of column names")
    columns = [name.strip() for name in records[0]]
    faults = _header_faults(columns, Rows(shown, [], text, starts, columns))
    if faults:
        raise ScenarioError(faults)
    if len(records) == 1:
        raise refuse(Mark(shown), "", "has column names but no rows")
    table = Rows(shown, [], text, starts[1:], columns)
    for i, record in enumerate(records[1:]):
        if len(record) == len(columns):
            table.rows.append(_row(table, i, record, faults))
            continue
        table.rows.append({})
        if len(faults) < 20:
            faults.append(fault(table.mark(i), "", f"{len(record)} cells in a table of {len(columns)} columns"))
    if faults:
        raise ScenarioError(faults)
    return table


def _records(text: str, shown: str) -> tuple[list[list[str]], list[int]]:
    lines = text.split("\n")
    offsets, at = [], 0
    for line in lines:
        offsets.append(at)
        at += len(line) + 1
    reader = csv.reader((line + "\n" for line in lines), strict=True)
    records, starts, before = [], [], 0
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append(record)
                starts.append(offsets[before])
            before = reader.line_num
    except csv.Error as error:
        where = Mark(shown, before + 1, 1)
        plain = "a quotation mark is opened but not closed" if "end of data" in str(error) else str(error)
        raise refuse(where, "", f"not a CSV row: {plain}") from None
    return records, starts


def _header_faults(columns: list[str], table: Rows) -> list[Fault]:
    faults = []
    for i, name in enumerate(columns):
        mark = table.header(i)
        if not name:
            faults.append(fault(mark, "", f"column {i + 1} has no name"))
        elif name in columns[:i]:
            faults.append(fault(mark, "", f"the column {name!r} stands twice"))
    if len(columns) == 1 and (";" in columns[0] or "\t" in columns[0]):
        faults.append(fault(table.header(0), "", "the columns must be separated by commas"))
    return faults


def _row(table: Rows, i: int, record: list[str], faults: list[Fault]) -> dict[str, Scalar]:
    row: dict[str, Scalar] = {}
    for column, cell in zip(table.columns, record):
        text = cell.strip()
        if not text:
            continue
        try:
            value = text if column in NAME_COLUMNS else core_scalar(text)
        except ValueError as error:
            faults.append(fault(table.mark(i, column), column, f"{error}; no number of a scenario is that long"))
            continue
        if names_table(value, (column,)):
            faults.append(fault(table.mark(i, column), column, "a table cannot name another table"))
        elif value is not None:
            row[column] = value
    return row

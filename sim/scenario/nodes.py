"""The tree of a scenario file: every key and value with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.errors import Fault, ScenarioError

__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "Mark",
    "Node",
    "Rows",
    "Scalar",
    "dotted",
    "fault",
    "find",
    "refuse",
]

#: Deepest nesting of a scenario file.
MAX_DEPTH = 64
#: Most values in a scenario file, its aliases expanded.
MAX_NODES = 200_000

Scalar = str | int | float | bool | None
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place: the file as the user typed it, line and column from 1 (0 where there is none)."""

    file: str
    line: int = 0
    column: int = 0


class Rows:
    """The rows of a CSV table and the text they came from, so that a cell's place is found when asked for.

    Parameters
    ----------
    file
        Name of the table as the user would type it.
    rows
        One mapping per row; empty cells are absent.
    text
        The whole text of the table.
    starts
        For each row the offset in `text` at which it begins.
    columns
        Names of the columns.
    """

    def __init__(
        self, file: str, rows: list[dict[str, Scalar]], text: str, starts: list[int], columns: list[str]
    ) -> None:
        self.file, self.rows, self.columns = file, rows, columns
        self._text, self._starts = text, starts

    def mark(self, row: int, column: str | None = None) -> Mark:
        """Return the place of a cell, or of the first cell of a row."""
        start = self._starts[row]
        at = start
        if column in self.columns:
            at = _cell_offset(self._text, start, self.columns.index(column))
        return self._place(at)

    def _place(self, at: int) -> Mark:
        return Mark(self.file, self._text.count("\n", 0, at) + 1, at - self._text.rfind("\n", 0, at))

    def header(self, index: int) -> Mark:
        """Return the place of a column's name, for a table whose first row is its header."""
        return self._place(_cell_offset(self._text, self._starts[0], index))

    def row_of(self, name: str) -> tuple[int, str] | None:
        """Return the row whose region, option … is called so, and that column."""
        for column in ("region", "option"):
            if column in self.columns:
                for i, row in enumerate(self.rows):
                    if row.get(column) == name:
                        return i, column
        return None


def _cell_offset(text: str, start: int, index: int) -> int:
    at, quoted = start, False
    while index and at < len(text):
        character = text[at]
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            index -= 1
        at += 1
    return at


Value = Scalar | dict[str, "Node"] | list["Node"] | Rows


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a scenario file.

    Attributes
    ----------
    mark
        Where the value stands.
    value
        A scalar, a mapping or list of nodes, or the rows of a table.
    key
        Where the key stands under which the value is found, None in lists and at the top.
    written
        The name of the table as written, for `Rows`.
    """

    mark: Mark
    value: Value
    key: Mark | None = None
    written: str = ""

    def plain(self) -> Any:
        """Return the value without its marks."""
        value = self.value
        if isinstance(value, dict):
            return {key: node.plain() for key, node in value.items()}
        if isinstance(value, list):
            return [node.plain() for node in value]
        return value.rows if isinstance(value, Rows) else value

    def under(self, key: Mark) -> Node:
        """Return the same value under a key that stands elsewhere."""
        return replace(self, key=key)

    @property
    def place(self) -> Mark:
        """Where the entry begins: at its key where there is one."""
        return self.key or self.mark


def fault(mark: Mark, path: Sequence[str | int] | str, message: str) -> Fault:
    """Return a fault at a place."""
    return Fault(mark.file, mark.line, mark.column, path if isinstance(path, str) else dotted(path), message)


def refuse(mark: Mark, path: Sequence[str | int] | str, message: str) -> ScenarioError:
    """Return the error of a single fault."""
    return ScenarioError([fault(mark, path, message)])


def dotted(path: Sequence[str | int]) -> str:
    """Return ``a.b.0`` for a path."""
    return ".".join(_one_line(str(step)) for step in path)


def _one_line(text: str) -> str:
    short = text if len(text) <= 80 else text[:77] + "…"
    return short if short.isprintable() else repr(short)[1:-1]


@dataclass(frozen=True)
class Found:
    """What `find` gives: the deepest node on the path, the path to it, what was left, and the place."""

    node: Node
    path: Path
    rest: Path
    mark: Mark


def find(root: Node, path: Sequence[str | int]) -> Found:
    """Walk down a path as far as it exists.

    Steps that are not in the tree are skipped if a later one is, because the validator puts the names of
    alternatives (a model, a type) into its paths.
    """
    node, mark, done = root, root.mark, ()  # type: tuple[Node, Mark, Path]
    rest: list[str | int] = []
    for i, step in enumerate(path):
        if isinstance(node.value, Rows):
            return _in_table(node, node.value, done, tuple(path[i:]))
        below = _step(node, step)
        if below is None:
            rest.append(step)
            continue
        node, step, rest = below[0], below[1], []
        mark, done = node.mark, (*done, step)
    return Found(node, done, tuple(rest), mark)


def _step(node: Node, step: str | int) -> tuple[Node, str | int] | None:
    value = node.value
    if isinstance(value, dict):
        if isinstance(step, str):
            return (value[step], step) if step in value else None
        # A mapping that its section reads as a list of rows.
        items = list(value.items())
        return (items[step][1], items[step][0]) if 0 <= step < len(items) else None
    if isinstance(value, list):
        if isinstance(step, str) and step.isdigit():
            step = int(step)
        if isinstance(step, int):
            return (value[step], step) if 0 <= step < len(value) else None
        for row in value:
            if isinstance(row.value, dict):
                for column in ("region", "option"):
                    if column in row.value and row.value[column].value == step:
                        return row.value[column], step
    return None


def _in_table(node: Node, table: Rows, done: Path, rest: Path) -> Found:
    step = rest[0]
    if isinstance(step, str) and step.isdigit() and table.row_of(step) is None:
        step = int(step)
    if isinstance(step, str):
        row = table.row_of(step)
        if row is None:
            return Found(node, done, rest, node.mark)
        return Found(node, (*done, step), rest[1:], table.mark(*row))
    if not 0 <= step < len(table.rows):
        return Found(node, done, rest, node.mark)
    column = next((str(name) for name in rest[1:] if name in table.columns), None)
    if column is None:
        return Found(node, (*done, step), rest[1:], table.mark(step))
    return Found(node, (*done, step, column), (), table.mark(step, column))


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield every node with its path, tables as one."""
    yield path, node
    if isinstance(node.value, dict):
        for key, below in node.value.items():
            yield from walk(below, (*path, key))
    elif isinstance(node.value, list):
        for i, below in enumerate(node.value):
            yield from walk(below, (*path, i))

"""Lay one scenario over another: variants (``extends``) and single changes (``--set``)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.election.part import STAGES, part
from sim.election.quantities import FAMILIES
from sim.election.quantities.numbers import show_value
from sim.errors import ScenarioError
from sim.scenario.nodes import MAX_DEPTH, Mark, Node, dotted, refuse
from sim.scenario.reader import read_yaml
from sim.scenario.writer import flow

__all__ = ["Change", "change_node", "from_plain", "merge", "parse_value"]

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Change:
    """One entry that a variant or a ``--set`` put in the place of another.

    Attributes
    ----------
    path
        Dotted path of the entry.
    old, new
        The value before and after; None where there was or is none.
    file, line
        Where the change stands; line 0 for changes made outside of a file.
    """

    path: str
    old: Any
    new: Any
    file: str
    line: int

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        old = "(not set)" if self.old is None else flow(self.old)
        new = "(removed)" if self.new is None else flow(self.new)
        return f"{self.path}: {old} → {new}  ({place})"


def merge(base: Node, over: Node, changes: list[Change], path: Path = ()) -> Node:
    """Return `base` with `over` laid on it, and append what changed to `changes`.

    Mappings merge, everything else replaces; an entry set to nothing is removed.  A mapping that names
    another model, and one that is a distribution, replaces as a whole.
    """
    if not _merges(base, over, path):
        _record(changes, path, base, over)
        return over
    assert isinstance(base.value, dict)
    assert isinstance(over.value, dict)
    out = dict(base.value)
    for key, new in over.value.items():
        old = out.get(key)
        here = (*path, key)
        if old is not None and new.value is None and not new.written:
            del out[key]
            _record(changes, here, old, new)
        elif old is not None:
            out[key] = merge(old, new, changes, here)
        else:
            out[key] = new
            _record(changes, here, None, new)
    # What is wrong with the whole is then told at the place of the variant.
    return Node(over.mark, out, over.key) if over.mark.line else Node(base.mark, out, base.key)


def _merges(base: Node, over: Node, path: Path) -> bool:
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return False
    if is_distribution(base) or is_distribution(over):
        return False
    return "model" not in over.value or _model(base, path) == _model(over, path)


def is_distribution(node: Node) -> bool:
    """Whether a node is written as a distribution."""
    return isinstance(node.value, dict) and any(key in FAMILIES for key in node.value)


def _model(node: Node, path: Path) -> Any:
    assert isinstance(node.value, dict)
    if "model" in node.value:
        return node.value["model"].value
    stage = _stage(path)
    try:
        return part(stage).model if stage else None
    except KeyError:
        return None


def _stage(path: Path) -> str:
    if len(path) == 2 and path[0] == "rules":
        return "rules"
    return str(path[0]) if len(path) == 1 and path[0] in STAGES and path[0] != "rules" else ""


def _record(changes: list[Change], path: Path, old: Node | None, new: Node) -> None:
    before, after = None if old is None else old.plain(), new.plain()
    same = before == after and isinstance(before, bool) == isinstance(after, bool)
    if old is None or not same:
        changes.append(Change(dotted(path), before, after, new.place.file, new.place.line))


def parse_value(path: str, text: str, place: str = "--set") -> Node:
    """Return the tree of a value given as text, as on the command line.

    Examples
    --------
    >>> parse_value("voters.swing.national", "1e-1").plain()
    0.1
    """
    try:
        return _placed(read_yaml(text, place), Mark(place))
    except ScenarioError as error:
        raise refuse(Mark(place), path, error.faults[0].message) from None


def _placed(node: Node, mark: Mark) -> Node:
    value = node.value
    if isinstance(value, dict):
        return Node(mark, {key: _placed(below, mark).under(mark) for key, below in value.items()})
    if isinstance(value, list):
        return Node(mark, [_placed(below, mark) for below in value])
    return Node(mark, value)


def from_plain(value: Any, mark: Mark, path: Path = ()) -> Node:
    """Return the tree of a Python value; numpy scalars, dates and tuples are accepted."""
    if len(path) > MAX_DEPTH:
        raise refuse(mark, path[:3], f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise refuse(mark, path, f"a key must be text, got {show_value(key)}")
        items = {key: from_plain(below, mark, (*path, key)).under(mark) for key, below in value.items()}
        return Node(mark, items)
    if isinstance(value, list | tuple):
        return Node(mark, [from_plain(below, mark, (*path, i)) for i, below in enumerate(value)])
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return Node(mark, value.isoformat())
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return from_plain(value.tolist(), mark, path)
    if value is None or isinstance(value, str | bool | float):
        return Node(mark, value)
    if isinstance(value, int):
        if abs(value) >= 10**100:
            raise refuse(mark, path, "no number of a scenario is that long")
        return Node(mark, value)
    raise refuse(mark, path, f"cannot be written in a scenario: a Python {type(value).__name__}")


def change_node(root: Node, path: str, new: Node, changes: list[Change]) -> Node:
    """Return the tree with one entry changed.

    Raises
    ------
    ScenarioError
        If the path leads through something that has no entries.
    """
    steps = path.split(".")
    if not all(steps):
        raise refuse(new.mark, path, "expected a path such as voters.swing.national")
    if len(steps) > MAX_DEPTH:
        raise refuse(new.mark, steps[:3], f"nested deeper than {MAX_DEPTH} levels")
    if steps[0] == "extends":
        raise refuse(new.mark, path, "what a file extends cannot be changed; load another file")
    return _change(root, tuple(steps), new, changes, ())


def _change(node: Node, steps: Sequence[str], new: Node, changes: list[Change], path: Path) -> Node:
    if not steps:
        return merge(node, new, changes, path)
    here = (*path, steps[0])
    value = node.value
    if isinstance(value, list):
        i = _index(value, steps[0], new, path)
        out = list(value)
        out[i] = _change(value[i], steps[1:], new, changes, (*path, i))
        return Node(node.mark, out, node.key)
    if value is None:
        return merge(node, _nest(steps, new), changes, path)
    if not isinstance(value, dict):
        raise refuse(new.mark, (*path, *steps), _no_entries(node, path))
    inner = is_distribution(node) and steps[0] not in FAMILIES
    if steps[0] in value and not _renames(node, steps, new, path) and (len(steps) > 1 or new.value is not None):
        return Node(node.mark, {**value, steps[0]: _change(value[steps[0]], steps[1:], new, changes, here)}, node.key)
    if inner and len(steps) == 1:
        _record(changes, here, None, new)
        return Node(node.mark, {**value, steps[0]: new.under(new.mark)}, node.key)
    return merge(node, _nest(steps, new), changes, path)


def _renames(node: Node, steps: Sequence[str], new: Node, path: Path) -> bool:
    """Whether the change names another model, which replaces the section."""
    return list(steps) == ["model"] and not _merges(node, _nest(steps, new), path)


def _nest(steps: Sequence[str], new: Node) -> Node:
    for step in reversed(steps):
        new = Node(new.mark, {step: new.under(new.mark)})
    return new


def _index(value: list[Node], step: str, new: Node, path: Path) -> int:
    if step.isdigit() and len(step) < 10 and int(step) < len(value):
        return int(step)
    raise refuse(new.mark, (*path, step), f"is a list of {len(value)}; give the number of an entry, from 0")


def _no_entries(node: Node, path: Path) -> str:
    name, value = dotted(path), node.value
    if isinstance(value, str) and value.endswith(".csv"):
        what = f"{name} is the table {value!r}, whose rows cannot be changed singly"
        return f"{what}; give another table or a mapping"
    return f"{name} is {show_value(value)}, which has no entries; set {name} itself"

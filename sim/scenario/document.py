"""Read a scenario file and what it extends into one tree."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.election.quantities.numbers import show_value
from sim.errors import Fault, ScenarioError
from sim.scenario.merge import Change, change_node, from_plain, merge
from sim.scenario.nodes import Mark, Node, refuse
from sim.scenario.reader import MAX_YAML_BYTES, read_yaml
from sim.scenario.tables import Folder
from sim.scenario.text import read_text

__all__ = ["MAX_CHAIN", "Document"]

#: Most files in a chain of ``extends``.
MAX_CHAIN = 10


@dataclass(frozen=True)
class Document:
    """The merged tree of a scenario, before its tables are read.

    Attributes
    ----------
    root
        The tree.
    folder
        Where its tables are looked for.
    changes
        What variants and single changes put in the place of something else, in order.
    """

    root: Node
    folder: Folder
    changes: tuple[Change, ...] = ()

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Document:
        """Read a file."""
        shown = os.fspath(path)
        text = read_text(Path(shown), shown, MAX_YAML_BYTES, "scenario")
        folder = Folder(Path(shown).parent, os.path.dirname(shown))
        return cls.of(text, shown, folder)

    @classmethod
    def of(cls, text: str, shown: str, folder: Folder) -> Document:
        """Read a text that stands, or could stand, in a file of the folder."""
        chain = [_File(shown, read_yaml(text, shown))]
        while "extends" in chain[-1].entries:
            chain.append(_base(chain, folder))
        changes: list[Change] = []
        root = chain[-1].without_extends()
        for file in reversed(chain[:-1]):
            root = merge(root, file.without_extends(), changes)
        return cls(root, folder, tuple(changes))

    def change(self, changes: Mapping[str, Any], place: str) -> Document:
        """Return the document with single entries changed; values are plain values or nodes."""
        done = list(self.changes)
        root = self.root
        faults: list[Fault] = []
        for path, value in changes.items():
            mark = Mark(place)
            try:
                if not isinstance(path, str):
                    raise refuse(mark, "", f"a path must be text, got {show_value(path)}")
                node = value if isinstance(value, Node) else from_plain(value, mark)
                root = change_node(root, path, node, done)
            except ScenarioError as error:
                faults.extend(error.faults)
        if faults:
            raise ScenarioError(faults)
        return Document(root, self.folder, tuple(done))


@dataclass(frozen=True)
class _File:
    shown: str
    root: Node

    @property
    def entries(self) -> Mapping[str, Node]:
        return self.root.value if isinstance(self.root.value, dict) else {}

    def without_extends(self) -> Node:
        if "extends" not in self.entries:
            return self.root
        return Node(self.root.mark, {key: node for key, node in self.entries.items() if key != "extends"})


def _base(chain: list[_File], folder: Folder) -> _File:
    node = chain[-1].entries["extends"]
    name, mark = node.value, node.mark
    if not isinstance(name, str) or not name:
        raise refuse(mark, "extends", f"expected the name of a scenario file, got {show_value(node.plain())}")
    target, shown = folder.resolve(name, chain[-1].shown, mark, "extends")
    names = [*(os.path.normpath(file.shown) for file in chain), shown]
    if shown in names[:-1]:
        circle = " → ".join(os.path.basename(one) for one in names[names.index(shown) :])
        raise refuse(mark, "extends", f"goes in a circle: {circle}")
    if len(chain) >= MAX_CHAIN:
        raise refuse(mark, "extends", f"more than {MAX_CHAIN} files extend one another")
    if not target.exists():
        raise refuse(mark, "extends", f"there is no scenario file {name!r}")
    base = _File(shown, read_yaml(read_text(target, shown, MAX_YAML_BYTES, "scenario"), shown))
    if not isinstance(base.root.value, dict):
        raise refuse(base.root.mark, "", "a scenario is a mapping")
    return base

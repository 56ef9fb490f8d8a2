"""Read YAML 1.2 (core schema) into a tree that knows the place of every key and value.

PyYAML's scanner gives the events; everything above them is decided here: what is a number, that keys are
text and stand once, how deep and how large a file may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from sim.election.quantities.numbers import show_value
from sim.errors import ScenarioError
from sim.scenario.nodes import MAX_DEPTH, MAX_NODES, Mark, Node, Scalar, Value, fault, refuse
from sim.scenario.text import check_printable, too_large

__all__ = ["MAX_YAML_BYTES", "core_scalar", "read_yaml"]

#: Largest scenario file.
MAX_YAML_BYTES = 2_000_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = {
    sign + "." + word: float(sign + word.lower()) for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")
} | {"." + word: float("nan") for word in ("nan", "NaN", "NAN")}
_LONGEST_NUMBER = 100

#: What the scanner says, and how we say it.
_PLAIN_WORDS = (
    (
        "mapping values are not allowed",
        "a ': ' stands where none is expected; check the indentation, or quote the text",
    ),
    ("found undefined alias", "an alias (*name) refers to an anchor that does not exist"),
    ("unexpected end of stream", "a quotation mark is opened but not closed"),
    ("could not find expected ':'", "a key is not followed by ': '"),
    ("did not find expected key", "a key is expected here; check the indentation"),
    ("did not find expected '-'", "a list entry ('- …') is expected here; check the indentation"),
    ("did not find expected ',' or ']'", "a ',' or the closing ']' of a list is missing"),
    ("did not find expected ',' or '}'", "a ',' or the closing '}' of a mapping is missing"),
    ("did not find expected node content", "a value is expected here; is a bracket not closed?"),
    (
        "block sequence entries are not allowed",
        "a list entry ('- …') may not stand here; begin it on a line of its own",
    ),
    ("unknown escape character", "unknown escape in a double-quoted text; use single quotes or '\\\\'"),
    ("undefined tag handle", "tags (!…) are not part of the scenario language; put the text in quotes"),
    ("directive", "'%' at the start of a line is a directive, which the scenario language does not have"),
)


def core_scalar(text: str) -> Scalar:
    """Return the value of plain text by the YAML 1.2 core schema.

    Examples
    --------
    >>> [core_scalar(text) for text in ("NO", "1e-3", "010", "12:30", "0x10", "~")]
    ['NO', 0.001, 10, '12:30', 16, None]
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.fullmatch(text):
        return int(text) if len(text) <= _LONGEST_NUMBER else _too_long(text)
    if _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        return int(text, 0) if len(text) <= _LONGEST_NUMBER else _too_long(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _SPECIAL.get(text, text)


def _too_long(text: str) -> Scalar:
    raise ValueError(f"a number of {len(text)} digits")


def read_yaml(text: str, file: str) -> Node:
    """Read one YAML document.

    Raises
    ------
    ScenarioError
        With the first fault of the syntax, or all keys that stand twice.
    """
    text = check_printable(text, file)
    if len(text) > MAX_YAML_BYTES:
        raise refuse(Mark(file), "", too_large(len(text.encode()), MAX_YAML_BYTES, "scenario"))
    try:
        return _Composer(file).document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = _within(text, Mark(file, at.line + 1, at.column + 1)) if at else Mark(file)
        raise refuse(mark, "", _plain_words(text, error, mark)) from None
    except yaml.YAMLError:
        raise refuse(Mark(file), "", "is not a YAML file") from None


def _within(text: str, mark: Mark) -> Mark:
    lines = text.splitlines()
    if mark.line <= len(lines):
        return mark
    return Mark(mark.file, max(1, len(lines)), len(lines[-1]) + 1 if lines else 1)


def _plain_words(text: str, error: yaml.MarkedYAMLError, mark: Mark) -> str:
    problem = f"{error.problem or ''} {error.context or ''}"
    if "cannot start any token" in problem:
        lines = text.splitlines()
        rest = lines[mark.line - 1][mark.column - 1 :] if mark.line <= len(lines) else ""
        if rest.startswith("\t"):
            return "a tab is used for indentation; use spaces"
        return f"a plain text cannot begin with {rest[:1]!r}; put it in quotes"
    for said, plain in _PLAIN_WORDS:
        if said in problem:
            opened = error.context_mark if "missing" in plain else None
            return f"{plain} (opened in line {opened.line + 1})" if opened else plain
    return f"not valid YAML: {error.problem or 'cannot be read'}"


@dataclass
class _Open:
    """A mapping or list whose end has not been read."""

    mark: Mark
    value: dict[str, Node] | list[Node]
    anchor: str | None
    size: int = 1
    height: int = 1
    key: str | None = None
    key_mark: Mark | None = None


def _comma(top: _Open, key: Value) -> str:
    """Return a hint where a decimal comma may have been taken for the comma between two entries."""
    last = list(top.value.values())[-1].value if isinstance(top.value, dict) and top.value else None
    if isinstance(last, int) and isinstance(key, int):
        return f"; if {last},{key} is one number, write {last}.{key}"
    return ""


class _Composer:
    """Build the tree from the events, without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.total = 0
        self.root: Node | None = None
        self.faults: list[Any] = []

    def document(self, events: Iterator[Any]) -> Node:
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise refuse(self._mark(event), "", "a second document begins here ('---'); a file holds one")
            elif isinstance(event, yaml.NodeEvent):
                self._node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._close()
        if self.faults:
            raise ScenarioError(self.faults)
        return self.root or Node(Mark(self.file), None)

    def _mark(self, event: Any) -> Mark:
        return Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, event: Any) -> None:
        mark = self._mark(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, mark)
        if event.tag is not None and event.tag != "!":
            raise refuse(mark, "", "tags (!…) are not part of the scenario language; put the text in quotes")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, mark)
        if self._awaits_key():
            raise refuse(mark, "", "a key must be text, not a list or a mapping")
        if len(self.stack) >= MAX_DEPTH:
            raise refuse(mark, "", f"nested deeper than {MAX_DEPTH} levels")
        self._count(1, mark)
        value: dict[str, Node] | list[Node] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Open(mark, value, event.anchor))

    def _awaits_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def _alias(self, event: Any, mark: Mark) -> None:
        if any(one.anchor == event.anchor for one in self.stack):
            raise refuse(mark, "", f"the alias *{event.anchor} stands inside what it refers to")
        if event.anchor not in self.anchors:
            raise refuse(mark, "", f"the alias *{event.anchor} refers to an anchor that does not exist")
        node, size, height = self.anchors[event.anchor]
        if self._awaits_key():
            return self._key(node.value, mark)
        if len(self.stack) + height - 1 > MAX_DEPTH:
            raise refuse(mark, "", f"nested deeper than {MAX_DEPTH} levels")
        self._add(Node(mark if height == 1 else node.mark, node.value), size, height, mark)

    def _scalar(self, event: Any, mark: Mark) -> None:
        plain = event.implicit[0] and event.tag is None
        try:
            value = core_scalar(event.value) if plain else event.value
        except ValueError as error:
            raise refuse(mark, "", f"{error}; no number of a scenario is that long") from None
        if self._awaits_key():
            if plain and value == "<<":
                raise refuse(mark, "", "merge keys ('<<') are not part of YAML 1.2; write the entries out")
            if event.anchor:
                self.anchors[event.anchor] = (Node(mark, value), 1, 1)
            return self._key(value, mark)
        node = Node(mark, value)
        if event.anchor:
            self.anchors[event.anchor] = (node, 1, 1)
        self._add(node, 1, 1, mark)

    def _key(self, key: Value, mark: Mark) -> None:
        top = self.stack[-1]
        assert isinstance(top.value, dict)
        if not isinstance(key, str):
            raise refuse(mark, "", f"a key must be text, got {show_value(key)}; put it in quotes{_comma(top, key)}")
        first = top.value.get(key)
        if first is not None:
            line = first.place.line
            path = [*(str(one.key) for one in self.stack[:-1] if one.key is not None), key]
            self.faults.append(fault(mark, path, f"the key {key!r} stands twice (first in line {line})"))
        top.key, top.key_mark = key, mark

    def _close(self) -> None:
        done = self.stack.pop()
        node = Node(done.mark, done.value)
        if done.anchor:
            self.anchors[done.anchor] = (node, done.size, done.height)
        self._attach(node, done.size, done.height)

    def _add(self, node: Node, size: int, height: int, mark: Mark) -> None:
        self._count(size, mark)
        self._attach(node, size, height)

    def _count(self, size: int, mark: Mark) -> None:
        self.total += size
        if self.total > MAX_NODES:
            raise refuse(mark, "", f"more than {MAX_NODES:,} values (aliases expanded); put tables into CSV files")

    def _attach(self, node: Node, size: int, height: int) -> None:
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        top.size += size
        top.height = max(top.height, height + 1)
        if isinstance(top.value, list):
            top.value.append(node)
            return
        assert top.key is not None
        assert top.key_mark is not None
        top.value[top.key] = node.under(top.key_mark)
        top.key = top.key_mark = None

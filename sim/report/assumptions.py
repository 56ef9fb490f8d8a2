"""The assumptions of a scenario in words.

Walks the resolved scenario.  What a number means is taken from the parts themselves: each field of a part
says what it is, in the same line from which it is validated.  Nothing here knows a part or a country; keys
that no part explains are shown as they stand.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from sim.analysis.tables import Table, clean

__all__ = ["Entry", "assumptions"]

NOTES = ("source", "evidence", "note", "standing")
#: Sections told elsewhere on the page.
ELSEWHERE = ("title", "date", "note", "run", "observed", "extends", "changes")
#: Values that are written on one line; rows of a table that are shown.
INLINE, ROWS = 8, 60
#: Different sources of a table's rows that are listed.
SOURCES = 12
LONGEST = 400


@dataclass
class Entry:
    """One assumption: what it is called, its value, what it means, where it comes from, what is below it.

    ``remarks`` are the different sources and notes of the rows of its table.
    """

    name: str
    value: str = ""
    meaning: str = ""
    notes: list[str] = field(default_factory=list)
    table: Table | None = None
    remarks: list[tuple[str, list[str]]] = field(default_factory=list)
    below: list[Entry] = field(default_factory=list)


def assumptions(scenario: Mapping[str, Any], names: Mapping[str, str]) -> list[Entry]:
    """Return the sections of a resolved scenario as entries.

    Parameters
    ----------
    scenario
        Plain mappings, as `sim.analysis.resolved.scenario_of` gives them.
    names
        id → display name of regions and options.
    """
    from sim.election.part import STAGES

    walk = _Walk(names)
    keys = [*(stage for stage in STAGES if stage in scenario)]
    keys += [key for key in scenario if key not in keys and key not in ELSEWHERE]
    return [walk.section(key, scenario[key]) for key in keys]


def _part_of(stage: str, body: Mapping[str, Any]) -> Any:
    """Return the class of a part, None where it is not known here."""
    from sim.election.part import STAGES, part

    if stage not in STAGES:
        return None
    model = body.get("model")
    try:
        return part(stage, model if isinstance(model, str) else None)
    except KeyError:
        return None


def _fields(cls: Any) -> dict[str, Any]:
    return dict(getattr(cls, "model_fields", None) or {})


def _class_in(annotation: Any) -> Any:
    """Return the section class inside an annotation such as ``tuple[Region, ...]`` or ``RunOff | None``."""
    if hasattr(annotation, "model_fields"):
        return annotation
    for inner in get_args(annotation):
        found = _class_in(inner)
        if found is not None:
            return found
    return None


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int | float):
        text = f"{value:.6g}" if isinstance(value, float) else str(value)
        return (f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else text).replace("-", "−")
    text = clean(str(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _is_distribution(value: Any) -> bool:
    from sim.election.quantities import FAMILIES

    return isinstance(value, Mapping) and sum(key in FAMILIES for key in value) == 1


def _distribution(value: Mapping[str, Any]) -> str:
    """Return ``drawn from a normal distribution: mean 0.2, sd 0.05, within 0 to 1``."""
    from sim.election.quantities import FAMILIES

    family = next(key for key in value if key in FAMILIES)
    numbers = value[family] if isinstance(value[family], list | tuple) else [value[family]]
    labels = FAMILIES[family].parameters
    words = ", ".join(f"{label} {_show(one)}" for label, one in zip(labels, numbers))
    text = f"drawn once per draw, {family.replace('_', '-')} ({words})"
    within = value.get("within")
    if isinstance(within, list | tuple) and len(within) == 2:
        text += f", within {_show(within[0])} to {_show(within[1])}"
    return text


def _notes(value: Mapping[str, Any]) -> list[str]:
    return [f"{key}: {_show(value[key])}" for key in NOTES if isinstance(value.get(key), str | int | float)]


def _words(key: str) -> str:
    return key.replace("_", " ")


class _Walk:
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def name(self, key: Any) -> str:
        return self.names.get(str(key), _words(str(key)))

    def section(self, stage: str, body: Any) -> Entry:
        """One section; a mapping of named parts (as in ``rules``) becomes one entry for each."""
        if not isinstance(body, Mapping):
            return self.value(stage, body, "", None)
        parts = {key: below for key, below in body.items() if isinstance(below, Mapping) and "model" in below}
        if "model" not in body and parts and len(parts) == len(body):
            return Entry(_words(stage), below=[self.part(stage, key, below) for key, below in parts.items()])
        return self.part(stage, stage, body)

    def part(self, stage: str, name: str, body: Mapping[str, Any]) -> Entry:
        cls = _part_of(stage, body)
        entry = Entry(_words(name), value=_words(str(body.get("model", ""))))
        if cls is not None:
            entry.value = _words(cls.model)
            entry.meaning = _sentence(cls)
            if cls.reference:
                entry.notes.append(f"reference: {cls.reference}")
        entry.below = list(self.fields({k: v for k, v in body.items() if k != "model"}, cls))
        return entry

    def fields(self, body: Mapping[str, Any], cls: Any) -> Iterator[Entry]:
        """Entries of a mapping, with the defaults that a part's fields add."""
        known = _fields(cls)
        for i, (key, value) in enumerate(body.items()):
            if i == ROWS:
                yield Entry(_more(len(body), "entries"))
                break
            info = known.get(key)
            yield self.value(
                str(key),
                value,
                (info.description or "") if info is not None else "",
                _class_in(info.annotation) if info is not None else None,
            )
        for key, info in known.items():
            default = info.default
            plain = isinstance(default, str | int | float) and default != ""
            if key not in body and plain and (default or isinstance(default, bool)):
                yield Entry(_words(key), f"{_show(default)} (default)", info.description or "")

    def value(self, key: str, value: Any, meaning: str, cls: Any) -> Entry:
        entry = Entry(self.name(key), meaning=meaning)
        if _is_distribution(value):
            entry.value, entry.notes = _distribution(value), _notes(value)
        elif value in ({}, []):
            entry.value = "none"
        elif isinstance(value, Mapping):
            self._mapping(entry, value, cls)
        elif isinstance(value, list | tuple):
            self._list(entry, value)
        else:
            entry.value = _show(value)
        return entry

    def _mapping(self, entry: Entry, value: Mapping[str, Any], cls: Any) -> None:
        flat = {key: self._cell(below) for key, below in value.items() if not _nested(below)}
        own = bool(set(value) & set(_fields(cls)))
        if own or len(flat) < len(value):
            entry.below = list(self.fields(value, cls)) if own else self._rows(entry, value, cls)
            return
        if len(flat) <= INLINE:
            entry.value = ", ".join(f"{self.name(key)} {cell}" for key, cell in flat.items())
        else:
            rows = tuple((self.name(key), cell) for key, cell in list(flat.items())[:ROWS])
            entry.value = f"{len(flat)} values"
            entry.table = Table("", ("", "value"), rows, _more(len(flat)))
        for below in value.values():
            if isinstance(below, Mapping):
                entry.notes += [note for note in _notes(below) if note not in entry.notes]

    def _rows(self, entry: Entry, value: Mapping[str, Any], cls: Any) -> list[Entry]:
        """A mapping id → row becomes a table; anything else entries below."""
        rows = [below for below in value.values() if isinstance(below, Mapping)]
        like_rows = len(rows) == len(value) > 1 and not any(_nested(x) for row in rows for x in row.values())
        if like_rows and len({key for row in rows for key in row}) <= 8:
            self._table(entry, [{"id": key, **row} for key, row in value.items()])
            return []
        return list(self.fields(value, None))

    def _list(self, entry: Entry, value: Sequence[Any]) -> None:
        if value and all(isinstance(row, Mapping) for row in value):
            self._table(entry, value)
            return
        shown = [self.name(one) if isinstance(one, str) else _show(one) for one in value[:ROWS]]
        entry.value = ", ".join(shown) + (f" and {len(value) - ROWS} more" if len(value) > ROWS else "")

    def _table(self, entry: Entry, rows: Sequence[Mapping[str, Any]]) -> None:
        columns = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in NOTES]
        if {"region", "name"} <= set(columns):
            columns.remove("region")
        head = tuple(_words(str(key)) for key in columns)
        cells = tuple(tuple(self._cell(row.get(key), key) for key in columns) for row in rows[:ROWS])
        entry.value = entry.value or f"{len(rows)} rows"
        left = next((i for i, key in enumerate(columns) if isinstance(rows[0].get(key), int | float)), len(columns))
        entry.table = Table("", head, cells, _more(len(rows)), max(1, left))
        for key in NOTES:
            found = list(dict.fromkeys(_show(row[key]) for row in rows if isinstance(row.get(key), str | int)))
            if len(found) == 1:
                entry.notes.append(f"{key}: {found[0]}")
            elif found:
                more = [f"and {len(found) - SOURCES} more"] if len(found) > SOURCES else []
                entry.remarks.append((key, [*found[:SOURCES], *more]))

    def _cell(self, value: Any, column: str = "") -> str:
        if value is None:
            return ""
        if _is_distribution(value):
            return _distribution(value)
        if isinstance(value, Mapping):
            return ", ".join(f"{self.name(key)} {self._cell(below)}" for key, below in value.items())
        if isinstance(value, list | tuple):
            return ", ".join(self._cell(one) for one in value)
        return self.name(value) if column in ("region", "option") else _show(value)


def _sentence(cls: Any) -> str:
    """Return the first paragraph of a part's docstring, its code marks as quotation marks."""
    text = (inspect.getdoc(cls) or "").split("\n\n", 1)[0].replace("\n", " ")
    return re.sub(r"``([^`]*)``", r"‘\1’", text)


def _nested(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple) and not _is_distribution(value)


def _more(n: int, what: str = "rows") -> str:
    return f"and {n - ROWS} more {what}" if n > ROWS else ""

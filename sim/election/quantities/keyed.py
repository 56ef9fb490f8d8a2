"""Numbers by region, group or option: a default, a mapping, or a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.election.quantities.distribution import FAMILIES, Value, plain_value, read_value
from sim.election.quantities.numbers import Bounds, Faults, near

__all__ = ["Keyed", "read_keyed", "table_key"]


@dataclass(frozen=True)
class Keyed:
    """A value for each region or option: ``default`` where none is named."""

    kind: str
    default: Value | None = None
    values: Mapping[str, Value] = field(default_factory=dict)

    def of(self, key: str) -> Value | None:
        """Return the value of one region or option, None where there is neither value nor default."""
        return self.values.get(key, self.default)

    def plain(self) -> Any:
        """Return it as it is written in a file."""
        if not self.values and self.default is not None:
            return plain_value(self.default)
        head = {} if self.default is None else {"default": plain_value(self.default)}
        return {**head, **{key: plain_value(value) for key, value in self.values.items()}}

    def check(self, known: tuple[str, ...], complete: bool = True) -> Iterator[tuple[str, str]]:
        """Yield (key, message) for names that do not exist and, if ``complete``, for those left out."""
        for key in self.values:
            if key not in known:
                yield key, f"there is no {self.kind} {key!r}{near(key, known)}"
        missing = [key for key in known if self.of(key) is None]
        if complete and missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            yield (
                "",
                f"no value for the {self.kind} {', '.join(missing[:5])}{more}; name it or give a 'default'",
            )


def table_key(row: Mapping[str, Any], columns: tuple[str, ...]) -> str:
    """Return the key of a row: what stands in the key columns, joined by ``/``; "" where nothing does."""
    return "/".join(str(row[column]) for column in columns if row.get(column) not in (None, ""))


def _rows_to_mapping(rows: list[Any], columns: tuple[str, ...]) -> dict[str, tuple[Any, int, str]]:
    """Turn table rows into {key: (value, row, column)}; the column is ``value`` or the only numeric one."""
    faults: list[tuple[tuple[str | int, ...], str]] = []
    out: dict[str, tuple[Any, int, str]] = {}
    keys, column = _columns(rows, columns)
    for i, row in enumerate(rows):
        key = table_key(row, keys)
        if not key or row.get(column) is None:
            faults.append(((i,), f"the row has no {(keys[0] if not key else column)!r}"))
        elif key in out:
            kind = keys[0] if len(keys) == 1 else "who is meant,"
            faults.append(((i, keys[0]), f"{kind} {key!r} stands twice (first in row {out[key][1] + 1})"))
        else:
            out[key] = (row[column], i, column)
    if faults:
        raise Faults(*faults)
    return out


def _columns(rows: list[Any], known: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return the key columns and the column of the values."""
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        raise Faults(((), f"expected a table with the columns '{known[0]}' and 'value'"))
    columns = list(dict.fromkeys(column for row in rows for column in row))
    keys = tuple(column for column in known if column in columns)
    if not keys:
        raise Faults(((), f"the table has no column '{known[0]}' (columns: {', '.join(map(str, columns))})"))
    if "value" in columns:
        return keys, "value"
    numeric = [
        column
        for column in columns
        if column not in keys and all(isinstance(row.get(column), int | float) for row in rows)
    ]
    if len(numeric) != 1:
        found = f"{len(numeric)} numeric columns ({', '.join(numeric)})" if numeric else "no numeric column"
        raise Faults(((), f"the table has no column 'value' and {found}; call the right one 'value'"))
    return keys, str(numeric[0])


def read_keyed(value: Any, kind: str, bounds: Bounds, columns: tuple[str, ...] = ()) -> Keyed:
    """Read a number, a mapping or a table; ``columns`` of a table make the key, by default the one of its kind."""
    if isinstance(value, Keyed):
        return value
    if isinstance(value, list):
        rows = _rows_to_mapping(value, columns or (kind,))
        items: dict[str, tuple[Any, tuple[str | int, ...]]]
        items = {key: (item, (row, column)) for key, (item, row, column) in rows.items()}
    elif isinstance(value, Mapping) and not _looks_like_distribution(value):
        items = {str(key): (item, (str(key),)) for key, item in value.items()}
    else:
        return Keyed(kind, read_value(value, bounds))
    faults: list[tuple[tuple[str | int, ...], str]] = []
    out: dict[str, Value] = {}
    for key, (item, where) in items.items():
        try:
            out[key] = read_value(item, bounds)
        except Faults as error:
            faults.extend(((*where, *path), message) for path, message in error.faults)
        except ValueError as error:
            faults.append((where, str(error)))
    if faults:
        raise Faults(*faults)
    return Keyed(kind, out.pop("default", None), out)


def _looks_like_distribution(value: Mapping[str, Any]) -> bool:
    return any(key in FAMILIES for key in value)

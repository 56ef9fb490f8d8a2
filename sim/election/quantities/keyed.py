"""Numbers by region or option: a default, a mapping, or a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.election.quantities.distribution import FAMILIES, Value, plain_value, read_value
from sim.election.quantities.numbers import Bounds, Faults, near

__all__ = ["Keyed", "read_keyed"]


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


def _rows_to_mapping(rows: list[Any], kind: str, where: tuple[str | int, ...] = ()) -> dict[str, tuple[Any, int, str]]:
    """Turn table rows into {key: (value, row, column)}; the column is ``value`` or the only numeric one."""
    faults: list[tuple[tuple[str | int, ...], str]] = []
    out: dict[str, tuple[Any, int, str]] = {}
    column = _value_column(rows, kind)
    for i, row in enumerate(rows):
        if row.get(kind) is None or row.get(column) is None:
            missing = kind if row.get(kind) is None else column
            faults.append(((*where, i), f"the row has no {missing!r}"))
            continue
        key = str(row[kind])
        if key in out:
            faults.append(((*where, i, kind), f"{kind} {key!r} stands twice (first in row {out[key][1] + 1})"))
        else:
            out[key] = (row[column], i, column)
    if faults:
        raise Faults(*faults)
    return out


def _value_column(rows: list[Any], kind: str) -> str:
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        raise Faults(((), f"expected a table with the columns '{kind}' and 'value'"))
    columns = list(dict.fromkeys(column for row in rows for column in row))
    if kind not in columns:
        raise Faults(((), f"the table has no column '{kind}' (columns: {', '.join(map(str, columns))})"))
    if "value" in columns:
        return "value"
    numeric = [
        column for column in columns if column != kind and all(isinstance(row.get(column), int | float) for row in rows)
    ]
    if len(numeric) != 1:
        found = f"{len(numeric)} numeric columns ({', '.join(numeric)})" if numeric else "no numeric column"
        raise Faults(((), f"the table has no column 'value' and {found}; call the right one 'value'"))
    return str(numeric[0])


def read_keyed(value: Any, kind: str, bounds: Bounds) -> Keyed:
    """Read a number, a mapping or a table by region or option."""
    if isinstance(value, Keyed):
        return value
    if isinstance(value, list):
        rows = _rows_to_mapping(value, kind)
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

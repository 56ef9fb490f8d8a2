"""Sets of shares that sum to one, for the nation or by region, group or both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.election.quantities.distribution import NOTES, Distribution, Value, plain_value, read_value
from sim.election.quantities.keyed import table_key
from sim.election.quantities.numbers import Bounds, Faults

__all__ = ["Shares", "read_shares"]


#: Columns of a table of shares that say whose they are.
KEYS = ("region", "group")

#: Columns of a table of shares that are no options.
DESCRIPTIVE = (*KEYS, "name", "standing", "status", *NOTES)


@dataclass(frozen=True)
class Shares:
    """Shares of the options, for the nation or by region, group or both; each set sums to one.

    The keys of ``regional`` are read by `sim.election.strata`.
    """

    national: Mapping[str, Value] | None = None
    regional: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    @property
    def fixed(self) -> bool:
        """Whether no share is a distribution."""
        sets = [*self.regional.values(), *([self.national] if self.national else [])]
        return not any(isinstance(value, Distribution) for one in sets for value in one.values())

    def plain(self) -> Any:
        """Return it as it is written in a file."""
        if not self.regional:
            return {key: plain_value(value) for key, value in (self.national or {}).items()}
        # A name of both reads the same in one column.
        rows = [{"region": r, **{k: plain_value(v) for k, v in one.items()}} for r, one in self.regional.items()]
        if self.national:
            rows.insert(0, {"region": "default", **{k: plain_value(v) for k, v in self.national.items()}})
        return rows


SUM_TOLERANCE = 2e-4


def _share_set(
    value: Mapping[str, Any], where: tuple[str | int, ...], faults: list[tuple[tuple[str | int, ...], str]]
) -> dict[str, Value]:
    out: dict[str, Value] = {}
    before = len(faults)
    for key, item in value.items():
        try:
            out[str(key)] = read_value(item, Bounds(0, 1))
        except Faults as error:
            faults.extend(((*where, key, *path), message) for path, message in error.faults)
        except ValueError as error:
            faults.append(((*where, key), str(error)))
    fixed = [item for item in out.values() if not isinstance(item, Distribution)]
    if len(faults) == before and len(fixed) == len(out):
        total = math.fsum(fixed)
        if abs(total - 1) > SUM_TOLERANCE:
            faults.append((where, f"the shares sum to {total:.6g}, not to 1"))
    return out


def _is_table(value: Any) -> bool:
    rows = isinstance(value, list) and all(isinstance(row, Mapping) for row in value)
    return rows and any(column in row for row in value for column in KEYS)


def read_shares(value: Any) -> Shares:
    """Read shares by option, or a table with one row per region, group or both."""
    if isinstance(value, Shares):
        return value
    faults: list[tuple[tuple[str | int, ...], str]] = []
    if isinstance(value, Mapping) and value:
        made = Shares(_share_set(value, (), faults))
    elif _is_table(value):
        keys = tuple(column for column in KEYS if any(column in row for row in value))
        regional: dict[str, dict[str, Value]] = {}
        for i, row in enumerate(value):
            place = table_key(row, keys)
            if not place:
                faults.append(((i,), f"the row has no {keys[0]!r}"))
                continue
            if place in regional:
                kind = keys[0] if len(keys) == 1 else "who is meant,"
                faults.append(((i, keys[0]), f"{kind} {place!r} stands twice"))
            body = {key: item for key, item in row.items() if key not in DESCRIPTIVE}
            regional[place] = _share_set(body, (i,), faults)
        made = Shares(regional.pop("default", None), regional)
    else:
        raise Faults(((), "expected shares by option, or a table with the column 'region' and one per option"))
    if faults:
        raise Faults(*faults)
    return made

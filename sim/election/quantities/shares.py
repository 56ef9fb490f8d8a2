"""Sets of shares that sum to one, for the nation or by region."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.election.quantities.distribution import NOTES, Distribution, Value, plain_value, read_value
from sim.election.quantities.numbers import Bounds, Faults

__all__ = ["Shares", "read_shares"]


#: Columns of a table of shares that are no options.
DESCRIPTIVE = ("region", "name", "standing", "status", *NOTES)


@dataclass(frozen=True)
class Shares:
    """Shares of the options, for the nation or by region; each set sums to one."""

    national: Mapping[str, Value] | None = None
    regional: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    def of(self, region: str) -> Mapping[str, Value] | None:
        """Return the shares that hold in a region."""
        return self.regional.get(region, self.national)

    @property
    def fixed(self) -> bool:
        """Whether no share is a distribution."""
        sets = [*self.regional.values(), *([self.national] if self.national else [])]
        return not any(isinstance(value, Distribution) for one in sets for value in one.values())

    def plain(self) -> Any:
        """Return it as it is written in a file."""
        if not self.regional:
            return {key: plain_value(value) for key, value in (self.national or {}).items()}
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
    return rows and any("region" in row for row in value)


def read_shares(value: Any) -> Shares:
    """Read shares by option, or a table with one row per region."""
    if isinstance(value, Shares):
        return value
    faults: list[tuple[tuple[str | int, ...], str]] = []
    if isinstance(value, Mapping) and value:
        made = Shares(_share_set(value, (), faults))
    elif _is_table(value):
        regional: dict[str, dict[str, Value]] = {}
        for i, row in enumerate(value):
            if row.get("region") is None:
                faults.append(((i,), "the row has no 'region'"))
                continue
            region = str(row["region"])
            if region in regional:
                faults.append(((i, "region"), f"region {region!r} stands twice"))
            body = {key: item for key, item in row.items() if key not in DESCRIPTIVE}
            regional[region] = _share_set(body, (i,), faults)
        made = Shares(regional.pop("default", None), regional)
    else:
        raise Faults(((), "expected shares by option, or a table with the column 'region' and one per option"))
    if faults:
        raise Faults(*faults)
    return made

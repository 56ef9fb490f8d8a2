"""A calibrated scenario as a file: a variant of the original, with uncertainty and source of every value."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim._version import __version__
from sim.election.quantities import Distribution, Keyed, Shares
from sim.errors import ScenarioError
from sim.scenario.scenario import loads
from sim.scenario.writer import flow

if TYPE_CHECKING:
    from sim.analysis.calibrate.fit import Fit
    from sim.analysis.calibrate.parameters import Parameter

__all__ = ["variant"]


def variant(fit: Fit, folder: str | os.PathLike[str] | None) -> str:
    """Return the text of the file; see `Fit.to_yaml`."""
    original = Path(fit.scenario.source_path)
    home = original.parent if folder is None else Path(folder)
    head = _head(fit)
    base = os.path.relpath(original.resolve(), home.resolve()).replace(os.sep, "/")
    if original.is_file() and not base.startswith(".."):
        text = "\n".join([head, f"extends: {flow(base)}", *_fields(fit)]) + "\n"
        try:
            if loads(text, home) == fit.scenario:
                return text
        except ScenarioError:
            pass
    return f"{head}\n{fit.scenario.to_yaml(resolved=True)}"


def _head(fit: Fit) -> str:
    attrs = fit.table.attrs
    how = f"{attrs['draws']:,} draws, seed {attrs['seed']}, tolerance {attrs['tolerance']:g}"
    return f"# Fitted by sailau {__version__}: {how}. Every value with ± its standard error and its target."


def _fields(fit: Fit) -> Iterator[str]:
    """Yield the lines of the sections, one value on each."""
    before: list[str] = []
    for path, value in sorted(fit._moved.fields.items()):
        *parents, name = path.split(".")
        for depth, parent in enumerate(parents):
            if before[: depth + 1] != parents[: depth + 1]:
                yield f"{'  ' * depth}{parent}:"
                before = parents[: depth + 1]
        mine = {(one.region, one.option): one for one in fit.parameters if one.path == path}
        indent = "  " * len(parents)
        yield from (f"{indent}{line}" for line in _value(name, value, mine))


def _value(name: str, value: Keyed | Shares, notes: Mapping[tuple[str, str], Parameter]) -> Iterator[str]:
    if isinstance(value, Keyed) and not value.values:
        yield f"{name}: {_flow(value.default)}{_comment(notes.get(('', '')))}"
    elif isinstance(value, Keyed):
        yield f"{name}:"
        head = [] if value.default is None else [("default", value.default)]
        for region, one in [*head, *value.values.items()]:
            row: dict[str, Any] = {"region": region, "value": _plain(one)}
            yield f"  - {flow(row | _notes([notes.get((region if region != 'default' else '', ''))]))}"
    elif not value.regional:
        yield f"{name}:"
        for option, one in (value.national or {}).items():
            yield f"  {flow(option)}: {_flow(one)}{_comment(notes.get(('', option)))}"
    else:
        yield f"{name}:"
        rows = [("default", "", value.national)] if value.national else []
        for shown, region, shares in [*rows, *((region, region, one) for region, one in value.regional.items())]:
            row = {"region": shown, **{option: _plain(one) for option, one in shares.items()}}
            yield f"  - {flow(row | _notes([notes.get((region, option)) for option in shares]))}"


def _notes(found: Sequence[Parameter | None]) -> dict[str, str]:
    there = [one for one in found if one is not None and not math.isnan(one.sd)]
    if not there:
        return {}
    errors = ", ".join(f"{one.option} ± {one.sd:.1g}".strip() for one in there)
    return {"source": "; ".join(dict.fromkeys(one.source for one in there)), "note": errors}


def _comment(one: Parameter | None) -> str:
    if one is None:
        return ""
    error = "" if math.isnan(one.sd) else f"± {one.sd:.1g}; "
    return f"   # {error}{' '.join(one.source.split())}"


def _plain(value: Any) -> Any:
    return value.plain() if isinstance(value, Distribution) else value


def _flow(value: Any) -> str:
    return flow(_plain(value))

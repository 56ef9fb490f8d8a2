"""Fitted swings as a part of a scenario file."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

from sim._version import __version__
from sim.errors import SimError
from sim.scenario.writer import flow

if TYPE_CHECKING:
    from sim.analysis.calibrate.panel import Panel

__all__ = ["changes", "text"]


def changes(panel: Panel, section: str, uncertain: bool) -> dict[str, Any]:
    """Return {path: value}; see `Panel.changes`."""
    if section not in ("turnout", "voters"):
        raise SimError(f"section: expected 'turnout' or 'voters', got {section!r}")
    ds = panel.table
    sizes = {
        str(name): (float(ds["sd"].values[i]), float(ds["sd_se"].values[i]))
        for i, name in enumerate(ds["component"].values)
    }
    source = f"{ds.attrs['method']} on {ds.attrs['cells']} figures of {panel._file}"

    def value(component: str) -> Any:
        sd, error = sizes[component]
        if not uncertain or not sd or math.isnan(error):
            return round(sd, 4)
        return {"lognormal": [round(sd, 4), round(error / sd, 4)], "within": [0.0, 20.0], "source": source}

    out = {f"{section}.swing.national": value("national"), f"{section}.swing.regional": value("residual")}
    for name, inside in panel._seen.blocks.items():
        members = [region for region, one in zip(panel._seen.regions, inside) if one]
        out[f"{section}.swing.blocks.{name}"] = {"regions": members, "sd": value(f"block {name}")}
    return out


def text(panel: Panel, extends: str | os.PathLike[str] | None, section: str) -> str:
    """Return the lines of a file; see `Panel.to_yaml`."""
    ds = panel.table
    errors = {str(name): float(ds["sd_se"].values[i]) for i, name in enumerate(ds["component"].values)}
    found = changes(panel, section, False)
    lines = [
        f"# Fitted by sailau {__version__}: {ds.attrs['method']} on {ds.attrs['cells']} figures of {panel._file},",
        f"# votes {ds.attrs['votes']}. Every sd with ± its standard error.",
        *([f"extends: {flow(os.fspath(extends))}"] if extends is not None else []),
        f"{section}:",
        "  swing:",
        f"    national: {found[f'{section}.swing.national']}   # {_error(errors['national'])}",
        f"    regional: {found[f'{section}.swing.regional']}   # {_error(errors['residual'])}",
    ]
    if panel._seen.blocks:
        lines.append("    blocks:")
        for name in panel._seen.blocks:
            body = flow(found[f"{section}.swing.blocks.{name}"])
            lines.append(f"      {flow(name)}: {body}   # {_error(errors[f'block {name}'])}")
    return "\n".join(lines) + "\n"


def _error(error: float) -> str:
    return "at the end of its range: no standard error" if math.isnan(error) else f"± {error:.2g}"

"""A posterior as a scenario file: a variant of the original."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim._version import __version__
from sim.errors import ScenarioError
from sim.scenario.scenario import loads
from sim.scenario.writer import flow, write_yaml

if TYPE_CHECKING:
    from sim.analysis.calibrate.bayes import Posterior

__all__ = ["posterior_file"]


def posterior_file(posterior: Posterior, folder: str | os.PathLike[str] | None) -> str:
    """Return the text of the file; see `Posterior.to_yaml`."""
    original = Path(posterior.scenario.source_path)
    home = original.parent if folder is None else Path(folder)
    head = _head(posterior)
    base = os.path.relpath(original.resolve(), home.resolve()).replace(os.sep, "/")
    if original.is_file() and not base.startswith(".."):
        body: dict[str, Any] = {}
        for path, value in posterior._changes.items():
            below = body
            *parents, name = path.split(".")
            for parent in parents:
                below = below.setdefault(parent, {})
            below[name] = value
        text = f"{head}\nextends: {flow(base)}\n{write_yaml({**body, 'fit': None})}"
        try:
            if loads(text, home) == posterior.scenario:
                return text
        except ScenarioError:
            pass
    return f"{head}\n{posterior.scenario.to_yaml(resolved=True)}"


def _head(posterior: Posterior) -> str:
    table = posterior.table
    size = "{walkers} walkers, {burn} + {steps} steps of {draws} draws, seed {seed}".format(**table.attrs)
    lines = [
        f"# Calibrated by sailau {__version__}: {size}.",
        f"# Given {' '.join(table.attrs['given'].split())}.",
        "# Posterior, mean ± sd:",
    ]
    for i, path in enumerate(table["parameter"].values):
        one = {name: float(table[name].values[i]) for name in ("mean", "sd", "contraction", "ess", "rhat")}
        told = "; not identified, keeps its prior" if path in posterior.unidentified else ""
        told += "; its median, since the field takes no distribution" if path in posterior.medians else ""
        told += "; NOT CONVERGED" if path in posterior.doubtful else ""
        lines.append(
            f"#   {path}: {one['mean']:.4g} ± {one['sd']:.2g}, contraction {one['contraction']:.2f}, "
            f"ESS {one['ess']:.0f}, R-hat {one['rhat']:.3f}{told}"
        )
    return "\n".join(lines)

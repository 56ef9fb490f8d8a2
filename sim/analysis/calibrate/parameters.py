"""The fitted parameters one by one: what they were, what they are, how sure, and where from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibrate.intercepts import Level, Moved, getattr_path, places_of
from sim.analysis.calibrate.targets import Target
from sim.election.quantities import Distribution, Keyed, Shares

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Parameter", "parameters", "table"]

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Parameter:
    """One fitted number.

    Attributes
    ----------
    path
        Of the field in the scenario.
    region, option
        Which number of the field; empty where it has one for all.
    old, new
        Shares; of an uncertain one the median.
    sd
        Standard error of ``new``, a share: that of its target and that of the Monte Carlo expectation; NaN where it
        only takes what the targets leave.
    source
        The target and where it comes from.
    """

    path: str
    region: str
    option: str
    old: float
    new: float
    sd: float
    source: str

    @property
    def label(self) -> str:
        """The whole path."""
        return ".".join(part for part in (self.path, self.region, self.option) if part)


def parameters(levels: Sequence[Level], moved: Moved, errors: Mapping[Any, float]) -> list[Parameter]:
    """Return every number of the fitted fields that a target has moved; ``errors`` are on the log-odds scale."""
    out = []
    for path, value in moved.fields.items():
        mine = [level for level in levels if level.path == path]
        base = getattr_path(mine[0].part, path.partition(".")[2])
        for region, option, old, new, level in _numbers(base, value, mine):
            if level is None:
                continue
            target = _target_of(level, option)
            centre = new.parameters[0] if isinstance(new, Distribution) else float(new)
            error = math.nan if target is None else math.hypot(errors[target.key], target.sd)
            out.append(
                Parameter(
                    path, region, option, float(old), centre, centre * (1 - centre) * error, _source(level, target)
                )
            )
    return out


def _numbers(
    base: Keyed | Shares, value: Keyed | Shares, levels: Sequence[Level]
) -> Iterator[tuple[str, str, Any, Any, Level | None]]:
    """Yield (of whom, option, old, new, moved by which level)."""
    if isinstance(base, Keyed) and isinstance(value, Keyed):
        places, nation = places_of(tuple(base.values), levels)
        if value.default is not None:
            yield "", "", base.default, value.default, nation
        for name, (key, level) in places.items():
            yield name, "", base.values.get(key, base.default), value.values[name], level
    elif isinstance(base, Shares) and isinstance(value, Shares):
        places, nation = places_of(tuple(base.regional), levels)
        for name, (key, level) in {"": ("", nation), **places}.items():
            before = base.regional.get(key, base.national) or {}
            after = value.regional[name] if name else value.national or {}
            for option, share in after.items():
                yield name, option, before[option], share, level


def _target_of(level: Level, option: str) -> Target | None:
    return next((target for target in level.targets if target.option == option), None)


def _source(level: Level, target: Target | None) -> str:
    if target is None:
        return "in proportion to what the targets leave"
    figure = f"{target.label} = {target.value:.6g}"
    return f"{figure}; {target.source}" if target.source else figure


def table(
    targets: Sequence[Target], found: Sequence[Parameter], columns: Mapping[str, F64], attrs: Mapping[str, Any]
) -> xr.Dataset:
    """Return targets and parameters as a Dataset."""
    import xarray as xr

    meanings = {
        "goal": "target",
        "goal_sd": "standard error of the target, log-odds",
        "before": "expectation before, on the fitted seed",
        "fitted": "expectation after, on the fitted seed",
        "fitted_mcse": "Monte Carlo standard error of fitted",
        "check": "expectation after, on an independent seed",
        "difference": "check less target",
        "difference_mcse": "Monte Carlo standard error of the difference",
    }
    data: dict[str, Any] = {name: ("target", values, {"long_name": meanings[name]}) for name, values in columns.items()}
    data["old"] = ("parameter", np.array([one.old for one in found]), {"long_name": "value before"})
    data["new"] = ("parameter", np.array([one.new for one in found]), {"long_name": "fitted value"})
    data["new_sd"] = ("parameter", np.array([one.sd for one in found]), {"long_name": "its standard error"})
    coords = {
        "target": [target.label for target in targets],
        "parameter": [one.label for one in found],
        **{
            name: ("target", [getattr(target, name) for target in targets]) for name in ("variable", "region", "option")
        },
        "source": ("parameter", [one.source for one in found]),
    }
    return xr.Dataset(data, coords, dict(attrs))

"""A calibration as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.tables import Table, number, percent

if TYPE_CHECKING:
    import xarray as xr

    from sim.analysis.calibrate.fit import Fit

__all__ = ["page"]

WORDS = {"vote_share": "vote share", "turnout": "turnout", "invalid_share": "invalid ballots"}


def page(fit: Fit) -> tuple[list[str], list[Table]]:
    """Return the lines and tables as which a calibration prints."""
    ds = fit.table
    draws, tolerance = int(ds.attrs["draws"]), float(ds.attrs["tolerance"])
    n = ds.sizes["target"]
    head = [
        f"{ds.attrs['title']}: {n} target{'s' * (n != 1)} fitted with {draws:,} draws, seed {ds.attrs['seed']}",
        f"On the fitted seed the largest distance from a target is {_largest(ds, 'fitted'):.1e} "
        f"(tolerance {tolerance:g}); on an independent seed it is {_largest(ds, 'check'):.1e}, "
        f"with a Monte Carlo standard error of {float(ds['difference_mcse'].max()):.1e}.",
    ]
    names = _names(fit)
    tables = [_targets(ds, names), _parameters(fit, names)]
    if fit.unfitted:
        tables.append(Table("Not fitted", ("", "why"), fit.unfitted, left=2))
    return head, tables


def _largest(ds: xr.Dataset, name: str) -> float:
    return float(np.abs(ds[name].values - ds["goal"].values).max())


def _names(fit: Fit) -> Callable[[str, str], str]:
    world = fit.scenario.world
    regions: Mapping[str, str] = world.layout.names
    options = {option.id: option.name for option in world.listed_options}

    def words(region: str, option: str) -> str:
        return ", ".join(part for part in (regions.get(region, region), options.get(option, option)) if part)

    return words


def _targets(ds: xr.Dataset, names: Callable[[str, str], str]) -> Table:
    rows: list[tuple[str, ...]] = []
    before = ""
    for i in range(ds.sizes["target"]):
        variable = str(ds["variable"].values[i])
        if variable != before:
            rows.append((f"{WORDS[variable]}, %",))
            before = variable
        what = names(str(ds["region"].values[i]), str(ds["option"].values[i])) or "nation"
        columns = ("goal", "before", "fitted", "check", "difference", "difference_mcse")
        rows.append((f"  {what}", *(percent(ds[name].values[i], 3) for name in columns)))
    note = "before, after: expectations on the fitted seed; check: on an independent one; ±: of check − target."
    head = ("", "target", "before", "after", "check", "check − target", "±")
    return Table("Targets", head, tuple(rows), note)


def _parameters(fit: Fit, names: Callable[[str, str], str]) -> Table:
    rows: list[tuple[str, ...]] = []
    before = ""
    for one in fit.parameters:
        if one.path != before:
            rows.append((one.path,))
            before = one.path
        what = names(one.region, one.option) or "all"
        rows.append((f"  {what}", number(one.old, 6), number(one.new, 6), number(one.sd, 6)))
    note = "±: standard error, from the target's own and the Monte Carlo error of the expectation."
    return Table("Fitted parameters", ("", "before", "after", "±"), tuple(rows), note)

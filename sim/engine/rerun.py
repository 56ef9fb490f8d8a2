"""Running the scenario inside a result again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.run import Progress, run
from sim.errors import ResultError
from sim.scenario.scenario import loads

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["rerun"]

#: Draws compared at a time.
SLICE = 50_000


def rerun(ds: xr.Dataset, *, threads: int | None = None, progress: Progress | None = None) -> list[str]:
    """Run the scenario of a result again and compare every number.

    Returns
    -------
    Names of the variables compared.

    Raises
    ------
    ResultError
        If a number differs, or the scenario inside is not the one that was run.
    """
    scenario = loads(ds.attrs["scenario_yaml"], name="scenario_yaml")
    if scenario.sha256 != ds.attrs["scenario_sha256"]:
        raise ResultError("the scenario inside the result is not the one it was made from: their hashes differ")
    again = run(scenario, threads=threads, progress=progress)
    names = [str(name) for name in ds.data_vars]
    differing = [name for name in names if name not in again or not _equal(ds[name], again[name])]
    if differing:
        made, now = ds.attrs.get("sailau_version"), again.attrs["sailau_version"]
        raise ResultError(f"{', '.join(differing)} differ from the result (made by sailau {made}, run again by {now})")
    return names


def _equal(a: xr.DataArray, b: xr.DataArray) -> bool:
    if a.dims != b.dims or a.shape != b.shape:
        return False
    if a.dims[:1] != ("draw",):
        return bool(np.array_equal(a.values, b.values))
    return all(
        np.array_equal(a[start : start + SLICE].values, b[start : start + SLICE].values)
        for start in range(0, a.shape[0], SLICE)
    )

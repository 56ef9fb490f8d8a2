"""Running the scenario inside a result again, and comparing every number as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim._version import __version__
from sim.engine.chunks import Progress
from sim.engine.header import header
from sim.engine.plan import Plan, make_plan
from sim.engine.run import default_threads, drive, whole
from sim.engine.sink import Arrays, Sink
from sim.engine.tallies import Tallies
from sim.errors import ResultError
from sim.results.contract import check
from sim.results.describe import Description
from sim.scenario.scenario import Scenario, loads

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["rerun"]

#: Attributes that follow from the scenario.
FOLLOW = ("title", "date", "note", "draws", "seed", "streams", "scenario_sha256", "scenario_yaml")


class Comparison(Sink):
    """Stores nothing: compares each chunk with that of a result, and remembers the first difference."""

    def __init__(self, plan: Plan, ds: xr.Dataset, descriptions: Sequence[Description]) -> None:
        super().__init__(plan)
        self._ds = ds
        self._shared = [d for d in descriptions if d.data is not None]
        self.differing: dict[str, tuple[int, ...]] = {}

    def write(self, chunk: int, arrays: Arrays) -> None:
        """Compare the chunk's draws."""
        first, count = self.plan.chunk(chunk)
        for name, array in arrays.items():
            self._compare(name, self._ds[name].isel(draw=slice(first, first + count)).values, array, first)

    def finish(self) -> xr.Dataset:
        """Compare what all draws share."""
        for d in [*self._shared, *self.tallies.summaries()]:
            self._compare(d.name, self._ds[d.name].values, np.asarray(d.data))
        return self._ds

    def _compare(self, name: str, old: NDArray[Any], new: NDArray[Any], first: int = 0) -> None:
        differs = old != new
        if differs.any():
            place = tuple(int(i) for i in np.argwhere(differs)[0])
            place = (place[0] + first, *place[1:])
            with self._lock:
                self.differing[name] = min(place, self.differing.get(name, place))

    def message(self) -> str:
        """Name every variable that differs, and where the first one does."""
        names = [name for name in (*self._ds.coords, *self._ds.data_vars) if name in self.differing]
        array = self._ds[names[0]]
        labels = (str(self._ds[dim].values[i]) for dim, i in zip(array.dims, self.differing[str(names[0])]))
        where = ", ".join(f"{dim} {label}" for dim, label in zip(array.dims, labels))
        made = self._ds.attrs.get("sailau_version", "?")
        by = "" if made == __version__ else f" (it was made by sailau {made}, this is {__version__})"
        verb = "differs" if len(names) == 1 else "differ"
        return f"{', '.join(map(str, names))} {verb} from the result, {names[0]} first at {where}{by}"


def rerun(ds: xr.Dataset, *, threads: int | None = None, progress: Progress | None = None) -> list[str]:
    """Run the scenario of a result again and compare every number; memory stays flat.

    Returns
    -------
    Names of the variables compared.

    Raises
    ------
    ResultError
        If the result does not keep to its contract, a number differs, or the scenario inside is not the one
        that was run.
    """
    threads = whole("threads", default_threads() if threads is None else threads, 1, 1024)
    check(ds)
    scenario = _scenario(ds)
    plan = make_plan(scenario, scenario.run.draws, int(ds.attrs["seed"]))
    descriptions, attributes = header(plan, scenario)
    for name in FOLLOW:
        if ds.attrs.get(name) != attributes[name]:
            raise ResultError(f"the attribute {name!r} of the result does not follow from its scenario")
    names = [d.name for d in descriptions] + [d.name for d in Tallies(plan).summaries()]
    missing = sorted(set(names) ^ {str(name) for name in ds.variables})
    if missing:
        raise ResultError(f"{', '.join(missing)}: in the result or in its run, but not in both")
    comparison = Comparison(plan, ds, descriptions)
    drive(plan, comparison, threads, progress)
    if comparison.differing:
        raise ResultError(comparison.message())
    return [str(name) for name in ds.data_vars]


def _scenario(ds: xr.Dataset) -> Scenario:
    scenario = loads(ds.attrs["scenario_yaml"], name="scenario_yaml")
    if scenario.sha256 != ds.attrs.get("scenario_sha256"):
        raise ResultError("the scenario inside the result is not the one it was made from: their hashes differ")
    if scenario.run.draws != ds.sizes["draw"]:
        raise ResultError(f"the result has {ds.sizes['draw']:,} draws, its scenario {scenario.run.draws:,}")
    return scenario

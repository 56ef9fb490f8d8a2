"""What a block writes: from the arrays of the stages to the arrays of the result.

Inside, options come first and names stand in canonical order; in the result the draw comes first and names
stand in the order of the file.  The change happens here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World
from sim.errors import SimError
from sim.results.contract import CORE, STATIONS, lost

__all__ = ["Output", "Tally", "outputs_of", "tallies_of"]

Write = Callable[[Block, NDArray[Any]], None]


@dataclass(frozen=True)
class Output:
    """One variable of the result that has a draw dim, or one that all draws share.

    Attributes
    ----------
    variable
        Its declaration.
    dims, shape
        Of the result; the draw dim, if any, is first and left out of ``shape``.
    write
        ``write(block, out)`` fills ``out`` of shape (draws, …).
    """

    variable: Variable
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    write: Write

    @property
    def name(self) -> str:
        """Name of the variable."""
        return self.variable.name

    @property
    def by_draw(self) -> bool:
        """Whether it differs from draw to draw."""
        return self.dims[0] == "draw"

    @property
    def dtype(self) -> np.dtype[Any]:
        """Its dtype."""
        return np.dtype(self.variable.dtype)

    @property
    def bytes_per_draw(self) -> int:
        """Size of one draw."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize if self.by_draw else 0


@dataclass(frozen=True)
class Tally:
    """A sum over draws of counts by station: (rows, units), with the sum of squares."""

    name: str
    rows: int
    counts: Callable[[Block], NDArray[np.int32]]


def _station_order(world: World) -> NDArray[np.int64]:
    """Stations in the order of the file's regions."""
    spans = [np.arange(world.offsets[r], world.offsets[r + 1]) for r in world.region_order]
    return np.concatenate(spans).astype(np.int64)


def _regions(get: Callable[[Block], NDArray[np.int32]], order: NDArray[np.int64]) -> Write:
    def write(block: Block, out: NDArray[Any]) -> None:
        np.take(get(block), order, axis=-1, out=out, mode="clip")

    return write


def _votes(get: Callable[[Block], NDArray[np.int32]], options: NDArray[np.int64], units: NDArray[np.int64]) -> Write:
    def write(block: Block, out: NDArray[Any]) -> None:
        from sim.numeric.counts import to_draw_major

        to_draw_major(get(block), options, units, out)

    return write


def _core(world: World) -> dict[str, Write]:
    regions, options = world.region_order, world.option_order
    writes = {
        "registered": _regions(lambda block: block.region_registered, regions),
        "ballots_cast": _regions(lambda block: block.region_ballots, regions),
        "invalid_ballots": _regions(lambda block: block.by_region(block.invalid_ballots, "invalid"), regions),
        "votes": _votes(lambda block: block.region_votes, options, regions),
    }
    if world.has_stations:
        stations = _station_order(world)
        writes |= {
            "station_registered": _regions(lambda block: np.broadcast_to(
                block.registered, (block.count, world.n_units)), stations),
            "station_ballots_cast": _regions(lambda block: block.ballots_cast, stations),
            "station_invalid_ballots": _regions(lambda block: block.invalid_ballots, stations),
            "station_votes": _votes(lambda block: block.votes, options, stations),
        }
    return writes


def _from_part(world: World, variable: Variable) -> Write:
    """Write an output of a part: (option?, draw) in canonical order to (draw, option?) in file order."""
    place = np.empty(world.n_options + 1, np.int64)
    place[world.option_order] = np.arange(world.n_options)
    place[-1] = -1

    def write(block: Block, out: NDArray[Any]) -> None:
        value = block.outputs[variable.name]
        if variable.indexes == "option":
            value = place[value]
        if "option" in variable.dims:
            value = value[world.option_order].T
        out[...] = value

    return write


def outputs_of(world: World, declared: Iterable[Variable], keep: tuple[str, ...]) -> tuple[Output, ...]:
    """Return what is written: the core variables, those of the parts, and what the user asks to keep.

    Raises
    ------
    SimError
        If ``keep`` names a variable that this scenario does not have.
    """
    sizes = {"region": world.n_regions, "option": world.n_options, "station": world.n_units}
    core = _core(world)
    on_request = {v.name: v for v in STATIONS if v.dims[0] == "draw" and v.name in core}
    out = []
    for name in keep:
        if name not in on_request:
            known = ", ".join(on_request) or "nothing, for it has no polling stations"
            raise SimError(f"run.keep: this scenario cannot keep {name!r}; it can keep {known}")
    for variable in (*CORE, *declared, *(on_request[name] for name in dict.fromkeys(keep))):
        dims = tuple(dim.rstrip("?") for dim in variable.dims)
        if variable.dims[0] == "draw?" and not world.layout.uncertain:
            dims = dims[1:]
        shape = tuple(sizes[dim] for dim in dims if dim != "draw")
        write = core.get(variable.name) or _from_part(world, variable)
        out.append(Output(variable, dims, shape, write))
    return tuple(out)


def lost_output(world: World, cause: str) -> Output:
    """Return the output of the people lost for one cause at the polling stations."""
    write = _regions(lambda block: block.by_region(block.lost[cause], f"lost.{cause}"), world.region_order)
    return Output(lost(cause), ("draw", "region"), (world.n_regions,), write)


def tallies_of(world: World) -> tuple[Tally, ...]:
    """Return the sums over draws that are kept by default: ballots and votes of each polling station."""
    if not world.has_stations:
        return ()
    return (
        Tally("station_ballots", 1, lambda block: block.ballots_cast[None]),
        Tally("station_votes", world.n_options, lambda block: block.votes),
    )

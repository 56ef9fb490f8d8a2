"""What a block writes: from the arrays of the stages to the arrays of the result.

Inside, options come first and names stand in canonical order; in the result the draw comes first and names
stand in the order of the file.  The change happens here and nowhere else, in the same way for the variables
of every result, of polling stations and of parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.election.contests import Contest
from sim.election.state import Block
from sim.election.variables import Axis, Variable
from sim.election.world import World
from sim.errors import SimError
from sim.results.contract import CORE, GROUPS, STATIONS

__all__ = ["Output", "Tally", "contest_outputs", "outputs_of", "tallies_of"]

Write = Callable[[Block, NDArray[Any]], None]
Orders = dict[str, NDArray[np.int64]]


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
    options
        Ids of the options to which its values may point.
    """

    variable: Variable
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    write: Write
    options: tuple[str, ...] = ()

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
    """A sum over draws of counts by station: (rows, stations), with the sum of squares."""

    name: str
    rows: int
    counts: Callable[[Block], NDArray[np.int32]]


def _station_order(world: World) -> NDArray[np.int64]:
    """Stations in the order of the file's regions."""
    spans = [np.arange(world.offsets[r], world.offsets[r + 1]) for r in world.region_order]
    return np.concatenate(spans).astype(np.int64)


def _held(block: Block, variable: Variable) -> NDArray[Any]:
    """Return what the block holds for a variable: (option?, draw, place?) in canonical order.

    Counts of cells are summed to what the variable is told by: regions, stations or groups.
    """
    holder, _, key = (variable.source or f"outputs.{variable.name}").partition(".")
    value = getattr(block, holder, None)
    value = value.get(key) if key and value is not None else value
    if value is None:
        raise RuntimeError(f"a part declares {variable.name!r} and leaves 'block.{variable.source or 'outputs'}' empty")
    level = next((dim for dim in variable.dims if dim in _SUMS), None)
    if level is not None and value.shape[-1] in (block.world.n_cells, block.world.n_strata):
        value = _SUMS[level](block, value, variable.name)
    return np.asarray(value)


_SUMS: dict[str, Callable[[Block, Any, str], Any]] = {
    "region": Block.by_region,
    "station": Block.by_unit,
    "group": Block.by_group,
}

#: Dims of places, which stand last in a block; all others stand first.
_LAST = (*_SUMS, "district")


def _places(dims: tuple[str, ...], orders: Orders) -> tuple[NDArray[np.int64] | None, NDArray[np.int64] | None]:
    """Return the order of what stands last in the block, and of what stands first: dims (draw, last, first)."""
    own = [dim for dim in dims if dim != "draw"]
    if len(own) == 2:
        return orders[own[0]], orders[own[1]]
    last = [dim for dim in own if dim in _LAST]
    first = [dim for dim in own if dim not in _LAST]
    return orders[last[0]] if last else None, orders[first[0]] if first else None


def _writer(world: World, variable: Variable, dims: tuple[str, ...], orders: Orders) -> Write:
    """Return the function that brings a variable from its block into the order of the file."""
    order, leading = _places(dims, orders)
    place = np.empty(world.n_options + 1, np.int64)
    place[world.option_order] = np.arange(world.n_options)
    place[-1] = -1

    def write(block: Block, out: NDArray[Any]) -> None:
        value = _held(block, variable)
        if variable.indexes == "option":
            value = place[value]
        if leading is not None and order is not None:
            from sim.numeric.counts import to_draw_major

            to_draw_major(value, leading, order, out)
        elif leading is not None:
            out[...] = value[leading].T
        elif order is None:
            out[...] = value
        elif value.dtype == out.dtype and len(value) == len(out):
            np.take(value, order, axis=-1, out=out, mode="clip")
        else:
            out[...] = value[..., order]

    return write


def outputs_of(
    world: World, declared: Iterable[Variable], keep: tuple[str, ...], axes: Iterable[Axis] = ()
) -> tuple[Output, ...]:
    """Return what is written: the core variables, those of the parts, and what the user asks to keep.

    ``axes`` are the dims that parts add.

    Raises
    ------
    SimError
        If ``keep`` names a variable that this scenario does not have.
    """
    orders = _orders(world, axes)
    on_request = {v.name: v for v in STATIONS if v.dims[0] == "draw" and world.has_stations}
    for name in keep:
        if name not in on_request:
            known = ", ".join(on_request) or "nothing, for it has no polling stations"
            raise SimError(f"run.keep: this scenario cannot keep {name!r}; it can keep {known}")
    out = []
    for variable in (
        *CORE,
        *(GROUPS if world.has_groups else ()),
        *declared,
        *(on_request[name] for name in dict.fromkeys(keep)),
    ):
        out.append(_output(world, variable, orders))
    return tuple(out)


def contest_outputs(contest: Contest, alone: bool) -> tuple[tuple[Output, ...], tuple[Axis, ...]]:
    """Return what a contest adds to the result, and its dims.

    Its variables bear its name, as ``winner_<contest>``, unless it is alone on the common paper; a paper of its own
    has options of its own, along ``option_<contest>``.
    """
    world, own = contest.world, bool(contest.sections)
    axes = tuple(axis for part in contest.parts() for axis in part.axes(world))
    orders = _orders(world, axes)
    core = [v for v in CORE if v.name in ("invalid_ballots", "votes")] if own else []
    variables = [*core, *(v for part in contest.parts() for v in part.used_outputs(world))]
    end = "" if alone else f"_{contest.name}"
    mine = {name: f"{name}{end}" for name in orders if own and name not in ("region", "district", "station", "group")}
    out = tuple(
        _renamed(_output(world, variable, orders), contest.name, f"{variable.name}{end}", mine)
        for variable in dict.fromkeys(variables)
    )
    return out, tuple(dict.fromkeys(replace(axis, name=mine.get(axis.name, axis.name)) for axis in axes))


def _renamed(output: Output, contest: str, name: str, dims: Mapping[str, str]) -> Output:
    """Return an output of a contest's block under the name that it has in the result."""
    write, variable = output.write, output.variable
    return replace(
        output,
        variable=replace(variable, name=name, indexes=dims.get(variable.indexes or "", variable.indexes)),
        dims=tuple(dims.get(dim, dim) for dim in output.dims),
        write=lambda block, out: write(block.contests[contest], out),
    )


def _orders(world: World, axes: Iterable[Axis]) -> Orders:
    return {
        "region": world.region_order,
        "option": world.option_order,
        "station": _station_order(world),
        "group": world.group_order,
        "district": world.district_order,
        **{axis.name: np.array(axis.places, np.int64) for axis in axes},
    }


def _output(world: World, variable: Variable, orders: Orders) -> Output:
    dims = tuple(dim.rstrip("?") for dim in variable.dims)
    if variable.dims[0] == "draw?" and not world.layout.uncertain:
        dims = dims[1:]
    unknown = [dim for dim in dims if dim != "draw" and dim not in orders]
    if unknown:
        raise ValueError(f"{variable.name}: there is no dim {unknown[0]!r}; known: draw, {', '.join(orders)}")
    shape = tuple(len(orders[dim]) for dim in dims if dim != "draw")
    ids = tuple(option.id for option in world.listed_options)
    return Output(variable, dims, shape, _writer(world, variable, dims, orders), ids)


def tallies_of(world: World) -> tuple[Tally, ...]:
    """Return the sums over draws that are kept by default: ballots and votes of each polling station."""
    if not world.has_stations:
        return ()
    return (
        Tally("station_ballots", 1, lambda block: block.by_unit(block.ballots_cast, "station_ballots")[None]),
        Tally("station_votes", world.n_options, lambda block: block.by_unit(block.votes, "station_votes")),
    )

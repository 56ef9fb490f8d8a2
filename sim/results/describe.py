"""What stands in a result file beside the numbers: coordinates, attributes, provenance."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim._version import __version__
from sim.election.variables import Axis, Variable
from sim.election.world import World

__all__ = [
    "SCHEMA_VERSION",
    "STREAMS",
    "Description",
    "coordinates",
    "file_attributes",
    "option_coordinates",
    "provenance",
    "variable_attributes",
]

#: Raised when a result file of an older toolkit could no longer be read.
SCHEMA_VERSION = 1

STREAMS = "Philox4x32-10, counter = (element, draw or pair of draws, variable, attempt), key = seed; version 3"


@dataclass(frozen=True)
class Description:
    """One variable or coordinate of a file: dims, shape, dtype, attributes, and data if it is small."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: Any
    attributes: Mapping[str, str | int | float]
    data: NDArray[Any] | None = None
    coordinate: bool = field(default=False)


def variable_attributes(variable: Variable, options: tuple[str, ...] = ()) -> dict[str, str | int | float]:
    """Return the attributes of a variable: long_name, units, invariant, and what its values point to."""
    out: dict[str, str | int | float] = {"long_name": variable.meaning, "units": variable.units}
    if variable.invariant:
        out["invariant"] = variable.invariant
    if variable.indexes and variable.indexes.startswith("option"):
        out["flag_values"] = ", ".join(str(i) for i in range(-1, len(options)))
        out["flag_meanings"] = ", ".join(("none", *options))
    return out


def file_attributes(one: Description, every: Iterable[Description]) -> dict[str, str | int | float]:
    """Return the attributes as they stand in a file: with the names of the coordinates beside the dims."""
    out = dict(one.attributes)
    shown = [d.name for d in every if d.coordinate and d.name not in d.dims and d.dims[0] in one.dims]
    if shown and not one.coordinate:
        out["coordinates"] = " ".join(shown)
    return out


def coordinates(world: World, draws: int, stations: bool, axes: Iterable[Axis] = ()) -> list[Description]:
    """Return the coordinates of a result, in the order of the scenario's files; ``axes`` are dims that parts add."""
    regions = world.layout.regions
    attributes = world.layout.attributes
    text, whole = _text, _whole
    by_option = option_coordinates(world)

    def tile(name: str) -> list[int]:
        found = attributes.get(name, {})
        return [-1 if found.get(region) is None else int(found[region]) for region in regions]

    kinds = attributes.get("kind", {})
    out = [
        whole("draw", "draw", np.arange(draws), "int64", "number of the draw"),
        text("region", "region", list(regions), "id of the region"),
        by_option[0],
        text("region_name", "region", [world.layout.names[r] for r in regions], "name of the region"),
        text("region_kind", "region", [str(kinds.get(r) or "") for r in regions], "kind of the region"),
        whole("region_tile_column", "region", tile("tile_column"), "int32", "column in the tile map, −1 for none"),
        whole("region_tile_row", "region", tile("tile_row"), "int32", "row in the tile map, −1 for none"),
        *by_option[1:],
    ]
    if world.layout.districts:
        districts = [world.district_of(region) for region in regions]
        out.append(text("region_district", "region", districts, "electoral district in which the region lies"))
    if world.has_groups:
        groups = world.layout.groups
        out.append(text("group", "group", [g.id for g in groups], "id of the group of voters"))
        for trait in world.strata.traits:
            name = f"group_{trait}"
            out.append(text(name, "group", [g.traits[trait] for g in groups], f"{trait} of the group"))
    for axis in axes:
        out.append(text(axis.name, axis.name, [axis.labels[i] for i in axis.places], axis.meaning))
    if stations:
        order = [u for r in world.region_order for u in range(int(world.offsets[r]), int(world.offsets[r + 1]))]
        out += [
            text("station", "station", [world.stations[u] for u in order], "id of the polling station"),
            text(
                "station_region",
                "station",
                [world.regions[world.unit_region[u]] for u in order],
                "region of the station",
            ),
        ]
    return out


def _text(name: str, dim: str, values: list[str], meaning: str) -> Description:
    return Description(name, (dim,), (len(values),), str, {"long_name": meaning}, np.array(values, object), True)


def _whole(name: str, dim: str, values: Any, dtype: str, meaning: str) -> Description:
    data = np.asarray(values, dtype)
    return Description(name, (dim,), data.shape, data.dtype, {"long_name": meaning}, data, True)


def option_coordinates(world: World, end: str = "") -> list[Description]:
    """Return the coordinates of the options; ``end`` is what their names end in where they are not the common ones."""
    options, dim = world.listed_options, f"option{end}"
    return [
        _text(dim, dim, [o.id for o in options], "id of the option on the ballot"),
        _text(f"option_name{end}", dim, [o.name for o in options], "name of the option"),
        _text(f"option_kind{end}", dim, [o.kind for o in options], "kind of the option"),
        _text(f"option_colour{end}", dim, [o.colour or "" for o in options], "colour of the option in figures"),
        _whole(f"option_incumbent{end}", dim, [o.incumbent for o in options], "int8", "1 for the holder of the office"),
    ]


def provenance(
    title: str, date: str | None, note: str | None, scenario_yaml: str, scenario_sha256: str, seed: int, draws: int
) -> dict[str, str | int | float]:
    """Return the attributes of a result: what was run, with what, and what makes it again."""
    import numba

    return {
        "Conventions": "CF-1.11",
        "title": title,
        "date": date or "",
        "note": note or "",
        "source": f"sailau {__version__}",
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "draws": draws,
        "seed": str(seed),
        "streams": STREAMS,
        "schema_version": SCHEMA_VERSION,
        "sailau_version": __version__,
        "python_version": platform.python_version(),
        "numpy_version": np.__version__,
        "numba_version": numba.__version__,
        "platform": f"{sys.platform} {platform.machine()}",
        "scenario_sha256": scenario_sha256,
        "scenario_yaml": scenario_yaml,
    }

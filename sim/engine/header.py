"""What a result holds beside its draws: coordinates, provenance, and the numbers that all draws share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block, Workspace
from sim.engine.plan import Plan
from sim.results.describe import Description, coordinates, option_coordinates, provenance, variable_attributes

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

__all__ = ["header"]


def header(plan: Plan, scenario: Scenario) -> tuple[list[Description], dict[str, str | int | float]]:
    """Return descriptions of all variables of the result and its attributes.

    The first draw is run for it, so that a part that cannot run is found before anything is written.
    """
    world = plan.world
    stations = bool(plan.tallies) or any("station" in output.dims for output in plan.outputs)
    out = coordinates(world, plan.draws, stations, plan.axes)
    for contest in plan.contests:
        if contest.sections:
            out += option_coordinates(contest.world, f"_{contest.name}")
    block = plan.run_block(Block(world, plan.chance, 0, 1, Workspace()))
    for output in plan.outputs:
        data: NDArray[Any] = np.empty((1, *output.shape), output.dtype)
        output.write(block, data)
        shape = (plan.draws, *output.shape) if output.by_draw else output.shape
        described = variable_attributes(output.variable, output.options)
        shared = None if output.by_draw else data[0]
        out.append(Description(output.name, output.dims, shape, output.dtype, described, shared))
    attributes = provenance(
        scenario.title,
        scenario.date,
        scenario.note,
        scenario.to_yaml(resolved=True),
        scenario.sha256,
        plan.seed,
        plan.draws,
    )
    if plan.contests:
        attributes["contests"] = " ".join(contest.name for contest in plan.contests)
    return out, attributes

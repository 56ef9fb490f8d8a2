"""A plan in words: the steps in their order, what is written, how the draws are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.capacity import human
from sim.engine.plan import make_plan

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

__all__ = ["describe"]


def describe(scenario: Scenario) -> str:
    """Return the plan of a scenario as text."""
    plan = make_plan(scenario, seed=scenario.run.seed or 0)
    world = plan.world
    units = f"{world.n_units:,} polling stations in {world.n_regions}" if world.has_stations else str(world.n_regions)
    lines = [
        scenario.title,
        f"{plan.draws:,} draws, {units} regions, {world.n_options} options, "
        f"seed {'drawn at the start' if scenario.run.seed is None else plan.seed}",
        "",
        "steps of each block",
    ]
    width = max(len(step.stage) for step in plan.steps)
    lines += [f"  {i}. {step.stage:{width}}  {step.label}" for i, step in enumerate(plan.steps, 1)]
    lines += ["", "written"]
    width = max(len(output.name) for output in plan.outputs)
    for output in plan.outputs:
        dims = ", ".join(output.dims)
        lines.append(f"  {output.name:{width}}  ({dims})  {output.variable.dtype}, {output.variable.units}")
    for tally in plan.tallies:
        lines.append(f"  {tally.name}_mean, {tally.name}_sd over the draws")
    size = plan.bytes_per_draw * plan.draws
    lines += [
        "",
        f"{plan.n_chunks:,} chunks of {plan.chunk_draws:,} draws in blocks of {plan.block_draws:,}; "
        f"{human(plan.bytes_per_draw)} per draw, {human(size)} in all",
    ]
    return "\n".join(lines)

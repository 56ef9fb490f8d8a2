"""A plan in words: the steps in their order, what is written, how the draws are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.capacity import human
from sim.engine.plan import Plan, make_plan
from sim.results.contract import STATIONS

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

__all__ = ["describe"]


def describe(scenario: Scenario) -> str:
    """Return the plan of a scenario as text."""
    plan = make_plan(scenario, seed=scenario.run.seed or 0)
    world = plan.world
    stations = f"{_count(world.n_units, 'polling station')} in " if world.has_stations else ""
    groups = f"{_count(world.n_groups, 'group')} of voters, " if world.has_groups else ""
    seed = "a seed drawn at the start" if scenario.run.seed is None else f"seed {plan.seed}"
    return "\n".join(
        [
            scenario.title,
            f"{_count(plan.draws, 'draw')}, {stations}{_count(world.n_regions, 'region')}, "
            f"{groups}{_count(world.n_options, 'option')}, {seed}",
            "",
            "Steps of every draw",
            *_steps(plan),
            "",
            "Written",
            *_written(plan),
            "",
            *_cut(plan),
        ]
    )


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _steps(plan: Plan) -> list[str]:
    width = max(len(step.stage) for step in plan.steps)
    return [f"  {i}. {step.stage:{width}}  {step.label}" for i, step in enumerate(plan.steps, 1)]


def _written(plan: Plan) -> list[str]:
    rows = [(o.name, ", ".join(o.dims), str(o.dtype), o.variable.meaning) for o in plan.outputs]
    for tally in plan.tallies:
        dims = ", ".join(next(v.dims for v in STATIONS if v.name == f"{tally.name}_mean"))
        rows += [(f"{tally.name}_{kind}", dims, "float64", f"{kind} over the draws") for kind in ("mean", "sd")]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return ["  " + "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths)), row[3]]) for row in rows]


def _cut(plan: Plan) -> list[str]:
    size = plan.bytes_per_draw * plan.draws
    return [
        f"{human(plan.bytes_per_draw)} per draw, {human(size)} in all",
        f"computed in blocks of {_count(min(plan.block_draws, plan.chunk_draws), 'draw')}, stored in "
        f"{_count(plan.n_chunks, 'chunk')} of {_count(plan.chunk_draws, 'draw')}; the numbers depend on neither",
    ]

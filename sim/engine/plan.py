"""The plan of a run: the ordered stages of a scenario, what they write, and how the draws are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sim.election.contests import Contest, in_order
from sim.election.part import STAGES, Part, Stage
from sim.election.state import Block
from sim.election.turnout.counted import count_voters
from sim.election.variables import Axis
from sim.election.world import World
from sim.engine.outputs import Output, Tally, contest_outputs, outputs_of, tallies_of

if TYPE_CHECKING:
    from sim.random import Chance
    from sim.scenario.scenario import Scenario

__all__ = ["Plan", "Step", "make_plan"]

#: Lanes (draws × cells) of one block: its arrays stay in the processor's cache, and what Python does for a block
#: stays small beside it.
BLOCK_LANES = 131_072
#: Numbers of a lane for which that is meant; where a part holds more of them, blocks are smaller.
BLOCK_PLANES = 8
#: Bounds of one chunk, the unit of storing, of resuming and of work handed to a thread.
CHUNK_BYTES = 20 * 2**20
CHUNK_CELLS = 4_000_000
CHUNKS_AT_LEAST = 16


@dataclass(frozen=True)
class Step:
    """One step of the plan: the stage it belongs to, what it does in words, and the function."""

    stage: str
    label: str
    run: Stage


@dataclass(frozen=True)
class Plan:
    """Everything a run needs, in arrays and functions; no text of the scenario is read after this.

    Attributes
    ----------
    world
        Regions, units and options.
    steps
        Run in this order on every block.
    outputs
        What each block writes into the result.
    tallies
        What is summed over draws.
    draws, seed
        How many, and from which key.
    axes
        Dims that parts add to the result.
    planes
        How many numbers of a lane the widest array holds, where that is many.
    contests
        Those whose names stand in the result: where there are several, or one has a paper of its own.
    """

    world: World
    steps: tuple[Step, ...]
    outputs: tuple[Output, ...]
    tallies: tuple[Tally, ...]
    draws: int
    seed: int
    axes: tuple[Axis, ...] = ()
    planes: int = 1
    contests: tuple[Contest, ...] = ()

    @cached_property
    def chance(self) -> Chance:
        """The streams of the seed."""
        from sim.random import Chance

        return Chance(self.seed)

    @property
    def block_draws(self) -> int:
        """Draws of one block."""
        lanes = BLOCK_LANES * BLOCK_PLANES // max(BLOCK_PLANES, self.planes)
        return max(1, lanes // self.world.n_cells)

    @cached_property
    def bytes_per_draw(self) -> int:
        """Size of one draw in the result."""
        return sum(output.bytes_per_draw for output in self.outputs)

    @cached_property
    def chunk_draws(self) -> int:
        """Draws of one chunk; depends on the scenario and on the number of draws alone."""
        by_size = CHUNK_BYTES // max(self.bytes_per_draw, 1)
        by_work = CHUNK_CELLS // (self.world.n_cells * self.world.n_options)
        even = -(-self.draws // CHUNKS_AT_LEAST)
        most = int(max(1, min(by_size, by_work, max(even, 256), self.draws)))
        return most if most < self.block_draws else most // self.block_draws * self.block_draws

    @property
    def n_chunks(self) -> int:
        """Number of chunks."""
        return -(-self.draws // self.chunk_draws)

    def chunk(self, index: int) -> tuple[int, int]:
        """Return first draw and number of draws of a chunk."""
        first = index * self.chunk_draws
        return first, min(self.chunk_draws, self.draws - first)

    def run_block(self, block: Block) -> Block:
        """Run every step on a block."""
        for step in self.steps:
            try:
                step.run(block)
            except Exception as error:
                last = block.first + block.count - 1
                error.add_note(f"in the step {step.stage!r} ({step.label}), draws {block.first} to {last}")
                raise
        return block


def make_plan(scenario: Scenario, draws: int | None = None, seed: int | None = None) -> Plan:
    """Turn a scenario into a plan.

    Parameters
    ----------
    scenario
        What to run.
    draws, seed
        Instead of those of the scenario; the seed must be known here.

    Raises
    ------
    SimError
        If a variable in ``run.keep`` does not exist in this scenario.
    """
    world = scenario.world
    seed = scenario.run.seed if seed is None else seed
    if seed is None:
        raise ValueError("a plan needs a seed")
    sections: Mapping[str, Part] = scenario.sections
    contests = in_order(scenario.contests)
    declared = [v for part in sections.values() for v in part.used_outputs(world)]
    axes = tuple(dict.fromkeys(axis for part in sections.values() for axis in part.axes(world)))
    outputs = outputs_of(world, dict.fromkeys(declared), tuple(scenario.run.keep), axes)
    for contest in contests:
        more, theirs = contest_outputs(contest, alone=scenario.plain)
        outputs += more
        axes += tuple(axis for axis in theirs if axis not in axes)
    every = [(part, world) for part in sections.values()]
    every += [(part, contest.world) for contest in contests for part in contest.parts()]
    return Plan(
        world,
        tuple(_steps(sections, contests, world)),
        outputs,
        tallies_of(world),
        scenario.run.draws if draws is None else draws,
        seed,
        axes,
        max(part.planes(place) for part, place in every),
        () if scenario.plain else contests,
    )


def _steps(sections: Mapping[str, Part], contests: Sequence[Contest], world: World) -> list[Step]:
    steps = []
    for stage in STAGES:
        if stage in sections:
            part = sections[stage]
            steps.append(Step(stage, part.model, part.prepare(world)))
        if stage == "turnout":
            steps.append(Step(stage, "voters ~ Binomial(registered, turnout)", count_voters))
    return [*steps, *(Step(*step) for contest in contests for step in contest.steps())]

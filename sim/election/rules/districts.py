"""Single-member districts: in each the option with most votes has the seat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from sim.election.part import Stage
from sim.election.rules.place_winners import count_places, place_steps, place_winners
from sim.election.rules.rule import DISTRICT_WINNER, SEATS, TIED, Steps, district_axis
from sim.election.rules.validity import Conditional, Verdict
from sim.election.state import Block
from sim.election.variables import Axis, Variable
from sim.election.world import World

__all__ = ["Districts"]

DISTRICT_VALID = Variable(
    "district_valid",
    ("draw", "district"),
    "int8",
    "1",
    "1 where the election of the district counts",
    minimum=0,
    maximum=1,
)
DISTRICT_REPEAT = Variable(
    "district_repeat",
    ("draw", "district"),
    "int8",
    "1",
    "1 where the district votes again",
    "district_repeat ≤ 1 − district_valid",
    minimum=0,
    maximum=1,
)


class Districts(Conditional, stage="rules", model="districts"):
    """Each district has one seat, and the electable option with most votes there has it.

    A district is what the electorate calls so; a region without one is a district itself.  The seats of an option are
    the districts that it wins: seats_o = Σ_d [district_winner_d = o].  Where nobody has a vote, or the district's
    election does not count, its seat stays empty.  ``quorum`` and ``against_all`` hold in each district apart; lots
    are of the district's own.
    """

    example: ClassVar = {}
    reference = "first past the post in single-member districts"
    outputs: ClassVar[tuple[Variable, ...]] = (SEATS, DISTRICT_WINNER, TIED)

    def used_outputs(self, world: World) -> tuple[Variable, ...]:
        """Return what is told, the validity only where there is a condition."""
        own = (DISTRICT_VALID, DISTRICT_REPEAT) if self.conditional else ()
        return (*super().used_outputs(world), *own)

    def axes(self, world: World) -> tuple[Axis, ...]:
        """Return the districts."""
        return (district_axis(world),)

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills seats, who won each district, and whether it was tied."""
        one_each = np.ones(world.n_districts, np.int64)

        def run(block: Block) -> None:
            winner, tied = place_winners(block, block.district_votes, self.ties, "rules.lot", block.district_lanes)
            if self.conditional:
                valid, repeat = self._verdict(block)
                winner, tied = np.where(valid, winner, -1), tied & valid
                block.outputs.update(district_valid=valid, district_repeat=repeat)
                block.outputs.update(
                    valid_election=np.asarray(valid.all(axis=1)), repeat=np.asarray(repeat.any(axis=1))
                )
            any_tied = np.asarray(tied.any(axis=1))
            self.settle(block, any_tied)
            seats = count_places(winner, one_each, world.n_options)
            block.outputs.update(seats=seats, district_winner=winner, tied=any_tied)

        return run

    def _verdict(self, block: Block) -> Verdict:
        shape = (block.count, block.world.n_districts)
        registered = np.broadcast_to(block.district_registered, shape)
        return self.verdict(block.world, block.district_votes, block.district_ballots, registered)

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield the votes and the winner of each district, and the districts whose election does not count."""
        world = block.world
        winner, tied = place_winners(block, block.district_votes, self.ties, "rules.lot", block.district_lanes)
        if self.conditional:
            valid, repeat = self._verdict(block)
            winner, tied = np.where(valid, winner, -1), tied & valid
            registered = np.broadcast_to(block.district_registered, winner.shape)
            for d in np.flatnonzero(~valid[draw]).tolist():
                votes, ballots = block.district_votes[:, draw, d], int(block.district_ballots[draw, d])
                verdict = (False, bool(repeat[draw, d]))
                yield self.verdict_steps(votes, ballots, int(registered[draw, d]), verdict, f"{world.districts[d]}: ")
        rows = [
            (world.districts[d], block.district_votes[:, draw, d], int(winner[draw, d]), bool(tied[draw, d]))
            for d in world.district_order.tolist()
        ]
        yield place_steps("districts", rows, world)
        seats = count_places(winner, np.ones(world.n_districts, np.int64), world.n_options)[:, draw]
        table = tuple((world.option_ids[o], int(seats[o])) for o in world.option_order.tolist())
        yield Steps("seats", ("option", "seats"), table, f"{int(seats.sum())} of {world.n_districts} seats are filled")

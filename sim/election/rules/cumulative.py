"""Several seats by points that each voter may heap on one option."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Stage
from sim.election.rules.marks import fill_seats, points, seat_faults, votes_table
from sim.election.rules.rule import SEATS, TIED, Rule, Steps
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.votes import Scores
from sim.election.world import World

__all__ = ["Cumulative"]

I64 = NDArray[np.int64]

LOT = "rules.cumulative.lot"


class Cumulative(Rule, stage="rules", model="cumulative"):
    """Each voter spreads points over the options at will; those with most points are elected.

        points of an option = Σ ballots · score,   a ballot being valid if 0 ≤ score and Σ score ≤ ``votes``

    Ballots that give less than 0 or more than ``votes`` in all are not valid and count for nobody.  Where ballots
    rank, each of the first ``votes`` options has a point, as from voters who spread them evenly; ballots for one
    option give it a point.  Options against all take points and cannot be elected.  Without a point for anybody
    nobody is elected.
    """

    example: ClassVar = {"seats": 1}
    reference = "Bowler, Donovan and Brockington 2003, Electoral Reform and Minority Representation"
    outputs: ClassVar[tuple[Variable, ...]] = (SEATS, TIED)
    reads = "scores"

    seats: int = Field(description="seats to fill", ge=1)
    votes: int | None = Field(
        None, description="points of each voter; as many as seats where it is left out", ge=1, le=32767
    )

    @property
    def points(self) -> int:
        """How many points a voter has."""
        return self.seats if self.votes is None else self.votes

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find more seats than options."""
        yield from seat_faults(world, self.seats)

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``seats`` and ``tied``."""

        def run(block: Block) -> None:
            seats, tied, _ = fill_seats(block, self._points(self._scores(block)), self.seats, self.ties, LOT)
            block.outputs["seats"], block.outputs["tied"] = seats, tied
            self.settle(block, tied)

        return run

    def _scores(self, block: Block) -> Scores:
        """Return the valid ballots; of others the scores are 0."""
        given = points(block, self.points)
        valid = (given.scores >= 0).all(axis=2) & (given.scores.sum(axis=2, dtype=np.int64) <= self.points)
        return Scores(given.scores * valid[:, :, None], given.counts)

    @staticmethod
    def _points(valid: Scores) -> I64:
        from sim.numeric.approvals import marks_by_option

        return marks_by_option(valid.scores, valid.counts)

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield what is not valid, and the table of points."""
        given, valid = points(block, self.points), self._scores(block)
        own = draw if len(given.scores) > 1 else 0
        refused = int(given.counts[draw][(given.scores[own] != valid.scores[own]).any(axis=1)].sum())
        counted = int(given.counts[draw].sum()) - refused
        yield Steps("ballots", ("points of each", "counted", "not valid"), ((self.points, counted, refused),))
        yield votes_table(block, draw, self._points(valid), self.seats, self.ties, LOT, "points")

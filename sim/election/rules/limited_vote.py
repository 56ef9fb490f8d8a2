"""Several seats by plurality, each voter having a few votes; with one vote each, the single non-transferable vote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Stage
from sim.election.rules.marks import fill_seats, first_marks, rankings_of, seat_faults, votes_table
from sim.election.rules.rule import SEATS, TIED, Rule, Steps
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World

__all__ = ["LimitedVote"]

I64 = NDArray[np.int64]

LOT = "rules.limited_vote.lot"


class LimitedVote(Rule, stage="rules", model="limited_vote"):
    """Each voter has ``votes`` votes for different options, fewer than there are seats; those with most are elected.

        votes of an option = Σ ballots · [it is among the first ``votes`` options of the ballot]

    With one vote each this is the single non-transferable vote.  On ballots that rank, the first places are the
    votes; options of one rank that do not all find a place among them have none.  Ballots for one option are one
    vote.  Options against all take a vote and cannot be elected.  Without a vote for anybody nobody is elected.
    """

    example: ClassVar = {"seats": 1}
    reference = "Lijphart, Pintor and Sone 1986, The limited vote and the single nontransferable vote"
    outputs: ClassVar[tuple[Variable, ...]] = (SEATS, TIED)
    reads = "rankings"

    seats: int = Field(description="seats to fill", ge=1)
    votes: int = Field(1, description="votes of each voter", ge=1)

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find more seats than options, and more votes than seats."""
        yield from seat_faults(world, self.seats)
        if self.votes > self.seats:
            yield "votes", f"{self.votes} votes for {self.seats} seats; a voter has at most as many votes as seats"

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``seats`` and ``tied``."""

        def run(block: Block) -> None:
            seats, tied, _ = fill_seats(block, self._votes(block), self.seats, self.ties, LOT)
            block.outputs["seats"], block.outputs["tied"] = seats, tied
            self.settle(block, tied)

        return run

    def _votes(self, block: Block) -> I64:
        from sim.numeric.approvals import marks_by_option

        rankings = rankings_of(block)
        return marks_by_option(first_marks(rankings, self.votes), rankings.counts)

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield the table of votes."""
        yield votes_table(block, draw, self._votes(block), self.seats, self.ties, LOT)

"""Several seats by plurality, each voter having as many votes as there are seats."""

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

__all__ = ["BlockVote"]

I64 = NDArray[np.int64]

LOT = "rules.block_vote.lot"


class BlockVote(Rule, stage="rules", model="block_vote"):
    """Each voter has one vote for each seat, for different options; those with most votes are elected.

        votes of an option = Σ ballots · [it is among the first ``seats`` options of the ballot]

    Also plurality at large, multiple non-transferable vote.  On ballots that rank, the first places are the votes;
    options of one rank that do not all find a place among them have none.  Ballots for one option are one vote, the
    others not being used.  Options against all take a vote and cannot be elected.  Without a vote for anybody nobody
    is elected.
    """

    example: ClassVar = {"seats": 1}
    reference = "block vote: Reynolds, Reilly and Ellis 2005, Electoral System Design, International IDEA, §§ 79–81"
    outputs: ClassVar[tuple[Variable, ...]] = (SEATS, TIED)
    reads = "rankings"

    seats: int = Field(description="seats to fill, and votes of each voter", ge=1)

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find more seats than options."""
        yield from seat_faults(world, self.seats)

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
        return marks_by_option(first_marks(rankings, self.seats), rankings.counts)

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield the table of votes."""
        yield votes_table(block, draw, self._votes(block), self.seats, self.ties, LOT)

"""What the rules have in common that elect whoever is most often among the first places of the ballots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.election.part import Stage
from sim.election.rules.marks import fill_seats, first_marks, rankings_of, seat_faults, votes_table
from sim.election.rules.rule import SEATS, TIED, Rule, Steps
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World

__all__ = ["FirstMarks"]


class FirstMarks(Rule):
    """Base of rules by which each of the first places of a ballot is a vote; a subclass says how many places."""

    outputs: ClassVar[tuple[Variable, ...]] = (SEATS, TIED)
    reads = "rankings"

    seats: int

    @property
    def places(self) -> int:
        """Votes of each voter."""
        raise NotImplementedError

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find more seats than options."""
        yield from seat_faults(world, self.seats)

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``seats`` and ``tied``."""

        def run(block: Block) -> None:
            seats, tied, _ = fill_seats(block, self._votes(block), self.seats, self.ties, self._lot)
            block.outputs["seats"], block.outputs["tied"] = seats, tied
            self.settle(block, tied)

        return run

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield the table of votes."""
        yield votes_table(block, draw, self._votes(block), self.seats, self.ties, self._lot)

    @property
    def _lot(self) -> str:
        return f"rules.{self.model}.lot"

    def _votes(self, block: Block) -> NDArray[np.int64]:
        from sim.numeric.approvals import marks_by_option

        rankings = rankings_of(block)
        return marks_by_option(first_marks(rankings, self.places), rankings.counts)

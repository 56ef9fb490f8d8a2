"""List seats and district seats side by side: neither makes up for the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Stage
from sim.election.rules.list_proportional import SeatCount
from sim.election.rules.list_steps import allocation_steps, threshold_steps
from sim.election.rules.mixed import DISTRICT_SEATS_WON, HOUSE_SIZE, LIST_SEATS, Mixed
from sim.election.rules.rule import DISTRICT_WINNER, SEATS, TIED, Steps
from sim.election.rules.threshold import PASSED_THRESHOLD
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World

__all__ = ["MixedParallel"]

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


class MixedParallel(Mixed, stage="rules", model="mixed_parallel"):
    """Lists share ``list_seats`` in proportion to their votes; beside them stand the winners of the districts.

    seats_o = list_o + districts_o, where list_o is the apportionment of ``list_seats`` among the lists that pass the
    threshold, whatever they have won in districts.  House size = ``list_seats`` + districts that elected somebody.
    """

    example: ClassVar = {"list_seats": 5}
    reference = "Shugart and Wattenberg (eds.), Mixed-Member Electoral Systems, Oxford 2001: mixed-member majoritarian"
    outputs: ClassVar[tuple[Variable, ...]] = (
        SEATS,
        TIED,
        LIST_SEATS,
        DISTRICT_SEATS_WON,
        HOUSE_SIZE,
        DISTRICT_WINNER,
        PASSED_THRESHOLD,
    )

    list_seats: SeatCount = Field(description="seats for lists; those of the districts come on top")

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills the seats."""

        def run(block: Block) -> None:
            winner, equal = self.district_winners(block)
            won = self.won(block, winner)
            lists, passed = self.lists(block, won)
            held, tied = self.apportionment.allocate(lists, self.list_seats, self.keys(block))
            self.fill(block, held + won, won, tied | equal, winner, passed)

        return run

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield who passes the threshold, the apportionment of the list seats, and the sums."""
        won = self.won(block, self.district_winners(block)[0])
        lists, passed = self.lists(block, won)
        if self.threshold is not None:
            yield threshold_steps(self.threshold, block, draw, passed[:, draw])
        held = self.apportionment.allocate(lists, self.list_seats, self.keys(block))[0].astype(np.int64)
        yield allocation_steps("list", self.apportionment, block.world, lists[:, draw], held[:, draw], self.list_seats)
        columns = {"list": held, "districts": won, "seats": held + won}
        yield self.seat_steps(block, draw, columns, f"{int((held + won)[:, draw].sum())} seats")

"""The option with most votes wins."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.election.part import Part, Stage
from sim.election.rules.ranking import TIED, WINNER, first_places
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World

__all__ = ["Plurality"]


class Plurality(Part, stage="rules", model="plurality"):
    """The electable option with most votes in the nation wins, whatever its share.

    Votes against all count for nobody.  Equal votes are settled by ``ties`` and told in ``tied``.
    """

    example: ClassVar = {}
    reference = "first past the post"
    outputs: ClassVar[tuple[Variable, ...]] = (WINNER, TIED)

    ties: Literal["lot", "order"] = Field(
        "lot", description="equal votes are settled by lot, or by the order of the ballot paper"
    )

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``winner`` and ``tied``."""
        electable = np.array([option.electable for option in world.options])

        def run(block: Block) -> None:
            first, votes, tied = first_places(block, block.totals, electable, 1, self.ties, "rules.lot")
            none = votes[0] <= 0
            block.outputs["winner"] = np.where(none, -1, first[0])
            block.outputs["tied"] = tied & ~none

        return run

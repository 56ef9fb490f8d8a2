"""The option with most votes wins."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sim.election.part import Stage
from sim.election.rules.ranking import first_places
from sim.election.rules.rule import TIED, WINNER, Rule
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World

__all__ = ["Plurality"]


class Plurality(Rule, stage="rules", model="plurality"):
    """The electable option with most votes in the nation wins, whatever its share.

    Votes against all count for nobody.  Equal votes are settled by ``ties`` and told in ``tied``.
    """

    example: ClassVar = {}
    reference = "first past the post"
    outputs: ClassVar[tuple[Variable, ...]] = (WINNER, TIED)

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``winner`` and ``tied``."""
        electable = np.array([option.electable for option in world.options])

        def run(block: Block) -> None:
            first, votes, tied = first_places(block, block.totals, electable, 1, self.ties, "rules.lot")
            none = votes[0] <= 0
            block.outputs["winner"] = np.where(none, -1, first[0])
            block.outputs["tied"] = tied & ~none
            self.settle(block, tied & ~none)

        return run

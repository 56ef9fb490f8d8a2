"""The option with most votes wins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from sim.election.part import Stage
from sim.election.rules.ranking import first_places
from sim.election.rules.rule import TIED, WINNER, Steps
from sim.election.rules.validity import Conditional
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World

__all__ = ["Plurality"]


class Plurality(Conditional, stage="rules", model="plurality"):
    """The electable option with most votes in the nation wins, whatever its share.

    Votes against all count for nobody, unless ``against_all`` says that they void the election.  Equal votes are
    settled by ``ties`` and told in ``tied``.
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
            if self.conditional:
                valid, repeat = self.verdict_of_nation(block)
                none |= ~valid
                block.outputs.update(valid_election=valid, repeat=repeat)
            block.outputs["winner"] = np.where(none, -1, first[0])
            block.outputs["tied"] = tied & ~none
            self.settle(block, tied & ~none)

        return run

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield the votes in their order, and whether the election counts."""
        world, votes = block.world, block.totals[:, draw]
        if self.conditional:
            valid, repeat = (bool(one[draw]) for one in self.verdict_of_nation(block))
            registered = int(np.broadcast_to(block.total_registered, (block.count,))[draw])
            yield self.verdict_steps(votes, int(block.total_ballots[draw]), registered, (valid, repeat), "")
        self.prepare(world)(block)
        winner, tied = int(block.outputs["winner"][draw]), bool(block.outputs["tied"][draw])
        order = sorted(world.option_order.tolist(), key=lambda o: -int(votes[o]))
        rows = tuple((world.option_ids[o], int(votes[o]), "yes" if o == winner else "") for o in order)
        note = "nobody wins" if winner < 0 else f"{world.option_ids[winner]} wins"
        yield Steps("votes", ("option", "votes", "wins"), rows, note + f"; equal votes, by {self.ties}" * tied)

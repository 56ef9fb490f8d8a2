"""Every voter takes any order of the options, all alike."""

from __future__ import annotations

import numpy as np

from sim.election.part import Stage
from sim.election.rankings import fill_orders
from sim.election.state import Block
from sim.election.voters.culture import Culture
from sim.election.world import World

__all__ = ["ImpartialCulture"]


class ImpartialCulture(Culture, stage="voters", model="impartial_culture"):
    """Impartial culture: all orders of the m options alike, every voter by themselves.

        P(order) = 1 / m!

    No society is meant by it: it is the yardstick on which rules are compared, for the probabilities of paradoxes are
    known exactly, and near the largest.  Valid for up to 6 options.
    """

    example = {}
    reference = "Guilbaud 1952, Économie appliquée 5, 501–584; May 1971, Behavioral Science 16, 143–151"

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``orders`` and ``support``."""
        orders = self.planes(world)
        shares = np.full((orders, 1, 1), 1.0 / orders)

        def run(block: Block) -> None:
            fill_orders(block, shares)

        return run

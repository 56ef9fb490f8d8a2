"""All counts of the orders alike."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from sim.election.part import Stage
from sim.election.rankings import fill_orders
from sim.election.state import Block
from sim.election.voters.culture import Culture, Over, drawn_shares
from sim.election.world import World

__all__ = ["AnonymousCulture"]


class AnonymousCulture(Culture, stage="voters", model="anonymous_culture"):
    """Impartial anonymous culture: every profile, the counts of voters by order, is as probable as every other.

        P ~ Dirichlet(1, …, 1) over the m! orders,   profile ~ Multinomial(n, P)

    in every draw, from which each of the (n + m! − 1)! / (n! (m! − 1)!) profiles of n voters has the same probability:
    ``urn`` with alpha 1.  Voters resemble each other, since one P holds for all of them: those of the nation, or with
    ``over: region`` those of a region, every region then having profiles that are all alike.  Valid for up to 6
    options.
    """

    example = {}
    reference = "Gehrlein & Fishburn 1976, Public Choice 26, 1–18"

    over: Over = Field("nation", description="whose profiles are all alike: the nation's, or those of each region")

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``orders`` and ``support``."""
        one = np.ones((1, 1))

        def run(block: Block) -> None:
            fill_orders(block, drawn_shares(block, one, self.over))

        return run

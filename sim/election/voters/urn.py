"""Orders from an urn: one that was drawn is put back with more of its kind."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from sim.election.part import Stage
from sim.election.quantities import quantity
from sim.election.rankings import fill_orders
from sim.election.state import Block
from sim.election.voters.culture import Culture, Over, drawn_shares
from sim.election.world import World

__all__ = ["Urn"]


class Urn(Culture, stage="voters", model="urn"):
    """Pólya–Eggenberger urn: it holds one of each of the m! orders; a voter draws one, and α more of it are put in.

        P ~ Dirichlet(1/α, …, 1/α) over the m! orders,   profile ~ Multinomial(n, P)

    which is the same law.  Two voters have the same order with the probability (1 + α)/(m! + α); whether they have a
    given one is correlated by α/(α + m!).  α = 0 is ``impartial_culture``, α = 1 ``anonymous_culture``.  Where α is
    written as a share of the urn as it was at first, that share is α/m!.

    One urn serves the nation, or with ``over: region`` every region has its own.  Valid for up to 6 options.
    """

    example = {"alpha": 2.0}
    reference = "Eggenberger & Pólya 1923, doi 10.1002/zamm.19230030407; Berg 1985, Public Choice 47(2)"

    alpha: quantity(0) = Field(  # type: ignore[valid-type]
        description="orders of its kind put into the urn, which began with one of each, beside one that was drawn"
    )
    over: Over = Field("nation", description="who draws from one urn: the voters of the nation, or of each region")

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``orders`` and ``support``."""
        drawn = world.quantity(self.alpha, "voters.alpha", np.float64)
        orders = self.planes(world)

        def run(block: Block) -> None:
            alpha = drawn(block).astype(np.float64)
            none = alpha == 0.0
            shares = drawn_shares(block, 1.0 / np.where(none, 1.0, alpha), self.over)
            fill_orders(block, np.where(none, 1.0 / orders, shares))

        return run

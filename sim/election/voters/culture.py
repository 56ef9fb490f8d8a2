"""What the models of whole rankings have in common: as many options as can be listed, and the draws of an urn."""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.election.part import Part
from sim.election.rankings import order_names, rank_faults
from sim.election.state import Block
from sim.election.world import World

__all__ = ["Culture", "Over", "drawn_shares"]

F64 = NDArray[np.float64]

#: Whose voters share one draw of the probabilities.
Over = Literal["nation", "region"]


class Culture(Part):
    """A model that gives probabilities to the orders of all options; fills ``orders`` and ``support``."""

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find what cannot be ranked."""
        # A ranked ballot says it itself.
        if not getattr(world.sections.get("ballot"), "ranks", False):
            for message in rank_faults(world):
                yield "", message

    def planes(self, world: World) -> int:
        """Return the number of orders."""
        return factorial(world.n_options)


def drawn_shares(block: Block, concentration: F64, over: Over) -> F64:
    """Draw Dirichlet shares of the orders, all with one concentration: (order, draw, 1 or region).

    ``concentration`` is (1 or draw, 1).
    """
    from sim.random import dirichlet

    names = order_names(block.world)
    lanes = block.draw_lanes if over == "nation" else block.region_lanes
    streams = [block.chance.stream("voters.culture", name) for name in names]
    each = np.broadcast_to(concentration, (len(names), *lanes.shape))
    return np.asarray(dirichlet(streams, lanes, each), np.float64)

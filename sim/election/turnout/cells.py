"""Log-odds of strata as log-odds of their cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block

__all__ = ["mean_of_groups", "of_strata"]

F32 = NDArray[np.float32]


def of_strata(block: Block, log_odds: F32) -> F32:
    """Give every cell the log-odds of its stratum: (1 or draw, stratum) → (draw, cell)."""
    from sim.numeric.fields import to_cells

    world = block.world
    full = np.ascontiguousarray(np.broadcast_to(log_odds, (block.count, world.n_strata)))
    if not world.divides_strata:
        return full
    return to_cells(full, world.leaf_offsets, block.array("turnout.units", (block.count, world.n_cells), np.float32))


def mean_of_groups(block: Block, shares: F32) -> F32:
    """Return the mean of a region's groups by their registered voters: (draw, stratum) → (draw, region).

    A region without voters has the mean of its groups.
    """
    from sim.numeric.fields import group_means

    groups = block.world.n_groups
    if groups == 1:
        return shares
    return group_means(shares, block.by_stratum(block.registered, "registered"), groups)

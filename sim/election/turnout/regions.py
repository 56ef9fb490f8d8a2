"""Log-odds of regions as log-odds of their units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block

__all__ = ["by_region"]

F32 = NDArray[np.float32]


def by_region(block: Block, log_odds: F32) -> F32:
    """Give every unit the log-odds of its region: (1 or draw, region) → (draw, unit)."""
    from sim.numeric.fields import to_units

    world = block.world
    full = np.ascontiguousarray(np.broadcast_to(log_odds, (block.count, world.n_regions)))
    if not world.has_stations:
        return full
    return to_units(full, world.offsets, block.array("turnout.units", (block.count, world.n_units), np.float32))

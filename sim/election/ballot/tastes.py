"""Utilities of voters who are simulated one by one: those of the voter model and what is the voter's own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block
from sim.election.voters.culture import Culture
from sim.election.world import World

__all__ = ["has_utilities", "ranks_whole", "tastes"]

F32 = NDArray[np.float32]

#: Least exponential deviate whose logarithm is taken.
LEAST = np.float32(1e-30)


def has_utilities(world: World) -> bool:
    """Whether voters are simulated one by one and their model gives utilities, not whole rankings."""
    return world.has_individuals and not ranks_whole(world)


def ranks_whole(world: World) -> bool:
    """Whether the voter model gives whole rankings instead of utilities."""
    return isinstance(world.sections.get("voters"), Culture)


def tastes(block: Block) -> F32:
    """Return u + independent Gumbel deviates, (option, draw, voter): the largest is the choice of a logit.

    u is the log-odds among those who come; −inf where nobody chooses an option.
    """
    from sim.numeric.elementary import log

    support = block.support
    out = np.empty(support.shape, np.float32)
    for o, option in enumerate(block.world.option_ids):
        deviate = block.chance.stream("ballot.taste", option).exponential(block.lanes)
        out[o] = support[o] - np.asarray(log(np.maximum(deviate, LEAST)), np.float32)
    return out

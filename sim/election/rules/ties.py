"""Who goes first where votes are equal: numbers by which a tie is settled, the largest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block

if TYPE_CHECKING:
    from sim.random import Lanes

__all__ = ["keys_of_places", "tie_keys"]

F64 = NDArray[np.float64]


def tie_keys(block: Block, ties: str, lot: str, by_district: bool = False) -> F64:
    """Return a number for every option, the larger one going first: (option, draw) or (option, draw, district).

    Parameters
    ----------
    ties
        ``lot``: a random number of each option in each draw (and district); ``order`` and ``error``: the order of
        the ballot paper.
    lot
        Written name of the stream from which lots are drawn, beginning with ``rules.``.
    by_district
        Whether every district has lots of its own.
    """
    keys = keys_of_places(block, ties, lot, block.district_lanes if by_district else block.draw_lanes)
    return keys if by_district else keys[:, :, 0]


def keys_of_places(block: Block, ties: str, lot: str, lanes: Lanes) -> F64:
    """Return such a number for every option in each place of a grid of lanes: (option, draw, place)."""
    world = block.world
    if ties == "lot":
        return np.stack([block.chance.stream(lot, option.id).uniform64(lanes) for option in world.options])
    place = np.empty(world.n_options)
    place[world.option_order] = np.arange(world.n_options)
    return np.broadcast_to((world.n_options - place)[:, None, None], (world.n_options, *lanes.shape))

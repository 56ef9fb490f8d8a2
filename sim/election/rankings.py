"""What models and ballots of rankings have in common: how many options, the names of the orders, their places.

An order of the options is a number: its place among all orders in lexicographic order of the canonical options
(`sim.numeric.orders.orders_of`).  In a result it is a name, as ``a>b>c``.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block
from sim.election.variables import Axis
from sim.election.world import World

__all__ = ["BETWEEN", "MOST_RANKED", "fill_orders", "order_axis", "order_names", "rank_faults", "to_cells"]

F64 = NDArray[np.float64]

#: At most so many options: 720 orders.
MOST_RANKED = 6

#: Stands between two options in the name of an order.
BETWEEN = ">"


def rank_faults(world: World) -> Iterator[str]:
    """Find too many options to list their orders, and those whose ids make the name of an order unreadable."""
    if world.n_options > MOST_RANKED:
        yield (
            f"the orders of {world.n_options} options are {factorial(world.n_options):,}; rankings are listed for at "
            f"most {MOST_RANKED} options ({factorial(MOST_RANKED)} orders)"
        )
    for option in world.option_ids:
        if BETWEEN in option:
            yield f"{option!r} cannot be ranked: '{BETWEEN}' stands between the options of a ranking"


def order_names(world: World) -> list[str]:
    """Return the name of every order, in canonical order."""
    from sim.numeric.orders import orders_of

    return [BETWEEN.join(world.option_ids[o] for o in order) for order in orders_of(world.n_options).tolist()]


def order_axis(world: World) -> Axis:
    """Return the dim ``order`` of a result: lexicographic by the order of the ballot paper."""
    from sim.numeric.orders import orders_of

    every = orders_of(world.n_options)
    number = {tuple(order): i for i, order in enumerate(every.tolist())}
    places = [number[tuple(order)] for order in world.option_order[every].tolist()]
    return Axis("order", tuple(order_names(world)), tuple(places), "order of the options, from the first preference on")


def fill_orders(block: Block, shares: F64) -> None:
    """Fill ``orders`` and ``support``.

    Parameters
    ----------
    shares
        (order, 1 or draw, place): the probability of every order, the places being all cells at once (1),
        regions or strata.
    """
    from sim.numeric.elementary import log

    world = block.world
    first = shares.reshape(world.n_options, -1, *shares.shape[1:])
    ahead = first[:, 0].copy()
    for order in range(1, first.shape[1]):
        ahead += first[:, order]
    block.orders = to_cells(world, np.asarray(log(shares), np.float32))
    support = block.array("support", (world.n_options, block.count, world.n_cells), np.float32)
    support[...] = to_cells(world, np.asarray(log(ahead), np.float32))
    block.support = support


def to_cells(world: World, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give every cell what its place has: (…, place) → (…, 1 or cell)."""
    places = values.shape[-1]
    # Voters one by one may be as many as the strata, and yet not one in each.
    if places == 1 or (places == world.n_cells and not world.has_individuals):
        return values
    stratum = world.cell_stratum
    return values[..., stratum if places == world.n_strata else stratum // world.n_groups]

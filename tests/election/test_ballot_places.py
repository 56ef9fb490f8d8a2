"""The short way for rankings that are known to be whole orders gives what the long way gives."""

from __future__ import annotations

import numpy as np
import pytest

from sim.election.rules.ballots import made_of_orders
from sim.election.rules.positional import positional_sums
from sim.election.votes import Rankings
from sim.numeric.pairwise import place_counts


@pytest.mark.parametrize("sets", [1, 40])
@pytest.mark.parametrize("gaps", [False, True])
def test_orders_and_ranks_agree(sets: int, gaps: bool) -> None:
    rng = np.random.default_rng([sets, gaps])
    orders = np.argsort(rng.random((sets, 9, 5)), axis=2)
    if gaps:
        orders[:, :4, 2:] = -1
    short = Rankings.of_orders(orders, rng.integers(0, 9, (40, 9)))
    long = Rankings(short.ranks, short.counts)
    assert made_of_orders(short)
    assert not made_of_orders(long)
    for unranked in ("average", "zero"):
        (a, times), (b, parts) = (positional_sums(one, [7, 4, 2, -1, 0], unranked) for one in (short, long))
        assert np.array_equal(a * parts, b * times)
    assert np.array_equal(place_counts(short.ranks, short.counts, True), place_counts(long.ranks, long.counts))

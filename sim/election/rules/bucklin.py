"""Second, third … preferences are added until somebody has a majority."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from sim.election.rules.ballots import I64, Bools, Merits, RankedRule, among, expressed, of_draw
from sim.election.rules.rule import Steps
from sim.election.state import Block
from sim.election.votes import Rankings

__all__ = ["Bucklin"]


class Bucklin(RankedRule, stage="rules", model="bucklin"):
    """Bucklin: preferences are added place after place until an option is named by more than half of the ballots.

    With v_o(k) the ballots on which fewer than k options stand before o,

        k* = min {k : 2 · max_o v_o(k) > ballots},   the option with the most v_o(k*) wins

    Ballots are those that rank any option.  Where options are left out and nobody comes to a majority, all places
    count.  Options of one rank stand on the place of the first of them.  Equal numbers are settled by ``ties`` and
    told.  Options against all are taken off the ballots.  Exact.
    """

    example: ClassVar = {}
    reference = "Bucklin (Grand Junction) system, 1909; Hoag & Hallett 1926, Proportional Representation"

    def merits(self, block: Block, rankings: Rankings, keep: Bools) -> Merits:
        """Return how many ballots name an option down to the place on which it ends."""
        sums, last = _sums(rankings)
        return np.ascontiguousarray(sums[np.arange(len(last)), :, last].T), None

    def tables(self, block: Block, draw: int, keep: Bools, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the sums down to each place."""
        one = of_draw(among(block.rankings, keep), draw)
        sums, last = _sums(one)
        rows = tuple((name, *row[: last[0] + 1].tolist()) for name, row in zip(names, sums[0]))
        columns = ("option", *(f"places 1 to {k + 1}" for k in range(last[0] + 1)))
        yield Steps("ballots that name an option", columns, rows, f"of {int(expressed(one)[0])} ballots")


def _sums(rankings: Rankings) -> tuple[I64, I64]:
    """Return the ballots that name an option down to each place, (draw, option, place), and where it ends, (draw,)."""
    from sim.numeric.pairwise import place_counts

    sums = np.cumsum(place_counts(rankings.ranks, rankings.counts), axis=2)
    reached = 2 * sums.max(axis=1) > expressed(rankings)[:, None]
    reached[:, -1] = True
    return sums, reached.argmax(axis=1)

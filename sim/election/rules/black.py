"""The Condorcet winner, else Borda."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from sim.election.rules.ballots import Bools, Merits, among, of_draw, pair_table
from sim.election.rules.borda import Borda
from sim.election.rules.paired import pairs_of
from sim.election.rules.rule import Steps
from sim.election.state import Block
from sim.election.votes import Rankings

__all__ = ["Black"]


class Black(Borda, stage="rules", model="black"):
    """Black: whoever beats every other option in pairs; where nobody does, most Borda points.

        winner = a with n_ab > n_ba for every b, if there is one;   else argmax Σ over ballots of (m − 1 − place)

    Options of one rank, and those left out, as in ``borda``.  Equal points are settled by ``ties`` and told.  Options
    against all are taken off the ballots.  Exact.
    """

    example: ClassVar = {}
    reference = "Black 1958, The Theory of Committees and Elections"

    def merits(self, block: Block, rankings: Rankings, keep: Bools) -> Merits:
        """Return 1 for the Condorcet winner, or points where there is none."""
        from sim.numeric.condorcet import condorcet_winners

        best = condorcet_winners(pairs_of(rankings))
        points, _ = super().merits(block, rankings, keep)
        return np.where(best.any(axis=0), best, points), None

    def tables(self, block: Block, draw: int, keep: Bools, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the counts by pairs and, where nobody beats everybody, the points."""
        from sim.numeric.condorcet import condorcet_winners

        pairs = pairs_of(of_draw(among(block.rankings, keep), draw))
        yield pair_table(names, pairs[0])
        if not condorcet_winners(pairs).any():
            yield from super().tables(block, draw, keep, names)

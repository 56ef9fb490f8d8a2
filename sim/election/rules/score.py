"""The sum of scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from sim.election.rules.ballots import Bools, Merits, ScoredRule, point_table
from sim.election.rules.rule import Steps
from sim.election.state import Block
from sim.election.votes import Scores

__all__ = ["Score"]


class Score(ScoredRule, stage="rules", model="score"):
    """Score (range) voting: the option with the greatest sum of scores wins.

        sum_o = Σ over ballots of s_o

    Equal sums are settled by ``ties`` and told.  Options against all are taken off the ballots.  Exact.
    """

    example: ClassVar = {}
    reference = "Smith 2000, Range voting; Lagerspetz 2016, doi 10.1007/978-3-319-23261-4"

    def merits(self, block: Block, scores: Scores, keep: Bools) -> Merits:
        """Return the sums of scores."""
        from sim.numeric.pairwise import weighted_sums

        return weighted_sums(scores.scores, scores.counts), None

    def tables(self, block: Block, draw: int, keep: Bools, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the sums."""
        sums, _ = self.merits(block, Scores(block.scores.scores[:, :, keep], block.scores.counts), keep)
        note = f"of {int(block.scores.counts[draw].sum())} ballots"
        yield point_table(names, np.ascontiguousarray(sums[:, draw]), self._title(), self._title(), note)

    def _title(self) -> str:
        return "scores"

"""Strongest paths of victories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field

from sim.election.rules.ballots import I64, Measure, pair_table
from sim.election.rules.paired import PairedRule
from sim.election.rules.rule import Steps

__all__ = ["Schulze"]


class Schulze(PairedRule, stage="rules", model="schulze"):
    """Schulze (beatpath): the option wins from which the strongest path to each other is no weaker than the way back.

    A path is as strong as its weakest victory, a victory as strong as the ballots for it (``winning_votes``) or the
    difference of the ballots (``margins``),

        a wins   ⇔   p_ab ≥ p_ba for every b,     p_ab = max over paths of min over their victories

    by the algorithm of Floyd and Warshall.  There is always such an option; several are settled by ``ties`` and told.
    Options against all are taken off the ballots.  Exact.
    """

    example: ClassVar = {}
    reference = "Schulze 2011, Social Choice and Welfare 36, 267–303, doi 10.1007/s00355-010-0475-4"

    measure: Measure = Field("winning_votes", description="what a victory is measured by")

    def by_pairs(self, pairs: I64) -> I64:
        """Return 1 for who may win."""
        from sim.numeric.condorcet import schulze_paths

        paths = schulze_paths(pairs, self.measure)
        holds = (paths >= paths.transpose(0, 2, 1)).all(axis=2)
        return np.ascontiguousarray(holds.T.astype(np.int64))

    def follows(self, pairs: I64, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the strengths of the strongest paths."""
        from sim.numeric.condorcet import schulze_paths

        yield pair_table(names, schulze_paths(pairs, self.measure)[0], "strongest path from the row to the column")

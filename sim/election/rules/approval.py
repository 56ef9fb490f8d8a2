"""Whom most ballots approve of."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.election.rules.ballots import I64, Bools, Merits
from sim.election.rules.score import Score
from sim.election.state import Block
from sim.election.votes import Scores

__all__ = ["Approval"]


class Approval(Score, stage="rules", model="approval"):
    """Approval voting: the option that most ballots approve of wins.

        approvals_o = #{ballots : s_o ≥ at_least}      or, with ``at_least: mean``, s_o > mean of the ballot's scores

    On approval ballots, whose scores are 0 and 1, an approval is the score 1.  The mean is that over the options that
    can win, compared in whole numbers.  Nobody (−1) wins where nobody is approved of.  Equal numbers are settled by
    ``ties`` and told.  Options against all are taken off the ballots.  Exact.
    """

    example: ClassVar = {}
    reference = "Brams & Fishburn 1978, American Political Science Review 72, 831–847, doi 10.2307/1955105"

    at_least: Annotated[int, Field(ge=-32_767, le=32_767)] | Literal["mean"] = Field(
        1, description="score from which on an option is approved of, or 'mean': more than the ballot's mean"
    )

    def merits(self, block: Block, scores: Scores, keep: Bools) -> Merits:
        """Return the numbers of approvals."""
        from sim.numeric.pairwise import weighted_sums

        given = scores.scores
        if self.at_least == "mean":
            approves = given.shape[2] * given.astype(np.int64) > given.sum(axis=2, dtype=np.int64)[:, :, None]
        else:
            approves = given >= self.at_least
        return weighted_sums(approves.astype(np.int8), scores.counts), None

    def somebody(self, scores: Scores, merits: I64) -> Bools:
        """Tell where anybody is approved of."""
        return np.asarray((merits > 0).any(axis=0))

    def _title(self) -> str:
        return "approvals"

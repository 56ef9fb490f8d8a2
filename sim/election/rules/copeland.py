"""Whoever wins most pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from sim.election.rules.ballots import I64, point_table
from sim.election.rules.paired import PairedRule
from sim.election.rules.rule import Steps

__all__ = ["Copeland"]

#: What an even pair is worth where one that is won is worth 2.
WORTH = {"none": 0, "half": 1, "whole": 2}


class Copeland(PairedRule, stage="rules", model="copeland"):
    """Copeland: most pairs won; an even pair counts half (or nothing, or whole: Llull).

        score_a = #{b : n_ab > n_ba} + e · #{b : n_ab = n_ba},   e = ½, 0 or 1

    with n_ab the ballots that put a before b.  Equal scores, which are common, are settled by ``ties`` and told.
    Options against all are taken off the ballots.  Exact: scores are doubled.
    """

    example: ClassVar = {}
    reference = "Copeland 1951; Merlin & Saari 1997, doi 10.1007/s003550050075"

    even: Literal["half", "none", "whole"] = Field("half", description="how much of a won pair an even pair is worth")

    def by_pairs(self, pairs: I64) -> I64:
        """Return doubled scores."""
        from sim.numeric.condorcet import copeland_scores

        return copeland_scores(pairs, WORTH[self.even])

    def follows(self, pairs: I64, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the scores."""
        note = f"a pair that is won counts 2, an even one {WORTH[self.even]}"
        yield point_table(names, self.by_pairs(pairs)[:, 0], "doubled scores", "score", note)

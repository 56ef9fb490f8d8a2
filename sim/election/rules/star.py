"""Scores, then a runoff between the best two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from sim.election.rules.ballots import I64, LOT, Bools, Merits, ScoredRule, point_table
from sim.election.rules.ranking import first_places
from sim.election.rules.rule import Steps
from sim.election.state import Block
from sim.election.votes import Scores

__all__ = ["Star"]


class Star(ScoredRule, stage="rules", model="star"):
    """STAR (score, then automatic runoff): of the two greatest sums of scores, the one that more ballots score higher.

        finalists = two greatest Σ s_o;    a beats b   ⇔   #{s_a > s_b} > #{s_b > s_a}

    An even runoff goes to the greater sum.  Where more than two have the sum of a finalist ``ties`` chooses the
    finalists, and where runoff and sums are even it chooses the winner; both are told.  Options against all are taken
    off the ballots.  Exact.
    """

    example: ClassVar = {}
    reference = "Equal Vote Coalition 2014, STAR voting; Wolk, Quinn & Ogren 2023, doi 10.1007/s10602-022-09389-3"

    def merits(self, block: Block, scores: Scores, keep: Bools) -> Merits:
        """Return 1 for the winner of the runoff, or for both where it is even in ballots and sums."""
        from sim.numeric.pairwise import weighted_sums

        sums = weighted_sums(scores.scores, scores.counts)
        finalists, held, settled = self._finalists(block, sums, keep)
        out = np.zeros(sums.shape, np.int64)
        draws = np.arange(sums.shape[1])
        a, b = finalists[0], finalists[-1]
        first, second = _runoff(scores, finalists)
        even = (first == second) & (held[0] == held[-1])
        out[a, draws] = (first > second) | ((first == second) & (held[0] >= held[-1]))
        out[b, draws] |= (second > first) | even
        return out, settled

    def _finalists(self, block: Block, sums: I64, keep: Bools) -> tuple[I64, I64, Bools]:
        """Return two options that can win, (2, draw), their sums, and where a tie was settled; one where one can."""
        every = np.zeros((len(keep), sums.shape[1]), np.int64)
        every[keep] = sums - np.minimum(sums.min(axis=0, initial=0), 0)
        both, _, tied = first_places(block, every, keep, min(2, len(sums)), self.ties, LOT)
        finalists = (np.cumsum(keep) - 1)[both]
        return finalists, np.take_along_axis(sums, finalists, axis=0), tied

    def tables(self, block: Block, draw: int, keep: Bools, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the sums and the runoff."""
        from sim.numeric.pairwise import weighted_sums

        scores = Scores(block.scores.scores[:, :, keep], block.scores.counts)
        sums = weighted_sums(scores.scores, scores.counts)
        yield point_table(names, np.ascontiguousarray(sums[:, draw]), "scores", "scores")
        finalists = self._finalists(block, sums, keep)[0]
        if len(finalists) > 1:
            first, second = _runoff(scores, finalists)
            who = finalists[:, draw]
            rows = ((names[who[0]], int(first[draw])), (names[who[1]], int(second[draw])))
            yield Steps("runoff", ("option", "ballots that score it higher"), rows)


def _runoff(scores: Scores, finalists: I64) -> tuple[I64, I64]:
    """Count the ballots that score one finalist higher, and the other: (draw,) twice."""
    from sim.numeric.pairwise import pairwise_counts

    pairs = pairwise_counts(-scores.scores.astype(np.int32), scores.counts)
    a, b, draws = finalists[0], finalists[-1], np.arange(len(pairs))
    return pairs[draws, a, b], pairs[draws, b, a]

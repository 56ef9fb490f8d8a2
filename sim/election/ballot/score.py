"""A ballot on which each voter scores the options."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.ballot.ranked import Ranked
from sim.election.ballot.tastes import has_utilities
from sim.election.state import Block
from sim.election.votes import Scores
from sim.election.world import World

__all__ = ["ScoreBallot", "Scored"]

F32 = NDArray[np.float32]
I16 = NDArray[np.int16]


class Scored(Ranked):
    """A ballot whose scores follow from what the voters think; it holds their order of the options too."""

    gives: ClassVar[tuple[str, ...]] = ("votes", "rankings", "scores")

    def personal(self, world: World) -> bool:
        """Whether scores come from utilities."""
        return has_utilities(world)

    def mark(self, block: Block, orders: NDArray[np.integer[Any]], utilities: F32 | None) -> None:
        """Fill ``scores``."""
        scores = self.by_place(orders) if utilities is None else self.by_utility(utilities, orders)
        block.scores = Scores(np.ascontiguousarray(scores, np.int16), block.rankings.counts)

    @abstractmethod
    def by_place(self, orders: NDArray[np.integer[Any]]) -> I16:
        """Return the scores that go with orders, (…, place) → (…, option)."""

    @abstractmethod
    def by_utility(self, utilities: F32, orders: NDArray[np.integer[Any]]) -> I16:
        """Return the scores that go with utilities: (option, draw, voter) → (draw, voter, option)."""


class ScoreBallot(Scored, stage="ballot", model="score"):
    """Each ballot gives every option a score from 0 to ``most``, or is invalid.

    Invalid ballots as on any paper.  Where voters are simulated one by one and their model has utilities u, voter i
    stretches u + own Gumbel deviates, by which they also vote and rank, over the whole range:

        s_io = round(most · (u_io − min_j u_ij) / (max_j u_ij − min_j u_ij))

    An option that nobody chooses (u = −∞) has 0.  A crowd that is only counted has no utilities, nor have models of
    whole rankings: there ballots are drawn as on the ballot ``ranked``, and of m options the one on place k (from 0)

        s = round(most · (m − 1 − k) / (m − 1))

    has a score that falls evenly, which is an assumption.  ``votes`` are the first preferences; the rankings are at
    hand too, so that rules on rankings and on scores can be compared on the same voters.  Valid for up to 6 options
    where orders are drawn, 40 where voters have utilities.
    """

    example = {"options": {"a": {"name": "A"}, "b": {"name": "B"}}, "invalid": 0.02, "most": 5}
    reference = "range-normalised utilities: Merrill 1984, doi 10.2307/2110786"

    most: int = Field(5, description="the best score", ge=1, le=1000)

    def by_place(self, orders: NDArray[np.integer[Any]]) -> I16:
        """Return scores that fall evenly from place to place."""
        m = orders.shape[-1]
        place = np.argsort(orders, axis=-1)
        steps = max(m - 1, 1)
        return np.asarray((2 * self.most * (steps - place) + steps) // (2 * steps), np.int16)

    def by_utility(self, utilities: F32, orders: NDArray[np.integer[Any]]) -> I16:
        """Return scores over the whole range."""
        from sim.numeric.marking import scores_by_range

        return scores_by_range(utilities, self.most)

"""A ballot on which each voter marks all options they approve of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.ballot.score import F32, I16, Scored
from sim.election.world import World

__all__ = ["ApprovalBallot"]


class ApprovalBallot(Scored, stage="ballot", model="approval"):
    """Each ballot approves of some options (score 1) and not of the others (score 0), or is invalid.

    Invalid ballots as on any paper.  Where voters are simulated one by one and their model has utilities u, voter i
    approves, by u + own Gumbel deviates, with which they also vote and rank, of

        {o : u_io > mean_j u_ij}      or of the ``top`` k, or of {o : u_io > above}

    An option that nobody chooses (u = −∞) is not in the mean.  A crowd that is only counted has no utilities, nor
    have models of whole rankings: there ballots are drawn as on the ballot ``ranked``, and the mean is that of places
    at even distances: the first m/2 of m options, the middle one not, are approved of.  ``votes`` are the first
    preferences, and the rankings are at hand too.  Valid for up to 6 options where orders are drawn, 40 where voters
    have utilities.
    """

    example = {"options": {"a": {"name": "A"}, "b": {"name": "B"}}, "invalid": 0.02}
    reference = "options above the mean: Merrill 1984, doi 10.2307/2110786; Weber 1978, CFDP 498"

    top: int | None = Field(None, description="approve of so many options, the best ones; else by utility", ge=1)
    above: float | None = Field(
        None, description="approve of utilities (log-odds) above this; else of those above the voter's mean"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find rules of approving that contradict each other or do not fit the voters."""
        yield from super().check(world)
        if self.top is not None and self.above is not None:
            yield "above", "voters approve either of the 'top' k or of utilities 'above' a bound; not both"
        if self.top is not None and self.top > world.n_options:
            yield "top", f"{self.top} of {world.n_options} options"
        if self.above is not None and not self.personal(world):
            yield (
                "above",
                "these voters have no utilities of their own; take 'top', or 'electorate: {model: individuals}'",
            )

    def by_place(self, orders: NDArray[np.integer[Any]]) -> I16:
        """Return approvals of the first places."""
        from sim.numeric.marking import approvals_of_the_best

        m = orders.shape[-1]
        return approvals_of_the_best(orders, m // 2 if self.top is None else self.top)

    def by_utility(self, utilities: F32, orders: NDArray[np.integer[Any]]) -> I16:
        """Return approvals by utility."""
        from sim.numeric.marking import approvals_above, approvals_of_the_best

        return approvals_above(utilities, self.above) if self.top is None else approvals_of_the_best(orders, self.top)

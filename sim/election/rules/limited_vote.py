"""Several seats by plurality, each voter having a few votes; with one vote each, the single non-transferable vote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from sim.election.rules.first_marks import FirstMarks
from sim.election.world import World

__all__ = ["LimitedVote"]


class LimitedVote(FirstMarks, stage="rules", model="limited_vote"):
    """Each voter has ``votes`` votes for different options, fewer than there are seats; those with most are elected.

        votes of an option = Σ ballots · [it is among the first ``votes`` options of the ballot]

    With one vote each this is the single non-transferable vote.  On ballots that rank, the first places are the
    votes; options of one rank that do not all find a place among them have none.  Ballots for one option are one
    vote.  Options against all take a vote and cannot be elected.  Without a vote for anybody nobody is elected.
    """

    example: ClassVar = {"seats": 1}
    reference = "Lijphart, Pintor and Sone 1986, The limited vote and the single nontransferable vote"

    seats: int = Field(description="seats to fill", ge=1)
    votes: int = Field(1, description="votes of each voter", ge=1)

    @property
    def places(self) -> int:
        """As many as the rule says."""
        return self.votes

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find more seats than options, and more votes than seats."""
        yield from super().check(world)
        if self.votes > self.seats:
            yield "votes", f"{self.votes} votes for {self.seats} seats; a voter has at most as many votes as seats"

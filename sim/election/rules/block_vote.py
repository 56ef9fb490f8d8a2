"""Several seats by plurality, each voter having as many votes as there are seats."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from sim.election.rules.first_marks import FirstMarks

__all__ = ["BlockVote"]


class BlockVote(FirstMarks, stage="rules", model="block_vote"):
    """Each voter has one vote for each seat, for different options; those with most votes are elected.

        votes of an option = Σ ballots · [it is among the first ``seats`` options of the ballot]

    Also plurality at large, multiple non-transferable vote.  On ballots that rank, the first places are the votes;
    options of one rank that do not all find a place among them have none.  Ballots for one option are one vote, the
    others not being used.  Options against all take a vote and cannot be elected.  Without a vote for anybody nobody
    is elected.
    """

    example: ClassVar = {"seats": 1}
    reference = "block vote: Reynolds, Reilly and Ellis 2005, Electoral System Design, International IDEA, §§ 79–81"

    seats: int = Field(description="seats to fill, and votes of each voter", ge=1)

    @property
    def places(self) -> int:
        """One for each seat."""
        return self.seats

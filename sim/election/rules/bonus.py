"""Bonus seats of the first list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section
from sim.election.rules.ranking import first_places, ratio
from sim.election.state import Block
from sim.numeric.apportionment import Keys, Method

__all__ = ["Bonus"]

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Bonus(Section):
    """Seats for the list with most votes, before the others or until it has enough of them.

    ``seats: 50`` sets 50 seats of the house aside for the first list; the rest is divided among all.  ``up_to: 340``
    raises the first list to 340 seats where it has fewer; the rest is divided among the other lists.
    """

    seats: int | None = Field(None, description="seats set aside for the first list", ge=1)
    up_to: int | None = Field(None, description="seats to which the first list is raised", ge=1)
    to: Literal["first"] = Field("first", description="who gets them: the list with most votes of those that pass")
    needs: float = Field(0.0, description="share of the votes for lists that the first list must have", ge=0, le=1)

    def check_house(self, house: int) -> Iterator[tuple[str, str]]:
        """Yield (path inside the section, message) for every fault."""
        if (self.seats is None) == (self.up_to is None):
            yield "", "expected exactly one of 'seats' and 'up_to'"
        for field, seats in (("seats", self.seats), ("up_to", self.up_to)):
            if seats is not None and seats > house:
                yield field, f"{seats:,} seats of a house of {house:,}"

    def allocate(
        self, block: Block, method: Method, lists: I64, votes: I64, house: int, ties: str, keys: Keys
    ) -> tuple[NDArray[np.int32], Bools]:
        """Return seats (option, draw) and where a tie was settled.

        ``lists`` are the votes of those that take part, ``votes`` those of all lists.
        """
        first, given, tied = self._first(block, lists, votes, ties)
        is_first = (np.arange(len(lists))[:, None] == first) & given
        if self.seats is not None:
            out, equal = method.allocate(lists, house - self.seats * given, keys)
            return out + (self.seats * is_first).astype(np.int32), equal | (tied & given)
        assert self.up_to is not None
        out, equal = method.allocate(lists, house, keys)
        raised = given & ((out * is_first).sum(axis=0) < self.up_to)
        others = np.where(is_first, 0, lists)
        # Where the first list is alone it has the whole house already.
        rest, equal_rest = method.allocate(others, (house - self.up_to) * raised, keys)
        out = np.where(raised, rest + (self.up_to * is_first).astype(np.int32), out)
        return out, np.where(raised, equal_rest | tied, equal)

    def given(
        self, block: Block, lists: I64, votes: I64, ties: str, draw: int, seats: NDArray[np.int32]
    ) -> tuple[int, int]:
        """Return the list that has bonus seats in a draw and their number, (−1, 0) for none; ``seats`` are all."""
        first, given, _ = self._first(block, lists, votes, ties)
        who = int(first[draw])
        if not given[draw]:
            return -1, 0
        if self.seats is not None:
            return who, self.seats
        # More than it was raised to is what it has without a bonus.
        return (who, int(seats[who])) if seats[who] == self.up_to else (-1, 0)

    def _first(self, block: Block, lists: I64, votes: I64, ties: str) -> tuple[I64, Bools, Bools]:
        """Return the first list, whether it has what a bonus needs, and whether a tie decided: (draw,) each."""
        first, most, tied = first_places(block, lists, lists > 0, 1, ties, "rules.lot.bonus")
        share = ratio(self.needs)
        given = (most[0] > 0) & (most[0] * share.denominator >= votes.sum(axis=0) * share.numerator)
        return first[0], given, tied

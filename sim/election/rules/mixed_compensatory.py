"""List seats that make up for district seats: the house is in proportion to the lists' votes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Stage
from sim.election.quantities import near
from sim.election.rules.list_proportional import SeatCount
from sim.election.rules.list_steps import allocation_steps, threshold_steps
from sim.election.rules.mixed import DISTRICT_SEATS_WON, HOUSE_SIZE, LIST_SEATS, Mixed
from sim.election.rules.rule import DISTRICT_WINNER, SEATS, TIED, Steps
from sim.election.rules.threshold import PASSED_THRESHOLD
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World
from sim.numeric.apportionment import MOST_SEATS, Divisors

__all__ = ["OVERHANG", "MixedCompensatory"]

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
Draws = NDArray[np.intp]

OVERHANG = Variable(
    "overhang_seats",
    ("draw", "option"),
    "int32",
    "seats",
    "district seats beyond the option's share of the house as it was shared out last",
    minimum=0,
)


class MixedCompensatory(Mixed, stage="rules", model="mixed_compensatory"):
    """The whole house is in proportion to the lists' votes; district seats are part of a list's share.

    With e the apportionment of the house H among the lists that pass the threshold and w the districts won, a list has
    overhang where w_o > e_o.  ``overhang`` says what follows:

        kept      seats_o = max(e_o, w_o): the house grows by the overhang (New Zealand)
        levelled  the house grows to the smallest H with e_o(H) ≥ w_o for all lists (Germany 2013); what is still
                  lacking at the house ``maximum`` is kept
        none      the house stays: lists with overhang keep w_o, and the seats left are shared out among the others,
                  as often as it takes; with divisor methods this is counting on from w_o (Scotland)
        unseated  the house stays and seats_o = e_o: districts beyond the share are not filled (Germany 2023)

    Districts won by an option that takes no part as a list (below the threshold, without list votes) are its own and
    are taken from the house first.  ``minimum`` are seats that a list is sure of beside its districts, such as those of
    a first distribution by state; levelling regards them.  Without any list that passes only district seats are filled.
    """

    example: ClassVar = {"house": 6}
    reference = (
        "Electoral Act 1993 (New Zealand), ss. 191-193; Bundeswahlgesetz 2013, § 6; Bundeswahlgesetz 2023, § 6; "
        "Scotland Act 1998, ss. 7-8"
    )
    outputs: ClassVar[tuple[Variable, ...]] = (
        SEATS,
        TIED,
        LIST_SEATS,
        DISTRICT_SEATS_WON,
        HOUSE_SIZE,
        OVERHANG,
        DISTRICT_WINNER,
        PASSED_THRESHOLD,
    )

    house: SeatCount = Field(description="seats of the house, districts included, before any increase")
    overhang: Literal["kept", "levelled", "none", "unseated"] = Field(
        "kept", description="what follows where a list wins more districts than its share"
    )
    maximum: SeatCount | None = Field(
        None, description="largest house to which levelling leads; 2,000 seats unless written"
    )
    minimum: dict[str, SeatCount] = Field(
        default_factory=dict, description="seats that a list is sure of when the house is levelled: {option: seats}"
    )

    def used_outputs(self, world: World) -> tuple[Variable, ...]:
        """Return what is told."""
        return (*super().used_outputs(world), OVERHANG)

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find lists that do not exist, and fields that do nothing."""
        yield from super().check(world)
        if self.house == 0:
            yield "house", "there is no seat to give"
        lists = tuple(option.id for option in world.options if option.electable)
        for option in self.minimum:
            if option not in lists:
                yield f"minimum.{option}", f"there is no list {option!r} on the ballot{near(option, lists)}"
        for name, written in (("maximum", self.maximum is not None), ("minimum", bool(self.minimum))):
            if written and self.overhang != "levelled":
                yield name, "is for 'overhang: levelled'"
        if self.maximum is not None and self.maximum < self.house:
            yield "maximum", f"is less than the house of {self.house} seats"

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills the seats."""

        def run(block: Block) -> None:
            winner, equal = self.district_winners(block)
            won = self.won(block, winner)
            lists, passed = self.lists(block, won)
            seats, over, tied, _ = self._share(block, lists, won)
            filled = np.minimum(won, seats)
            self.fill(block, seats, filled, tied | equal, winner, passed)
            block.outputs["overhang_seats"] = over

        return run

    def _share(self, block: Block, lists: I64, won: I64) -> tuple[I64, I64, Bools, I64]:
        """Return seats and overhang (option, draw), where equal claims met, and the seats shared out (draw,)."""
        outside = np.where(lists > 0, 0, won)
        inside = won - outside
        room = np.maximum(self.house - outside.sum(axis=0), 0)
        every = np.arange(block.count)
        if self.overhang == "none":
            return self._within(block, lists, inside, outside, room)
        if self.overhang == "levelled":
            room = self._levelled(block, lists, self._sure(block, lists, inside), room, outside.sum(axis=0))
        share, tied = self._allocate(block, lists, room, every)
        over = np.maximum(inside - share, 0)
        own = share if self.overhang == "unseated" else share + over
        return own + outside, over, tied, room

    def _sure(self, block: Block, lists: I64, inside: I64) -> I64:
        floor = np.array([self.minimum.get(option, 0) for option in block.world.option_ids], np.int64)[:, None]
        return np.where(lists > 0, np.maximum(inside, floor), 0)

    def _allocate(self, block: Block, lists: I64, room: I64, draws: Draws) -> tuple[I64, Bools]:
        seats, tied = self.apportionment.allocate(lists, room, self.keys(block, draws))
        return seats.astype(np.int64), tied

    def _levelled(self, block: Block, lists: I64, sure: I64, room: I64, outside: I64) -> I64:
        """Return the seats to share out: the fewest, from ``room`` on, that give every list what it is sure of."""
        most = np.maximum((MOST_SEATS if self.maximum is None else self.maximum) - outside, room)
        if not isinstance(self.apportionment, Divisors):
            return self._first_enough(block, lists, sure, room, most)
        # With divisors no list loses by a larger house: the smallest is found by halving.
        low, high = room.copy(), most.copy()
        # In the house as it is most lists have enough.
        high = np.where(self._enough(block, lists, sure, low, np.arange(block.count)), low, high)
        while (open_ := np.flatnonzero(low < high)).size:
            middle = (low[open_] + high[open_]) // 2
            enough = self._enough(block, lists[:, open_], sure[:, open_], middle, open_)
            high[open_] = np.where(enough, middle, high[open_])
            low[open_] = np.where(enough, low[open_], middle + 1)
        return high

    def _enough(self, block: Block, lists: I64, sure: I64, room: I64, draws: Draws) -> Bools:
        seats, _ = self._allocate(block, np.ascontiguousarray(lists), room, draws)
        return np.asarray((seats >= sure).all(axis=0))

    def _first_enough(self, block: Block, lists: I64, sure: I64, room: I64, most: I64) -> I64:
        """Count up seat by seat: with quotas a larger house may take a seat from a list."""
        room = room.copy()
        left = np.arange(block.count)
        while len(left):
            enough = self._enough(block, lists[:, left], sure[:, left], room[left], left)
            left = left[~enough & (room[left] < most[left])]
            room[left] += 1
        return room

    def _within(self, block: Block, lists: I64, inside: I64, outside: I64, room: I64) -> tuple[I64, I64, Bools, I64]:
        """Keep the house: set lists with overhang apart, and share the rest out anew, until no list has any."""
        seats, tied = np.zeros_like(lists), np.zeros(block.count, np.bool_)
        apart = np.zeros(lists.shape, np.bool_)
        over = np.zeros_like(lists)
        left = np.arange(block.count)
        while len(left):
            held = np.where(apart[:, left], inside[:, left], 0)
            free = np.maximum(room[left] - held.sum(axis=0), 0)
            share, equal = self._allocate(block, np.where(apart[:, left], 0, lists[:, left]), free, left)
            more = ~apart[:, left] & (inside[:, left] > share)
            over[:, left] += np.where(more, inside[:, left] - share, 0)
            apart[:, left] |= more
            seats[:, left], tied[left] = share + held, equal
            left = left[more.any(axis=0)]
        return seats + outside, over, tied, room

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield who passes the threshold, the apportionment of the house, and what the overhang leads to."""
        won = self.won(block, self.district_winners(block)[0])
        lists, passed = self.lists(block, won)
        if self.threshold is not None:
            yield threshold_steps(self.threshold, block, draw, passed[:, draw])
        seats, over, _, room = self._share(block, lists, won)
        start = np.maximum(self.house - np.where(lists > 0, 0, won).sum(axis=0), 0)
        stages = [("house", start)]
        if self.overhang == "levelled" and room[draw] > start[draw]:
            stages.append(("levelled house", room))
        share = np.zeros_like(seats)
        for title, size in stages:
            share, _ = self._allocate(block, lists, size, np.arange(block.count))
            yield allocation_steps(
                title, self.apportionment, block.world, lists[:, draw], share[:, draw], int(size[draw])
            )
        columns = {"share": share, "districts": won, "overhang": over, "seats": seats}
        note = f"{int(seats[:, draw].sum())} seats; the house has {self.house}; overhang: {self.overhang}"
        yield self.seat_steps(block, draw, columns, note)

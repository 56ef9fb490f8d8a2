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
from sim.election.rules.mixed import DISTRICT_SEATS_WON, HOUSE_SIZE, LIST_SEATS, NOT_HERE, Mixed
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
        levelled  the house grows to the smallest H with e_o(H) ≥ w_o for all lists, however equal claims are settled
                  (Germany 2013); what is still lacking at the house ``maximum`` is kept
        none      the house stays: lists with overhang keep w_o, and the seats left are shared out among the others,
                  as often as it takes; with divisor methods this is counting on from w_o (Scotland)
        unseated  the house stays and seats_o = e_o: districts beyond the share are not filled (Germany 2023)

    Districts won by an option that takes no part as a list (below the threshold, without list votes, not on this
    ballot) are its own and are taken from the house first.  ``minimum`` are seats that a list is sure of beside its
    districts, such as those of a first distribution by state; levelling regards them.  Without any list that passes
    only district seats are filled.
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
            seats, over, tied = self._decide(block, lists, won, self._elsewhere(winner))
            self.fill(block, seats, np.minimum(won, seats), tied | equal, winner, passed)
            block.outputs["overhang_seats"] = over

        return run

    @staticmethod
    def _elsewhere(winner: I64) -> I64:
        """Return the districts won by who is not on this ballot, (draw,)."""
        return np.asarray((winner == NOT_HERE).sum(axis=1))

    def _decide(self, block: Block, lists: I64, won: I64, elsewhere: I64) -> tuple[I64, I64, Bools]:
        """Return seats and overhang (option, draw), and where the order of equals decided (draw,)."""
        one = _Sharing(self, block, np.arange(block.count))
        seats, over = one.share(lists, won, elsewhere)
        # Equal claims on the way may lead to the same seats in the end, whoever goes first.
        tied = one.equal
        some = np.flatnonzero(tied)
        if len(some):
            here = (lists[:, some], won[:, some], elsewhere[some])
            tied[some] = False
            for option in range(len(lists)):
                ends = (_Sharing(self, block, some, option, last).share(*here)[0] for last in (False, True))
                most, least = (seats_[option] for seats_ in ends)
                tied[some] |= most != least
        return seats, over, tied

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield who passes the threshold, the apportionment of the house, and what the overhang leads to."""
        winner, _ = self.district_winners(block)
        won, elsewhere = self.won(block, winner), self._elsewhere(winner)
        lists, passed = self.lists(block, won)
        if self.threshold is not None:
            yield threshold_steps(self.threshold, block, draw, passed[:, draw])
        one = _Sharing(self, block, np.arange(block.count))
        seats, over = one.share(lists, won, elsewhere)
        start = np.maximum(self.house - elsewhere - np.where(lists > 0, 0, won).sum(axis=0), 0)
        stages = [("house", start)]
        if one.room[draw] > start[draw]:
            stages.append(("levelled house", one.room))
        for title, size in stages:
            share = one.allocate(lists, size, one.draws)
            yield allocation_steps(
                title, self.apportionment, block.world, lists[:, draw], share[:, draw], int(size[draw])
            )
        columns = {"share": share, "districts": won, "overhang": over, "seats": seats}
        note = f"{int(seats[:, draw].sum())} seats; the house has {self.house}; overhang: {self.overhang}"
        yield self.seat_steps(block, draw, columns, note)


class _Sharing:
    """One way through the distribution of the seats of some draws, with one order of equals.

    An ``option``, where one is given, goes before all others, or ``last``.

    Attributes
    ----------
    equal
        (draw,) where equal claims met on the way.
    room
        (draw,) seats that were shared out among lists in the end.
    """

    def __init__(
        self, rule: MixedCompensatory, block: Block, draws: Draws, option: int = -1, last: bool = False
    ) -> None:
        self.rule, self.block, self.draws, self.option, self.last = rule, block, draws, option, last
        self.method = rule.apportionment
        self.equal = np.zeros(len(draws), np.bool_)
        self.room = np.zeros(len(draws), np.int64)

    def share(self, lists: I64, won: I64, elsewhere: I64) -> tuple[I64, I64]:
        """Return seats and overhang, (option, draw)."""
        outside = np.where(lists > 0, 0, won)
        inside = won - outside
        taken = outside.sum(axis=0) + elsewhere
        self.room = np.maximum(self.rule.house - taken, 0)
        if self.rule.overhang == "none":
            return self._within(lists, inside, outside)
        if self.rule.overhang == "levelled":
            self._level(lists, inside, taken)
        share = self.allocate(lists, self.room, np.arange(len(self.draws)))
        over = np.maximum(inside - share, 0)
        own = share if self.rule.overhang == "unseated" else share + over
        return own + outside, over

    def allocate(self, lists: I64, room: I64, lanes: Draws) -> I64:
        """Apportion seats in some lanes, and note where claims were equal."""
        keys = self.rule.keys(self.block, self.draws[lanes], self.option, self.last)
        seats, tied = self.method.allocate(np.ascontiguousarray(lists), room, keys)
        self.equal[lanes] |= tied
        return seats.astype(np.int64)

    def _level(self, lists: I64, inside: I64, taken: I64) -> None:
        """Find the fewest seats to share out, from those that there are on, that give every list what it is sure of."""
        rule = self.rule
        floor = np.array([rule.minimum.get(option, 0) for option in self.block.world.option_ids], np.int64)
        sure = np.where(lists > 0, np.maximum(inside, floor[:, None]), 0)
        most = np.maximum((MOST_SEATS if rule.maximum is None else rule.maximum) - taken, self.room)
        left = np.flatnonzero(~self._enough(lists, sure, np.arange(len(self.draws))))
        if not isinstance(self.method, Divisors):
            # With quotas a larger house may take a seat from a list: count up.
            while (left := left[self.room[left] < most[left]]).size:
                self.room[left] += 1
                left = left[~self._enough(lists, sure, left)]
            return
        # With divisors no list loses by a larger house: halve.
        low, high, grown = np.minimum(self.room + 1, most), most.copy(), left
        while (left := left[low[left] < high[left]]).size:
            self.room[left] = (low[left] + high[left]) // 2
            enough = self._enough(lists, sure, left)
            high[left] = np.where(enough, self.room[left], high[left])
            low[left] = np.where(enough, low[left], self.room[left] + 1)
        self.room[grown] = high[grown]

    def _enough(self, lists: I64, sure: I64, lanes: Draws) -> Bools:
        """Return where every list has what it is sure of, however equal claims are settled."""
        votes, room, need = np.ascontiguousarray(lists[:, lanes]), self.room[lanes], sure[:, lanes]
        seats, tied = self.method.allocate(votes, room, self.rule.keys(self.block, self.draws[lanes]))
        enough = np.asarray((seats >= need).all(axis=0))
        some = np.flatnonzero(tied & enough)
        for option in range(len(lists) if len(some) else 0):
            keys = self.rule.keys(self.block, self.draws[lanes[some]], option, last=True)
            least, _ = self.method.allocate(np.ascontiguousarray(votes[:, some]), room[some], keys)
            enough[some] &= least[option] >= need[option, some]
        return enough

    def _within(self, lists: I64, inside: I64, outside: I64) -> tuple[I64, I64]:
        """Keep the house: set lists with overhang apart, and share the rest out anew, until no list has any."""
        seats, over = np.zeros_like(lists), np.zeros_like(lists)
        apart = np.zeros(lists.shape, np.bool_)
        left = np.arange(len(self.draws))
        while len(left):
            held = np.where(apart[:, left], inside[:, left], 0)
            free = np.maximum(self.room[left] - held.sum(axis=0), 0)
            share = self.allocate(np.where(apart[:, left], 0, lists[:, left]), free, left)
            lacking = np.where(apart[:, left], 0, np.maximum(inside[:, left] - share, 0))
            over[:, left] += lacking
            seats[:, left] = share + held
            apart[:, left] |= lacking > 0
            left = left[lacking.any(axis=0)]
        return seats + outside, over

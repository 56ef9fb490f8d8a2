"""Seats of lists in proportion to their votes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.election.part import Stage
from sim.election.quantities import near
from sim.election.rules.bonus import Bonus
from sim.election.rules.list_steps import allocation_steps, threshold_steps
from sim.election.rules.rule import DISTRICT_SEATS, SEATS, TIED, Rule, Steps, district_axis
from sim.election.rules.threshold import PASSED_THRESHOLD, Threshold, electable_votes
from sim.election.rules.ties import tie_keys
from sim.election.state import Block
from sim.election.variables import Axis, Variable
from sim.election.world import World
from sim.numeric.apportionment import MOST_SEATS, Keys, Method, method_of

__all__ = ["ListProportional", "MethodName", "SeatCount", "check_districts", "seats_of_districts"]

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

MethodName = Literal[
    "dhondt",
    "sainte_lague",
    "modified_sainte_lague",
    "danish",
    "imperiali",
    "huntington_hill",
    "adams",
    "dean",
    "divisors",
    "hare_largest_remainder",
    "droop_largest_remainder",
    "hagenbach_bischoff_largest_remainder",
    "imperiali_largest_remainder",
]
SeatCount = Annotated[int, Field(ge=0, le=MOST_SEATS)]
MAY_FILL_TOO_MANY = ("hagenbach_bischoff_largest_remainder", "imperiali_largest_remainder")


def seats_of_districts(seats: int | Mapping[str, int], world: World) -> I64:
    """Return the seats of each district, in canonical order."""
    if isinstance(seats, int):
        return np.full(world.n_districts, seats, np.int64)
    return np.array([seats.get(district, seats.get("default", 0)) for district in world.districts], np.int64)


def check_districts(seats: Mapping[str, int], world: World) -> Iterator[tuple[str, str]]:
    """Yield the faults of seats by district."""
    for district in seats:
        if district != "default" and district not in world.districts:
            yield f"seats.{district}", f"there is no district {district!r}{near(district, world.districts)}"
    missing = [district for district in world.districts if district not in seats]
    if missing and "default" not in seats:
        yield "seats", f"no seats for the district {', '.join(missing)}; name it or give a 'default'"


class ListProportional(Rule, stage="rules", model="list_proportional"):
    """Lists that pass the threshold share the seats of the nation, or of each district, in proportion to votes.

    A divisor method gives seat after seat to the largest quotient v / d(s), s being the seats that the list has:
    d(s) = s + 1 (D'Hondt), 2s + 1 (Sainte-Laguë), 1.4, 3, 5, … (modified), 3s + 1 (Danish), s + 2 (Imperiali),
    √(s(s+1)) (Huntington–Hill), s (Adams), 2s(s+1)/(2s+1) (Dean), or any rising sequence (``divisors``).  Where
    d(0) = 0 every list with a vote has a seat before any has two; with fewer seats than lists the largest have them.

    A quota method with V votes and S seats gives ⌊v / q⌋ seats for the quota q, and the seats left over, one each, to
    the largest remainders v − q⌊v / q⌋: q = V / S (Hare), ⌊V / (S + 1)⌋ + 1 (Droop), V / (S + 1)
    (Hagenbach-Bischoff), V / (S + 2) (Imperiali).  The last two can fill more seats than there are; ``excess`` says
    what follows.  Where Droop's quota leaves more seats than there are lists, each has one, and it begins again.

    Votes against all elect nobody.  No list has a seat without a vote; where nobody has one no seat is given.
    Claims that are exactly equal are told in ``tied`` and settled by ``ties``.  Exact for up to 10⁹ votes a list
    and 2,000 seats.
    """

    example: ClassVar = {"seats": 5, "method": "sainte_lague"}
    reference = "Pukelsheim, Proportional Representation, 2nd ed., Springer 2017"

    seats: SeatCount | Mapping[str, SeatCount] = Field(
        description="seats of the house; by district: those of every district, or {district: seats} with a 'default'"
    )
    by: Literal["nation", "district"] = Field(
        "nation", description="whether seats are shared out in the nation or in each district apart"
    )
    method: MethodName = Field("sainte_lague", description="the method of apportionment; `divisors` takes those given")
    divisors: tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...] = Field(
        (), description="divisors of the method `divisors`, for the first seat, the second, …; as many as seats"
    )
    excess: Literal["next_quota", "smallest_remainder"] | None = Field(
        None,
        description="where quotas fill more seats than there are: `next_quota` (unless written) counts again with the "
        "next larger quota, one less being added to the seats; `smallest_remainder` takes a seat each from those",
    )
    threshold: Threshold | None = Field(None, description="who takes part; without it every list does")
    bonus: Bonus | None = Field(None, description="seats for the list with most votes")

    outputs: ClassVar[tuple[Variable, ...]] = (SEATS, TIED, DISTRICT_SEATS, PASSED_THRESHOLD)

    @model_validator(mode="after")
    def _divisors_rise(self) -> ListProportional:
        if (self.method == "divisors") != bool(self.divisors):
            raise ValueError("'method: divisors' and 'divisors: [1, 3, …]' belong together")
        if any(later <= before for before, later in zip(self.divisors, self.divisors[1:])):
            raise ValueError("divisors must rise from seat to seat")
        return self

    def used_outputs(self, world: World) -> tuple[Variable, ...]:
        """Leave the seats by district out where there are none."""
        return tuple(one for one in self.outputs if self.by == "district" or one is not DISTRICT_SEATS)

    def axes(self, world: World) -> tuple[Axis, ...]:
        """Return the districts where seats are shared out in them."""
        return (district_axis(world),) if self.by == "district" else ()

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find seats, lists and districts that do not exist, and fields that do nothing."""
        by_district = self.by == "district"
        if isinstance(self.seats, Mapping):
            if not by_district:
                yield "seats", "seats by district are for 'by: district'; write one number"
            yield from check_districts(self.seats, world)
        house = self._house(world)
        if house.sum() == 0:
            yield "seats", "there is no seat to give"
        if self.divisors and len(self.divisors) < house.max():
            yield "divisors", f"{len(self.divisors)} divisors for {house.max():,} seats; each seat needs one"
        if self.excess is not None and self.method not in MAY_FILL_TOO_MANY:
            yield "excess", f"does nothing: the quotas of {self.method} never fill more seats than there are"
        if self.threshold is not None:
            for path, message in self.threshold.check_options(world):
                yield f"threshold.{path}".rstrip("."), message
            if self.threshold.district_share is not None and not by_district:
                yield "threshold.district_share", "is for 'by: district'"
        if self.bonus is not None:
            if by_district:
                yield "bonus", "is of the whole house; it needs 'by: nation'"
            for path, message in self.bonus.check_house(int(house.max())):
                yield f"bonus.{path}".rstrip("."), message

    def _house(self, world: World) -> I64:
        """Seats of the nation, or of each district."""
        if self.by == "nation":
            return np.array([self.seats if isinstance(self.seats, int) else sum(self.seats.values())], np.int64)
        return seats_of_districts(self.seats, world)

    @property
    def apportionment(self) -> Method:
        """The method, as it is computed."""
        return method_of(self.method, self.divisors, self.excess != "smallest_remainder")

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills seats, who passed, and ties."""
        method, house = self.apportionment, self._house(world)

        def run(block: Block) -> None:
            if self.by == "nation":
                lists, passed = self._nation(block)
                seats, tied = self._allocate_nation(block, method, lists, int(house[0]))
            else:
                lists, passed = self._districts(block)
                by_district, equal = self._allocate_districts(block, method, lists, house)
                block.outputs["district_seats"] = by_district
                seats, tied = by_district.sum(axis=2, dtype=np.int32), np.asarray(equal.any(axis=1))
            block.outputs.update(seats=seats, tied=tied, passed_threshold=passed)
            self.settle(block, tied)

        return run

    def _nation(self, block: Block) -> tuple[I64, Bools]:
        """Votes of the lists that take part and who passed, both (option, draw)."""
        votes = electable_votes(block)
        passed = votes > 0 if self.threshold is None else self.threshold.passing(block)
        return np.where(passed, votes, 0), passed

    def _districts(self, block: Block) -> tuple[I64, Bools]:
        """Votes of the lists that take part (option, draw, district) and who passed (option, draw)."""
        votes = electable_votes(block, by_district=True)
        if self.threshold is None:
            return votes, np.asarray((votes > 0).any(axis=2))
        passed = self.threshold.passing_districts(block, self.threshold.passing(block))
        return np.where(passed, votes, 0), np.asarray(passed.any(axis=2))

    def _allocate_nation(self, block: Block, method: Method, lists: I64, house: int) -> tuple[I32, Bools]:
        keys = self._keys(block)
        if self.bonus is None:
            return method.allocate(lists, house, keys)
        return self.bonus.allocate(block, method, lists, electable_votes(block), house, self.ties, keys)

    def _allocate_districts(self, block: Block, method: Method, lists: I64, house: I64) -> tuple[I32, Bools]:
        flat = lists.reshape(len(lists), -1)
        seats, tied = method.allocate(flat, np.tile(house, block.count), self._keys(block, True))
        return seats.reshape(lists.shape), tied.reshape(lists.shape[1:])

    def _keys(self, block: Block, by_district: bool = False) -> Keys:
        def keys(lanes: NDArray[np.intp]) -> NDArray[np.float64]:
            every = tie_keys(block, self.ties, "rules.lot", by_district)
            return np.ascontiguousarray(every.reshape(len(every), -1)[:, lanes])

        return keys

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield who passes the threshold, and quotas and remainders or the quotients of the last seats."""
        world, house = block.world, self._house(block.world)
        lists, passed = self._nation(block) if self.by == "nation" else self._districts(block)
        if self.threshold is not None:
            yield threshold_steps(self.threshold, block, draw, passed[:, draw])
        if self.by == "nation":
            seats = self._allocate_nation(block, self.apportionment, lists, int(house[0]))[0][:, draw]
            first, given = (-1, 0)
            if self.bonus is not None:
                first, given = self.bonus.given(block, lists, electable_votes(block), self.ties, draw, seats)
            votes, rest = lists[:, draw].copy(), seats.copy()
            if first >= 0:
                rest[first] -= given
                votes[first] *= self.bonus is not None and self.bonus.seats is not None
            yield allocation_steps("", self.apportionment, world, votes, rest, int(house[0]) - given)
            if first >= 0:
                yield Steps("bonus", ("option", "seats"), ((world.option_ids[first], given),), "to the first list")
            return
        every = self._allocate_districts(block, self.apportionment, lists, house)[0]
        for d, district in enumerate(world.districts):
            yield allocation_steps(
                district, self.apportionment, world, lists[:, draw, d], every[:, draw, d], int(house[d])
            )

"""What mixed systems share: lists beside single-member districts, on one ballot or in another contest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.rules.place_winners import count_places, place_winners
from sim.election.rules.rule import DISTRICT_WINNER, SEATS, TIED, Rule, Steps, district_axis
from sim.election.rules.threshold import PASSED_THRESHOLD, Threshold, electable_votes
from sim.election.rules.ties import tie_keys
from sim.election.state import Block
from sim.election.variables import Axis, Variable
from sim.election.world import World
from sim.errors import SimError
from sim.numeric.apportionment import Keys, Method, method_of

if TYPE_CHECKING:
    from sim.election.contests import Decision

__all__ = ["DISTRICT_SEATS_WON", "HOUSE_SIZE", "LIST_SEATS", "NOT_HERE", "Mixed"]

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

LIST_SEATS = Variable("list_seats", ("draw", "option"), "int32", "seats", "seats from the option's list", minimum=0)
DISTRICT_SEATS_WON = Variable(
    "district_seats_won",
    ("draw", "option"),
    "int32",
    "seats",
    "districts that the option has won; without those that stay empty",
    minimum=0,
)
HOUSE_SIZE = Variable(
    "house_size",
    ("draw",),
    "int32",
    "seats",
    "seats that are filled",
    "house_size = Σ seats + districts won by who is not on this ballot",
    minimum=0,
)


#: Who won a district and is not on the ballot of the lists.
NOT_HERE = -2


class Mixed(Rule):
    """A rule with list seats beside the winners of single-member districts."""

    method: Literal[
        "dhondt",
        "sainte_lague",
        "modified_sainte_lague",
        "danish",
        "imperiali",
        "huntington_hill",
        "adams",
        "dean",
        "hare_largest_remainder",
        "droop_largest_remainder",
        "hagenbach_bischoff_largest_remainder",
        "imperiali_largest_remainder",
    ] = Field("sainte_lague", description="the method of apportionment of list seats")
    threshold: Threshold | None = Field(
        None, description="which lists take part; `districts_won` counts the districts won; without it every list does"
    )
    districts: str = Field(
        "",
        description="name of the contest, decided before this one, whose district winners are taken; without it the "
        "votes of this ballot count for both, and each district elects who has most of them",
    )

    @property
    def apportionment(self) -> Method:
        """The method of apportionment."""
        return method_of(self.method)

    @property
    def needs(self) -> tuple[str, ...]:
        """The contest whose district winners are taken."""
        return (self.districts,) if self.districts else ()

    def used_outputs(self, world: World) -> tuple[Variable, ...]:
        """Return what is told; who won each district only where it is decided here."""
        own = () if self.districts else (DISTRICT_WINNER,)
        passed = () if self.threshold is None else (PASSED_THRESHOLD,)
        return (SEATS, TIED, LIST_SEATS, DISTRICT_SEATS_WON, HOUSE_SIZE, *own, *passed)

    def axes(self, world: World) -> tuple[Axis, ...]:
        """Return the districts where they are decided here."""
        return () if self.districts else (district_axis(world),)

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find faults of the threshold."""
        if self.threshold is not None:
            for path, message in self.threshold.check_options(world):
                yield f"threshold.{path}".rstrip("."), message
            if self.threshold.district_share is not None:
                yield "threshold.district_share", "list seats are shared out in the nation; write 'share'"

    def district_winners(self, block: Block) -> tuple[I64, Bools]:
        """Return who won each district, (draw, district), and where that was settled between equals, (draw,).

        −1 stands for nobody, `NOT_HERE` for somebody who is not on this ballot.
        """
        if not self.districts:
            lanes = block.district_lanes
            winner, tied = place_winners(block, block.district_votes, self.ties, "rules.lot.district", lanes)
            return winner, np.asarray(tied.any(axis=1))
        decided: Mapping[str, Decision] = getattr(block, "decided", {})
        if self.districts not in decided:
            known = ", ".join(map(repr, decided)) or "none"
            raise SimError(
                f"the rule {self.model!r} takes the district winners of the contest {self.districts!r}, which is not "
                f"decided before it (decided: {known}); write that contest, or leave 'districts' out"
            )
        decision = decided[self.districts]
        if "district_winner" not in decision.outputs:
            raise SimError(f"the contest {self.districts!r} has no district winners; give it 'model: districts'")
        own = block.world.option_ids
        place = [own.index(option) if option in own else NOT_HERE for option in decision.options]
        winner = np.array([*place, -1], np.int64)[np.asarray(decision.outputs["district_winner"])]
        return winner, np.zeros(block.count, np.bool_)

    def won(self, block: Block, winner: I64) -> I64:
        """Return the districts won, (option, draw)."""
        worth = np.ones(winner.shape[1], np.int64)
        return count_places(winner, worth, block.world.n_options).astype(np.int64)

    def lists(self, block: Block, won: I64) -> tuple[I64, Bools]:
        """Return the votes of the lists that take part, and which do, (option, draw)."""
        votes = electable_votes(block)
        passed = votes > 0 if self.threshold is None else self.threshold.passing(block, won)
        return np.where(passed, votes, 0), passed

    def keys(self, block: Block, draws: NDArray[np.intp] | None = None, option: int = -1, last: bool = False) -> Keys:
        """Return the function that gives the lots of lanes.

        ``draws`` are those of the lanes, all by default; where an ``option`` is given it goes before all others, or
        ``last``.
        """

        def keys(lanes: NDArray[np.intp]) -> NDArray[np.float64]:
            held = tie_keys(block, self.ties, "rules.lot.list")[:, lanes if draws is None else draws[lanes]].copy()
            if option >= 0:
                held[option] = -1.0 if last else held.max(initial=0.0) + 1.0
            return np.ascontiguousarray(held)

        return keys

    def fill(self, block: Block, seats: I64, won: I64, tied: Bools, winner: I64, passed: Bools) -> None:
        """Write the outputs."""
        self.settle(block, tied)
        block.outputs.update(
            seats=seats,
            list_seats=seats - won,
            district_seats_won=won,
            house_size=np.asarray(seats.sum(axis=0) + (winner == NOT_HERE).sum(axis=1)),
            tied=tied,
        )
        if not self.districts:
            block.outputs["district_winner"] = winner
        if self.threshold is not None:
            block.outputs["passed_threshold"] = passed

    def seat_steps(self, block: Block, draw: int, columns: Mapping[str, I64], note: str) -> Steps:
        """Return the table of columns (option, draw) in one draw, lists without any number left out."""
        world = block.world
        rows = []
        for o in world.option_order.tolist():
            numbers = [int(column[o, draw]) for column in columns.values()]
            if any(numbers):
                rows.append((world.option_ids[o], *numbers))
        return Steps("seats", ("option", *columns), tuple(rows), note)

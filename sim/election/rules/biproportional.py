"""Seats by list and district that are proportional both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Stage
from sim.election.rules.list_proportional import SeatCount, check_districts, seats_of_districts
from sim.election.rules.list_steps import allocation_steps, threshold_steps
from sim.election.rules.rule import DISTRICT_SEATS, SEATS, TIED, Rule, Steps, district_axis
from sim.election.rules.threshold import PASSED_THRESHOLD, Base, Threshold, base_votes, electable_votes
from sim.election.rules.ties import tie_keys
from sim.election.state import Block
from sim.election.variables import Axis, Variable
from sim.election.world import World
from sim.numeric.apportionment import Keys, method_of

__all__ = ["Biproportional"]

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Biproportional(Rule, stage="rules", model="biproportional"):
    """Lists have seats in proportion to their votes in the nation, and every district fills its own.

    Above, the seats of the house are apportioned to lists by their votes, and to districts by the base stated unless
    they are given.  Below, the table of seats s_ij has both sums and there are multipliers x of districts and y of
    lists with d(s_ij − 1) ≤ v_ij·x_j·y_i ≤ d(s_ij); d(s) = 2s + 1 (Sainte-Laguë) or s + 1 (D'Hondt).  Of all tables
    with both sums that is the one with the largest Π_ij Π_{k < s_ij} v_ij / d(k).

    Where several are equally good, ``tied`` says so and the lots of lists in districts (or the order of the file)
    choose.  A list has a seat in a district without a vote there only where both sums cannot hold otherwise.
    """

    example: ClassVar = {"seats": 7}
    reference = "Balinski and Demange, Mathematics of Operations Research 14 (1989); Pukelsheim 2017"

    seats: SeatCount | Mapping[str, SeatCount] = Field(
        description="seats of the house, apportioned to districts; or {district: seats}, with a 'default' if wanted"
    )
    districts_by: Base = Field("registered", description="by what a house of so many seats is apportioned to districts")
    method: Literal["sainte_lague", "dhondt"] = Field(
        "sainte_lague", description="the divisors, for lists, districts and lists within districts"
    )
    threshold: Threshold | None = Field(None, description="which lists take part; without it every list does")

    outputs: ClassVar[tuple[Variable, ...]] = (SEATS, TIED, DISTRICT_SEATS, PASSED_THRESHOLD)

    def axes(self, world: World) -> tuple[Axis, ...]:
        """Return the districts."""
        return (district_axis(world),)

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find districts and lists that do not exist, and fields that do nothing."""
        if isinstance(self.seats, Mapping):
            yield from check_districts(self.seats, world)
            if "districts_by" in self.model_fields_set and self.districts_by != "registered":
                yield "districts_by", "does nothing: 'seats' says how many each district has"
        if self.threshold is not None:
            for path, message in self.threshold.check_options(world):
                yield f"threshold.{path}".rstrip("."), message
            if self.threshold.district_share is not None:
                yield "threshold.district_share", "lists take part in the whole nation; write 'share'"

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills seats, who passed, and ties."""

        def run(block: Block) -> None:
            lists, passed = self._lists(block)
            rows, columns, tied = self._sums(block, lists)
            table, equal = self._table(block, lists, rows, columns)
            tied = tied | equal
            block.outputs.update(seats=rows, district_seats=table, tied=tied, passed_threshold=passed)
            self.settle(block, tied)

        return run

    def _lists(self, block: Block) -> tuple[I64, Bools]:
        """Votes (option, draw, district) of the lists that take part, and which do (option, draw)."""
        votes = electable_votes(block, by_district=True)
        passed = electable_votes(block) > 0 if self.threshold is None else self.threshold.passing(block)
        return np.where(passed[:, :, None], votes, 0), passed

    def _sums(self, block: Block, lists: I64) -> tuple[I64, I64, Bools]:
        """Seats of lists (option, draw) and of districts (district, draw), and where ties were settled."""
        method, nation = method_of(self.method), lists.sum(axis=2)
        if isinstance(self.seats, Mapping):
            columns = np.repeat(seats_of_districts(self.seats, block.world)[:, None], block.count, axis=1)
            tied = np.zeros(block.count, np.bool_)
        else:
            base = np.ascontiguousarray(base_votes(block, self.districts_by, by_district=True).T)
            base = np.repeat(base, block.count, axis=1) if base.shape[1] == 1 else base
            seats, tied = method.allocate(base, self.seats, self._district_keys(block))
            columns = seats.astype(np.int64)
        # Without votes no seat is given.
        columns = columns * (nation.sum(axis=0) > 0)
        rows, equal = method.allocate(nation, columns.sum(axis=0), self._keys(block))
        return rows.astype(np.int64), columns, equal | tied

    def _table(self, block: Block, lists: I64, rows: I64, columns: I64) -> tuple[I64, Bools]:
        from sim.numeric.biproportional import biproportional

        step = 2 if self.method == "sainte_lague" else 1
        votes = np.ascontiguousarray(lists.transpose(1, 0, 2))
        sums = (np.ascontiguousarray(rows.T), np.ascontiguousarray(columns.T))
        table, tied = biproportional(votes, *sums, step, lambda draw: self._ranks(block, draw))
        return table.transpose(1, 0, 2), tied

    def _keys(self, block: Block) -> Keys:
        return lambda lanes: np.ascontiguousarray(tie_keys(block, self.ties, "rules.lot")[:, lanes])

    def _district_keys(self, block: Block) -> Keys:
        world = block.world

        def keys(lanes: NDArray[np.intp]) -> NDArray[np.float64]:
            if self.ties == "lot":
                every = block.chance.stream("rules.lot.district").uniform64(block.district_lanes)
                return np.ascontiguousarray(every[lanes].T)
            place = np.empty(world.n_districts)
            place[world.district_order] = np.arange(world.n_districts)
            return np.repeat((world.n_districts - place)[:, None], len(lanes), axis=1)

        return keys

    def _ranks(self, block: Block, draw: int) -> I64:
        """A different number for every list in every district, (option, district), the largest having the seat."""
        world = block.world
        keys = tie_keys(block, self.ties, "rules.lot.seat", by_district=True)[:, draw]
        place = np.empty(world.n_districts)
        place[world.district_order] = np.arange(world.n_districts)
        # By order, districts of one list stand in the order of the file.
        order = np.lexsort((np.broadcast_to(-place, keys.shape).ravel(), keys.ravel()))
        ranks = np.empty(keys.size, np.int64)
        ranks[order] = np.arange(keys.size)
        return ranks.reshape(keys.shape)

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield who passes the threshold, the seats of lists and districts, and the table of both."""
        world = block.world
        lists, passed = self._lists(block)
        rows, columns, _ = self._sums(block, lists)
        table, _ = self._table(block, lists, rows, columns)
        if self.threshold is not None:
            yield threshold_steps(self.threshold, block, draw, passed[:, draw])
        house = int(rows[:, draw].sum())
        seats = rows[:, draw].astype(np.int32)
        yield allocation_steps("lists", method_of(self.method), world, lists[:, draw].sum(axis=1), seats, house)
        order = world.district_order.tolist()
        yield Steps(
            "lists within districts: votes and seats",
            ("option", *(f"{world.districts[d]} ({columns[d, draw]})" for d in order), "seats"),
            tuple(
                (world.option_ids[o], *(f"{lists[o, draw, d]:,}-{table[o, draw, d]}" for d in order), int(seats[o]))
                for o in world.option_order.tolist()
                if passed[o, draw]
            ),
        )

"""Several seats by approval, each further seat counting less to a voter who has some already."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import comb
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Stage
from sim.election.rules.marks import electable_of, points, seat_faults
from sim.election.rules.rule import SEATS, TIED, Rule, Steps
from sim.election.rules.ties import tie_keys
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World

__all__ = ["ProportionalApproval"]

I64 = NDArray[np.int64]

LOT = "rules.proportional_approval.lot"


class ProportionalApproval(Rule, stage="rules", model="proportional_approval"):
    """The elected W are those with the largest Σ over ballots A of 1 + 1/2 + … + 1/|A ∩ W|.

    ``exact`` tries every W, at most 200,000 of them.  ``sequential`` begins with nobody and adds, seat by seat, the
    option with the largest Σ over the ballots A that approve it of 1 / (1 + |A ∩ W|).  Fractions are counted in
    whole parts of lcm(1 … seats), for up to 22 seats and 10¹⁰ ballots.

    A ballot approves the options with a positive score; where ballots rank, the first ``approved`` of them; a ballot
    for one option approves that one.  Options against all cannot be elected.  ``ties`` decides among equal W for
    the one with the option drawn (or standing on the paper) first of those in one of two only, and among equal
    options where the seats are given one by one; there ``tied`` says that some place was decided in that way.
    Where nobody is approved nobody is elected.
    """

    example: ClassVar = {"seats": 1}
    reference = "Thiele 1895, Om Flerfoldsvalg; Lackner and Skowron 2023, doi 10.1007/978-3-031-09016-5, §§ 2.3–2.4"
    outputs: ClassVar[tuple[Variable, ...]] = (SEATS, TIED)
    reads = "scores"

    seats: int = Field(description="seats to fill", ge=1, le=22)
    method: Literal["exact", "sequential"] = Field("exact", description="whether all committees are tried")
    approved: int = Field(1, description="places that approve an option where ballots rank", ge=1)

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find more seats than options, and too many committees to try."""
        from sim.numeric.approvals import MOST_COMMITTEES

        yield from seat_faults(world, self.seats)
        able = int(electable_of(world).sum())
        if self.method == "exact" and comb(able, self.seats) > MOST_COMMITTEES:
            yield (
                "method",
                f"{self.seats} of {able} options can be chosen in {comb(able, self.seats):,} ways; all are tried up "
                f"to {MOST_COMMITTEES:,}: take 'sequential'",
            )

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``seats`` and ``tied``."""

        def run(block: Block) -> None:
            seats, tied = self._elect(block)
            block.outputs["seats"], block.outputs["tied"] = seats, tied
            self.settle(block, tied)

        return run

    def _elect(self, block: Block) -> tuple[I64, NDArray[np.bool_]]:
        from sim.numeric.approvals import best_committee, sequential_committee

        given = points(block, self.approved)
        elect = best_committee if self.method == "exact" else sequential_committee
        keys = tie_keys(block, self.ties, LOT)
        return elect(given.scores, given.counts, electable_of(block.world), self.seats, keys)

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield the approvals with who is elected, and what each of the elected adds to the sum."""
        given, world = points(block, self.approved), block.world
        approves = given.scores[draw if len(given.scores) > 1 else 0] > 0
        ballots = given.counts[draw].tolist()
        seats, tied = self._elect(block)
        elected = seats[:, draw] > 0

        def total(committee: NDArray[np.bool_]) -> Fraction:
            held = (approves & committee).sum(axis=1).tolist()
            return sum((n * Fraction(1, k) for n, most in zip(ballots, held) for k in range(1, most + 1)), Fraction(0))

        whole = total(elected)
        rows = []
        for o in world.option_order.tolist():
            without = elected.copy()
            without[o] = False
            adds = str(whole - total(without)) if elected[o] else ""
            rows.append((world.option_ids[o], int(given.counts[draw] @ approves[:, o]), adds,
                         "elected" if elected[o] else ""))  # fmt: skip
        note = f"the sum over ballots is {whole}"
        if tied[draw]:
            note += f"; equal ones were decided by {'lot' if self.ties == 'lot' else 'the order of the ballot paper'}"
        yield Steps("approvals", ("option", "approvals", "adds", "standing"), tuple(rows), note)

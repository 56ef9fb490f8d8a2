"""Several seats by rankings: each voter has one vote, and what a candidate does not need goes on to the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Stage
from sim.election.rules.marks import electable_of, rankings_of, seat_faults
from sim.election.rules.rule import SEATS, TIED, Rule, Steps
from sim.election.rules.ties import tie_keys
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World

__all__ = ["SingleTransferableVote"]

I64 = NDArray[np.int64]

LOT = "rules.single_transferable_vote.lot"


class SingleTransferableVote(Rule, stage="rules", model="single_transferable_vote"):
    """Whoever has a quota of the votes is elected; surpluses, and the votes of the last, go on by rank.

    With V valid ballots and S seats the quota is ⌊V / (S + 1)⌋ + 1 (``droop``) or V / S, rounded up
    to five decimal places (``hare``).

    ``scottish``, weighted inclusive Gregory: at each stage all who have the quota are elected.  The largest surplus
    is transferred first: every paper of its candidate goes to the next on it who is neither elected nor excluded, at
    its value · surplus / votes, cut off at five decimal places.  Without a surplus the candidate with fewest votes is
    excluded and the papers go on at their value.  Equal candidates are told apart by the latest earlier stage at
    which their votes differed, else by ``ties``.  As many candidates as vacancies are elected without a transfer.

    ``meek``: each candidate keeps a share k of every ballot that reaches him, also after his election, and the quota
    (Σ votes) / (S + 1) sinks as ballots are exhausted; k ← k · quota / votes until all surpluses sum to less than
    10⁻⁶ of a vote or no longer shrink.  Numbers have nine decimal places, what is kept is rounded up.  Candidates
    whose votes differ by no more than the surpluses are equal, and ``ties`` decides who is excluded.

    Both are counted in whole units (10⁻⁵ and 10⁻⁹ of a vote), so that no result depends on rounding of the machine.
    Options against all are passed over; a ballot that ranks no other is not valid.  Ballots for one option rank that
    one.  Without a valid ballot nobody is elected.  ``tied`` is told where a lot was taken, except among candidates
    without a vote who are all excluded one after the other.  Exact up to 10¹⁰ ballots, ``meek`` up to 1.8·10⁹.
    """

    example: ClassVar = {"seats": 1}
    reference = (
        "Scottish Local Government Elections Order 2011, SSI 2011/399, schedule 1 rules 45–52; Hill, Wichmann and "
        "Woodall 1987, Algorithm 123, as revised in Voting matters 22 (2006) and fixed by the reference rule of the "
        "Proportional Representation Foundation; Local Electoral Regulations 2001 (New Zealand), schedule 1A"
    )
    outputs: ClassVar[tuple[Variable, ...]] = (SEATS, TIED)
    reads = "rankings"

    seats: int = Field(description="seats to fill", ge=1, le=127)
    method: Literal["scottish", "meek"] = Field("scottish", description="how votes are transferred")
    quota: Literal["droop", "hare"] = Field("droop", description="votes that elect; meek counts with droop")

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find more seats than options, and a quota that the method does not know."""
        yield from seat_faults(world, self.seats)
        if self.method == "meek" and self.quota != "droop":
            yield "quota", "Meek's method counts with the quota 'droop'; 'hare' is for 'method: scottish'"

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``seats`` and ``tied``."""
        electable = electable_of(world)

        def run(block: Block) -> None:
            from sim.numeric.meek import meek
            from sim.numeric.transferable import scottish

            rankings = rankings_of(block)
            keys = tie_keys(block, self.ties, LOT)
            given = (rankings.orders, rankings.counts, electable, self.seats, keys)
            seats, tied = meek(*given) if self.method == "meek" else scottish(*given, self.quota)
            block.outputs["seats"], block.outputs["tied"] = seats, tied
            self.settle(block, tied)

        return run

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield the stages of the count: transfers, votes, who is elected and excluded, what is exhausted."""
        rankings = rankings_of(block)
        own = draw if len(rankings.ranks) > 1 else 0
        given: tuple[Any, ...] = (
            rankings.orders[own : own + 1],
            rankings.counts[draw : draw + 1],
            electable_of(block.world),
            self.seats,
            tie_keys(block, self.ties, LOT)[:, draw : draw + 1],
        )
        sheet = _Sheet(block.world, self.seats)
        return sheet.rounds(*given) if self.method == "meek" else sheet.stages(*given, self.quota)


class _Sheet:
    """The result sheet of one count."""

    def __init__(self, world: World, seats: int) -> None:
        self.seats = seats
        self.ids = world.option_ids
        electable = electable_of(world)
        self.shown = [int(o) for o in world.option_order if electable[o]]

    def stages(self, *given: Any) -> Iterator[Steps]:
        """Yield the stages of a Scottish count."""
        from sim.numeric.transferable import UNIT, scottish_stages

        held = scottish_stages(*given)
        decimals = 5
        valid = int(held.votes[0].sum())
        yield self._quota(valid // UNIT, _number(held.quota, decimals))
        for stage, votes in enumerate(held.votes):
            source = int(held.moved[stage])
            title = f"stage {stage + 1}: first preferences"
            if source >= 0 and held.excluded[stage]:
                title = f"stage {stage + 1}: {self.ids[source]} is excluded"
            elif source >= 0:
                title = f"stage {stage + 1}: surplus of {self.ids[source]}"
            before = held.votes[max(stage - 1, 0)]
            out = {int(c) for c in held.moved[: stage + 1][held.excluded[: stage + 1]]}
            rows = [
                (
                    self.ids[c],
                    _number(int(votes[c] - before[c]), decimals, sign=True),
                    _number(int(votes[c]), decimals),
                    "elected" if 0 <= held.elected[c] <= stage else "excluded" if c in out else "",
                )
                for c in self.shown
            ]
            gone = valid - int(votes.sum())
            rows.append(("(exhausted)", _number(int(before.sum() - votes.sum()), decimals, sign=True),
                         _number(gone, decimals), ""))  # fmt: skip
            yield Steps(
                title, ("option", "transfer", "votes", "standing"), tuple(rows), self._note(held.elected, stage)
            )

    def rounds(self, *given: Any) -> Iterator[Steps]:
        """Yield the rounds of a count by Meek's method."""
        from sim.numeric.meek import ONE, meek_rounds

        held = meek_rounds(*given)
        orders, counts, electable = given[:3]
        named = (np.isin(orders[0], np.flatnonzero(electable))).any(axis=1)
        valid = int(counts[0][named].sum())
        first = int(held.quotas[0]) if len(held.quotas) else valid * ONE // (self.seats + 1) + 1
        yield self._quota(valid, _number(first, 9))
        out: set[int] = set()
        for number, votes in enumerate(held.votes):
            source = int(held.excluded[number])
            rows = [
                (
                    self.ids[c],
                    _number(0 if c in out else int(held.keep[number, c]), 9),
                    _number(int(votes[c]), 9),
                    "elected" if 0 <= held.elected[c] <= number else "excluded" if c in out or c == source else "",
                )
                for c in self.shown
            ]
            rows.append(("(exhausted)", "", _number(valid * ONE - int(votes.sum()), 9), ""))
            title = f"round {number + 1}: quota {_number(int(held.quotas[number]), 9)}"
            note = self._note(held.elected, number)
            if source >= 0:
                out.add(source)
                note = f"{self.ids[source]} is excluded"
            if number == len(held.votes) - 1:
                note = "; ".join(filter(None, (note, self._note(held.elected, number + 1))))
            yield Steps(title, ("option", "keep value", "votes", "standing"), tuple(rows), note)

    def _quota(self, valid: int, quota: str) -> Steps:
        rows = ((f"{valid:,}", f"{self.seats}", quota),)
        note = "" if valid else "without a valid ballot nobody is elected"
        return Steps("quota", ("valid ballots", "seats", "quota"), rows, note)

    def _note(self, elected: I64, stage: int) -> str:
        names = [self.ids[c] for c in self.shown if elected[c] == stage]
        return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} elected" if names else ""


def _number(units: int, decimals: int, sign: bool = False) -> str:
    """Write units of 10^−decimals as a decimal number."""
    whole, part = divmod(abs(units), 10**decimals)
    before = "−" if units < 0 else "+" if sign and units > 0 else ""
    return f"{before}{whole:,}.{part:0{decimals}d}"

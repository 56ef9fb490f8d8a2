"""Whether an election counts: the turnout that it needs, and what votes against all lead to."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section
from sim.election.rules.ranking import ratio
from sim.election.rules.rule import Rule, Steps
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World

__all__ = ["REPEAT", "VALID", "AgainstAll", "Conditional", "Quorum", "Verdict"]

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
Verdict = tuple[Bools, Bools]
Consequence = Literal["no_winner", "repeat"]

VALID = Variable(
    "valid_election",
    ("draw",),
    "int8",
    "1",
    "1 where the election counts: it has its quorum, and votes against all do not void it (in every district)",
    minimum=0,
    maximum=1,
)
REPEAT = Variable(
    "repeat",
    ("draw",),
    "int8",
    "1",
    "1 where the election does not count and is to be held again (in some district); it is told, not simulated",
    "repeat ≤ 1 − valid_election",
    minimum=0,
    maximum=1,
)


class Quorum(Section):
    """The turnout that an election needs."""

    turnout: float = Field(description="share of the registered voters that is needed", gt=0, le=1)
    of: Literal["registered"] = Field("registered", description="what the share is counted on")
    counted: Literal["ballots_cast", "valid_votes"] = Field(
        "ballots_cast", description="what is counted towards it: all ballots, or only valid votes (against all too)"
    )
    strict: bool = Field(False, description="whether the share must be exceeded; else reaching it suffices")
    else_: Consequence = Field("no_winner", alias="else", description="without it nobody wins, or it is held again too")

    def met(self, votes: I64, ballots: I64, registered: I64) -> Bools:
        """Return where the turnout suffices."""
        share = ratio(self.turnout)
        came = ballots if self.counted == "ballots_cast" else votes.sum(axis=0)
        have, need = came * share.denominator, registered * share.numerator
        return np.asarray(have > need if self.strict else have >= need)


class AgainstAll(Section):
    """The legal effect of votes against all; those of all such options are summed."""

    effect: Literal["none", "void_if_first", "void_if_majority"] = Field(
        "none",
        description="none; the election is void where more votes are against all than for any option; or where more "
        "than half of the valid votes are against all",
    )
    else_: Consequence | None = Field(
        None, alias="else", description="where it is void nobody wins, or it is held again (where it is left out)"
    )

    def voids(self, votes: I64, electable: Bools) -> Bools:
        """Return where the election is void, given (option, …)."""
        against = votes[~electable].sum(axis=0)
        if self.effect == "void_if_first":
            return np.asarray(against > votes[electable].max(axis=0, initial=0))
        if self.effect == "void_if_majority":
            return np.asarray(2 * against > votes.sum(axis=0))
        return np.zeros(votes.shape[1:], np.bool_)


class Conditional(Rule):
    """A rule whose election counts only with a quorum, or unless votes against all void it.

    Where one of both is written, ``valid_election`` and ``repeat`` are told beside the other variables.
    """

    quorum: Quorum | None = Field(None, description="the turnout that the election needs; none without it")
    against_all: AgainstAll = Field(default_factory=AgainstAll, description="what votes against all lead to")

    @property
    def conditional(self) -> bool:
        """Whether an election may not count."""
        return self.quorum is not None or self.against_all.effect != "none"

    def used_outputs(self, world: World) -> tuple[Variable, ...]:
        """Return what is told, the validity only where there is a condition."""
        return (*self.outputs, *((VALID, REPEAT) if self.conditional else ()))

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find effects of options that do not exist, and consequences of nothing."""
        none = all(option.electable for option in world.options)
        if none and self.against_all.effect != "none":
            yield "against_all.effect", "does nothing: no option on the ballot has 'kind: against_all'"
        if self.against_all.effect == "none" and self.against_all.else_ is not None:
            yield "against_all.else", "does nothing while 'against_all.effect' is none"

    def verdict(self, world: World, votes: I64, ballots: I64, registered: I64) -> Verdict:
        """Return where the election counts and where it is held again.

        ``votes`` are (option, …), the others and the result (…).
        """
        electable = np.array([option.electable for option in world.options], np.bool_)
        void = self.against_all.voids(votes, electable)
        repeat = void & (self.against_all.else_ != "no_winner")
        if self.quorum is None:
            return ~void, repeat
        short = ~self.quorum.met(votes, ballots, registered)
        # What is void for two reasons is held again if one of them says so.
        return ~(void | short), repeat | (short & (self.quorum.else_ == "repeat"))

    def verdict_of_nation(self, block: Block) -> Verdict:
        """Return the verdict of the whole election, (draw,)."""
        registered = np.broadcast_to(block.total_registered, (block.count,))
        return self.verdict(block.world, block.totals, block.total_ballots, registered)

    def verdict_steps(self, votes: I64, ballots: int, registered: int, verdict: tuple[bool, bool], at: str) -> Steps:
        """Return the table of the verdict in one draw and place, given (option,)."""
        rows: list[tuple[object, ...]] = []
        if self.quorum is not None:
            came = ballots if self.quorum.counted == "ballots_cast" else int(votes.sum())
            word = "more than" if self.quorum.strict else "at least"
            need = f"{word} {float(ratio(self.quorum.turnout) * Fraction(registered)):,.10g}"
            rows.append((f"quorum: {self.quorum.counted.replace('_', ' ')}", f"{came:,}", need))
        if self.against_all.effect != "none":
            rows.append(("against all", self.against_all.effect.replace("_", " "), ""))
        valid, again = verdict
        note = "the election counts" if valid else "the election does not count" + ("; it is repeated" if again else "")
        return Steps(f"{at}validity", ("condition", "has", "needs"), tuple(rows), note)

"""What rules on ballots have in common: the options that can win, ballots without the others, the tables they show."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sim.election.part import Stage
from sim.election.rules.ranking import first_places
from sim.election.rules.rule import TIED, WINNER, Rule, Steps
from sim.election.rules.ties import tie_keys
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.votes import Rankings, Scores
from sim.election.world import World

__all__ = [
    "LOT",
    "BallotRule",
    "Measure",
    "Merits",
    "RankedRule",
    "ScoredRule",
    "among",
    "expressed",
    "of_draw",
    "pair_table",
    "point_table",
]

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Merit of every option that can win, (option, draw), most is best; and where a tie was settled on the way to it.
Merits = tuple[I64, Bools | None]

Measure = Literal["winning_votes", "margins"]

LOT = "rules.lot"

WAYS_OUT = {
    "rankings": "ballots that rank the options; take 'ballot: {model: ranked}' (or 'score', which holds both)",
    "scores": "ballots that score the options; take 'ballot: {model: score}' or '{model: approval}'",
}


class BallotRule(Rule):
    """A rule that gives each option a merit, a whole number from the ballots, and lets the greatest win.

    Options against all are taken off the ballots first: those behind them move up.  Nobody (−1) wins where no
    ballot says anything about an option that can win.
    """

    outputs: ClassVar[tuple[Variable, ...]] = (WINNER, TIED)

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find ballots that do not say what the rule asks for."""
        ballot = world.sections.get("ballot")
        if ballot is not None and self.reads not in getattr(ballot, "gives", ()):
            yield "", f"{self.model!r} needs {WAYS_OUT[self.reads]}"
        yield from self.check_own(world)

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find what else the rule cannot do in this world."""
        return iter(())

    @abstractmethod
    def judged(self, block: Block, keep: Bools) -> tuple[I64, Bools, Bools | None]:
        """Return merits (option that can win, draw), where somebody can win, and where a tie was settled before."""

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``winner`` and ``tied``."""
        keep = np.array([option.electable for option in world.options])

        def run(block: Block) -> None:
            merits, some, settled = self.judged(block, keep)
            every = np.zeros((world.n_options, merits.shape[1]), np.int64)
            every[keep] = merits - np.minimum(merits.min(axis=0, initial=0), 0)
            first, _, tied = first_places(block, every, keep, 1, self.ties, LOT)
            tied = (tied if settled is None else tied | settled) & some
            block.outputs["winner"] = np.where(some, first[0], -1)
            block.outputs["tied"] = tied
            self.settle(block, tied)

        return run

    def keys(self, block: Block, keep: Bools) -> F64:
        """Return the numbers by which ties are settled, (option that can win, draw)."""
        return np.ascontiguousarray(tie_keys(block, self.ties, LOT)[keep])

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield the tables from which the winner of one draw follows."""
        keep = np.array([option.electable for option in block.world.options])
        names = [option.id for option in block.world.options if option.electable]
        yield from self.tables(block, draw, keep, names)

    def tables(self, block: Block, draw: int, keep: Bools, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the tables of one draw for the options that can win."""
        return iter(())


class RankedRule(BallotRule):
    """A rule on rankings."""

    reads: ClassVar[str] = "rankings"

    def judged(self, block: Block, keep: Bools) -> tuple[I64, Bools, Bools | None]:
        """Return merits, where any ballot ranks an option that can win, and where a tie was settled before."""
        rankings = among(block.rankings, keep)
        merits, settled = self.merits(block, rankings, keep)
        return merits, expressed(rankings) > 0, settled

    @abstractmethod
    def merits(self, block: Block, rankings: Rankings, keep: Bools) -> Merits:
        """Return what each option has, from ballots that hold only those that can win."""


class ScoredRule(BallotRule):
    """A rule on scores."""

    reads: ClassVar[str] = "scores"

    def judged(self, block: Block, keep: Bools) -> tuple[I64, Bools, Bools | None]:
        """Return merits, where there are ballots, and where a tie was settled before."""
        scores = Scores(block.scores.scores[:, :, keep], block.scores.counts)
        merits, settled = self.merits(block, scores, keep)
        return merits, self.somebody(scores, merits), settled

    def somebody(self, scores: Scores, merits: I64) -> Bools:
        """Tell where somebody wins: wherever there are ballots."""
        return np.asarray((scores.counts.sum(axis=1) > 0) & (len(merits) > 0))

    @abstractmethod
    def merits(self, block: Block, scores: Scores, keep: Bools) -> Merits:
        """Return what each option has, from ballots that hold only those that can win."""


def among(rankings: Rankings, keep: Bools) -> Rankings:
    """Take options off the ballots; those behind them move up."""
    from sim.numeric.pairwise import places_ahead

    if keep.all():
        return rankings
    options = len(keep)
    kept = np.ascontiguousarray(rankings.ranks[:, :, keep])
    ahead = places_ahead(kept)[0]
    return Rankings(np.where(kept < options, ahead, np.int8(kept.shape[2])), rankings.counts)


def expressed(rankings: Rankings) -> I64:
    """Count the ballots that rank any option: (draw,)."""
    says = (rankings.ranks < rankings.ranks.shape[2]).any(axis=2)
    return np.asarray(np.where(says, rankings.counts, 0).sum(axis=1))


def of_draw(rankings: Rankings, draw: int) -> Rankings:
    """Return the ballots of one draw."""
    sets = rankings.ranks
    return Rankings(sets if len(sets) == 1 else sets[draw : draw + 1], rankings.counts[draw : draw + 1])


def pair_table(names: Sequence[str], pairs: I64, title: str = "ballots that put the row before the column") -> Steps:
    """Show a matrix (option, rival)."""
    rows = tuple(
        (name, *("" if i == j else int(value) for j, value in enumerate(row)))
        for i, (name, row) in enumerate(zip(names, pairs))
    )
    return Steps(title, ("option", *names), rows)


def point_table(names: Sequence[str], points: I64, title: str, column: str, note: str = "") -> Steps:
    """Show a number of every option, the best first."""
    order = sorted(range(len(names)), key=lambda o: -int(points[o]))
    return Steps(title, ("option", column), tuple((names[o], int(points[o])) for o in order), note)

"""A majority in the first round, else a second round between those who may enter it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section, Stage
from sim.election.quantities import near
from sim.election.rules.place_winners import who_can_win
from sim.election.rules.ranking import first_places, more_than, ratio
from sim.election.rules.rule import TIED, WINNER, Steps
from sim.election.rules.second_round import ABSTAIN, RunOff, SecondRound
from sim.election.rules.validity import AgainstAll, Conditional
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World

__all__ = ["BaseAgainstAll", "Entry", "TwoRound"]

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
Base = Literal["valid_votes", "ballots_cast", "registered"]


class Entry(Section):
    """Who may enter the second round: the first ``top``, and whoever has the share."""

    top: int = Field(2, description="how many with most votes enter in any case", ge=2)
    share: float | None = Field(
        None, description="share of the base with which any option enters, if it is reached", gt=0, lt=1
    )
    of: Base = Field("valid_votes", description="what the share is counted on")


class BaseAgainstAll(AgainstAll):
    """The legal effect of votes against all, and whether they count in the base."""

    counted: bool = Field(True, description="whether votes against all count in the base of majority and entry")


class TwoRound(Conditional, stage="rules", model="two_round"):
    """Who has more than ``majority`` of the base wins; else there is a second round, in which most votes decide.

    The base is stated: ``valid_votes`` = Σ votes over options, against all included; ``ballots_cast`` = valid
    votes + invalid ballots; ``registered``.  Options against all count in the base (unless ``against_all.counted`` is
    false) and cannot win or reach the second round.  ``and_of_registered`` is a second condition of winning at once.
    The first two enter the second round, or as many as ``entry.top`` says, and whoever has ``entry.share`` of its base.

    The second round is run in every draw that needs one, if voters are simulated; on counts alone the rule stops at
    who is in it, and nobody has won yet.  With the first-round shares p and turnout T of a
    unit, a share τ_of of option o's voters goes to finalist f and τ_oa abstains (``transfers``; what is not
    named splits between the finalists as p_f, in halves where neither has a share in the unit).  Then

        ballots  ~ Binomial(registered, logistic(logit T + turnout) · (1 − Σ_o p_o τ_oa))
        invalid  ~ Binomial(ballots, invalid share of the draw's first round)
        votes_1  ~ Binomial(ballots − invalid, logistic(logit q + swing·Z)),   q = Σ_o p_o τ_o1 / Σ_of p_o τ_of

    and the finalist with more votes wins.  With more finalists the votes are multinomial with the weights
    Σ_o p_o τ_of · exp(swing·Z_f/√2), a Z of its own for each.  Nobody wins where the only electable option has no
    majority.
    """

    example: ClassVar = {}
    reference = "two-round system with a stated majority base"

    majority: float = Field(0.5, description="the share of the base that must be exceeded", ge=0, lt=1)
    majority_of: Base = Field("valid_votes", description="what the majority is counted on")
    and_of_registered: float | None = Field(
        None, description="share of the registered voters that must be reached too to win at once", gt=0, lt=1
    )
    entry: Entry = Field(default_factory=Entry, description="who may enter the second round")
    against_all: BaseAgainstAll = Field(
        default_factory=BaseAgainstAll, description="what votes against all lead to, and whether they count"
    )
    runoff: RunOff = Field(default_factory=RunOff, description="the second round")

    outputs: ClassVar[tuple[Variable, ...]] = (
        WINNER,
        TIED,
        Variable("runoff", ("draw",), "int8", "1", "1 where a second round is held", minimum=0, maximum=1),
        Variable(
            "in_runoff",
            ("draw", "option"),
            "int8",
            "1",
            "1 where the option is in the second round",
            minimum=0,
            maximum=1,
        ),
        Variable(
            "runoff_votes",
            ("draw", "option"),
            "int64",
            "votes",
            "votes of the second round; 0 for options not in it",
            minimum=0,
        ),
        Variable(
            "runoff_ballots_cast",
            ("draw",),
            "int64",
            "ballots",
            "ballots cast in the second round",
            minimum=0,
        ),
        Variable(
            "runoff_invalid_ballots",
            ("draw",),
            "int64",
            "ballots",
            "ballots of the second round for no option",
            "runoff_ballots_cast = runoff_invalid_ballots + Σ runoff_votes",
            minimum=0,
        ),
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find transfers from and to options that do not exist, and fields that do nothing."""
        yield from super().check(world)
        bases = {self.majority_of, *(() if self.entry.share is None else (self.entry.of,))}
        if not self.against_all.counted and who_can_win(world).all():
            yield "against_all.counted", "does nothing: no option on the ballot has 'kind: against_all'"
        elif not self.against_all.counted and bases == {"registered"}:
            yield "against_all.counted", "does nothing: the base is the registered voters"
        if self.entry.share is None and self.entry.of != "valid_votes":
            yield "entry.of", "does nothing without 'entry.share'"
        yield from self._check_transfers(world)

    def _check_transfers(self, world: World) -> Iterator[tuple[str, str]]:
        targets = tuple(option.id for option in world.options if option.electable)
        for source, row in self.runoff.transfers.items():
            if source != "default" and source not in world.option_ids:
                yield (
                    f"runoff.transfers.{source}",
                    f"there is no option {source!r} on the ballot{near(source, world.option_ids)}",
                )
            for target in row:
                if target != ABSTAIN and target not in targets:
                    hint = near(target, (*targets, ABSTAIN))
                    message = f"{target!r} cannot be in a second round; allowed are the electable options and 'abstain'"
                    yield f"runoff.transfers.{source}.{target}", message + hint

    def prepare(self, world: World) -> Stage:
        """Return the stage that decides the first round and runs the second where it is needed."""
        second = SecondRound(self.runoff, world)

        def run(block: Block) -> None:
            winner, tied, inside, finalists = self._first(block)
            runoff = np.asarray(inside.any(axis=0))
            held = np.zeros_like(block.totals)
            ballots, invalid = np.zeros(block.count, np.int64), np.zeros(block.count, np.int64)
            if hasattr(block, "support"):
                two = inside.sum(axis=0) == 2
                for draws in (np.flatnonzero(runoff & two), np.flatnonzero(runoff & ~two)):
                    if len(draws) == 0:
                        continue
                    if two[draws[0]]:
                        votes, ballots[draws], invalid[draws] = second.of_two(block, draws, finalists[:2, draws])
                    else:
                        votes, ballots[draws], invalid[draws] = second.of_many(block, draws, inside[:, draws])
                    entered = inside[:, draws]
                    first, _, equal = first_places(block, votes, entered, 1, self.ties, "rules.lot.runoff", draws)
                    winner[draws], held[:, draws] = first[0], votes
                    tied[draws] |= equal
            self.settle(block, tied)
            if self.conditional:
                valid, repeat = self.verdict_of_nation(block)
                block.outputs.update(valid_election=valid, repeat=repeat)
            block.outputs.update(
                winner=winner,
                tied=tied,
                runoff=runoff,
                in_runoff=inside,
                runoff_votes=held,
                runoff_ballots_cast=ballots,
                runoff_invalid_ballots=invalid,
            )

        return run

    def _first(self, block: Block) -> tuple[I64, Bools, Bools, I64]:
        """Decide the first round.

        Returns
        -------
        (draw,) who has won, −1 for nobody yet; (draw,) where equal votes had to be settled; (option, draw) who is in
        the second round; (top, draw) the first options, −1 where there are fewer.
        """
        can = who_can_win(block.world)
        places = min(self.entry.top, max(int(can.sum()), 2))
        finalists, votes, cut = first_places(block, block.totals, can, places, self.ties, "rules.lot")
        majority = more_than(votes[0], ratio(self.majority), self._base(block, self.majority_of)) & (votes[0] > 0)
        if self.and_of_registered is not None:
            need = ratio(self.and_of_registered)
            registered = np.broadcast_to(block.total_registered, (block.count,))
            majority &= votes[0] * need.denominator >= registered * need.numerator
        contested = (votes[0] > 0) & (finalists[1] >= 0)
        if self.conditional:
            valid = self.verdict_of_nation(block)[0]
            majority, contested = majority & valid, contested & valid
        runoff = ~majority & contested
        inside = np.zeros((block.world.n_options + 1, block.count), np.bool_)
        np.put_along_axis(inside, finalists, True, axis=0)
        inside = inside[:-1]
        if self.entry.share is not None:
            enough = ratio(self.entry.share)
            limit = self._base(block, self.entry.of) * enough.numerator
            inside |= can[:, None] & (block.totals * enough.denominator >= limit)
            # Nobody is left out by lot where equals enter anyway.
            cut = cut & (votes[-1] * enough.denominator < limit)
        inside &= runoff
        # A majority below one half may be both's.
        tied = np.where(majority, contested & (votes[0] == votes[1]), cut & runoff)
        return np.where(majority, finalists[0], -1), tied, inside, finalists

    def _base(self, block: Block, of: Base) -> I64:
        if of == "registered":
            return np.broadcast_to(block.total_registered, (block.count,))
        base = np.asarray(block.totals.sum(axis=0)) if of == "valid_votes" else block.total_ballots
        if self.against_all.counted:
            return base
        return np.asarray(base - block.totals[~who_can_win(block.world)].sum(axis=0))

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield the first round with what a majority needs, and the second round where it was held."""
        world, votes = block.world, block.totals[:, draw]
        registered = int(np.broadcast_to(block.total_registered, (block.count,))[draw])
        if self.conditional:
            valid, repeat = (bool(one[draw]) for one in self.verdict_of_nation(block))
            yield self.verdict_steps(votes, int(block.total_ballots[draw]), registered, (valid, repeat), "")
        winner, _, inside, _ = self._first(block)
        base = int(self._base(block, self.majority_of)[draw])
        order = sorted(world.option_order.tolist(), key=lambda o: -int(votes[o]))
        names = [world.option_ids[o] for o in order if inside[o, draw]]
        share = [round(int(votes[o]) / base, 6) if base else 0.0 for o in order]
        rows = tuple(
            (world.option_ids[o], int(votes[o]), part, "yes" if inside[o, draw] else "")
            for o, part in zip(order, share)
        )
        need = f"more than {float(ratio(self.majority) * base):,.10g} of {base:,} {self.majority_of.replace('_', ' ')}"
        if self.and_of_registered is not None:
            need += f" and {float(ratio(self.and_of_registered) * registered):,.10g} of {registered:,} registered"
        if winner[draw] >= 0:
            what = f"{world.option_ids[int(winner[draw])]} wins at once"
        else:
            what = f"a second round is needed between {' and '.join(names)}" if names else "nobody wins"
        heads = ("option", "votes", f"share of {self.majority_of.replace('_', ' ')}", "second round")
        yield Steps("first round", heads, rows, f"{need} are needed; {what}")
        if names and hasattr(block, "support"):
            self.prepare(world)(block)
            second, first = block.outputs["runoff_votes"][:, draw], int(block.outputs["winner"][draw])
            table = tuple((world.option_ids[o], int(second[o])) for o in order if inside[o, draw])
            yield Steps("second round", ("option", "votes"), table, f"{world.option_ids[first]} wins")

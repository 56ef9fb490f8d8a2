"""A majority in the first round, else a second round between the first two."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from sim.election.part import Section, Stage
from sim.election.quantities import Bounds, Faults, near, number, quantity
from sim.election.rules.ranking import first_places, more_than, ratio
from sim.election.rules.rule import TIED, WINNER, Rule
from sim.election.state import ONCE, Block
from sim.election.variables import Variable
from sim.election.world import Field as Prepared
from sim.election.world import World

if TYPE_CHECKING:
    from sim.random import Lanes

__all__ = ["RunOff", "TwoRound"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

ABSTAIN = "abstain"


def _transfers(value: Any) -> Any:
    """Check that what leaves an option is a set of shares that sums to at most one."""
    if not isinstance(value, Mapping):
        raise ValueError("expected {option: {option or 'abstain': share}}")
    faults: list[tuple[tuple[str | int, ...], str]] = []
    out: dict[str, dict[str, float]] = {}
    for source, row in value.items():
        if not isinstance(row, Mapping):
            faults.append(((source,), "expected {option or 'abstain': share}"))
            continue
        for target, item in row.items():
            try:
                out.setdefault(source, {})[target] = Bounds(0, 1).check(number(item))
            except ValueError as error:
                faults.append(((source, target), str(error)))
        if math.fsum(out.get(source, {}).values()) > 1 + 1e-9:
            faults.append(((source,), "the shares sum to more than 1"))
    if faults:
        raise Faults(*faults)
    return out


class RunOff(Section):
    """The second round."""

    transfers: Annotated[dict[str, dict[str, float]], BeforeValidator(_transfers)] = Field(
        default_factory=dict,
        description="where the voters of an eliminated option go: {option: {finalist or 'abstain': share}}; "
        "'default' stands for every option not named; the rest splits as the finalists' first-round shares",
    )
    turnout: quantity(-20, 20) = Field(  # type: ignore[valid-type]
        0.0, description="change of the log-odds of voting between the rounds"
    )
    swing: quantity(0, 20) = Field(  # type: ignore[valid-type]
        0.0, description="sd of a national swing of the log-odds between the finalists"
    )


class TwoRound(Rule, stage="rules", model="two_round"):
    """Who has more than ``majority`` of the base wins; else the first two meet in a second round.

    The base is stated: ``valid_votes`` = Σ votes over options, against all included; ``ballots_cast`` = valid
    votes + invalid ballots; ``registered``.  Options against all count in the base and cannot win or reach
    the second round.

    The second round is run in every draw that needs one.  With the first-round shares p and turnout T of a
    unit, a share τ_of of option o's voters goes to finalist f and τ_oa abstains (``transfers``; what is not
    named splits between the finalists as p_f, in halves where neither has a share in the unit).  Then

        ballots  ~ Binomial(registered, logistic(logit T + turnout) · (1 − Σ_o p_o τ_oa))
        invalid  ~ Binomial(ballots, invalid share of the draw's first round)
        votes_1  ~ Binomial(ballots − invalid, logistic(logit q + swing·Z)),   q = Σ_o p_o τ_o1 / Σ_of p_o τ_of

    and the finalist with more votes wins.  Nobody wins where the only electable option has no majority.
    """

    example: ClassVar = {}
    reference = "two-round system with a stated majority base"

    majority: float = Field(0.5, description="the share of the base that must be exceeded", ge=0, lt=1)
    majority_of: Literal["valid_votes", "ballots_cast", "registered"] = Field(
        "valid_votes", description="what the majority is counted on"
    )
    runoff: RunOff = Field(default_factory=RunOff, description="the second round")

    outputs: ClassVar[tuple[Variable, ...]] = (
        WINNER,
        TIED,
        Variable("runoff", ("draw",), "int8", "1", "1 where a second round is held", minimum=0, maximum=1),
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
        """Find transfers from and to options that do not exist."""
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
        electable = np.array([option.electable for option in world.options])
        needed = ratio(self.majority)
        second = SecondRound(self.runoff, world)

        def run(block: Block) -> None:
            finalists, votes, tied = first_places(block, block.totals, electable, 2, self.ties, "rules.lot")
            majority = more_than(votes[0], needed, self._base(block)) & (votes[0] > 0)
            contested = (votes[0] > 0) & (finalists[1] >= 0)
            runoff = ~majority & contested
            winner = np.where(majority, finalists[0], -1)
            # A majority below one half may be both's.
            tied = np.where(majority, contested & (votes[0] == votes[1]), tied & runoff)
            held = np.zeros_like(block.totals)
            ballots, invalid = np.zeros(block.count, np.int64), np.zeros(block.count, np.int64)
            draws = np.flatnonzero(runoff)
            if len(draws):
                two = finalists[:, draws]
                votes2, ballots[draws], invalid[draws] = second.run(block, draws, two)
                inside = np.zeros(votes2.shape, bool)
                np.put_along_axis(inside, two, True, axis=0)
                first, _, equal = first_places(block, votes2, inside, 1, self.ties, "rules.lot.runoff", draws)
                winner[draws], held[:, draws] = first[0], votes2
                tied[draws] |= equal
            self.settle(block, tied)
            block.outputs.update(
                winner=winner,
                tied=tied,
                runoff=runoff,
                runoff_votes=held,
                runoff_ballots_cast=ballots,
                runoff_invalid_ballots=invalid,
            )

        return run

    def _base(self, block: Block) -> I64:
        if self.majority_of == "valid_votes":
            return np.asarray(block.totals.sum(axis=0))
        if self.majority_of == "ballots_cast":
            return block.total_ballots
        return np.broadcast_to(block.total_registered, (block.count,))


class SecondRound:
    """The second round, prepared for its world."""

    def __init__(self, runoff: RunOff, world: World) -> None:
        self.world = world
        self.turnout: Prepared = world.quantity(runoff.turnout, "rules.runoff.turnout")
        self.swing: Prepared = world.quantity(runoff.swing, "rules.runoff.swing")
        k = world.n_options
        self.named = np.zeros((k, k))
        self.abstain = np.zeros(k)
        for o, option in enumerate(world.option_ids):
            for target, share in runoff.transfers.get(option, runoff.transfers.get("default", {})).items():
                if target == ABSTAIN:
                    self.abstain[o] = share
                else:
                    self.named[o, world.option_ids.index(target)] = share

    def run(self, block: Block, draws: NDArray[np.intp], finalists: I64) -> tuple[I64, I64, I64]:
        """Return votes (option, draws), ballots cast and invalid ballots (draws) of the second round."""
        from sim.numeric.elementary import logistic, logit

        world, chance = self.world, block.chance
        lanes = _lanes(block, draws, world.cell_elements)
        to_first, to_second, away = self._shares(block, draws, finalists)
        p_come = logistic(block.turnout[draws] + self._rows(self.turnout(block), draws)) * np.maximum(1 - away, 0.0)
        registered = np.ascontiguousarray(self._rows(block.registered, draws))
        ballots = chance.stream("rules.runoff.voters").binomial(lanes, registered, p_come.astype(np.float64))
        share_invalid = block.invalid_ballots[draws] / np.maximum(block.ballots_cast[draws], 1)
        invalid = chance.stream("rules.runoff.invalid").binomial(lanes, ballots, share_invalid)
        q = logit(_part_of(to_first, to_first + to_second)) + self._noise(block, draws)
        first = chance.stream("rules.runoff.votes").binomial(lanes, ballots - invalid, logistic(q))
        second = ballots - invalid - first
        votes = np.zeros((world.n_options, len(draws)), np.int64)
        columns = np.arange(len(draws))
        votes[finalists[0], columns] = first.sum(axis=-1, dtype=np.int64)
        votes[finalists[1], columns] = second.sum(axis=-1, dtype=np.int64)
        return votes, ballots.sum(axis=-1, dtype=np.int64), invalid.sum(axis=-1, dtype=np.int64)

    def _rows(self, values: NDArray[Any], draws: NDArray[np.intp]) -> NDArray[Any]:
        return values[draws] if len(values) > 1 else np.repeat(values, len(draws), axis=0)

    def _noise(self, block: Block, draws: NDArray[np.intp]) -> F64:
        size = self._rows(self.swing(block), draws)
        if not size.any():
            return np.zeros_like(size, np.float64)
        z = block.chance.stream("rules.runoff.swing").normal64(_lanes(block, draws, ONCE))
        return np.asarray(z * size)

    def _shares(self, block: Block, draws: NDArray[np.intp], finalists: I64) -> tuple[F64, F64, F64]:
        """Shares of the first round's voters who go to the first, to the second finalist, and nowhere."""
        from sim.numeric.transfers import second_round_shares

        return second_round_shares(block.support, draws, finalists, self.named, self.abstain)


def _lanes(block: Block, draws: NDArray[np.intp], elements: NDArray[np.uint32]) -> Lanes:
    from sim.random import Lanes

    return Lanes.of((block.first + draws).astype(np.uint32), elements)


def _part_of(some: F64, total: F64) -> F64:
    """Return ``some / total``, one half where the total is zero."""
    return np.where(total > 0, some / np.maximum(total, 1e-300), 0.5)

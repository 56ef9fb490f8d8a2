"""The second round of a two-round election: who comes, and where the voters of who is out go."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from sim.election.part import Section
from sim.election.quantities import Bounds, Faults, number, quantity
from sim.election.state import ONCE, Block
from sim.election.world import Field as Prepared
from sim.election.world import World

if TYPE_CHECKING:
    from sim.random import Lanes

__all__ = ["ABSTAIN", "RunOff", "SecondRound"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Draws = NDArray[np.intp]

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
        0.0, description="sd of a national swing of the log-odds between any two finalists"
    )


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

    def of_two(self, block: Block, draws: Draws, finalists: I64) -> tuple[I64, I64, I64]:
        """Return votes (option, draws), ballots cast and invalid ballots (draws); finalists are (2, draws)."""
        from sim.numeric.elementary import logistic, logit
        from sim.numeric.transfers import second_round_shares

        world, chance = self.world, block.chance
        lanes = _lanes(block, draws, world.cell_elements)
        shares = second_round_shares(block.support, draws, finalists, self.named, self.abstain)
        to_first, to_second, away = shares
        ballots, invalid = self._come(block, draws, lanes, away)
        q = logit(_part_of(to_first, to_first + to_second)) + self._noise(block, draws)
        first = chance.stream("rules.runoff.votes").binomial(lanes, ballots - invalid, logistic(q))
        second = ballots - invalid - first
        votes = np.zeros((world.n_options, len(draws)), np.int64)
        columns = np.arange(len(draws))
        votes[finalists[0], columns] = first.sum(axis=-1, dtype=np.int64)
        votes[finalists[1], columns] = second.sum(axis=-1, dtype=np.int64)
        return votes, ballots.sum(axis=-1, dtype=np.int64), invalid.sum(axis=-1, dtype=np.int64)

    def of_many(self, block: Block, draws: Draws, inside: NDArray[np.bool_]) -> tuple[I64, I64, I64]:
        """Return the same where more than two may be in; ``inside`` is (option, draws).

        Votes are drawn option after option, each from those that are left.
        """
        from sim.numeric.elementary import exp
        from sim.numeric.second_rounds import finalists_shares

        world, chance = self.world, block.chance
        lanes = _lanes(block, draws, world.cell_elements)
        to, away = finalists_shares(block.support, draws, inside, self.named, self.abstain)
        ballots, invalid = self._come(block, draws, lanes, away)
        size = self._rows(self.swing(block), draws) / math.sqrt(2)
        if size.any():
            for option, row in zip(world.option_ids, to):
                z = chance.stream("rules.runoff.swing", option).normal64(_lanes(block, draws, ONCE))
                row *= exp(z * size)
        left, weight = ballots - invalid, np.cumsum(to[::-1], axis=0)[::-1]
        last = world.n_options - 1 - inside[::-1].argmax(axis=0)
        votes = np.zeros((world.n_options, len(draws)), np.int64)
        for o, option in enumerate(world.option_ids):
            alike = 1 / np.maximum(inside[o:].sum(axis=0), 1)[:, None]
            p = np.where((last == o)[:, None], 1.0, np.minimum(_part_of(to[o], weight[o], alike), 1.0))
            p = np.where(inside[o][:, None], p, 0.0)
            got = chance.stream("rules.runoff.votes", option).binomial(lanes, left, p)
            votes[o] = got.sum(axis=-1, dtype=np.int64)
            left = left - got
        return votes, ballots.sum(axis=-1, dtype=np.int64), invalid.sum(axis=-1, dtype=np.int64)

    def _come(self, block: Block, draws: Draws, lanes: Lanes, away: F64) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return ballots cast and invalid ballots, (draws, cell)."""
        from sim.numeric.elementary import logistic

        chance = block.chance
        p_come = logistic(block.turnout[draws] + self._rows(self.turnout(block), draws)) * np.maximum(1 - away, 0.0)
        registered = np.ascontiguousarray(self._rows(block.registered, draws))
        ballots = chance.stream("rules.runoff.voters").binomial(lanes, registered, p_come.astype(np.float64))
        share_invalid = block.invalid_ballots[draws] / np.maximum(block.ballots_cast[draws], 1)
        return ballots, chance.stream("rules.runoff.invalid").binomial(lanes, ballots, share_invalid)

    def _rows(self, values: NDArray[Any], draws: Draws) -> NDArray[Any]:
        return values[draws] if len(values) > 1 else np.repeat(values, len(draws), axis=0)

    def _noise(self, block: Block, draws: Draws) -> F64:
        size = self._rows(self.swing(block), draws)
        if not size.any():
            return np.zeros_like(size, np.float64)
        z = block.chance.stream("rules.runoff.swing").normal64(_lanes(block, draws, ONCE))
        return np.asarray(z * size)


def _lanes(block: Block, draws: Draws, elements: NDArray[np.uint32]) -> Lanes:
    from sim.random import Lanes

    return Lanes.of((block.first + draws).astype(np.uint32), elements)


def _part_of(some: F64, total: F64, alike: Any = 0.5) -> F64:
    """Return ``some / total``, and ``alike`` where the total is zero."""
    return np.where(total > 0, some / np.maximum(total, 1e-300), alike)

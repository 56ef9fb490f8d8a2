"""What is decided on the day: each contest has a rule, and a ballot paper and voter model of its own or the common one.

The steps of a contest run on a block of its own.  On the common paper that block is the common one, seen with luck
and outputs of the contest; a paper of its own is cast by the same people: who is registered and who comes is common,
whom they vote for and how many ballots are invalid is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from sim.election.part import Part, Stage
from sim.election.state import Block

if TYPE_CHECKING:
    from sim.election.quantities import Distribution
    from sim.election.world import World

__all__ = ["PAPER", "Contest", "Decision", "in_order"]

#: The stages that a contest with a paper of its own has for itself.
PAPER = ("voters", "ballot")


@dataclass(frozen=True)
class Decision:
    """What an earlier contest of the day came to.

    Attributes
    ----------
    options
        Ids of the options to which its numbers point, in their order.
    outputs
        Name → array, as its rule declares them.
    """

    options: tuple[str, ...]
    outputs: Mapping[str, NDArray[Any]]

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.outputs[name]


@dataclass(frozen=True)
class Contest:
    """One contest.

    Attributes
    ----------
    name
        As in the section ``rules``.
    rule
        What decides it.
    world
        The world with its options.
    sections
        Its own ``voters`` and ``ballot``; empty where it is decided on the common paper.
    """

    name: str
    rule: Part
    world: World
    sections: Mapping[str, Part] = field(default_factory=dict)

    def parts(self) -> tuple[Part, ...]:
        """Return its parts in the order in which they run."""
        return (*(self.sections[stage] for stage in PAPER if stage in self.sections), self.rule)

    def steps(self) -> Iterator[tuple[str, str, Stage]]:
        """Yield stage, label and function of its steps."""
        for stage in PAPER:
            if stage in self.sections:
                part = self.sections[stage]
                yield stage, f"{self.name}: {part.model}", self._on_own_block(part)
        yield "rules", f"{self.name}: {self.rule.model}", self._on_own_block(self.rule)

    def _on_own_block(self, part: Part) -> Stage:
        prepared = part.prepare(self.world)

        def run(block: Block) -> None:
            prepared(self._block(block))

        return run

    def _block(self, block: Block) -> Block:
        held = block.contests.get(self.name)
        if held is None:
            held = block.contests[self.name] = _paper(block, self) if self.sections else _view(block, self.name)
        return held


def _paper(block: Block, contest: Contest) -> Block:
    """Return the block of a paper of its own, cast by those who come."""
    chance, workspace = block.chance.within(contest.name), block.workspace.beside(contest.name)
    own = Block(contest.world, chance, block.first, block.count, workspace)
    own.registered, own.turnout, own.voters = block.registered, block.turnout, block.voters
    own.lost, own.common = block.lost, block
    if contest.world.layout.dimensions:
        own.positions = block.positions
    own.decided = _Decided(block)
    return own


def _view(block: Block, name: str) -> Block:
    return cast(Block, _View(block, name))


class _View:
    """The common block as one contest sees it: with luck and outputs of its own."""

    def __init__(self, block: Block, name: str) -> None:
        self._block = block
        self.chance = block.chance.within(name)
        self.outputs: dict[str, NDArray[Any]] = {}
        self.decided = _Decided(block)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._block, name)

    def sample(self, distribution: Distribution, name: str, part: str = "") -> NDArray[np.float64]:
        from sim.election.sampling import sample

        return sample(self.chance, self._block.draw_lanes, distribution, name, part)


class _Decided(Mapping[str, Decision]):
    """The contests decided so far."""

    def __init__(self, block: Block) -> None:
        self._block = block

    def __getitem__(self, name: str) -> Decision:
        held = self._block.contests[name]
        return Decision(held.world.option_ids, held.outputs)

    def __iter__(self) -> Iterator[str]:
        return iter(self._block.contests)

    def __len__(self) -> int:
        return len(self._block.contests)


def in_order(contests: Sequence[Contest]) -> tuple[Contest, ...]:
    """Return the contests so that each comes after those that its rule needs, by name otherwise.

    Raises
    ------
    ValueError
        If they need each other in a circle; the contests in it are named.
    """
    left = sorted(contests, key=lambda contest: contest.name)
    out: list[Contest] = []
    while left:
        done = {contest.name for contest in out}
        ready = [contest for contest in left if set(needs(contest.rule)) <= done]
        if not ready:
            raise ValueError(", ".join(contest.name for contest in left))
        out += ready
        left = [contest for contest in left if contest not in ready]
    return tuple(out)


def needs(rule: Part) -> tuple[str, ...]:
    """Return the names of the contests whose outcome a rule reads."""
    return tuple(getattr(rule, "needs", ()))

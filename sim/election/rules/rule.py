"""The base of every electoral rule, and the steps by which it explains a decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Part
from sim.election.variables import Axis, Variable
from sim.errors import SimError

if TYPE_CHECKING:
    from sim.election.state import Block
    from sim.election.world import World

__all__ = ["DISTRICT_SEATS", "DISTRICT_WINNER", "SEATS", "TIED", "WINNER", "Rule", "Steps", "Ties", "district_axis"]

Ties = Literal["lot", "order", "error"]

WINNER = Variable(
    "winner",
    ("draw",),
    "int16",
    "1",
    "index of the option that wins; −1 for none",
    minimum=-1,
    indexes="option",
)
TIED = Variable(
    "tied",
    ("draw",),
    "int8",
    "1",
    "1 where votes were equal and the rule's policy on ties decided",
    minimum=0,
    maximum=1,
)
SEATS = Variable("seats", ("draw", "option"), "int32", "seats", "seats of the option in the whole house", minimum=0)
DISTRICT_SEATS = Variable(
    "district_seats",
    ("draw", "district", "option"),
    "int32",
    "seats",
    "seats of the option that are filled in the district",
    minimum=0,
)
DISTRICT_WINNER = Variable(
    "district_winner",
    ("draw", "district"),
    "int16",
    "1",
    "index of the option that wins the district; −1 for none",
    minimum=-1,
    indexes="option",
)


def district_axis(world: World) -> Axis:
    """Return the dim ``district`` of a result."""
    return Axis("district", world.districts, tuple(world.district_order.tolist()), "electoral district")


@dataclass(frozen=True)
class Steps:
    """A table that explains one step of a decision.

    Attributes
    ----------
    title
        What is decided, e.g. ``quotients`` or ``count 3: Adams is excluded``.
    columns
        Headings; the first column is the option's id, or a district's.
    rows
        As many values as there are columns: text, whole numbers, fractions.
    note
        What follows from it, in a sentence; may be empty.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Sequence[Any], ...]
    note: str = ""


class Rule(Part):
    """An electoral rule: turns what was counted into winners and seats.

    Its stage reads the block's counts (``votes``) or ballots (``rankings``, ``scores``) and fills
    ``block.outputs`` with what ``outputs`` declares.  It must not read anything else, so that the same rule
    decides real counts (`sim.decide`).  Decisions compare whole numbers only.

    Attributes
    ----------
    reads
        ``votes``, ``rankings`` or ``scores``.
    """

    reads: ClassVar[str] = "votes"

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the contests that must be decided before, because the rule reads ``block.decided[name]``."""
        return ()

    ties: Ties = Field(
        "lot",
        description="equal votes are settled by lot, by the order of the ballot paper, or are an error",
    )

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield the steps of the decision of one draw of a block, in the order in which they are taken."""
        return iter(())

    def settle(self, block: Block, tied: NDArray[np.bool_]) -> None:
        """Refuse a tie where the rule says that it is an error.

        Raises
        ------
        SimError
            With the first draw that has one.
        """
        if self.ties == "error" and tied.any():
            draw = block.first + int(np.flatnonzero(tied)[0])
            raise SimError(
                f"draw {draw}: equal votes, and the rule {self.model!r} says 'ties: error'; "
                "'lot' and 'order' settle them"
            )

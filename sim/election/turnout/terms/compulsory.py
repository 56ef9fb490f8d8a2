"""A law that obliges to vote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from sim.election.quantities import per_stratum
from sim.election.state import Block
from sim.election.turnout.terms.base import F32, Mechanism, Turn, brought
from sim.election.world import World

__all__ = ["Compulsory"]


class Compulsory(Mechanism):
    """Compulsory voting: the law brings a share of those who would stay at home.

        T → T + e·(1 − T)

    with the ``enforcement`` e: 0 is a law on paper, 1 one that nobody evades.  In Australia the turnout rose by
    24 points; from 0.66 that is e = 0.24 / 0.34 = 0.706.  Who is brought votes as the others of the cell.

    Valid for e in [0, 1].  Shapes: e (1 or draw, stratum).  Source: Fowler 2013, Quarterly Journal of Political Science
    (evidence V); that enforcement decides, Kostelka et al. 2022 (evidence V).  There is no default: what a law does
    depends on how it is enforced.
    """

    example: ClassVar = {"kind": "compulsory", "enforcement": 0.3}

    kind: Literal["compulsory"] = Field("compulsory", description="a law that obliges to vote")
    enforcement: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        description="share of those who would stay whom the law brings; a number, or per region, group or both"
    )

    def check(self, world: World, before: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Find names that mean nobody, and a law that is not enforced."""
        yield from self.strata_checked(world, "enforcement")
        if self.nothing(world, "enforcement"):
            yield "enforcement", "does nothing: it is 0 everywhere"

    def prepare(self, world: World, name: str) -> Turn:
        """Return the function that acts on a block."""
        of = self.prepared(world, name, "enforcement")

        def turn(block: Block, log_odds: F32, start: F32) -> F32:
            (enforcement,) = of(block)
            return brought(log_odds, enforcement)

        return turn

"""What moves one member of a household moves the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.quantities import Keyed, per_stratum
from sim.election.state import Block
from sim.election.turnout.terms.base import F32, F64, Mechanism, Turn
from sim.election.world import World

__all__ = ["Contagion", "spilt_over"]


class Contagion(Mechanism):
    """Contagion within households: what the terms before have done is passed on from one member to another.

        T → (1 − h)·L(l₀ + x) + h·L(l₀ + (1 + c)·x),   x = l − l₀

    with the log-odds l₀ before all terms and l after those that stand before this one, L the logistic function, the
    share h of voters in households of two or more and the share c of an effect that is passed on.  Who lives alone
    is moved by x; in a household each is moved by x of his own and c·x of the other, to the first order
    (1 + h·c)·(T − T₀) on the whole.  What the baseline holds of contagion is not counted twice: only changes are
    passed on, in either direction, once.  It needs a term before it; from a turnout of 0 or 1, or to it, nothing
    is passed on.

    Valid for any x; households larger than two count as two, and whom the vote goes to is not passed on.  Shapes:
    h, c (1 or draw, stratum).  Source: Nickerson 2008, American Political Science Review, two field experiments:
    60 % of the effect of a conversation at the door reaches the other member (evidence V).
    """

    example: ClassVar = {"kind": "contagion", "households": 0.7}

    kind: Literal["contagion"] = Field("contagion", description="what moves one member of a household moves the others")
    households: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        description="share of the voters in households of two or more voters; a number, or per region, group or both"
    )
    passed_on: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        Keyed("region", 0.6), description="share of an effect that reaches the other member of the household"
    )

    def check(self, world: World, before: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Find names that mean nobody, and what would pass on nothing."""
        yield from self.strata_checked(world, "households", "passed_on")
        for field in ("households", "passed_on"):
            if self.nothing(world, field):
                yield field, "does nothing: it is 0 everywhere"
        if not before:
            yield "", "does nothing: it passes on what the terms before it have done, and there is none"

    def prepare(self, world: World, name: str) -> Turn:
        """Return the function that acts on a block."""
        of = self.prepared(world, name, "households", "passed_on")

        def turn(block: Block, log_odds: F32, start: F32) -> F32:
            households, passed_on = of(block)
            # What is certain stays so: there is no distance from −∞ or to it.
            moved = (households * passed_on != 0) & (log_odds != start) & np.isfinite(log_odds) & np.isfinite(start)
            before, after = (np.where(moved, one, 0.0).astype(np.float64) for one in (start, log_odds))
            return np.where(moved, spilt_over(before, after, households, passed_on).astype(np.float32), log_odds)

        return turn


def spilt_over(
    before: F64, after: F64, households: NDArray[np.float64] | float, passed_on: NDArray[np.float64] | float
) -> F64:
    """Return the log-odds of coming when what led from ``before`` to ``after`` is passed on."""
    from sim.numeric.elementary import log, logistic

    further = after + passed_on * (after - before)
    come = (1.0 - households) * logistic(after) + households * logistic(further)
    stay = (1.0 - households) * logistic(-after) + households * logistic(-further)
    return np.asarray(log(come) - log(stay), np.float64)

"""Those for whom no option is good enough stay at home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.quantities import Keyed, near, per_stratum
from sim.election.state import Block
from sim.election.turnout.terms.base import F32, F64, Mechanism, Turn, kept_away
from sim.election.world import World

__all__ = ["Alienation", "alienated"]


class Alienation(Mechanism):
    """Abstention from alienation: a voter stays at home whose best option is worth less than a threshold.

        U_j = V_j + ε_j,   stays if max_j U_j < α,   P = exp( −Σ_j e^(V_j − α) ),   T → T·(1 − P)

    with Gumbel errors ε, the utilities V_j = level + log p_j − log p_anchor of the voters of a cell, whose shares p
    are, and the ``threshold`` α.  With these errors the largest utility and whose it is are independent: within
    one kind of voters alienation leaves the shares of those who come as they were, and moves a result only through
    differences between kinds.  Adding an option cannot raise alienation.  Beside ``indifference`` the two are taken
    as independent.

    Valid for any utilities; an anchor without voters makes everybody else infinitely attractive.  Shapes:
    ``threshold`` and ``level`` (1 or draw, stratum), p (option, draw, cell).  Source: Adams, Dow & Merrill 2006,
    Political Behavior; the thresholds are assumptions (evidence A), to be fitted to a turnout.
    """

    example: ClassVar = {"kind": "alienation", "threshold": -1.0, "anchor": "a"}

    kind: Literal["alienation"] = Field("alienation", description="those for whom no option is good enough stay")
    threshold: per_stratum() = Field(  # type: ignore[valid-type]
        description="utility that the best option must reach; a number, or per region, group or both"
    )
    anchor: str = Field(description="the option whose utility is known: 'level'; the shares tell those of the others")
    level: per_stratum() = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0), description="utility of the anchor; a number, or per region, group or both"
    )

    def check(self, world: World, before: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Find names that mean nobody and an anchor that is not on the ballot."""
        yield from self.strata_checked(world, "threshold", "level")
        if self.anchor not in world.option_ids:
            yield "anchor", f"there is no option {self.anchor!r} on the ballot{near(self.anchor, world.option_ids)}"

    def prepare(self, world: World, name: str) -> Turn:
        """Return the function that acts on a block."""
        of = self.prepared(world, name, "threshold", "level")
        anchor = world.option_ids.index(self.anchor)

        def turn(block: Block, log_odds: F32, start: F32) -> F32:
            threshold, level = of(block)
            support = block.support.astype(np.float64)
            known = support[anchor] > -np.inf
            utilities = support - np.where(known, support[anchor], 0.0) + level
            return kept_away(log_odds, np.where(known, alienated(utilities, threshold), 0.0))

        return turn


def alienated(utilities: F64, threshold: NDArray[np.float64] | float) -> F64:
    """Return the share for whom no option reaches the threshold: (option, …) → (…)."""
    from sim.numeric.elementary import exp

    total = exp(utilities[0] - threshold)
    for one in utilities[1:]:
        total = total + exp(one - threshold)
    return np.asarray(exp(-total), np.float64)

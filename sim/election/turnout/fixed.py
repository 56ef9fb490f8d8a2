"""Turnout as stated, without a swing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from sim.election.part import Intercept, Part, Stage
from sim.election.quantities import per_region
from sim.election.state import Block
from sim.election.turnout.regions import by_region
from sim.election.world import World

__all__ = ["Fixed"]


class Fixed(Part, stage="turnout", model="fixed"):
    """Every registered voter of a region comes with the same probability.

        turnout_u = T_r,      voters ~ Binomial(registered, T_r)

    with the share T of the nation or of the region r.  What differs between draws is the chance of the count
    alone, unless T itself is a distribution: then it is drawn once per draw, for the nation or for each region
    that is named.  To compare with other models, and for rules that are studied at one turnout.

    Valid for T in [0, 1]; 0 and 1 are certain.  Shapes: T (1 or draw, region).
    """

    example = {"baseline": 0.6}
    reference = "binomial count of independent voters"
    intercepts = (Intercept("turnout", "baseline"),)

    baseline: per_region(0, 1) = Field(  # type: ignore[valid-type]
        description="turnout, ballots cast / registered: a share, one per region, or a table (region, value)"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find regions that do not exist or are left out."""
        for key, message in self.baseline.check(world.regions):
            yield f"baseline.{key}".rstrip("."), message

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``turnout``."""
        baseline = world.per_region(self.baseline, "turnout.baseline")

        def run(block: Block) -> None:
            from sim.numeric.elementary import logit

            block.turnout = by_region(block, np.asarray(logit(baseline(block)), np.float32))

        return run

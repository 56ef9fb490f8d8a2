"""Turnout as stated, without a swing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from sim.election.part import Intercept, Part, Stage
from sim.election.quantities import per_stratum
from sim.election.state import Block
from sim.election.turnout.cells import of_strata
from sim.election.world import World

__all__ = ["Fixed"]


class Fixed(Part, stage="turnout", model="fixed"):
    """Every registered voter of a region comes with the same probability.

        turnout_u = T_r,      voters ~ Binomial(registered, T_r)

    with the share T of the nation, of the region r, of a group of voters or both.  What differs between draws is
    the chance of the count alone, unless T itself is a distribution: then it is drawn once per draw, for the
    nation or for each region or group that is named.  To compare with other models, and for rules that are studied
    at one turnout.

    Valid for T in [0, 1]; 0 and 1 are certain.  Shapes: T (1 or draw, stratum).
    """

    example = {"baseline": 0.6}
    reference = "binomial count of independent voters"
    intercepts = (Intercept("turnout", "baseline"),)

    baseline: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        description="turnout, ballots cast / registered: a share, one per region, group or both, or a table"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find regions that do not exist or are left out."""
        for key, message in world.stratum_faults(self.baseline):
            yield f"baseline.{key}".rstrip("."), message

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``turnout``."""
        baseline = world.per_stratum(self.baseline, "turnout.baseline")

        def run(block: Block) -> None:
            from sim.numeric.elementary import logit

            block.turnout = of_strata(block, np.asarray(logit(baseline(block)), np.float32))

        return run

"""Turnout of each region drawn from a beta distribution."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from sim.election.part import Intercept, Part, Stage
from sim.election.quantities import Distribution, Keyed, per_region
from sim.election.state import Block
from sim.election.turnout.regions import by_region
from sim.election.world import World

__all__ = ["Beta"]

#: The least a + b, where an uncertain mean and sd leave nothing.
LEAST = 1e-6


class Beta(Part, stage="turnout", model="beta"):
    """Turnout of a region around its mean, with a stated standard deviation, each region for itself.

        T_r ~ Beta(m·k, (1 − m)·k),   k = m(1 − m)/s² − 1,      E T = m,  sd T = s

    m the ``baseline`` and s the ``sd`` of the region; all its polling stations share T.  Regions are independent:
    where they move together take ``logit``.  s = 0 is ``fixed``.

    Valid for s² < m(1 − m).  Shapes: T (draw, region).
    """

    example = {"baseline": 0.6, "sd": 0.05}
    reference = "Johnson, Kotz & Balakrishnan 1995, Continuous Univariate Distributions 2, ch. 25"
    intercepts = (Intercept("turnout", "baseline"),)

    baseline: per_region(0, 1) = Field(  # type: ignore[valid-type]
        description="mean turnout, ballots cast / registered: a share, one per region, or a table (region, value)"
    )
    sd: per_region(0, 0.5) = Field(  # type: ignore[valid-type]
        description="standard deviation of the turnout, a share: a number or per region"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find regions that do not exist or are left out, and spreads that no share can have."""
        keyed: tuple[tuple[str, Keyed], ...] = (("baseline", self.baseline), ("sd", self.sd))
        missing = False
        for name, values in keyed:
            for key, message in values.check(world.regions):
                missing = True
                yield f"{name}.{key}".rstrip("."), message
        if missing:
            return
        for region in world.regions:
            m, s = self.baseline.of(region), self.sd.of(region)
            if isinstance(m, Distribution) or isinstance(s, Distribution) or s == 0:
                continue
            if s**2 >= m * (1 - m):
                yield (
                    "sd",
                    (
                        f"{s:g} is too much for the mean {m:g} of region {region!r}: less than "
                        f"{(m * (1 - m)) ** 0.5:.4g} is possible"
                    ),
                )
                return

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``turnout``."""
        mean = world.per_region(self.baseline, "turnout.baseline")
        sd = world.per_region(self.sd, "turnout.sd")

        def run(block: Block) -> None:
            from sim.numeric.elementary import logit

            m, s = mean(block).astype(np.float64), sd(block).astype(np.float64)
            spread = m * (1.0 - m)
            k = np.maximum(spread / np.maximum(s * s, 1e-300) - 1.0, LEAST)
            certain = (s == 0) | (spread == 0)
            k = np.where(certain, 1.0, k)
            # The mean of what is certain stands outside: a beta of it is drawn and not used.
            inner = np.where(certain, 0.5, m)
            lanes = block.region_lanes
            drawn = block.chance.stream("turnout.beta").beta(lanes, inner * k, (1.0 - inner) * k)
            block.turnout = by_region(block, np.asarray(logit(np.where(certain, m, drawn)), np.float32))

        return run

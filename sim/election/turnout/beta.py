"""Turnout of each region drawn from a beta distribution."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from sim.election.part import Intercept, Part, Stage
from sim.election.quantities import per_region, per_stratum
from sim.election.state import Block
from sim.election.turnout.cells import mean_of_groups, of_strata
from sim.election.world import World

__all__ = ["Beta"]

#: The least a + b, where an uncertain mean and sd leave nothing.
LEAST = 1e-6


class Beta(Part, stage="turnout", model="beta"):
    """Turnout of a region around its mean, with a stated standard deviation, each region for itself.

        T_r ~ Beta(m·k, (1 − m)·k),   k = m(1 − m)/s² − 1,      E T = m,  sd T = s

    m the ``baseline`` and s the ``sd`` of the region; all its polling stations share T.  Regions are independent:
    where they move together take ``logit``.  s = 0 is ``fixed``.  Where the baseline differs by group, m is the mean
    of the groups by their registered voters, and all groups of the region are moved alike on the log-odds scale, by
    ``logit T − logit m``.

    Valid for s² < m(1 − m).  Shapes: T (draw, region).
    """

    example = {"baseline": 0.6, "sd": 0.05}
    reference = "Johnson, Kotz & Balakrishnan 1995, Continuous Univariate Distributions 2, ch. 25"
    intercepts = (Intercept("turnout", "baseline"),)

    baseline: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        description="mean turnout, ballots cast / registered: a share, one per region, group or both, or a table"
    )
    sd: per_region(0, 0.5) = Field(  # type: ignore[valid-type]
        description="standard deviation of the turnout, a share: a number or per region"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find regions and groups that do not exist or are left out, and spreads that no share can have."""
        faults = [(f"baseline.{key}".rstrip("."), message) for key, message in world.stratum_faults(self.baseline)]
        faults += [(f"sd.{key}".rstrip("."), message) for key, message in self.sd.check(world.regions)]
        yield from faults
        if not faults:
            yield from self._check_spread(world)

    def _check_spread(self, world: World) -> Iterator[tuple[str, str]]:
        means = world.stratum_values(self.baseline)
        for r, region in enumerate(world.regions):
            own, s = means[r * world.n_groups : (r + 1) * world.n_groups], self.sd.of(region)
            fixed = [m for m in own if isinstance(m, int | float)]
            # The mean of the groups lies between them, and m(1 − m) is largest in the middle.
            if len(fixed) < len(own) or not isinstance(s, int | float) or s == 0:
                continue
            most = max(min(fixed), min(max(fixed), 0.5)) if len(fixed) > 1 else fixed[0]
            if s**2 >= most * (1 - most):
                yield (
                    "sd",
                    (
                        f"{s:g} is too much for the mean {most:g} of region {region!r}: less than "
                        f"{(most * (1 - most)) ** 0.5:.4g} is possible"
                    ),
                )
                return

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``turnout``."""
        baseline = world.per_stratum(self.baseline, "turnout.baseline")
        sd = world.per_region(self.sd, "turnout.sd")

        def run(block: Block) -> None:
            from sim.numeric.elementary import logit

            own = baseline(block)
            m, s = mean_of_groups(block, own).astype(np.float64), sd(block).astype(np.float64)
            spread = m * (1.0 - m)
            k = np.maximum(spread / np.maximum(s * s, 1e-300) - 1.0, LEAST)
            certain = (s == 0) | (spread == 0)
            k = np.where(certain, 1.0, k)
            # The mean of what is certain stands outside: a beta of it is drawn and not used.
            inner = np.where(certain, 0.5, m)
            drawn = block.chance.stream("turnout.beta").beta(block.region_lanes, inner * k, (1.0 - inner) * k)
            log_odds = np.asarray(logit(np.where(certain, m, drawn)), np.float32)
            if world.has_groups:
                moved = np.where(certain, np.float32(0.0), log_odds - np.asarray(logit(m), np.float32))
                log_odds = np.asarray(logit(own), np.float32) + np.repeat(moved, world.n_groups, axis=-1)
            block.turnout = of_strata(block, log_odds)

        return run

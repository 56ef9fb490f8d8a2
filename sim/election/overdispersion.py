r"""Overdispersion: the voters of a region, or of a polling station, are more alike than chance would have it.

With the intra-class correlation ρ the shares p of a unit become, in each draw, shares around them,

    p′ ~ Dirichlet(p·(1/ρ − 1)),      Var(p′_o) = ρ·p_o·(1 − p_o),

so that a count out of n has the variance n·p·(1 − p)·(1 + (n − 1)·ρ): the Dirichlet-multinomial, for two
outcomes the beta-binomial (Mosimann 1962, doi:10.1093/biomet/49.1-2.65).  ρ = 0 is the plain count, and with
ρ → 1 all are alike.  The mean stays p.

Where voters differ by group, p is the mean of the groups by their registered voters, and all groups of the region
or station are moved alike on the log-odds scale, by ``log p′ − log p``.

Valid for 0 ≤ ρ < 1; below 10⁻⁹ it is taken as 10⁻⁹ where it is uncertain.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section
from sim.election.quantities import quantity
from sim.election.state import Block
from sim.election.world import World

if TYPE_CHECKING:
    from sim.random import Lanes

__all__ = ["Overdispersion", "Scattered"]

F32 = NDArray[np.float32]

LEAST, MOST = 1e-9, 1.0 - 1e-6


class Overdispersion(Section):
    """Intra-class correlations of what is counted."""

    region: quantity(0, 1) = Field(  # type: ignore[valid-type]
        0.0, description="intra-class correlation ρ within a region: what all its voters share"
    )
    station: quantity(0, 1) = Field(  # type: ignore[valid-type]
        0.0, description="intra-class correlation ρ within a polling station; needs electorate.stations"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find correlations of 1, and stations that are not there."""
        for level in ("region", "station"):
            if getattr(self, level) == 1:
                yield level, "must be less than 1, where all voters would do the same"
        if not world.has_stations and self.station != 0:
            yield "station", "does nothing without polling stations; say 'region', or add 'electorate.stations'"


class Scattered:
    """An overdispersion prepared for its world.

    Parameters
    ----------
    part
        What the user wrote.
    world
        Regions and units.
    name
        Written name of the random variables, e.g. ``voters.overdispersion``.
    outcomes
        One name per outcome: the options of a ballot; two for who comes and who does not.
    """

    def __init__(self, part: Overdispersion, world: World, name: str, outcomes: tuple[str, ...]) -> None:
        self.name, self.outcomes = name, outcomes
        self._rho = {
            level: world.quantity(getattr(part, level), f"{name}.{level}", np.float64)
            for level in ("region", "station")
            if getattr(part, level) != 0
        }

    def acts(self, level: str) -> bool:
        """Whether anything is scattered at a level."""
        return level in self._rho

    def regions(self, block: Block, log_odds: F32) -> F32:
        """Scatter what all voters of a region share, (outcome, draw, stratum)."""
        if not self.acts("region"):
            return log_odds
        return self._moved(block, log_odds, "region", block.region_lanes)

    def stations(self, block: Block, log_odds: F32) -> F32:
        """Scatter what the voters of a polling station share, (outcome, draw, cell)."""
        if not self.acts("station"):
            return log_odds
        return self._moved(block, log_odds, "station", block.unit_lanes)

    def _moved(self, block: Block, log_odds: F32, level: str, lanes: Lanes) -> F32:
        groups = block.world.n_groups
        if groups == 1:
            return self._scatter(block, log_odds, level, lanes)
        from sim.numeric.elementary import log, softmax
        from sim.numeric.fields import group_means

        people = block.registered if level == "station" else block.by_stratum(block.registered, "registered")
        mean = np.asarray(log(group_means(softmax(log_odds), people, groups)), np.float32)
        # An outcome that nobody chooses stays at −∞, wherever the others go.
        moved = self._scatter(block, mean.copy(), level, lanes) - np.where(mean > -np.inf, mean, np.float32(0.0))
        moved = np.where(mean > -np.inf, moved, np.float32(0.0))
        out = log_odds + np.repeat(moved, groups, axis=-1)
        # Where the place is scattered to outcomes that a group never chooses, the group stays as it is.
        return np.ascontiguousarray(np.where((out > -np.inf).any(axis=0), out, log_odds))

    def _scatter(self, block: Block, log_odds: F32, level: str, lanes: Lanes) -> F32:
        from sim.numeric.elementary import log, softmax
        from sim.random import dirichlet

        rho = np.clip(self._rho[level](block), LEAST, MOST)
        name = f"{self.name}.{level}"
        concentration = softmax(log_odds, out=block.array(f"{name}.shares", log_odds.shape, np.float32))
        concentration *= (1.0 / rho - 1.0).astype(np.float32)
        streams = [block.chance.stream(name, outcome) for outcome in self.outcomes]
        shares = dirichlet(streams, lanes, concentration, out=concentration)
        return np.asarray(log(shares, out=shares), np.float32)

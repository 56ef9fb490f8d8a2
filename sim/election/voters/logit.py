"""Baseline shares moved by correlated swings on the log-odds scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.centring import centre_faults, centred_log_shares
from sim.election.overdispersion import Overdispersion
from sim.election.part import Intercept, Part, Stage
from sim.election.quantities import Shares, known, shares
from sim.election.state import Block
from sim.election.swing import Deviations
from sim.election.voters.movement import Movement, VoterSwing, movement_faults, share_faults
from sim.election.world import Field as Prepared
from sim.election.world import World

__all__ = ["Logit"]


class Logit(Part, stage="voters", model="logit"):
    """Multinomial logit around baseline shares.

    The share of option o among the valid votes of the group g in unit u in draw d is

        share = softmax_o( log p_o,r,g + swing_o,d,r,g + station_o,d,u )

    with the baseline shares p of the nation, the region r, the group g or both, the swing of
    `sim.election.swing` and, where there are polling stations, normal deviations between them.  All options are
    treated alike: adding one number to every option's log-odds changes nothing, so that the log-odds of two
    options have the variance of both swings together.  ``overdispersion`` scatters the shares around these
    (`sim.election.overdispersion`): those of a region before the deviations of its stations, those of a station
    after them.

    Valid for any number of options; shares of 0 stay 0.
    """

    default = True
    example = {"baseline": {"a": 0.6, "b": 0.4}, "swing": {"national": 0.1}}
    reference = "McFadden 1974 (conditional logit); Linzer 2013, doi 10.1080/01621459.2012.737735 (swings)"
    intercepts = (Intercept("vote_share", "baseline"),)

    baseline: shares() = Field(  # type: ignore[valid-type]
        description="share of each option among the valid votes, summing to one; a mapping, or a table by region, group"
    )
    centre: Literal["expectation", "zero_swing"] = Field(
        "zero_swing",
        description="what the baseline is: the model's mean shares, or the shares at zero swing",
    )
    swing: VoterSwing = Field(default_factory=VoterSwing, description="deviations from the baseline")
    overdispersion: Overdispersion = Field(
        default_factory=Overdispersion, description="how alike the voters of a region or a polling station are"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find options and regions that do not exist or are left out."""
        table: Shares = self.baseline
        yield from share_faults("baseline", table, world)
        yield from movement_faults(self.swing, self.overdispersion, world)
        if self.centre == "expectation":
            yield from centre_faults(table.fixed, self.swing, self.overdispersion)

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``support``."""
        movement = Movement(self.swing, self.overdispersion, world)
        base = self._base(world, movement.deviations)

        def run(block: Block) -> None:
            block.support = movement(block, base(block))

        return run

    def _base(self, world: World, deviations: Deviations) -> Prepared:
        """Log-odds at zero swing, (option, 1 or draw, stratum)."""
        from sim.numeric.elementary import log

        drawn = world.shares(self.baseline, "voters.baseline")
        if not self.baseline.fixed:
            return lambda block: np.asarray(log(drawn(block)), np.float32)
        if self.centre == "expectation":
            constant = self._centred(world, deviations)
        else:
            constant = np.asarray(log(drawn(None)), np.float32)  # type: ignore[arg-type]
        return lambda block: constant

    def _centred(self, world: World, deviations: Deviations) -> NDArray[np.float32]:
        national = np.array([float(self.swing.national.of(option)) for option in world.option_ids])
        regional, station = deviations.variance()
        out = np.empty((world.n_options, 1, world.n_strata), np.float32)
        done: dict[tuple[float, ...], NDArray[np.float64]] = {}
        for i, one in enumerate(world.stratum_shares(self.baseline)):
            target = np.array([known(one[option]) for option in world.option_ids])
            key = (*target, regional[i], station[i])
            if key not in done:
                sd = np.sqrt(national**2 + regional[i])
                done[key] = centred_log_shares(target / target.sum(), sd, float(np.sqrt(station[i])), self.swing.tails)
            out[:, 0, i] = done[key]
        return out

"""Baseline shares moved by correlated swings on the log-odds scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.centring import centre_faults, centred_log_shares
from sim.election.part import Intercept
from sim.election.quantities import Shares, known
from sim.election.voters.movement import Baseline, VoterModel, share_faults
from sim.election.world import Field as Prepared
from sim.election.world import World

__all__ = ["Logit"]


class Logit(VoterModel, Baseline, stage="voters", model="logit"):
    """Multinomial logit around baseline shares.

    The share of option o among the valid votes of the group g in unit u in draw d is

        share = softmax_o( log p_o,r,g + Σ_k x_k,o,r,g + swing_o,d,r,g + station_o,d,u )

    with the baseline shares p of the nation, the region r, the group g or both, the ``terms`` x_k (covariates times
    their coefficients), the swing of `sim.election.swing` and, where there are polling stations, normal deviations
    between them.  ``economy``, ``recognition`` and ``strategic`` move utilities and shares as the modules
    of these names say.  The odds of two options do not depend on who else is on the ballot.  All options are
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

    centre: Literal["expectation", "zero_swing"] = Field(
        "zero_swing",
        description="what the baseline is: the model's mean shares, or the shares at zero swing",
    )

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find options and regions that do not exist or are left out."""
        table: Shares = self.baseline
        yield from share_faults("baseline", table, world)
        if self.centre == "expectation":
            yield from centre_faults(table.fixed, self.swing, self.overdispersion)

    def base(self, world: World) -> Prepared:
        """Log-odds at zero swing, (option, 1 or draw, stratum)."""
        from sim.numeric.elementary import log

        drawn = world.shares(self.baseline, "voters.baseline")
        if not self.baseline.fixed:
            return lambda block: np.asarray(log(drawn(block)), np.float32)
        zero: NDArray[np.float32] = np.asarray(log(drawn(None)), np.float32)  # type: ignore[arg-type]
        constant = self._centred(world) if self.centre == "expectation" else zero
        return lambda block: constant

    def _centred(self, world: World) -> NDArray[np.float32]:
        national = np.array([float(self.swing.national.of(option)) for option in world.option_ids])
        regional, station = self.deviations(world).variance()
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

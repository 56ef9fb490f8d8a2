"""An earlier result by region, moved by what has changed in the nation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Intercept, Section
from sim.election.quantities import Shares, shares
from sim.election.state import Block
from sim.election.voters.movement import VoterModel, share_faults
from sim.election.world import Field as Prepared
from sim.election.world import World

__all__ = ["NationalSwing"]

F64 = NDArray[np.float64]


class Earlier(Section):
    """The earlier vote, and what has changed since."""

    baseline: shares() = Field(  # type: ignore[valid-type]
        description="the earlier shares, summing to one: a table by region, or a mapping for all"
    )
    before: shares() = Field(  # type: ignore[valid-type]
        description="the earlier shares of the nation, summing to one"
    )
    after: shares() = Field(  # type: ignore[valid-type]
        description="the shares of the nation now, summing to one; numbers or distributions"
    )
    method: Literal["uniform", "proportional"] = Field(
        "uniform", description="add the same points in every region, or multiply by the same factor"
    )


class NationalSwing(VoterModel, Earlier, stage="voters", model="national_swing"):
    """Regional shares of an earlier vote, moved as the nation has moved.

    With the earlier shares p of the region r and those of the nation before (b) and now (a)

        uniform         q_o,r = max(p_o,r + a_o − b_o, 0) / Σ_o …
        proportional    q_o,r = p_o,r · a_o / b_o / Σ_o …

    uniform swing adds the same points everywhere, proportional swing multiplies by the same factor, which on the
    log-odds scale is the same shift for every region.  Around q acts all else as in ``logit``.
    ``after`` is the place for a poll: its shares may be distributions, and are then scaled to sum to one.

    Uniform swing keeps the nation at a where the regions' shares, weighted by their votes, are b and no share falls
    below 0; proportional swing only nearly.  Shapes: p, q (option, 1 or draw, stratum); b, a (option, 1 or draw).
    """

    example = {
        "baseline": {"a": 0.6, "b": 0.4},
        "before": {"a": 0.6, "b": 0.4},
        "after": {"a": 0.55, "b": 0.45},
        "method": "proportional",
    }
    reference = "uniform and proportional swing: Butler & Stokes 1974, Political Change in Britain, 2nd ed."
    intercepts = (Intercept("vote_share", "after", "baseline"),)

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find options and regions that do not exist or are left out, and what cannot grow."""
        yield from share_faults("baseline", self.baseline, world)
        nation: tuple[tuple[str, Shares], ...] = (("before", self.before), ("after", self.after))
        for field, table in nation:
            if table.regional:
                yield field, "is of the nation: one share per option, no regions"
            else:
                yield from share_faults(field, table, world)
        if self.method == "proportional" and not self.before.regional and not self.after.regional:
            before, after = self.before.national or {}, self.after.national or {}
            for option in world.option_ids:
                if before.get(option) == 0 and after.get(option, 0) != 0:
                    yield f"before.{option}", "no factor leads from 0 to a share; take 'method: uniform'"

    def base(self, world: World) -> Prepared:
        """Log-odds at zero swing, (option, 1 or draw, stratum)."""
        names = ("baseline", "before", "after")
        drawn = [world.shares(getattr(self, name), f"voters.{name}") for name in names]

        def base(block: Block) -> NDArray[np.float32]:
            from sim.numeric.elementary import log

            p, before, after = (shares_of(block).astype(np.float64) for shares_of in drawn)
            return np.asarray(log(_moved(p, before, after, self.method)), np.float32)

        return base


def _moved(p: F64, before: F64, after: F64, method: str) -> F64:
    """Return q, (option, 1 or draw, stratum)."""
    if method == "uniform":
        out = np.maximum(p + (after - before), 0.0)
    else:
        out = p * np.divide(
            after, before, out=np.zeros(np.broadcast_shapes(after.shape, before.shape)), where=before > 0
        )
    total = out[0].copy()
    for plane in out[1:]:
        total += plane
    return np.asarray(out / total)

"""Those to whom the best two options are worth nearly the same stay at home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.quantities import per_stratum
from sim.election.state import Block
from sim.election.turnout.terms.base import F32, F64, Mechanism, Turn, kept_away, shares_of
from sim.election.world import World

__all__ = ["Indifference", "indifferent"]

#: Beyond this threshold nobody is left, and e to it is no number.
LARGE = 700.0


class Indifference(Mechanism):
    """Abstention from indifference: a voter stays at home whose two best options differ by less than a threshold.

        U_j = V_j + ε_j,   stays if U_(1) − U_(2) < α,   D_j = p_j + e^α·(1 − p_j)
        P = 1 − Σ_j p_j / D_j,   T → T·(1 − P),   shares of those who come ∝ p_j / D_j

    with Gumbel errors ε, the shares p = softmax V of the voters of a cell, and the ``threshold`` α.  With two options
    a distance d apart P = L(α − d) − L(−α − d), L the logistic function.  The leader is favoured: who prefers a
    strong option is more often far from the second best.  Raising all utilities alike changes nothing.  Beside
    ``alienation`` the two are taken as independent.

    Valid for α ≥ 0; α = 0 changes nothing.  Shapes: ``threshold`` (1 or draw, stratum), p (option, draw, cell).
    Source: Adams, Dow & Merrill 2006, Political Behavior; the thresholds are assumptions (evidence A),
    to be fitted to a turnout.
    """

    example: ClassVar = {"kind": "indifference", "threshold": 0.2}

    kind: Literal["indifference"] = Field(
        "indifference", description="those to whom the two best options are nearly the same stay"
    )
    threshold: per_stratum(0) = Field(  # type: ignore[valid-type]
        description="how much better the best option must be than the second; a number, or per region, group or both"
    )

    def check(self, world: World, before: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Find names that mean nobody, and a threshold of 0."""
        yield from self.strata_checked(world, "threshold")
        if self.nothing(world, "threshold"):
            yield "threshold", "does nothing: it is 0 everywhere"

    def prepare(self, world: World, name: str) -> Turn:
        """Return the function that acts on a block."""
        of = self.prepared(world, name, "threshold")

        def turn(block: Block, log_odds: F32, start: F32) -> F32:
            from sim.numeric.elementary import log

            (threshold,) = of(block)
            shares = shares_of(block.support)
            away, weights = indifferent(shares, threshold)
            block.support = (block.support - log(weights)).astype(np.float32)
            return kept_away(log_odds, away)

        return turn


def indifferent(shares: F64, threshold: NDArray[np.float64] | float) -> tuple[F64, F64]:
    """Return the share that stays, (…), and D, by which the shares of those who come are divided, (option, …)."""
    from sim.numeric.elementary import exp

    gap = np.asarray(exp(np.minimum(threshold, LARGE)), np.float64)
    divisors = shares + gap * (1.0 - shares)
    away = np.zeros(divisors.shape[1:])
    for p, d in zip(shares, divisors):
        away = away + p * ((gap - 1.0) * (1.0 - p)) / d
    return np.minimum(away, 1.0), divisors

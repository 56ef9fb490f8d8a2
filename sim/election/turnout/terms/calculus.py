"""The calculus of voting: what a vote brings, what it costs, what it is owed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.quantities import Keyed, per_stratum, quantity
from sim.election.state import Block
from sim.election.turnout.terms.base import F32, F64, Mechanism, Turn
from sim.election.world import World

__all__ = ["Calculus", "tie_probability"]

#: Up to here the Bessel function is summed as a power series, above it as an asymptotic one.
SERIES = 30.0


class Calculus(Mechanism):
    """The calculus of voting: voting is worth p·B + D − C more than staying at home.

        x = p·B + D − C

    is added to the log-odds of voting: with logistic errors of the utility, whose unit is then one of log-odds.  B is
    what it is worth that one's own side wins, p the probability that one vote decides, D what is owed to duty, C
    what it costs to go.  p is given (``pivot``), or is the probability of a tie between two sides with n expected
    votes, a share s of them for the leader, whose counts are Poisson:

        p = exp( −(√(ns) − √(n(1−s)))² ) · e^(−z) I₀(z),   z = 2n·√(s(1−s));   for s = ½ nearly 1/√(2πn)

    It is so small, 0.0004 for a million votes and an even race, that D and C carry nearly everything.  The baseline
    is the turnout where p·B + D = C.

    Valid for any B, C, D, n ≥ 0, s in [0, 1].  Shapes: B, C, D (1 or draw, stratum); p, n, s (1 or draw).
    Source: Riker & Ordeshook 1968, American Political Science Review; sizes are assumptions (evidence A).
    """

    example: ClassVar = {"kind": "calculus", "benefit": 100.0, "cost": 0.1, "voters": 1_000_000, "closeness": 0.5}

    kind: Literal["calculus"] = Field("calculus", description="p·B + D − C: what a vote brings, is owed and costs")
    benefit: per_stratum() = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0),
        description="B, worth of one's own side winning, in log-odds; a number, or per region, group or both",
    )
    duty: per_stratum() = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0), description="D, worth of voting as such, in log-odds"
    )
    cost: per_stratum() = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0), description="C, cost of going to vote, in log-odds"
    )
    pivot: quantity(0, 1) | None = Field(  # type: ignore[valid-type]
        None, description="p, probability that one vote decides; or 'voters' and 'closeness'"
    )
    voters: quantity(0, 2e9) | None = Field(  # type: ignore[valid-type]
        None, description="n, votes that the two strongest sides are expected to have together"
    )
    closeness: quantity(0, 1) | None = Field(  # type: ignore[valid-type]
        None, description="s, share of the leader in the votes of the two strongest sides; 0.5 is an even race"
    )

    def check(self, world: World, before: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Find names that mean nobody, a probability said twice or not at all, and what does nothing."""
        yield from self.strata_checked(world, "benefit", "duty", "cost")
        told = [field for field in ("pivot", "voters", "closeness") if getattr(self, field) is not None]
        idle = self.nothing(world, "benefit")
        if idle and self.nothing(world, "duty") and self.nothing(world, "cost"):
            yield "", "does nothing: 'benefit', 'duty' and 'cost' are 0 everywhere"
        elif idle and told:
            yield told[0], "does nothing while 'benefit' is 0"
        if not idle and told not in (["pivot"], ["voters", "closeness"]):
            given = f", not {', '.join(map(repr, told))}" if told else ""
            yield "", f"'benefit' needs either 'pivot', or 'voters' and 'closeness'{given}"
        if not idle and self.pivot == 0:
            yield "pivot", "is 0: then 'benefit' does nothing"

    def prepare(self, world: World, name: str) -> Turn:
        """Return the function that acts on a block."""
        of = self.prepared(world, name, "benefit", "duty", "cost")
        pivot = self._pivot(world, name)

        def turn(block: Block, log_odds: F32, start: F32) -> F32:
            benefit, duty, cost = of(block)
            return log_odds + (pivot(block) * benefit + duty - cost).astype(np.float32)

        return turn

    def _pivot(self, world: World, name: str) -> Callable[[Block], F64]:
        """Return p, (1 or draw, 1)."""
        fields = ("pivot",) if self.voters is None else ("voters", "closeness")
        of = [world.quantity(getattr(self, field) or 0.0, f"{name}.{field}", np.float64) for field in fields]

        def pivot(block: Block) -> F64:
            numbers = [np.asarray(one(block), np.float64) for one in of]
            return numbers[0] if len(numbers) == 1 else tie_probability(numbers[0], numbers[1])

        return pivot


def tie_probability(n: NDArray[np.float64] | float, share: NDArray[np.float64] | float) -> F64:
    """Return the probability that two Poisson counts of means n·share and n·(1 − share) are equal."""
    from sim.numeric.elementary import exp

    one, other = np.broadcast_arrays(np.asarray(n * share, np.float64), np.asarray(n * (1.0 - share), np.float64))
    apart = np.sqrt(one) - np.sqrt(other)
    return np.asarray(exp(-apart * apart), np.float64) * _bessel(2.0 * np.sqrt(one) * np.sqrt(other))


def _bessel(z: F64) -> F64:
    """e^(−z) I₀(z) for z ≥ 0: all terms are positive, so that none of their digits are lost."""
    from sim.numeric.elementary import exp

    small, large = np.minimum(z, SERIES), np.maximum(z, SERIES)
    term = np.ones_like(z)
    near = term
    for k in range(1, 90):
        term = term * (small * small) / (4.0 * k * k)
        near = near + term
    term = np.ones_like(z)
    far = term
    for k in range(1, 40):
        term = term * ((2.0 * k - 1.0) ** 2) / (8.0 * k * large)
        far = far + term
    return np.where(z <= SERIES, exp(-small) * near, far / np.sqrt(2.0 * math.pi * large))

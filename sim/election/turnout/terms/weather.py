"""Rain and snow keep people at home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.quantities import Distribution, Keyed, per_stratum
from sim.election.state import Block
from sim.election.turnout.terms.base import F32, F64, Mechanism, Turn
from sim.election.world import World

__all__ = ["Weather", "points_as_log_odds"]

INCH = 25.4


class Weather(Mechanism):
    """Rain and snow above what is normal for the day.

        x = rain·b(rain_effect) + snow·b(snow_effect),   b(δ) = logit(m + δ) − logit m

    is added to the log-odds of voting; ``rain`` and ``snow`` are amounts above normal in inches (or, with ``unit: mm``,
    millimetres, 25.4 to the inch), δ the effect of one inch as a share of the registered voters, as it was measured
    at a turnout m.  One point measured at 0.5 is 0.0400 on the log-odds, and with that 0.6 points at a turnout of
    0.8131.

    Valid while the turnout m + δ lies between 0 and 1; amounts below normal may be negative.  Shapes: all
    (1 or draw, stratum).  Source: Gomez, Hansford & Krause 2007, Journal of Politics, 14 elections in
    3,000 counties: −0.9 to −1 points per inch of rain (evidence V), −0.5 per inch of snow, in rural counties
    (evidence V); the turnout at which it was measured is about a half (evidence A).
    """

    example: ClassVar = {"kind": "weather", "rain": 0.5}

    kind: Literal["weather"] = Field("weather", description="rain and snow keep people at home")
    rain: per_stratum() = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0), description="rain above normal; a number, or per region, group or both"
    )
    snow: per_stratum() = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0), description="snow above normal; a number, or per region, group or both"
    )
    unit: Literal["inch", "mm"] = Field("inch", description="unit of 'rain' and 'snow'")
    rain_effect: per_stratum(-0.5, 0.5) = Field(  # type: ignore[valid-type]
        Keyed("region", -0.009),
        description="change of the turnout by one inch of rain, a share of the registered voters",
    )
    snow_effect: per_stratum(-0.5, 0.5) = Field(  # type: ignore[valid-type]
        Keyed("region", -0.005),
        description="change of the turnout by one inch of snow, a share of the registered voters",
    )
    measured_at: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        Keyed("region", 0.5), description="turnout at which the effects were measured"
    )

    def check(self, world: World, before: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Find names that mean nobody, weather as always, and effects that leave the range of a share."""
        yield from self.strata_checked(world, "rain", "snow", "rain_effect", "snow_effect", "measured_at")
        if self.nothing(world, "rain") and self.nothing(world, "snow"):
            yield "", "does nothing: 'rain' and 'snow' are as always; give an amount above normal"
        for amount in ("rain", "snow"):
            effect = f"{amount}_effect"
            if self.nothing(world, amount):
                if effect in self.model_fields_set and getattr(self, effect) != type(self).model_fields[effect].default:
                    yield effect, f"does nothing while {amount!r} is 0"
            elif self.nothing(world, effect):
                yield effect, f"is 0 everywhere: then {amount!r} does nothing"
            else:
                yield from self._range_checked(world, effect)

    def _range_checked(self, world: World, effect: str) -> Iterator[tuple[str, str]]:
        pairs = zip(world.stratum_values(getattr(self, effect)), world.stratum_values(self.measured_at))
        for i, (size, at) in enumerate(pairs):
            if size is None or at is None:
                continue
            low, high = _range(at)
            if low + min(0.0, _range(size)[0]) <= 0 or high + max(0.0, _range(size)[1]) >= 1:
                whose = world.strata.label(i)
                yield effect, f"leads from the turnout 'measured_at' to none between 0 and 1, for {whose!r}"
                return

    def prepare(self, world: World, name: str) -> Turn:
        """Return the function that acts on a block."""
        of = self.prepared(world, name, "rain", "snow", "rain_effect", "snow_effect", "measured_at")
        scale = 1.0 if self.unit == "inch" else 1.0 / INCH

        def turn(block: Block, log_odds: F32, start: F32) -> F32:
            rain, snow, by_rain, by_snow, at = of(block)
            shift = rain * scale * points_as_log_odds(by_rain, at) + snow * scale * points_as_log_odds(by_snow, at)
            return log_odds + shift.astype(np.float32)

        return turn


def _range(value: float | Distribution) -> tuple[float, float]:
    return value.support if isinstance(value, Distribution) else (value, value)


def points_as_log_odds(effect: NDArray[np.float64] | float, at: NDArray[np.float64] | float) -> F64:
    """Return what moves the turnout ``at`` by ``effect``, a share, on the log-odds."""
    from sim.numeric.elementary import logit

    return np.asarray(logit(np.asarray(at + effect, np.float64)) - logit(np.asarray(at, np.float64)), np.float64)

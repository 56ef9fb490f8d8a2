r"""Name recognition: an option that few voters know gathers less than they would give it.

With the share r_o of the voters who know the option o, its utility v_o measured from the mean of the options'
utilities, and the penalty B,

    u_o = r_o·v_o − (1 − r_o)·B

so that an option whom nobody knows lies B log-odds below the mean of all.  Over the ``days`` of the campaign r grows
from its start r₀ by the media (a per day) and by word of mouth (b per day), dr/dt = (a + b·r)·(1 − r), which has the
closed form

    r(t) = (1 − a·C·e^{−(a+b)t}) / (1 + b·C·e^{−(a+b)t}),      C = (1 − r₀)/(a + b·r₀)

for r₀ = 0 the curve of Bass (1969, doi 10.1287/mnsc.15.5.215).  Valid for all a, b ≥ 0; with a = 0 nothing grows
from r₀ = 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section
from sim.election.quantities import Keyed, per_stratum, quantity
from sim.election.voters.terms import option_faults
from sim.election.world import World

__all__ = ["Recognition", "discounted", "recognised"]

F64 = NDArray[np.float64]


class Recognition(Section):
    """How many voters know the options."""

    start: dict[str, per_stratum(0, 1)] = Field(  # type: ignore[valid-type]
        description="share of the voters who know an option on the first day: {option: share}; the others are known "
        "to all, or as 'default' says",
        min_length=1,
    )
    days: quantity(0, 10_000) = Field(  # type: ignore[valid-type]
        0.0, description="days in which recognition grows until the vote"
    )
    media_per_day: per_stratum(0, 10) = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0), description="a: share of those who do not know an option whom the media reach in a day"
    )
    word_of_mouth_per_day: per_stratum(0, 10) = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0), description="b: what those who know an option add to it, as if all knew it"
    )
    unknown_penalty: per_stratum(0, 50) = Field(  # type: ignore[valid-type]
        Keyed("region", 1.0), description="B: how far below the mean of the options an unknown one lies, in log-odds"
    )

    def of(self, option: str) -> Keyed:
        """Return the start of an option."""
        known: Keyed = self.start.get(option, self.start.get("default", Keyed("region", 1.0)))
        return known

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find options and people that do not exist, and numbers that do nothing."""
        named: Mapping[str, Keyed] = {key: one for key, one in self.start.items() if key != "default"}
        found = [(f"start.{path}", message) for path, message in option_faults(named, world)]
        if "default" in self.start:
            faults = world.stratum_faults(self.start["default"])
            found += [(f"start.default.{key}".rstrip("."), message) for key, message in faults]
        for name in ("media_per_day", "word_of_mouth_per_day", "unknown_penalty"):
            faults = world.stratum_faults(getattr(self, name))
            found += [(f"{name}.{key}".rstrip("."), message) for key, message in faults]
        yield from found
        if not found:
            yield from self._check_effect(world)

    def _check_effect(self, world: World) -> Iterator[tuple[str, str]]:
        if world.n_options == 1:
            yield "", "does nothing: there is one option"
        elif all(value == 1 for option in world.option_ids for value in world.stratum_values(self.of(option))):
            yield "start", "does nothing: all voters know all options"
        rates = [name for name in ("media_per_day", "word_of_mouth_per_day") if self._somewhere(name, world)]
        if self.days == 0:
            for name in rates:
                yield name, "does nothing while 'days' is 0"
        elif not rates:
            yield "days", "does nothing while 'media_per_day' and 'word_of_mouth_per_day' are 0"

    def _somewhere(self, name: str, world: World) -> bool:
        return any(value != 0 for value in world.stratum_values(getattr(self, name)))


class Known:
    """A recognition prepared for its world: utilities (option, 1 or draw, stratum) → the same, discounted."""

    def __init__(self, part: Recognition, world: World) -> None:
        name = "voters.recognition"
        self._start = [
            world.per_stratum(
                part.of(option), f"{name}.start.{option}" if option in part.start else f"{name}.start.default"
            )
            for option in world.option_ids
        ]
        self._days = world.quantity(part.days, f"{name}.days", np.float64)
        self._rates = [
            world.per_stratum(getattr(part, f), f"{name}.{f}") for f in ("media_per_day", "word_of_mouth_per_day")
        ]
        self._penalty = world.per_stratum(part.unknown_penalty, f"{name}.unknown_penalty")

    def __call__(self, block: Any, utilities: Any) -> Any:
        """Discount utilities."""
        starts = [start(block).astype(np.float64) for start in self._start]
        a, b = (rate(block).astype(np.float64) for rate in self._rates)
        days = self._days(block)
        known = [recognised(start, a, b, days) for start in starts]
        penalty = self._penalty(block).astype(np.float64)
        return discounted(utilities.astype(np.float64), known, penalty).astype(np.float32)


def recognised(start: Any, media: Any, word: Any, days: Any) -> F64:
    """Return the share of the voters who know an option after some days; all arguments broadcast."""
    from sim.numeric.elementary import exp

    left = (1.0 - start) * exp(-(media + word) * days)
    pull = media + word * start
    whole = pull + word * left
    grown = np.divide(pull - media * left, whole, out=np.zeros(np.shape(whole)), where=whole > 0)
    return np.asarray(np.where(whole > 0, grown, start))


def discounted(utilities: F64, known: list[F64], penalty: F64) -> F64:
    """Return utilities (option, 1 or draw, stratum), each for those who know the option and those who do not."""
    there = utilities > -np.inf
    total, count = np.zeros(utilities.shape[1:]), np.zeros(utilities.shape[1:])
    for plane, finite in zip(utilities, there, strict=True):
        total = total + np.where(finite, plane, 0.0)
        count = count + finite
    mean = total / np.maximum(count, 1.0)
    planes = [
        np.where(finite, r * (np.where(finite, plane, 0.0) - mean) - (1.0 - r) * penalty, -np.inf)
        for plane, finite, r in zip(utilities, there, known, strict=True)
    ]
    return np.stack(np.broadcast_arrays(*planes))

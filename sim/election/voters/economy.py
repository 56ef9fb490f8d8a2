r"""Retrospective voting: how the economy has gone moves the support of whoever is in office.

With the value x_k of an indicator (growth, inflation), the reference ξ_k to which voters compare it and the effect
b_k, the utility of every incumbent option rises by

    Σ_k logit( 1/2 + b_k·(x_k − ξ_k) )

Effects are told as they are measured: points of the incumbent's share in an even race per point of the indicator,
so that b = 0.6 and 2 points more growth are 1.2 points at one half and less where the race is not even.  An effect
that exceeds 0.499 either way is taken as 0.499.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pydantic import Field

from sim.election.part import Section
from sim.election.quantities import Keyed, per_stratum
from sim.election.world import Field as Prepared
from sim.election.world import World

__all__ = ["Indicator", "economy_shift"]

MOST = 0.499


class Indicator(Section):
    """One figure by which voters judge who is in office."""

    value: per_stratum() = Field(  # type: ignore[valid-type]
        description="what it was, as a fraction: growth of 3.2 % is 0.032; a number, or per region, group or both"
    )
    reference: per_stratum() = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0), description="what voters compare it to: the years before, other countries"
    )
    effect: per_stratum() = Field(  # type: ignore[valid-type]
        description="points of the incumbent's share, in an even race, per point of the indicator"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find people who are left out, and an indicator that does nothing or too much."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in ("value", "reference", "effect")}
        found = [
            (f"{name}.{key}".rstrip("."), message)
            for name, keyed in fields.items()
            for key, message in world.stratum_faults(keyed)
        ]
        yield from found
        if found:
            return
        rows = list(zip(*(world.stratum_values(keyed) for keyed in fields.values()), strict=True))
        if all(effect == 0 or value == reference for value, reference, effect in rows):
            yield "", "does nothing: the effect is 0, or the value is the reference, everywhere"
        known = [row for row in rows if all(isinstance(item, int | float) for item in row)]
        points = [abs(effect * (value - reference)) for value, reference, effect in known]
        if points and max(points) > MOST:
            yield "effect", f"moves an even race by {max(points):.3g}, more than there is; is the value a fraction?"


def check_incumbents(world: World) -> Iterator[tuple[str, str]]:
    """Find that the economy has nobody to help or to hurt."""
    held = [option.incumbent for option in world.options]
    if not any(held):
        yield "", "no option holds the office, so nobody is judged; say 'incumbent: true' in ballot.options"
    elif all(held):
        yield "", "does nothing: all options hold the office"


def economy_shift(indicator: Indicator, world: World, name: str) -> Prepared:
    """Prepare the shift of the incumbents' utility by one indicator: (1 or draw, stratum)."""
    parts = [world.per_stratum(getattr(indicator, f), f"{name}.{f}") for f in ("value", "reference", "effect")]

    def shift(block: Any) -> Any:
        from sim.numeric.elementary import logit

        value, reference, effect = (part(block).astype(np.float64) for part in parts)
        return np.asarray(logit(0.5 + np.clip(effect * (value - reference), -MOST, MOST)), np.float32)

    return shift

"""Orders around an order of reference."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section, Stage
from sim.election.quantities import Keyed, near, per_stratum
from sim.election.rankings import fill_orders
from sim.election.state import Block
from sim.election.voters.culture import Culture
from sim.election.world import World

__all__ = ["Mallows"]

F64 = NDArray[np.float64]


class Camp(Section):
    """Voters around one order."""

    reference: tuple[str, ...] = Field(description="all options, the most liked first")
    phi: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        description="dispersion: 0 all voters hold the reference, 1 all orders are alike; by region, group or both"
    )
    weight: per_stratum(0) = Field(  # type: ignore[valid-type]
        Keyed("region", 1.0), description="weight of the camp; only ratios matter; by region, group or both"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find options that do not exist, are missing or stand twice, and names that mean nobody."""
        for i, option in enumerate(self.reference):
            if option not in world.option_ids:
                yield f"reference.{i}", f"there is no option {option!r} on the ballot{near(option, world.option_ids)}"
            elif option in self.reference[:i]:
                yield f"reference.{i}", f"{option!r} stands twice"
        missing = [option for option in world.option_ids if option not in self.reference]
        if missing:
            yield "reference", f"{', '.join(missing)} is missing: a reference ranks all options"
        for field in ("phi", "weight"):
            for key, message in world.stratum_faults(getattr(self, field)):
                yield f"{field}.{key}".rstrip("."), message


class Mallows(Culture, stage="voters", model="mallows"):
    """Mallows' model, or a mixture of several: the further an order is from that of reference, the fewer hold it.

        P(order) = Σ_c w_c · φ_c^d(order, reference_c) / Z(φ_c),    Z(φ) = Π_{i=1}^{m} (1 + φ + … + φ^(i−1))

    with Kendall's distance d, the number of pairs of options that stand the other way round.  Each camp c has a
    reference, a dispersion φ and a weight, which may differ by region and group; a weight of 0 keeps a camp out of a
    region.  φ = 1 is ``impartial_culture``.  Valid for up to 6 options.
    """

    example = {"mixture": [{"reference": ["a", "b"], "phi": 0.5}]}
    reference = "Mallows 1957, doi 10.1093/biomet/44.1-2.114; Z: Fligner & Verducci 1986"

    mixture: tuple[Camp, ...] = Field(description="the camps, one or more", min_length=1)

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find faults of the camps, and strata without any."""
        yield from super().check(world)
        found = [
            (f"mixture.{c}.{path}", text) for c, camp in enumerate(self.mixture) for path, text in camp.check(world)
        ]
        yield from found
        if len(self.mixture) == 1 and self.mixture[0].weight != Keyed("region", 1.0):
            yield "mixture.0.weight", "does nothing: there is no other camp"
        elif not found:
            weights = [world.stratum_values(camp.weight) for camp in self.mixture]
            for stratum, own in enumerate(zip(*weights)):
                if all(weight == 0 for weight in own):
                    yield "mixture", f"every weight is 0 in {world.strata.label(stratum)!r}"

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``orders`` and ``support``."""
        from sim.numeric.orders import distances

        camps = []
        for c, camp in enumerate(self.mixture):
            far = distances(tuple(world.option_ids.index(option) for option in camp.reference))
            phi, weight = (world.per_stratum(getattr(camp, f), f"voters.mixture.{c}.{f}") for f in ("phi", "weight"))
            camps.append((far, phi, weight))

        def run(block: Block) -> None:
            shares: F64 | float = 0.0
            total: F64 | float = 0.0
            for far, phi, weight in camps:
                own = weight(block).astype(np.float64)
                shares = shares + own * _mallows(far, phi(block).astype(np.float64), world.n_options)
                total = total + own
            fill_orders(block, np.asarray(shares / total))

        return run


def _mallows(far: NDArray[np.int64], phi: F64, options: int) -> F64:
    """Return φ^d/Z, (order, …): ``far`` (order,) distances, φ (…)."""
    powers = [np.ones_like(phi)]
    for _ in range(int(far.max())):
        powers.append(powers[-1] * phi)
    constant, chain = np.ones_like(phi), np.ones_like(phi)
    for i in range(1, options):
        chain = chain + powers[i]
        constant = constant * chain
    return np.asarray(np.stack(powers)[far] / constant)

r"""Preference falsification: what people say when asked, beside what they vote.

The support that is expressed in a poll leans to one option, by a shift b of its log-odds:

    expressed_o = softmax_o( support + b·[o = towards] )

while the ballot follows the support.  Positive b hides support of the others (Kuran 1991, World Politics 44:7–48,
doi 10.2307/2010422); list experiments find b near 0 in some countries and years and large in others, so that it is
given as a distribution.  The mean over a region's voters, each as likely to be asked, is in the result.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from sim.election.part import Section
from sim.election.quantities import near, per_stratum
from sim.election.state import Block
from sim.election.world import World

__all__ = ["Falsification", "expressed"]


class Falsification(Section):
    """What people say when they are asked."""

    towards: str = Field(description="id of the option for which support is feigned")
    logit: per_stratum(-20, 20) = Field(  # type: ignore[valid-type]
        description="shift of its log-odds in what is said: a number, or per region, group or both"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find an option that does not exist, people left out, and a shift of nothing."""
        if self.towards not in world.option_ids:
            message = f"there is no option {self.towards!r} on the ballot{near(self.towards, world.option_ids)}"
            yield "towards", message
        found = list(world.stratum_faults(self.logit))
        for key, message in found:
            yield f"logit.{key}".rstrip("."), message
        if not found and all(shift == 0 for shift in world.stratum_values(self.logit)):
            yield "logit", "does nothing: it is 0 everywhere"


class Expressed:
    """Falsification, prepared for its world."""

    def __init__(self, part: Falsification, world: World) -> None:
        self._option = world.option_ids.index(part.towards)
        self._shift = world.per_stratum(part.logit, "voters.falsification.logit")
        self._cells = world.cell_stratum
        self._offsets = world.cell_offsets

    def __call__(self, block: Block) -> None:
        """Write what a poll of everybody registered would find, (option, draw, region)."""
        from sim.numeric.elementary import softmax
        from sim.numeric.fields import segment_means

        said = block.support.copy()
        said[self._option] += self._shift(block)[:, self._cells]
        shares = softmax(said, out=said)
        planes = [segment_means(plane.astype(np.float64), block.registered, self._offsets) for plane in shares]
        block.outputs["expressed_share"] = np.stack(planes).astype(np.float32)


def expressed(part: Falsification | None, world: World) -> Expressed | None:
    """Prepare it where there is any."""
    return None if part is None else Expressed(part, world)

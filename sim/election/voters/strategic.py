r"""Strategic voting: supporters leave the options that are not expected to win.

Each option has an expected share s_o, its share at zero swing in the nation or the region: what polls would tell.
Among the options that can be elected

    desertion   q_o ∝ p_o · s_o^λ                          λ the ``strength``: the precision of the public signal
    threshold   those with s_o < ``threshold`` lose the ``share`` of their supporters to the others, in proportion

first the one, then the other; an option against all keeps its voters, and gains none.  Where no option reaches the
threshold nobody moves by it.  After Cox (1997, Making Votes Count) and Myatt (2007, doi
10.1111/j.1467-937X.2007.00421.x).  The expected share of the nation or a region is the mean over its strata by their
registered voters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section
from sim.election.quantities import Keyed, per_stratum
from sim.election.state import Block
from sim.election.world import World

__all__ = ["Desertion", "Strategic"]

F32 = NDArray[np.float32]


class Strategic(Section):
    """What voters do who would rather not waste their vote."""

    strength: per_stratum(0, 100) = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0), description="λ: how much the log of the expected share adds to the utility of an option"
    )
    threshold: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0), description="expected share below which an option is deserted"
    )
    share: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        Keyed("region", 1.0), description="share of its supporters who leave an option below the threshold"
    )
    level: Literal["nation", "region"] = Field(
        "nation", description="whose expected shares count: those of the nation, or of the voter's region"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find people who are left out, and numbers that do nothing."""
        fields: dict[str, Keyed] = {name: getattr(self, name) for name in ("strength", "threshold", "share")}
        found = [
            (f"{name}.{key}".rstrip("."), message)
            for name, keyed in fields.items()
            for key, message in world.stratum_faults(keyed)
        ]
        yield from found
        if found:
            return
        on = {name: any(value != 0 for value in world.stratum_values(keyed)) for name, keyed in fields.items()}
        if sum(option.electable for option in world.options) < 2:
            yield "", "does nothing: fewer than two options can be elected"
        elif not on["strength"] and not on["threshold"]:
            yield "", "does nothing: 'strength' and 'threshold' are 0"
        elif on["threshold"] and not on["share"]:
            yield "share", "nobody leaves while it is 0; remove 'threshold' or raise it"
        if not on["threshold"] and self.share != Keyed("region", 1.0):
            yield "share", "does nothing while 'threshold' is 0"


class Desertion:
    """A strategic step prepared for its world."""

    def __init__(self, part: Strategic, world: World) -> None:
        self._parts = [
            world.per_stratum(getattr(part, f), f"voters.strategic.{f}") for f in ("strength", "threshold", "share")
        ]
        self._electable = np.array([option.electable for option in world.options])
        self._together = world.n_groups if part.level == "region" else world.n_strata

    def expected(self, block: Block, log_shares: F32) -> NDArray[np.float64]:
        """Mean shares of the voter's nation or region, (option, 1 or draw, stratum), from those of strata."""
        from sim.numeric.elementary import softmax
        from sim.numeric.fields import group_means

        shares = softmax(log_shares)
        people = block.by_stratum(block.registered, "registered")
        if len(people) > shares.shape[1]:
            shares = np.repeat(shares, len(people), axis=1)
        means = group_means(shares, people, self._together)
        return np.repeat(means.astype(np.float64), self._together, axis=-1)

    def __call__(self, block: Block, log_shares: F32, expected: NDArray[np.float64], places: NDArray[np.int64]) -> None:
        """Change log shares (option, draw, lane) in place; ``places`` are the strata of the lanes."""
        from sim.numeric.choice import desert

        strength, threshold, share = (part(block).astype(np.float64) for part in self._parts)
        desert(log_shares, expected, strength, threshold, share, self._electable, places)

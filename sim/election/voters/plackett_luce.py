"""Orders by choosing place after place, in proportion to weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from sim.election.part import Intercept, Stage
from sim.election.quantities import shares
from sim.election.rankings import to_cells
from sim.election.state import Block
from sim.election.voters.culture import Culture
from sim.election.voters.movement import share_faults
from sim.election.world import World

__all__ = ["PlackettLuce"]


class PlackettLuce(Culture, stage="voters", model="plackett_luce"):
    """Plackett–Luce: the first place is chosen in proportion to weights, the next so among those left, and so on.

        P(order) = Π_k w_k / Σ_{j≥k} w_j

    with w_k the weight of who stands on place k.  The weights sum to one and are the shares of the first preferences;
    they may differ by region and group.  It is the ranking of utilities log w + independent Gumbel deviates: ``logit``
    without swings, seen as a culture.  Options of weight 0 come last, in any order alike.  Valid for up to 6 options.
    """

    example = {"weights": {"a": 0.6, "b": 0.4}}
    reference = "Luce 1959, Individual Choice Behavior; Plackett 1975, doi 10.2307/2346567"
    intercepts = (Intercept("vote_share", "weights"),)

    weights: shares() = Field(  # type: ignore[valid-type]
        description="weight of each option, summing to one: its share of the first preferences; a mapping, or a table "
        "by region, group"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find options and regions that do not exist or are left out."""
        yield from super().check(world)
        yield from share_faults("weights", self.weights, world)

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``orders`` and ``support``."""
        weights = world.shares(self.weights, "voters.weights")

        def run(block: Block) -> None:
            from sim.numeric.elementary import log
            from sim.numeric.orders import plackett_luce

            utilities = np.asarray(log(weights(block)), np.float32)
            block.orders = to_cells(world, plackett_luce(utilities))
            support = block.array("support", (world.n_options, *block.lanes.shape), np.float32)
            support[...] = to_cells(world, utilities)
            block.support = support

        return run

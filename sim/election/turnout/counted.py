"""How many set out: the step between the turnout model and the polling stations."""

from __future__ import annotations

import numpy as np

from sim.election.state import Block

__all__ = ["count_voters"]


def count_voters(block: Block) -> None:
    """Draw ``voters ~ Binomial(registered, logistic(turnout))`` in every cell."""
    from sim.numeric.elementary import logistic

    p = logistic(block.turnout, out=block.array("turnout.p", block.turnout.shape, np.float32))
    out = block.array("voters", p.shape, np.int32)
    stream = block.chance.stream("turnout.voters")
    if block.world.has_individuals:
        block.voters = stream.bernoulli(block.lanes, p, out=out)
    else:
        block.voters = stream.binomial(block.lanes, block.registered, p, out=out)

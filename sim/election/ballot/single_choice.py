"""A ballot on which each voter marks one option."""

from __future__ import annotations

import numpy as np

from sim.election.ballot.paper import Paper
from sim.election.part import Stage
from sim.election.state import Block
from sim.election.world import World

__all__ = ["SingleChoice"]


class SingleChoice(Paper, stage="ballot", model="single_choice"):
    """Each ballot names one option or is invalid.

    Given the people who set out, less those lost at the polling stations, in every cell and draw

        invalid_ballots ~ Binomial(ballots_cast, q),   q = logistic(logit q_r + swing)
        votes           ~ Multinomial(ballots_cast − invalid_ballots, softmax(support))

    both exact, so that ``ballots_cast = invalid_ballots + Σ votes``.  Where voters are simulated one by one each of
    them is invalid with the probability q or chooses an option with the probabilities softmax(support).
    """

    default = True
    example = {"options": {"a": {"name": "A"}, "b": {"name": "B"}}, "invalid": 0.02}
    reference = "multinomial as a chain of conditional binomials: Davis 1993, doi 10.1016/0167-9473(93)90115-A"

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``ballots_cast``, ``invalid_ballots`` and ``votes``."""
        ballots = self.ballots(world)

        def run(block: Block) -> None:
            from sim.numeric.counts import tally
            from sim.random import multinomial

            valid = ballots(block)
            if world.has_individuals:
                chosen = block.chance.stream("ballot.choice").choice(block.lanes, block.support)
                block.votes = tally(chosen, valid, world.leaf_offsets, world.n_options)
                return
            streams = [block.chance.stream("ballot.votes", option) for option in world.option_ids]
            out = block.array("votes", block.support.shape, np.int32)
            block.votes = multinomial(streams, block.lanes, valid, block.support, out=out, logs=True)

        return run

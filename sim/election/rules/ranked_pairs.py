"""Victories are locked in, the strongest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field

from sim.election.rules.ballots import I64, Bools, Measure, Merits, RankedRule, among, of_draw, pair_table
from sim.election.rules.paired import pairs_of
from sim.election.rules.rule import Steps
from sim.election.state import Block
from sim.election.votes import Rankings
from sim.election.world import World

__all__ = ["RankedPairs"]

#: Sets of options are held in one word.
MOST = 62


class RankedPairs(RankedRule, stage="rules", model="ranked_pairs"):
    """Ranked pairs (Tideman): victories in pairs are locked in from the strongest on, unless they would close a circle.

    A victory of a over b, n_ab > n_ba, is as strong as n_ab (``winning_votes``) or n_ab − n_ba (``margins``).

        winner = the option that no locked victory is over

    Victories of one strength go in the order that the policy on ties gives to their winners, then from the loser
    whom it puts last.  ``tied`` tells where that order shut out a victory that could have gone before another of its
    strength, and where several options remain without a defeat; the first may be told though it did not change
    the winner, but not where an option beats every other one: it wins in any order.  Options against all are taken off
    the ballots.  Exact, for up to 62 options.
    """

    example: ClassVar = {}
    reference = "Tideman 1987, doi 10.1007/BF00433944; Zavist & Tideman 1989, doi 10.1007/BF00303170"

    measure: Measure = Field("winning_votes", description="what a victory is measured by")

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find more options than a word has bits."""
        if world.n_options > MOST:
            yield "", f"{world.n_options} options; 'ranked_pairs' takes at most {MOST}"

    def merits(self, block: Block, rankings: Rankings, keep: Bools) -> Merits:
        """Return 1 for who is never beaten."""
        from sim.numeric.condorcet import condorcet_winners, ranked_pairs_locked

        pairs = pairs_of(rankings)
        locked, settled = ranked_pairs_locked(pairs, self.measure, self.keys(block, keep))
        unbeaten = np.ascontiguousarray((locked == 0).all(axis=1).T.astype(np.int64))
        return unbeaten, settled & ~condorcet_winners(pairs).any(axis=0)

    def tables(self, block: Block, draw: int, keep: Bools, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the counts by pairs and the victories in the order in which they are looked at."""
        from sim.numeric.condorcet import ranked_pairs_locked, strengths

        pairs = pairs_of(of_draw(among(block.rankings, keep), draw))
        key = self.keys(block, keep)[:, draw : draw + 1]
        locked, _ = ranked_pairs_locked(pairs, self.measure, key)
        yield pair_table(names, pairs[0])
        strong: I64 = strengths(pairs, self.measure)[0]
        won = [(a, b) for a, b in np.argwhere(strong > 0).tolist()]
        won.sort(key=lambda pair: (-strong[pair], -key[pair[0], 0], key[pair[1], 0]))
        rows = tuple(
            (names[a], names[b], int(strong[a, b]), "locked" if locked[0, a, b] else "would close a circle")
            for a, b in won
        )
        yield Steps("victories", ("option", "over", "strength", "outcome"), rows)

"""Whoever has fewest first preferences goes, until one has a majority."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from sim.election.rules.ballots import Bools, Merits, RankedRule, among, of_draw
from sim.election.rules.rule import Steps
from sim.election.state import Block
from sim.election.votes import Rankings

__all__ = ["Eliminating", "InstantRunoff"]


class Eliminating(RankedRule):
    """A rule that takes options out one after the other."""

    coombs: ClassVar[bool] = False

    def stops(self) -> bool:
        """Whether a majority of first preferences ends it; in instant runoff it cannot be overtaken."""
        return True

    def merits(self, block: Block, rankings: Rankings, keep: Bools) -> Merits:
        """Return 1 for who is left or has a majority."""
        from sim.numeric.elimination import eliminate

        out, _, _ = eliminate(rankings.orders, rankings.counts, self.keys(block, keep), self.coombs, self.stops())
        return (np.arange(rankings.ranks.shape[2])[:, None] == out[0]).astype(np.int64), out[1] == 1

    def tables(self, block: Block, draw: int, keep: Bools, names: Sequence[str]) -> Iterator[Steps]:
        """Yield a table of first preferences for every count."""
        from sim.numeric.elimination import eliminate

        one = of_draw(among(block.rankings, keep), draw)
        keys = np.ascontiguousarray(self.keys(block, keep)[:, draw : draw + 1])
        out, gone, firsts = eliminate(one.orders, one.counts, keys, self.coombs, self.stops())
        for count, row in enumerate(firsts[:, :, 0]):
            held = sorted(np.flatnonzero(row >= 0).tolist(), key=lambda o: -int(row[o]))
            if not held:
                return
            loser = int(gone[count, 0])
            last = f"{names[loser]} goes" if loser >= 0 else "nobody" if out[0, 0] < 0 else f"{names[out[0, 0]]} wins"
            rows = tuple((names[o], int(row[o])) for o in held)
            yield Steps(f"count {count + 1}", ("option", "first preferences"), rows, last)


class InstantRunoff(Eliminating, stage="rules", model="instant_runoff"):
    """Instant runoff (alternative vote, Hare): the option with fewest first preferences goes, until one has a majority.

    In every count a ballot counts for the first of its options that is still in; one that names no more of them
    counts no longer.  With v_o the ballots that count for o,

        2 · v_o > Σ v   ⇒   o wins;   else the option with the least v_o goes

    Of several with the least v the policy on ties chooses who goes, which ``tied`` tells; it may tell of ties that
    could not have changed the winner, but not of those between options without a first preference, who go in any
    order alike.  Ballots may leave options out and may not give one rank to two.  Options against all are taken off
    the ballots.  Exact for any whole counts below 2⁶².
    """

    example: ClassVar = {}
    reference = "Ware 1871; alternative vote, e.g. Commonwealth Electoral Act 1918 (Australia), s. 274"

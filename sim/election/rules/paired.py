"""What rules on the counts by pairs have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from sim.election.rules.ballots import I64, Bools, Merits, RankedRule, among, of_draw, pair_table
from sim.election.rules.rule import Steps
from sim.election.state import Block
from sim.election.votes import Rankings

__all__ = ["PairedRule", "pairs_of"]


def pairs_of(rankings: Rankings) -> I64:
    """Count the ballots that put one option before another: (draw, option, rival)."""
    from sim.numeric.pairwise import pairwise_counts

    return pairwise_counts(rankings.ranks, rankings.counts)


class PairedRule(RankedRule):
    """A rule that looks at the counts by pairs alone.

    An option that a ballot leaves out stands behind all it names; options of one rank, and two that are left out,
    count for neither.
    """

    @abstractmethod
    def by_pairs(self, pairs: I64) -> I64:
        """Return merits (option, draw) from the counts by pairs (draw, option, rival)."""

    def merits(self, block: Block, rankings: Rankings, keep: Bools) -> Merits:
        """Return merits from the counts by pairs."""
        return self.by_pairs(pairs_of(rankings)), None

    def tables(self, block: Block, draw: int, keep: Bools, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the counts by pairs and what the rule makes of them."""
        pairs = pairs_of(of_draw(among(block.rankings, keep), draw))
        yield pair_table(names, pairs[0])
        yield from self.follows(pairs, names)

    def follows(self, pairs: I64, names: Sequence[str]) -> Iterator[Steps]:
        """Yield what the rule makes of the counts by pairs of one draw."""
        return iter(())

"""The order that agrees most with the ballots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from sim.election.rules.ballots import I64, point_table
from sim.election.rules.paired import PairedRule
from sim.election.rules.rule import Steps
from sim.election.world import World

__all__ = ["Kemeny"]

#: Sets of options are gone through one by one.
MOST = 10


class Kemeny(PairedRule, stage="rules", model="kemeny"):
    """Kemeny–Young: the first option of the order that agrees with most ballots in most pairs.

        agreement of an order = Σ over a before b of n_ab;   the winner begins an order with the most

    with n_ab the ballots that put a before b.  Exact, by dynamic programming over sets of options (2^m of them), for
    up to 10 options.  Where orders with the most agreement begin with different options ``ties`` chooses, told in
    ``tied``.  Options against all are taken off the ballots.
    """

    example: ClassVar = {}
    reference = "Kemeny 1959, Daedalus 88, 577–591; Young & Levenglick 1978, doi 10.1137/0135023"

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find too many options."""
        options = sum(option.electable for option in world.options)
        if options > MOST:
            yield "", f"{options} options; 'kemeny' is exact for at most {MOST}, take 'ranked_pairs' or 'schulze'"

    def by_pairs(self, pairs: I64) -> I64:
        """Return the most agreement of an order that begins with each option."""
        from sim.numeric.condorcet import kemeny_scores

        return kemeny_scores(pairs)

    def follows(self, pairs: I64, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the agreements."""
        title = "most agreement of an order that begins with the option"
        yield point_table(names, self.by_pairs(pairs)[:, 0], title, "agreement")

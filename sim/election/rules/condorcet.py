"""Whoever beats everybody in pairs, or nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field

from sim.election.rules.ballots import I64, Bools, point_table
from sim.election.rules.paired import PairedRule
from sim.election.rules.rule import Steps
from sim.election.state import Block

__all__ = ["Condorcet"]


class Condorcet(PairedRule, stage="rules", model="condorcet"):
    """The Condorcet winner, or nobody (−1).

    With n_ab = number of ballots that put a before b,

        a wins   ⇔   n_ab > n_ba for every other b        (``weak``: n_ab ≥ n_ba)

    There is at most one; of weak ones there may be several, of whom ``ties`` chooses, told in ``tied``.  Options
    against all are taken off the ballots.  Exact.
    """

    example: ClassVar = {}
    reference = "Condorcet 1785, Essai sur l'application de l'analyse"

    weak: bool = Field(
        False, description="an even pair does not stand in the way; else it does, and 'ties' is not used"
    )

    def judged(self, block: Block, keep: Bools) -> tuple[I64, Bools, Bools | None]:
        """Return 1 for who wins, and where anybody does."""
        merits, some, settled = super().judged(block, keep)
        return merits, some & (merits > 0).any(axis=0), settled

    def by_pairs(self, pairs: I64) -> I64:
        """Return 1 for who beats everybody."""
        from sim.numeric.condorcet import condorcet_winners

        return condorcet_winners(pairs, self.weak)

    def follows(self, pairs: I64, names: Sequence[str]) -> Iterator[Steps]:
        """Yield how many pairs each option wins."""
        won = (pairs[0] > pairs[0].T).sum(axis=1).astype(np.int64)
        yield point_table(names, won, "pairs won", "pairs", f"the winner needs {len(names) - 1}")

"""Whose greatest defeat is least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.election.rules.ballots import I64, point_table
from sim.election.rules.paired import PairedRule
from sim.election.rules.rule import Steps

__all__ = ["Minimax"]


class Minimax(PairedRule, stage="rules", model="minimax"):
    """Minimax (Simpson–Kramer): the option wins whose greatest defeat in a pair is least.

        worst_a = max over b of   n_ba where n_ba > n_ab, else 0      (winning_votes)
                                  n_ba − n_ab                         (margins)
                                  n_ba                                (opposition)

    with n_ab the ballots that put a before b.  The three agree where all ballots rank all options without equals.
    ``opposition`` can miss a Condorcet winner where they do not.  Equal defeats are settled by ``ties`` and told.
    Options against all are taken off the ballots.  Exact.
    """

    example: ClassVar = {}
    reference = "Simpson 1969, doi 10.2307/1880533; Kramer 1977, doi 10.1016/0022-0531(77)90011-4"

    measure: Literal["winning_votes", "margins", "opposition"] = Field(
        "winning_votes", description="what a defeat is measured by"
    )

    def by_pairs(self, pairs: I64) -> I64:
        """Return how far the greatest defeat is below the worst of all."""
        worst = self._worst(pairs)
        return np.asarray(worst.max(axis=0, initial=0) - worst)

    def _worst(self, pairs: I64) -> I64:
        from sim.numeric.condorcet import minimax_worst

        return minimax_worst(pairs, self.measure)

    def follows(self, pairs: I64, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the greatest defeats."""
        worst = self._worst(pairs)[:, 0]
        yield point_table(names, worst, f"greatest defeat ({self.measure})", "defeat", "the last one wins")

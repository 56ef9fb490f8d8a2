"""A point for every option that stands behind."""

from __future__ import annotations

from typing import ClassVar

from sim.election.rules.positional import PositionalRule

__all__ = ["Borda"]


class Borda(PositionalRule, stage="rules", model="borda"):
    """Borda: among m options the first place is worth m − 1 points, the next m − 2, the last none; most points win.

        points_o = Σ over ballots of (m − 1 − place of o)

    Options of one rank share the average of their places; options that a ballot leaves out share the average of the
    places that are left (``unranked: average``) or have no points (``zero``).  Equal sums are settled by ``ties`` and
    told.  m is the number of options that can win: those against all are taken off the ballots.  Exact.
    """

    example: ClassVar = {}
    reference = "Borda 1784, Mémoire sur les élections au scrutin"

    def points(self, options: int) -> list[int]:
        """Return the points of every place."""
        return list(range(options - 1, -1, -1))

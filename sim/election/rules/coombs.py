"""Whoever has most last places goes."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from sim.election.rules.instant_runoff import Eliminating

__all__ = ["Coombs"]


class Coombs(Eliminating, stage="rules", model="coombs"):
    """Coombs: the option with most last places goes, until one has more than half of the first places.

    In every count, with f_o the ballots on which o is the first and l_o those on which it is the last of the options
    still in,

        2 · f_o > Σ f   ⇒   o wins;   else the option with the most l_o goes

    On a ballot that leaves options out each of those is last, every one of them counting as one last place.  Without
    ``stop_at_majority`` it goes on until one option is left, which may be another one.  Of several with the most
    last places the policy on ties chooses who goes, which ``tied`` tells even where it could not have changed the
    winner.  Ballots may not give one rank to two options.  Options against all are taken off the ballots.  Exact.
    """

    coombs: ClassVar[bool] = True
    example: ClassVar = {}
    reference = "Coombs 1964, A Theory of Data; Grofman & Feld 2004, doi 10.1016/j.electstud.2003.08.001"

    stop_at_majority: bool = Field(True, description="end as soon as an option has a majority of first places")

    def stops(self) -> bool:
        """Whether a majority of first places ends it."""
        return self.stop_at_majority

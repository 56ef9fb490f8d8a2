"""A call to stay at home, followed by some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.election.quantities import Keyed, per_option, per_stratum
from sim.election.state import Block
from sim.election.turnout.terms.base import F32, Mechanism, Turn, kept_away, shares_of
from sim.election.world import World

__all__ = ["Boycott"]


class Boycott(Mechanism):
    """A boycott: those stay at home whom the call reaches and who follow it.

        T → T·(1 − Σ_o p_o·r·a_o),   shares of those who come ∝ p_o·(1 − r·a_o)

    with the ``reach`` r, the share of the voters whom the call reaches, and the adherence a of those it reaches: one
    number for all (``adherence``), or one for the supporters of each option o (``followers``), whose shares p are;
    then the vote of those who come moves too, and exactly so.  With one number it is T·(1 − r·a), and the shares stay.

    Valid for r, a in [0, 1].  Shapes: r and ``adherence`` (1 or draw, stratum), ``followers`` (1 or draw, option),
    p (option, draw, cell).  No size of it is known from elections: numbers are assumptions (evidence A).
    """

    example: ClassVar = {"kind": "boycott", "reach": 0.2, "followers": {"a": 0.3}}

    kind: Literal["boycott"] = Field("boycott", description="a call to stay at home, followed by some")
    reach: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        description="share of the voters whom the call reaches; a number, or per region, group or both"
    )
    adherence: per_stratum(0, 1) | None = Field(  # type: ignore[valid-type]
        None, description="share of those reached who stay; a number, or per region, group or both"
    )
    followers: per_option(0, 1) | None = Field(  # type: ignore[valid-type]
        None, description="instead of 'adherence': share of those reached who stay, by the option they support; else 0"
    )

    def check(self, world: World, before: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Find names that mean nobody, and a call that reaches nobody or is followed by nobody."""
        yield from self.strata_checked(world, "reach")
        if self.nothing(world, "reach"):
            yield "reach", "does nothing: it is 0 everywhere"
        if (self.adherence is None) == (self.followers is None):
            both = "not both" if self.followers is not None else "none is there"
            yield "", f"needs either 'adherence' or 'followers'; {both}"
        if self.adherence is not None:
            yield from self.strata_checked(world, "adherence")
            if self.nothing(world, "adherence"):
                yield "adherence", "does nothing: it is 0 everywhere"
        if self.followers is not None:
            for key, message in self.followers.check(world.option_ids, complete=False):
                yield f"followers.{key}", message
            if all((self.followers.of(option) or 0) == 0 for option in world.option_ids):
                yield "followers", "does nothing: nobody follows"

    def prepare(self, world: World, name: str) -> Turn:
        """Return the function that acts on a block."""
        if self.followers is None:
            of = self.prepared(world, name, "reach", "adherence")

            def plain(block: Block, log_odds: F32, start: F32) -> F32:
                reach, adherence = of(block)
                return kept_away(log_odds, reach * adherence)

            return plain
        return self._by_option(world, name, self.followers)

    def _by_option(self, world: World, name: str, followers: Keyed) -> Turn:
        of = self.prepared(world, name, "reach")
        kept = followers if followers.default is not None else Keyed("option", 0.0, followers.values)
        by_option = world.per_option(kept, f"{name}.followers")

        def turn(block: Block, log_odds: F32, start: F32) -> F32:
            from sim.numeric.elementary import log

            (reach,) = of(block)
            support, shares = block.support, shares_of(block.support)
            away = np.zeros(shares.shape[1:])
            moved = np.empty_like(support)
            for o, adherence in enumerate(by_option(block).astype(np.float64).T):
                gone = reach * adherence[:, None]
                away = away + shares[o] * gone
                moved[o] = (support[o] + log(1.0 - gone)).astype(np.float32)
            # Where nobody is left there are no shares.
            some = (moved > -np.inf).any(axis=0)
            block.support = np.where(some, moved, support)
            return kept_away(log_odds, np.where(some, np.minimum(away, 1.0), 1.0))

        return turn

"""Employers and officials bring people to the polls, who may vote in a way of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.election.part import Section
from sim.election.quantities import Distribution, Keyed, near, per_stratum, quantity
from sim.election.state import Block
from sim.election.turnout.terms.base import F32, F64, Mechanism, Turn, amounts, brought, highest, shares_of
from sim.election.world import World

__all__ = ["Mobilisation", "Sector"]

#: Below this, nobody.
LEAST = 1e-300


class Sector(Section):
    """One kind of workplace."""

    share: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        description="share of the registered voters who are in it; a number, or per region, group or both"
    )
    exposure: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        description="share of these who are pressed to vote; a number, or per region, group or both"
    )


class Mobilisation(Mechanism):
    """Administrative and workplace mobilisation: of those who would stay, the pressed who comply come.

        m = w·q·Σ_s e_s·x_s,   T → T + m·(1 − T)
        shares of those who come = ( T·p + m·(1 − T)·v ) / ( T + m·(1 − T) ),   v_o = u_o + (1 − Σ u)·p_o

    with the ``share`` e of the voters in a sector s, the ``exposure`` x of these, the ``compliance`` q, and the
    ``monitoring`` w of it.  The expected extra turnout is (1 − T)·w·E q·Σ e x, where exposure and compliance do not
    depend on the decision of one's own.  The mobilised vote as told with the shares u of ``vote``, the rest of them as
    the others of the cell, whose shares are p; each vote counted is one from this mixture, so that it is exact.
    ``votes_mobilised`` (draw, region, option) counts the votes of those who were brought, by all terms of the kind
    together; a later term keeps them away like all who support the same option, and whom it brings besides was not
    mobilised.  Where voters are simulated one by one it is not there.

    Valid for shares in [0, 1], Σ e ≤ 1, Σ u ≤ 1.  Shapes: e, x, q, w (1 or draw, stratum), u (1 or draw, option).
    Source: Frye, Reuter & Szakonyi 2014, World Politics: in Russia in 2011 of employees pressed 37 % in federal, 32 %
    in regional and local offices, 30 % in public firms, 11 % in non-profits (evidence V); that they vote otherwise is
    not assumed, nor is more known of q than its default (evidence A).
    """

    example: ClassVar = {
        "kind": "mobilisation",
        "sectors": {"public": {"share": 0.2, "exposure": 0.3}},
        "vote": {"a": 0.5},
    }

    kind: Literal["mobilisation"] = Field(
        "mobilisation", description="employers and officials bring people, who may vote in a way of their own"
    )
    sectors: dict[str, Sector] = Field(description="kinds of workplaces: name → {share, exposure}", min_length=1)
    compliance: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        Keyed("region", Distribution("beta", (3.0, 17.0), notes={"evidence": "A"})),
        description="share of those pressed who come though they would not; {beta: [3, 17]} where it is left out",
    )
    monitoring: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        Keyed("region", 1.0), description="share of the pressed whose coming is watched; the others do not comply"
    )
    vote: dict[str, quantity(0, 1)] = Field(  # type: ignore[valid-type]
        default_factory=dict,
        description="share of the mobilised who vote for an option as told, by option; the rest vote as others do",
    )

    def check(self, world: World, before: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Find names that mean nobody, more people than there are, and what brings nobody."""
        yield from self.strata_checked(world, "compliance", "monitoring")
        yield from self._check_sectors(world)
        for field in ("compliance", "monitoring"):
            if self.nothing(world, field):
                yield field, "is 0 everywhere: then nobody is brought"
        for option in self.vote:
            if option not in world.option_ids:
                yield f"vote.{option}", f"there is no option {option!r} on the ballot{near(option, world.option_ids)}"
        if self.vote and all(share == 0 for share in self.vote.values()):
            yield "vote", "does nothing: all shares are 0"
        if sum(highest(share) for share in self.vote.values()) > 1 + 1e-9:
            yield "vote", "the shares can sum to more than 1"

    def _check_sectors(self, world: World) -> Iterator[tuple[str, str]]:
        clean = True
        for name, sector in self.sectors.items():
            for field in ("share", "exposure"):
                for key, message in world.stratum_faults(getattr(sector, field)):
                    clean = False
                    yield f"sectors.{name}.{field}.{key}".rstrip("."), message
                if all(value == 0 for value in world.stratum_values(getattr(sector, field))):
                    yield f"sectors.{name}.{field}", "is 0 everywhere: the sector brings nobody"
        if not clean:
            return
        held = [[highest(value) for value in world.stratum_values(sector.share)] for sector in self.sectors.values()]
        for i, shares in enumerate(zip(*held)):
            if sum(shares) > 1 + 1e-9:
                whose = f" for {world.strata.label(i)!r}"
                yield "sectors", f"the shares of the sectors can sum to {sum(shares):.6g}, more than 1,{whose}"
                return

    def prepare(self, world: World, name: str) -> Turn:
        """Return the function that acts on a block."""
        sectors = [
            amounts(
                world,
                {
                    f"{name}.sectors.{key}.share": self.sectors[key].share,
                    f"{name}.sectors.{key}.exposure": self.sectors[key].exposure,
                },
            )
            for key in sorted(self.sectors)
        ]
        of = self.prepared(world, name, "compliance", "monitoring")
        told = self._told(world, name)

        def turn(block: Block, log_odds: F32, start: F32) -> F32:
            pressed = np.zeros((1, world.n_cells))
            for sector in sectors:
                share, exposure = sector(block)
                pressed = pressed + share * exposure
            compliance, monitoring = of(block)
            more = np.minimum(pressed * compliance * monitoring, 1.0)
            _mix(block, log_odds, more, told(block))
            return brought(log_odds, more)

        return turn

    def _told(self, world: World, name: str) -> Callable[[Block], F64]:
        """Return the shares that vote as told, (option, 1 or draw, 1)."""
        by_option = world.per_option(Keyed("option", 0.0, self.vote), f"{name}.vote")
        return lambda block: by_option(block).astype(np.float64).T[..., None]


def _mix(block: Block, log_odds: F32, more: F64, told: F64) -> None:
    """Put the shares among those who come of themselves and those who are brought into the block, and who is which."""
    from sim.numeric.elementary import log, logistic

    support, shares = block.support, shares_of(block.support)
    wide = log_odds.astype(np.float64)
    come, new = logistic(wide), more * logistic(-wide)
    total = np.maximum(come + new, LEAST)
    free = 1.0 - _sum(told)
    moved, who = np.empty_like(support), np.empty_like(support)
    for o, (share, given) in enumerate(zip(shares, told)):
        known = 0.0 if block.mobilised is None else block.mobilised[o]
        mobilised = new * (free * share + given)
        votes = come * share + mobilised
        moves = (new > 0) & (told > 0).any(axis=0)
        moved[o] = np.where(moves, log(votes / total), support[o])
        who[o] = (come * share * known + mobilised) / np.maximum(votes, LEAST)
    block.support, block.mobilised = moved, np.minimum(who, np.float32(1.0))


def _sum(planes: F64) -> F64:
    total: F64 = planes[0]
    for plane in planes[1:]:
        total = total + plane
    return total

"""Voters one by one, with positions in a space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.electorate.cells import _MARGINAL, Cells, TraitName
from sim.election.part import Stage
from sim.election.space import Space
from sim.election.state import Block
from sim.election.world import Layout, World

__all__ = ["Individuals"]

#: At most so many voters.
MOST = 50_000_000


class Individuals(Cells, stage="electorate", model="individuals"):
    """Every registered voter a person of their own, who may have a position in a space.

    As many voters are simulated in each region as its ``registered`` says, so this is for electorates of thousands or
    millions, not of whole countries; they belong to groups as in ``cells`` where there are ``traits``.  Each of them

        sets out ~ Bernoulli(turnout),    chooses option o with the probability softmax_o(support)

    with the turnout and the support that the models give to their region and group, and to their position where a
    voter model looks at it.  ``space`` says how positions are distributed (`sim.election.space`).

    Valid for up to 50 million voters; a draw takes time and memory in proportion to voters × options.
    """

    default = False
    example = {
        "regions": [{"region": "north", "registered": 600}, {"region": "south", "registered": 400}],
    }
    reference = "spatial voting with a population of voters: Enelow & Hinich 1984, The Spatial Theory of Voting"

    traits: dict[TraitName, _MARGINAL] = Field(
        default_factory=dict,
        description="what voters differ in: trait → shares or people by value, for the nation or a table by region",
    )
    space: Space | None = Field(None, description="positions of the voters in a space of named dimensions")

    def layout(self) -> Layout:
        """Return regions, groups, and how many voters each stratum has."""
        return replace(
            super().layout(),
            stations={},
            uncertain=False,
            people=self.people,
            dimensions=self.space.dimensions if self.space else (),
        )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find too many voters, what only crowds can have, and faults of the space."""
        total = sum(row.registered for row in self.regions)
        if total > MOST:
            yield "regions", f"{total:,} voters; at most {MOST:,} can be simulated one by one, take 'model: cells'"
        for field in ("total", "stations"):
            if getattr(self, field) is not None:
                yield field, "is not for voters one by one; take 'model: cells'"
        for i, row in enumerate(self.regions):
            if row.registered_sd:
                yield f"regions.{i}.registered_sd", "is not for voters one by one; take 'model: cells'"
        yield from super().check(world)
        voters = world.sections.get("voters")
        if self.space is not None and voters is not None and not getattr(voters, "reads_positions", False):
            yield "space", "does nothing: these voters do not look at positions; take 'voters: {model: spatial}'"
        if self.space is not None:
            for path, message in self.space.check(world):
                yield f"space.{path}", message

    def people(self, world: World) -> NDArray[np.int64]:
        """Return the number of voters of each stratum: the register of the region, split over its groups."""
        from sim.numeric.counts import split

        shares = np.cumsum(self.group_shares(world), axis=1)
        cumulative = np.round(shares / shares[:, -1:], 12).reshape(-1)
        offsets = np.arange(world.n_regions + 1, dtype=np.int64) * world.n_groups
        registers = self._registers(world).astype(np.int32)[None]
        out = np.empty((1, world.n_strata), np.int32)
        sizes: NDArray[np.int64] = split(registers, cumulative, offsets, out)[0].astype(np.int64)
        return sizes

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``registered`` and, where there is a space, ``positions``."""
        everybody = np.ones((1, world.n_cells), np.int32)
        placed: Any = self.space.prepare(world) if self.space is not None else None

        def run(block: Block) -> None:
            block.registered = everybody
            if placed is not None:
                block.positions = placed(block)

        return run

"""The sections that are no part of the election: ``run`` and ``observed``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from sim.election.part import Section
from sim.election.quantities import Bounds, number
from sim.election.quantities.numbers import near
from sim.election.world import World

__all__ = ["MAX_DRAWS", "Observation", "RunSettings", "check_observed"]

#: A draw's number is one 32-bit word of the random counter.
MAX_DRAWS = 2**32 - 1

SHARES = ("vote_share", "turnout", "invalid_share")
BY_OPTION = ("vote_share", "votes")


class RunSettings(Section):
    """How the scenario is run."""

    draws: int = Field(10_000, description="number of draws", ge=1, le=MAX_DRAWS)
    seed: int | None = Field(
        None,
        description="seed of all chance; one is drawn, printed and stored where none is given",
        ge=0,
        le=2**64 - 1,
    )
    keep: tuple[str, ...] = Field((), description="further variables to keep draw by draw, e.g. station_votes")


class Observation(Section):
    """One figure of the real election, to score the simulation against."""

    variable: Literal[
        "vote_share", "turnout", "registered", "ballots_cast", "invalid_ballots", "votes", "invalid_share"
    ] = Field(description="what was observed")
    region: str | None = Field(None, description="id of the region, empty for the nation")
    option: str | None = Field(None, description="id of the option, for vote_share and votes")
    value: float = Field(description="the figure; shares as fractions")
    source: str | None = Field(None, description="where the figure comes from")
    standing: Literal["official", "published", "derived", "estimated", "assumption"] | None = Field(
        None, description="how sure the figure is"
    )
    note: str | None = Field(None, description="free text")

    def problems(self, world: World | None) -> Iterator[tuple[str, str]]:
        """Yield (column, message) for what is wrong with this figure."""
        bounds = Bounds(0, 1) if self.variable in SHARES else Bounds(0)
        try:
            bounds.check(number(self.value))
        except ValueError as error:
            yield "value", str(error)
        if self.variable in BY_OPTION and self.option is None:
            yield "option", f"missing key 'option': {self.variable} is of an option"
        elif self.variable not in BY_OPTION and self.option is not None:
            yield "option", f"{self.variable} is not of an option; leave it empty"
        if world is None:
            return
        for kind, name, known in (
            ("region", self.region, world.regions),
            ("option", self.option, world.option_ids),
        ):
            if name is not None and name not in known:
                yield kind, f"there is no {kind} {name!r}{near(name, known)}"


def check_observed(rows: tuple[Observation, ...], world: World | None) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield (path below ``observed``, message) for every fault."""
    seen: dict[tuple[str | None, ...], int] = {}
    for i, row in enumerate(rows):
        for column, message in row.problems(world):
            yield (i, column), message
        key = (row.variable, row.region, row.option, row.standing)
        if key in seen:
            yield (i,), f"this figure stands twice (first in row {seen[key] + 1})"
        seen.setdefault(key, i)

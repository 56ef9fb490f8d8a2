"""What the voter models around a baseline have in common: its faults, and how log-odds are moved from it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.overdispersion import Overdispersion, Scattered
from sim.election.quantities import Keyed, Shares, Value, near, per_option
from sim.election.state import Block
from sim.election.swing import Deviations, Swing
from sim.election.world import World

__all__ = ["Movement", "VoterSwing", "movement_faults", "share_faults"]

F32 = NDArray[np.float32]


class VoterSwing(Swing):
    """Deviations from the baseline shares, on the log-odds scale."""

    national: per_option(0, 20) = Field(  # type: ignore[valid-type]
        Keyed("option", 0.0), description="sd of each option's national swing; a number or per option"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Add the options that do not exist."""
        for key, message in self.national.check(world.option_ids):
            yield f"national.{key}".rstrip("."), message
        yield from super().check(world)

    def sizes(self) -> list[Value]:
        """Add the national ones."""
        national = [self.national.default, *self.national.values.values()]
        return [*(size for size in national if size is not None), *super().sizes()]


def share_faults(field: str, table: Shares, world: World) -> Iterator[tuple[str, str]]:
    """Find options, regions and groups that do not exist or are left out in the shares of a field."""
    sets = [
        ("", "", table.national),
        *(
            (f" in region {r!r}" if r in world.regions else f" of {r!r}", f".{r}", one)
            for r, one in table.regional.items()
        ),
    ]
    left_out = ""
    for name, message in world.strata.check(tuple(table.regional), table.national is not None):
        if name:
            yield f"{field}.{name}", message
        else:
            left_out = message
    for where, row, one in sets:
        if one is None:
            continue
        for option in one:
            if option not in world.option_ids:
                path = f"{field}{row}" if where else f"{field}.{option}"
                yield (
                    path,
                    f"there is no option {option!r} on the ballot{where}{near(option, world.option_ids)}",
                )
        missing = [option for option in world.option_ids if option not in one]
        if missing:
            hint = "an option without voters has the share 0"
            yield f"{field}{row}", f"no share for {', '.join(missing)}{where}; {hint}"
    if left_out:
        yield field, left_out.replace("no value", "no shares").partition(";")[0]


def movement_faults(swing: VoterSwing, overdispersion: Overdispersion, world: World) -> Iterator[tuple[str, str]]:
    """Find faults of the fields ``swing`` and ``overdispersion``."""
    for path, message in swing.check(world):
        yield f"swing.{path}", message
    for path, message in overdispersion.check(world):
        yield f"overdispersion.{path}", message


class Movement:
    """Swing and overdispersion, prepared for a world: log-odds at zero swing become those of every cell."""

    def __init__(self, swing: VoterSwing, overdispersion: Overdispersion, world: World) -> None:
        national = world.per_option(swing.national, "voters.swing.national")
        self.deviations = Deviations(swing, world, "voters.swing", world.option_ids, national)
        self._moved = self.deviations.prepare()
        self._scattered = Scattered(overdispersion, world, "voters.overdispersion", world.option_ids)

    def __call__(self, block: Block, base: F32) -> F32:
        """Move log-odds: base (option, 1 or draw, stratum) → (option, draw, cell)."""
        field = self._scattered.regions(block, self._moved.regions(block, base, None))
        return self._scattered.stations(block, self._moved.units(block, field))

"""Named shifts of utilities: what they are made of, and when they do nothing.

With the terms x_k the utility of the option o for the voters of the group g in region r is

    V_o,r,g = base_o,r,g + Σ_k x_k,o,r,g

so that a term is a covariate times its coefficient, or what sets a group of voters apart.  A term that is the same
for all options changes nothing, since only differences between options count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import StringConstraints

from sim.election.quantities import Distribution, Keyed, near
from sim.election.world import World

__all__ = ["Name", "option_faults", "same_for_all", "shifted"]

F32 = NDArray[np.float32]

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


def option_faults(values: Mapping[str, Keyed], world: World, complete: bool = False) -> Iterator[tuple[str, str]]:
    """Yield (path, message) for options, regions and groups that do not exist or are left out.

    With ``complete`` every option must be named.
    """
    for option, keyed in values.items():
        if option not in world.option_ids:
            yield option, f"there is no option {option!r} on the ballot{near(option, world.option_ids)}"
        for key, message in world.stratum_faults(keyed):
            yield f"{option}.{key}".rstrip("."), message
    missing = [option for option in world.option_ids if option not in values]
    if complete and missing:
        yield "", f"no value for {', '.join(missing)}"


def same_for_all(values: Mapping[str, Keyed], world: World) -> bool:
    """Tell whether all options have the same plain number in every stratum; who is not named has 0."""
    zero = Keyed("region", 0.0)
    columns = [world.stratum_values(values.get(option, zero)) for option in world.option_ids]
    if len(columns) == 1:
        return True
    return all(not any(isinstance(v, Distribution) or v != row[0] for v in row) for row in zip(*columns, strict=True))


def shifted(utilities: F32, shifts: Sequence[tuple[Sequence[int], F32]]) -> F32:
    """Add shifts (1 or draw, stratum) to the options they are of: utilities (option, 1 or draw, stratum)."""
    draws = max(utilities.shape[1], *(len(shift) for _, shift in shifts))
    out = np.array(np.broadcast_to(utilities, (len(utilities), draws, utilities.shape[2])))
    for options, shift in shifts:
        for o in options:
            out[o] += shift
    return out

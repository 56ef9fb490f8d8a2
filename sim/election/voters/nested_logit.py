"""Options that are closer to one another than to the rest: nests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section
from sim.election.quantities import Distribution, Keyed, near, per_stratum
from sim.election.state import Block
from sim.election.voters.movement import OF_BASELINE, Link, Start, VoterModel
from sim.election.voters.terms import Name
from sim.election.world import Field as Prepared
from sim.election.world import World

__all__ = ["Nest", "NestedLogit"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class Nest(Section):
    """Options that voters see as alike."""

    options: tuple[str, ...] = Field(description="ids of the options", min_length=2)
    lambda_: per_stratum(0.001, 1) = Field(  # type: ignore[valid-type]
        alias="lambda",
        description="λ: 1 where they are no closer than others, near 0 where they are the same to voters; a number, "
        "or per region, group or both",
    )


class NestedLogit(VoterModel, Start, stage="voters", model="nested_logit"):
    """Nested logit: votes move between the options of a nest more easily than out of it.

    With the utilities V of a cell, moved by terms and swings, the share of the option o of the nest m is

        P_o = exp(V_o/λ_m) / Σ_{j∈m} exp(V_j/λ_m) · exp(λ_m·I_m) / Σ_n exp(λ_n·I_n),   I_m = ln Σ_{j∈m} exp(V_j/λ_m)

    and an option in no nest is one of its own with λ = 1.  Around a baseline p, V_o = λ ln p_o + (1 − λ) ln p_m with
    the share p_m of the whole nest, so that the shares at zero swing are the baseline.  Within a nest a swing moves
    log-odds by 1/λ of its size: what an option gains it takes first from those like it.  With λ = 1 this is ``logit``,
    with λ → 0 the best of a nest takes all of it.

    Valid for 0.001 ≤ λ ≤ 1, where the model is one of people who choose what is best for them.
    """

    example = {
        "baseline": {"a": 0.6, "b": 0.4},
        "nests": {"both": {"options": ["a", "b"], "lambda": 0.5}},
        "swing": {"national": 0.1},
    }
    reference = "McFadden 1978, Modelling the choice of residential location; Train 2009, ch. 4"
    intercepts = OF_BASELINE

    nests: dict[Name, Nest] = Field(description="sets of options that voters see as alike, by name", min_length=1)

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find options that do not exist or stand in two nests, and nests that do nothing."""
        yield from self.check_start(world)
        held: dict[str, str] = {}
        for name, nest in self.nests.items():
            for i, option in enumerate(nest.options):
                if option not in world.option_ids:
                    yield (
                        f"nests.{name}.options.{i}",
                        f"there is no option {option!r} on the ballot{near(option, world.option_ids)}",
                    )
                elif option in held:
                    yield f"nests.{name}.options.{i}", f"{option!r} is in the nest {held[option]!r} already"
                held[option] = name
            faults = list(world.stratum_faults(nest.lambda_))
            for key, message in faults:
                yield f"nests.{name}.lambda.{key}".rstrip("."), message
            if not faults and all(value == 1 for value in world.stratum_values(nest.lambda_)):
                yield f"nests.{name}.lambda", "does nothing: with 1 the options are no closer than others"

    def _of(self, world: World) -> tuple[I64, list[Keyed]]:
        """Return the nest of each option, and λ of each nest; options in none have one of their own."""
        scales = [nest.lambda_ for _, nest in sorted(self.nests.items())]
        of = np.full(world.n_options, -1, np.int64)
        for m, (_, nest) in enumerate(sorted(self.nests.items())):
            for option in nest.options:
                of[world.option_ids.index(option)] = m
        for o in np.flatnonzero(of < 0):
            of[o] = len(scales)
            scales.append(Keyed("region", 1.0))
        return of, scales

    def _scales(self, world: World) -> Prepared:
        """Prepare λ, (nest, 1 or draw, stratum)."""
        names = [*sorted(self.nests), *([""] * world.n_options)]
        rows = [
            world.per_stratum(keyed, f"voters.nests.{name}.lambda") for name, keyed in zip(names, self._of(world)[1])
        ]
        return lambda block: np.stack(np.broadcast_arrays(*(row(block) for row in rows)))

    def base(self, world: World) -> Prepared:
        """Utilities at zero swing, (option, 1 or draw, stratum)."""
        of, scales = self._of(world)[0], self._scales(world)

        def of_shares(block: Block, shares: F32) -> F32:
            return nested_utilities(shares, of, scales(block)).astype(np.float32)

        return self.start(world, of_shares, self._fixed(world))

    def _fixed(self, world: World) -> bool:
        values = [value for nest in self.nests.values() for value in world.stratum_values(nest.lambda_)]
        return not any(isinstance(value, Distribution) for value in values)

    def link(self, world: World) -> Link:
        """Prepare the shares of the nests and within them."""
        of, scales = self._of(world)[0], self._scales(world)

        def choose(block: Block, utilities: F32, places: I64) -> None:
            from sim.numeric.choice import nested_shares

            nested_shares(utilities, of, scales(block).astype(np.float64), places)

        return Link(choose, self._fixed(world))


def nested_utilities(shares: Any, nest: I64, scale: Any) -> F64:
    """Return V_o = λ ln p_o + (1 − λ) ln p_m, (option, 1 or draw, stratum).

    Parameters
    ----------
    shares
        (option, 1 or draw, stratum).
    nest
        (option,) its nest.
    scale
        (nest, 1 or draw, stratum): λ.
    """
    from sim.numeric.elementary import log

    p = np.asarray(shares, np.float64)
    whole = [np.zeros(p.shape[1:]) for _ in range(len(scale))]
    for o, m in enumerate(nest):
        whole[m] = whole[m] + p[o]
    planes = [
        np.asarray(scale[m] * log(p[o]) + (1.0 - scale[m]) * log(np.where(p[o] > 0, whole[m], 1.0)))
        for o, m in enumerate(nest)
    ]
    return np.stack(np.broadcast_arrays(*planes))

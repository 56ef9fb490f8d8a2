"""What every ballot paper has: options, and ballots that are for none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from sim.election.part import Intercept, Part, Section
from sim.election.quantities import Keyed, per_stratum
from sim.election.state import Block
from sim.election.swing import Deviations, NationalSwing
from sim.election.world import Option, World

__all__ = ["Invalid", "OptionRow", "Paper"]

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]


class OptionRow(Section):
    """One row of the ballot paper."""

    name: str | None = Field(None, description="name to show; the id where it is left out")
    kind: Literal["candidate", "party", "against_all", "answer"] = Field(
        "candidate", description="against_all can gather votes but cannot win"
    )
    incumbent: bool = Field(False, description="whether the option holds the office")
    colour: str | None = Field(None, description="colour in figures, e.g. '#0072B2'", pattern=r"^#[0-9A-Fa-f]{6}$")
    note: str | None = Field(None, description="free text")


class Invalid(Section):
    """Ballots for no option: invalid, blank or not returned."""

    share: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        Keyed("region", 0.0),
        description="share of the ballots cast at zero swing; a number, or per region, group or both",
    )
    swing: NationalSwing = Field(default_factory=NationalSwing, description="deviations from the share")


def _invalid(value: Any) -> Any:
    """Accept a plain number as the share."""
    if isinstance(value, Mapping) and not ({"share", "swing"} & set(value)):
        return {"share": value}
    return value if isinstance(value, Mapping | Invalid) else {"share": value}


def _rows(value: Any) -> Any:
    """Accept ``{id: name}`` and ``{id: null}`` as short forms."""
    if not isinstance(value, Mapping):
        return value
    return {key: ({"name": row} if isinstance(row, str) else {} if row is None else row) for key, row in value.items()}


class Paper(Part):
    """A ballot paper: its fields are what any ballot is given; a subclass says what voters mark on it.

    Attributes
    ----------
    ranks
        Whether voters put the options into an order.
    gives
        What rules can read from it: ``votes``, ``rankings``, ``scores``.
    """

    ranks: ClassVar[bool] = False
    gives: ClassVar[tuple[str, ...]] = ("votes",)
    intercepts = (Intercept("invalid_share", "invalid.share"),)

    options: Annotated[
        dict[str, OptionRow], BeforeValidator(_rows, json_schema_input_type=dict[str, OptionRow | str | None])
    ] = Field(description="the rows of the ballot paper: id → row", min_length=1)
    invalid: Annotated[Invalid, BeforeValidator(_invalid, json_schema_input_type=Invalid | per_stratum(0, 1))] = Field(
        default_factory=Invalid,
        description="share of the ballots cast that are for no option, or {share, swing}",
    )

    def choices(self) -> tuple[Option, ...]:
        """Return the options in the order of the paper."""
        return tuple(
            Option(key, row.name or key, row.kind, row.incumbent, row.colour) for key, row in self.options.items()
        )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find a ballot nobody can win, regions that do not exist and swings that do nothing."""
        if not any(option.electable for option in world.options):
            yield "options", "no option can be elected: all are against_all"
        share: Keyed = self.invalid.share
        for key, message in world.stratum_faults(share):
            yield f"invalid.share.{key}".rstrip("."), message
        for path, message in self.invalid.swing.check(world):
            yield f"invalid.swing.{path}", message
        moved = self.invalid.swing != NationalSwing()
        if moved and not any(world.stratum_values(share)):
            yield "invalid.swing", "does nothing while 'invalid.share' is 0"

    def ballots(self, world: World) -> Callable[[Block], I32]:
        """Prepare what fills ``ballots_cast`` and ``invalid_ballots`` and returns the valid ballots, (draw, cell)."""
        invalid = self._invalid_probability(world)

        def run(block: Block) -> I32:
            ballots = block.voters
            for lost in block.lost.values():
                ballots = ballots - lost
            block.ballots_cast = ballots
            if invalid is None:
                block.invalid_ballots = np.zeros_like(ballots)
                return ballots
            out = block.array("invalid_ballots", ballots.shape, np.int32)
            stream = block.chance.stream("ballot.invalid")
            if world.has_individuals:
                stream.bernoulli(block.lanes, invalid(block), out=out)
                block.invalid_ballots = np.multiply(out, ballots, out=out)
            else:
                block.invalid_ballots = stream.binomial(block.lanes, ballots, invalid(block), out=out)
            valid: I32 = np.subtract(ballots, out, out=block.array("valid", ballots.shape, np.int32))
            return valid

        return run

    def _invalid_probability(self, world: World) -> Any:
        share: Keyed = self.invalid.share
        if not any(world.stratum_values(share)):
            return None
        national = world.quantity(self.invalid.swing.national, "ballot.invalid.swing.national")
        add = Deviations(self.invalid.swing, world, "ballot.invalid.swing", ("",), national).prepare()
        baseline = world.per_stratum(share, "ballot.invalid.share")

        def probability(block: Block) -> F32:
            from sim.numeric.elementary import logistic, logit

            log_odds = add(block, np.asarray(logit(baseline(block)), np.float32)[None], None)[0]
            return np.asarray(logistic(log_odds, out=block.array("invalid.p", log_odds.shape, np.float32)))

        return probability

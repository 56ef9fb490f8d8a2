"""Baseline turnout by region, moved by correlated swings on the log-odds scale."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StringConstraints, field_validator

from sim.election.centring import centre_faults, centred_logits
from sim.election.overdispersion import Overdispersion, Scattered
from sim.election.part import Intercept, Part, Stage
from sim.election.quantities import Bounds, Distribution, Faults, Keyed, known, near, number, per_stratum
from sim.election.state import Block
from sim.election.swing import Deviations, Mix, NationalSwing
from sim.election.turnout.terms import Sequence, Term, term_faults
from sim.election.turnout.terms.mobilisation import Mobilisation
from sim.election.variables import VOTES_MOBILISED, Variable, turnout_effect
from sim.election.world import World
from sim.errors import SimError

__all__ = ["Logit", "TurnoutSwing"]

F32 = NDArray[np.float32]

TermName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class TurnoutSwing(NationalSwing):
    """Deviations from the baseline turnout, on the log-odds scale."""

    with_vote: dict[str, Any] = Field(
        default_factory=dict,
        description="correlation of the latents of the turnout, national and regional, with the vote's: {option: ρ}",
    )

    @field_validator("with_vote")
    @classmethod
    def _correlations(cls, value: dict[str, Any]) -> dict[str, float]:
        faults: list[tuple[tuple[str | int, ...], str]] = []
        out = {}
        for option, item in value.items():
            try:
                out[option] = Bounds(-1, 1).check(number(item))
            except ValueError as error:
                faults.append(((option,), str(error)))
        if not faults and math.fsum(item**2 for item in out.values()) > 1 + 1e-9:
            faults.append(((), "the squares of the correlations sum to more than 1"))
        if faults:
            raise Faults(*faults)
        return out

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Add the options that do not exist and correlations without a swing."""
        for option in self.with_vote:
            if option not in world.option_ids:
                yield (
                    f"with_vote.{option}",
                    f"there is no option {option!r} on the ballot{near(option, world.option_ids)}",
                )
        moved = self.national != 0 or any(self.regional.of(region) != 0 for region in world.regions)
        if any(self.with_vote.values()) and not moved:
            yield "with_vote", "does nothing while 'national' and 'regional' are 0"
        vote = getattr(world.sections.get("voters"), "swing", None)
        if any(self.with_vote.values()) and "voters" in world.sections and not getattr(vote, "moves", False):
            yield "with_vote", "does nothing: the voters have no swing with which it could be correlated"
        yield from super().check(world)


class Logit(Part, stage="turnout", model="logit"):
    """Logit turnout around a baseline.

    The probability that a registered voter of the group g in unit u sets out in draw d is

        turnout = logistic( logit T_r,g + swing_d,r,g + station_d,u + Σ_k x_k,r,g )

    with the baseline T of the nation, the region r, the group g or both, the swing of `sim.election.swing` and the
    ``terms`` x_k: whatever has a name and moves the turnout, a number of log-odds, or a mechanism with its ``kind``
    (`sim.election.turnout.terms`), of which some act on the probability instead.  Terms act last, one after the
    other in the order written; ``turnout_effect_<name>`` (draw, region) is the turnout after a term less that before
    it, so that the effects add up to the turnout less that without terms, in every draw.
    Turnout and vote are correlated through ``swing.with_vote: {o: ρ_o}``: the standard normal latents of the turnout,
    national and regional, become ``Σ_o ρ_o Z_o + √(1 − Σ ρ_o²) Z`` with the vote latents Z_o of the options.
    With ``tails`` the two swings have χ² of their own, so that they correlate less than ρ (with 6 degrees of
    freedom in both 0.88·ρ); and turnout swings of two regions, ``c`` apart from this, correlate by
    ``(1 − Σ ρ_o²)·c + Σ ρ_o²·c_vote`` with the vote's ``region_correlation`` c_vote.

    ``overdispersion`` scatters the probabilities around these (`sim.election.overdispersion`), before the terms act.

    Valid for baselines in [0, 1]; 0 and 1 are certain.
    """

    default = True
    example = {"baseline": 0.6, "swing": {"national": 0.1}}
    ordered = ("terms",)
    reference = "logit T = mean + region + vote: Alvarez & Katz 2000 on shares as log-odds"
    intercepts = (Intercept("turnout", "baseline"),)

    baseline: per_stratum(0, 1) = Field(  # type: ignore[valid-type]
        description="turnout, ballots cast / registered: a share, one per region, group or both, or a table"
    )
    centre: Literal["expectation", "zero_swing"] = Field(
        "zero_swing",
        description="what the baseline is: the model's mean turnout, or the turnout at zero swing",
    )
    terms: dict[TermName, Term] = Field(
        default_factory=dict,
        description="what else moves the turnout, by name: log-odds (a number, or per region, group or both) that add, "
        "or a mechanism with its 'kind'; one acts after the other",
    )
    swing: TurnoutSwing = Field(default_factory=TurnoutSwing, description="deviations from the baseline")
    overdispersion: Overdispersion = Field(
        default_factory=Overdispersion, description="how alike the voters of a region or a polling station are"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find regions that do not exist or are left out."""
        for key, message in world.stratum_faults(self.baseline):
            yield f"baseline.{key}".rstrip("."), message
        for path, message in term_faults(self.terms, world):
            yield f"terms.{path}", message
        for path, message in self.swing.check(world):
            yield f"swing.{path}", message
        for path, message in self.overdispersion.check(world):
            yield f"overdispersion.{path}", message
        if self.centre == "expectation":
            yield from centre_faults(self._fixed_baseline, self.swing, self.overdispersion)

    @property
    def _fixed_baseline(self) -> bool:
        keyed: Keyed = self.baseline
        return not any(isinstance(value, Distribution) for value in (keyed.default, *keyed.values.values()))

    def used_outputs(self, world: World) -> tuple[Variable, ...]:
        """Add the effect of each term, and who was mobilised."""
        effects = (turnout_effect(name) for name in self.terms)
        # Of voters one by one only their sums are kept, not who voted for whom.
        brought = not world.has_individuals and any(isinstance(term, Mobilisation) for term in self.terms.values())
        return (*self.outputs, *effects, *((VOTES_MOBILISED,) if brought else ()))

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``turnout``."""
        terms = Sequence(self.terms, world, "turnout.terms")
        national = world.quantity(self.swing.national, "turnout.swing.national")
        deviations = Deviations(self.swing, world, "turnout.swing", ("",), national)
        moved = deviations.prepare()
        mix = self._mix(world)
        scattered = Scattered(self.overdispersion, world, "turnout.overdispersion", ("comes", "stays"))
        baseline = world.per_stratum(self.baseline, "turnout.baseline")
        centred = self._centred(world, deviations) if self.centre == "expectation" else None

        def run(block: Block) -> None:
            from sim.numeric.elementary import logit

            base = centred if centred is not None else logit(baseline(block))
            field = moved.regions(block, np.asarray(base, np.float32)[None], mix)
            if scattered.acts("region"):
                field = _one(scattered.regions(block, _two(field)))
            field = moved.units(block, field)
            if scattered.acts("station"):
                field = _one(scattered.stations(block, _two(field)))
            block.turnout = terms(block, field[0])

        return run

    def _mix(self, world: World) -> Mix | None:
        rho = np.array([self.swing.with_vote.get(option, 0.0) for option in world.option_ids], np.float32)
        if not rho.any():
            return None
        own = np.float32(math.sqrt(max(0.0, 1.0 - math.fsum(float(r) ** 2 for r in rho))))

        def mix(block: Block, national: F32, regional: F32) -> tuple[F32, F32]:
            try:
                vote_national = block.latents["voters.swing.national"]
                vote_regional = block.latents["voters.swing.regional"]
            except KeyError:
                raise SimError(
                    "turnout.swing.with_vote: this voter model has no swings to be correlated with"
                ) from None
            national, regional = own * national, own * regional
            for o in np.flatnonzero(rho):
                national = national + rho[o] * vote_national[o]
                regional = regional + rho[o] * vote_regional[o]
            return national, regional

        return mix

    def _centred(self, world: World, deviations: Deviations) -> F32:
        regional, station = deviations.variance()
        sd = np.sqrt(float(self.swing.national) ** 2 + regional)
        means = np.array([known(share) for share in world.stratum_values(self.baseline)])
        return centred_logits(means, sd, np.sqrt(station), self.swing.tails)[None].astype(np.float32)


def _two(log_odds: F32) -> F32:
    """Log probabilities of coming and of staying, from the log-odds of coming (1, draw, …)."""
    from sim.numeric.elementary import log, logistic

    return np.asarray(log(logistic(np.concatenate([log_odds, -log_odds]))), np.float32)


def _one(log_shares: F32) -> F32:
    """Log-odds of coming, (1, draw, …)."""
    return log_shares[:1] - log_shares[1:]

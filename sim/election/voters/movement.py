"""What all voter models have in common: how utilities at zero swing become the log shares of every cell.

    utilities at zero swing  (the model's own)  + terms + economy, less what is not recognised
      → swing                nation, regions, groups of voters, polling stations
      → link                 from utilities to log shares; the logit needs none
      → strategic step
      → overdispersion       regions, polling stations

A model supplies its utilities (option, 1 or draw, stratum) and, where it has one, its link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.overdispersion import Overdispersion, Scattered
from sim.election.part import Intercept, Part, Section, Stage
from sim.election.quantities import Keyed, Shares, Value, near, per_option, per_stratum, shares
from sim.election.state import Block
from sim.election.swing import Deviations, Swing
from sim.election.variables import EXPRESSED_SHARE, Variable
from sim.election.voters.economy import Indicator, check_incumbents, economy_shift
from sim.election.voters.falsification import Falsification, expressed
from sim.election.voters.recognition import Known, Recognition
from sim.election.voters.strategic import Desertion, Strategic
from sim.election.voters.terms import Name, option_faults, same_for_all, shifted
from sim.election.world import Field as Prepared
from sim.election.world import World

__all__ = ["OF_BASELINE", "Baseline", "Link", "Start", "VoterModel", "VoterSwing", "of_baseline", "share_faults"]

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Link:
    """What turns utilities into log shares.

    Attributes
    ----------
    choose
        Does it in place: (block, utilities (option, draw, lane), strata of the lanes).
    fixed
        Whether it is the same in every draw.
    """

    choose: Callable[[Block, F32, I64], None]
    fixed: bool


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


def share_faults(
    field: str, table: Shares, world: World, of: tuple[str, ...] = (), place: str = "option {} on the ballot"
) -> Iterator[tuple[str, str]]:
    """Find options, regions and groups that do not exist or are left out in the shares of a field.

    ``of`` are the names that have shares, the options by default; ``place`` says what they are.
    """
    names = of or world.option_ids
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
            if option not in names:
                path = f"{field}{row}" if where else f"{field}.{option}"
                yield path, f"there is no {place.format(repr(option))}{where}{near(option, names)}"
        missing = [option for option in names if option not in one]
        if missing:
            hint = f"an {place.split()[0]} without voters has the share 0"
            yield f"{field}{row}", f"no share for {', '.join(missing)}{where}; {hint}"
    if left_out:
        yield field, left_out.replace("no value", "no shares").partition(";")[0]


class Movement:
    """What moves utilities at zero swing, prepared for a world: they become the log shares of every cell."""

    def __init__(self, model: VoterModel, world: World) -> None:
        self._moved = model.deviations(world).prepare()
        self._scattered = Scattered(model.overdispersion, world, "voters.overdispersion", world.option_ids)
        self._link = model.link(world)
        self._desertion = None if model.strategic is None else Desertion(model.strategic, world)
        self._strata = np.arange(world.n_strata, dtype=np.int64)
        self._cells = world.cell_stratum

    def __call__(self, block: Block, base: F32) -> F32:
        """Move utilities: base (option, 1 or draw, stratum) → log shares (option, draw, cell)."""
        field = self._moved.regions(block, base, None)
        if self._link is None and self._desertion is None:
            field = self._scattered.regions(block, field)
            return self._scattered.stations(block, self._moved.units(block, field))
        expected = None if self._desertion is None else self._expected(block, base)
        scatter = self._scattered_regions(block, field, expected) if self._scattered.acts("region") else None
        out = self._moved.units(block, field)
        self._choose(block, out, expected, self._cells)
        if scatter is not None:
            moved = out + scatter[..., self._cells]
            # Where the region is scattered to options that a station never chooses, the station stays as it is.
            np.copyto(out, moved, where=(moved > -np.inf).any(axis=0))
        return self._scattered.stations(block, out)

    def _choose(self, block: Block, utilities: F32, expected: NDArray[np.float64] | None, places: I64) -> None:
        """Turn utilities into log shares, in place."""
        if self._link is not None:
            self._link.choose(block, utilities, places)
        if self._desertion is not None and expected is not None:
            self._desertion(block, utilities, expected, places)

    def _expected(self, block: Block, base: F32) -> NDArray[np.float64]:
        """Shares that voters expect, those at zero swing."""
        assert self._desertion is not None
        draws = base.shape[1] if self._link is None or self._link.fixed else block.count
        sincere = np.array(np.broadcast_to(base, (len(base), draws, base.shape[2])))
        if self._link is not None:
            self._link.choose(block, sincere, self._strata)
        return self._desertion.expected(block, sincere)

    def _scattered_regions(self, block: Block, field: F32, expected: NDArray[np.float64] | None) -> F32:
        """How far overdispersion moves the log shares of strata, (option, draw, stratum)."""
        before = field.copy()
        self._choose(block, before, expected, self._strata)
        after = self._scattered.regions(block, before.copy())
        # An option that nobody chooses stays where it is, wherever the others go.
        there = before > -np.inf
        return np.where(there, after - np.where(there, before, np.float32(0.0)), np.float32(0.0))


class VoterModel(Part):
    """A voter model: its fields are what any of them may be given; a subclass adds its own utilities.

    Gives ``support``, (option, draw, cell), and where there is ``falsification`` ``expressed_share``.
    ``reads_positions`` tells whether it looks at where voters stand.
    """

    reads_positions: ClassVar[bool] = False

    terms: dict[Name, dict[str, per_stratum()]] = Field(  # type: ignore[valid-type]
        default_factory=dict,
        description="named shifts of utilities, {term: {option: shift}}: a number, or per region, group or both; they "
        "add, and options not named have 0",
    )
    economy: dict[Name, Indicator] = Field(
        default_factory=dict, description="figures by which voters judge who holds the office, by name"
    )
    recognition: Recognition | None = Field(None, description="how many voters know the options")
    strategic: Strategic | None = Field(None, description="how voters leave the options that cannot win")
    falsification: Falsification | None = Field(
        None, description="what people say when asked, where it is not what they vote"
    )
    swing: VoterSwing = Field(default_factory=VoterSwing, description="deviations from the shares at zero swing")
    overdispersion: Overdispersion = Field(
        default_factory=Overdispersion, description="how alike the voters of a region or a polling station are"
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find what is wrong in the model's own fields and in those of all."""
        yield from self.check_own(world)
        yield from self._check_terms(world)
        for name, indicator in self.economy.items():
            for path, message in indicator.check(world):
                yield f"economy.{name}.{path}".rstrip("."), message
        if self.economy:
            for _, message in check_incumbents(world):
                yield "economy", message
        for field in ("recognition", "strategic", "falsification", "swing", "overdispersion"):
            section = getattr(self, field)
            for path, message in section.check(world) if section is not None else ():
                yield f"{field}.{path}".rstrip("."), message

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find what is wrong in the fields of the model."""
        return iter(())

    def _check_terms(self, world: World) -> Iterator[tuple[str, str]]:
        for name, term in self.terms.items():
            found = list(option_faults(term, world))
            for path, message in found:
                yield f"terms.{name}.{path}".rstrip("."), message
            if not found and same_for_all(term, world):
                yield f"terms.{name}", "does nothing: it is the same for all options"

    def base(self, world: World) -> Prepared:
        """Prepare the utilities at zero swing: float32 (option, 1 or draw, stratum)."""
        raise NotImplementedError

    def link(self, world: World) -> Link | None:
        """Prepare what turns utilities into log shares; None where they are log shares up to a constant."""
        return None

    def deviations(self, world: World) -> Deviations:
        """Return the swing, prepared."""
        national = world.per_option(self.swing.national, "voters.swing.national")
        return Deviations(self.swing, world, "voters.swing", world.option_ids, national)

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``support``."""
        movement = Movement(self, world)
        own = self.base(world)
        shifts = self._shifts(world)
        known = None if self.recognition is None else Known(self.recognition, world)
        said = expressed(self.falsification, world)

        def run(block: Block) -> None:
            base = own(block)
            if shifts:
                base = shifted(base, [(options, shift(block)) for shift, options in shifts])
            if known is not None:
                base = known(block, base)
            block.support = movement(block, base)
            if said is not None:
                said(block)

        return run

    def used_outputs(self, world: World) -> tuple[Variable, ...]:
        """Add what people say, where it is not what they vote."""
        return self.outputs if self.falsification is None else (*self.outputs, EXPRESSED_SHARE)

    def _shifts(self, world: World) -> list[tuple[Prepared, list[int]]]:
        """Prepare terms and economy: what is added, (1 or draw, stratum), and to which options."""
        out = [
            (world.per_stratum(shift, f"voters.terms.{name}.{option}"), [world.option_ids.index(option)])
            for name, term in sorted(self.terms.items())
            for option, shift in sorted(term.items())
        ]
        incumbents = [o for o, option in enumerate(world.options) if option.incumbent]
        for name, indicator in sorted(self.economy.items()):
            out.append((economy_shift(indicator, world, f"voters.economy.{name}"), incumbents))
        return out


class Baseline(Section):
    """The shares from which a model starts."""

    baseline: shares() = Field(  # type: ignore[valid-type]
        description="share of each option among the valid votes, summing to one; a mapping, or a table by region, group"
    )


class _OfBaseline:
    """The free intercepts of a model that may have a baseline: without one an instance has none."""

    def __get__(self, model: Any, owner: type) -> tuple[Intercept, ...]:
        return () if model is not None and model.baseline is None else (Intercept("vote_share", "baseline"),)


#: What `Part.intercepts` is where ``baseline`` may be left out.
OF_BASELINE: Any = _OfBaseline()


class Start(Section):
    """The shares, or the utilities, from which a model starts."""

    baseline: shares() | None = Field(  # type: ignore[valid-type]
        None,
        description="share of each option among the valid votes at zero swing; a mapping, or a table by region, group "
        "or both",
    )
    utilities: dict[str, per_stratum()] | None = Field(  # type: ignore[valid-type]
        None,
        description="in the place of the baseline the utility of each option: a number, or per region, group or both",
    )

    def check_start(self, world: World) -> Iterator[tuple[str, str]]:
        """Find that there is nothing to start from, or two things, and what is wrong in it."""
        if (self.baseline is None) == (self.utilities is None):
            yield "", "give either 'baseline' (shares) or 'utilities', one of them"
        if self.baseline is not None:
            yield from share_faults("baseline", self.baseline, world)
        for path, message in option_faults(self.utilities or {}, world, self.utilities is not None):
            yield f"utilities.{path}".rstrip("."), message

    def start(self, world: World, of_shares: Callable[[Block, F32], F32], fixed: bool) -> Prepared:
        """Prepare the utilities; ``of_shares`` finds those of a baseline, (option, 1 or draw, stratum).

        ``fixed`` tells that it does so alike in every draw.
        """
        if self.utilities is not None:
            given = self.utilities
            rows = [world.per_stratum(given[option], f"voters.utilities.{option}") for option in world.option_ids]
            return lambda block: np.stack(np.broadcast_arrays(*(row(block) for row in rows)))
        return of_baseline(self.baseline or Shares(), world, of_shares, fixed)


def of_baseline(table: Shares, world: World, of_shares: Callable[[Block, F32], F32], fixed: bool) -> Prepared:
    """Prepare utilities (option, 1 or draw, stratum) that ``of_shares`` finds for a baseline.

    ``fixed`` tells that it does so alike in every draw.
    """
    drawn = world.shares(table, "voters.baseline")
    if fixed and table.fixed:
        constant = of_shares(None, drawn(None))  # type: ignore[arg-type]
        return lambda block: constant
    return lambda block: of_shares(block, drawn(block))

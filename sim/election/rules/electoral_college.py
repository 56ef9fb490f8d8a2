"""Electors of states decide: winner takes all, split states, or electors in proportion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section, Stage
from sim.election.quantities import near
from sim.election.rules.place_winners import count_places, place_steps, place_winners, who_can_win
from sim.election.rules.ranking import first_places, more_than, ratio
from sim.election.rules.rule import TIED, WINNER, Rule, Steps
from sim.election.rules.ties import keys_of_places
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World, elements_of

if TYPE_CHECKING:
    from sim.random import Lanes

__all__ = ["ELECTORS", "ElectoralCollege", "Split"]

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
Count = Annotated[int, Field(ge=0, le=10_000)]

ELECTORS = Variable(
    "electors",
    ("draw", "option"),
    "int32",
    "electors",
    "electors that the option has won",
    "Σ electors ≤ the electors of all states; less only where a state has no vote",
    minimum=0,
)


class Split(Section):
    """A state that chooses some electors by its regions and the others at large."""

    regions: dict[str, Count] = Field(
        description="electors of each part: {region: electors}; all regions of the state, or districts that make it up",
        min_length=1,
    )
    at_large: Count = Field(description="electors of the winner in the whole state")


@dataclass(frozen=True)
class Contests:
    """What electors are chosen in: label, electors, and the places (districts or regions) whose votes it sums."""

    labels: tuple[str, ...]
    electors: I64
    places: tuple[tuple[int, ...], ...]
    by_region: bool

    def votes(self, block: Block) -> I64:
        """Return the votes of each contest, (option, draw, contest)."""
        held = block.region_votes if self.by_region else block.district_votes
        out = np.zeros((*held.shape[:-1], len(self.places)), np.int64)
        for c, places in enumerate(self.places):
            for place in places:
                out[..., c] += held[..., place]
        return out

    @cached_property
    def elements(self) -> NDArray[np.uint32]:
        """Element numbers from which lots are drawn."""
        return elements_of(self.labels)


class ElectoralCollege(Rule, stage="rules", model="electoral_college"):
    """Each state has electors; who has more than ``majority`` of all electors wins.

    The states are the electorate's districts (a region without one is a district itself).  With winner takes all the
    electable option with most votes in a state has all its electors: electors_o = Σ_s n_s·[winner_s = o].  A state
    under ``split`` gives some of them to the winners of its parts, and those at large to the winner of the whole, as
    Maine and Nebraska do.  Any other ``allocation`` shares the electors of each state, or of a part, out by that method
    of apportionment.  A state without votes chooses nobody, while its electors count in the base of the majority.

    Without a majority ``if_none`` decides: nobody wins, or the most electors, or the most votes of the nation.  Equal
    votes in a state, and whatever is equal in the nation, are settled by ``ties`` and told in ``tied``.
    """

    example: ClassVar = {"electors": {"north": 3, "south": 2}}
    reference = "Constitution of the United States, Article II and Amendment XII; statutes of Maine and Nebraska"

    electors: dict[str, Count] = Field(description="electors of each state: {district: electors}", min_length=1)
    split: dict[str, Split] = Field(
        default_factory=dict, description="states that split their electors: {state: {regions: {…}, at_large: n}}"
    )
    allocation: Literal["winner_takes_all", "dhondt", "sainte_lague", "hare_largest_remainder"] = Field(
        "winner_takes_all", description="who has the electors of a state: its winner, or all in proportion, by a method"
    )
    majority: float = Field(0.5, description="the share of all electors that must be exceeded", ge=0, lt=1)
    if_none: Literal["no_winner", "plurality_of_electors", "popular_vote"] = Field(
        "no_winner", description="who wins without a majority: nobody, who has most electors, or most votes"
    )

    outputs: ClassVar[tuple[Variable, ...]] = (WINNER, TIED, ELECTORS)

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find states and regions that do not exist or are left out, and numbers that do not sum up."""
        known = (*world.districts, *self.split)
        for state in self.electors:
            if state not in known:
                yield f"electors.{state}", f"there is no district {state!r}{near(state, world.districts)}"
        parts = {part for split in self.split.values() for part in split.regions}
        missing = [d for d in world.districts if d not in self.electors and d not in parts]
        if missing:
            yield "electors", f"no electors for the district {', '.join(missing)}; a district may have 0"
        if not any(self.electors.values()):
            yield "electors", "there is no elector to choose"
        for state, split in self.split.items():
            yield from self._check_split(world, state, split)

    def _check_split(self, world: World, state: str, split: Split) -> Iterator[tuple[str, str]]:
        own = [region for region in world.regions if world.district_of(region) == state]
        allowed = own if state in world.districts else list(world.districts)
        for part in split.regions:
            if part not in allowed:
                yield f"split.{state}.regions.{part}", f"there is no such part of {state!r}{near(part, allowed)}"
            elif part in self.electors and part != state:
                yield f"electors.{part}", f"its electors are written in 'split.{state}'"
            elif any(part in other.regions for name, other in self.split.items() if name < state):
                yield f"split.{state}.regions.{part}", "is a part of two states"
        left = [region for region in own if region not in split.regions]
        if left:
            yield f"split.{state}.regions", f"no electors for the region {', '.join(left)}; a region may have 0"
        total = split.at_large + sum(split.regions.values())
        if state not in self.electors:
            yield f"split.{state}", f"'electors' has no {state!r}; write {state}: {total}"
        elif self.electors[state] != total:
            yield f"split.{state}", f"has {total} electors in all, and 'electors' says {self.electors[state]}"

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills the electors, who wins, and whether it was tied."""
        contests = self._contests(world)

        def run(block: Block) -> None:
            electors, _, equal = self._choose(block, contests)
            winner, decided = self._decide(block, electors, int(contests.electors.sum()))
            tied = equal.any(axis=1) | decided
            self.settle(block, tied)
            block.outputs.update(winner=winner, tied=tied, electors=electors)

        return run

    def _contests(self, world: World) -> Contests:
        """What electors are chosen in, in canonical order."""
        parts = {part for split in self.split.values() for part in split.regions}
        inside = [world.district_of(r) for r in world.regions]
        by_region = any(state in world.districts for state in self.split)
        places = world.regions if by_region else world.districts
        index = {place: i for i, place in enumerate(places)}
        found: list[tuple[str, int, tuple[int, ...]]] = []
        for state in sorted({*world.districts, *self.split}):
            if state in self.split:
                split = self.split[state]
                members = tuple(index[part] for part in sorted(split.regions))
                found.append((state, split.at_large, members))
                found += [(f"{state}/{part}", n, (index[part],)) for part, n in sorted(split.regions.items())]
            elif state not in parts:
                members = tuple(i for i, d in enumerate(inside) if d == state) if by_region else (index[state],)
                found.append((state, self.electors[state], members))
        labels, electors, members_of = zip(*found)
        return Contests(labels, np.array(electors, np.int64), members_of, by_region)

    def _lanes(self, block: Block, contests: Contests) -> Lanes:
        from sim.random import Lanes

        return Lanes.grid(block.first, block.count, contests.elements)

    def _choose(self, block: Block, contests: Contests) -> tuple[I32, I64, Bools]:
        """Return electors (option, draw), votes (option, draw, contest), and where equal votes met (draw, contest)."""
        votes, lanes = contests.votes(block), self._lanes(block, contests)
        if self.allocation == "winner_takes_all":
            winner, tied = place_winners(block, votes, self.ties, "rules.lot", lanes)
            tied &= contests.electors > 0
            return count_places(winner, contests.electors, len(votes)), votes, tied
        seats, tied = self._share(block, votes, contests, lanes)
        return seats.sum(axis=2, dtype=np.int32), votes, tied

    def _share(self, block: Block, votes: I64, contests: Contests, lanes: Lanes) -> tuple[I32, Bools]:
        """Share the electors of each contest out in proportion, (option, draw, contest)."""
        from sim.numeric.apportionment import method_of

        lists = np.where(who_can_win(block.world)[:, None, None], votes, 0).reshape(len(votes), -1)

        def keys(some: NDArray[np.intp]) -> NDArray[np.float64]:
            every = keys_of_places(block, self.ties, "rules.lot", lanes)
            return np.ascontiguousarray(every.reshape(len(every), -1)[:, some])

        seats, tied = method_of(self.allocation).allocate(lists, np.tile(contests.electors, block.count), keys)
        return seats.reshape(votes.shape), tied.reshape(votes.shape[1:])

    def _decide(self, block: Block, electors: I32, total: int) -> tuple[I64, Bools]:
        """Return who wins, and where equal numbers in the nation had to be settled."""
        can = who_can_win(block.world)
        held = electors.astype(np.int64)
        first, most, equal = first_places(block, held, can, 1, self.ties, "rules.lot.college")
        enough = more_than(most[0], ratio(self.majority), np.full(block.count, total)) & (most[0] > 0)
        if self.if_none == "no_winner":
            return np.where(enough, first[0], -1), equal & enough
        if self.if_none == "plurality_of_electors":
            return np.where(most[0] > 0, first[0], -1), equal & (most[0] > 0)
        popular, votes, same = first_places(block, block.totals, can, 1, self.ties, "rules.lot.college")
        instead = np.where(votes[0] > 0, popular[0], -1)
        return np.where(enough, first[0], instead), np.where(enough, equal, same & (votes[0] > 0))

    def explain(self, block: Block, draw: int) -> Iterator[Steps]:
        """Yield the votes and electors of each state and part, and those of the nation."""
        world, contests = block.world, self._contests(block.world)
        electors, votes, tied = self._choose(block, contests)
        total = int(contests.electors.sum())
        if self.allocation == "winner_takes_all":
            winner, _ = place_winners(block, votes, self.ties, "rules.lot", self._lanes(block, contests))
            rows = [
                (f"{label} ({n})", votes[:, draw, c], int(winner[draw, c]), bool(tied[draw, c]))
                for c, (label, n) in enumerate(zip(contests.labels, contests.electors.tolist()))
            ]
            yield place_steps("states (electors)", rows, world)
        else:
            seats, _ = self._share(block, votes, contests, self._lanes(block, contests))
            order = world.option_order.tolist()
            table = tuple(
                (label, int(contests.electors[c]), *(int(seats[o, draw, c]) for o in order))
                for c, label in enumerate(contests.labels)
            )
            heads = ("state", "electors", *(world.option_ids[o] for o in order))
            yield Steps(f"electors by {self.allocation.replace('_', ' ')}", heads, table)
        chosen, _ = self._decide(block, electors, total)
        who = world.option_ids[int(chosen[draw])] + " wins" if chosen[draw] >= 0 else "nobody wins"
        held = tuple((world.option_ids[o], int(electors[o, draw])) for o in world.option_order.tolist())
        need = f"more than {float(ratio(self.majority) * total):g} of {total} electors are needed"
        yield Steps("electors", ("option", "electors"), held, f"{need}; {who}")

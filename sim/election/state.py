r"""The arrays that pass from stage to stage, for one block of draws.

Axis order inside is option, draw, cell; float32 for log-odds and probabilities, int32 for counts.  A cell are
the voters of one group in one unit; without groups it is the unit.  Each stage reads what stands above its own
lines and writes its own:

=================  ==================  ==========================================================
stage              writes              shape, meaning
=================  ==================  ==========================================================
electorate         registered          (draw or 1, cell) people entitled to vote
\                  positions           (dim, draw or 1, cell) of voters in a space, where they have any
voters             support             (option, draw, cell) log-odds of the options, any constant
\                  orders              (order, draw or 1, cell or 1) log probabilities of the orders of the options,
\                                      from models of whole rankings, which give ``support`` too
\                  preferences         ``support`` as the voter model gave it: it is kept when that is moved
turnout            turnout             (draw, cell) log-odds that a registered voter sets out
\                  support             moved where those who come vote otherwise than all would
\                  mobilised           (option, draw, cell) share of an option's voters who were brought, or None
 (counted)         voters              (draw, cell) people who set out, Binomial(registered, turnout)
polling            lost                cause → (draw, cell) people who set out and cast no ballot
ballot             ballots_cast        (draw, cell) voters − Σ lost
\                  invalid_ballots     (draw, cell) ballots for no option
\                  votes               (option, draw, cell); Σ votes + invalid = ballots_cast; (option, draw, stratum)
\                                      where each cell is one voter
\                  profile             (order, draw, cell or stratum) ballots by ranking, where ballots rank
\                  scores              ballots that score the options, where they do
irregularities     votes               reported counts; what was cast is kept in ``true_votes``
any                outputs             name → (option?, draw, cell or region?), as declared
rules              contests            name → the block of that contest, with its outputs
=================  ==================  ==========================================================

A part that writes ``lost``, ``true_votes`` or ``outputs`` declares it in its ``outputs`` (`sim.election.
variables` has ``lost(cause)`` and ``VOTES_TRUE``) and then writes it in every block; from there it goes into
the result.  The sums over regions and the nation below are kept once computed: only the stages after
``irregularities`` may ask for those of the votes.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.election.quantities import Distribution
from sim.election.sampling import sample
from sim.election.votes import Rankings, Scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.election.contests import Decision
    from sim.election.world import World
    from sim.random import Chance, Lanes

__all__ = ["ONCE", "Block", "Workspace"]

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]


#: The one element of what happens once per draw.
ONCE = np.zeros(1, np.uint32)


class Workspace:
    """Arrays of one thread, reused from block to block and from run to run: no page is touched first twice."""

    def __init__(self) -> None:
        self._memory: dict[tuple[str, str], NDArray[Any]] = {}
        self._grids: dict[str, tuple[NDArray[np.uint32], Lanes]] = {}
        self._others: dict[str, Workspace] = {}

    def beside(self, name: str) -> Workspace:
        """Return the memory of another block that is held at the same time."""
        return self._others.setdefault(name, Workspace())

    def array(self, name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Return an uninitialised array; the same name and dtype give the same memory."""
        kind = np.dtype(dtype)
        size = math.prod(shape)
        held = self._memory.get((name, kind.char))
        if held is None or held.size < size:
            held = self._memory[name, kind.char] = np.empty(size, kind)
        return held[:size].reshape(shape)

    def lanes(self, name: str, first: int, count: int, elements: NDArray[np.uint32]) -> Lanes:
        """Return the grid of ``count`` draws from ``first`` on and the elements; it lasts until the next block."""
        from sim.random import Lanes

        held = self._grids.get(name)
        if held is None or held[0] is not elements or held[1].shape[0] != count:
            held = self._grids[name] = (elements, Lanes.grid(0, count, elements))
        start = held[1]
        draw = self.array(f"lanes.{name}", start.draw.shape, np.uint32)
        return start.later(first, draw)


class Block:
    """One block of draws on its way through the stages.

    Parameters
    ----------
    world
        What all draws share.
    chance
        The streams of the run's seed.
    first, count
        The draws ``first … first + count − 1``, counted over the whole run.
    workspace
        Memory to work in.
    """

    registered: I32
    positions: F32
    preferences: F32
    orders: F32 | None
    turnout: F32
    voters: I32
    ballots_cast: I32
    invalid_ballots: I32
    votes: I32
    profile: I32
    true_votes: I32 | None
    mobilised: F32 | None
    scores: Scores
    #: Where a contest has a paper of its own: the block of the common one.
    common: Block
    #: For a rule: what the contests before it came to.
    decided: Mapping[str, Decision]

    def __init__(self, world: World, chance: Chance, first: int, count: int, workspace: Workspace) -> None:
        self.world, self.chance, self.first, self.count = world, chance, first, count
        self.workspace = workspace
        #: The blocks of the contests, once they run.
        self.contests: dict[str, Block] = {}
        self.latents: dict[str, F32] = {}
        self.lost: dict[str, I32] = {}
        self.outputs: dict[str, NDArray[Any]] = {}
        self.orders = None
        self.true_votes = None
        self.mobilised = None

    @property
    def support(self) -> F32:
        """Log-odds of the options among those who come, (option, draw, cell)."""
        return self._support

    @support.setter
    def support(self, value: F32) -> None:
        if not hasattr(self, "preferences"):
            self.preferences = value
        self._support = value

    def array(self, name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Return uninitialised memory that lasts until the end of the block."""
        return self.workspace.array(name, shape, dtype)

    def _lanes(self, name: str, elements: NDArray[np.uint32]) -> Lanes:
        return self.workspace.lanes(name, self.first, self.count, elements)

    @cached_property
    def lanes(self) -> Lanes:
        """The (draw, cell) grid."""
        return self._lanes("cell", self.world.cell_elements)

    @cached_property
    def unit_lanes(self) -> Lanes:
        """The (draw, unit) grid."""
        world = self.world
        alike = not (world.has_groups or world.has_individuals)
        return self.lanes if alike else self._lanes("unit", world.unit_elements)

    @cached_property
    def region_lanes(self) -> Lanes:
        """The (draw, region) grid."""
        return self._lanes("region", self.world.region_elements) if self.world.has_stations else self.unit_lanes

    @cached_property
    def group_lanes(self) -> Lanes:
        """The (draw, group) grid."""
        return self._lanes("group", self.world.group_elements)

    @cached_property
    def district_lanes(self) -> Lanes:
        """The (draw, district) grid."""
        return self._lanes("district", self.world.district_elements)

    @cached_property
    def draw_lanes(self) -> Lanes:
        """The (draw, 1) grid of what happens once per draw."""
        return self._lanes("draw", ONCE)

    def sample(self, distribution: Distribution, name: str, part: str = "") -> NDArray[np.float64]:
        """Draw an uncertain number once per draw: float64 of shape (draws, 1)."""
        return sample(self.chance, self.draw_lanes, distribution, name, part)

    def by_region(self, counts: I32, name: str) -> I32:
        """Sum counts of cells or strata (…, draw, cell) to regions (…, draw, region)."""
        world = self.world
        if self._of_voters(counts):
            return self._sums(counts, name, "region", world.cell_offsets)
        if counts.shape[-1] == world.n_regions:
            return counts
        if counts.shape[-1] == world.n_strata:
            return self._sums(counts, name, "region", np.arange(world.n_regions + 1, dtype=np.int64) * world.n_groups)
        return self._sums(counts, name, "region", world.cell_offsets)

    def by_unit(self, counts: I32, name: str) -> I32:
        """Sum counts of cells (…, draw, cell) over the groups of a unit: (…, draw, unit)."""
        world = self.world
        if not world.has_groups:
            return counts
        return self._sums(counts, name, "unit", np.arange(world.n_units + 1, dtype=np.int64) * world.n_groups)

    def by_stratum(self, counts: I32, name: str) -> I32:
        """Sum counts of cells (…, draw, cell) over the units, or voters, of a stratum: (…, draw, stratum)."""
        from sim.numeric.counts import strided_sums

        world = self.world
        if self._of_voters(counts):
            return self._sums(counts, name, "stratum", world.leaf_offsets)
        if counts.shape[-1] == world.n_strata:
            return counts
        out = self.array(f"{name}.by_stratum", (*counts.shape[:-1], world.n_strata), np.int32)
        return strided_sums(counts, world.offsets, world.n_groups, out)

    def by_group(self, counts: I32, name: str) -> I32:
        """Sum counts of cells or strata (…, draw, cell) to groups (…, draw, group)."""
        from sim.numeric.counts import strided_sums

        world = self.world
        strata = self.by_stratum(counts, name)
        out = self.array(f"{name}.by_group", (*counts.shape[:-1], world.n_groups), np.int32)
        return strided_sums(strata, np.array([0, world.n_regions], np.int64), world.n_groups, out)

    def _of_voters(self, counts: NDArray[Any]) -> bool:
        """Whether counts are of voters one by one, who may be as many as the strata: those by option never are."""
        world = self.world
        whole = counts.ndim == 2 and np.issubdtype(counts.dtype, np.integer)
        return world.has_individuals and whole and counts.shape[-1] == world.n_cells

    def _sums(self, counts: I32, name: str, level: str, offsets: I64) -> I32:
        from sim.numeric.counts import region_sums

        out = self.array(f"{name}.by_{level}", (*counts.shape[:-1], len(offsets) - 1), np.int32)
        return region_sums(counts, offsets, out)

    @cached_property
    def region_votes(self) -> I32:
        """Reported votes, (option, draw, region)."""
        return self.by_region(self.votes, "votes")

    @cached_property
    def region_ballots(self) -> I32:
        """Ballots cast, (draw, region)."""
        return self.by_region(self.ballots_cast, "ballots_cast")

    @cached_property
    def region_registered(self) -> I32:
        """Registered voters, (draw or 1, region)."""
        return self.by_region(self.registered, "registered")

    @cached_property
    def votes_mobilised(self) -> I32:
        """Votes of those who were brought, as they were cast, (option, draw, cell).

        Given whom a vote is for, that its voter was brought has a known probability; so that drawing them from the
        votes gives the joint law of both.
        """
        if self.mobilised is None:
            raise RuntimeError("no part has told who was mobilised")
        votes = self.votes if self.true_votes is None else self.true_votes
        out = np.empty_like(votes)
        for o, option in enumerate(self.world.option_ids):
            stream = self.chance.stream("turnout.mobilised", option)
            stream.binomial(self.lanes, votes[o], self.mobilised[o], out=out[o])
        return out

    @cached_property
    def totals(self) -> I64:
        """National votes, (option, draw)."""
        return self._nation(self.region_votes)

    @cached_property
    def total_ballots(self) -> I64:
        """National ballots cast, (draw,)."""
        return self._nation(self.region_ballots)

    @cached_property
    def total_registered(self) -> I64:
        """National register, (draw or 1,)."""
        return self._nation(self.region_registered)

    @cached_property
    def district_votes(self) -> I64:
        """Reported votes, (option, draw, district)."""
        return self._by_district(self.region_votes)

    @cached_property
    def district_ballots(self) -> I64:
        """Ballots cast, (draw, district)."""
        return self._by_district(self.region_ballots)

    @cached_property
    def district_registered(self) -> I64:
        """Registered voters, (draw or 1, district)."""
        return self._by_district(self.region_registered)

    def _by_district(self, counts: I32) -> I64:
        out = np.zeros((*counts.shape[:-1], self.world.n_districts), np.int64)
        for region, district in enumerate(self.world.region_district.tolist()):
            out[..., district] += counts[..., region]
        return out

    @cached_property
    def rankings(self) -> Rankings:
        """Ballots of the nation that rank the options."""
        from sim.numeric.counts import totals
        from sim.numeric.orders import orders_of

        nation = totals(self.by_region(self.profile, "profile"))
        return Rankings.of_orders(orders_of(self.world.n_options)[None], np.ascontiguousarray(nation.T))

    @staticmethod
    def _nation(counts: I32) -> I64:
        from sim.numeric.counts import totals

        return totals(counts)

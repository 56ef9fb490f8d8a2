"""A ballot on which each voter puts all options into an order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import factorial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.ballot.paper import Paper
from sim.election.ballot.tastes import has_utilities, ranks_whole, tastes
from sim.election.part import Stage
from sim.election.rankings import MOST_RANKED, order_axis, order_names, rank_faults
from sim.election.state import Block
from sim.election.variables import Axis, Variable
from sim.election.votes import Rankings
from sim.election.world import World

__all__ = ["Ranked"]

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

#: Most options that voters with utilities of their own rank.
MOST_PERSONAL = 40

#: Numbers of a voter and option in the widest arrays: utilities, deviates, orders, ranks, scores.
NUMBERS_OF_A_VOTER = 4

#: Voters one by one × orders: more than this does not fit into memory.
MOST_NUMBERS = 100_000_000

WAY_OUT = f"; up to {MOST_PERSONAL} are ranked by voters one by one ('electorate: {{model: individuals}}')"

RANKINGS = Variable(
    "rankings",
    ("draw", "order"),
    "int32",
    "ballots",
    "valid ballots in the nation that rank the options in this order",
    "Σ rankings over orders = Σ votes over regions and options",
    minimum=0,
)
CONDORCET_WINNER = Variable(
    "condorcet_winner",
    ("draw",),
    "int16",
    "1",
    "index of the electable option that more ballots rank above than below each other option; −1 for none",
    minimum=-1,
    indexes="option",
)


class Ranked(Paper, stage="ballot", model="ranked"):
    """Each ballot ranks all options or is invalid.

    Given the people who set out, less those lost at the polling stations, in every cell and draw

        invalid_ballots ~ Binomial(ballots_cast, q),   q = logistic(logit q_r + swing)
        profile         ~ Multinomial(ballots_cast − invalid_ballots, P(order))

    both exact; ``votes`` are the first preferences, so that ``ballots_cast = invalid_ballots + Σ votes``.  The m!
    probabilities P come from the voter model where it is one of whole rankings (``impartial_culture``,
    ``anonymous_culture``, ``urn``, ``mallows``, ``plackett_luce``).  From any other they are derived: with its
    log-odds u, a ranking is made by choosing place after place among the options that are left,

        P(order) = Π_k exp(u_k) / Σ_{j≥k} exp(u_j)

    which is exact where voters order the options by utilities u + independent Gumbel deviates (``logit``), and takes
    the first choices for the whole story where they do not.  Options with the share 0 come last, in any order alike.
    Where the turnout depends on the vote, those who come with a first preference rank the others as all who have it.

    Where voters are simulated one by one each of them draws an order.  Valid for up to 6 options; for more of them,
    up to 40, where voters with utilities are simulated one by one: then the orders are those of u + Gumbel deviates
    themselves, which is the same law, and the variable ``rankings`` is left out of the result.  There the utilities
    are those of who comes.

    With ``places`` rules see the first places of every order only; ``rankings`` and ``condorcet_winner`` are of the
    whole orders.
    """

    ranks = True
    gives: ClassVar[tuple[str, ...]] = ("votes", "rankings")
    example = {"options": {"a": {"name": "A"}, "b": {"name": "B"}}, "invalid": 0.02}
    reference = "Luce 1959, Individual Choice Behavior; Plackett 1975, doi 10.2307/2346567"
    outputs: ClassVar[tuple[Variable, ...]] = (RANKINGS, CONDORCET_WINNER)

    places: int | None = Field(
        None, description="voters write down the first so many places of their order; all where it is left out", ge=1
    )

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Find what cannot be ranked, and too many voters one by one."""
        yield from super().check(world)
        if self.places is not None and self.places >= world.n_options > 1:
            yield "places", f"does nothing: there are {world.n_options} options"
        if self.personal(world):
            if world.n_options > MOST_PERSONAL:
                yield "options", f"{world.n_options} options; voters one by one rank at most {MOST_PERSONAL}"
            return
        found = list(rank_faults(world))
        more = world.n_options > MOST_RANKED and not ranks_whole(world)
        for message in found:
            yield "options", message + (WAY_OUT if more else "")
        numbers = world.n_cells * self.planes(world)
        if world.has_individuals and not found and numbers > MOST_NUMBERS:
            yield (
                "options",
                f"{world.n_cells:,} voters one by one × {self.planes(world)} orders; at most {MOST_NUMBERS:,} in all: "
                "take fewer options or 'model: cells' of the electorate",
            )

    def personal(self, world: World) -> bool:
        """Whether every voter ranks by utilities of their own, instead of drawing one of all orders."""
        return has_utilities(world) and world.n_options > MOST_RANKED

    def used_outputs(self, world: World) -> tuple[Variable, ...]:
        """Return the variables of the result: the orders are counted where they are listed."""
        return tuple(v for v in self.outputs if v is not RANKINGS or not self.personal(world))

    def axes(self, world: World) -> tuple[Axis, ...]:
        """Return the dim ``order``, where orders are listed."""
        return () if self.personal(world) else (order_axis(world),)

    def planes(self, world: World) -> int:
        """Return the number of orders; of voters one by one, what their utilities and marks take."""
        return NUMBERS_OF_A_VOTER * world.n_options if self.personal(world) else factorial(world.n_options)

    def prepare(self, world: World) -> Stage:
        """Return the stage that fills ``ballots_cast``, ``invalid_ballots``, the rankings and ``votes``."""
        ballots = self.ballots(world)
        electable = np.array([option.electable for option in world.options])
        if self.personal(world):
            return self._one_by_one(world, ballots, electable)
        names = order_names(world)

        def run(block: Block) -> None:
            from sim.numeric.counts import totals
            from sim.numeric.orders import orders_of

            block.profile = _profile(block, ballots(block), names)
            block.votes = _first_preferences(block)
            nation = totals(block.by_region(block.profile, "profile"))
            block.rankings = self._written(orders_of(world.n_options)[None], np.ascontiguousarray(nation.T))
            block.outputs["rankings"] = nation
            block.outputs["condorcet_winner"] = _condorcet(nation, electable)
            self.mark(block, orders_of(world.n_options)[None], None)

        return run

    def _one_by_one(self, world: World, ballots: Callable[[Block], I32], electable: NDArray[np.bool_]) -> Stage:
        def run(block: Block) -> None:
            from sim.numeric.condorcet import condorcet_winners
            from sim.numeric.counts import tally
            from sim.numeric.marking import orders_by_utility
            from sim.numeric.pairwise import pairwise_counts

            valid = ballots(block)
            utilities = tastes(block)
            orders = orders_by_utility(utilities)
            whole = Rankings.of_orders(orders, valid.astype(np.int64))
            block.rankings = whole if self.places is None else self._written(orders, whole.counts)
            first = np.ascontiguousarray(orders[:, :, 0], np.int32)
            block.votes = tally(first, valid, world.leaf_offsets, world.n_options)
            wins = condorcet_winners(pairwise_counts(whole.ranks, whole.counts))
            best = wins.argmax(axis=0)
            some = wins.any(axis=0) & electable[best] & (valid.sum(axis=1) > 0)
            block.outputs["condorcet_winner"] = np.where(some, best, -1)
            self.mark(block, orders, utilities)

        return run

    def _written(self, orders: NDArray[np.integer[Any]], counts: I64) -> Rankings:
        """Return the ballots that rules see."""
        if self.places is not None:
            orders = orders.copy()
            orders[:, :, self.places :] = -1
        return Rankings.of_orders(orders, counts)

    def mark(self, block: Block, orders: NDArray[np.integer[Any]], utilities: F32 | None) -> None:
        """Fill what else stands on the ballots.

        Parameters
        ----------
        orders
            (1 or draw, kind, place) whole orders of the kinds of ballots of ``block.rankings``.
        utilities
            (option, draw, voter) of voters who have their own.
        """


def _profile(block: Block, valid: I32, names: list[str]) -> I32:
    """Draw the ballots by order, (order, draw, cell or stratum)."""
    from sim.numeric.counts import tally
    from sim.numeric.orders import plackett_luce
    from sim.random import multinomial

    world, logs = block.world, block.orders
    if logs is None:
        shape = (len(names), *block.preferences.shape[1:])
        logs = plackett_luce(block.preferences, out=block.array("orders", shape, np.float32))
    if block.support is not block.preferences:
        logs = _of_who_comes(block, logs)
    if world.has_individuals:
        chosen = block.chance.stream("ballot.choice").choice(block.lanes, logs)
        return tally(chosen, valid, world.leaf_offsets, len(names))
    streams = [block.chance.stream("ballot.rankings", name) for name in names]
    out = block.array("profile", (len(names), *block.lanes.shape), np.int32)
    return np.asarray(multinomial(streams, block.lanes, valid, logs, out=out, logs=True))


def _of_who_comes(block: Block, logs: F32) -> F32:
    """Turn log probabilities of the orders into those of who comes: first preferences are theirs, the rest stays."""
    from sim.numeric.elementary import log, softmax

    was = np.asarray(log(softmax(block.preferences)), np.float32)
    # Where nobody had a first preference that somebody is told to have, what follows it is any order alike.
    rest = np.float32(-np.log(factorial(len(was) - 1)))
    out = np.empty((len(logs), *was.shape[1:]), np.float32)
    for old, now, orders, moved in zip(was, block.support, *(_by_first(x, len(was)) for x in (logs, out))):
        moved[...] = np.where(old > -np.inf, orders + (now - np.where(old > -np.inf, old, 0)), now + rest)
    return out


def _by_first(orders: NDArray[Any], options: int) -> NDArray[Any]:
    """Group the orders by who stands first: they stand together."""
    return orders.reshape(options, -1, *orders.shape[1:])


def _first_preferences(block: Block) -> I32:
    """Sum the orders that begin with the same option."""
    options = block.world.n_options
    by_first = _by_first(block.profile, options)
    out = block.array("votes", (options, *block.profile.shape[1:]), np.int32)
    return np.add.reduce(by_first, axis=1, dtype=np.int32, out=out)


def _condorcet(profile: I64, electable: NDArray[np.bool_]) -> I64:
    """Return who beats everybody else in pairs, −1 for none: (order, draw) counts → (draw,)."""
    from sim.numeric.orders import before

    options = len(electable)
    ahead = before(options)
    total = profile.sum(axis=0)
    out = np.full(profile.shape[1], -1, np.int64)
    for option in np.flatnonzero(electable):
        beats = total > 0
        for rival in range(options):
            if rival != option:
                beats &= 2 * profile[ahead[option, rival]].sum(axis=0) > total
        out[beats] = option
    return out

"""Points for places."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.election.rules.ballots import I64, Bools, Merits, RankedRule, among, of_draw, point_table
from sim.election.rules.rule import Steps
from sim.election.state import Block
from sim.election.votes import Rankings
from sim.election.world import World
from sim.errors import SimError

__all__ = ["Positional", "PositionalRule", "Unranked", "positional_sums"]

Unranked = Literal["average", "zero"]

UNRANKED = "options that a ballot leaves out share the points of the places that are left ('average') or have none"


def positional_sums(rankings: Rankings, weights: Sequence[int], unranked: Unranked) -> tuple[I64, int]:
    """Sum the points of places: (option, draw), times a whole number that makes all averages whole, and that number.

    Options of one rank share the average of the points of the places they take up.

    Raises
    ------
    SimError
        If the sums would not fit into 64 bits.
    """
    from sim.numeric.pairwise import places_ahead, weighted_sums

    options = rankings.ranks.shape[2]
    ahead, alike = places_ahead(rankings.ranks)
    listed = rankings.ranks < options
    if unranked == "zero":
        alike = np.where(listed, alike, np.int8(1))
    times = math.lcm(1, *np.unique(alike).tolist())
    below = np.concatenate([[0], np.cumsum(np.asarray(weights, np.int64))])
    first = ahead.astype(np.int64)
    points = (below[first + alike] - below[first]) * (times // alike.astype(np.int64))
    if unranked == "zero":
        points = np.where(listed, points, 0)
    most = int(rankings.counts.sum(axis=1).max(initial=0))
    if most * max(1, *map(abs, weights)) * times >= 2**62:
        raise SimError(f"{most:,} ballots with points up to {max(weights):,} in parts of {times:,} are too many to add")
    return weighted_sums(points, rankings.counts), times


class PositionalRule(RankedRule):
    """A rule that gives points for places."""

    unranked: Unranked = Field("average", description=UNRANKED)

    def points(self, options: int) -> list[int]:
        """Return the points of every place."""
        raise NotImplementedError

    def merits(self, block: Block, rankings: Rankings, keep: Bools) -> Merits:
        """Return the sums of points."""
        return positional_sums(rankings, self.points(rankings.ranks.shape[2]), self.unranked)[0], None

    def tables(self, block: Block, draw: int, keep: Bools, names: Sequence[str]) -> Iterator[Steps]:
        """Yield the points of every place and of every option."""
        weights = self.points(len(names))
        sums, times = positional_sums(of_draw(among(block.rankings, keep), draw), weights, self.unranked)
        note = f"a place is worth {', '.join(map(str, weights))}" + (f", here times {times}" if times > 1 else "")
        yield point_table(names, sums[:, 0], "points", "points", note)


class Positional(PositionalRule, stage="rules", model="positional"):
    """A positional rule: the place k on a ballot is worth ``weights[k]`` points; most points win.

        points_o = Σ over ballots of w(place of o)

    ``[1]`` is plurality, ``[1, 1]`` votes for two, ``[0, 0, -1]`` among three anti-plurality, ``[12, 10, 8, 7, …]`` the
    Eurovision song contest.  Places that are not given are worth nothing.  Options of one rank share the average of
    the points of the places they take up, in whole numbers exactly.  Equal sums are settled by ``ties`` and told.
    Options against all are taken off the ballots, those behind them move up.
    """

    example: ClassVar = {"weights": [1]}
    reference = "Young 1975, SIAM Journal on Applied Mathematics 28, 824–838, doi 10.1137/0128067"

    weights: list[Annotated[int, Field(ge=-1_000_000, le=1_000_000)]] = Field(
        description="points of the first place, the second, …; those not given are worth 0", min_length=1
    )

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find more points than places, and points that do not differ."""
        options = sum(option.electable for option in world.options)
        if len(self.weights) > options:
            yield "weights", f"points for {len(self.weights)} places; {options} options can be ranked"
        elif options > 1 and len(set(self.points(options))) == 1:
            yield "weights", "does nothing: every place is worth the same"

    def points(self, options: int) -> list[int]:
        """Return the points of every place."""
        return [*self.weights, *[0] * options][:options]

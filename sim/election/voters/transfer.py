"""Votes now from an earlier vote: who went where."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section
from sim.election.quantities import Distribution, Keyed, Shares, known, near, per_stratum, quantity, shares
from sim.election.state import Block
from sim.election.voters.movement import VoterModel, share_faults
from sim.election.world import Field as Prepared
from sim.election.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Transfer", "transferred"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

ABSTAIN = "abstain"
DEFAULT = "default"
SUM_TOLERANCE = 2e-4


class Flows(Section):
    """An earlier vote, and where its voters go."""

    earlier: shares() = Field(  # type: ignore[valid-type]
        description="shares of the origins, summing to one: earlier options, and whoever else there is, such as those "
        "who abstained or were too young; a mapping, or a table by region, group or both"
    )
    transitions: dict[str, dict[str, per_stratum(0, 1)]] = Field(  # type: ignore[valid-type]
        description="{origin: {option: share}}, where the voters of an origin go; each row sums to one, loyalty "
        "included, and may name 'abstain'; 'default' is the row of every origin that is not named",
        min_length=1,
    )
    concentration: dict[str, quantity(0.01, 1e9)] = Field(  # type: ignore[valid-type]
        default_factory=dict,
        description="{origin: number}: how sure a row is; in each draw the row is Dirichlet around what is written, "
        "with this sum of its parameters; 'default' stands for origins not named, and without it a row is certain",
    )


class Transfer(VoterModel, Flows, stage="voters", model="transfer"):
    """Shares of an earlier vote times a matrix of transitions.

    With the shares p of the origins i (earlier options, earlier abstainers, new voters) and the shares T_io of their
    voters who go to the option o, in the nation, the region r, the group g or both,

        q_o,r,g = Σ_i p_i,r,g · T_io,r,g

    over the options; those who go to ``abstain`` are left out, and the rest is scaled to sum to one.  p counts the
    voters: an origin's share is weighed with how many of it come now, as far as T does not say so itself.  With a
    ``concentration`` c the row of the origin is, once per draw for the whole nation, a Dirichlet vector with the
    parameters c·T_i; where T differs by stratum, c·(mean of T_i over the registered voters), and every stratum's row
    is moved by the same factors.  Around q act ``terms``, ``swing`` and all else as in ``logit``.

    Shapes: p (origin, 1 or draw, stratum); T (origin, option, 1 or draw, stratum).  Valid for any number of origins.
    """

    example = {
        "earlier": {"a": 0.5, "b": 0.3, "new": 0.2},
        "transitions": {"a": {"a": 0.9, "b": 0.1}, "b": {"b": 0.8, "abstain": 0.2}, "default": {"a": 0.5, "b": 0.5}},
        "concentration": {"new": 50},
    }
    reference = "transition matrices: Johnston & Pattie 2000, doi 10.1093/oxfordjournals.pan.a029818"

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find origins and options that do not exist, and rows that do not sum to one."""
        origins = self._origins()
        yield from share_faults("earlier", self.earlier, world, origins, "origin {}")
        yield from self._check_names(origins)
        for origin, row in self.transitions.items():
            yield from self._check_row(f"transitions.{origin}", row, world)
        if not any(target != ABSTAIN for row in self.transitions.values() for target in row):
            yield "transitions", "nobody is left to vote: every row leads to 'abstain' alone"
        for origin in self.concentration:
            places = [one for one in (self._row(origin) or {}).values() if one != Keyed("region", 0.0)]
            if len(places) == 1:
                yield f"concentration.{origin}", "does nothing: its row names one place to go"

    def _check_names(self, origins: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        for field, table in (("transitions", self.transitions), ("concentration", self.concentration)):
            for origin in table:
                if origin not in (*origins, DEFAULT):
                    yield f"{field}.{origin}", f"there is no origin {origin!r} in 'earlier'{near(origin, origins)}"
            if DEFAULT in table and all(origin in table for origin in origins):
                yield f"{field}.{DEFAULT}", "does nothing: every origin is named"
        missing = [origin for origin in origins if self._row(origin) is None]
        if missing:
            yield "transitions", f"no row for {', '.join(missing)}; name it or give a 'default'"

    def _check_row(self, path: str, row: Mapping[str, Keyed], world: World) -> Iterator[tuple[str, str]]:
        targets = (*world.option_ids, ABSTAIN)
        found = False
        for target, keyed in row.items():
            if target not in targets:
                found = True
                yield f"{path}.{target}", f"there is no option {target!r} on the ballot{near(target, targets)}"
            for key, message in world.stratum_faults(keyed):
                found = True
                yield f"{path}.{target}.{key}".rstrip("."), message
        if found:
            return
        for s, values in enumerate(zip(*(world.stratum_values(keyed) for keyed in row.values()), strict=True)):
            if any(isinstance(value, Distribution) for value in values):
                continue
            total = math.fsum(known(value) for value in values)
            if abs(total - 1) > SUM_TOLERANCE:
                where = f" in {world.strata.label(s)!r}" if any(keyed.values for keyed in row.values()) else ""
                yield path, f"the shares sum to {total:.6g}, not to 1{where}"
                return

    def _origins(self) -> tuple[str, ...]:
        table: Shares = self.earlier
        sets = [table.national or {}, *table.regional.values()]
        return tuple(sorted({origin for one in sets for origin in one}))

    def _row(self, origin: str) -> Mapping[str, Keyed] | None:
        return self.transitions.get(origin, self.transitions.get(DEFAULT))

    def base(self, world: World) -> Prepared:
        """Log shares at zero swing, (option, 1 or draw, stratum)."""
        origins = self._origins()
        earlier = world.shares(self.earlier, "voters.earlier", origins)
        rows = [self._prepared_row(origin, world) for origin in origins]

        def base(block: Block) -> F32:
            from sim.numeric.elementary import log

            moved = transferred(earlier(block).astype(np.float64), [row(block) for row in rows])
            return np.asarray(log(moved), np.float32)

        return base

    def _prepared_row(self, origin: str, world: World) -> Callable[[Block], list[F64]]:
        """Prepare the row of an origin: by option its share, (1 or draw, stratum)."""
        row = self._row(origin) or {}
        name = f"voters.transitions.{origin if origin in self.transitions else DEFAULT}"
        targets = (*world.option_ids, ABSTAIN)
        drawn = [world.per_stratum(row.get(target, Keyed("region", 0.0)), f"{name}.{target}") for target in targets]
        sure = self.concentration.get(origin, self.concentration.get(DEFAULT))
        number = None if sure is None else world.quantity(sure, f"voters.concentration.{origin}", np.float64)

        def shares_of(block: Block) -> list[F64]:
            planes = [plane(block).astype(np.float64) for plane in drawn]
            total = _sum(planes)
            planes = [plane / total for plane in planes]
            if number is not None:
                planes = _scattered(block, origin, targets, planes, number(block).astype(np.float64))
            return planes[:-1]

        return shares_of


def transferred(earlier: F64, rows: list[list[F64]]) -> F64:
    """Return q = p·T scaled to sum to one, (option, 1 or draw, stratum).

    Parameters
    ----------
    earlier
        p, (origin, 1 or draw, stratum).
    rows
        T: by origin and option, each (1 or draw, stratum).
    """
    options = range(len(rows[0]))
    q = [_sum([p * row[o] for p, row in zip(earlier, rows, strict=True)]) for o in options]
    total = _sum(q)
    # Where everybody abstains nobody's share matters; all options are alike.
    alike = np.full_like(total, 1.0 / len(q))
    planes = [np.divide(one, total, out=alike.copy(), where=total > 0) for one in q]
    return np.stack(np.broadcast_arrays(*planes))


def _sum(planes: list[F64]) -> F64:
    out = planes[0]
    for plane in planes[1:]:
        out = out + plane
    return out


def _scattered(block: Block, origin: str, targets: tuple[str, ...], planes: list[F64], concentration: F64) -> list[F64]:
    """Draw a row around the one that is written, once per draw."""
    from sim.numeric.fields import segment_means
    from sim.random import dirichlet

    people = block.by_stratum(block.registered, "registered")
    rows, strata = max(len(people), len(planes[0])), people.shape[1]
    everybody = np.array([0, strata], np.int64)
    mean = [segment_means(np.broadcast_to(plane, (rows, strata)), people, everybody) for plane in planes]
    shape = (block.count, 1)
    parameters = np.stack([np.broadcast_to(one * concentration, shape) for one in mean])
    streams: list[Any] = [block.chance.stream(f"voters.transitions.{origin}", target) for target in targets]
    drawn = dirichlet(streams, block.draw_lanes, parameters)
    factors = [np.divide(new, old, out=np.zeros(shape), where=old > 0) for new, old in zip(drawn, mean, strict=True)]
    moved = [plane * factor for plane, factor in zip(planes, factors, strict=True)]
    total = _sum(moved)
    return [plane / total for plane in moved]

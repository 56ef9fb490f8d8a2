"""Legal thresholds: which lists take part in the allocation of seats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.election.part import Section
from sim.election.quantities import near
from sim.election.rules.ranking import ratio
from sim.election.state import Block
from sim.election.variables import Variable
from sim.election.world import World

__all__ = ["PASSED_THRESHOLD", "Base", "Threshold", "base_votes", "electable_votes"]

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

Base = Literal["valid_votes", "votes_for_lists", "ballots_cast", "registered"]

PASSED_THRESHOLD = Variable(
    "passed_threshold",
    ("draw", "option"),
    "int8",
    "1",
    "1 where the list takes part in the allocation of seats, in the nation or in some district",
    minimum=0,
    maximum=1,
)


def electable_votes(block: Block, by_district: bool = False) -> I64:
    """Return the votes for lists, those against all left out: (option, draw) or (option, draw, district)."""
    votes = block.district_votes if by_district else block.totals
    can = np.array([option.electable for option in block.world.options])
    return np.asarray(votes * can.reshape(-1, *(1,) * (votes.ndim - 1)))


def base_votes(block: Block, of: Base, by_district: bool = False) -> I64:
    """Return what shares are counted on: (draw,) or (draw, district).

    ``valid_votes`` are those for all options, against all included; ``votes_for_lists`` leave these out;
    ``ballots_cast`` are valid votes and invalid ballots.
    """
    votes = block.district_votes if by_district else block.totals
    if of == "votes_for_lists":
        return np.asarray(electable_votes(block, by_district).sum(axis=0))
    if of == "ballots_cast":
        return block.district_ballots if by_district else block.total_ballots
    if of == "registered":
        return np.broadcast_to(block.district_registered if by_district else block.total_registered, votes.shape[1:])
    return np.asarray(votes.sum(axis=0))


class Threshold(Section):
    """The share that a list must reach to take part.

    A list passes with the share of the nation, in its district with the share of the district, or by the number of
    districts in which it is first: each of them that is written suffices.  Nobody passes without a vote.
    """

    share: float | None = Field(None, description="share of the nation's base that is needed", ge=0, le=1)
    district_share: float | None = Field(
        None, description="share of a district's base that is needed to take part in that district", ge=0, le=1
    )
    of: Base = Field(
        "valid_votes",
        description="what the shares are counted on: valid votes (against all included), votes for lists (against "
        "all left out), ballots cast (with invalid ones), registered voters",
    )
    strict: bool = Field(False, description="whether the share must be exceeded; else reaching it suffices")
    coalitions: Mapping[str, int] = Field(
        default_factory=dict, description="number of parties in a joint list: {option: parties}"
    )
    share_by_size: Mapping[int, float] = Field(
        default_factory=dict,
        description="national share that joint lists need: {parties: share}, each from that number of parties on",
    )
    exempt: tuple[str, ...] = Field((), description="lists that need no share, such as those of minorities")
    districts_won: int | None = Field(
        None, description="number of districts in which a list must be first to pass without the share", ge=1
    )
    if_none: Literal["all_take_part", "no_seats", "largest"] = Field(
        "all_take_part",
        description="where no list passes: all lists take part, no seats are given, or the lists with most votes pass",
    )

    def check_options(self, world: World) -> Iterator[tuple[str, str]]:
        """Yield (path inside the section, message) for every fault."""
        lists = tuple(option.id for option in world.options if option.electable)
        for field, named in (("coalitions", tuple(self.coalitions)), ("exempt", self.exempt)):
            for place, option in enumerate(named):
                if option not in lists:
                    key = option if field == "coalitions" else place
                    yield f"{field}.{key}", f"there is no list {option!r} on the ballot{near(option, lists)}"
        for size, share in self.share_by_size.items():
            if size < 2 or not 0 <= share <= 1:
                yield f"share_by_size.{size}", "expected {parties from 2 on: share in [0, 1]}"
        if bool(self.coalitions) != bool(self.share_by_size):
            lacks = "share_by_size" if self.coalitions else "coalitions"
            yield "share_by_size" if self.share_by_size else "coalitions", f"does nothing without '{lacks}'"
        if self.share is None and self.district_share is None:
            yield "", "expected 'share' or 'district_share'"
        if self.share is None and (self.share_by_size or self.districts_won):
            yield "share", "'share_by_size' and 'districts_won' belong to a share of the nation; write 'share'"

    def needed(self, world: World) -> list[Fraction]:
        """Return the national share that each option needs."""
        out = []
        for option in world.option_ids:
            share = self.share or 0.0
            parties = self.coalitions.get(option, 1)
            sizes = [size for size in self.share_by_size if size <= parties]
            out.append(ratio(self.share_by_size[max(sizes)] if sizes else share))
        return out

    def passing(self, block: Block, won: I64 | None = None) -> Bools:
        """Return who passes in the nation, (option, draw).

        ``won``: number of districts won, (option, draw); by default those where the list has most votes, equal
        votes counting for each.
        """
        votes = electable_votes(block)
        if self.share is None:
            out = np.zeros(votes.shape, np.bool_)
        else:
            base = base_votes(block, self.of)
            out = np.stack([self._reaches(row, share, base) for row, share in zip(votes, self.needed(block.world))])
        if self.districts_won is not None:
            out |= (self._firsts(block) if won is None else won) >= self.districts_won
        out |= self._exempt(block)[:, None]
        out &= votes > 0
        # Where districts decide too, whether nobody passes is seen there.
        return out if self.district_share is not None else self._or_none(out, votes)

    def passing_districts(self, block: Block, national: Bools) -> Bools:
        """Return who takes part in each district, (option, draw, district), given who passes in the nation."""
        votes = electable_votes(block, by_district=True)
        out = np.repeat(national[:, :, None], votes.shape[2], axis=2)
        if self.district_share is None:
            return out
        base = base_votes(block, self.of, by_district=True)
        out |= self._reaches(votes, ratio(self.district_share), base)
        out &= votes > 0
        return self._or_none(out, votes)

    def _reaches(self, votes: I64, share: Fraction, base: I64) -> Bools:
        have, need = votes * share.denominator, base * share.numerator
        return have > need if self.strict else have >= need

    def _exempt(self, block: Block) -> Bools:
        return np.array([option in self.exempt for option in block.world.option_ids], np.bool_)

    def _or_none(self, passed: Bools, votes: I64) -> Bools:
        if self.if_none == "no_seats":
            return passed
        instead = votes > 0 if self.if_none == "all_take_part" else (votes == votes.max(axis=0)) & (votes > 0)
        return np.where(passed.any(axis=0), passed, instead)

    @staticmethod
    def _firsts(block: Block) -> I64:
        votes = electable_votes(block, by_district=True)
        first = (votes == votes.max(axis=0)) & (votes > 0)
        return np.asarray(first.sum(axis=2))

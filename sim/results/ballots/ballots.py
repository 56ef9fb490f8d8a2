"""Real ballots: who stands, and how many ballots there are of each kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from sim.election.votes import Rankings, Scores
from sim.errors import SimError

__all__ = ["MOST_OPTIONS", "Ballots", "Order", "distinct", "orders_of", "rankings_of", "scores_of"]

#: Options from the first place on; those in one tuple have the same rank.
Order = tuple[tuple[int, ...], ...]

#: Ranks are kept in 8 bits.
MOST_OPTIONS = 127


@dataclass(frozen=True, eq=False, repr=False)
class Ballots:
    """Ballots as they were cast, each kind once with its number.

    Attributes
    ----------
    options
        Ids of the options in the order of the paper: their names, made distinct.
    names
        Names to show.
    rankings
        Where ballots rank; one set for all, so that its arrays begin with a dim of length 1.
    scores
        Where they score.
    seats
        How many are to be filled, where the file says so.
    title
        What the election is called; may be empty.
    withdrawn
        Names of candidates who withdrew: they are not among the options, and no ballot ranks them any more.
    """

    options: tuple[str, ...]
    names: tuple[str, ...]
    rankings: Rankings | None = None
    scores: Scores | None = None
    seats: int | None = None
    title: str = ""
    withdrawn: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.rankings is None) == (self.scores is None):
            raise SimError("ballots have either rankings or scores")
        if len(set(self.options)) != len(self.options) or len(self.names) != len(self.options):
            raise SimError("options need ids that differ, and a name each")

    @property
    def total(self) -> int:
        """Number of ballots."""
        held = self.rankings or self.scores
        assert held is not None
        return int(held.counts.sum())

    def table(self) -> list[tuple[tuple[int, ...], int]]:
        """Return (ranks or scores of the options, number of ballots) of every kind."""
        marks = self.scores.scores if self.scores is not None else self.rankings.ranks  # type: ignore[union-attr]
        counts = (self.rankings or self.scores).counts  # type: ignore[union-attr]
        return [(tuple(row), n) for row, n in zip(marks[0].tolist(), counts[0].tolist())]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ballots):
            return NotImplemented
        alike = (self.options, self.names, self.seats, self.title, self.withdrawn, self.scores is None) == (
            other.options, other.names, other.seats, other.title, other.withdrawn, other.scores is None
        )  # fmt: skip
        return alike and sorted(self.table()) == sorted(other.table())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        kind = "rankings" if self.scores is None else "scores"
        title = f" of {self.title!r}" if self.title else ""
        return f"<{self.total:,} ballots{title}: {len(self.table()):,} {kind} of {len(self.options)} options>"


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return ids: the names, with a number behind those that were there before."""
    out: list[str] = []
    for name in names:
        number, made = 1, name
        while made in out:
            number += 1
            made = f"{name} ({number})"
        out.append(made)
    return tuple(out)


def rankings_of(tally: Mapping[Order, int], options: int) -> Rankings:
    """Return the rankings of a tally."""
    ranks = np.full((1, len(tally), options), options, np.int8)
    for kind, order in enumerate(tally):
        for rank, group in enumerate(order):
            ranks[0, kind, list(group)] = rank
    return Rankings(ranks, np.array([list(tally.values())], np.int64).reshape(1, -1))


def scores_of(tally: Mapping[tuple[int, ...], int], options: int) -> Scores:
    """Return the scores of a tally."""
    scores = np.array([list(tally)], np.int16).reshape(1, len(tally), options)
    return Scores(scores, np.array([list(tally.values())], np.int64).reshape(1, -1))


def orders_of(rankings: Rankings) -> list[tuple[Order, int]]:
    """Return every kind of ballot as groups of options, from the first place on, and how many there are."""
    options = rankings.ranks.shape[2]
    out = []
    for ranks, n in zip(rankings.ranks[0].tolist(), rankings.counts[0].tolist()):
        places: dict[int, list[int]] = {}
        for option, rank in enumerate(ranks):
            if rank < options:
                places.setdefault(rank, []).append(option)
        out.append((tuple(tuple(places[rank]) for rank in sorted(places)), n))
    return out

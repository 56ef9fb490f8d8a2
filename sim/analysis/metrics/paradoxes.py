"""Paradoxes of a rule on ballots, searched for in the open: more support that hurts, votes that had better stay away.

The rule is a function from `sim.election.votes.Rankings` to the index of the winner of every draw, −1 for none.  It
must decide alike whenever it is asked about the same ballots, so ties go by a fixed order.

The search changes the ballots of **one kind** at a time: ballots that are alike in all places.  What it finds is a
failure; that it finds none says only that no change of a single kind within its numbers does it, so frequencies are
lower bounds.  ``steps=None`` tries every number of ballots of the kind, ``steps=k`` one ballot and k even parts of them
up to all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.metrics.arguments import I64
from sim.analysis.metrics.preferences import rankings_of
from sim.election.votes import Rankings
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["monotonicity_failure", "no_show_failure"]

Decide = Callable[[Rankings], Any]
Bools = NDArray[np.bool_]


def monotonicity_failure(
    source: Rankings | xr.Dataset, decide: Decide, *, steps: int | None = 4, winner: Any = None
) -> xr.DataArray:
    """Return in which draws the winner loses when some ballots raise it and leave the rest in order.

    Tried in every draw: for every kind of ballots, for every place above the winner's (an unranked winner is put
    after those ranked, or higher), with the numbers of ballots that ``steps`` says.

    Parameters
    ----------
    source
        Rankings without equal ranks, or a result with ``rankings``.
    decide
        The rule.
    steps
        Which numbers of ballots are tried.
    winner
        The winners of the draws where they are known; by default the rule is asked.

    Returns
    -------
    xarray.DataArray
        bool (draw); the mean is the frequency found.
    """
    search = _Search(rankings_of(source), decide, steps, winner)
    for option in range(search.options):
        for kind in range(search.kinds):
            for place in range(search.options - 1):
                search.raise_winner(option, kind, place)
    return search.result(
        source, "monotonicity_failure", "whether raising the winner on ballots of a kind makes it lose"
    )


def no_show_failure(
    source: Rankings | xr.Dataset, decide: Decide, *, steps: int | None = 4, winner: Any = None
) -> xr.DataArray:
    """Return in which draws some voters of one kind get an option they rank higher by staying at home.

    Tried in every draw: to leave out, for every kind of ballots, the numbers of ballots that ``steps`` says.  If
    nobody wins then, that is no failure.  Arguments and result as in `monotonicity_failure`.
    """
    search = _Search(rankings_of(source), decide, steps, winner)
    for kind in range(search.kinds):
        search.abstain(kind)
    return search.result(source, "no_show_failure", "whether voters of a kind get a better option by abstaining")


class _Search:
    def __init__(self, rankings: Rankings, decide: Decide, steps: int | None, winner: Any) -> None:
        if steps is not None and steps < 1:
            raise ResultError(f"steps={steps}: expected at least 1, or None for every number of ballots")
        self.ranks, self.counts = rankings.ranks, np.asarray(rankings.counts, np.int64)
        if not rankings.strict:
            raise ResultError("some ballots give one rank to several options; the search needs rankings without ties")
        self.decide, self.steps = decide, steps
        self.draws, self.kinds = self.counts.shape
        self.options = self.ranks.shape[2]
        self.winner = self._ask(rankings) if winner is None else self._checked(winner, self.draws)
        self.found = np.zeros(self.draws, bool)

    def _ask(self, rankings: Rankings) -> I64:
        return self._checked(self.decide(rankings), len(rankings.counts))

    def _checked(self, winner: Any, draws: int) -> I64:
        out = np.asarray(winner)
        if out.shape != (draws,) or out.dtype.kind not in "iu":
            raise ResultError(f"the rule should return the index of a winner for each of {draws} draws, not {out!r}")
        return out.astype(np.int64)

    def _numbers(self, counts: I64) -> Iterator[I64]:
        """Yield numbers of ballots by draw, at least 1; each draw sees its own."""
        if self.steps is None:
            for n in range(1, int(counts.max(initial=0)) + 1):
                yield np.minimum(n, counts)
            return
        yield np.minimum(1, counts)
        for j in range(1, self.steps + 1):
            yield -(-counts * j // self.steps)

    def _ranks(self, kind: int, draws: I64) -> Any:
        """Return the ranks of a kind in some draws, (draw, option)."""
        sets = self.ranks[:, kind].astype(np.int64)
        return np.broadcast_to(sets, (self.draws, self.options))[draws]

    def _part(self, draws: I64) -> Any:
        return self.ranks if len(self.ranks) == 1 else self.ranks[draws]

    def raise_winner(self, option: int, kind: int, place: int) -> None:
        """Raise the winner on ballots of a kind to a place, in the draws where it stands lower and nothing is found."""
        draws = np.flatnonzero((self.winner == option) & ~self.found & (self.counts[:, kind] > 0))
        if not draws.size:
            return
        ranks = self._ranks(kind, draws)
        # Nobody can be put after a place that nobody has.
        ranked = (ranks < self.options).sum(1)
        lower = (ranks[:, option] > place) & (place <= ranked)
        draws, ranks = draws[lower], ranks[lower]
        if not draws.size:
            return
        own = ranks[:, option : option + 1]
        raised = np.where((ranks >= place) & (ranks < own) & (ranks < self.options), ranks + 1, ranks)
        raised[:, option] = place
        part = self._part(draws)
        # Where all draws share their kinds, they share the raised one.
        added = raised[: len(part), None].astype(np.int8)
        for moved in self._numbers(self.counts[draws, kind]):
            counts = np.column_stack([self.counts[draws], moved])
            counts[:, kind] -= moved
            after = self._ask(Rankings(np.concatenate([part, added], axis=1), counts))
            self.found[draws] |= after != option

    def abstain(self, kind: int) -> None:
        """Leave out ballots of a kind in the draws where nothing is found."""
        draws = np.flatnonzero((self.winner >= 0) & ~self.found & (self.counts[:, kind] > 0))
        if not draws.size:
            return
        ranks = self._ranks(kind, draws)
        before = np.take_along_axis(ranks, self.winner[draws][:, None], 1)[:, 0]
        for gone in self._numbers(self.counts[draws, kind]):
            counts = self.counts[draws]
            counts[:, kind] -= gone
            after = self._ask(Rankings(self._part(draws), counts))
            better = np.take_along_axis(ranks, np.maximum(after, 0)[:, None], 1)[:, 0] < before
            self.found[draws] |= better & (after >= 0)

    def result(self, source: Rankings | xr.Dataset, name: str, meaning: str) -> xr.DataArray:
        """Return what was found, with the draws of a result."""
        import xarray as xr

        coords = {"draw": source["draw"]} if isinstance(source, xr.Dataset) and "draw" in source.coords else {}
        tried = "every number of ballots" if self.steps is None else f"1 ballot and {self.steps} even parts"
        attrs = {"long_name": meaning, "units": "1", "searched": f"ballots of one kind at a time, {tried}"}
        return xr.DataArray(self.found, coords, ("draw",), name, attrs)

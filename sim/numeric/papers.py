"""What counts of transferable votes have in common: the papers of one draw."""

from __future__ import annotations

from typing import Any

from sim.numeric.compile import inline

__all__ = ["CONTINUING", "ELECTED", "OUT", "fill_vacancies", "sort_papers", "stand"]

#: Standing of a candidate.
CONTINUING, ELECTED, OUT = 0, 1, 2


@inline
def sort_papers(orders: Any, counts: Any, can: Any, kinds: Any, papers: Any, place: Any) -> Any:
    """List the kinds of ballots that name a candidate, and the place of the first of them; returns how many."""
    n = 0
    for kind in range(counts.size):
        if counts[kind] > 0:
            p = 0
            while p < orders.shape[1] and orders[kind, p] >= 0 and not can[orders[kind, p]]:
                p += 1
            if p < orders.shape[1] and orders[kind, p] >= 0:
                kinds[n], papers[n], place[n] = kind, counts[kind], p
                n += 1
    return n


@inline
def stand(can: Any, state: Any, since: Any) -> Any:
    """Let all candidates stand; returns how many they are."""
    n = 0
    for c in range(can.size):
        state[c] = CONTINUING if can[c] else OUT
        since[c] = -1
        n += can[c]
    return n


@inline
def fill_vacancies(state: Any, since: Any, stage: Any) -> None:
    """Elect all who continue."""
    for c in range(state.size):
        if state[c] == CONTINUING:
            state[c], since[c] = ELECTED, stage

"""Biproportional apportionment: seats by list and district with both sums given, exactly.

Among all tables of whole numbers with these sums it is the one with the largest Π_ij Π_{k < s_ij} v_ij / d(k)
(Balinski and Demange 1989): a flow of least cost Σ log d(k) − log v.  Alternating scaling finds and proves it in nearly
every draw; the others are settled in exact fractions by shortest paths and by cycles that better the product.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["biproportional", "settle_table"]

I64 = NDArray[np.int64]

ROUNDS = 60

#: What a change costs: seats without a vote, the factor by which the product shrinks, what the lots say.
Cost = tuple[int, Fraction, int]
NOTHING: Cost = (0, Fraction(1), 0)


def biproportional(votes: I64, rows: I64, columns: I64, step: int, ranks: Any) -> tuple[I64, NDArray[np.bool_]]:
    """Return the seats (draw, option, district) and where several tables are equally good (draw,).

    Parameters
    ----------
    votes
        (draw, option, district).  Seats go to lists without votes in a district only where both sums cannot hold
        otherwise, and then as few as possible.
    rows, columns
        Sums by list (draw, option) and by district (draw, district), equal in total.
    step
        Divisors step·s + 1: 1 is D'Hondt, 2 Sainte-Laguë.
    ranks
        Called with a draw, returns (option, district) different numbers: of equal tables the one is taken that has a
        seat more where the largest number stands in which they differ.
    """
    from sim.numeric.biproportional_kernels import alternate

    out, sure = np.zeros(votes.shape, np.int64), np.zeros(len(votes), np.bool_)
    tied = np.zeros(len(votes), np.bool_)
    alternate(np.ascontiguousarray(votes), rows, columns, step, ROUNDS, out, sure)
    for draw in np.flatnonzero(~sure).tolist():
        data = (votes[draw].tolist(), rows[draw].tolist(), columns[draw].tolist())
        out[draw], tied[draw] = settle_table(*data, step, out[draw].tolist(), ranks(draw).tolist())
    return out, tied


def settle_table(
    votes: list[list[int]],
    rows: list[int],
    columns: list[int],
    step: int,
    seats: list[list[int]],
    ranks: list[list[int]],
) -> tuple[list[list[int]], bool]:
    """Return the best table, found from a start, and whether another is as good."""
    table = _Table(votes, step, [list(row) for row in seats], ranks)
    table.improve()
    table.meet(rows, columns)
    table.improve()
    return table.seats, table.has_equal()


def _plus(a: Cost, b: Cost) -> Cost:
    return a[0] + b[0], a[1] * b[1], a[2] + b[2]


class _Table:
    """A table of seats as a flow from lists (nodes 0 … n − 1) to districts (n … n + m − 1), and two nodes beyond.

    The last two nodes take what the sums lack: seats come from the one and go to the other at no cost.
    """

    def __init__(self, votes: list[list[int]], step: int, seats: list[list[int]], ranks: list[list[int]]) -> None:
        self.votes, self.step, self.seats = votes, step, seats
        self.n, self.m = len(votes), len(votes[0])
        self.lots = [[1 << rank for rank in row] for row in ranks]

    def _gain(self, i: int, j: int) -> Cost:
        """What a seat more costs."""
        v = self.votes[i][j]
        return int(v == 0), Fraction(self.step * self.seats[i][j] + 1, max(v, 1)), -self.lots[i][j]

    def _loss(self, i: int, j: int) -> Cost:
        """What a seat less costs."""
        v = self.votes[i][j]
        return -int(v == 0), Fraction(max(v, 1), self.step * (self.seats[i][j] - 1) + 1), self.lots[i][j]

    def _edges(self) -> list[tuple[int, int, Cost]]:
        out = []
        for i in range(self.n):
            for j in range(self.m):
                out.append((i, self.n + j, self._gain(i, j)))
                if self.seats[i][j] > 0:
                    out.append((self.n + j, i, self._loss(i, j)))
        return out

    def _paths(self, sources: list[int]) -> tuple[dict[int, Cost], dict[int, int], int]:
        """Return the least costs from the sources, who comes before whom, and a node on a cycle below nothing or −1."""
        cost = dict.fromkeys(sources, NOTHING)
        before: dict[int, int] = {}
        edges, changed = self._edges(), -1
        for _ in range(self.n + self.m + 1):
            changed = -1
            for a, b, own in edges:
                if a in cost:
                    new = _plus(cost[a], own)
                    if b not in cost or new < cost[b]:
                        cost[b], before[b], changed = new, a, b
            if changed < 0:
                break
        return cost, before, changed

    def _move(self, a: int, b: int) -> None:
        if a < self.n:
            self.seats[a][b - self.n] += 1
        else:
            self.seats[b][a - self.n] -= 1

    def improve(self) -> None:
        """Turn seats along cycles until none betters the table."""
        while True:
            _, before, node = self._paths(list(range(self.n + self.m)))
            if node < 0:
                return
            for _ in range(self.n + self.m):
                node = before[node]
            end, cycle = node, []
            while True:
                cycle.append((before[node], node))
                node = before[node]
                if node == end:
                    break
            for a, b in cycle:
                self._move(a, b)

    def meet(self, rows: list[int], columns: list[int]) -> None:
        """Bring the sums to what is wanted, by the cheapest paths."""
        while True:
            lack = [rows[i] - sum(self.seats[i]) for i in range(self.n)]
            spare = [columns[j] - sum(row[j] for row in self.seats) for j in range(self.m)]
            # A seat more for a list ends in a district that lacks one, or in a list that has one too many.
            starts = [i for i, x in enumerate(lack) if x > 0] + [self.n + j for j, x in enumerate(spare) if x < 0]
            ends = [i for i, x in enumerate(lack) if x < 0] + [self.n + j for j, x in enumerate(spare) if x > 0]
            if not starts:
                return
            cost, before, _ = self._paths(starts)
            node = min(ends, key=lambda end: cost[end])
            while node in before:
                self._move(before[node], node)
                node = before[node]

    def has_equal(self) -> bool:
        """Whether seats could turn along a cycle without changing what the table is worth."""
        cost, _, _ = self._paths(list(range(self.n + self.m)))
        tight: dict[int, list[int]] = {}
        for a, b, own in self._edges():
            zeros, factor, _ = _plus(cost[a], own)
            if (zeros, factor) == cost[b][:2]:
                tight.setdefault(a, []).append(b)
        return _has_cycle(tight, self.n + self.m)


def _has_cycle(follow: dict[int, list[int]], nodes: int) -> bool:
    """Whether a directed graph has a cycle: nodes that nobody leads to are taken away until none is left."""
    into = [0] * nodes
    for ends in follow.values():
        for b in ends:
            into[b] += 1
    free = [node for node in range(nodes) if into[node] == 0]
    gone = 0
    while free:
        gone += 1
        for b in follow.get(free.pop(), ()):
            into[b] -= 1
            if into[b] == 0:
                free.append(b)
    return gone < nodes

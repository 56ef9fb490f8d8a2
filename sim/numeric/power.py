"""Counts of coalitions by their seats: swings, orders and minimal winning coalitions, exactly, draw by draw.

Coalitions of at most 62 members with seats are counted in int64 without overflow: 2⁶² of them at most.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel

__all__ = ["MOST_MEMBERS", "minimal_winning", "pivots", "swings"]

#: Members with seats that can be counted.
MOST_MEMBERS = 62


@inline
def _add_member(ways: Any, weight: Any) -> None:
    """Let one member join every coalition counted in ``ways`` by its weight."""
    for w in range(ways.size - 1, weight - 1, -1):
        ways[w] += ways[w - weight]


@inline
def _take_out(ways: Any, fewer: Any, weight: Any, out: Any) -> None:
    """Undo that a member joined: ``fewer`` are the coalitions without it that it joined, maybe ``out`` itself."""
    for w in range(ways.size):
        out[w] = ways[w] - (fewer[w - weight] if w >= weight else np.int64(0))


@inline
def _window(ways: Any, weight: Any, quota: Any) -> Any:
    """Coalitions that lose and would win with ``weight`` more."""
    total = np.int64(0)
    for w in range(max(np.int64(0), quota - weight), quota):
        total += ways[w]
    return total


@kernel
def swings(seats: Any, quotas: Any, out: Any) -> None:
    """Count for each member the coalitions of others that lose and win with it.

    ``seats`` and ``out`` (draw, option) int64, ``quotas`` (draw,); members without seats are no members.
    """
    draws, options = seats.shape
    for d in range(draws):
        quota = quotas[d]
        house = np.int64(0)
        for o in range(options):
            house += seats[d, o]
            out[d, o] = 0
        if quota > house:
            continue
        ways = np.zeros(quota, np.int64)
        without = np.empty(quota, np.int64)
        ways[0] = 1
        for o in range(options):
            if seats[d, o] > 0:
                _add_member(ways, seats[d, o])
        for o in range(options):
            weight = seats[d, o]
            if weight == 0:
                continue
            _take_out(ways, without, weight, without)
            out[d, o] = _window(without, weight, quota)


@inline
def _shares_of_orders(members: Any) -> Any:
    """Return for k others the share of all orders that begin with a given set of k, then a given member."""
    share = np.empty(members)
    binomial = 1.0
    for k in range(members):
        share[k] = 1.0 / (members * binomial)
        binomial = binomial * (members - 1 - k) / (k + 1)
    return share


@kernel
def pivots(seats: Any, quotas: Any, out: Any) -> None:
    """Give each member the share of all orders of the members in which it is the one that reaches the quota.

    ``seats`` (draw, option) int64, ``quotas`` (draw,), ``out`` (draw, option) float64; 0 where nothing wins.
    """
    draws, options = seats.shape
    for d in range(draws):
        quota = quotas[d]
        house = np.int64(0)
        members = 0
        for o in range(options):
            house += seats[d, o]
            members += 1 if seats[d, o] > 0 else 0
            out[d, o] = 0.0
        if quota > house:
            continue
        ways = np.zeros((members + 1, quota), np.int64)
        ways[0, 0] = 1
        joined = 0
        for o in range(options):
            weight = seats[d, o]
            if weight == 0:
                continue
            for k in range(joined, -1, -1):
                for w in range(quota - weight):
                    ways[k + 1, w + weight] += ways[k, w]
            joined += 1
        share = _shares_of_orders(members)
        before = np.empty(quota, np.int64)
        without = np.empty(quota, np.int64)
        for o in range(options):
            weight = seats[d, o]
            if weight == 0:
                continue
            total = 0.0
            for k in range(members):
                _take_out(ways[k], before, weight if k > 0 else quota, without)
                total += share[k] * _window(without, weight, quota)
                before[:] = without
            out[d, o] = total


@inline
def _last_members(weights: Any, first: Any, left_out: Any, held: Any, quota: Any, ways: Any) -> Any:
    """Count minimal winning coalitions by their smallest member, one of ``first`` and later.

    ``weights`` fall; coalitions hold ``held`` seats from the start, those of the member ``left_out``.
    """
    ways[:] = 0
    if held < quota:
        ways[held] = 1
    total = np.int64(0)
    for i in range(weights.size):
        if i == left_out:
            continue
        if i >= first:
            total += _window(ways, weights[i], quota)
        _add_member(ways, weights[i])
    return total


@kernel
def minimal_winning(seats: Any, quotas: Any, count: Any, holding: Any) -> None:
    """Count the minimal winning coalitions, and those that hold each member.

    ``seats`` and ``holding`` (draw, option) int64, ``quotas`` and ``count`` (draw,).  A winning coalition is minimal
    if it loses without its smallest member, so each is counted once, where that one joins the larger ones.
    """
    draws, options = seats.shape
    for d in range(draws):
        quota = quotas[d]
        house = np.int64(0)
        for o in range(options):
            house += seats[d, o]
            holding[d, o] = 0
        count[d] = 0
        if quota > house:
            continue
        order = np.argsort(-seats[d])
        members = 0
        for o in range(options):
            members += 1 if seats[d, o] > 0 else 0
        weights = np.empty(members, np.int64)
        for i in range(members):
            weights[i] = seats[d, order[i]]
        ways = np.empty(quota, np.int64)
        count[d] = _last_members(weights, 0, -1, np.int64(0), quota, ways)
        for j in range(members):
            total = _last_members(weights, j + 1, j, weights[j], quota, ways)
            # … and those of which it is itself the smallest.
            ways[:] = 0
            ways[0] = 1
            for i in range(j):
                _add_member(ways, weights[i])
            holding[d, order[j]] = total + _window(ways, weights[j], quota)

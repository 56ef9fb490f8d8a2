"""Rules on the counts by pairs, (draw, option, rival): each returns whole numbers (option, draw), most is best."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import inline, kernel

__all__ = [
    "condorcet_winners",
    "copeland_scores",
    "kemeny_scores",
    "minimax_worst",
    "ranked_pairs_locked",
    "schulze_paths",
    "strengths",
]

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


def strengths(pairs: I64, measure: str) -> I64:
    """Return how strong every victory in a pair is, 0 where it is none: (draw, option, rival).

    ``winning_votes``: ballots for it; ``margins``: ballots for it less those against it.
    """
    against = pairs.transpose(0, 2, 1)
    return np.where(pairs > against, pairs if measure == "winning_votes" else pairs - against, 0)


def condorcet_winners(pairs: I64, weak: bool = False) -> I64:
    """Return 1 for who beats (weak: does not lose to) every other option in pairs: (option, draw)."""
    against = pairs.transpose(0, 2, 1)
    holds = (pairs >= against) if weak else (pairs > against)
    holds[:, np.arange(pairs.shape[1]), np.arange(pairs.shape[1])] = True
    return np.ascontiguousarray(holds.all(axis=2).T.astype(np.int64))


def copeland_scores(pairs: I64, equal: int) -> I64:
    """Return 2 for every pair won and ``equal`` for every pair that is even: (option, draw)."""
    against = pairs.transpose(0, 2, 1)
    even = (pairs == against).sum(axis=2) - 1
    return np.ascontiguousarray((2 * (pairs > against).sum(axis=2) + equal * even).T.astype(np.int64))


def minimax_worst(pairs: I64, measure: str) -> I64:
    """Return the greatest defeat of every option; least is best: (option, draw).

    ``winning_votes``: ballots of who beats it, 0 where nobody does; ``margins``: greatest difference of the ballots
    against and for it, negative for who beats everybody; ``opposition``: most ballots against it in any pair.
    """
    against = pairs.transpose(0, 2, 1)
    options = pairs.shape[1]
    if options == 1:
        return np.zeros((1, len(pairs)), np.int64)
    if measure == "winning_votes":
        defeats = np.where(against > pairs, against, 0)
    else:
        defeats = against - pairs if measure == "margins" else against.copy()
    defeats[:, np.arange(options), np.arange(options)] = np.iinfo(np.int64).min
    return np.ascontiguousarray(defeats.max(axis=2).T.astype(np.int64))


@kernel
def _paths(paths: Any) -> None:
    options = paths.shape[1]
    for d in range(paths.shape[0]):
        for via in range(options):
            for a in range(options):
                for b in range(options):
                    if a != b:
                        paths[d, a, b] = max(paths[d, a, b], min(paths[d, a, via], paths[d, via, b]))


def schulze_paths(pairs: I64, measure: str) -> I64:
    """Return the strength of the strongest path from every option to every other: (draw, option, rival)."""
    paths = np.ascontiguousarray(strengths(pairs, measure))
    _paths(paths)
    return paths


@inline
def _stands_first(a: Any, b: Any, strength: Any, key: Any, options: Any) -> Any:
    """Whether victory a goes before victory b: the stronger one, then the winner's and the loser's key."""
    wa, la, wb, lb = a // options, a % options, b // options, b % options
    if strength[wa, la] != strength[wb, lb]:
        return strength[wa, la] > strength[wb, lb]
    if key[wa] != key[wb]:
        return key[wa] > key[wb]
    return key[la] < key[lb]


@inline
def _victories(strength: Any, key: Any, order: Any) -> Any:
    """Put the victories into the order in which they are looked at; return how many there are."""
    options = strength.shape[0]
    n = 0
    for a in range(options):
        for b in range(options):
            if strength[a, b] > 0:
                i = n
                while (i > 0) and _stands_first(a * options + b, order[i - 1], strength, key, options):
                    order[i] = order[i - 1]
                    i -= 1
                order[i] = a * options + b
                n += 1
    return n


@inline
def _lock(strength: Any, order: Any, n: Any, reach: Any, held: Any, locked: Any) -> Any:
    """Lock victories in; return whether one was shut out by others of its strength."""
    options = strength.shape[0]
    for o in range(options):
        reach[o] = np.int64(1) << o
    tied = False
    before = np.int64(-1)
    for i in range(n):
        a, b = order[i] // options, order[i] % options
        if strength[a, b] != before:
            before = strength[a, b]
            held[:] = reach
        if (reach[b] >> a) & 1:
            tied |= ((held[b] >> a) & 1) == 0
            continue
        locked[a, b] = 1
        for o in range(options):
            if (reach[o] >> a) & 1:
                reach[o] |= reach[b]
    return tied


@kernel
def _ranked_pairs(strength: Any, keys: Any, order: Any, reach: Any, held: Any, locked: Any, tied: Any) -> None:
    for d in range(strength.shape[0]):
        n = _victories(strength[d], keys[d], order)
        tied[d] = _lock(strength[d], order, n, reach, held, locked[d])


def ranked_pairs_locked(pairs: I64, measure: str, keys: F64) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Lock the victories in, the strongest first, leaving out those that would close a circle.

    Parameters
    ----------
    keys
        (option, draw): of equal victories the one goes first whose winner has the larger, then whose loser the smaller.

    Returns
    -------
    (draw, option, rival) 1 where the victory is locked in; (draw,) where equal victories shut each other out.
    """
    draws, options = pairs.shape[:2]
    locked, tied = np.zeros(pairs.shape, np.int8), np.zeros(draws, np.bool_)
    work = np.empty(options * options, np.int64), np.empty(options, np.int64), np.empty(options, np.int64)
    strong = np.ascontiguousarray(strengths(pairs, measure))
    _ranked_pairs(strong, np.ascontiguousarray(keys.T, np.float64), *work, locked, tied)
    return locked, tied


@inline
def _agreed(pairs: Any, best: Any, rest: Any) -> Any:
    """Return the most agreement of an order of some options that begins with one of them."""
    agreed = best[rest]
    for o in range(pairs.size):
        agreed += pairs[o] if (rest >> o) & 1 else 0
    return agreed


@kernel
def _kemeny(pairs: Any, best: Any, out: Any) -> None:
    options = pairs.shape[1]
    everybody = (1 << options) - 1
    for d in range(pairs.shape[0]):
        best[0] = 0
        for some in range(1, everybody):
            best[some] = -1
            for first in range(options):
                if (some >> first) & 1:
                    best[some] = max(best[some], _agreed(pairs[d, first], best, some & ~(1 << first)))
        for first in range(options):
            out[first, d] = _agreed(pairs[d, first], best, everybody & ~(1 << first))


def kemeny_scores(pairs: I64) -> I64:
    """Return the most agreement of an order that begins with each option: (option, draw).

    The agreement of an order is the number of (ballot, pair) that it puts as the ballot does; by dynamic programming
    over the sets of options that are still to be placed.
    """
    draws, options = pairs.shape[:2]
    out = np.zeros((options, draws), np.int64)
    _kemeny(np.ascontiguousarray(pairs), np.zeros(1 << options, np.int64), out)
    return out

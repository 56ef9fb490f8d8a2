"""What ballots say about options: counts by pairs, by places, and sums of points; all in whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import inline, kernel

__all__ = ["pairwise_counts", "place_counts", "places_ahead", "weighted_sums"]

I8 = NDArray[np.int8]
Ranks = NDArray[np.integer[Any]]
I64 = NDArray[np.int64]


@inline
def _masked(counts: Any, mask: Any) -> Any:
    total = np.int64(0)
    for k in range(counts.size):
        total += counts[k] & mask[k]
    return total


@kernel
def _shared_pairs(masks: Any, counts: Any, out: Any) -> None:
    """Counts by pairs where all draws have the same kinds of ballots: (pair, kind) of 0 or −1."""
    for d in range(counts.shape[0]):
        for pair in range(masks.shape[0]):
            out[d, pair] = _masked(counts[d], masks[pair])


@inline
def _ahead(one: Any, other: Any, counts: Any) -> Any:
    total = np.int64(0)
    for k in range(counts.size):
        total += counts[k] if one[k] < other[k] else np.int64(0)
    return total


@kernel
def _own_pairs(ranks: Any, counts: Any, columns: Any, out: Any) -> None:
    """Counts by pairs where every draw has kinds of its own: (draw, kind, option)."""
    options = ranks.shape[2]
    for d in range(ranks.shape[0]):
        for k in range(ranks.shape[1]):
            for o in range(options):
                columns[o, k] = ranks[d, k, o]
        for a in range(options):
            for b in range(options):
                if a != b:
                    out[d, a * options + b] = _ahead(columns[a], columns[b], counts[d])


def pairwise_counts(ranks: Ranks, counts: I64) -> I64:
    """Count the ballots that put one option before another.

    Parameters
    ----------
    ranks
        (1 or draw, kind, option): smaller is better, equal is no preference.
    counts
        (draw, kind).

    Returns
    -------
    int64 (draw, option, rival); 0 on the diagonal.
    """
    sets, kinds, options = ranks.shape
    draws = len(counts)
    counts = np.ascontiguousarray(counts, np.int64)
    out = np.zeros((draws, options * options), np.int64)
    if sets == 1:
        before = (ranks[0, :, :, None] < ranks[0, :, None, :]).reshape(kinds, -1)
        _shared_pairs(np.ascontiguousarray(-before.T.astype(np.int64)), counts, out)
    else:
        _own_pairs(np.ascontiguousarray(ranks), counts, np.empty((options, kinds), ranks.dtype), out)
    return out.reshape(draws, options, options)


def places_ahead(ranks: I8) -> tuple[I8, I8]:
    """Return of each option on each ballot how many stand before it, and how many share its rank, itself included.

    (1 or draw, kind, option) twice.  Options that are not on the ballot share the last rank.
    """
    ahead, alike = np.zeros_like(ranks), np.zeros_like(ranks)
    for rival in range(ranks.shape[2]):
        ahead += ranks[:, :, rival, None] < ranks
        alike += ranks[:, :, rival, None] == ranks
    return ahead, alike


@kernel
def _place_counts(ahead: Any, listed: Any, counts: Any, out: Any) -> None:
    own = ahead.shape[0] > 1
    for d in range(counts.shape[0]):
        s = d if own else 0
        for k in range(counts.shape[1]):
            n = counts[d, k]
            if n != 0:
                for o in range(ahead.shape[2]):
                    if listed[s, k, o]:
                        out[d, o, ahead[s, k, o]] += n


def place_counts(ranks: I8, counts: I64) -> I64:
    """Count on how many ballots an option stands on a place, behind just so many others: (draw, option, place).

    Options that are not on a ballot (their rank is the number of options) stand nowhere.
    """
    options = ranks.shape[2]
    out = np.zeros((len(counts), options, options), np.int64)
    ahead = places_ahead(ranks)[0]
    _place_counts(ahead, ranks < options, np.ascontiguousarray(counts, np.int64), out)
    return out


@kernel
def _weighted_sums(points: Any, counts: Any, out: Any) -> None:
    own = points.shape[0] > 1
    for d in range(counts.shape[0]):
        s = d if own else 0
        for k in range(counts.shape[1]):
            n = counts[d, k]
            if n != 0:
                for o in range(points.shape[2]):
                    out[o, d] += n * points[s, k, o]


def weighted_sums(points: NDArray[np.integer[Any]], counts: I64) -> I64:
    """Sum the points of ballots: (1 or draw, kind, option) × (draw, kind) → int64 (option, draw)."""
    out = np.zeros((points.shape[2], len(counts)), np.int64)
    _weighted_sums(np.ascontiguousarray(points), np.ascontiguousarray(counts, np.int64), out)
    return out

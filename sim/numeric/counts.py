"""Sums and reshapings of counts: integers, so that no order of summation can show."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import kernel

__all__ = [
    "accumulate",
    "apportion",
    "conserved",
    "region_sums",
    "split",
    "strided_sums",
    "tally",
    "to_draw_major",
    "totals",
]

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]


@kernel
def _region_sums(counts: Any, offsets: Any, out: Any) -> None:
    for row in range(counts.shape[0]):
        for region in range(len(offsets) - 1):
            part = counts[row, offsets[region] : offsets[region + 1]]
            total = np.int32(0)
            for i in range(part.size):
                total += part[i]
            out[row, region] = total


def region_sums(counts: I32, offsets: I64, out: I32) -> I32:
    """Sum the last axis segment by segment.

    Parameters
    ----------
    counts
        (…, units); the units of a region stand together.
    offsets
        (regions + 1,): first unit of each region and the number of units.
    out
        (…, regions).
    """
    _region_sums(np.ascontiguousarray(counts).reshape(-1, counts.shape[-1]), offsets, out.reshape(-1, out.shape[-1]))
    return out


@kernel
def _strided_sums(counts: Any, offsets: Any, step: int, out: Any) -> None:
    for row in range(counts.shape[0]):
        for region in range(len(offsets) - 1):
            total = out[row, region * step : (region + 1) * step]
            total[:] = 0
            for unit in range(offsets[region], offsets[region + 1]):
                part = counts[row, unit * step : (unit + 1) * step]
                for g in range(step):
                    total[g] += part[g]


def strided_sums(counts: I32, offsets: I64, step: int, out: I32) -> I32:
    """Sum over the units of a region, group by group.

    Parameters
    ----------
    counts
        (…, units · step): ``step`` numbers for each unit; the units of a region stand together.
    offsets
        (regions + 1,): first unit of each region and the number of units.
    out
        (…, regions · step).
    """
    flat = np.ascontiguousarray(counts).reshape(-1, counts.shape[-1])
    _strided_sums(flat, offsets, step, out.reshape(-1, out.shape[-1]))
    return out


@kernel
def _tally(choices: Any, counted: Any, offsets: Any, out: Any) -> None:
    for row in range(choices.shape[0]):
        for stratum in range(len(offsets) - 1):
            for i in range(offsets[stratum], offsets[stratum + 1]):
                out[choices[row, i], row, stratum] += counted[row, i]


def tally(choices: I32, counted: I32, offsets: I64, options: int) -> I32:
    """Count choices: (draw, voter) indices of options → (option, draw, stratum).

    Parameters
    ----------
    counted
        (draw, voter): 1 for who is counted, else 0.
    offsets
        (strata + 1,): first voter of each stratum and the number of voters.
    """
    out = np.zeros((options, len(choices), len(offsets) - 1), np.int32)
    _tally(choices, counted, offsets, out)
    return out


@kernel
def _to_draw_major(counts: Any, places: Any, step: int, out: Any) -> None:
    for draw in range(out.shape[0]):
        row, start = out[draw], draw * step
        for k in range(len(places)):
            row[k] = counts[start + places[k]]


def to_draw_major(counts: I32, options: I64, regions: I64, out: I32) -> I32:
    """Turn (option, draw, region) in canonical order into (draw, region, option) in the order of the file.

    ``options`` and ``regions`` hold, for each place of the file, the canonical place.
    """
    _, draws, units = counts.shape
    places = (options[None, :] * (draws * units) + regions[:, None]).ravel()
    _to_draw_major(np.ascontiguousarray(counts).reshape(-1), places, units, out.reshape(draws, -1))
    return out


@kernel
def _apportion(weights: Any, totals: Any, out: Any, rest: Any) -> None:
    k = weights.shape[1]
    varies, sums = weights.shape[0] > 1, totals.size > 1
    for row in range(out.shape[0]):
        weight, total = weights[row if varies else 0], totals[row if sums else 0]
        mass = 0.0
        for i in range(k):
            mass += weight[i]
        given = np.int64(0)
        for i in range(k):
            exact = total * (weight[i] / mass)
            whole = np.floor(exact)
            out[row, i] = np.int32(whole)
            rest[i] = exact - whole
            given += np.int64(whole)
        for _ in range(total - given):
            best = 0
            for i in range(1, k):
                if rest[i] > rest[best]:
                    best = i
            out[row, best] += 1
            rest[best] = -1.0


def apportion(weights: NDArray[np.float64], totals: I64) -> I32:
    """Split whole numbers in proportion to weights, by largest remainders.

    Parameters
    ----------
    weights
        (1 or rows, k).
    totals
        (1 or rows,).

    Returns
    -------
    (rows, k) int32, each row summing to its total.
    """
    rows = max(weights.shape[0], totals.size)
    out = np.empty((rows, weights.shape[1]), np.int32)
    _apportion(np.ascontiguousarray(weights), totals, out, np.empty(weights.shape[1]))
    return out


@kernel
def _split(totals: Any, cumulative: Any, offsets: Any, out: Any) -> None:
    for row in range(totals.shape[0]):
        for region in range(len(offsets) - 1):
            before = np.int32(0)
            for unit in range(offsets[region], offsets[region + 1]):
                here = np.int32(np.floor(totals[row, region] * cumulative[unit] + 0.5))
                out[row, unit] = here - before
                before = here


def split(totals: I32, cumulative: NDArray[np.float64], offsets: I64, out: I32) -> I32:
    """Split each region's total over its units by rounding cumulative shares, so that they add up exactly.

    Parameters
    ----------
    totals
        (rows, regions).
    cumulative
        (units,): cumulative share of each unit within its region; 1 at the region's last unit.
    offsets
        (regions + 1,).
    out
        (rows, units).
    """
    _split(totals, cumulative, offsets, out)
    return out


@kernel
def _accumulate(counts: Any, total: Any, squares: Any) -> None:
    for o in range(counts.shape[0]):
        for d in range(counts.shape[1]):
            row = counts[o, d]
            for u in range(len(row)):
                x = np.int64(row[u])
                total[o, u] += x
                squares[o, u] += x * x


def accumulate(counts: I32, total: I64, squares: I64) -> None:
    """Add the sums and sums of squares over draws of (k, draw, unit) counts to (k, unit), in place."""
    _accumulate(counts, total, squares)


@kernel
def _conserved(ballots: Any, invalid: Any, votes: Any, rest: Any) -> int:
    tile = len(rest)
    for start in range(0, ballots.size, tile):
        stop = min(start + tile, ballots.size)
        cast, none, left = ballots[start:stop], invalid[start:stop], rest[: stop - start]
        least = np.int32(0)
        for i in range(left.size):
            left[i] = cast[i] - none[i]
        for i in range(left.size):
            least |= none[i]
        for o in range(votes.shape[0]):
            some = votes[o][start:stop]
            for i in range(left.size):
                left[i] -= some[i]
            for i in range(left.size):
                least |= some[i]
        wrong = np.int32(0)
        for i in range(left.size):
            wrong |= left[i]
        if (wrong != 0) | (least < 0):
            return start
    return -1


def conserved(registered: I32, ballots: I32, invalid: I32, votes: I32) -> int:
    """Return −1 if ``invalid + Σ votes = ballots ≤ registered`` everywhere and nothing is negative.

    Otherwise the draw at or shortly before the first place where it does not hold.

    Parameters
    ----------
    registered, ballots, invalid
        (1 or draw, unit), (draw, unit), (draw, unit).
    votes
        (option, draw, unit).
    """
    flat = votes.reshape(len(votes), -1)
    place = int(_conserved(ballots.reshape(-1), invalid.reshape(-1), flat, np.empty(1024, np.int32)))
    if place < 0:
        over = np.flatnonzero(ballots > registered)
        place = int(over[0]) if over.size else -1
    return place if place < 0 else place // ballots.shape[1]


@kernel
def _totals(counts: Any, out: Any) -> None:
    for row in range(counts.shape[0]):
        part = counts[row]
        total = np.int64(0)
        for r in range(part.size):
            total += part[r]
        out[row] = total


def totals(counts: I32) -> I64:
    """Sum the last axis without overflow: (…, regions) int32 → (…) int64."""
    out = np.empty(counts.shape[:-1], np.int64)
    _totals(np.ascontiguousarray(counts).reshape(-1, counts.shape[-1]), out.reshape(-1))
    return out

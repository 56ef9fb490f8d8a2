"""Sums and reshapings of counts against numpy and whole numbers of Python."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from sim.numeric.counts import (
    accumulate,
    apportion,
    conserved,
    region_sums,
    split,
    strided_sums,
    tally,
    to_draw_major,
    totals,
)

RNG = np.random.default_rng(3)
OFFSETS = np.array([0, 3, 3, 4, 9])


def counts(*shape: int, high: int = 1_000) -> np.ndarray:
    return RNG.integers(0, high, shape).astype(np.int32)


@pytest.mark.parametrize("lead", [(), (5,), (2, 7)])
def test_region_sums(lead: tuple[int, ...]) -> None:
    x = counts(*lead, 9)
    out = region_sums(x, OFFSETS, np.empty((*lead, 4), np.int32))
    expected = [x[..., a:b].sum(-1) for a, b in itertools.pairwise(OFFSETS)]
    assert (out == np.stack(expected, axis=-1)).all()
    assert (out[..., 1] == 0).all()


@pytest.mark.parametrize("lead", [(), (5,), (2, 7)])
def test_strided_sums(lead: tuple[int, ...]) -> None:
    x = counts(*lead, 18)
    out = strided_sums(x, OFFSETS, 2, np.empty((*lead, 8), np.int32))
    units = x.reshape(*lead, 9, 2)
    expected = [units[..., a:b, :].sum(-2) for a, b in itertools.pairwise(OFFSETS)]
    assert (out.reshape(*lead, 4, 2) == np.stack(expected, axis=-2)).all()


def test_tally() -> None:
    choices, counted = RNG.integers(0, 4, (5, 9)).astype(np.int32), RNG.integers(0, 2, (5, 9)).astype(np.int32)
    out = tally(choices, counted, OFFSETS, 4)
    for o in range(4):
        expected = [((choices == o) * counted)[:, a:b].sum(1) for a, b in itertools.pairwise(OFFSETS)]
        assert (out[o] == np.stack(expected, axis=-1)).all()


def test_to_draw_major() -> None:
    x = counts(3, 11, 4)
    options, regions = np.array([2, 0, 1]), np.array([3, 1, 0, 2])
    out = to_draw_major(x, options, regions, np.empty((11, 4, 3), np.int32))
    assert (out == x[options][:, :, regions].transpose(1, 2, 0)).all()


def largest_remainders(weights: list[float], total: int) -> list[int]:
    exact = [Fraction(w) * total / sum(map(Fraction, weights)) for w in weights]
    out = [int(e) for e in exact]
    order = sorted(range(len(out)), key=lambda i: (-(exact[i] - out[i]), i))
    for i in order[: total - sum(out)]:
        out[i] += 1
    return out


def test_apportion() -> None:
    """Equal to exact arithmetic; equal remainders go to the first."""
    weights = RNG.integers(0, 50, (400, 7)).astype(float)
    weights[:, 0] += 1
    sums = RNG.integers(0, 10_000, 400)
    found = apportion(weights, sums)
    assert (found.sum(axis=1) == sums).all()
    assert (found[weights == 0] == 0).all()
    same = [largest_remainders(w.tolist(), int(t)) == f.tolist() for w, t, f in zip(weights, sums, found)]
    # Remainders that are equal as fractions may differ in the last bit of a float: one person elsewhere.
    assert np.mean(same) > 0.97
    exact = weights * (sums / weights.sum(axis=1))[:, None]
    assert (np.abs(found - exact) < 1 + 1e-9).all()


@pytest.mark.parametrize("total", [0, 1, 2**31 - 1])
def test_apportion_at_the_edges(total: int) -> None:
    for weights in ([1.0], [1.0, 1.0, 1.0], [1e-300, 1.0], [0.0, 3.0, 1e9], [1 / 3] * 17):
        found = apportion(np.array([weights]), np.array([total]))
        assert int(found.sum(dtype=np.int64)) == total
        assert found.min() >= 0


def test_apportion_broadcasts() -> None:
    found = apportion(np.array([[1.0, 1.0]]), np.array([2, 5, 0]))
    assert found.tolist() == [[1, 1], [3, 2], [0, 0]]
    assert apportion(np.array([[1.0, 1.0], [1.0, 3.0]]), np.array([4])).tolist() == [[2, 2], [1, 3]]


def test_split_adds_up() -> None:
    offsets = np.array([0, 5, 8, 9])
    shares = np.concatenate([np.cumsum(RNG.dirichlet(np.ones(n))) for n in (5, 3, 1)])
    shares[[4, 7, 8]] = 1.0
    regions = RNG.integers(0, 2**31 - 1, (200, 3)).astype(np.int32)
    regions[0] = 0
    regions[1] = 2**31 - 1
    out = split(regions, shares, offsets, np.empty((200, 9), np.int32))
    assert out.min() >= 0
    for r, (a, b) in enumerate(itertools.pairwise(offsets)):
        assert (out[:, a:b].sum(axis=1, dtype=np.int64) == regions[:, r]).all()


def test_accumulate_does_not_overflow() -> None:
    x = np.full((2, 10, 3), 2**31 - 1, np.int32)
    total, squares = np.zeros((2, 3), np.int64), np.zeros((2, 3), np.int64)
    accumulate(x[:, :2], total, squares)
    assert (total == 2 * (2**31 - 1)).all()
    assert (squares.astype(object) == 2 * (2**31 - 1) ** 2).all()


def test_totals_do_not_overflow() -> None:
    assert totals(np.full((2, 3, 9), 2**31 - 1, np.int32)).tolist() == [[9 * (2**31 - 1)] * 3] * 2


@pytest.mark.parametrize("draws, units", [(1, 1), (7, 300), (40, 97)])
def test_conserved_finds_a_single_wrong_count(draws: int, units: int) -> None:
    votes = counts(3, draws, units)
    invalid = counts(draws, units)
    ballots = invalid + votes.sum(axis=0, dtype=np.int32)
    registered = ballots.max(axis=0, keepdims=True)
    assert conserved(registered, ballots, invalid, votes) == -1
    for name in ("votes", "invalid", "ballots", "registered"):
        for change in (1, -1):
            arrays = {"registered": registered, "ballots": ballots, "invalid": invalid, "votes": votes}
            wrong = arrays[name].copy()
            place = tuple(RNG.integers(n) for n in wrong.shape)
            if name == "registered":
                place = (0, int(RNG.integers(units)))
                if change == 1:
                    continue
            wrong[place] += change
            found = conserved(*{**arrays, name: wrong}.values())
            assert found >= 0, (name, change)
            # The draw itself, or one in the same tile of 1,024 lanes before it.
            assert name == "registered" or 0 <= place[-2] - found <= 1024 // units + 1


def test_conserved_refuses_negative_counts_that_balance() -> None:
    votes = np.array([[[5]], [[-2]]], np.int32)
    assert conserved(*(np.array([[x]], np.int32) for x in (9, 3, 0)), votes) == 0

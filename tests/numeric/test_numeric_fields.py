"""Fields of log-odds against numpy."""

from __future__ import annotations

import numpy as np
import pytest

from sim.numeric.fields import around_regions, group_means, share_factor, spread, to_cells, to_strata

RNG = np.random.default_rng(4)


def normal(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("base_draws", [1, 6])
@pytest.mark.parametrize("sd_draws", [1, 6])
def test_spread(base_draws: int, sd_draws: int) -> None:
    base, common, z = normal(3, base_draws, 5), normal(3, 6), normal(3, 6, 5)
    sd, scale = np.abs(normal(sd_draws, 5)), np.abs(normal(6))
    out = spread(base, common, z, sd, scale, np.empty((3, 6, 5), np.float32))
    expected = base + scale[:, None] * (common[..., None] + sd * z.astype(float))
    assert out == pytest.approx(expected, abs=1e-5)


def test_spread_keeps_certain_values() -> None:
    base = np.array([[[-np.inf, np.inf]]], np.float32)
    out = spread(
        base,
        normal(1, 2),
        normal(1, 2, 2),
        np.ones((1, 2), np.float32),
        np.ones(2, np.float32),
        np.empty((1, 2, 2), np.float32),
    )
    assert (out == base).all()


def test_to_cells() -> None:
    field = normal(2, 3, 3)
    out = to_cells(field, np.array([0, 2, 2, 6]), np.empty((2, 3, 6), np.float32))
    assert (out == field[:, :, [0, 0, 2, 2, 2, 2]]).all()


def test_to_cells_of_groups() -> None:
    field = normal(2, 4, 4)
    out = to_cells(field, np.array([0, 1, 3]), np.empty((2, 4, 6), np.float32))
    assert (out == field[:, :, [0, 1, 2, 3, 2, 3]]).all()


@pytest.mark.parametrize("varies", [False, True])
def test_around_regions(varies: bool) -> None:
    field, z = normal(2, 4, 3), normal(2, 4, 6)
    sd = np.abs(normal(4 if varies else 1, 1))
    expected = field[:, :, [0, 0, 2, 2, 2, 2]] + sd * z.astype(float)
    apart = around_regions(field, np.array([0, 2, 2, 6]), sd, z, np.empty_like(z))
    assert apart == pytest.approx(expected, abs=1e-6)
    assert (around_regions(field, np.array([0, 2, 2, 6]), sd, z, z) == apart).all()


@pytest.mark.parametrize("varies", [False, True])
def test_around_strata(varies: bool) -> None:
    field, z = normal(3, 4, 4), normal(3, 4, 3)
    sd = np.abs(normal(4 if varies else 1, 1))
    expected = field[:, :, [0, 1, 2, 3, 2, 3]] + (sd * z.astype(float))[:, :, [0, 0, 1, 1, 2, 2]]
    out = around_regions(field, np.array([0, 1, 3]), sd, z, np.empty((3, 4, 6), np.float32))
    assert out == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("base_draws", [1, 4])
def test_to_strata(base_draws: int) -> None:
    field, base, shift = normal(2, 4, 3), normal(2, base_draws, 6), normal(2, 4, 2)
    expected = base + np.repeat(field, 2, axis=-1).astype(float) + np.tile(shift, 3)
    out = to_strata(field, base, shift, np.empty((2, 4, 6), np.float32))
    assert out == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("draws", [1, 4])
def test_group_means(draws: int) -> None:
    values, weights = normal(2, 4, 6), RNG.integers(0, 5, (draws, 6)).astype(np.int32)
    weights[:, 2:4] = 0
    own = values.reshape(2, 4, 3, 2).astype(float)
    mass = np.broadcast_to(weights, (4, 6)).reshape(4, 3, 2).astype(float)
    mass = np.where(mass.sum(axis=-1, keepdims=True) > 0, mass, 1.0)
    expected = (own * mass).sum(axis=-1) / mass.sum(axis=-1)
    assert group_means(values, weights, 2) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("correlation", [0.0, 0.36, 1.0])
def test_share_factor(correlation: float) -> None:
    shared, z = normal(2, 4), normal(2, 4, 6)
    expected = np.sqrt(correlation) * shared[..., None].astype(float) + np.sqrt(1 - correlation) * z.astype(float)
    assert share_factor(z, shared, correlation) == pytest.approx(expected, abs=1e-6)


def test_arrays_that_do_not_fit_are_refused() -> None:
    ones = np.ones(4, np.float32)
    with pytest.raises(ValueError, match=r"z has the shape \(2, 4, 9\)"):
        spread(normal(2, 1, 3), normal(2, 4), normal(2, 4, 9), ones[:1, None] * ones[:3], ones, normal(2, 4, 3))
    with pytest.raises(ValueError, match="base has the shape"):
        to_strata(normal(2, 4, 3), normal(2, 1, 3), normal(2, 4, 2), normal(2, 4, 6))
    with pytest.raises(ValueError, match="out has the shape"):
        to_cells(normal(2, 3, 3), np.array([0, 2, 2, 6]), normal(2, 3, 5))
    with pytest.raises(ValueError, match="z has the shape"):
        around_regions(normal(2, 3, 3), np.array([0, 2, 2, 6]), ones[:1, None], normal(2, 3, 5), normal(2, 3, 6))
    with pytest.raises(ValueError, match="shared has the shape"):
        share_factor(normal(2, 4, 6), normal(2, 3), 0.5)

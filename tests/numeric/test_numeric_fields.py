"""Fields of log-odds against numpy."""

from __future__ import annotations

import numpy as np
import pytest

from sim.numeric.fields import around_regions, share_factor, spread, to_units

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


def test_to_units() -> None:
    field = normal(2, 3, 3)
    out = to_units(field, np.array([0, 2, 2, 6]), np.empty((2, 3, 6), np.float32))
    assert (out == field[:, :, [0, 0, 2, 2, 2, 2]]).all()


@pytest.mark.parametrize("varies", [False, True])
def test_around_regions(varies: bool) -> None:
    field, z = normal(2, 4, 3), normal(2, 4, 6)
    sd = np.abs(normal(4 if varies else 1, 1))
    expected = field[:, :, [0, 0, 2, 2, 2, 2]] + sd * z.astype(float)
    assert around_regions(field, np.array([0, 2, 2, 6]), sd, z) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("correlation", [0.0, 0.36, 1.0])
def test_share_factor(correlation: float) -> None:
    shared, z = normal(2, 4), normal(2, 4, 6)
    expected = np.sqrt(correlation) * shared[..., None].astype(float) + np.sqrt(1 - correlation) * z.astype(float)
    assert share_factor(z, shared, correlation) == pytest.approx(expected, abs=1e-6)

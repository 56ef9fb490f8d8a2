"""Weighted means of segments against numpy."""

from __future__ import annotations

import numpy as np
import pytest

from sim.numeric.fields import segment_means

OFFSETS = np.array([0, 2, 3, 3, 6])


@pytest.mark.parametrize("draws", [1, 5])
def test_segment_means(draws: int) -> None:
    rng = np.random.default_rng(8)
    values, weights = rng.random((5, 6)), rng.integers(1, 50, (draws, 6)).astype(np.int32)
    out = segment_means(values, weights, OFFSETS)
    full = np.broadcast_to(weights, values.shape)
    for place, (a, b) in enumerate([(0, 2), (2, 3), (3, 6)]):
        expected = np.average(values[:, a:b], axis=1, weights=full[:, a:b])
        assert out[:, place if place < 2 else 3] == pytest.approx(expected, rel=1e-14)
    assert (out[:, 2] == 0).all()


def test_without_weight_all_count_alike() -> None:
    values = np.array([[0.2, 0.4, 0.9, 0.1, 0.2, 0.6]])
    out = segment_means(values, np.zeros((1, 6), np.int32), OFFSETS)
    assert out[0] == pytest.approx([0.3, 0.9, 0.0, 0.3])

"""Categorical choices and permutations against their exact laws."""

import itertools

import numpy as np
import pytest
from law_checks import LIMIT, cells_p, correlation_p

from sim.random import Chance, Lanes

LANES = Lanes.grid(0, 300, np.arange(1000))
CHANCE = Chance(9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weights", [[1.0], [0.0, 1.0, 0.0], [0.2, 0.5, 0.3 - 1e-7], [5, 0, 1, 1, 0], [1e-30, 3e-30]])
def test_categorical(weights, dtype):
    shares = np.array(weights, dtype)
    index = CHANCE.stream(f"categorical.{weights}").categorical(LANES, shares)
    assert index.dtype == np.int32
    exact = shares.astype(float) / shares.astype(float).sum()
    assert cells_p(np.bincount(index.ravel(), minlength=len(weights)), exact) > LIMIT


def test_categorical_per_lane():
    weights = np.random.default_rng(3).random((4, *LANES.shape))
    index = CHANCE.stream("categorical.lanes").categorical(LANES, weights)
    shares = weights / weights.sum(axis=0)
    for j in range(4):
        hits, variance = (index == j).sum(), (shares[j] * (1 - shares[j])).sum()
        assert abs(hits - shares[j].sum()) < 5 * np.sqrt(variance)


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.0, -1e-9], [1.0, np.nan], [1.0, np.inf]])
def test_categorical_refuses(weights):
    with pytest.raises(ValueError, match="weights"):
        CHANCE.stream("refused").categorical(LANES, weights)


def test_permutation_is_uniform():
    orders = CHANCE.stream("permutation").permutation(LANES, 4)
    assert orders.shape == (4, *LANES.shape)
    codes = (orders * np.array([64, 16, 4, 1])[:, None, None]).sum(axis=0)
    known = [sum(c * s for c, s in zip(p, (64, 16, 4, 1))) for p in itertools.permutations(range(4))]
    counts = np.array([(codes == code).sum() for code in known])
    assert counts.sum() == LANES.size
    assert cells_p(counts, np.full(24, 1 / 24)) > LIMIT


def test_permutation_of_many():
    lanes = Lanes.grid(0, 20, np.arange(500))
    orders = CHANCE.stream("permutation.many").permutation(lanes, 53).reshape(53, -1)
    assert (np.sort(orders, axis=0) == np.arange(53)[:, None]).all()
    for place in (0, 20, 52):
        assert cells_p(np.bincount(orders[place], minlength=53), np.full(53, 1 / 53)) > LIMIT
    assert correlation_p(orders[0, 1:], orders[0, :-1]) > LIMIT


@pytest.mark.parametrize("size,shape", [(0, (0, 300, 1000)), (1, (1, 300, 1000))])
def test_permutation_of_few(size, shape):
    orders = CHANCE.stream("permutation.few").permutation(LANES, size)
    assert orders.shape == shape
    assert (orders == 0).all()


@pytest.mark.parametrize("size", [-1, 1 << 16])
def test_permutation_refuses(size):
    with pytest.raises(ValueError, match="65535"):
        CHANCE.stream("permutation.few").permutation(LANES, size)

"""Categorical choices and permutations against their exact laws."""

import itertools

import numpy as np
import pytest
from law_checks import LIMIT, cells_p, correlation_p, count_p

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


@pytest.mark.parametrize("weights", [[1.0], [0.0, 1.0, 0.0], [0.2, 0.5, 0.3], [5, 0, 1, 1, 0], [1e-30, 3e-30]])
def test_choice_is_a_logit(weights):
    with np.errstate(divide="ignore"):
        utilities = np.log(np.array(weights))
    index = CHANCE.stream(f"choice.{weights}").choice(LANES, utilities)
    assert index.dtype == np.int32
    exact = np.array(weights, float) / np.sum(weights)
    assert cells_p(np.bincount(index.ravel(), minlength=len(weights)), exact) > LIMIT


def test_choice_per_lane():
    utilities = np.random.default_rng(3).normal(0, 3, (7, *LANES.shape))
    index = CHANCE.stream("choice.lanes").choice(LANES, utilities)
    shares = np.exp(utilities) / np.exp(utilities).sum(axis=0)
    for j in range(7):
        hits, variance = (index == j).sum(), (shares[j] * (1 - shares[j])).sum()
        assert abs(hits - shares[j].sum()) < 5 * np.sqrt(variance)


def test_choice_is_independent_of_irrelevant_alternatives():
    two = CHANCE.stream("choice.two").choice(LANES, [0.0, 1.0]).ravel()
    three = CHANCE.stream("choice.three").choice(LANES, [0.0, 1.0, 0.7]).ravel()
    among = three[three < 2]
    error = np.sqrt(two.var() / two.size + among.var() / among.size)
    assert abs(two.mean() - among.mean()) < 5 * error


@pytest.mark.parametrize("utilities", [[-np.inf, -np.inf], [0.0, np.inf], [np.nan, np.nan]])
def test_choice_refuses(utilities):
    with pytest.raises(ValueError, match="utilities"):
        CHANCE.stream("refused").choice(LANES, utilities)


@pytest.mark.parametrize("p", [0.0, 1e-5, 0.3, 1.0])
def test_bernoulli(p):
    hits = CHANCE.stream(f"bernoulli.{p}").bernoulli(LANES, p)
    assert hits.dtype == np.int32
    assert set(np.unique(hits)) <= {0, 1}
    assert count_p(hits.sum(), LANES.size, p) > LIMIT


@pytest.mark.parametrize("p", [-0.1, 1.1, np.nan])
def test_bernoulli_refuses(p):
    with pytest.raises(ValueError, match="probability"):
        CHANCE.stream("refused").bernoulli(LANES, p)


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

"""Each comparison accepts the right law and refuses one that is off by a per cent."""

import numpy as np
import pytest
from law_checks import LIMIT, cells_p, continuous_p, correlation_p, count_p, discrete_p
from scipy import stats

from sim.random import Chance, Lanes

LANES = Lanes.grid(0, 400, np.arange(1000))


def stream(name):
    return Chance(11).stream(name)


def test_discrete_refuses_a_share_off_by_one_per_cent():
    sample = stream("mutation.binomial").binomial(LANES, 1000, 0.4)
    assert discrete_p(sample, stats.binom(1000, 0.4)) > LIMIT
    assert discrete_p(sample, stats.binom(1000, 0.404)) < LIMIT
    assert discrete_p(sample, stats.binom(1010, 0.4)) < LIMIT
    assert discrete_p(np.where(sample == 400, 401, sample), stats.binom(1000, 0.4)) < LIMIT


def test_discrete_refuses_a_value_outside_the_support():
    assert cells_p([10, 1], [1.0, 0.0]) == 0.0
    assert cells_p([100, 100], [0.5, 0.5]) == 1.0
    assert cells_p([1000, 1300], [0.5, 0.5]) < LIMIT


def test_continuous_refuses_a_scale_off_by_one_per_cent():
    sample = stream("mutation.normal").normal(LANES)
    assert continuous_p(sample, stats.norm.cdf) > LIMIT
    assert continuous_p(sample * 1.02, stats.norm.cdf) < LIMIT
    assert continuous_p(sample + 0.01, stats.norm.cdf) < LIMIT


@pytest.mark.parametrize("hits,fits", [(1000, True), (1060, True), (1200, False), (800, False)])
def test_count(hits, fits):
    assert (count_p(hits, 10_000_000, 1e-4) > LIMIT) is fits


def test_correlation_refuses_one_per_cent():
    a, b = stream("a").normal(LANES), stream("b").normal(LANES)
    assert correlation_p(a, b) > LIMIT
    assert correlation_p(a, b + 0.01 * a) < LIMIT

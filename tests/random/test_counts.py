"""Counts: binomial, multinomial, Poisson against their exact laws."""

import numpy as np
import pytest
from law_checks import LIMIT, cells_p, correlation_p, discrete_p
from scipy import stats

from sim.numeric.elementary import exp_weights
from sim.random import Chance, Lanes, multinomial

LANES = Lanes.grid(0, 200, np.arange(2000))
CHANCE = Chance(20221120)

BINOMIAL = [
    (1, 0.5),
    (1, 0.999),
    (2, 0.3),
    (10, 1e-9),
    (20, 0.5),
    (19, 0.5),
    (22, 0.4541),
    (40, 0.5),
    (50, 0.3),
    (100, 0.02),
    (100, 0.0999),
    (100, 0.1001),
    (999, 0.01),
    (1000, 0.00999),
    (1000, 0.01001),
    (1000, 0.8),
    (1000, 0.99),
    (1000, 0.9901),
    (300, 0.05),
    (3000, 0.0035),
    (3000, 0.5),
    (5000, 0.9999),
    (65_535, 0.25),
    (1_000_000, 0.3),
    (1_400_000, 0.81),
    (100_000_000, 9.99e-8),
    (100_000_000, 10.01e-8),
    (100_000_000, 1e-9),
    (100_000_000, 0.5),
    (100_000_000, 0.999),
    (100_000_000, 0.37),
]


@pytest.mark.parametrize("n,p", BINOMIAL)
def test_binomial_law(n, p):
    sample = CHANCE.stream(f"binomial.{n}.{p}").binomial(LANES, n, p)
    assert sample.dtype == np.int32
    assert sample.shape == LANES.shape
    assert discrete_p(sample, stats.binom(n, p)) > LIMIT
    assert sample.min() >= 0
    assert sample.max() <= n


@pytest.mark.parametrize("n,p,value", [(0, 0.3, 0), (0, 1.0, 0), (17, 0.0, 0), (17, 1.0, 17), (10**8, 1.0, 10**8)])
def test_binomial_without_chance(n, p, value):
    assert (CHANCE.stream("certain").binomial(LANES, n, p) == value).all()


def test_binomial_parameters_per_lane():
    rng = np.random.default_rng(1)
    n = rng.integers(0, 3000, LANES.shape)
    p = rng.random(LANES.shape)
    k = CHANCE.stream("mixed").binomial(LANES, n, p)
    assert k.dtype == np.int64
    law = stats.binom(n, p)
    # A uniform point inside each probability jump makes the transform exactly uniform.
    u = law.cdf(k) - rng.random(LANES.shape) * law.pmf(k)
    assert cells_p(np.bincount((u.ravel() * 100).astype(int).clip(0, 99), minlength=100), np.full(100, 0.01)) > LIMIT
    # What a lane gets does not depend on what stands beside it.
    assert k[3, 5] == CHANCE.stream("mixed").binomial(Lanes.grid(3, 1, [5]), int(n[3, 5]), p[3, 5])[0, 0]


def test_binomial_dtypes_and_broadcasting():
    stream = CHANCE.stream("dtypes")
    lanes = Lanes.grid(0, 5, np.arange(7))
    plain = stream.binomial(lanes, 100, np.float32(0.25))
    assert np.array_equal(plain, stream.binomial(lanes, np.full(7, 100, np.int64), np.full((5, 1), 0.25)))
    assert stream.binomial(lanes, np.full(7, 100, np.int64), 0.25).dtype == np.int64
    assert stream.binomial(lanes, np.full(7, 100, np.uint16), 0.25).dtype == np.int32
    out = np.empty(lanes.shape, np.int64)
    assert stream.binomial(lanes, 100, 0.25, out=out) is out
    assert np.array_equal(out, plain)
    large = stream.binomial(lanes, 3 * 10**9, 0.5)
    assert large.dtype == np.int64
    assert abs(large.mean() / 1.5e9 - 1) < 1e-4


@pytest.mark.parametrize("n,p", [(-1, 0.5), (10, -0.1), (10, 1.0000001), (10, np.nan), (10, np.inf), (1.5, 0.5)])
def test_binomial_refuses(n, p):
    with pytest.raises(ValueError):
        CHANCE.stream("refused").binomial(LANES, n, p)


@pytest.mark.slow
@pytest.mark.parametrize("n,p", [(21, 0.48), (1000, 0.0101), (1000, 0.3), (100_000, 0.5)])
def test_binomial_law_at_forty_million(n, p):
    counts = np.zeros(n + 1, np.int64)
    for block in range(100):
        lanes = Lanes.grid(block * 200, 200, np.arange(2000))
        counts += np.bincount(CHANCE.stream(f"long.{n}.{p}").binomial(lanes, n, p).ravel(), minlength=n + 1)
    assert cells_p(counts, stats.binom.pmf(np.arange(n + 1), n, p)) > LIMIT


def streams(name, k):
    return [CHANCE.stream(name, str(j)) for j in range(k)]


@pytest.mark.parametrize("n", [0, 1, 7, 1000, 10**8])
@pytest.mark.parametrize(
    "weights",
    [
        [0.8131, 0.0342, 0.0253, 0.0222, 0.026, 0.0217, 0.0575],
        [0.5, 0.3, 0.2 - 1e-7],
        [0.0, 3.0, 0.0, 1.0, 0.0],
        [1e-30, 1.0],
        [5.0],
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_multinomial_margins(n, weights, dtype):
    shares = np.array(weights, dtype=dtype)
    x = multinomial(streams(f"margins.{n}.{len(weights)}", len(weights)), LANES, n, shares)
    assert x.shape == (len(weights), *LANES.shape)
    assert (x.sum(axis=0) == n).all()
    exact = shares.astype(float) / shares.astype(float).sum()
    for count, share in zip(x, exact):
        assert discrete_p(count, stats.binom(n, share)) > LIMIT
    assert (x[shares == 0] == 0).all()


def test_multinomial_joint_law():
    x = multinomial(streams("joint", 3), LANES, 4, [0.2, 0.5, 0.3])
    counts = np.bincount((x[0] * 5 + x[1]).ravel(), minlength=25)
    cells = [(a, b) for a in range(5) for b in range(5)]
    law = stats.multinomial(4, [0.2, 0.5, 0.3])
    assert cells_p(counts, [law.pmf([a, b, 4 - a - b]) if a + b <= 4 else 0.0 for a, b in cells]) > LIMIT


def test_multinomial_all_weight_on_one():
    for j in range(4):
        weights = np.zeros(4, np.float32)
        weights[j] = 1e-20
        x = multinomial(streams("one", 4), LANES, 1000, weights)
        assert (x[j] == 1000).all()


def test_multinomial_only_ratios_matter():
    weights = np.array([0.25, 0.5, 0.125, 0.125])
    first = multinomial(streams("ratio", 4), LANES, 1000, weights)
    assert np.array_equal(first, multinomial(streams("ratio", 4), LANES, 1000, weights * 2.0**40))


def test_multinomial_another_option_leaves_the_first_draws_alone():
    few = multinomial(streams("more", 3), LANES, 100, [0.5, 0.3, 0.2])
    many = multinomial(streams("more", 4), LANES, 100, [0.5, 0.3, 0.1, 0.1])
    assert np.array_equal(few[:2], many[:2])


def test_multinomial_refuses():
    with pytest.raises(ValueError, match="not all 0"):
        multinomial(streams("zero", 3), LANES, 10, [0.0, 0.0, 0.0])
    with pytest.raises(ValueError):
        multinomial(streams("zero", 3), LANES, 10, [0.5, -0.1, 0.6])
    with pytest.raises(ValueError):
        multinomial(streams("zero", 3), LANES, 10, [0.5, np.nan, 0.6])
    with pytest.raises(ValueError):
        multinomial(streams("zero", 3), LANES, -10, [0.5, 0.1, 0.6])
    with pytest.raises(ValueError, match="streams"):
        multinomial(streams("zero", 2), LANES, 10, [0.5, 0.1, 0.6])
    assert (multinomial(streams("zero", 3), LANES, 0, [0.0, 0.0, 0.0]) == 0).all()


@pytest.mark.parametrize("mean", [0.001, 0.1, 1.0, 5.0, 9.9, 9.999, 10.0, 10.1, 30.0, 1000.0, 1e6, 1e9])
def test_poisson_law(mean):
    sample = CHANCE.stream(f"poisson.{mean}").poisson(LANES, mean)
    assert sample.dtype == np.int64
    assert discrete_p(sample, stats.poisson(mean)) > LIMIT


def test_poisson_ends():
    assert (CHANCE.stream("none").poisson(LANES, 0.0) == 0).all()
    for mean in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError):
            CHANCE.stream("none").poisson(LANES, mean)


def test_counts_of_neighbours_are_uncorrelated():
    a, b = CHANCE.stream("left").binomial(LANES, 1000, 0.3), CHANCE.stream("right").binomial(LANES, 1000, 0.3)
    assert correlation_p(a, b) > LIMIT
    assert correlation_p(a[1:], a[:-1]) > LIMIT
    assert correlation_p(a[:, 1:], a[:, :-1]) > LIMIT


PAIR_PARTS = [
    (8, 21),
    (9, 21),
    (40, 1),
    (39, 2),
    (300, 21),
    (5, 2047),
    (4, 2048),
    (4, 2049),
    (3, 5000),
    (2, 63),
    (2, 64),
]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("count,units", PAIR_PARTS)
def test_pairs_of_draws_at_once_and_each_draw_alone(first, count, units):
    lanes = Lanes.grid(first, count, 5 + 3 * np.arange(units))
    apart = Lanes(lanes.draw, lanes.element, lanes.shape)
    assert (lanes.run, apart.run) == (units, 0)
    rng = np.random.default_rng(count)
    n = rng.integers(0, 3_000, lanes.shape, dtype=np.int32)
    p = rng.random(lanes.shape)
    stream = CHANCE.stream("pairs")
    assert np.array_equal(stream.binomial(lanes, n, p), stream.binomial(apart, n, p))
    logs = rng.normal(-1.0, 2.0, (3, *lanes.shape)).astype(np.float32)
    logs[:, :, units // 2 :: 3] -= np.float32(300.0)
    logs[1, 0] = -np.inf
    # Nothing may be written beyond the end.
    memory = np.full(logs.size + 64, -1, np.int32)
    at_once = multinomial(streams("pairs", 3), lanes, n, logs, memory[: logs.size].reshape(logs.shape), logs=True)
    assert (memory[logs.size :] == -1).all()
    assert np.array_equal(at_once, multinomial(streams("pairs", 3), apart, n, logs, logs=True))
    assert np.array_equal(at_once, multinomial(streams("pairs", 3), lanes, n, exp_weights(logs)))
    assert np.array_equal(at_once.sum(axis=0), n)
    wide = multinomial(streams("pairs", 3), lanes, n, exp_weights(logs.astype(float)))
    assert np.array_equal(wide, multinomial(streams("pairs", 3), lanes, n, logs.astype(float), logs=True))


def test_logarithms_of_no_weight():
    none = np.full((3, *LANES.shape), -np.inf, np.float32)
    assert (multinomial(streams("none", 3), LANES, 0, none, logs=True) == 0).all()
    for bad in (none, np.full_like(none, np.nan)):
        with pytest.raises(ValueError, match="weights"):
            multinomial(streams("none", 3), LANES, 5, bad, logs=True)


@pytest.mark.parametrize("n,p", [(40, 0.1), (5_000, 0.3)])
def test_the_counts_of_a_pair_are_independent(n, p):
    counts = CHANCE.stream(f"pair.{n}").binomial(LANES, n, p).astype(float).reshape(-1, 2, LANES.shape[1])
    first, second = counts[:, 0] - n * p, counts[:, 1] - n * p
    for power in (1, 2):
        for other in (1, 2):
            assert correlation_p(first**power, second**other) > LIMIT

"""What decides most proposals of the binomial in float32 is right for certain: the bound it rests on, measured."""

import numpy as np
import pytest
from scipy.special import gammaln

from sim.random.binomial import REACH, log_ratio32, quick_limit


def exact(n, p, k):
    """ln f(k)/f(m) with the mode m, in float64, for real k."""
    m = np.floor((n + 1) * p)

    def log_f(x):
        return -gammaln(x + 1) - gammaln(n - x + 1) + x * (np.log(p) - np.log1p(-p))

    return log_f(k) - log_f(m)


def cases():
    rng = np.random.default_rng(20221120)
    for i in range(4_000):
        mean = 10 ** rng.uniform(1, 2 if i % 2 else 5)
        p = rng.choice([0.5, 0.4999, 10 ** rng.uniform(-7, np.log10(0.5)), rng.uniform(0.01, 0.5)])
        n = np.ceil(mean / p)
        sd = np.sqrt(n * p * (1 - p))
        reach = float(REACH)
        z = np.concatenate([rng.uniform(-reach, reach, 60), rng.uniform(-2, 2, 20), [-reach, reach]])
        k = n * p + sd * z
        k = k[(k >= 0) & (k <= n)]
        yield n, p, np.concatenate([k, np.floor(k)])


@pytest.fixture(scope="module")
def worst():
    """The largest error of the approximation in units of what is allowed for it."""
    out = 0.0
    for n, p, k in cases():
        variance = n * p * (1 - p)
        y = k - n * p
        inside = np.abs(y) <= float(REACH) * np.sqrt(variance)
        middle, slack = np.array(
            [log_ratio32(np.float32(a), np.float32(variance), np.float32(1 - 2 * p)) for a in y[inside]]
        ).T
        # The rounding of ln Γ near n is the test's own.
        noise = 2e-15 * n * np.log(n + 1)
        out = max(out, float(((np.abs(exact(n, p, k[inside]) - middle) - noise) / slack).max()))
    return out


def test_the_bound_holds(worst):
    assert worst <= 1


def test_the_bound_is_not_idle(worst):
    """A tenth less would not do: the test can fail."""
    assert worst > 0.9


def quick_excess(mean, p):
    """The greatest v·b that the quick test lets through, less the greatest that the full test does."""
    n = np.ceil(mean / p)
    sd = np.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * sd
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre = n * p + 0.5
    k = np.arange(max(-1.0, np.floor(n * p - 7 * sd)), min(n + 1, np.ceil(n * p + 7 * sd)) + 1)
    # Of the proposals of one count the one nearest to the middle: there the quick test lets most through and
    # the full test least.  Its u solves (2a/us + b)·|u| = far.
    far = np.abs(np.clip(centre, k, k + 1) - centre)
    half = 2 * a + 0.5 * b + far
    us = 0.5 - far / (half + np.sqrt(half * half - 2 * b * far))
    inside = (k >= 0) & (k <= n)
    ratio = np.where(inside, np.exp(exact(n, p, np.clip(k, 0, n))), 0.0)
    full = ratio * (a / us**2 + b) / ((2.83 + 5.1 / b) * sd)
    quick = np.array([quick_limit(x, b) for x in us])
    return float(np.where(quick > 0, quick - full * b, -np.inf).max())


@pytest.fixture(scope="module")
def excess():
    rng = np.random.default_rng(20221121)
    means = 10 ** rng.uniform(1, np.resize([1.2, 1.2, 1.2, 2, 4], 3_000))
    shares = [rng.choice([0.5, 10 ** rng.uniform(-7, np.log10(0.5)), rng.uniform(0.01, 0.5)]) for _ in means]
    return max(quick_excess(mean, p) for mean, p in zip(means, shares))


def test_what_is_quickly_accepted_would_be_accepted(excess):
    assert excess <= 0


def test_the_quick_test_is_not_idle(excess):
    """Letting through 0.2 more of v·b would not do: the test can fail."""
    assert excess > -0.2

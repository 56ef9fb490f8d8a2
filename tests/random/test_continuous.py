"""Uniform, normal, exponential, gamma, chi-square, beta, Dirichlet, vectors, against their exact laws."""

import numpy as np
import pytest
from law_checks import LIMIT, continuous_p, correlation_p, count_p
from scipy import special, stats

from sim.numeric.linear import cholesky
from sim.random import Chance, Lanes, dirichlet, multivariate_normal, multivariate_t, normals

LANES = Lanes.grid(0, 500, np.arange(2000))
CHANCE = Chance(7)


@pytest.mark.parametrize("kind,dtype", [("uniform", np.float32), ("uniform64", np.float64)])
def test_uniform(kind, dtype):
    u = getattr(CHANCE.stream(kind), kind)(LANES)
    assert u.dtype == dtype
    assert u.min() > 0
    assert u.max() < 1
    assert continuous_p(u, lambda x: x) > LIMIT
    # The low bits are as random as the high ones.
    assert continuous_p((u.astype(float) * 2.0**12) % 1.0, lambda x: x) > LIMIT


@pytest.mark.parametrize("kind,dtype", [("normal", np.float32), ("normal64", np.float64)])
def test_normal(kind, dtype):
    z = getattr(CHANCE.stream(kind), kind)(LANES)
    assert z.dtype == dtype
    assert continuous_p(z, stats.norm.cdf) > LIMIT
    n = z.size
    for edge in (3.0, 4.0, 5.0):
        chance = special.erfc(edge / np.sqrt(2))
        assert count_p(int((np.abs(z) > edge).sum()), n, chance) > LIMIT
    z = z.astype(float)
    assert abs(z.mean()) < 5 / np.sqrt(n)
    assert abs((z**2).mean() - 1) < 5 * np.sqrt(2 / n)
    assert abs((z**3).mean()) < 5 * np.sqrt(15 / n)
    assert abs((z**4).mean() - 3) < 5 * np.sqrt(96 / n)


def test_both_normals_are_the_same_number():
    stream = CHANCE.stream("same")
    narrow, wide = stream.normal(LANES), stream.normal64(LANES)
    gap = np.abs(narrow - wide)
    assert np.quantile(gap, 0.999) < 1e-6
    # Near radius 0 the float32 uniform is coarse: 2⁻²⁴ below 1.
    assert gap.max() < 4e-4


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "normal64"])
def test_normal_tail_at_a_billion(kind):
    edges = np.array([4.0, 5.0, 5.5, 6.0])
    hits = np.zeros(4, np.int64)
    stream = CHANCE.stream("tail")
    out = np.empty((100, 20_000), np.float32 if kind == "normal" else np.float64)
    blocks = 500
    for block in range(blocks):
        z = np.abs(getattr(stream, kind)(Lanes.grid(block * 100, 100, np.arange(20_000)), out=out))
        top = z[z > 4.0]
        hits += (top[:, None] > edges).sum(axis=0)
    for count, edge in zip(hits, edges):
        assert count_p(int(count), blocks * out.size, special.erfc(edge / np.sqrt(2))) > LIMIT


@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_neighbours_are_uncorrelated(kind):
    def take(name):
        return getattr(CHANCE.stream(name), kind)(LANES)

    a, b = take("neighbour.a"), take("neighbour.b")
    assert correlation_p(a, b) > LIMIT
    assert correlation_p(a[1:], a[:-1]) > LIMIT
    assert correlation_p(a[:, 1:], a[:, :-1]) > LIMIT
    assert correlation_p(a[1:, 1:], a[:-1, :-1]) > LIMIT
    assert correlation_p(a**2, b**2) > LIMIT
    seeds = [getattr(Chance(seed).stream("neighbour.a"), kind)(LANES) for seed in (1, 2)]
    assert correlation_p(*seeds) > LIMIT


def test_attempts_are_uncorrelated():
    # Gamma's boost and its proposals share a stream but not an attempt word.
    from sim.random.philox import philox

    counter = np.zeros((200_000, 4), np.uint32)
    counter[:, 0] = np.arange(200_000)
    words = []
    for attempt in (0, 1, 2, 0x40000000, 0x80000000):
        counter[:, 3] = attempt
        words.append(philox(counter, (7, 0)).astype(float))
    for i in range(len(words)):
        for j in range(i):
            for w in range(4):
                assert correlation_p(words[i][:, w], words[j][:, w]) > LIMIT


def test_exponential():
    assert continuous_p(CHANCE.stream("exponential").exponential(LANES), lambda x: -np.expm1(-x)) > LIMIT


@pytest.mark.parametrize("shape", [0.05, 0.3, 0.7, 0.999, 1.0, 1.5, 5.0, 100.0, 1e4, 1e7])
def test_gamma(shape):
    g = CHANCE.stream(f"gamma.{shape}").gamma(LANES, shape)
    assert g.dtype == np.float64
    assert continuous_p(g, lambda x: special.gammainc(shape, x)) > LIMIT


def test_gamma_shapes_per_lane():
    shape = 0.05 + np.random.default_rng(2).gamma(0.5, 4.0, LANES.shape)
    g = CHANCE.stream("gamma.mixed").gamma(LANES, shape)
    # Each lane is transformed by its own law.
    assert continuous_p(special.gammainc(shape, g), lambda x: x) > LIMIT


def test_gamma_ends():
    stream = CHANCE.stream("gamma.ends")
    assert (stream.gamma(LANES, 0.0) == 0.0).all()
    assert (stream.gamma(LANES, 1e-5) >= 0.0).all()
    narrow = stream.gamma(LANES, 2.0, out=np.empty(LANES.shape, np.float32))
    assert np.allclose(narrow, stream.gamma(LANES, 2.0), rtol=1e-6)
    for shape in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="gamma"):
            stream.gamma(LANES, shape)


@pytest.mark.parametrize("df", [0.5, 1.0, 4.0, 30.0])
def test_chi_square(df):
    assert continuous_p(CHANCE.stream("chi").chi_square(LANES, df), lambda x: special.chdtr(df, x)) > LIMIT


@pytest.mark.parametrize("a,b", [(0.05, 3), (0.5, 0.5), (1, 1), (2, 5), (300, 12)])
def test_beta(a, b):
    x = CHANCE.stream(f"beta.{a}").beta(LANES, a, b)
    assert continuous_p(x, lambda x: special.betainc(a, b, x)) > LIMIT


def test_beta_ends():
    stream = CHANCE.stream("beta.ends")
    assert (stream.beta(LANES, 0.0, 2.0) == 0.0).all()
    assert (stream.beta(LANES, 2.0, 0.0) == 1.0).all()
    tiny = stream.beta(LANES, 1e-6, 1e-6)
    assert count_p(int((tiny > 0.5).sum()), tiny.size, 0.5) > LIMIT
    with pytest.raises(ValueError, match="beta"):
        stream.beta(LANES, 0.0, 0.0)


def parts(name, k):
    return [CHANCE.stream(name, str(j)) for j in range(k)]


@pytest.mark.parametrize("concentration", [[1.0, 2.0, 3.0, 0.5], [0.05, 0.1, 0.15], [400.0, 30.0, 0.0, 25.0]])
def test_dirichlet_margins(concentration):
    a = np.array(concentration)
    x = dirichlet(parts(f"dirichlet.{a.size}.{a[0]}", a.size), LANES, a)
    assert np.abs(x.sum(axis=0) - 1).max() < 1e-15 * a.size
    for share, own in zip(x, a):
        if own == 0:
            assert (share == 0).all()
        else:
            assert continuous_p(share, lambda v, own=own: special.betainc(own, a.sum() - own, v)) > LIMIT


def test_dirichlet_so_small_that_gammas_underflow():
    a = np.array([1e-5, 2e-5, 1e-5])
    x = dirichlet(parts("dirichlet.small", 3), LANES, a)
    assert np.isfinite(x).all()
    assert np.abs(x.sum(axis=0) - 1).max() < 1e-12
    assert count_p(int((x[1] > 0.5).sum()), LANES.size, 0.5) > LIMIT
    with pytest.raises(ValueError, match="concentrations"):
        dirichlet(parts("dirichlet.small", 3), LANES, [0.0, 0.0, 0.0])


def test_dirichlet_dtype_follows_the_concentration():
    a = np.full(3, 2.0, np.float32)
    assert dirichlet(parts("dirichlet.dtype", 3), LANES, a).dtype == np.float32


COVARIANCE = np.array([[1.0, 0.5, -0.3], [0.5, 2.0, 0.1], [-0.3, 0.1, 0.5]])


def test_multivariate_normal():
    z = multivariate_normal(parts("vector", 3), LANES, cholesky(COVARIANCE)).reshape(3, -1)
    whitened = np.linalg.solve(cholesky(COVARIANCE), z.astype(float))
    for i in range(3):
        assert continuous_p(whitened[i], stats.norm.cdf) > LIMIT
        for j in range(i):
            assert correlation_p(whitened[i], whitened[j]) > LIMIT


def test_multivariate_t_shares_one_scale_per_draw():
    lanes = Lanes.grid(0, 100_000, [3, 9])
    factor = cholesky(COVARIANCE)
    t = multivariate_t(parts("t", 3), CHANCE.stream("t.chi"), lanes, factor, 6)
    z = multivariate_normal(parts("t", 3), lanes, factor)
    ratio = t.astype(float) / z
    assert np.allclose(ratio, ratio[:1, :, :1], rtol=1e-5)
    for i in range(3):
        assert continuous_p(t[i, :, 0] / np.sqrt(COVARIANCE[i, i]), lambda x: special.stdtr(6, x)) > LIMIT
    assert np.array_equal(multivariate_t(parts("t", 3), CHANCE.stream("t.chi"), lanes, factor, np.inf), z)
    with pytest.raises(ValueError, match="degrees"):
        multivariate_t(parts("t", 3), CHANCE.stream("t.chi"), lanes, factor, 0)


def test_normals_are_each_streams_own():
    streams = [CHANCE.stream("normals", name) for name in "abc"]
    lanes = Lanes.grid(5, 40, np.arange(70))
    together = normals(streams, lanes)
    for stream, plane in zip(streams, together):
        assert np.array_equal(plane, stream.normal(lanes))


def alone(lanes):
    """The same lanes, not known to be consecutive draws."""
    return Lanes(lanes.draw, lanes.element, lanes.shape)


@pytest.mark.parametrize("units", [0, 1, 2, 8, 9, 21, 1023, 1024, 1025, 2500])
@pytest.mark.parametrize("first", [0, 1, 2**32 - 40])
@pytest.mark.parametrize("count", [0, 1, 2, 39, 40])
def test_pairs_of_draws_at_once_and_each_draw_alone(first, count, units):
    lanes = Lanes.grid(first, count, 5 + 3 * np.arange(units))
    streams = [CHANCE.stream("pairs", name) for name in "ab"]
    apart = alone(lanes)
    assert (lanes.run, apart.run) == (units if lanes.size else 0, 0)
    # Nothing may be written beyond the end.
    memory = np.full(2 * lanes.size + 64, np.nan, np.float32)
    at_once = normals(streams, lanes, memory[: 2 * lanes.size].reshape(2, *lanes.shape))
    assert np.isnan(memory[2 * lanes.size :]).all()
    assert at_once.tobytes() == normals(streams, apart).tobytes()
    assert at_once[0].tobytes() == streams[0].normal(lanes).tobytes()


def test_the_draws_of_a_pair_are_independent():
    first, second = CHANCE.stream("pairs").normal(LANES).astype(float).reshape(-1, 2, LANES.shape[1]).swapaxes(0, 1)
    # The angle and the radius of a pair of independent normals: uniform, independent, and the radius χ² of two.
    turn = np.arctan2(second, first) / (2 * np.pi) + 0.5
    radius = np.exp(-0.5 * (first**2 + second**2))
    assert continuous_p(turn, lambda x: x) > LIMIT
    assert continuous_p(radius, lambda x: x) > LIMIT
    assert continuous_p((4.0 * turn) % 1.0, lambda x: x) > LIMIT
    assert correlation_p(turn, radius) > LIMIT
    for power in (1, 2, 3):
        for other in (1, 2, 3):
            assert correlation_p(first**power, second**other) > LIMIT
    assert continuous_p((first + second) / np.sqrt(2), stats.norm.cdf) > LIMIT
    assert continuous_p((first - second) / np.sqrt(2), stats.norm.cdf) > LIMIT


def test_the_formula_of_a_pair():
    from sim.random.philox import philox

    stream = CHANCE.stream("pairs")
    lanes = Lanes.grid(12, 6, np.arange(50))
    draw, element = (part.reshape(lanes.shape) for part in (lanes.draw, lanes.element))
    counter = np.stack([element, draw // 2, np.full_like(draw, stream.number), np.zeros_like(draw)], axis=-1)
    words = philox(counter, (CHANCE.seed, 0)).astype(float)
    radius = np.sqrt(-2 * np.log((words[..., 0] + (words[..., 1] + 0.5) / 2**32) / 2**32))
    angle = 2 * np.pi * words[..., 2] / 2**32
    expected = radius * np.where(draw % 2, np.sin(angle), np.cos(angle))
    assert np.allclose(stream.normal(lanes), expected, rtol=0, atol=2e-6)
    assert np.allclose(stream.normal64(lanes), expected, rtol=0, atol=1e-8)

"""Elementary functions: accuracy against numpy in float64, ends, shapes, and the same bits in any block."""

import numpy as np
import pytest

from sim.numeric.elementary import exp, exp_weights, log, logistic, logit, softmax

EPSILON = {np.float32: 2.0**-23, np.float64: 2.0**-52}
BOTH = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def ulps(value, exact):
    """Largest error in units of the last place of the result."""
    spacing = np.spacing(np.abs(exact).astype(value.dtype)).astype(np.longdouble)
    return float(np.max(np.abs(value.astype(np.longdouble) - exact) / spacing))


def grid(low, high, dtype, n=200_001):
    return np.linspace(low, high, n).astype(dtype)


def test_the_measure_of_error_can_fail():
    x = grid(-5, 5, np.float32)
    exact = np.exp(x.astype(np.longdouble))
    assert ulps(exp(x), exact) < 1.5
    assert ulps(exp(x) * np.float32(1 + 4e-7), exact) > 1.5


@BOTH
def test_exp(dtype):
    edge = 87.0 if dtype == np.float32 else 708.0
    for width in (1.0, 10.0, edge):
        x = grid(-width, width, dtype)
        assert ulps(exp(x), np.exp(x.astype(np.longdouble))) < 1.5


@BOTH
def test_exp_ends(dtype):
    assert exp(np.array([-np.inf, -1e30, 0.0, np.inf, 1e30], dtype)).tolist() == [0, 0, 1, np.inf, np.inf]
    assert np.isnan(exp(np.array([np.nan], dtype))[0])
    tiny = np.finfo(dtype).tiny
    below = dtype(np.log(tiny) - 3)
    assert abs(exp(below) - np.exp(np.float64(below))) <= np.finfo(dtype).smallest_subnormal
    top = np.nextafter(dtype(np.log(np.finfo(dtype).max)), dtype(0))
    assert np.isfinite(exp(top))


@BOTH
def test_log(dtype):
    for low, high in ((1e-30, 1e-20), (1e-6, 0.5), (0.5, 0.99), (0.99, 1.01), (1.01, 2.0), (2.0, 1e30)):
        x = grid(low, high, dtype)
        exact = np.log(x.astype(np.longdouble))
        away = x != 1
        assert ulps(log(x[away]), exact[away]) < 1.5
    assert log(dtype(1.0)) == 0


@BOTH
def test_log_ends(dtype):
    x = np.array([0.0, -0.0, np.inf, -1.0, np.nan], dtype)
    assert log(x[:3]).tolist() == [-np.inf, -np.inf, np.inf]
    assert np.isnan(log(x[3:])).all()
    small = np.array([np.finfo(dtype).smallest_subnormal, np.finfo(dtype).tiny / 3], dtype)
    assert np.allclose(log(small), np.log(small.astype(np.longdouble)).astype(float), rtol=2 * EPSILON[dtype])


@BOTH
def test_logistic(dtype):
    x = grid(-80, 80, dtype)
    exact = 1 / (1 + np.exp(-x.astype(np.longdouble)))
    assert ulps(logistic(x), exact) < 3
    assert logistic(np.array([-np.inf, -1e30, 0.0, 1e30, np.inf], dtype)).tolist() == [0, 0, 0.5, 1, 1]
    assert np.isnan(logistic(np.array([np.nan], dtype))[0])


@BOTH
def test_logit(dtype):
    p = grid(1e-6, 1 - 1e-6, dtype)
    wide = p.astype(np.longdouble)
    exact = np.log(wide / (1 - wide))
    assert float(np.max(np.abs(logit(p) - exact))) < 8 * EPSILON[dtype]
    small = np.array([1e-37, 1e-20, 1e-10], dtype)
    assert np.allclose(logit(small), np.log(small.astype(float)), rtol=2 * EPSILON[dtype])
    assert logit(np.array([0.0, 0.5, 1.0], dtype)).tolist() == [-np.inf, 0, np.inf]
    assert np.isnan(logit(np.array([-0.1, 1.1, np.nan], dtype))).all()


@BOTH
def test_logistic_undoes_logit(dtype):
    p = grid(0.001, 0.999, dtype)
    assert np.abs(logistic(logit(p)) - p).max() < 2 * EPSILON[dtype]


@BOTH
def test_softmax(dtype):
    x = (5 * np.random.default_rng(1).normal(size=(9, 40, 131))).astype(dtype)
    wide = x.astype(np.longdouble)
    weight = np.exp(wide - wide.max(axis=0))
    exact = weight / weight.sum(axis=0)
    assert float(np.max(np.abs(softmax(x) - exact))) < 4 * EPSILON[dtype]
    assert np.abs(softmax(x).sum(axis=0) - 1).max() < 9 * EPSILON[dtype]
    assert float(np.max(np.abs(exp_weights(x) - weight))) < 4 * EPSILON[dtype]
    assert (exp_weights(x).max(axis=0) == 1).all()


@BOTH
def test_softmax_of_the_unavailable(dtype):
    x = np.array([[-np.inf, -np.inf, 0.0, 1e30], [0.0, -np.inf, -np.inf, -1e30]], dtype)
    assert softmax(x).tolist() == [[0, 0, 1, 1], [1, 0, 0, 0]]
    assert exp_weights(x).tolist() == [[0, 0, 1, 1], [1, 0, 0, 0]]
    assert np.isnan(softmax(np.array([[np.nan], [0.0]], dtype))).any()


def test_softmax_needs_options():
    with pytest.raises(ValueError, match="option"):
        softmax(np.float64(1.0))
    with pytest.raises(ValueError, match="option"):
        softmax(np.empty((0, 3)))
    assert softmax(np.empty((3, 0))).shape == (3, 0)
    assert (softmax(np.ones((1, 5))) == 1).all()


@BOTH
@pytest.mark.parametrize("block", [1, 7, 100, 1000])
def test_blocks_have_the_same_bits(dtype, block):
    x = (20 * np.random.default_rng(2).normal(size=(4, 3011))).astype(dtype)
    cuts = [x[:, first : first + block] for first in range(0, x.shape[1], block)]
    for function in (exp, logistic, softmax, exp_weights, lambda a: log(np.abs(a)), lambda a: logit(np.abs(a) % 1)):
        whole = function(x)
        assert np.array_equal(np.concatenate([function(cut) for cut in cuts], axis=1), whole)


@pytest.mark.parametrize("function", [exp, log, logistic, logit, softmax, exp_weights])
def test_out_and_shapes(function):
    x = np.random.default_rng(3).random((3, 4, 5)).astype(np.float32)
    plain = function(x)
    assert plain.dtype == np.float32
    assert plain.shape == x.shape
    out = np.empty_like(x)
    assert function(x, out=out) is out
    assert np.array_equal(out, plain)
    assert np.array_equal(function(np.asfortranarray(x)), plain)
    frozen = x.copy()
    frozen.flags.writeable = False
    assert np.array_equal(function(frozen), plain)
    assert function(x.astype(np.float64)).dtype == np.float64
    for wrong in (np.empty((3, 4, 6), np.float32), np.empty(x.shape), np.empty((5, 4, 3), np.float32).T):
        with pytest.raises(ValueError, match="out must be"):
            function(x, out=wrong)
    assert function(x, out=x) is x
    assert np.array_equal(x, plain)


def test_scalars_and_lists():
    assert exp(0.0) == 1.0
    assert np.ndim(logistic(1)) == 0
    assert np.allclose(log([1, np.e]), [0, 1])


def test_exp_of_weights():
    from numba import vectorize

    from sim.numeric.formulas import exp_weight32

    x = np.concatenate([-np.logspace(-8, np.log10(86.9), 20_000), [0.0]]).astype(np.float32)
    weight = vectorize(["float32(float32)"])(exp_weight32.py_func if hasattr(exp_weight32, "py_func") else exp_weight32)
    found = weight(x)
    exact = np.exp(x.astype(float))
    assert np.abs(found / exact - 1).max() < 2e-7
    assert weight(np.float32(0)) == 1
    for end, value in ((-87.0, 0.0), (-1e9, 0.0), (-np.inf, 0.0)):
        assert weight(np.float32(end)) == value
    assert np.isnan(weight(np.float32(np.nan)))

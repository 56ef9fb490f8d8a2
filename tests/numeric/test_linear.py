"""Cholesky factors and correlation of components."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.numeric.linear import NotPositive, cholesky, correlate


@given(st.integers(1, 12), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_cholesky_of_a_random_covariance(k, seed):
    a = np.random.default_rng(seed).normal(size=(k, k + 2))
    matrix = a @ a.T
    matrix = (matrix + matrix.T) / 2
    factor = cholesky(matrix)
    assert np.allclose(factor @ factor.T, matrix, atol=1e-11 * np.abs(matrix).max())
    assert np.array_equal(factor, np.tril(factor))
    assert np.allclose(factor, np.linalg.cholesky(matrix), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((3, 3)),
        np.ones((4, 4)),
        np.array([[1.0, -1.0], [-1.0, 1.0]]),
        np.eye(5) - np.full((5, 5), 0.2),
        np.diag([1.0, 0.0, 2.0]),
        np.array([[4.0]]),
        np.empty((0, 0)),
    ],
)
def test_cholesky_of_a_singular_covariance(matrix):
    factor = cholesky(matrix)
    assert np.allclose(factor @ factor.T, matrix, atol=1e-12)


@pytest.mark.parametrize(
    "matrix,pair",
    [
        ([[1.0, 1.2], [1.2, 1.0]], (0, 1)),
        ([[1.0, 0.0, 0.0], [0.0, 1.0, -1.1], [0.0, -1.1, 1.0]], (1, 2)),
        ([[-1.0]], (0, 0)),
        ([[1.0, 0.0], [0.0, -2.0]], (1, 1)),
        ([[0.0, 0.5], [0.5, 1.0]], (0, 1)),
        ([[1.0, 0.9, 0.0], [0.9, 1.0, 0.9], [0.0, 0.9, 1.0]], (1, 2)),
        ([[1.0, 0.5], [0.4, 1.0]], (0, 1)),
        ([[1.0, np.nan], [np.nan, 1.0]], (0, 1)),
    ],
)
def test_cholesky_names_the_pair(matrix, pair):
    with pytest.raises(NotPositive, match=r"entry \(\d+, \d+\)") as caught:
        cholesky(matrix)
    assert caught.value.pair == pair
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("shape", [(2, 3), (4,)])
def test_cholesky_needs_a_square(shape):
    with pytest.raises(ValueError, match="square"):
        cholesky(np.ones(shape))


def factor_of(k, seed=0):
    a = np.random.default_rng(seed).normal(size=(k, k))
    return np.tril(a)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 8, 21, 33])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_correlate_equals_the_matrix_product(k, dtype):
    factor = factor_of(k)
    z = np.random.default_rng(1).normal(size=(3, 500, k)).astype(dtype)
    y = correlate(factor, z)
    assert y.dtype == dtype
    size = np.abs(factor) @ np.ones(k)
    assert (np.abs(y - z.astype(float) @ factor.T) < 8 * k * np.finfo(dtype).eps * size).all()
    planes = np.ascontiguousarray(np.moveaxis(z, -1, 0))
    assert np.array_equal(np.moveaxis(correlate(factor, planes, axis=0), 0, -1), y)


def test_correlate_can_be_seen_to_fail():
    factor = factor_of(5)
    z = np.random.default_rng(1).normal(size=(100, 5))
    bent = factor.copy()
    bent[4, 0] *= 1.01
    assert not np.allclose(correlate(bent, z), z @ factor.T)


@pytest.mark.parametrize("block", [1, 7, 100])
def test_correlate_in_blocks_has_the_same_bits(block):
    factor = factor_of(21)
    z = np.random.default_rng(2).normal(size=(1001, 21)).astype(np.float32)
    cut = [correlate(factor, z[first : first + block]) for first in range(0, 1001, block)]
    assert np.array_equal(np.concatenate(cut), correlate(factor, z))
    planes = np.ascontiguousarray(z.T)
    cut = [correlate(factor, planes[:, first : first + block], axis=0) for first in range(0, 1001, block)]
    assert np.array_equal(np.concatenate(cut, axis=1), correlate(factor, z).T)


def test_correlate_out():
    factor = factor_of(4)
    for axis, shape in ((-1, (300, 4)), (0, (4, 300))):
        z = np.random.default_rng(3).normal(size=shape)
        kept = z.copy()
        plain = correlate(factor, z, axis)
        assert np.array_equal(z, kept)
        out = np.empty_like(z)
        assert correlate(factor, z, axis, out=out) is out
        assert np.array_equal(out, plain)
        assert correlate(factor, z, axis, out=z) is z
        assert np.array_equal(z, plain)
        with pytest.raises(ValueError, match="out must be"):
            correlate(factor, z, axis, out=np.empty(shape, np.float32))


def test_correlate_ignores_what_stands_above_the_diagonal():
    z = np.random.default_rng(3).normal(size=(10, 4))
    assert np.array_equal(correlate(factor_of(4) + np.triu(np.ones((4, 4)), 1), z), correlate(factor_of(4), z))


@pytest.mark.parametrize(
    "factor,z,axis", [(np.eye(3), np.ones(4), -1), (np.eye(3), np.ones((3, 4)), 1), (np.ones((3, 2)), np.ones(3), -1)]
)
def test_correlate_refuses(factor, z, axis):
    with pytest.raises(ValueError, match="does not fit"):
        correlate(factor, z, axis)

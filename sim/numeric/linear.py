"""Small linear algebra with a fixed order of operations.

BLAS and LAPACK choose the order of a sum by shape, thread count and processor, so a product of 1,000 rows
and one of 500 rows need not agree in the last bit.  These loops do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.numeric.arrays import solid

__all__ = ["NotPositive", "cholesky", "correlate"]

Array = NDArray[Any]


class NotPositive(ValueError):
    """A matrix is no covariance; ``pair`` holds the indices of the entry to look at first."""

    def __init__(self, pair: tuple[int, int], text: str) -> None:
        self.pair = pair
        super().__init__(text)


def cholesky(matrix: ArrayLike) -> NDArray[np.float64]:
    """The lower triangular factor L with L·Lᵀ = matrix.

    Parameters
    ----------
    matrix
        Symmetric, positive semidefinite, shape (k, k).  A singular matrix is allowed: the columns of
        dependent rows are 0.

    Raises
    ------
    NotPositive
        A ValueError whose ``pair`` names the first asymmetric entry, the first entry that is not finite,
        or, where a pivot is negative, the row of the pivot and the row it is most entangled with.
    """
    from sim.numeric.linear_kernels import cholesky_rows

    full = solid(matrix, np.float64)
    if full.ndim != 2 or full.shape[0] != full.shape[1]:
        raise ValueError(f"a covariance must be square, got shape {full.shape}")
    for text, wrong in (
        ("is not finite", ~np.isfinite(full)),
        ("differs from its mirror image", np.abs(full - full.T) > 1e-12 * np.abs(full)),
    ):
        if wrong.any():
            i, j = (int(index) for index in np.argwhere(wrong)[0])
            raise NotPositive((i, j), f"entry ({i}, {j}) = {full[i, j]} {text}")
    factor = np.zeros_like(full)
    i, j = (int(index) for index in cholesky_rows(full, factor))
    if j >= 0:
        raise NotPositive((i, j), f"the matrix is not positive semidefinite: look at entry ({i}, {j}) = {full[i, j]}")
    return factor


def correlate(factor: Array, z: Array, axis: int = -1, out: Array | None = None) -> Array:
    """Mix independent components by a lower triangular factor: y = factor·z along ``axis``.

    Parameters
    ----------
    factor
        (k, k), lower triangular; what stands above the diagonal is ignored.
    z
        float32 or float64; (…, k) for ``axis=-1``, (k, …) for ``axis=0``.
    out
        Where to write; may be ``z`` itself.

    Returns
    -------
    Array of the shape and dtype of ``z``; the factor is rounded to that dtype first.  Each component is
    the diagonal term plus the others in ascending order, on both axes.
    """
    from sim.numeric.linear_kernels import TILE, correlate_planes, correlate_rows

    k = factor.shape[0]
    if factor.shape != (k, k) or axis not in (0, -1) or z.ndim == 0 or z.shape[axis] != k:
        raise ValueError(f"a factor of shape {factor.shape} does not fit axis {axis} of {z.shape}")
    dtype = np.float32 if z.dtype == np.float32 else np.float64
    source = solid(z, dtype)
    square = solid(factor, dtype)
    if out is None:
        out = np.empty(source.shape, dtype)
    elif out.shape != source.shape or out.dtype != dtype or not out.flags.c_contiguous:
        raise ValueError(f"out must be a C-contiguous {np.dtype(dtype)} array of shape {source.shape}")
    if axis == 0:
        if out is not source:
            out[...] = source
        correlate_planes(square, out.reshape(k, -1))
    else:
        planes = np.empty((k, TILE), dtype)
        correlate_rows(square, source.reshape(-1, k), out.reshape(-1, k), planes)
    return out

"""Random vectors: one stream per component, so that one more component leaves the others as they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.numeric.elementary import exp_weights
from sim.numeric.linear import correlate
from sim.random.arguments import counts, planes, scratch, target
from sim.random.lanes import Lanes
from sim.random.streams import Stream

__all__ = ["dirichlet", "multinomial", "multivariate_normal", "multivariate_t", "normals"]

Array = NDArray[Any]


def _numbers(streams: Sequence[Stream], categories: int) -> tuple[Array, np.uint64, np.uint64]:
    if len(streams) != categories:
        raise ValueError(f"{len(streams)} streams for {categories} categories")
    _, low, high = streams[0].words
    return np.array([stream.number for stream in streams], np.uint64), low, high


def multinomial(
    streams: Sequence[Stream],
    lanes: Lanes,
    n: ArrayLike,
    weights: ArrayLike,
    out: Array | None = None,
    *,
    logs: bool = False,
) -> Array:
    """Multinomial counts, exact: a chain of conditional binomials.

    Parameters
    ----------
    streams
        One per category; the last is never drawn from, since the last category takes the rest.
    n
        Trials, integers ≥ 0, scalar or broadcast to ``lanes.shape``.
    weights
        (k, draws, elements) or (k,), float32 or float64, ≥ 0.  Only ratios matter.
    logs
        The weights are given by their logarithms x: w = exp(x − max x) over the categories.

    Returns
    -------
    (k, draws, elements), int32, or int64 where n is an int64 array; sums to n over axis 0.

    Raises
    ------
    ValueError
        If n or a weight is negative or NaN, or a lane with n > 0 has no weight at all.
    """
    from sim.random import tiles
    from sim.random.multinomial_kernels import multinomial_array

    loads = planes("weights", weights, lanes)
    if logs and loads.dtype != np.float32:
        loads, logs = exp_weights(loads), False
    categories = loads.shape[0]
    trials = counts("n", n, lanes)
    result = target(out, (categories, *lanes.shape), trials.dtype, np.int32, np.int64)
    numbers, low, high = _numbers(streams, categories)
    rows = scratch("binomial", (tiles.PLANES, tiles.PITCH), np.float64)
    whole = scratch("binomial", (tiles.WHOLE_ROWS, tiles.PITCH), np.int32)
    sums = scratch("multinomial", (categories + 1, tiles.PITCH), np.float64)
    remaining = scratch("remaining", (tiles.TILE,), np.float64)
    if multinomial_array(
        lanes.draw,
        lanes.element,
        lanes.run,
        numbers,
        low,
        high,
        trials,
        loads,
        logs,
        rows,
        whole,
        scratch("weights", (categories + 1, tiles.PITCH), loads.dtype),
        sums,
        remaining,
        scratch("trials", (tiles.PITCH,), result.dtype),
        result.reshape(categories, lanes.size),
    ):
        raise ValueError(f"{streams[0].name}: a multinomial needs n >= 0 and finite weights >= 0 that are not all 0")
    return result


def dirichlet(streams: Sequence[Stream], lanes: Lanes, concentration: ArrayLike, out: Array | None = None) -> Array:
    """Dirichlet shares: gammas over their sum.

    ``concentration`` (k, draws, elements) or (k,), finite and ≥ 0, not all 0 in a lane; 0 gives share 0.
    Returns (k, draws, elements) of the dtype of ``concentration`` (or of ``out``), summing to 1 over
    axis 0.  Concentrations so small that every gamma underflows are handled by logarithms.
    """
    from sim.random import gamma
    from sim.random.dirichlet_kernels import dirichlet_array

    shapes = planes("concentration", concentration, lanes)
    categories = shapes.shape[0]
    result = target(out, (categories, *lanes.shape), shapes.dtype, np.float32, np.float64)
    numbers, low, high = _numbers(streams, categories)
    rows = scratch("gamma", (gamma.PLANES, gamma.PITCH), np.float64)
    whole = scratch("gamma", (gamma.WHOLE_ROWS, gamma.PITCH), np.int32)
    if dirichlet_array(
        lanes.draw,
        lanes.element,
        numbers,
        low,
        high,
        shapes,
        rows,
        whole,
        scratch("dirichlet", (categories, gamma.PITCH), np.float64),
        scratch("boosts", (categories, gamma.PITCH), np.float64),
        scratch("total", (gamma.TILE,), np.float64),
        result.reshape(categories, lanes.size),
    ):
        raise ValueError(f"{streams[0].name}: concentrations must be finite, not negative and not all 0")
    return result


def normals(streams: Sequence[Stream], lanes: Lanes, out: Array | None = None) -> Array:
    """Independent standard normals, float32 (k, draws, elements): each stream's own, in one call."""
    from sim.random.normal import TILE, normal_planes32

    result = target(out, (len(streams), *lanes.shape), np.float32)
    numbers, low, high = _numbers(streams, len(streams))
    work = scratch("normal", (3, TILE + 48), np.uint32)
    halves = scratch("halves", (2, TILE + 48), np.float32)
    planes_ = result.reshape(len(streams), lanes.size)
    normal_planes32(lanes.draw, lanes.element, lanes.run, numbers, low, high, work, halves, planes_)
    return result


def multivariate_normal(streams: Sequence[Stream], lanes: Lanes, factor: Array, out: Array | None = None) -> Array:
    """Normal vectors of mean 0 and covariance factor·factorᵀ.

    ``factor`` is the lower triangular Cholesky factor (k, k).  Returns float32 (k, draws, elements).
    """
    k = len(streams)
    if factor.shape != (k, k):
        raise ValueError(f"{k} streams and a factor of shape {factor.shape}")
    result = normals(streams, lanes, out)
    return correlate(factor, result, axis=0, out=result)


def multivariate_t(
    streams: Sequence[Stream],
    chi_stream: Stream,
    lanes: Lanes,
    factor: Array,
    df: float,
    out: Array | None = None,
) -> Array:
    """Student vectors with ``df`` degrees of freedom and scale matrix factor·factorᵀ.

    The normal vectors of all elements of a draw share one √(df/χ²): a draw with a wild swing is wild
    everywhere.  ``df`` = inf is the normal.  Returns float32 (k, draws, elements).
    """
    if not df > 0:
        raise ValueError(f"{chi_stream.name}: degrees of freedom must be positive, got {df}")
    result = multivariate_normal(streams, lanes, factor, out)
    if df != np.inf:
        result *= np.sqrt(df / chi_stream.chi_square(lanes.once, df)).astype(np.float32)
    return result

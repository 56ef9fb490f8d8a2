"""What the fronts of the samplers share: shapes, dtypes, and scratch memory of each thread."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.numeric.arrays import solid
from sim.random.lanes import Lanes

__all__ = ["counts", "floats", "planes", "scratch", "target"]

Array = NDArray[Any]


class _Arena(threading.local):
    def __init__(self) -> None:
        self.arrays: dict[tuple[str, str], Array] = {}


_arena = _Arena()


def scratch(name: str, shape: tuple[int, ...], dtype: Any) -> Array:
    """Uninitialised memory that belongs to the calling thread until it asks for ``name`` again."""
    key = (name, np.dtype(dtype).char)
    held = _arena.arrays.get(key)
    if held is None or held.shape != shape:
        held = np.empty(shape, dtype)
        _arena.arrays[key] = held
    return held


def _spread(name: str, array: Array, lanes: Lanes) -> Array:
    if array.shape != lanes.shape:
        try:
            array = np.broadcast_to(array, lanes.shape)
        except ValueError:
            raise ValueError(f"{name} of shape {array.shape} does not fit lanes of {lanes.shape}") from None
    return solid(array).reshape(-1)


def floats(name: str, value: ArrayLike, lanes: Lanes) -> Array:
    """A parameter as one float32 or float64 per lane."""
    array = np.asarray(value)
    if array.dtype != np.float32:
        array = array.astype(np.float64, copy=False)
    return _spread(name, array, lanes)


def counts(name: str, value: ArrayLike, lanes: Lanes) -> Array:
    """A parameter as one int32 or int64 per lane; Python integers become int32 where they fit."""
    array = np.asarray(value)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be integers, got {array.dtype}")
    if array.dtype != np.int32:
        plain = not isinstance(value, np.ndarray | np.generic)
        narrow = array.dtype.itemsize < 4 or (plain and bool(np.all(np.abs(array) < 2**31)))
        array = array.astype(np.int32 if narrow else np.int64, copy=False)
    return _spread(name, array, lanes)


def planes(name: str, value: ArrayLike, lanes: Lanes) -> Array:
    """Weights (k, draws, elements) as a contiguous (k, lanes) array, float32 or float64."""
    array = np.asarray(value)
    if array.ndim == 0 or array.shape[0] == 0:
        raise ValueError(f"{name} needs at least one category along axis 0")
    if array.dtype != np.float32:
        array = array.astype(np.float64, copy=False)
    full = (array.shape[0], *lanes.shape)
    if array.shape != full:
        if array.ndim == 1:
            array = array[:, None, None]
        try:
            array = np.broadcast_to(array, full)
        except ValueError:
            raise ValueError(f"{name} of shape {array.shape} does not fit {full}") from None
    return solid(array).reshape(array.shape[0], -1)


def target(out: Array | None, shape: tuple[int, ...], dtype: Any, *others: Any) -> Array:
    """``out`` if it fits, or a new array; ``others`` are dtypes that ``out`` may have as well."""
    if out is None:
        return np.empty(shape, dtype)
    if out.shape != shape or not out.flags.c_contiguous or out.dtype not in (np.dtype(dtype), *others):
        wanted = f"a C-contiguous {np.dtype(dtype)} array of shape {shape}"
        raise ValueError(f"out must be {wanted}, got {out.dtype} {out.shape}")
    return out

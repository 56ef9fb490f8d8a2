"""Uniform and exponential numbers: one Philox call per value."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import kernel
from sim.numeric.formulas import log64
from sim.random.philox import philox_words, unit52

__all__ = ["exponential_array", "uniform_array32", "uniform_array64"]

ZERO = np.uint64(0)
B9 = np.uint64(9)


@kernel
def uniform_array32(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, out: Any) -> None:
    """Odd multiples of 2⁻²⁴, so neither 0 nor 1 can come."""
    for i in range(out.size):
        w0, _, _, _ = philox_words(np.uint64(element[i]), np.uint64(draw[i]), variable, ZERO, k0, k1)
        out[i] = np.float32(np.int32(w0 >> B9)) * np.float32(2.0**-23) + np.float32(2.0**-24)


@kernel
def uniform_array64(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, out: Any) -> None:
    """Odd multiples of 2⁻⁵³."""
    for i in range(out.size):
        w0, w1, _, _ = philox_words(np.uint64(element[i]), np.uint64(draw[i]), variable, ZERO, k0, k1)
        out[i] = unit52(w0, w1)


@kernel
def exponential_array(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, out: Any) -> None:
    """−ln u with u on the odd multiples of 2⁻⁵³: at most 36.7."""
    for i in range(out.size):
        w0, w1, _, _ = philox_words(np.uint64(element[i]), np.uint64(draw[i]), variable, ZERO, k0, k1)
        out[i] = -log64(unit52(w0, w1))

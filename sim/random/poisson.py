"""Exact Poisson counts.

Mean ≥ 10: PTRS of Hörmann 1993, "The transformed rejection method for generating Poisson random
variables", Insurance: Mathematics and Economics 12, 39–45, doi:10.1016/0167-6687(93)90997-4.  Below:
inversion by sequential search, shared with the binomial.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import exp_normal64, log64
from sim.random.philox import centred, philox_words, unit52, unit64

__all__ = ["poisson_array"]

ZERO = np.uint64(0)
LAST = 120


@inline
def _transformed(mean: Any, draw: Any, element: Any, variable: Any, k0: Any, k1: Any) -> Any:
    b = 0.931 + 2.53 * np.sqrt(mean)
    a = -0.059 + 0.02483 * b
    scale = 1.1239 + 1.1328 / (b - 3.4)
    edge = 0.9277 - 3.6224 / (b - 2.0)
    attempt = np.uint64(0)
    while True:
        w0, w1, _, _ = philox_words(element, draw, variable, attempt, k0, k1)
        u = centred(w0)
        v = unit64(w1)
        us = 0.5 - abs(u)
        k = np.floor((2.0 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= edge:
            return k
        if k >= 0.0 and not (us < 0.013 and v > us):
            # k ln μ − μ − ln k! by Stirling, written around μ so that nothing large cancels.
            x = 1.0 / (k + 1.0)
            z = x * x
            rest = x * (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z / 1680.0)))
            rest = rest if k > 0.0 else 0.08106146679532726
            right = (k + 1.0 - mean) - (k + 0.5) * log64((k + 1.0) / mean)
            right -= 0.5 * log64(mean) + 0.91893853320467274178 + rest
            if log64(v * scale / (a / (us * us) + b)) <= right:
                return k
        attempt += np.uint64(1)


@inline
def _searched(mean: Any, draw: Any, element: Any, variable: Any, k0: Any, k1: Any) -> Any:
    w0, w1, _, _ = philox_words(element, draw, variable, ZERO, k0, k1)
    left = unit52(w0, w1)
    mass = exp_normal64(-mean)
    k = 0.0
    while left > mass and k < LAST:
        left -= mass
        k += 1.0
        mass *= mean / k
    return k


@kernel
def poisson_array(draw: Any, element: Any, variable: Any, k0: Any, k1: Any, mean: Any, out: Any) -> Any:
    """Poisson(mean) for every lane; 1 if some mean was negative, too large or NaN, else 0."""
    bad = 0
    for i in range(out.size):
        m = np.float64(mean[i])
        d = np.uint64(draw[i])
        e = np.uint64(element[i])
        if not (m >= 0.0 and m <= 1e15):
            bad = 1
            out[i] = 0
        elif m >= 10.0:
            out[i] = _transformed(m, d, e, variable, k0, k1)
        else:
            out[i] = _searched(m, d, e, variable, k0, k1)
    return bad

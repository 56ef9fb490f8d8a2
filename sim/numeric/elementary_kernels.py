"""Array loops over the formulas; loaded by ``sim.numeric.elementary`` on first use."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import exp32, exp64, log32, log64

__all__ = [
    "exp_array32",
    "exp_array64",
    "log_array32",
    "log_array64",
    "logistic_array32",
    "logistic_array64",
    "logit_array32",
    "logit_array64",
    "weights_array32",
    "weights_array64",
]

F = np.float32
TILE = 1024


@kernel
def exp_array32(x: Any, out: Any) -> None:
    """e^x of each number."""
    for i in range(x.size):
        out[i] = exp32(x[i])


@kernel
def exp_array64(x: Any, out: Any) -> None:
    """e^x of each number."""
    for i in range(x.size):
        out[i] = exp64(x[i])


@kernel
def log_array32(x: Any, out: Any) -> None:
    """Ln x of each number."""
    for i in range(x.size):
        v = x[i]
        small = v < F(1.17549435e-38)
        value = log32(v * F(8388608.0) if small else v) - (F(15.942385) if small else F(0.0))
        value = value if v < F(np.inf) else v
        value = value if v > F(0.0) else F(-np.inf)
        out[i] = value if v >= F(0.0) else F(np.nan)


@kernel
def log_array64(x: Any, out: Any) -> None:
    """Ln x of each number."""
    for i in range(x.size):
        v = x[i]
        small = v < 2.2250738585072014e-308
        value = log64(v * 4503599627370496.0 if small else v) - (36.04365338911715 if small else 0.0)
        value = value if v < np.inf else v
        value = value if v > 0.0 else -np.inf
        out[i] = value if v >= 0.0 else np.nan


@kernel
def logistic_array32(x: Any, out: Any) -> None:
    """1/(1 + e^-x) of each number."""
    for i in range(x.size):
        out[i] = F(1.0) / (F(1.0) + exp32(-x[i]))


@kernel
def logistic_array64(x: Any, out: Any) -> None:
    """1/(1 + e^-x) of each number."""
    for i in range(x.size):
        out[i] = 1.0 / (1.0 + exp64(-x[i]))


@kernel
def logit_array32(p: Any, out: Any) -> None:
    """ln(p/(1 - p)) of each number."""
    for i in range(p.size):
        v = np.float64(p[i])
        value = log64(v / (1.0 - v))
        value = value if v > 0.0 else -np.inf
        value = value if v < 1.0 else np.inf
        out[i] = F(value if (v >= 0.0) & (v <= 1.0) else np.nan)


@kernel
def logit_array64(p: Any, out: Any) -> None:
    """ln(p/(1 - p)) of each number."""
    for i in range(p.size):
        v = p[i]
        small = v < 1e-290
        w = v * 1e100 if small else v
        value = log64(w / (1.0 - v)) - (230.25850929940458 if small else 0.0)
        value = value if v > 0.0 else -np.inf
        value = value if v < 1.0 else np.inf
        out[i] = value if (v >= 0.0) & (v <= 1.0) else np.nan


# Rows are passed on as whole one-dimensional arrays: only then do the loops vectorise.


@inline
def _raise_top(row: Any, top: Any) -> None:
    for i in range(top.size):
        top[i] = row[i] if row[i] > top[i] else top[i]


@inline
def _start(top: Any, total: Any) -> None:
    # Where nobody can be chosen, 0 instead of -inf keeps the weights at 0 rather than NaN.
    for i in range(top.size):
        top[i] = top[i] if top[i] != -np.inf else 0.0
        total[i] = 0.0


@inline
def _weigh32(row: Any, top: Any, out: Any, total: Any) -> None:
    for i in range(top.size):
        w = exp32(row[i] - top[i])
        out[i] = w
        total[i] += w


@inline
def _weigh64(row: Any, top: Any, out: Any, total: Any) -> None:
    for i in range(top.size):
        w = exp64(row[i] - top[i])
        out[i] = w
        total[i] += w


@inline
def _invert(total: Any) -> None:
    for i in range(total.size):
        total[i] = 1.0 / total[i] if total[i] != 0.0 else 0.0


@inline
def _scale(out: Any, factor: Any) -> None:
    for i in range(factor.size):
        out[i] *= factor[i]


@kernel
def weights_array32(x: Any, out: Any, normalise: bool, tops: Any, totals: Any) -> None:
    """exp(x - max) over the options of (option, lane), divided by the sum if asked."""
    options, lanes = x.shape
    for start in range(0, lanes, TILE):
        stop = min(start + TILE, lanes)
        top = tops[: stop - start]
        total = totals[: stop - start]
        top[:] = x[0, start:stop]
        for j in range(1, options):
            _raise_top(x[j, start:stop], top)
        _start(top, total)
        for j in range(options):
            _weigh32(x[j, start:stop], top, out[j, start:stop], total)
        if normalise:
            _invert(total)
            for j in range(options):
                _scale(out[j, start:stop], total)


@kernel
def weights_array64(x: Any, out: Any, normalise: bool, tops: Any, totals: Any) -> None:
    """exp(x - max) over the options of (option, lane), divided by the sum if asked."""
    options, lanes = x.shape
    for start in range(0, lanes, TILE):
        stop = min(start + TILE, lanes)
        top = tops[: stop - start]
        total = totals[: stop - start]
        top[:] = x[0, start:stop]
        for j in range(1, options):
            _raise_top(x[j, start:stop], top)
        _start(top, total)
        for j in range(options):
            _weigh64(x[j, start:stop], top, out[j, start:stop], total)
        if normalise:
            _invert(total)
            for j in range(options):
                _scale(out[j, start:stop], total)

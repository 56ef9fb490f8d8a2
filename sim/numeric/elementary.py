"""Elementary functions of arrays whose bits do not depend on the block, the thread or the processor.

``numpy.exp`` and its kin differ in the last bit between instruction sets, and ``scipy.special`` uses the
system's libm; everything on the path of a draw uses these instead.  float32 in gives float32 out, every
other dtype is computed in float64.  The compiled loops are loaded on first use.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.numeric.arrays import solid

__all__ = ["exp", "exp_weights", "log", "logistic", "logit", "softmax"]

Floats = NDArray[np.floating[Any]]


def _read(x: ArrayLike) -> Floats:
    array = np.asarray(x)
    return solid(array, np.float32 if array.dtype == np.float32 else np.float64)


def _target(x: Floats, out: Floats | None) -> Floats:
    if out is None:
        return np.empty(x.shape, x.dtype)
    if out.shape != x.shape or out.dtype != x.dtype or not out.flags.c_contiguous:
        raise ValueError(f"out must be a C-contiguous {x.dtype} array of shape {x.shape}, got {out.dtype} {out.shape}")
    return out


def _apply(name: str, x: ArrayLike, out: Floats | None) -> Any:
    from sim.numeric import elementary_kernels

    array = _read(x)
    result = _target(array, out)
    suffix = "32" if array.dtype == np.float32 else "64"
    getattr(elementary_kernels, name + suffix)(array.reshape(-1), result.reshape(-1))
    return result if result.ndim or out is not None else result[()]


def exp(x: ArrayLike, out: Floats | None = None) -> Any:
    """e^x, elementwise; within 1.5 ulp.

    e^-inf is 0, results below the smallest number are 0, above the largest inf; NaN stays NaN.  ``out``
    may be ``x`` itself.
    """
    return _apply("exp_array", x, out)


def log(x: ArrayLike, out: Floats | None = None) -> Any:
    """Natural logarithm, elementwise; within 1.5 ulp.  log 0 is -inf, of a negative number NaN."""
    return _apply("log_array", x, out)


def logistic(x: ArrayLike, out: Floats | None = None) -> Any:
    """1/(1 + e^-x): log-odds to probability, elementwise; within 3 ulp.  ±inf give 1 and 0."""
    return _apply("logistic_array", x, out)


def logit(p: ArrayLike, out: Floats | None = None) -> Any:
    """ln(p/(1 − p)): probability to log-odds; 0 and 1 give ∓inf, values outside [0, 1] NaN.

    The absolute error is a few ulp of 1; p itself limits what can be known of log-odds near p = 1.
    """
    return _apply("logit_array", p, out)


def _over_options(x: ArrayLike, out: Floats | None, normalise: bool) -> Floats:
    from sim.numeric import elementary_kernels

    array = _read(x)
    if array.ndim == 0 or array.shape[0] == 0:
        raise ValueError("softmax needs at least one option along axis 0")
    result = _target(array, out)
    flat = array.reshape(array.shape[0], -1)
    top = np.empty(elementary_kernels.TILE, array.dtype)
    narrow = array.dtype == np.float32
    loop = elementary_kernels.weights_array32 if narrow else elementary_kernels.weights_array64
    loop(flat, result.reshape(flat.shape), normalise, top, np.empty_like(top))
    return result


def softmax(x: ArrayLike, out: Floats | None = None) -> Floats:
    """e^x / Σ e^x over axis 0, the axis of the options.

    Parameters
    ----------
    x
        Utilities, shape (option, …).  -inf is an option nobody can choose; its share is exactly 0.
    out
        Where to write; may be ``x`` itself.

    Returns
    -------
    Shares of the shape of ``x`` that sum to 1 within 1 ulp per option; all 0 where every utility
    is -inf.  The sum runs in the order of the options.
    """
    return _over_options(x, out, True)


def exp_weights(x: ArrayLike, out: Floats | None = None) -> Floats:
    """exp(x − max over axis 0): the shares up to a factor, for whoever needs ratios only.

    The largest weight of each lane is 1; an option with utility -inf weighs 0.
    """
    return _over_options(x, out, False)

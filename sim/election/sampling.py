"""Draws of the distributions that a user may write in the place of a number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.election.quantities import Distribution
from sim.errors import SimError

if TYPE_CHECKING:
    from sim.random import Chance, Lanes

__all__ = ["sample"]

F64 = NDArray[np.float64]

MAX_ATTEMPTS = 10_000


def sample(chance: Chance, lanes: Lanes, distribution: Distribution, name: str, part: str = "") -> F64:
    """Draw one value per lane.

    A truncated distribution (``within``) is drawn by rejection, attempt k from a stream of its own, so that
    the first attempts of all lanes are those of the plain distribution.

    Returns
    -------
    float64 array of the shape of ``lanes``.

    Raises
    ------
    SimError
        If the interval is so improbable that 10,000 attempts do not reach it.
    """
    out = _plain(chance, lanes, distribution, name, part)
    if distribution.within is None:
        return out
    low, high = distribution.within
    for attempt in range(1, MAX_ATTEMPTS):
        outside = (out < low) | (out > high)
        if not outside.any():
            return out
        again = _plain(chance, lanes, distribution, f"{name}#{attempt}", part)
        out[outside] = again[outside]
    raise SimError(f"{name}: {distribution.plain()} almost never falls within {[low, high]}; widen the interval")


def _plain(chance: Chance, lanes: Lanes, distribution: Distribution, name: str, part: str) -> F64:
    from sim.numeric.elementary import exp, logistic

    stream = chance.stream(name, part)
    p = distribution.parameters
    match distribution.family:
        case "normal":
            return p[0] + p[1] * stream.normal64(lanes)
        case "student_t":
            chi = chance.stream(f"{name}.chi_square", part).chi_square(lanes, p[2])
            return p[0] + p[1] * stream.normal64(lanes) * np.sqrt(p[2] / chi)
        case "lognormal":
            return np.asarray(p[0] * exp(p[1] * stream.normal64(lanes)), np.float64)
        case "logit_normal":
            centre = math.log(p[0] / (1 - p[0]))
            return np.asarray(logistic(centre + p[1] * stream.normal64(lanes)), np.float64)
        case "uniform":
            return p[0] + (p[1] - p[0]) * stream.uniform64(lanes)
        case "triangular":
            return _triangular(stream.uniform64(lanes), *p)
        case "beta":
            return np.asarray(stream.beta(lanes, p[0], p[1]), np.float64)
        case "gamma":
            return p[1] * np.asarray(stream.gamma(lanes, p[0]), np.float64)
    raise ValueError(f"unknown family {distribution.family!r}")


def _triangular(u: F64, low: float, mode: float, high: float) -> F64:
    cut = (mode - low) / (high - low)
    left = low + np.sqrt(u * (high - low) * (mode - low))
    right = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    return np.where(u < cut, left, right)

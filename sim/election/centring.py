"""Intercepts with which a model's mean equals its baseline.

The mean of ``softmax(log p + swing)`` is not p, nor that of ``logistic(logit T + swing)`` T.  For given sizes
of the swing the functions here move the intercepts until the means are the baseline.  Given the tail factor
t of a draw the log-odds of an option are normal with the variance t²·sd² + station², so the mean is an
integral over one normal for each option and one χ².  It is taken over a fixed lattice of 2 × 65,536 points
(Richtmyer's: each coordinate the multiples of the root of a prime, folded, and the mirror image of all), which
does not depend on the scenario's seed; its error is below 1e-4 (Niederreiter 1992, Random Number Generation
and Quasi-Monte Carlo Methods, ch. 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError

if TYPE_CHECKING:
    from sim.election.overdispersion import Overdispersion
    from sim.election.swing import Swing

__all__ = ["centre_faults", "centred_log_shares", "centred_logits"]

F64 = NDArray[np.float64]

POINTS = 2**16
ITERATIONS = 200
TOLERANCE = 1e-11
LONGEST_STEP = 4.0


def centre_faults(fixed: bool, swing: Swing, overdispersion: Overdispersion) -> Iterator[tuple[str, str]]:
    """Find what ``centre: expectation`` cannot be had with; ``fixed`` tells of the baseline."""
    if not (fixed and swing.fixed):
        yield (
            "centre",
            "'expectation' needs plain numbers in baseline and swing; with distributions use 'zero_swing'",
        )
    if overdispersion.region != 0 and swing.station != 0:
        yield "centre", "'expectation' is not known for 'overdispersion.region' together with 'swing.station'"


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % p for p in found):
            found.append(candidate)
        candidate += 1
    return found


@lru_cache(maxsize=8)
def _lattice(rows: int, df: float | None) -> tuple[F64, F64]:
    """Standard normal deviates (rows, points) and the tail factor t of each point."""
    from scipy.special import gammaincinv, ndtri

    roots = np.sqrt(np.array(_primes(rows + 1), np.float64))[:, None]
    place = (np.arange(POINTS) + 0.5) * roots % 1.0
    # The fold makes the integrand periodic; the rounding hides the last bits of the platform's functions.
    folded = 1.0 - np.abs(2.0 * place - 1.0)
    folded = np.clip(folded, 2.0**-40, 1.0 - 2.0**-40)
    z = np.round(ndtri(folded[1:]), 12)
    t = np.ones(2 * POINTS)
    if df is not None:
        t = np.tile(np.round(np.sqrt((df - 2) / (2.0 * gammaincinv(df / 2, folded[0]))), 12), 2)
    return np.concatenate([z, -z], axis=1), t


def _mean(values: F64) -> F64:
    """Mean over the last axis of what is rounded to 2⁻⁴⁰, so that the order of summation cannot show."""
    whole = np.rint(values * 2.0**40).astype(np.int64)
    return np.asarray(whole.sum(axis=-1) / (2.0**40 * values.shape[-1]))


def _bounded(step: F64) -> F64:
    """Shorten a Newton step that leaves the region in which it can be trusted."""
    return np.asarray(step / max(1.0, float(np.abs(step).max()) / LONGEST_STEP))


def _short_of(what: str, error: float) -> SimError:
    return SimError(f"centre: the intercepts of {what} were not found (error {error:.1g}); use 'zero_swing'")


def centred_log_shares(shares: F64, sd: F64, station_sd: float, df: float | None) -> F64:
    """Return log-odds b with ``E softmax(b + swing) = shares``.

    They are the minimum of the convex ``E log Σ exp(b + swing) − shares·b``, found by Newton's method.

    Parameters
    ----------
    shares
        (options,) summing to one; a share of 0 stays 0.
    sd
        (options,) standard deviation of the swing.
    station_sd
        Standard deviation between stations.
    df
        Degrees of freedom of the tails, None for normal.

    Raises
    ------
    SimError
        If there is no convergence.
    """
    from sim.numeric.elementary import exp_weights, log

    there = shares > 0
    out = np.full(len(shares), -np.inf)
    target = shares[there]
    z, t = _lattice(len(target), df)
    swing = np.sqrt((t * sd[there, None]) ** 2 + station_sd**2) * z
    b = log(target)
    error = np.inf
    for _ in range(ITERATIONS):
        weights = exp_weights(b[:, None] + swing)
        weights /= sum(weights[1:], weights[0])
        mean = _mean(np.asarray(weights, np.float64))
        error = float(np.abs(mean - target).max())
        if error < TOLERANCE:
            break
        # The first option's log-odds stays where it is: only differences matter.
        slope = (np.diag(mean) - weights @ weights.T / weights.shape[1])[1:, 1:]
        b[1:] += _bounded(np.linalg.solve(slope, (target - mean)[1:])) if len(b) > 1 else 0.0
    if error > 1e-9:
        raise _short_of(f"the shares {np.round(shares, 4).tolist()}", error)
    out[there] = np.round(b - b[0], 9)
    return out


def centred_logits(means: F64, sd: F64, station_sd: F64, df: float | None) -> F64:
    """Return log-odds b with ``E logistic(b + swing) = means``, element by element.

    Parameters
    ----------
    means
        (k,) in [0, 1]; 0 and 1 stay where they are.
    sd, station_sd
        (k,) standard deviations of the swing and between stations.
    df
        Degrees of freedom of the tails, None for normal.

    Raises
    ------
    SimError
        If there is no convergence.
    """
    from sim.numeric.elementary import logistic, logit

    z, t = _lattice(1, df)
    out = np.empty(len(means))
    for i, mean in enumerate(means):
        if mean in (0.0, 1.0):
            out[i] = -np.inf if mean == 0 else np.inf
            continue
        swing = np.sqrt((t * sd[i]) ** 2 + station_sd[i] ** 2) * z[0]
        b = float(logit(np.array([mean]))[0])
        error = np.inf
        for _ in range(ITERATIONS):
            p = logistic(b + swing)
            error = float(mean - _mean(p))
            if abs(error) < TOLERANCE:
                break
            b += float(_bounded(np.array(error / max(float(_mean(p * (1 - p))), 1e-12))))
        if abs(error) > 1e-9:
            raise _short_of(f"the turnout {mean:.4g}", error)
        out[i] = round(b, 9)
    return out

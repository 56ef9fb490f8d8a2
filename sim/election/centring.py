"""Intercepts with which a model's mean equals its baseline.

The mean of ``softmax(log p + swing)`` is not p, nor that of ``logistic(logit T + swing)`` T.  For given sizes
of the swing the functions here move the intercepts until the means are the baseline.  The mean is taken
over a fixed antithetic sample of 2 × 16,384 swings, from streams of their own, so that the intercepts do
not depend on the scenario's seed; what remains of the sampling error is below 1e-4.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["centred_log_shares", "centred_logits"]

F64 = NDArray[np.float64]

SAMPLE = 2**14
ITERATIONS = 60
TOLERANCE = 1e-9


@lru_cache(maxsize=8)
def _deviates(rows: int, df: float | None) -> tuple[F64, F64]:
    """Swing deviates (rows, sample) with their tails, and deviates between stations (rows, sample)."""
    from sim.random import Chance, Lanes

    chance = Chance(0)
    lanes = Lanes.grid(0, SAMPLE, np.zeros(1, np.uint32))
    wide = np.empty((rows, 2 * SAMPLE))
    local = np.empty((rows, 2 * SAMPLE))
    for i in range(rows):
        z = chance.stream("centring.swing", str(i)).normal64(lanes)[:, 0]
        y = chance.stream("centring.station", str(i)).normal64(lanes)[:, 0]
        wide[i], local[i] = np.concatenate([z, -z]), np.concatenate([y, -y])
    if df is not None:
        chi = chance.stream("centring.chi_square").chi_square(lanes, df)[:, 0]
        wide *= np.tile(np.sqrt((df - 2) / chi), 2)
    return wide, local


def _mean(values: F64) -> F64:
    """Mean over the last axis of what is rounded to 2⁻⁴⁰, so that the order of summation cannot show."""
    whole = np.rint(values * 2.0**40).astype(np.int64)
    return np.asarray(whole.sum(axis=-1) / (2.0**40 * values.shape[-1]))


def centred_log_shares(shares: F64, sd: F64, station_sd: float, df: float | None) -> F64:
    """Return log-odds b with ``E softmax(b + swing) = shares``.

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
    """
    from sim.numeric.elementary import exp_weights, log

    there = shares > 0
    out = np.full(len(shares), -np.inf)
    target = shares[there]
    wide, local = _deviates(len(shares), df)
    swing = sd[there, None] * wide[there] + station_sd * local[there]
    b = log(target)
    for _ in range(ITERATIONS):
        weights = exp_weights(b[:, None] + swing)
        total = weights[0].copy()
        for row in weights[1:]:
            total += row
        step = log(target) - log(_mean(weights / total))
        b = b + step
        if np.abs(step).max() < TOLERANCE:
            break
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
    """
    from sim.numeric.elementary import logistic, logit

    wide, local = _deviates(1, df)
    out = np.empty(len(means))
    for i, mean in enumerate(means):
        if mean in (0.0, 1.0):
            out[i] = -np.inf if mean == 0 else np.inf
            continue
        swing = sd[i] * wide[0] + station_sd[i] * local[0]
        b = float(logit(np.array([mean]))[0])
        for _ in range(ITERATIONS):
            p = logistic(b + swing)
            step = (mean - float(_mean(p))) / max(float(_mean(p * (1 - p))), 1e-12)
            b += step
            if abs(step) < TOLERANCE:
                break
        out[i] = round(b, 9)
    return out

"""Dirichlet shares: one gamma per option, divided by their sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import exp64, log64
from sim.random.gamma import BOOST, FIRST, SECOND, SHAPE, TILE, VALUE, gamma_tile

__all__ = ["beta_array", "dirichlet_array"]

# Below this sum of gammas the shares are computed from logarithms.
TINY = 1e-200


@inline
def _load(concentration: Any, rows: Any) -> Any:
    target = rows[SHAPE]
    bad = 0
    for i in range(concentration.size):
        a = np.float64(concentration[i])
        good = (a >= 0.0) & (a < np.inf)
        bad |= 0 if good else 1
        target[i] = a if good else 0.0
    return bad


@inline
def _keep(rows: Any, count: Any, gammas: Any, boosts: Any, total: Any) -> None:
    shapes, value, boost = rows[SHAPE], rows[VALUE], rows[BOOST]
    for i in range(count):
        none = shapes[i] == 0.0
        g = 0.0 if none else value[i]
        gammas[i] = g
        boosts[i] = boost[i]
        total[i] += g * exp64(boost[i])


@inline
def _share(gammas: Any, boosts: Any, total: Any, out: Any) -> None:
    for i in range(out.size):
        out[i] = gammas[i] * exp64(boosts[i]) / total[i]


@inline
def _by_logarithms(gammas: Any, boosts: Any, lane: Any, out: Any) -> Any:
    """One lane whose gammas underflow; returns 1 if every concentration is 0, else 0."""
    options = gammas.shape[0]
    top = -np.inf
    for j in range(options):
        if gammas[j, lane] > 0.0:
            top = max(top, log64(gammas[j, lane]) + boosts[j, lane])
    total = 0.0
    for j in range(options):
        g = gammas[j, lane]
        boosts[j, lane] = exp64(log64(g) + boosts[j, lane] - top) if g > 0.0 else 0.0
        total += boosts[j, lane]
    for j in range(options):
        out[j, lane] = boosts[j, lane] / total if total > 0.0 else 0.0
    return 0 if total > 0.0 else 1


@kernel
def dirichlet_array(
    draw: Any,
    element: Any,
    variables: Any,
    k0: Any,
    k1: Any,
    concentration: Any,
    rows: Any,
    whole: Any,
    gammas: Any,
    boosts: Any,
    totals: Any,
    out: Any,
) -> Any:
    """Shares (k, lanes); 1 if a concentration was out of range or a lane had none above 0, else 0."""
    options = concentration.shape[0]
    bad = 0
    for start in range(0, draw.size, TILE):
        stop = min(start + TILE, draw.size)
        count = stop - start
        total = totals[:count]
        total[:] = 0.0
        for j in range(options):
            bad |= _load(concentration[j, start:stop], rows)
            gamma_tile(draw[start:stop], element[start:stop], variables[j], FIRST, k0, k1, rows, whole)
            _keep(rows, count, gammas[j], boosts[j], total)
        for j in range(options):
            _share(gammas[j, :count], boosts[j, :count], total, out[j, start:stop])
        for i in range(count):
            if not (total[i] > TINY):
                bad |= _by_logarithms(gammas, boosts, i, out[:, start:stop])
    return bad


@kernel
def beta_array(
    draw: Any,
    element: Any,
    variable: Any,
    k0: Any,
    k1: Any,
    a: Any,
    b: Any,
    rows: Any,
    whole: Any,
    work: Any,
    out: Any,
) -> Any:
    """The first share of a Dirichlet of two; both gammas live on one stream."""
    bad = 0
    gammas = work[0:2]
    boosts = work[2:4]
    for start in range(0, draw.size, TILE):
        stop = min(start + TILE, draw.size)
        count = stop - start
        total = work[4][:count]
        total[:] = 0.0
        bad |= _load(a[start:stop], rows)
        gamma_tile(draw[start:stop], element[start:stop], variable, FIRST, k0, k1, rows, whole)
        _keep(rows, count, gammas[0], boosts[0], total)
        bad |= _load(b[start:stop], rows)
        gamma_tile(draw[start:stop], element[start:stop], variable, SECOND, k0, k1, rows, whole)
        _keep(rows, count, gammas[1], boosts[1], total)
        target = out[start:stop]
        _share(gammas[0, :count], boosts[0, :count], total, target)
        for i in range(count):
            if not (total[i] > TINY):
                pair = np.empty((2, 1))
                bad |= _by_logarithms(gammas[:, i : i + 1], boosts[:, i : i + 1], 0, pair)
                target[i] = pair[0, 0]
    return bad

"""Alternating scaling: seats by list and district that have given sums both ways, for many draws.

Each district, then each list, is apportioned alone with the votes multiplied by what the other side found, until
both sums hold.  Multipliers are floating point; the result is accepted only where every v·x·y lies inside its
rounding interval by more than rounding errors, which proves that it is the only solution.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel

__all__ = ["alternate"]

#: Relative distance from the edge of an interval that no rounding error reaches.
MARGIN = 1e-9


@inline
def _apportion(weights: Any, seats: Any, step: Any, held: Any) -> Any:
    """Give seats by the divisors step·s + 1; return a multiplier in the middle of those that lead to them."""
    left = seats
    for i in range(weights.size):
        held[i] = 0 if weights[i] == 0 else held[i]
        left -= held[i]
    while True:
        up, down, high, low = -1, -1, 0.0, np.inf
        for i in range(weights.size):
            if weights[i] > 0:
                q = weights[i] / (step * held[i] + 1)
                up, high = (i, q) if q > high else (up, high)
                if held[i] > 0:
                    q = weights[i] / (step * (held[i] - 1) + 1)
                    down, low = (i, q) if q < low else (down, low)
        if up < 0:
            return 1.0
        if left > 0:
            held[up] += 1
            left -= 1
        elif left < 0:
            held[down] -= 1
            left += 1
        elif (down >= 0) and (high > low * (1 + 1e-12)):
            held[up] += 1
            held[down] -= 1
        else:
            return 2.0 / high if down < 0 else 2.0 / (high + low)


@inline
def _certain(votes: Any, x: Any, y: Any, step: Any, held: Any) -> Any:
    for i in range(votes.shape[0]):
        for j in range(votes.shape[1]):
            if votes[i, j] > 0:
                t = votes[i, j] * x[j] * y[i]
                if t > (step * held[i, j] + 1) * (1 - MARGIN):
                    return False
                if (held[i, j] > 0) and (t < (step * (held[i, j] - 1) + 1) * (1 + MARGIN)):
                    return False
    return True


@kernel
def alternate(votes: Any, rows: Any, columns: Any, step: Any, rounds: Any, out: Any, sure: Any) -> None:
    """Fill ``out`` (draw, option, district) and ``sure`` (draw,): whether it is proven to be the only solution.

    ``votes`` (draw, option, district), ``rows`` (draw, option), ``columns`` (draw, district): the sums.
    """
    draws, n, m = votes.shape
    x, y, weights, held = np.ones(m), np.ones(n), np.empty(max(n, m)), np.empty(max(n, m), np.int64)
    for draw in range(draws):
        x[:] = 1
        y[:] = 1
        out[draw] = 0
        sure[draw] = False
        for _ in range(rounds):
            for j in range(m):
                for i in range(n):
                    weights[i], held[i] = votes[draw, i, j] * y[i], out[draw, i, j]
                x[j] = _apportion(weights[:n], columns[draw, j], step, held[:n])
                for i in range(n):
                    out[draw, i, j] = held[i]
            fits = True
            for i in range(n):
                total = 0
                for j in range(m):
                    total += out[draw, i, j]
                fits &= total == rows[draw, i]
            if fits:
                sure[draw] = _certain(votes[draw], x, y, step, out[draw])
                break
            for i in range(n):
                for j in range(m):
                    weights[j], held[j] = votes[draw, i, j] * x[j], out[draw, i, j]
                y[i] = _apportion(weights[:m], rows[draw, i], step, held[:m])

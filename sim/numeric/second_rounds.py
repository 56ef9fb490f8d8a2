"""Where the voters of a first round go in a second one with any number of finalists."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import kernel
from sim.numeric.formulas import exp64

__all__ = ["finalists_shares"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@kernel
def _finalists_shares(
    support: Any, draws: Any, inside: Any, named: Any, abstain: Any, p: Any, to: Any, away: Any
) -> None:
    options, units = support.shape[0], support.shape[2]
    for i in range(draws.size):
        d = draws[i]
        finalists = 0
        for o in range(options):
            finalists += 1 if inside[o, i] else 0
        for u in range(units):
            top = -np.inf
            for o in range(options):
                top = max(top, np.float64(support[o, d, u]))
            top = top if top != -np.inf else 0.0
            total, held = 0.0, 0.0
            for o in range(options):
                p[o] = exp64(np.float64(support[o, d, u]) - top)
                total += p[o]
                held += p[o] if inside[o, i] else 0.0
                to[o, i, u] = p[o] if inside[o, i] else 0.0
            over = 1.0 / total if total > 0.0 else 0.0
            nowhere = 0.0
            for o in range(options):
                if not inside[o, i]:
                    split = 1.0 - abstain[o]
                    for f in range(options):
                        split -= named[o, f] if inside[f, i] else 0.0
                    split = max(split, 0.0)
                    for f in range(options):
                        if inside[f, i]:
                            lean = p[f] / held if held > 0.0 else 1.0 / finalists
                            to[f, i, u] += p[o] * (named[o, f] + split * lean)
                    nowhere += p[o] * abstain[o]
            for o in range(options):
                to[o, i, u] *= over
            away[i, u] = nowhere * over


def finalists_shares(
    support: F32, draws: NDArray[np.intp], inside: NDArray[np.bool_], named: F64, abstain: F64
) -> tuple[F64, F64]:
    """Return the shares of the first round's voters who go to each finalist, and nowhere.

    Of the voters of an option that is out ``named[option, finalist]`` go to a finalist and ``abstain[option]``
    stay at home; the rest splits as the finalists' own shares, equally where none has one.

    Parameters
    ----------
    support
        (option, draw, unit) log-odds of the first round.
    draws
        (k,) draws that have a second round.
    inside
        (option, k) who is in it.
    named
        (option, option).
    abstain
        (option,).

    Returns
    -------
    float64 (option, k, unit), 0 for who is out, and (k, unit).
    """
    to = np.empty((len(support), len(draws), support.shape[2]))
    away = np.empty(to.shape[1:])
    _finalists_shares(
        np.ascontiguousarray(support), draws, np.ascontiguousarray(inside), named, abstain,
        np.empty(len(support)), to, away,
    )  # fmt: skip
    return to, away

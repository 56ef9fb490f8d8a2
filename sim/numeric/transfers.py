"""Where the voters of a first round go in the second."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import kernel
from sim.numeric.formulas import exp64

__all__ = ["second_round_shares"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@kernel
def _second_round_shares(
    support: Any, draws: Any, finalists: Any, named: Any, abstain: Any, p: Any, to_first: Any, to_second: Any, away: Any
) -> None:
    options, units = support.shape[0], support.shape[2]
    for i in range(draws.size):
        d, one, two = draws[i], finalists[0, i], finalists[1, i]
        for u in range(units):
            top = -np.inf
            for o in range(options):
                top = max(top, np.float64(support[o, d, u]))
            top = top if top != -np.inf else 0.0
            total = 0.0
            for o in range(options):
                p[o] = exp64(np.float64(support[o, d, u]) - top)
                total += p[o]
            over = 1.0 / total if total > 0.0 else 0.0
            both = p[one] + p[two]
            lean = p[one] / both if both > 0.0 else 0.5
            first, second, nowhere = p[one], p[two], 0.0
            for o in range(options):
                if (o != one) & (o != two):
                    split = max(1.0 - named[o, one] - named[o, two] - abstain[o], 0.0)
                    first += p[o] * (named[o, one] + split * lean)
                    second += p[o] * (named[o, two] + split * (1.0 - lean))
                    nowhere += p[o] * abstain[o]
            to_first[i, u] = first * over
            to_second[i, u] = second * over
            away[i, u] = nowhere * over


def second_round_shares(
    support: F32, draws: NDArray[np.intp], finalists: NDArray[np.int64], named: F64, abstain: F64
) -> tuple[F64, F64, F64]:
    """Return the shares of the first round's voters who go to the first, to the second finalist, and nowhere.

    Of the voters of an option that is out ``named[option, finalist]`` go to a finalist and ``abstain[option]``
    stay at home; the rest splits as the finalists' own shares, in halves where neither has one.

    Parameters
    ----------
    support
        (option, draw, unit) log-odds of the first round.
    draws
        (k,) draws that have a second round.
    finalists
        (2, k) options.
    named
        (option, option).
    abstain
        (option,).

    Returns
    -------
    Three float64 arrays of shape (k, unit).
    """
    shape = (len(draws), support.shape[2])
    to_first, to_second, away = np.empty(shape), np.empty(shape), np.empty(shape)
    work = np.empty(len(support))
    _second_round_shares(
        np.ascontiguousarray(support), draws, np.ascontiguousarray(finalists), named, abstain, work,
        to_first, to_second, away,
    )  # fmt: skip
    return to_first, to_second, away

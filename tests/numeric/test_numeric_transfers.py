"""Shares of the second round against the formula written out."""

from __future__ import annotations

import numpy as np
import pytest

from sim.numeric.transfers import second_round_shares


def test_second_round_shares() -> None:
    rng = np.random.default_rng(6)
    support = rng.standard_normal((4, 9, 3)).astype(np.float32)
    support[:, 2, 1] = -np.inf  # nobody can be chosen
    support[:2, 5, 0] = -np.inf  # neither finalist has a voter
    draws, finalists = np.array([0, 2, 5, 8]), np.array([[0, 3, 0, 2], [1, 0, 1, 3]])
    named, abstain = rng.uniform(0, 0.3, (4, 4)), rng.uniform(0, 0.3, 4)
    got = second_round_shares(support, draws, finalists, named, abstain)
    for i, d in enumerate(draws):
        one, two = finalists[:, i]
        for u in range(3):
            weights = np.exp(support[:, d, u].astype(float))
            p = weights / weights.sum() if weights.sum() > 0 else weights
            lean = p[one] / (p[one] + p[two]) if p[one] + p[two] > 0 else 0.5
            first, second, away = p[one], p[two], 0.0
            for o in set(range(4)) - {one, two}:
                rest = max(1 - named[o, one] - named[o, two] - abstain[o], 0)
                first += p[o] * (named[o, one] + rest * lean)
                second += p[o] * (named[o, two] + rest * (1 - lean))
                away += p[o] * abstain[o]
            assert [values[i, u] for values in got] == pytest.approx([first, second, away], abs=1e-12)
            assert first + second + away == pytest.approx(p.sum())

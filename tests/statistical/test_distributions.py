"""Uncertain numbers against the laws of scipy: Kolmogorov–Smirnov, 40,000 draws, p above 1e-4 (fixed seed)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from sim.election.quantities import FAMILIES, Bounds, Distribution
from sim.election.sampling import sample
from sim.errors import SimError
from sim.random import Chance, Lanes

N = 40_000
LANES = Lanes.grid(0, N, np.zeros(1, np.uint32))


class LogitNormal:
    def __init__(self, median: float, sd: float) -> None:
        self.centre, self.sd = special.logit(median), sd

    def cdf(self, x: Any) -> Any:
        return stats.norm.cdf((special.logit(np.clip(x, 0, 1)) - self.centre) / self.sd)


LAWS = {
    "normal": lambda m, s: stats.norm(m, s),
    "student_t": lambda m, s, v: stats.t(v, m, s),
    "lognormal": lambda m, s: stats.lognorm(s, scale=m),
    "logit_normal": LogitNormal,
    "uniform": lambda a, b: stats.uniform(a, b - a),
    "triangular": lambda a, c, b: stats.triang((c - a) / (b - a), a, b - a),
    "beta": lambda a, b: stats.beta(a, b),
    "gamma": lambda k, s: stats.gamma(k, scale=s),
}

CASES: list[tuple[str, list[float], tuple[float, float]]] = [
    ("normal", [2.0, 2.5], (0.0, 3.0)),
    ("normal", [0.0, 1.0], (1.5, 9.0)),
    ("student_t", [1.0, 0.5, 3.0], (0.0, 2.0)),
    ("student_t", [0.0, 1.0, 0.8], (-5.0, 1.0)),
    ("lognormal", [30.0, 0.5], (7.0, 90.0)),
    ("logit_normal", [0.83, 0.3], (0.8, 1.0)),
    ("logit_normal", [0.1, 2.0], (0.0, 0.5)),
    ("uniform", [-1.0, 4.0], (0.0, 1.0)),
    ("triangular", [0.0, 0.2, 1.0], (0.1, 0.7)),
    ("triangular", [0.0, 0.0, 2.0], (0.5, 2.0)),
    ("triangular", [0.0, 2.0, 2.0], (0.0, 1.9)),
    ("beta", [3.5, 9.5], (0.1, 0.5)),
    ("beta", [0.4, 0.6], (0.2, 0.9)),
    ("gamma", [2.0, 1.5], (1.0, 6.0)),
    ("gamma", [0.3, 2.0], (0.0, 1.0)),
]


def drawn(family: str, numbers: list[float], within: Any = None, name: str = "x", seed: int = 9) -> np.ndarray:
    value = {family: numbers, **({} if within is None else {"within": list(within)})}
    return sample(Chance(seed), LANES, Distribution.parse(value, Bounds()), name)[:, 0]


def p_value(x: np.ndarray, law: Any) -> float:
    return float(stats.kstest(x, law.cdf).pvalue)


def test_every_family_is_here() -> None:
    assert set(FAMILIES) == set(LAWS) == {family for family, _, _ in CASES}


@pytest.mark.parametrize("family, numbers, within", CASES, ids=lambda c: str(c))
def test_plain_and_truncated(family: str, numbers: list[float], within: tuple[float, float]) -> None:
    law = LAWS[family](*numbers)
    plain, cut = drawn(family, numbers), drawn(family, numbers, within)
    assert p_value(plain, law) > 1e-4
    assert p_value(plain * 1.03 + 0.01 * plain.std(), law) < 1e-4
    low, high = within
    assert low <= cut.min()
    assert cut.max() <= high
    mass = law.cdf(high) - law.cdf(low)
    assert stats.kstest(cut, lambda x: np.clip((law.cdf(x) - law.cdf(low)) / mass, 0, 1)).pvalue > 1e-4
    inside = (plain >= low) & (plain <= high)
    assert (cut[inside] == plain[inside]).all(), "a truncated number is the plain one wherever that lies inside"


def test_names_have_luck_of_their_own() -> None:
    x, y = drawn("normal", [0, 1]), drawn("normal", [0, 1], name="y")
    assert abs(np.corrcoef(x, y)[0, 1]) < 5 / np.sqrt(N)


def test_an_interval_that_is_never_reached_is_told() -> None:
    with pytest.raises(SimError, match="almost never"):
        sample(Chance(1), Lanes.grid(0, 1, np.zeros(1, np.uint32)), Distribution("normal", (0, 1), (30.0, 31.0)), "x")

"""Counts at zero swing: binomial, multinomial, conserved."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from latents import correlation_is, mean_is, sd_is
from scipy import stats

import sim

DRAWS = 50_000


def run(registered: int, shares: dict[str, float], come: float, invalid: float, **more: Any) -> Any:
    scenario = {
        "title": "counts",
        "electorate": {"regions": {"only": registered}},
        "ballot": {"options": dict.fromkeys(shares), "invalid": invalid},
        "voters": {"baseline": shares},
        "turnout": {"baseline": come},
        "rules": {"it": {"model": "plurality"}},
        **more,
    }
    return sim.run(sim.loads(json.dumps(scenario)), draws=DRAWS, seed=4)


SHARES = {"a": 0.5, "b": 0.3, "c": 0.15, "d": 0.05}


@pytest.mark.parametrize("registered", [10, 1_000, 12_000_000])
@pytest.mark.parametrize("turnout, invalid", [(0.65, 0.04), (0.03, 0.5), (1.0, 0.0)])
def test_binomial_and_multinomial(registered: int, turnout: float, invalid: float) -> None:
    """Every count is binomial of the register, and two of them have covariance −n p q."""
    result = run(registered, SHARES, turnout, invalid)
    votes = result["votes"].values[:, 0].astype(float)
    cells = {f"votes {o}": (votes[:, i], turnout * (1 - invalid) * p) for i, (o, p) in enumerate(SHARES.items())}
    cells["ballots"] = (result["ballots_cast"].values[:, 0].astype(float), turnout)
    cells["invalid"] = (result["invalid_ballots"].values[:, 0].astype(float), turnout * invalid)
    for name, (x, p) in cells.items():
        if p in (0.0, 1.0):
            assert (x == registered * p).all(), name
            continue
        assert mean_is(x, registered * p), name
        assert sd_is(x, np.sqrt(registered * p * (1 - p))), name
    p, q = cells["votes a"][1], cells["votes c"][1]
    assert correlation_is(votes[:, 0], votes[:, 2], -np.sqrt(p * q / ((1 - p) * (1 - q))))


def test_law_of_small_counts() -> None:
    """χ² of all outcomes of four voters, p above 1e-4."""
    result = run(4, {"a": 0.6, "b": 0.4}, 0.7, 0.1)
    ballots, invalid = (result[name].values[:, 0] for name in ("ballots_cast", "invalid_ballots"))
    votes = result["votes"].values[:, 0]
    law = stats.multinomial(4, [0.3, 0.07, 0.63 * 0.6, 0.63 * 0.4])
    seen: dict[tuple[int, ...], int] = {}
    for cell in zip((4 - ballots).tolist(), invalid.tolist(), *votes.T.tolist()):
        seen[cell] = seen.get(cell, 0) + 1
    expected = {cell: DRAWS * law.pmf(cell) for cell in np.ndindex(5, 5, 5, 5) if sum(cell) == 4}
    large = [cell for cell, e in expected.items() if e >= 5]
    f_obs = np.array([seen.get(c, 0) for c in large] + [DRAWS - sum(seen.get(c, 0) for c in large)])
    f_exp = np.array([expected[c] for c in large] + [DRAWS - sum(expected[c] for c in large)])
    assert stats.chisquare(f_obs, f_exp).pvalue > 1e-4


@pytest.mark.parametrize("stations", [False, True])
def test_exact_conservation(stations: bool) -> None:
    rows = [
        {"region": "p", "registered": 40_000, "registered_sd": 0.2, "stations": 7},
        {"region": "q", "registered": 300, "stations": 3},
    ]
    result = run(
        1,
        SHARES,
        0.5,
        0.1,
        electorate={"regions": rows, **({"stations": {}} if stations else {})},
        turnout={"baseline": 0.7, "swing": {"national": 2.0, "regional": 1.0, "tails": 3}},
        voters={"baseline": SHARES, "swing": {"national": 2.0, "tails": 3}},
    )
    assert (result["votes"].sum("option") + result["invalid_ballots"] == result["ballots_cast"]).all()
    assert (result["ballots_cast"] <= result["registered"]).all()
    assert min(int(result[name].min()) for name in ("votes", "invalid_ballots", "ballots_cast")) >= 0

"""``centre: expectation``: the model's means are the baselines, to 1e-4."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import integrate, special, stats
from scipy.stats import qmc

import sim
from sim.election.centring import centred_log_shares, centred_logits

NEAR = 1e-4
TAILS = (None, 2.5, 4.0, 6.0, 50.0)


def mean_logistic(b: float, sd: float, station: float, df: float | None) -> float:
    """E logistic(b + t·sd·Z + station·Y) by quadrature over the quantiles of χ² and the normal."""

    def given(t: float) -> float:
        s = np.hypot(t * sd, station)
        z = np.linspace(-9, 9, 4001)
        return float(integrate.trapezoid(special.expit(b + s * z) * stats.norm.pdf(z), z))

    if df is None:
        return given(1.0)
    u, w = np.polynomial.legendre.leggauss(200)
    t = np.sqrt((df - 2) / stats.chi2(df).ppf((u + 1) / 2))
    return float(sum(weight / 2 * given(x) for x, weight in zip(t, w)))


@pytest.mark.parametrize("df", TAILS)
@pytest.mark.parametrize("mean", [0.02, 0.5, 0.65, 0.9, 0.99])
def test_turnout(mean: float, df: float | None) -> None:
    sizes = [(0.0, 0.0), (0.2, 0.0), (0.5, 0.3), (1.0, 0.0), (3.0, 0.5)]
    found = centred_logits(
        np.full(len(sizes), mean), np.array([sd for sd, _ in sizes]), np.array([s for _, s in sizes]), df
    )
    for b, (sd, station) in zip(found, sizes):
        assert mean_logistic(b, sd, station, df) == pytest.approx(mean, abs=NEAR)
    assert abs(mean_logistic(special.logit(mean), 3.0, 0.5, df) - mean) > NEAR or mean == 0.5


SHAPES = [
    ([0.5, 0.5], [0.3, 0.3], 0.0),
    ([0.9, 0.1], [2.0, 1.0], 0.5),
    ([0.8131, 0.0581, 0.0342, 0.0253, 0.0224, 0.0211, 0.0258], [0.25] * 7, 0.0),
    ([0.8131, 0.0581, 0.0342, 0.0253, 0.0224, 0.0211, 0.0258], [0.25] * 7, 0.4),
    ([0.4, 0.35, 0.25], [0.1, 1.5, 0.5], 0.2),
    ([0.98, 0.01, 0.01], [3.0, 3.0, 3.0], 0.0),
    ([0.2] * 5, [1.0, 0.0, 0.0, 0.0, 0.0], 0.0),
]


@pytest.mark.parametrize("df", TAILS)
@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_shares(shape: int, df: float | None) -> None:
    """Against scrambled Sobol points, 8 × 32,768, whose own standard error is below 3e-5."""
    shares, sd, station = (np.asarray(x, float) for x in SHAPES[shape])
    b = centred_log_shares(shares, sd, float(station), df)
    means = []
    for seed in range(8):
        u = qmc.Sobol(len(shares) + 1, seed=seed).random(2**15)
        z = special.ndtri(np.clip(u[:, 1:], 1e-12, 1 - 1e-12))
        t = np.ones((len(u), 1)) if df is None else np.sqrt((df - 2) / stats.chi2(df).ppf(u[:, :1]))
        x = np.sqrt(t**2 * sd**2 + station**2) * z
        means += [(special.softmax(b + x, axis=1) + special.softmax(b - x, axis=1)).mean(0) / 2]
    assert np.std(means, axis=0).max() / np.sqrt(8) < 3e-5
    assert np.mean(means, axis=0) == pytest.approx(shares, abs=NEAR)


def test_edges() -> None:
    assert centred_log_shares(np.array([1.0]), np.array([2.0]), 0.0, None).tolist() == [0.0]
    out = centred_log_shares(np.array([0.0, 0.7, 0.3]), np.full(3, 0.5), 0.0, 6)
    assert out[0] == -np.inf
    assert (out[1:] == centred_log_shares(np.array([0.7, 0.3]), np.full(2, 0.5), 0.0, 6)).all()
    assert centred_logits(np.array([0.0, 1.0]), np.ones(2), np.zeros(2), 3).tolist() == [-np.inf, np.inf]


@pytest.mark.parametrize("df", [None, 2.01])
@pytest.mark.parametrize("sd", [5.0, 20.0])
def test_extreme_sizes_converge(sd: float, df: float | None) -> None:
    for p in ([0.999, 0.001], [0.34, 0.33, 0.33], [0.9999, 0.00005, 0.00005]):
        assert np.isfinite(centred_log_shares(np.array(p), np.full(len(p), sd), 0.0, df)).all()
    assert np.isfinite(centred_logits(np.array([1e-6, 0.999]), np.full(2, sd), np.zeros(2), df)).all()


def test_in_a_run() -> None:
    """Means of 40,000 draws within 5 standard errors and 1e-4 of the baselines, stations and tails on."""
    scenario = {
        "title": "centred",
        "electorate": {
            "regions": [
                {"region": "p", "registered": 90_000, "stations": 2},
                {"region": "q", "registered": 50_000, "stations": 3},
            ],
            "stations": {},
        },
        "ballot": {"options": {"a": None, "b": None, "c": None}},
        "voters": {
            "baseline": {"a": 0.8, "b": 0.15, "c": 0.05},
            "centre": "expectation",
            "swing": {"national": 0.5, "regional": {"p": 0.3, "q": 0.9}, "station": 0.4, "tails": 5},
        },
        "turnout": {
            "baseline": {"p": 0.85, "q": 0.7},
            "centre": "expectation",
            "swing": {"national": 0.6, "station": 0.3, "tails": 5, "blocks": {"x": {"regions": ["q"], "sd": 0.8}}},
        },
        "rules": {"it": {"model": "plurality"}},
    }
    n = 40_000
    for centre, holds in (("expectation", True), ("zero_swing", False)):
        scenario["voters"]["centre"] = scenario["turnout"]["centre"] = centre
        result = sim.run(sim.loads(json.dumps(scenario)), draws=n, seed=11)
        votes = result["votes"].transpose("draw", "region", "option").values
        # A draw without a single vote (about one in 100,000) has no shares.
        shares = (votes / np.maximum(votes.sum(-1, keepdims=True), 1))[(votes.sum(-1) > 0).all(-1)]
        come = result["ballots_cast"].values / result["registered"].values
        # A region's share weighs stations by those who come, so voters and turnout are not correlated here.
        share_error = np.abs(shares.mean(0) - [0.8, 0.15, 0.05]) - 5 * shares.std(0) / np.sqrt(n)
        turnout_error = np.abs(come.mean(0) - [0.85, 0.7]) - 5 * come.std(0) / np.sqrt(n)
        assert bool((share_error < NEAR).all() and (turnout_error < NEAR).all()) is holds

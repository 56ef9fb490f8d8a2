"""Counts scatter as the intra-class correlation says: Var(share) = p(1 − p)/n · (1 + (n − 1)ρ)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import stats

import sim

DRAWS = 200_000


def run(electorate: dict[str, Any], draws: int = DRAWS, **sections: Any) -> Any:
    scenario = {
        "title": "overdispersion",
        "electorate": electorate,
        "ballot": {"options": {"a": None, "b": None, "c": None}},
        "voters": {"baseline": {"a": 0.8131, "b": 0.1269, "c": 0.06}},
        "turnout": {"baseline": 1.0},
        "rules": {"it": {"model": "plurality"}},
        **sections,
    }
    return sim.run(sim.loads(json.dumps(scenario)), draws=draws, seed=5)


def check_sd(values: np.ndarray, sd: float) -> None:
    """The standard deviation within four of its own standard errors, from the fourth moment."""
    x = values - values.mean()
    variance, fourth = (x**2).mean(), (x**4).mean()
    error = np.sqrt((fourth - variance**2) / len(x))
    assert abs(variance - sd**2) < 4 * error


# Published check values: n, ρ, sd of the share 0.8131.
@pytest.mark.parametrize("n, rho, sd", [(1000, 0.0, 0.0123275), (1000, 0.01, 0.0408673), (822, 0.02, 0.0567499)])
def test_votes_of_a_region(n: int, rho: float, sd: float) -> None:
    result = run(
        {"regions": {"only": n}},
        voters={"baseline": {"a": 0.8131, "b": 0.1269, "c": 0.06}, "overdispersion": {"region": rho}},
    )
    share = result["votes"].sel(option="a").values[:, 0] / n
    check_sd(share, sd)
    assert abs(share.mean() - 0.8131) < 4 * sd / np.sqrt(DRAWS)


def test_small_option_and_its_covariance() -> None:
    n, rho = 500, 0.005
    result = run(
        {"regions": {"only": n}},
        voters={"baseline": {"a": 0.8131, "b": 0.1269, "c": 0.06}, "overdispersion": {"region": rho}},
    )
    votes = result["votes"].values[:, 0].astype(float)
    check_sd(votes[:, 2] / n, 0.0198554)
    # A sum of options is beta-binomial too.
    law = stats.betabinom(n, 0.94 * (1 / rho - 1), 0.06 * (1 / rho - 1))
    check_sd(votes[:, :2].sum(axis=1) / n, law.std() / n)


def test_turnout_is_beta_binomial() -> None:
    n, rho, p = 400, 0.02, 0.3
    result = run({"regions": {"only": n}}, turnout={"baseline": p, "overdispersion": {"region": rho}})
    ballots = result["ballots_cast"].values[:, 0]
    law = stats.betabinom(n, p * (1 / rho - 1), (1 - p) * (1 / rho - 1))
    check_sd(ballots.astype(float), law.std())
    edges = law.ppf(np.linspace(0, 1, 21)[1:-1])
    counts = np.histogram(ballots, [-1, *edges, n + 1])[0]
    inside = np.diff([0, *law.cdf(np.nextafter(edges, -1)), 1])
    assert stats.chisquare(counts, inside * DRAWS).pvalue > 1e-4


def test_stations_scatter_apart_and_regions_together() -> None:
    electorate = {"regions": [{"region": "r", "registered": 2000, "stations": 2}], "stations": {"size_spread": 0}}

    def shares(**rho: float) -> np.ndarray:
        result = run(
            electorate,
            draws=50_000,
            voters={"baseline": {"a": 0.5, "b": 0.3, "c": 0.2}, "overdispersion": rho},
            run={"keep": ["station_votes"]},
        )
        return result["station_votes"].sel(option="a").values / 1000

    apart, together = shares(station=0.02), shares(region=0.02)
    sd = np.sqrt(0.25 / 1000 * (1 + 999 * 0.02))
    for x in (apart, together):
        check_sd(x[:, 0], sd)
    limit = 4 / np.sqrt(50_000)
    assert abs(np.corrcoef(apart.T)[0, 1]) < limit
    # What a region shares is ρ·p(1 − p) of the variance.
    assert np.corrcoef(together.T)[0, 1] == pytest.approx(0.02 * 0.25 / sd**2, abs=limit)


def test_certain_turnout_stays_certain() -> None:
    result = run(
        {"regions": {"x": 50, "y": 50}},
        draws=500,
        turnout={"baseline": {"x": 1.0, "y": 0.0}, "overdispersion": {"region": 0.3}},
    )
    assert (result["ballots_cast"].values == [50, 0]).all()


def test_expectation_is_kept() -> None:
    """The mean of scattered shares is the baseline still."""
    result = run(
        {"regions": {"only": 100_000}},
        voters={
            "baseline": {"a": 0.8131, "b": 0.1269, "c": 0.06},
            "centre": "expectation",
            "swing": {"national": 0.5},
            "overdispersion": {"region": 0.05},
        },
    )
    share = result["votes"].values[:, 0] / 100_000
    assert share.mean(axis=0) == pytest.approx([0.8131, 0.1269, 0.06], abs=4 * share.std(axis=0).max() / np.sqrt(DRAWS))


@pytest.mark.parametrize(
    "section, body, message",
    [
        ("voters", {"overdispersion": {"station": 0.1}}, "does nothing without polling stations"),
        ("voters", {"overdispersion": {"region": 1}}, "must be less than 1"),
        ("turnout", {"overdispersion": {"station": 0.1}}, "does nothing without polling stations"),
    ],
)
def test_faults(section: str, body: dict[str, Any], message: str) -> None:
    baseline: Any = {"a": 0.5, "b": 0.3, "c": 0.2} if section == "voters" else 0.6
    with pytest.raises(sim.ScenarioError, match=message):
        run({"regions": {"only": 100}}, draws=10, **{section: {"baseline": baseline, **body}})

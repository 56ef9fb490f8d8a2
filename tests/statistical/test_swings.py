"""Swings: standard deviations, tails and correlations are those that are written."""

from __future__ import annotations

import numpy as np
import pytest
from latents import correlation_is, latents, mean_is, sd_is
from scipy import special, stats


def voters(**swing: object) -> dict[str, object]:
    return {"baseline": {"a": 0.5, "b": 0.5}, "swing": swing}


def turnout(baseline: float = 0.5, **swing: object) -> dict[str, object]:
    return {"baseline": baseline, "swing": swing}


@pytest.mark.parametrize("tails", [None, 5, 12])
def test_sd_of_the_log_odds_of_two_options(tails: float | None) -> None:
    swing = {"national": {"a": 0.3, "b": 0.1}, "regional": {"p": 0.2, "q": 0.4}, "tails": tails}
    swing["blocks"] = {"one": {"regions": ["q"], "sd": 0.25}}
    support, _ = latents(voters=voters(**swing))
    odds = support[0] - support[1]
    assert sd_is(odds[:, 0], np.sqrt(0.3**2 + 0.1**2 + 2 * 0.2**2))
    assert sd_is(odds[:, 1], np.sqrt(0.3**2 + 0.1**2 + 2 * 0.4**2 + 2 * 0.25**2))
    assert sd_is(support[0][:, 0], np.sqrt(0.3**2 + 0.2**2))
    assert mean_is(odds[:, 0], 0)
    assert not sd_is(odds[:, 0], 1.03 * np.sqrt(0.3**2 + 0.1**2 + 2 * 0.2**2))


@pytest.mark.parametrize("df", [2.5, 4, 6, 30])
def test_tails_are_students(df: float) -> None:
    """Kolmogorov–Smirnov against the t law scaled to the stated sd, 200,000 draws, p above 1e-4."""
    support, come = latents(voters=voters(national=0.3, tails=df), turnout=turnout(national=0.2, tails=df))
    for x, sd in ((support[0] - support[1], 0.3 * np.sqrt(2)), (come, 0.2)):
        z = (x[:, 0] - np.median(x[:, 0])) / (sd * np.sqrt((df - 2) / df))
        assert stats.kstest(z, stats.t(df).cdf).pvalue > 1e-4
        assert stats.kstest(z * 1.03, stats.t(df).cdf).pvalue < 1e-4


def test_kurtosis() -> None:
    """Excess 6/(ν − 4) for ν = 20 within 5 standard errors, these from the batches of 100 × 4,000 draws."""
    _, come = latents(400_000, turnout=turnout(national=0.2, tails=20))
    each = stats.kurtosis(come[:, 0].reshape(100, -1), axis=1)
    assert abs(stats.kurtosis(come[:, 0]) - 6 / 16) < 5 * each.std() / 10
    _, plain = latents(400_000, turnout=turnout(national=0.2))
    assert abs(stats.kurtosis(plain[:, 0])) < 5 * np.sqrt(24 / 400_000)


def test_one_tail_factor_for_all_regions_and_options() -> None:
    """Uncorrelated regional swings are not independent under tails: their squares correlate."""
    support, _ = latents(voters=voters(regional=0.3, tails=5))
    x, y = support[0][:, 0], support[1][:, 1]
    assert correlation_is(x, y, 0)
    ranks = stats.spearmanr(np.abs(x - np.median(x)), np.abs(y - np.median(y)))
    assert ranks.statistic > 0.05


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.4, 1.0])
def test_region_correlation(rho: float) -> None:
    for tails in (None, 6):
        swing = {"regional": {"p": 0.2, "q": 0.5}, "region_correlation": rho, "tails": tails}
        support, come = latents(voters=voters(**swing), turnout=turnout(**swing))
        for x in (support[0], support[1], come):
            assert correlation_is(x[:, 0], x[:, 1], rho)
        assert correlation_is(support[0][:, 0], support[1][:, 0], 0)
    assert rho == 1.0 or not correlation_is(come[:, 0], come[:, 1], rho + 0.02 * (1 - rho**2) + 0.01)


def test_pairs_of_regions() -> None:
    swing = {"regional": 0.3, "region_correlation": {"p": {"q": 0.5}, "s": {"p": -0.3}}}
    _, come = latents(electorate={"regions": {"s": 9, "q": 9, "p": 9, "r": 9}}, turnout=turnout(**swing))
    for i, j, rho in [(0, 1, 0.5), (0, 3, -0.3), (1, 3, 0.0), (0, 2, 0.0)]:
        assert correlation_is(come[:, i], come[:, j], rho)


def test_a_block_may_have_any_name() -> None:
    """Also that of another swing: its luck is its own."""
    names = ["national", "regional", "station", "chi_square", "units"]
    for name in names:
        swing = {"national": 0.3, "regional": 0.2, "blocks": {name: {"regions": ["only"], "sd": 0.4}}}
        support, come = latents(
            50_000, electorate={"regions": {"only": 9}}, voters=voters(**swing), turnout=turnout(**swing)
        )
        for x in (support[0], support[1], come):
            assert sd_is(x[:, 0], np.sqrt(0.3**2 + 0.2**2 + 0.4**2)), name


def test_blocks_are_shared_by_their_regions() -> None:
    swing = {"regional": 0.3, "blocks": {"all": {"regions": ["p", "q"], "sd": 0.4}}}
    _, come = latents(turnout=turnout(**swing))
    assert correlation_is(come[:, 0], come[:, 1], 0.16 / 0.25)


@pytest.mark.parametrize("rho", [-0.7, 0.3, 1.0])
def test_turnout_with_vote(rho: float) -> None:
    swing = {"national": 0.3, "regional": 0.2}
    support, come = latents(voters=voters(**swing), turnout=turnout(**swing, with_vote={"a": rho}))
    for r in (0, 1):
        assert correlation_is(come[:, r], support[0][:, r], rho)
        assert correlation_is(come[:, r], support[1][:, r], 0)
        assert sd_is(come[:, r], np.sqrt(0.3**2 + 0.2**2))


def test_turnout_with_vote_under_tails() -> None:
    """Each swing has its own χ²: the correlation is ρ·(E t)², E t = √((ν − 2)/2)·Γ((ν − 1)/2)/Γ(ν/2)."""
    swing = {"national": 0.3, "tails": 6}
    support, come = latents(voters=voters(**swing), turnout=turnout(**swing, with_vote={"a": 0.8}))
    mean_t = np.sqrt(2) * special.gamma(2.5) / special.gamma(3)
    assert mean_t**2 == pytest.approx(0.8836, abs=1e-4)
    assert correlation_is(come[:, 0], support[0][:, 0], 0.8 * mean_t**2)
    assert not correlation_is(come[:, 0], support[0][:, 0], 0.8)


def test_region_correlation_of_the_turnout_beside_with_vote() -> None:
    """``(1 − ρ²)·c + ρ²·c_vote``, as the docstring says."""
    support, come = latents(
        voters=voters(regional=0.2, region_correlation=0.9),
        turnout=turnout(regional=0.2, region_correlation=0.2, with_vote={"a": 0.6}),
    )
    assert correlation_is(come[:, 0], come[:, 1], 0.64 * 0.2 + 0.36 * 0.9)
    assert correlation_is(support[0][:, 0], support[0][:, 1], 0.9)


@pytest.mark.parametrize("m, s, mean", [(0.5, 1.0, 0.6020271), (1.47, 0.5, 0.8017618)])
def test_logit_normal_means(m: float, s: float, mean: float) -> None:
    grid = np.linspace(-12, 12, 200_001)
    assert np.trapezoid(special.expit(m + s * grid) * stats.norm.pdf(grid), grid) == pytest.approx(mean, abs=5e-8)
    p = float(special.expit(m))
    support, come = latents(
        400_000,
        voters={"baseline": {"a": p, "b": 1 - p}, "swing": {"national": {"a": s, "b": 0.0}}},
        turnout=turnout(p, national=s),
    )
    assert mean_is(special.expit(come[:, 0]), mean)
    assert mean_is(special.expit(support[0][:, 0] - support[1][:, 0]), mean)
    assert not mean_is(special.expit(come[:, 0]), mean + 0.003)


def test_stations_scatter_around_their_region() -> None:
    table = [{"region": "p", "registered": 900, "stations": 3}, {"region": "q", "registered": 100, "stations": 2}]
    support, come = latents(
        electorate={"regions": table, "stations": {}},
        voters=voters(regional=0.2, station=0.3),
        turnout=turnout(national=0.1, station=0.4, tails=5),
    )
    assert come.shape[1] == 5
    assert sd_is(support[0][:, 0], np.hypot(0.2, 0.3))
    assert sd_is(come[:, 0] - come[:, 1], 0.4 * np.sqrt(2))
    difference = (come[:, 0] - come[:, 1]) / (0.4 * np.sqrt(2))
    assert stats.kstest(difference, "norm").pvalue > 1e-4
    assert correlation_is(support[0][:, 0], support[0][:, 1], 0.04 / 0.13)
    assert correlation_is(support[0][:, 0], support[0][:, 4], 0)

"""Scores against closed forms; every comparison is shown to fail on a wrong input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, norm
from synthetic_result import make_result, many_regions

from sim.analysis import score
from sim.analysis.datasets import Scores
from sim.analysis.resolved import scenario_of
from sim.analysis.scoring_rules import bandwidth, crps, log_score
from sim.errors import ResultError


def normal_crps(y: float) -> float:
    """CRPS of the standard normal (Gneiting & Raftery 2007, eq. 21)."""
    return float(y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / np.sqrt(np.pi))


def brute(x: np.ndarray, y: float) -> float:
    n = len(x)
    return float(np.abs(x - y).mean() - np.abs(x[:, None] - x).sum() / (2 * n * (n - 1)))


def test_crps_is_the_double_sum_and_its_error_the_jackknife() -> None:
    x = np.random.default_rng(3).normal(size=40).round(1)
    before = x.copy()
    value, error, influence = crps(x, 0.3)
    np.testing.assert_array_equal(x, before)
    assert value == pytest.approx(brute(x, 0.3), abs=1e-14)
    left_out = np.array([brute(np.delete(x, i), 0.3) for i in range(40)])
    assert error == pytest.approx(np.sqrt(39 / 40 * ((left_out - left_out.mean()) ** 2).sum()), rel=1e-12)
    # To first order, the influence is what leaving out one draw changes.
    assert np.corrcoef(influence, left_out)[0, 1] < -0.99
    assert influence.std(ddof=1) / np.sqrt(40) == pytest.approx(error, rel=0.1)


def standard_errors_off(n: int, repeats: int, fair: bool = True, scale: float = 1.0) -> float:
    """How many standard errors the mean CRPS over ensembles lies from the closed form at y = 0.7."""
    rng = np.random.default_rng(4)
    values = []
    for _ in range(repeats):
        x = scale * rng.normal(size=n)
        value, _, _ = crps(x, 0.7)
        if not fair:
            value += np.abs(x[:, None] - x).sum() / (2 * n * (n - 1)) - np.abs(x[:, None] - x).mean() / 2
        values.append(value)
    return float(abs(np.mean(values) - normal_crps(0.7)) / (np.std(values, ddof=1) / np.sqrt(repeats)))


def test_crps_of_a_normal_ensemble_is_unbiased_even_when_small() -> None:
    assert standard_errors_off(8, 3000) < 4


def test_the_check_of_crps_can_fail() -> None:
    assert standard_errors_off(8, 3000, fair=False) > 8
    assert standard_errors_off(8, 3000, scale=1.5) > 8


@pytest.mark.parametrize("y", [-2.5, 0.0, 0.4, 3.0])
def test_crps_of_a_large_normal_ensemble(y: float) -> None:
    value, error, _ = crps(np.random.default_rng(5).normal(size=50_000), y)
    assert abs(value - normal_crps(y)) < 4 * error
    assert error < 0.01


def logistic(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def log_score_off(z: float, share: bool = True, jacobian: bool = True) -> float:
    """Standard errors between the log score of a (logit-)normal ensemble and its closed form."""
    x = np.random.default_rng(6).normal(0.4, 0.5, size=40_000)
    back, y = (logistic(x), logistic(z)) if share else (np.exp(x), np.exp(z))
    value, error, _ = log_score(back, float(y), share)
    # The kernel density of a normal is on average a normal, widened by the bandwidth.
    expected = -norm.logpdf(z, 0.4, np.hypot(0.5, bandwidth(x)))
    if jacobian:
        expected += np.log(y * (1 - y)) if share else np.log(y)
    return float(abs(value - expected) / error)


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("z", [-0.7, 0.4, 1.1])
def test_log_score_of_a_normal(z: float, share: bool) -> None:
    assert log_score_off(z, share) < 4


def test_the_check_of_the_log_score_can_fail() -> None:
    assert log_score_off(-0.7, jacobian=False) > 8
    assert log_score_off(-0.7, share=False, jacobian=False) > 8


def test_the_error_of_the_log_score_is_that_found_by_repetition() -> None:
    rng = np.random.default_rng(7)
    pairs = [log_score(logistic(rng.normal(size=500)), 0.6)[:2] for _ in range(600)]
    values, errors = np.array(pairs).T
    assert values.std(ddof=1) / errors.mean() == pytest.approx(1, abs=0.15)


def test_log_score_where_there_is_no_density() -> None:
    same = np.full(9, 0.4)
    assert log_score(same, 0.5)[0] == np.inf
    assert np.isnan(log_score(same, 0.4)[0])
    ends = np.array([0.0, 0.0, 1.0])
    assert log_score(ends, 0.5)[0] == np.inf
    assert np.isnan(log_score(np.array([0.1, 0.2]), 0.0)[0])
    x = logistic(np.random.default_rng(8).normal(size=2000))
    half = np.where(np.arange(2000) % 2, x, 0.0)
    # Half of the mass sits at 0 and is taken away from the density elsewhere.
    assert log_score(half, 0.5)[0] - log_score(x[1::2], 0.5)[0] == pytest.approx(np.log(2))
    far, _, _ = log_score(x, 1 - 1e-9)
    assert 0 < far < np.inf


def many(truth_sd: float, regions: int = 400, seed: int = 9) -> Any:
    """A result whose regional turnouts are independent, and truths drawn with a spread of their own."""
    rng = np.random.default_rng(seed)
    ds = make_result(400, regions=many_regions(regions), observed=False)
    centre = np.log(0.6 / 0.4)
    simulated = logistic(centre + 0.3 * rng.normal(size=(400, regions)))
    ds["registered"][:] = 10**9
    ds["ballots_cast"] = (("draw", "region"), (simulated * 10**9).astype(np.int32))
    truth = logistic(centre + truth_sd * rng.normal(size=regions))
    rows = [
        {"variable": "turnout", "region": str(name), "value": float(t)} for name, t in zip(ds["region"].values, truth)
    ]
    return ds, rows


def coverage_p_values(truth_sd: float) -> list[float]:
    ds, rows = many(truth_sd)
    s = score(ds, rows)
    m = int(s["count"].sel(group="turnout"))
    covered = s["covered"].sel(group="turnout").values
    return [float(2 * min(binom.cdf(k, m, q), binom.sf(k - 1, m, q))) for q, k in zip((0.5, 0.8, 0.9), covered)]


def test_coverage_of_calibrated_draws_is_nominal() -> None:
    assert min(coverage_p_values(0.3)) > 0.01


@pytest.mark.parametrize("truth_sd", [0.4, 0.22])
def test_the_check_of_coverage_can_fail(truth_sd: float) -> None:
    assert min(coverage_p_values(truth_sd)) < 1e-3


def test_pit_of_calibrated_draws_is_uniform() -> None:
    ds, rows = many(0.3)
    pit = np.sort(score(ds, rows)["pit"].values)
    distance = np.abs(pit - (np.arange(400) + 0.5) / 400).max()
    assert distance < 1.63 / 20  # Kolmogorov–Smirnov, 1 %


def test_score_of_the_scenario_s_own_figures() -> None:
    s = score(make_result(500))
    assert isinstance(s, Scores)
    assert list(s["group"].values) == ["shares", "vote_share", "turnout", "registered", "invalid_share"]
    np.testing.assert_array_equal(s["count"], [29, 7, 21, 0, 1])
    assert int(s["fixed"].sum()) == 1
    first = s.isel(observation=0)
    assert str(first["observation"].values) == "vote_share tokayev"
    assert str(first["standing"].values) == "official"
    assert np.isfinite(s["mean_crps"].sel(group="shares"))
    text = repr(s)
    assert "7 of 7" in text
    assert "input" in text
    assert "left out here" in text


def test_mean_scores_are_means_and_their_errors_respect_common_draws() -> None:
    ds = make_result(300)
    s = score(ds)
    turnouts = s.isel(observation=np.flatnonzero(s["variable"].values == "turnout"))
    group = s.sel(group="turnout")
    assert float(group["mean_crps"]) == pytest.approx(float(turnouts["crps"].mean()))
    rows = [row for row in scenario_of(ds)["observed"] if row["variable"] == "turnout"]
    # The regions share the national swing: the error falls less than with independent figures.
    independent = float(np.sqrt((turnouts["crps_mcse"] ** 2).sum())) / 21
    assert independent < float(group["mean_crps_mcse"]) < float(turnouts["crps_mcse"].mean())
    repeated = [float(score(make_result(300, seed=i), rows)["mean_crps"].sel(group="turnout")) for i in range(40)]
    assert np.std(repeated, ddof=1) / float(group["mean_crps_mcse"]) == pytest.approx(1, abs=0.4)


def test_counts_and_regional_votes_can_be_observed() -> None:
    ds = make_result(50)
    rows = [
        {"variable": "votes", "region": "KZ-10", "option": "tokayev", "value": 250_000},
        {"variable": "ballots_cast", "value": 8_300_046},
        {"variable": "vote_share", "region": "KZ-10", "option": "tokayev", "value": 0.8},
        {"variable": "invalid_share", "region": "KZ-79", "value": 0.04, "note": "x"},
        {"variable": "registered", "region": "KZ-79", "value": 1.0},
    ]
    s = score(ds, rows)
    votes = ds["votes"].sel(region="KZ-10", option="tokayev")
    np.testing.assert_allclose(s["mean"][0], votes.mean())
    np.testing.assert_allclose(s["mean"][1], ds["ballots_cast"].sum("region").mean())
    np.testing.assert_allclose(s["mean"][2], (votes / ds["votes"].sel(region="KZ-10").sum("option")).mean())
    assert s["log_score"][4] == np.inf
    assert s["inside"].sel(level=0.9)[4] == 0
    assert "outside" in repr(s)


def test_a_data_frame_and_two_figures_of_one_thing() -> None:
    pandas = pytest.importorskip("pandas")
    rows = [
        {"variable": "turnout", "value": 0.69, "standing": "official"},
        {"variable": "turnout", "value": 0.70, "standing": "published"},
        {"variable": "vote_share", "option": "abden", "value": 0.02},
    ]
    s = score(make_result(50), pandas.DataFrame(rows))
    assert list(s["observation"].values)[:2] == ["turnout (official)", "turnout (published)"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "nothing is observed"),
        ([{"variable": "turnout", "region": "KZ-1O", "value": 0.5}], "no region 'KZ-1O'; did you mean 'KZ-"),
        ([{"variable": "vote_share", "option": "tokaev", "value": 0.5}], "did you mean 'tokayev'"),
        ([{"variable": "vote_share", "value": 0.5}], "option"),
        ([{"variable": "turnout", "value": 69.4}], "did you mean 0.694"),
        ([{"variable": "seats", "value": 3}], "variable"),
        ([{"variable": "turnout"}], "value"),
        (["x"], "expected a row"),
        (3, "expected rows"),
    ],
)
def test_faults_of_the_figures(rows: Any, message: str) -> None:
    with pytest.raises(ResultError, match=message):
        score(make_result(5), rows)


def test_all_faults_come_at_once() -> None:
    rows = [{"variable": "turnout", "region": name, "value": 0.5} for name in ("x", "y")]
    with pytest.raises(ResultError, match=r"2 problems\n.*row 1.*\n.*row 2"):
        score(make_result(5), rows)


def test_what_cannot_be_scored() -> None:
    with pytest.raises(ResultError, match="nothing is observed"):
        score(make_result(5, observed=False))
    with pytest.raises(ResultError, match="at least 2 draws"):
        score(make_result(1))
    with pytest.raises(ResultError, match="cannot be read"):
        score(make_result(5).assign_attrs(scenario_yaml="a: [1"))
    ds = make_result(5)
    ds["votes"][2] = 0
    with pytest.raises(ResultError, match="not defined in 1 of 5 draws"):
        score(ds, [{"variable": "vote_share", "option": "abden", "value": 0.02}])


def test_order_of_draws_does_not_matter() -> None:
    ds = make_result(100)
    a, b = score(ds), score(ds.isel(draw=np.random.default_rng(1).permutation(100)))
    for name in ("crps", "log_score", "pit", "mean_crps_mcse"):
        np.testing.assert_allclose(a[name], b[name], rtol=1e-10, equal_nan=True)

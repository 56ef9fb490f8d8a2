"""sim.fit_panel: closed forms, recovery of known sizes, coverage, Kazakhstan's regions, refusals."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import sim

FOLDER = Path(__file__).parents[3] / "scenarios" / "kazakhstan-2022"
BEFORE = ("2019-06-09", "2021-01-10", "2022-06-05")
CITIES = {"cities": ("KZ-71", "KZ-75", "KZ-79")}


def logistic(x):
    return 1 / (1 + np.exp(-x))


def panel(rng, regions, votes, sizes, block=0, mean=0.8):
    """Rows of a panel drawn from the model; the first ``block`` regions swing together."""
    lasting, national, gap, residual = sizes
    y = mean + lasting * rng.normal(size=(regions, 1)) + national * rng.normal(size=votes)
    y = y + residual * rng.normal(size=(regions, votes))
    y[:block] += gap * rng.normal(size=votes)
    return [
        {"region": f"r{i:02}", "vote": f"v{t:02}", "value": float(logistic(y[i, t]))}
        for i in range(regions)
        for t in range(votes)
    ]


def sds(fit):
    return dict(zip(fit.table["component"].values.tolist(), fit.table["sd"].values.tolist()))


# Closed forms -------------------------------------------------------------------------------------------


def test_reml_of_a_full_panel_is_the_analysis_of_variance():
    """Balanced two-way random effects: the mean squares give the REML estimates."""
    rows = panel(np.random.default_rng(5), 12, 6, (0.5, 0.4, 0, 0.2))
    y = np.array([np.log(r["value"] / (1 - r["value"])) for r in rows]).reshape(12, 6)
    rest = y - y.mean(1, keepdims=True) - y.mean(0) + y.mean()
    error = (rest**2).sum() / (11 * 5)
    region = (6 * y.mean(1).var(ddof=1) - error) / 6
    vote = (12 * y.mean(0).var(ddof=1) - error) / 12
    fit = sim.fit_panel(rows, method="reml")
    expected = {"region": region**0.5, "national": vote**0.5, "residual": error**0.5}
    assert sds(fit) == pytest.approx(expected, rel=1e-6)
    assert float(fit.table["mean"][0]) == pytest.approx(y.mean(), rel=1e-9)
    shrink = region / (region + error / 6)
    assert fit.table["effect"].values == pytest.approx(shrink * (y.mean(1) - y.mean()), abs=1e-6)


@pytest.mark.parametrize("block", [0, 3])
def test_likelihood_is_that_of_the_normal_vector(block):
    rows = panel(np.random.default_rng(6), 7, 4, (0.5, 0.3, 0.3, 0.2), block)[3:]
    fit = sim.fit_panel(rows, blocks={"b": ["r00", "r01", "r02"]} if block else None)
    y = np.array([np.log(r["value"] / (1 - r["value"])) for r in rows])
    inside = np.array([r["region"] in ("r00", "r01", "r02") for r in rows])

    def covariance(size):
        v = np.empty((len(rows), len(rows)))
        for i, a in enumerate(rows):
            for j, b in enumerate(rows):
                v[i, j] = size["region"] ** 2 * (a["region"] == b["region"])
                v[i, j] += size["national"] ** 2 * (a["vote"] == b["vote"])
                v[i, j] += size["residual"] ** 2 * (i == j)
                v[i, j] += size.get("block b", 0) ** 2 * (a["vote"] == b["vote"]) * inside[i] * inside[j]
        return v

    means = fit.table["mean"].values
    mean = means[0] + (means[1] * inside if block else 0)
    at = lambda size: multivariate_normal(mean * np.ones(len(y)), covariance(size)).logpdf(y)  # noqa: E731
    best = sds(fit)
    assert fit.table.attrs["log_likelihood"] == pytest.approx(at(best), rel=1e-9)
    for name in best:
        for factor in (0.95, 1.05):
            assert at({**best, name: max(best[name], 0.01) * factor}) < at(best) + 1e-9


def test_standard_errors_are_the_curvature_of_the_likelihood():
    """Second differences of the likelihood with the mean profiled out."""
    from sim.analysis.calibrate.gaussian import Likelihood

    rows = panel(np.random.default_rng(7), 10, 8, (0.5, 0.4, 0, 0.2))[2:]
    for method in ("ml", "reml"):
        fit = sim.fit_panel(rows, method=method)
        seen = fit._seen
        design, factors = seen.design(seen.region), seen.factors()

        def at(size, method=method, seen=seen, design=design, factors=factors):
            return Likelihood.at(seen.y, design, factors, np.asarray(size) ** 2, method).value

        size, h = np.array(list(sds(fit).values())), 1e-3
        hessian = np.empty((3, 3))
        for i in range(3):
            for j in range(3):
                a, b = h * np.eye(3)[i], h * np.eye(3)[j]
                corners = at(size + a + b) - at(size + a - b) - at(size - a + b) + at(size - a - b)
                hessian[i, j] = corners / (4 * h * h)
        errors = np.sqrt(np.diag(np.linalg.inv(-hessian)))
        assert fit.table["sd_se"].values == pytest.approx(errors, rel=1e-3)


def test_ratios_of_two_options():
    rows = panel(np.random.default_rng(8), 6, 5, (0.5, 0.4, 0, 0.2))
    for row in rows:
        row["rest"] = 1 - row["value"]
    fit = sim.fit_panel(rows, against="rest")
    assert sds(fit) == pytest.approx(sds(sim.fit_panel(rows)), rel=1e-6)
    with pytest.raises(sim.SimError, match="log-ratios has no national turnout"):
        fit.predict(0.6)


# Recovery -----------------------------------------------------------------------------------------------


def test_known_sizes_are_found_again():
    sizes = {"region": 0.5, "national": 0.35, "block b": 0.3, "residual": 0.2}
    rng = np.random.default_rng(9)
    rows = panel(rng, 40, 60, (0.5, 0.35, 0.3, 0.2), 10)
    rows = [row for row in rows if rng.random() > 0.2]
    fit = sim.fit_panel(rows, blocks={"b": [f"r{i:02}" for i in range(10)]})
    z = [(sds(fit)[name] - size) / float(fit.table["sd_se"].sel(component=name)) for name, size in sizes.items()]
    assert np.abs(z).max() < 4


@pytest.mark.slow
def test_intervals_hold_the_sizes():
    """95 % intervals over 300 panels of 17 regions and 20 votes; few votes make that of the nation a little short."""
    rng = np.random.default_rng(10)
    truth, inside, times = np.array([0.5, 0.35, 0.2]), np.zeros(3), 300
    for _ in range(times):
        table = sim.fit_panel(panel(rng, 17, 20, (0.5, 0.35, 0, 0.2)), method="reml").table
        inside += (table["low"].values <= truth) & (truth <= table["high"].values)
    coverage = inside / times
    print("coverage of 95 % intervals: region, national, residual:", coverage)
    assert (coverage > 0.95 - 5 * np.sqrt(0.95 * 0.05 / times)).all()


@pytest.mark.slow
def test_intervals_hold_the_regions_of_a_further_vote():
    """Three votes are fitted, the fourth predicted from its national turnout, as in Kazakhstan."""
    rng = np.random.default_rng(11)
    inside, times = [], 300
    for _ in range(times):
        rows = panel(rng, 17, 4, (0.5, 0.35, 0, 0.24))
        national = float(np.mean([row["value"] for row in rows if row["vote"] == "v03"]))
        fit = sim.fit_panel(rows, votes=["v00", "v01", "v02"], method="reml")
        inside.append(fit.predict(national, "v03")["covered"].values / 17)
    mean, error = np.mean(inside, axis=0), np.std(inside, axis=0, ddof=1) / times**0.5
    print("coverage of 50, 80, 90 % intervals:", mean, "±", error)
    assert mean == pytest.approx([0.5, 0.8, 0.9], abs=0.03)


def test_the_prediction_is_that_of_the_conditional_normal():
    """Against rejection: vectors from the prior whose national turnout is near the one given."""
    from sim.analysis.calibrate.prediction import _prior

    fit = sim.fit_panel(panel(np.random.default_rng(12), 5, 6, (0.5, 0.35, 0, 0.2)))
    mean, covariance = _prior(fit._seen, fit._likelihood)
    y = np.random.default_rng(13).multivariate_normal(mean, covariance, 2_000_000)
    near = y[np.abs(logistic(y).mean(1) - 0.55) < 0.002]
    found = fit.predict(0.55)
    assert found["median"].values.mean() == pytest.approx(0.55, abs=1e-9)
    error = near.std(0) / np.sqrt(len(near))
    assert np.abs(np.median(logistic(near), axis=0) - found["median"].values).max() < 0.004
    assert found["sd"].values == pytest.approx(near.std(0), rel=0.05)
    assert (error < 0.01).all()


# Kazakhstan ---------------------------------------------------------------------------------------------


def kazakhstan(**keywords):
    return sim.fit_panel(FOLDER / "panel.csv", vote="date", nation="KZ", method="reml", **keywords)


def test_kazakhstans_sizes():
    """The two-way table of five votes: residual 0.221 on 64 degrees of freedom, vote effects 0.39, regions 0.49."""
    found = sds(kazakhstan())
    assert found["residual"] == pytest.approx(0.221, abs=5e-4)
    assert (found["national"] ** 2 + found["residual"] ** 2 / 17) ** 0.5 == pytest.approx(0.39, abs=0.015)
    assert (found["region"] ** 2 + found["residual"] ** 2 / 5) ** 0.5 == pytest.approx(0.49, abs=0.015)
    assert sds(kazakhstan(votes=BEFORE))["residual"] == pytest.approx(0.242, abs=5e-4)


def test_kazakhstans_regions_are_predicted():
    """The issue's bound: 4.8 points RMSE from three votes and the national turnout."""
    fit = kazakhstan(votes=BEFORE, blocks=CITIES, weights=FOLDER / "panel_register.csv")
    found = fit.predict(vote="2022-11-20")
    assert found.attrs["national"] == 0.6944
    assert float(found["rmse"]) <= 0.048
    assert float(found["rmse"]) == pytest.approx(0.0462, abs=1e-4)
    assert found["covered"].values.tolist() == [10, 16, 16]
    assert (found["weight"] * found["median"]).sum() == pytest.approx(0.6944, abs=1e-9)
    text = str(found)
    assert "RMSE 4.62 points, unweighted; observed inside: 10 of 17 in 50 %, 16 of 17 in 80 %, 16 of 17 in 90 %" in text
    assert text.splitlines()[0] in found._repr_html_()


def test_the_register_of_the_panel_is_that_of_the_forecast():
    parents = {"KZ-10": "KZ-63", "KZ-33": "KZ-19", "KZ-62": "KZ-35"}
    sums: dict[str, int] = {}
    with (FOLDER / "regions_forecast.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            region = parents.get(row["region"], row["region"])
            sums[region] = sums.get(region, 0) + int(row["registered"])
    with (FOLDER / "panel_register.csv").open(encoding="utf-8", newline="") as handle:
        assert {row["region"]: int(row["registered"]) for row in csv.DictReader(handle)} == sums


def test_swings_for_a_scenario(tmp_path):
    fit = kazakhstan(blocks=CITIES)
    base = sim.load(FOLDER / "baseline.yaml")
    plain = base.change(fit.changes()).resolved()["turnout"]["swing"]
    assert plain["regional"] == round(sds(fit)["residual"], 4)
    assert plain["blocks"]["cities"]["regions"] == ["KZ-71", "KZ-75", "KZ-79"]
    uncertain = base.change({"turnout.centre": "zero_swing", **fit.changes(uncertain=True)}).resolved()
    national = uncertain["turnout"]["swing"]["national"]
    assert national["lognormal"][1] == pytest.approx(float(fit.table["sd_se"][1]) / sds(fit)["national"], abs=1e-4)
    assert "reml on 85 figures of panel.csv" in national["source"]
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    small = sim.fit_panel(panel(np.random.default_rng(1), 4, 5, (0.5, 0.4, 0, 0.2)), blocks={"b": ["r00", "r01"]})
    (tmp_path / "fitted.yaml").write_text(small.to_yaml("small.yaml"), encoding="utf-8")
    swing = sim.load(tmp_path / "fitted.yaml").resolved()["turnout"]["swing"]
    assert swing["national"] == round(sds(small)["national"], 4)
    with pytest.raises(sim.SimError, match="expected 'turnout' or 'voters'"):
        fit.changes("ballot")


SMALL = """\
title: small
electorate: {regions: {r00: 100, r01: 100, r02: 100, r03: 100}}
ballot: {options: {a: A, b: B}}
voters: {baseline: {a: 0.5, b: 0.5}}
turnout: {baseline: 0.6}
rules: {it: {model: plurality}}
"""


def test_prints():
    fit = kazakhstan(blocks=CITIES)
    for words in ("85 figures of 17 regions", "block cities, by vote", "regions, lasting", "KZ-79"):
        assert words in str(fit)
        assert words in fit._repr_html_()


# Refusals -----------------------------------------------------------------------------------------------


def rows(**changed):
    out = panel(np.random.default_rng(2), 4, 3, (0.5, 0.4, 0, 0.2))
    out[0] |= changed
    return out


@pytest.mark.parametrize(
    ("table", "keywords", "words"),
    [
        (rows(), {"value": "vlaue"}, "there is no column 'vlaue'; did you mean 'value'?"),
        (rows(value=83.4), {}, "row 1.value: expected a share in [0, 1], got 83.4; did you mean 0.834?"),
        (rows(value=0), {}, "row 1.value: a share of 0 or 1 has no log-odds"),
        (rows(value="x"), {}, "row 1.value: expected a number, got 'x'"),
        (rows(region="r01"), {}, "region 'r01' stands twice in vote 'v00'"),
        (rows(vote=None), {}, "the row has no 'vote'"),
        (rows(), {"votes": ["v00"]}, "1 vote: lasting differences and residuals cannot be told apart"),
        (rows(), {"votes": ["v0x", "v01", "v02"]}, "there is no vote 'v0x'"),
        (rows()[:3], {}, "1 region: national swing and residuals cannot be told apart"),
        (rows(), {"blocks": {"b": ["r00", "r09"]}}, "blocks.b: there is no region 'r09'"),
        (rows(), {"blocks": {"b": ["r00", "r01", "r02", "r03"]}}, "blocks.b: holds every region"),
        (rows(), {"blocks": {"b": ["r00"], "c": ["r00"]}}, "cannot be told apart"),
        (rows(), {"blocks": {"b": []}}, "has no regions"),
        (rows(), {"weights": {"r00": 3}}, "no number of registered voters for region r01, r02, r03"),
        (rows(), {"weights": dict.fromkeys(("r00", "r01", "r02", "r03"), 0)}, "weights: all are 0"),
        (rows(), {"nation": "KZ"}, "there is no row of the nation, region 'KZ'"),
        (rows(), {"method": "map"}, "expected 'ml' or 'reml'"),
        ([], {}, "there is no column 'value'"),
        (7, {}, "expected the path of a CSV table"),
        ([{**row, "value": 0.5} for row in rows()], {}, "all figures are alike"),
    ],
)
def test_refused(table, keywords, words):
    with pytest.raises(sim.SimError) as caught:
        sim.fit_panel(table, **keywords)
    assert words in str(caught.value)


def test_all_faults_at_once():
    with pytest.raises(sim.ScenarioError) as caught:
        sim.fit_panel(rows(value=83.4), blocks={"b": ["r09"]}, weights={"r00": 3}, votes=["v00", "x"])
    assert len(caught.value.faults) == 5


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({}, "the national turnout is missing"),
        ({"national": 69.4}, "expected a share between 0 and 1"),
        ({"vote": "2019-06-09"}, "is one of those fitted"),
        ({"vote": "2019-06-10"}, "did you mean '2019-06-09'?"),
    ],
)
def test_predictions_refused(keywords, words):
    with pytest.raises(sim.SimError) as caught:
        kazakhstan(votes=BEFORE).predict(**keywords)
    assert words in str(caught.value)

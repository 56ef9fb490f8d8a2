"""sim.fit_survey: closed forms, recovery of known coefficients, coverage, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import sim

LABELS = ("a", "b", "c")
TRUTH = np.array([[0.4, 0.7, -0.3], [-0.2, -0.5, 0.6]])


def answers(counts):
    """Respondents from {(choice, x): number}."""
    return [{"choice": c, "x": x} for (c, x), n in counts.items() for _ in range(n)]


def respondents(rng, n, weighted=False):
    age, town = rng.normal(size=n), rng.random(n) < 0.4
    x = np.stack([np.ones(n), age, town], axis=1)
    utility = np.concatenate([np.zeros((n, 1)), x @ TRUTH.T], axis=1)
    chosen = (utility + rng.gumbel(size=utility.shape)).argmax(axis=1)
    rows = [
        {"choice": LABELS[c], "age": float(a), "town": "town" if t else "land"} for c, a, t in zip(chosen, age, town)
    ]
    if weighted:
        for row, u in zip(rows, rng.random(n)):
            row["w"] = float(0.3 + 3 * u**2)
    return rows


def coefficient(fit, option, term, name="coefficient"):
    return float(fit.table[name].sel(option=option, term=term))


# Closed forms -------------------------------------------------------------------------------------------


def test_intercepts_are_log_ratios_of_weighted_shares():
    rows = [{"choice": c, "w": w} for c, w in zip("aabbbc", (1, 2, 0.5, 0.5, 1, 4))]
    fit = sim.fit_survey(rows, weights="w", reference="a")
    assert coefficient(fit, "b", "(intercept)") == pytest.approx(np.log(2 / 3), abs=1e-9)
    assert coefficient(fit, "c", "(intercept)") == pytest.approx(np.log(4 / 3), abs=1e-9)
    assert fit.shares()["share"].values == pytest.approx(np.array([3, 2, 4]) / 9)
    # Linearised: the variance of a weighted share p = Σ w z/Σ w is Σ w² (z − p)²/(Σ w)².
    w, z = np.array([1, 2, 0.5, 0.5, 1, 4]), np.array([1, 1, 0, 0, 0, 0])
    error = np.sqrt((w**2 * (z - 3 / 9) ** 2).sum()) / w.sum()
    assert float(fit.shares()["share_se"][0]) == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("weights", [None, "one"])
def test_a_binary_covariate_gives_the_log_odds_ratio(weights):
    """Woolf 1955: its standard error is √(1/a + 1/b + 1/c + 1/d), by the information and by the sandwich."""
    rows = answers({("yes", 1): 30, ("yes", 0): 20, ("no", 1): 15, ("no", 0): 45})
    for row in rows:
        row["one"] = 1.0
    fit = sim.fit_survey(rows, covariates=["x"], weights=weights, reference="no")
    assert coefficient(fit, "yes", "x") == pytest.approx(np.log(30 * 45 / (20 * 15)), abs=1e-9)
    error = np.sqrt(1 / 30 + 1 / 20 + 1 / 15 + 1 / 45)
    assert coefficient(fit, "yes", "x", "se") == pytest.approx(error, rel=1e-9)
    assert coefficient(fit, "yes", "(intercept)", "se") == pytest.approx(np.sqrt(1 / 20 + 1 / 45), rel=1e-9)
    found = fit.shares({"x": 1})
    assert float(found["share"].sel(option="yes")) == pytest.approx(30 / 45)
    assert float(found["share_se"].sel(option="yes")) == pytest.approx(np.sqrt(2 / 9 / 45), rel=1e-9)


def test_whole_weights_are_repeated_respondents():
    rng = np.random.default_rng(3)
    rows = respondents(rng, 200)
    for row in rows:
        row["w"] = int(rng.integers(0, 4))
    weighted = sim.fit_survey(rows, covariates=["age", "town"], weights="w", reference="a")
    repeated = sim.fit_survey([r for r in rows for _ in range(r["w"])], covariates=["age", "town"], reference="a")
    assert weighted.table["coefficient"].values == pytest.approx(repeated.table["coefficient"].values, abs=1e-7)
    assert weighted.table.attrs["errors"] == "sandwich"
    assert repeated.table.attrs["errors"] == "information"


def test_another_reference_is_the_same_model():
    rows = respondents(np.random.default_rng(4), 400)
    a, b = (sim.fit_survey(rows, covariates=["age", "town"], reference=one) for one in ("a", "b"))
    assert a.table.attrs["log_likelihood"] == pytest.approx(b.table.attrs["log_likelihood"], abs=1e-8)
    assert coefficient(a, "b", "age") == pytest.approx(-coefficient(b, "a", "age"), abs=1e-7)
    assert coefficient(a, "b", "age", "se") == pytest.approx(coefficient(b, "a", "age", "se"), abs=1e-7)


# Recovery -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [None, "w"])
def test_known_coefficients_are_found_again(weights):
    rows = respondents(np.random.default_rng(5), 20_000, weights is not None)
    fit = sim.fit_survey(rows, covariates=["age", "town"], weights=weights, reference="a")
    z = (fit.table["coefficient"].values - TRUTH) / fit.table["se"].values
    assert fit.table["term"].values.tolist() == ["(intercept)", "age", "town=town"]
    assert np.abs(z).max() < 4
    assert fit.table["se"].values.max() < 0.06


@pytest.mark.slow
@pytest.mark.parametrize("weights", [None, "w"])
def test_standard_errors_are_the_spread_over_surveys(weights):
    rng, times = np.random.default_rng(6), 400
    found, errors = [], []
    for _ in range(times):
        fit = sim.fit_survey(
            respondents(rng, 800, weights is not None), covariates=["age", "town"], weights=weights, reference="a"
        )
        found.append(fit.table["coefficient"].values)
        errors.append(fit.table["se"].values)
    spread = np.std(found, axis=0, ddof=1)
    assert np.abs(np.mean(errors, axis=0) / spread - 1).max() < 5 / np.sqrt(2 * times)
    inside = (np.abs(np.array(found) - TRUTH) < 1.96 * np.array(errors)).mean(axis=0)
    print("coverage of 95 % intervals:", inside)
    assert np.abs(inside - 0.95).max() < 5 * np.sqrt(0.95 * 0.05 / times)


def test_into_a_scenario():
    rows = respondents(np.random.default_rng(7), 500)
    one = sim.loads(
        """
        {title: t, electorate: {regions: {r: 1000}}, ballot: {options: {c: null, a: null, b: null}},
         voters: {baseline: {a: 0.2, b: 0.2, c: 0.6}}, turnout: {baseline: 0.5}, rules: {it: {model: plurality}}}
        """
    )
    fit = sim.fit_survey(rows, covariates=["age"], options=one)
    plain = one.change(fit.changes()).resolved()["voters"]["baseline"]
    answered = {label: sum(r["choice"] == label for r in rows) / 500 for label in LABELS}
    assert plain == pytest.approx(answered, abs=1e-8)
    uncertain = one.change(fit.changes({"age": 0.0}, uncertain=True))
    written = uncertain.resolved()["voters"]["baseline"]["a"]
    assert written["source"] == "500 respondents of the survey"
    found = fit.shares({"age": 0.0})
    assert written["logit_normal"][0] == pytest.approx(float(found["share"].sel(option="a")), abs=1e-8)
    # Scaled to sum to one the shares are as uncertain as the survey leaves them.
    many = sim.run(uncertain.change({"electorate.regions": {"r": 20_000_000}}), draws=20_000, seed=3)
    spread = sim.summary(many)["vote_share"].sel(statistic="sd")
    for option in LABELS:
        wanted = float(found["share_se"].sel(option=option))
        assert float(spread.sel(option=option)) == pytest.approx(wanted, rel=0.05)


def test_rows_that_say_nothing_are_counted():
    rows = [*respondents(np.random.default_rng(8), 100), {"choice": "a"}, {"age": 0.1, "town": "land"}]
    fit = sim.fit_survey(rows, covariates=["age", "town"])
    assert fit.table.attrs["respondents"] == 100
    assert fit.table.attrs["dropped"] == 2
    for words in ("100 respondents", "2 rows without a choice", "town=town", "Mean shares"):
        assert words in str(fit)
        assert words in fit._repr_html_()


def test_numbers_as_categories():
    rows = answers({("y", 1): 5, ("y", 2): 6, ("n", 1): 7, ("n", 2): 3, ("y", 3): 2, ("n", 3): 2})
    fit = sim.fit_survey(rows, categorical=["x"])
    assert fit.table["term"].values.tolist() == ["(intercept)", "x=1", "x=2"] or "x=3" in fit.table["term"].values


# Refusals -----------------------------------------------------------------------------------------------

GOOD = answers({("y", 1.0): 5, ("y", 2.0): 6, ("n", 1.0): 7, ("n", 2.0): 3})


def more(**columns):
    return [{**row, **{name: make(row) for name, make in columns.items()}} for row in GOOD]


@pytest.mark.parametrize(
    ("table", "keywords", "words"),
    [
        (GOOD, {"choice": "chioce"}, "there is no column 'chioce'; did you mean 'choice'?"),
        (GOOD, {"covariates": ["z"]}, "there is no column 'z'"),
        (GOOD, {"weights": "w"}, "there is no column 'w'"),
        (more(w=lambda row: 0), {"weights": "w"}, "w: the weights are all zero"),
        (more(w=lambda row: -1), {"weights": "w"}, "row 1.w: expected a number ≥ 0, got -1"),
        ([{**GOOD[0], "w": 1}, *GOOD[1:]], {"weights": "w"}, "row 2.w: the respondent has no weight"),
        (GOOD, {"options": ["y", "z"]}, "there is no option 'n' on the ballot (10 rows)"),
        (GOOD, {"options": ["y", "n", "z"]}, "nobody chose 'z'"),
        (GOOD, {"options": "yn"}, "expected a list of options"),
        (GOOD[:5], {}, "1 option; at least 2 are needed"),
        (GOOD, {"reference": "z"}, "reference: there is no option 'z'"),
        (more(k=lambda row: 3), {"covariates": ["k"]}, "the covariate 'k' is the same for every respondent"),
        (more(k=lambda row: "v"), {"covariates": ["k"]}, "the covariate 'k' is the same for every respondent"),
        (more(k=lambda row: 2 * row["x"] + 1), {"covariates": ["x", "k"]}, "k: follows from the other covariates"),
        (more(k=lambda row: row["choice"]), {"covariates": ["k"]}, "k=n (n): separates the options"),
        (more(k=lambda row: float(row["choice"] == "y" and row["x"] == 1)), {"covariates": ["k"]}, "separates"),
        ([{"choice": ""}], {}, "no row has a choice"),
        ("nowhere.csv", {}, "nowhere.csv"),
    ],
)
def test_refused(table, keywords, words):
    with pytest.raises(sim.SimError) as caught:
        sim.fit_survey(table, **keywords)
    assert words in str(caught.value)


def test_all_faults_at_once(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("choice,k,w\na,1,-1\nb,1,2\nq,1,x\na,1,1\n", encoding="utf-8")
    with pytest.raises(sim.ScenarioError) as caught:
        sim.fit_survey(path, covariates=["k"], weights="w", options=["a", "b", "c"], reference="d")
    text = str(caught.value)
    assert f"{path}:2:5: w: expected a number ≥ 0" in text
    assert f"{path}:4:5: w: expected a number, got 'x'" in text
    assert f"{path}:4:1: choice: there is no option 'q' on the ballot" in text
    assert len(caught.value.faults) == 6


@pytest.mark.parametrize(
    ("covariates", "words"),
    [
        ({}, "expected age, town, got"),
        ({"age": 1, "town": "city"}, "town: expected one of land, town, got 'city'"),
        ({"age": "old", "town": "land"}, "age: expected a number, got 'old'"),
    ],
)
def test_shares_refused(covariates, words):
    fit = sim.fit_survey(respondents(np.random.default_rng(9), 200), covariates=["age", "town"])
    with pytest.raises(sim.SimError) as caught:
        fit.shares(covariates)
    assert words in str(caught.value)

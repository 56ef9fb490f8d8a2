"""The coefficients of a survey in a scenario: what was simulated is found again, by group and by number."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import sim
from sim.analysis.calibrate.quasi import quasi_variances

OPTIONS = ("a", "b", "c")
SHARES = {"a": 0.5, "b": 0.3, "c": 0.2}
AGES, SCHOOLS = ("young", "old"), ("0", "1", "2")
TRUTH = {
    "age": {"b": {"young": 0.9, "old": 0.0}, "c": {"young": -0.6, "old": 0.0}},
    "school": {"b": {"0": 0.0, "1": 0.3, "2": 0.6}, "c": {"0": 0.0, "1": -0.4, "2": -0.8}},
}
SLOPE = {"a": 0.0, "b": 0.7, "c": -0.5}
CONSTANT = {"a": 0.0, "b": -0.4, "c": -0.1}


def scenario(**sections: Any) -> Any:
    """Six groups in two regions; a section given replaces its own."""
    plain = {
        "title": "t",
        "electorate": {
            "model": "cells",
            "regions": {"north": 6_000_000, "south": 4_000_000},
            "traits": {
                "age": {"young": 0.35, "old": 0.65},
                "school": [
                    {"region": "north", "0": 0.5, "1": 0.3, "2": 0.2},
                    {"region": "south", "0": 0.2, "1": 0.4, "2": 0.4},
                ],
            },
        },
        "ballot": {"options": dict.fromkeys(OPTIONS)},
        "voters": {"baseline": SHARES},
        "turnout": {"baseline": {"default": 0.7, "north": 0.5}},
        "rules": {"it": {"model": "plurality"}},
    }
    return sim.loads(json.dumps({**plain, **sections}))


def individuals(**voters: Any) -> Any:
    """Voters with an income of their own, higher among the old."""
    return scenario(
        electorate={
            "model": "individuals",
            "regions": {"north": 60_000, "south": 40_000},
            "traits": {"age": {"young": 0.35, "old": 0.65}},
            "space": {
                "dimensions": ["income"],
                "mixture": [{"mean": {"income": {"young": -0.5, "old": 0.4}}, "sd": {"income": 0.9}}],
            },
        },
        voters={"model": "spatial", "positions": {option: {"income": 0.1} for option in OPTIONS}, **voters},
    )


def by_group(result: Any) -> Any:
    """Shares (draw, group, option), groups and options in the order of their ids."""
    votes = result["group_votes"].sortby("group").sortby("option").values
    return votes / votes.sum(axis=2, keepdims=True)


def drawn(truth: Any, n: int, seed: int, number: bool = False) -> list[dict[str, Any]]:
    """Answers of n people of an election: group by group as they voted, choices drawn from the counts."""
    rng = np.random.default_rng(seed)
    counts = sim.run(truth, draws=1, seed=seed)["group_votes"].isel(draw=0)
    cells = [(g, o) for g in range(counts.sizes["group"]) for o in range(counts.sizes["option"])]
    weights = counts.transpose("group", "option").values.reshape(-1).astype(float)
    rows = []
    for cell in rng.choice(len(cells), n, p=weights / weights.sum()):
        g, o = cells[cell]
        age, school = (str(counts[f"group_{trait}"].values[g]) for trait in ("age", "school"))
        row = {"choice": str(counts["option"].values[o]), "age": age, "school": int(school) if number else school}
        rows.append(row)
    return rows


def people(rng: Any, n: int) -> list[dict[str, Any]]:
    """Answers of n voters of `individuals`, from the formula."""
    young = rng.random(n) < 0.35
    income = np.where(young, -0.5, 0.4) + 0.9 * rng.normal(size=n)
    u = np.stack([CONSTANT[o] + SLOPE[o] * income + TRUTH["age"].get(o, {"young": 0})["young"] * young for o in "abc"])
    chosen = (u + rng.gumbel(size=u.shape)).argmax(axis=0)
    return [
        {"choice": OPTIONS[o], "age": AGES[0] if y else AGES[1], "income": float(x)}
        for o, y, x in zip(chosen, young, income)
    ]


@pytest.fixture(scope="module")
def truth() -> Any:
    return scenario(voters={"baseline": SHARES, "terms": TRUTH})


# There and back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [False, True])
def test_groups_of_cells_vote_as_in_the_truth(truth, number):
    covariates = {"covariates": ["age", "school"], "options": truth}
    survey = sim.fit_survey(drawn(truth, 6000, 11, number), **covariates)
    draws = 20
    made = survey.into(scenario(), uncertain=False)
    true, found = (by_group(sim.run(one, draws=draws, seed=2)).mean(axis=0) for one in (truth, made))
    for g, group in enumerate(sorted(f"{age}/{school}" for age in AGES for school in SCHOOLS)):
        age, school = group.split("/")
        fitted = survey.shares({"age": age, "school": int(school) if number else school}).sortby("option")
        # 20 draws of more than 100,000 votes: three standard errors are below 0.0012.
        assert np.abs(found[g] - fitted["share"].values).max() < 0.0012, group
        assert (np.abs(found[g] - true[g]) < 4 * fitted["share_se"].values + 0.0012).all(), group
        assert fitted["share_se"].values.max() < 0.03
    assert set(made.sections["voters"].terms) == {"age", "school"}
    assert np.abs(true[:, 1] - 0.3).max() > 0.1


def test_the_baseline_are_the_shares_at_the_mean(truth):
    rows = [{**row, "w": 1 + (row["age"] == "old")} for row in drawn(truth, 2000, 12)]
    survey = sim.fit_survey(rows, covariates=["age", "school"], weights="w", options=truth)
    voters = survey.into(scenario(), uncertain=False).resolved()["voters"]
    w = np.array([row["w"] for row in rows])
    for trait, values in (("age", AGES), ("school", SCHOOLS)):
        portion = np.array([w[[row[trait] == value for row in rows]].sum() for value in values]) / w.sum()
        for option in voters["terms"][trait].values():
            assert float(portion @ [option[value] for value in values]) == pytest.approx(0, abs=2e-6)
    beta = survey.table["coefficient"].values
    row = survey._design.weights @ survey._design.x / w.sum()
    weights = np.exp(np.append(0, beta @ row))
    expected = dict(zip((survey.table.attrs["reference"], *survey.table["option"].values), weights / weights.sum()))
    assert voters["baseline"] == pytest.approx(expected, abs=1e-8)


def test_numbers_of_individuals():
    truth = individuals(
        positions={option: {"income": slope} for option, slope in SLOPE.items()},
        valence=CONSTANT,
        directional=1,
        terms={"age": TRUTH["age"]},
    )
    survey = sim.fit_survey(people(np.random.default_rng(13), 8000), covariates=["age", "income"], options=truth)
    start = individuals(distance="city_block", weight=2, valence={"a": 2})
    made = survey.into(start, uncertain=False)
    voters = made.resolved()["voters"]
    for option in survey.table["option"].values:
        slope = voters["positions"][option]["income"] - voters["positions"][survey.table.attrs["reference"]]["income"]
        assert slope == pytest.approx(float(survey.table["coefficient"].sel(option=option, term="income")), abs=1e-6)
        error = float(survey.table["se"].sel(option=option, term="income"))
        reference = survey.table.attrs["reference"]
        assert abs(slope - (SLOPE[option] - SLOPE[reference])) < 4 * error < 0.2
    true, found = (by_group(sim.run(one, draws=30, seed=3)).mean(axis=0) for one in (truth, made))
    assert np.abs(true - by_group(sim.run(start, draws=5, seed=3)).mean(axis=0)).max() > 0.1
    for age, one, other in zip(sorted(AGES), true, found):
        # Shares at the mean of the group's incomes have about the errors of its mean shares.
        error = survey.shares({"age": age, "income": {"young": -0.5, "old": 0.4}[age]}).sortby("option")["share_se"]
        assert (np.abs(one - other) < 4 * error.values + 0.002).all(), age


def test_numbers_of_voters_who_are_counted():
    """Spatial voters that are normal in each group, without being simulated one by one."""
    world = scenario(
        voters={
            "model": "spatial",
            "positions": {option: {"income": 0.0} for option in OPTIONS},
            "baseline": {"a": 0.2, "b": 0.2, "c": 0.6},
            "mean": {"income": {"young": -0.5, "old": 0.4}},
            "spread": {"income": 0.9},
        }
    )
    survey = sim.fit_survey(people(np.random.default_rng(14), 4000), covariates=["age", "income"], options=world)
    found = by_group(sim.run(survey.into(world, uncertain=False), draws=20, seed=4)).mean(axis=0)
    z = np.random.default_rng(15).normal(size=100_000)
    for g, (age, middle) in enumerate([("old", 0.4)] * 3 + [("young", -0.5)] * 3):
        x = np.stack([survey._design.row({"age": age, "income": float(one)}) for one in (middle, middle + 1)])
        utility = np.concatenate([np.zeros((2, 1)), x @ survey.table["coefficient"].values.T], axis=1)
        u = utility[0] + np.outer(0.9 * z, utility[1] - utility[0])
        p = (np.exp(u) / np.exp(u).sum(axis=1, keepdims=True)).mean(axis=0)
        names = [survey.table.attrs["reference"], *survey.table["option"].values]
        assert found[g] == pytest.approx(p[np.argsort(names)], abs=0.003), age


def test_regions_and_a_value_of_two_traits():
    electorate = {
        "model": "cells",
        "regions": {"north": 6_000_000, "south": 4_000_000},
        "traits": {"age": {"yes": 0.4, "no": 0.6}, "car": {"yes": 0.5, "no": 0.5}},
    }
    world = scenario(electorate=electorate)
    rng = np.random.default_rng(16)
    rows = []
    for region, age, car in zip(rng.choice(["north", "south"], 3000), *rng.choice(["yes", "no"], (2, 3000))):
        u = [0, 0.8 * (region == "south") - 0.2, 0.7 * (age == "yes") - 0.9 * (car == "yes")]
        choice = OPTIONS[int(np.argmax(np.array(u) + rng.gumbel(size=3)))]
        rows.append({"choice": choice, "region": str(region), "age": str(age), "car": str(car)})
    survey = sim.fit_survey(rows, covariates=["region", "age", "car"], options=world)
    made = survey.into(world, uncertain=False)
    result = sim.run(made, draws=20, seed=5)
    votes = result["votes"].sum("draw").sortby("option")
    share = (votes / votes.sum("option")).transpose("region", "option").values
    for region, one in zip(("north", "south"), share):
        mix = [
            (a * c, survey.shares({"region": region, "age": x, "car": y}).sortby("option")["share"].values)
            for x, a in (("yes", 0.4), ("no", 0.6))
            for y, c in (("yes", 0.5), ("no", 0.5))
        ]
        assert one == pytest.approx(sum(w * p for w, p in mix), abs=0.001)
    for option in made.resolved()["voters"]["terms"]["car"].values():
        assert set(option) == {"car=yes", "car=no"}


# Uncertainty --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", ["abc", "ab"])
def test_groups_are_as_uncertain_as_in_the_survey(truth, options):
    rows = [row for row in drawn(truth, 1500, 17) if row["choice"] in options]
    baseline = dict.fromkeys(options, 1 / len(options))
    world = scenario(ballot={"options": dict.fromkeys(options)}, voters={"baseline": baseline})
    survey = sim.fit_survey(rows, covariates=["age", "school"], options=world)
    shares = by_group(sim.run(survey.into(world), draws=4000, seed=6))
    for g, group in enumerate(sorted(f"{age}/{school}" for age in AGES for school in SCHOOLS)):
        fitted = survey.shares(dict(zip(("age", "school"), group.split("/")))).sortby("option")
        p, error = fitted["share"].values, fitted["share_se"].values
        assert np.abs(shares[:, g].mean(axis=0) - p).max() < 0.006, group
        ratio = shares[:, g].std(axis=0) / error
        # The covariances between covariates, which are not written, are some of it.
        assert ((ratio > 0.85) & (ratio < 1.35)).all(), (group, ratio)


def test_quasi_variances_of_a_multinomial_sample_are_exact():
    n = np.array([50.0, 20, 10, 5])
    covariance = np.zeros((4, 4))
    covariance[1:, 1:] = np.diag(1 / n[1:]) + 1 / n[0]
    assert quasi_variances(covariance) == pytest.approx(1 / n, rel=1e-9)
    assert quasi_variances(covariance[:2, :2]) == pytest.approx([0, 1 / 50 + 1 / 20])
    assert quasi_variances(np.zeros((3, 3))).tolist() == [0, 0, 0]


# The file -----------------------------------------------------------------------------------------------


def test_the_file_tells_values_errors_and_sources(truth, tmp_path):
    (tmp_path / "base.yaml").write_text(truth.to_yaml(), encoding="utf-8")
    base = sim.load(tmp_path / "base.yaml")
    survey = sim.fit_survey(drawn(truth, 900, 18), covariates=["age", "school"], options=base)
    reference = survey.table.attrs["reference"]
    for uncertain in (True, False):
        survey.write(tmp_path / "fitted.yaml", base, uncertain)
        text = (tmp_path / "fitted.yaml").read_text(encoding="utf-8")
        made = sim.load(tmp_path / "fitted.yaml")
        assert made == survey.into(base, uncertain)
        assert "multinomial logit of 900 respondents of the survey, column 'choice'" in text
        assert f"Log-odds against {reference!r} ± standard error (information):" in text
        for option in survey.table["option"].values:
            one = survey.table.sel(option=option, term="age=young")
            found = f"#   {option}, age=young: {float(one.coefficient):.4g} ± {float(one.se):.2g}\n"
            assert found in text
        value = made.resolved()["voters"]["terms"]["age"]["c"]["young"]
        if uncertain:
            assert set(value) == {"normal", "source", "note"}
            assert value["source"] == "900 respondents of the survey"
            assert value["note"].endswith(f"against {reference}")
        else:
            assert isinstance(value, float)
        assert "extends: base.yaml" in text
    other = tmp_path / "elsewhere"
    other.mkdir()
    survey.write(other / "fitted.yaml", base)
    assert sim.load(other / "fitted.yaml") == survey.into(base)


def test_writing_twice_is_writing_once(truth):
    survey = sim.fit_survey(drawn(truth, 900, 19), covariates=["age"], options=truth)
    once = survey.into(scenario())
    assert survey.into(once) == once
    assert survey.into(once, uncertain=False) == survey.into(scenario(), uncertain=False)


def test_without_covariates_the_mean_shares(truth):
    rows = drawn(truth, 900, 20)
    survey = sim.fit_survey(rows, options=truth)
    answered = {option: sum(row["choice"] == option for row in rows) / 900 for option in OPTIONS}
    voters = survey.into(scenario()).resolved()["voters"]
    assert voters["baseline"] == pytest.approx(answered, abs=1e-8)
    spread = {option: one["normal"][1] for option, one in voters["terms"]["sampling_error"].items()}
    assert spread == pytest.approx({o: (1 / (900 * p)) ** 0.5 for o, p in answered.items()}, rel=1e-3)
    probit = scenario(voters={"model": "probit", "baseline": SHARES})
    found = survey.into(probit).resolved()["voters"]["baseline"]
    assert {option: one["logit_normal"][0] for option, one in found.items()} == pytest.approx(answered, abs=1e-8)


def test_a_covariate_that_tells_nothing_is_no_term():
    rows = [{"choice": choice, "age": age} for choice in OPTIONS for age in AGES for _ in range(5)]
    made = sim.fit_survey(rows, covariates=["age"]).into(scenario(), uncertain=False)
    assert made.sections["voters"].terms == {}
    assert made.resolved()["voters"]["baseline"] == pytest.approx(dict.fromkeys(OPTIONS, 1 / 3), abs=1e-8)


def test_a_centred_baseline_takes_mean_shares(truth):
    survey = sim.fit_survey(drawn(truth, 900, 25), options=truth)
    voters = {"baseline": SHARES, "centre": "expectation", "swing": {"national": 1.0}}
    result = sim.run(survey.into(scenario(voters=voters), uncertain=False), draws=20_000, seed=7)
    votes = result["votes"].sum("region").sortby("option")
    shares = (votes / votes.sum("option")).mean("draw").values
    assert shares == pytest.approx(survey.shares().sortby("option")["share"].values, abs=0.006)


# Refusals -----------------------------------------------------------------------------------------------


def refused(survey: Any, world: Any, uncertain: bool = True) -> list[str]:
    with pytest.raises(sim.ScenarioError) as caught:
        survey.into(world, uncertain)
    return [str(fault) for fault in caught.value.faults]


def test_every_column_without_counterpart_is_named(truth):
    rng = np.random.default_rng(21)
    rows = [
        {**row, "aeg": str(rng.integers(2)), "income": float(rng.normal()), "age": "teen" if i % 9 == 0 else row["age"]}
        for i, row in enumerate(drawn(truth, 900, 21))
        if row["school"] != "1"
    ]
    survey = sim.fit_survey(rows, covariates=["aeg", "income", "age", "school"], options=truth)
    found = refused(survey, scenario())
    assert [one.split(":")[1].strip() for one in found] == ["aeg", "income", "age", "school"]
    assert "the electorate knows no 'aeg'; did you mean 'age'?; make it a trait of the voters" in found[0]
    assert "the electorate knows no 'income'; make it a trait with numbers as values, or a dimension" in found[1]
    assert "there is no age of the electorate 'teen'" in found[2]
    assert "no respondent of 1, so that there is no coefficient" in found[3]
    assert all("leave the covariate out" in one for one in found)


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"voters": {"model": "probit", "baseline": SHARES}}, "'probit' is not; take"),
        ({"voters": {"baseline": SHARES, "terms": {"scandal": {"a": -0.3}}}}, "voters.terms.scandal: moves shares"),
        ({"voters": {"baseline": SHARES, "recognition": {"start": {"b": 0.3}}}}, "voters.recognition: moves shares"),
        ({"voters": {"baseline": SHARES, "centre": "expectation"}}, "voters.centre: centres the baseline without"),
        (
            {"ballot": {"options": dict.fromkeys("abcd")}, "voters": {"baseline": dict.fromkeys("abcd", 0.25)}},
            "ballot.options: no coefficients for d",
        ),
        (
            {"ballot": {"options": dict.fromkeys("ab")}, "voters": {"baseline": dict.fromkeys("ab", 0.5)}},
            "there is no option 'c', but in the survey",
        ),
    ],
)
def test_scenarios_refused(truth, sections, words):
    survey = sim.fit_survey(drawn(truth, 900, 22), covariates=["age"], options=truth)
    found = refused(survey, scenario(**sections))
    assert len(found) == 1
    assert words in found[0]


def test_numbers_against_classes(truth):
    rows = [{**row, "age": 20.0 if row["age"] == "young" else 60.0} for row in drawn(truth, 900, 23)]
    survey = sim.fit_survey(rows, covariates=["age"], options=truth)
    assert "age: the survey has numbers, the electorate old, young; write these" in refused(survey, scenario())[0]


def test_numbers_of_regions(truth):
    rows = [{**row, "region": i % 2 + 1} for i, row in enumerate(drawn(truth, 900, 26))]
    world = scenario(electorate={"regions": {"1": 6000, "2": 4000}}, turnout={"baseline": 0.5})
    numbers, names = (sim.fit_survey(rows, **{how: ["region"]}) for how in ("covariates", "categorical"))
    assert "region: regions are no numbers; make it a set of categories" in refused(numbers, world)[0]
    assert set(names.into(world).sections["voters"].terms) == {"region", "sampling_error"}


def test_dimensions_refused():
    rows = people(np.random.default_rng(24), 900)
    world = individuals()
    without = sim.fit_survey(rows, covariates=["age"], options=world)
    assert "voters.positions.income: no coefficient: name 'income' among the covariates" in refused(without, world)[0]
    classes = sim.fit_survey(
        [{**row, "income": "low" if row["income"] < 0 else "high"} for row in rows],
        covariates=["income"],
        options=world,
    )
    assert "income: the voters have numbers, the survey" in refused(classes, world)[0]
    far = sim.fit_survey([{**row, "income": row["income"] + 9} for row in rows], covariates=["income"], options=world)
    assert "far from 0 beside its sd" in refused(far, world)[0]
    assert far.into(world, uncertain=False).resolved()["voters"]["directional"] == 1

"""sim.fit: targets are met, to closed forms, by every model; what cannot be fitted is refused with its reason."""

from __future__ import annotations

import copy
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.election.part import parts
from sim.testing import PLAIN

sys.path.insert(0, str(Path(__file__).parents[2] / "reference"))
from fields_of_parts import all_parts

DRAWS = 20_000
OPTIONS = {"a": None, "b": None, "c": None}


def scenario(**sections):
    body = {
        "title": "to be fitted",
        "electorate": {"regions": {"north": 60_000, "south": 40_000, "west": 10_000}},
        "ballot": {
            "options": {"a": None, "b": None, "c": None},
            "invalid": {"share": 0.05, "swing": {"national": 0.5}},
        },
        "voters": {"baseline": {"a": 0.5, "b": 0.3, "c": 0.2}, "swing": {"national": 0.4, "regional": 0.3, "tails": 5}},
        "turnout": {"baseline": 0.6, "swing": {"national": 0.5, "regional": 0.2}},
        "rules": {"it": {"model": "plurality"}},
        "run": {"seed": 3},
    }
    return sim.loads(json.dumps({**body, **sections}))


def met(fit, tolerance=1e-4):
    """On the fitted seed within the tolerance, on the other one within five standard errors."""
    assert np.abs(fit.table["fitted"] - fit.table["goal"]).max() <= tolerance
    z = np.abs(fit.table["difference"] / fit.table["difference_mcse"])
    assert z.max() < 5
    return True


def value(fit, label):
    return float(fit.table["new"].sel(parameter=label)), float(fit.table["new_sd"].sel(parameter=label))


# Closed forms -------------------------------------------------------------------------------------------


def test_without_a_swing_the_baseline_is_the_target():
    fit = sim.fit(scenario(turnout={"model": "fixed", "baseline": 0.4}), {"turnout": 0.713}, draws=2000)
    new, error = value(fit, "turnout.baseline")
    assert 0 < error < 1e-4
    assert new == pytest.approx(0.713, abs=1e-4)


@pytest.mark.parametrize("sd", [0.3, 1.5])
def test_intercept_under_a_normal_swing(sd):
    """E logistic(b + sd·Z) = t, by Gauss–Hermite quadrature."""
    one = scenario(turnout={"baseline": 0.5, "swing": {"national": sd}})
    fit = sim.fit(one, {"turnout": 0.8}, draws=60_000)
    assert met(fit)
    new, error = value(fit, "turnout.baseline")
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    b = math.log(new / (1 - new))
    mean = weights @ (1 / (1 + np.exp(-b - sd * nodes))) / weights.sum()
    assert abs(mean - 0.8) < 5 * float(fit.table["fitted_mcse"].max())
    slope = weights @ (1 / (1 + np.exp(-b - sd * nodes)) / (1 + np.exp(b + sd * nodes))) / weights.sum()
    assert error == pytest.approx(new * (1 - new) * float(fit.table["fitted_mcse"].max()) / slope, rel=0.05)


def test_what_is_centred_stays_where_it_is():
    one = scenario().change({"voters.centre": "expectation", "turnout.centre": "expectation"})
    fit = sim.fit(
        one, {"vote_share": {"north": {"a": 0.5, "b": 0.3, "c": 0.2}}, "turnout": {"south": 0.6}}, draws=DRAWS
    )
    for label, was in (("voters.baseline.north.a", 0.5), ("turnout.baseline.south", 0.6)):
        new, error = value(fit, label)
        assert abs(new - was) < 5 * error
    assert np.abs((fit.table["before"] - fit.table["goal"]) / fit.table["fitted_mcse"]).max() < 5


def test_options_without_a_target_keep_their_proportions():
    fit = sim.fit(scenario(), {"vote_share": {"a": 0.62}}, draws=DRAWS)
    assert met(fit)
    (b, _), (c, error) = value(fit, "voters.baseline.b"), value(fit, "voters.baseline.c")
    assert b / c == pytest.approx(0.3 / 0.2, rel=1e-6)
    assert math.isnan(error)


def test_the_nation_moves_all_regions_by_the_same_log_odds():
    one = scenario(turnout={"baseline": {"north": 0.7, "south": 0.5, "default": 0.3}, "swing": {"national": 0.3}})
    fit = sim.fit(one, {"turnout": 0.66}, draws=DRAWS)
    assert met(fit)
    logit = lambda p: np.log(p / (1 - p))  # noqa: E731
    shifts = logit(fit.table["new"].values) - logit(fit.table["old"].values)
    assert len(shifts) == 3
    assert shifts == pytest.approx(shifts[0], abs=1e-7)


# Every model --------------------------------------------------------------------------------------------


#: Models in which no option has a share of its own, or shares come of a matrix of transitions.
WITHOUT = {"impartial_culture", "anonymous_culture", "urn", "mallows", "transfer"}


@pytest.mark.parametrize("stage", ["voters", "turnout"])
def test_every_model_has_free_intercepts(stage):
    assert len(parts(stage)) >= 2
    assert {name for name, part in parts(stage).items() if not part.intercepts} <= WITHOUT


def test_utilities_are_no_intercepts():
    voters = {"model": "probit", "utilities": {"a": 0.5, "b": 0, "c": 0}}
    with pytest.raises(sim.SimError, match="vote_share has no free intercept"):
        sim.fit(scenario(voters=voters), {"vote_share": {"a": 0.4}}, draws=100)


WITH_INTERCEPTS = [(cls, one, regional) for cls in all_parts() for one in cls.intercepts for regional in (False, True)]


@pytest.mark.parametrize(
    ("cls", "intercept", "regional"),
    WITH_INTERCEPTS,
    ids=[f"{c.stage}-{c.model}-{i.variable}-{'region' if r else 'nation'}" for c, i, r in WITH_INTERCEPTS],
)
def test_every_part_meets_a_target(cls, intercept, regional):
    body = copy.deepcopy({**PLAIN, cls.stage: {"model": cls.model, **cls.example}})
    body["electorate"] = {"regions": {"north": 60_000, "south": 40_000}}
    one = sim.loads(json.dumps(body))
    row = {"variable": intercept.variable, "value": 0.37}
    if intercept.variable == "vote_share":
        row["option"] = "b"
    if regional:
        row["region"] = "south"
    fit = sim.fit(one, [row], draws=DRAWS, seed=5)
    assert met(fit)
    assert abs(float(fit.table["before"][0]) - 0.37) > 1e-3
    assert fit.table["parameter"].values[0].startswith(f"{cls.stage}.{intercept.field(regional)}")


def test_all_levels_at_once_under_wide_swings():
    one = scenario().change({"voters.swing.national": 1.2, "turnout.swing.national": 1.5})
    targets = {
        "vote_share": {"a": 0.4, "b": 0.35, "c": 0.25, "west": {"a": 0.2, "b": 0.5}},
        "turnout": {"north": 0.8, "south": 0.3},
        "invalid_share": 0.08,
    }
    fit = sim.fit(one, targets, draws=DRAWS)
    assert met(fit)
    assert fit.table.sizes["target"] == 8


def test_regions_beside_the_nation():
    fit = sim.fit(scenario(), [
        {"variable": "turnout", "value": 0.65},
        {"variable": "turnout", "region": "north", "value": 0.7},
    ], draws=DRAWS)  # fmt: skip
    assert met(fit)
    table = fit.scenario.resolved()["turnout"]["baseline"]
    assert set(table) == {"default", "north"}
    assert table["default"] < 0.65 < table["north"]


def test_polling_stations():
    one = scenario(electorate={"regions": [{"region": "r", "registered": 9000, "stations": 4}], "stations": {}})
    one = one.change({"turnout.swing.station": 0.5, "voters.swing.station": 0.4})
    assert met(sim.fit(one, {"turnout": 0.7, "vote_share": {"r": {"a": 0.4}}}, draws=5000))


def test_short_forms_of_invalid_ballots():
    one = scenario(ballot={"options": {"a": None, "b": None, "c": None}, "invalid": {"north": 0.1, "default": 0.05}})
    fit = sim.fit(one, {"invalid_share": {"north": 0.07}}, draws=DRAWS)
    assert met(fit)
    assert fit.scenario.resolved()["ballot"]["invalid"]["share"]["default"] == 0.05


# Chance -------------------------------------------------------------------------------------------------


def test_the_same_for_any_number_of_threads(monkeypatch):
    from sim.analysis.calibrate import expectation

    found = []
    for threads in (1, 2):
        monkeypatch.setattr(expectation, "default_threads", lambda threads=threads: threads)
        found.append(sim.fit(scenario(), {"turnout": 0.7, "vote_share": {"a": 0.6}}, draws=4000).to_yaml())
    assert found[0] == found[1]


def test_expectations_are_those_of_a_run():
    from sim.analysis import turnout, vote_share
    from sim.analysis.calibrate.expectation import expect

    one = scenario()
    keys = [("turnout", "", ""), ("turnout", "west", ""), ("vote_share", "", "b"), ("vote_share", "west", "c")]
    mean, sd, n = expect(one, keys, 500, 9)
    result = sim.run(one, draws=500, seed=9)
    series = [
        turnout(result),
        turnout(result, "region").sel(region="west"),
        vote_share(result).sel(option="b"),
        vote_share(result, "region").sel(region="west", option="c"),
    ]
    assert mean == pytest.approx([float(x.mean()) for x in series], rel=1e-12)
    assert sd == pytest.approx([float(x.std(ddof=1)) for x in series], rel=1e-9)
    assert (n == 500).all()


def test_draws_are_enough_for_the_tolerance():
    fit = sim.fit(scenario(), {"turnout": 0.65}, tolerance=1e-3)
    assert float(fit.table["fitted_mcse"].max()) <= 1.05 * 0.5e-3
    assert met(fit, 1e-3)


def test_check_has_its_own_seed():
    fit = sim.fit(scenario(), {"turnout": 0.65}, draws=1000)
    assert fit.table.attrs["check_seed"] != fit.table.attrs["seed"] == "3"
    assert float(fit.table["check"][0]) != float(fit.table["fitted"][0])


# Polls --------------------------------------------------------------------------------------------------


def test_polls_are_pooled():
    from sim.analysis.calibrate.targets import read_targets

    rows = [
        {"variable": "turnout", "value": 0.6, "n": 1000, "house": "x", "house_sd": 0.02},
        {"variable": "turnout", "value": 0.7, "n": 3000, "house": "x", "house_sd": 0.02},
        {"variable": "turnout", "value": 0.5, "n": 500, "house": "y", "house_sd": 0.03},
    ]
    (target,), complaints = read_targets(scenario(), rows)
    assert not complaints.faults
    x, y = 0.675, 0.5
    variances = x * (1 - x) / 4000 + 0.02**2, y * (1 - y) / 500 + 0.03**2
    weight = (1 / variances[0]) / (1 / variances[0] + 1 / variances[1])
    mean = weight * x + (1 - weight) * y
    assert target.value == pytest.approx(mean, abs=1e-5)
    sd = math.sqrt(1 / (1 / variances[0] + 1 / variances[1]))
    assert target.sd == pytest.approx(sd / (mean * (1 - mean)), rel=1e-3)


def test_a_poll_makes_the_intercept_uncertain(tmp_path):
    base = tmp_path / "base.yaml"
    base.write_text(scenario().to_yaml(), encoding="utf-8")
    one = sim.load(base)
    row = {"variable": "turnout", "value": 0.7, "n": 400, "source": "the poll"}
    fit = sim.fit(one, [row], draws=DRAWS)
    assert met(fit)
    written = fit.scenario.resolved()["turnout"]["baseline"]
    assert "the poll" in written["source"]
    _, sd = written["logit_normal"]
    # One over the root of n p q, divided by how much weaker the expectation moves than its intercept.
    assert 1 < sd * math.sqrt(400 * 0.21) < 1.25
    spread = sim.run(fit.scenario.change({"turnout.swing": {"national": 0.0, "regional": 0.0}}), draws=4000, seed=1)
    assert float(sim.summary(spread)["turnout"].sel(statistic="sd")) == pytest.approx(sd * 0.21, rel=0.1)
    (tmp_path / "fitted.yaml").write_text(fit.to_yaml(), encoding="utf-8")
    assert sim.load(tmp_path / "fitted.yaml") == fit.scenario


def test_polls_of_a_vote_leave_its_share_as_uncertain_as_they_are():
    one = scenario().change({"voters.swing": {"national": 0.0, "regional": 0.0}})
    options = one.world.option_ids
    share = dict(zip(options, np.array([5, 3, 2, 1, 1][: len(options)]) / sum([5, 3, 2, 1, 1][: len(options)])))
    rows = [{"variable": "vote_share", "option": o, "value": p, "n": 500} for o, p in share.items()][:-1]
    fit = sim.fit(one, rows, draws=DRAWS)
    assert met(fit)
    votes = sim.run(fit.scenario, draws=8000, seed=1)["votes"].sum("region")
    sampled = votes / votes.sum("option")
    for o in options[:-1]:
        counting = share[o] * (1 - share[o]) / float(votes.sum("option").mean())
        wanted = math.sqrt(share[o] * (1 - share[o]) / 500 + counting)
        assert float(sampled.sel(option=o).std()) == pytest.approx(wanted, rel=0.08)


# The file -----------------------------------------------------------------------------------------------


@pytest.fixture
def fitted(tmp_path):
    (tmp_path / "base.yaml").write_text(scenario().to_yaml(), encoding="utf-8")
    rows = [
        {"variable": "turnout", "region": "north", "value": 0.7, "source": "the count: of 'north'"},
        {"variable": "vote_share", "option": "a", "value": 0.6, "source": "final # result"},
        {"variable": "vote_share", "region": "west", "option": "b", "value": 0.2},
        {"variable": "invalid_share", "value": 0.02},
    ]
    return sim.fit(sim.load(tmp_path / "base.yaml"), rows, draws=4000)


def test_the_file_is_a_variant(fitted, tmp_path):
    path = tmp_path / "fitted.yaml"
    fitted.write(path)
    text = path.read_text(encoding="utf-8")
    assert "extends: base.yaml" in text
    assert "the count: of ''north''" in text or "the count: of 'north'" in text
    assert sim.load(path) == fitted.scenario
    assert "±" in text
    assert "electorate" not in text


def test_in_another_folder_the_file_stands_alone(fitted, tmp_path):
    (tmp_path / "below").mkdir()
    path = tmp_path / "below" / "fitted.yaml"
    fitted.write(path)
    assert "extends" not in path.read_text(encoding="utf-8")
    assert sim.load(path) == fitted.scenario


def test_changes_that_no_file_holds_are_kept(tmp_path):
    (tmp_path / "base.yaml").write_text(scenario().to_yaml(), encoding="utf-8")
    one = sim.load(tmp_path / "base.yaml").change({"turnout.swing.national": 0.1})
    fit = sim.fit(one, {"turnout": 0.7}, draws=1000)
    fit.write(tmp_path / "fitted.yaml")
    assert sim.load(tmp_path / "fitted.yaml") == fit.scenario


def test_a_file_that_cannot_be_written(fitted, tmp_path):
    with pytest.raises(sim.SimError, match="cannot be written"):
        fitted.write(tmp_path / "no folder" / "fitted.yaml")


def test_tables(fitted):
    text, html = str(fitted), fitted._repr_html_()
    for words in ("Targets", "Fitted parameters", "4 targets fitted with 4,000 draws", "invalid ballots, %"):
        assert words in text
        assert words in html


def test_observed_figures_are_the_targets():
    observed = [
        {"variable": "turnout", "value": 0.7},
        *({"variable": "turnout", "region": r, "value": 0.7} for r in ("north", "south", "west")),
        {"variable": "registered", "value": 110_000},
        {"variable": "vote_share", "option": "a", "value": 0.55, "standing": "derived"},
        {"variable": "vote_share", "option": "a", "value": 0.56, "standing": "official"},
    ]
    fit = sim.fit(scenario(observed=observed), draws=2000)
    assert list(fit.table["target"].values) == ["turnout north", "turnout south", "turnout west", "vote_share a"]
    assert float(fit.table["goal"][-1]) == 0.56
    assert [label for label, _ in fit.unfitted] == ["turnout", "registered"]
    assert "already fixed by those of all its regions" in str(fit)


# Refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        ({"turnout": {"nroth": 0.5}}, "there is no region 'nroth'; did you mean 'north'?"),
        ({"vote_share": {"d": 0.5}}, "there is no option 'd'"),
        ({"turnout": 69.4}, "expected a share in [0, 1], got 69.4; did you mean 0.694?"),
        ({"turnuot": 0.6}, "'turnuot' is not one of"),
        ({"turnout": 1}, "no log-odds lead to a share of 1"),
        ({"turnout": 0}, "no log-odds lead to a share of 0"),
        ({"vote_share": {"a": 0.7, "b": 0.5}}, "the targets sum to 1.2, which leaves nothing for c"),
        ({"vote_share": {"a": 0.5, "b": 0.3, "c": 0.1}}, "the targets sum to 0.9, not to 1"),
        ({"votes": {"a": 5000}}, "a count cannot"),
        ([*({"variable": "turnout", "region": r, "value": 0.5} for r in ("north", "south", "west")),
          {"variable": "turnout", "value": 0.5}], "already fixed by those of all its regions"),
        ({"vote_share": {**{r: {"b": 0.3} for r in ("north", "south", "west")}, "a": 0.5}}, "every region has targets"),
        ([{"variable": "turnout", "value": 0.5}] * 2, "this figure stands twice"),
        ([{"variable": "turnout", "value": 0.5, "m": 3}], "unknown column"),
        ([{"variable": "turnout"}], "missing key 'value'"),
        ([{"variable": "turnout", "value": 0.5, "n": 0}], "row 1.n: expected a number above 0, got 0"),
        ([7], "expected a row"),
        ([], "there are none"),
        (7, "expected the path of a table"),
        ("nowhere.csv", "nowhere.csv"),
    ],
)  # fmt: skip
def test_refused(targets, words):
    with pytest.raises(sim.SimError) as caught:
        sim.fit(scenario(), targets, draws=100)
    assert words in str(caught.value)


def test_all_faults_at_once():
    with pytest.raises(sim.ScenarioError) as caught:
        sim.fit(
            scenario(), {"turnout": {"nroth": 0.5, "south": 1}, "vote_share": {"a": 0.7, "b": 0.5}, "registered": 5}
        )
    assert len(caught.value.faults) == 4


def test_places_in_a_table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("variable,region,option,value\nturnout,nroth,,0.5\nturnout,,,55\n", encoding="utf-8")
    with pytest.raises(sim.ScenarioError) as caught:
        sim.fit(scenario(), path)
    assert f"{path}:2:9: region: there is no region 'nroth'" in str(caught.value)
    assert f"{path}:3:11: value: expected a share" in str(caught.value)


@pytest.mark.parametrize(
    ("sections", "targets", "words"),
    [
        ({}, None, "no 'observed' share that could be fitted"),
        ({"turnout": {"baseline": {"beta": [6, 4]}}}, {"turnout": 0.5}, "is uncertain already"),
        ({"turnout": {"baseline": {"north": 0, "default": 0.5}}}, {"turnout": {"north": 0.5}}, "from which"),
        ({"electorate": {"regions": {"north": 0, "south": 9}}}, {"turnout": {"north": 0.5}}, "nobody is registered"),
        ({"turnout": {"baseline": 0.0}}, {"vote_share": {"a": 0.5}}, "does not exist in any draw"),
        ({"ballot": {"options": {"a": None}}, "voters": {"baseline": {"a": 1}}},
         {"vote_share": {"a": 0.5}}, "a ballot with one option"),
        ({"voters": {"baseline": {"a": 0.6, "b": 0.4, "c": 0.0}}}, {"vote_share": {"c": 0.5}}, "from which"),
        ({"turnout": {"model": "beta", "baseline": 0.6, "sd": 0.3}}, {"turnout": 0.97}, "is too much for the mean"),
        ({"turnout": {"baseline": 0.6, "centre": "expectation"}},
         [{"variable": "turnout", "value": 0.5, "n": 100}], "use 'zero_swing'"),
    ],
)  # fmt: skip
def test_refused_by_the_scenario(sections, targets, words):
    with pytest.raises(sim.SimError) as caught:
        sim.fit(scenario(**sections), targets, draws=200)
    assert words in str(caught.value)


def test_out_of_reach():
    """What the other regions cast alone is more than the nation shall have."""
    rows = [
        {"variable": "turnout", "region": "north", "value": 0.9},
        {"variable": "turnout", "region": "south", "value": 0.9},
        {"variable": "turnout", "value": 0.5},
    ]
    with pytest.raises(sim.SimError, match=r"cannot reach: turnout: 0.5 is asked, 0.818\d* is as near as it came"):
        sim.fit(scenario(), rows, draws=500)


@pytest.mark.parametrize("keywords", [{"draws": 1}, {"draws": 2.5}, {"seed": -1}, {"tolerance": 0}, {"tolerance": "x"}])
def test_wrong_keywords(keywords):
    with pytest.raises(sim.SimError, match=next(iter(keywords))):
        sim.fit(scenario(), {"turnout": 0.5}, **keywords)


# Kazakhstan ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_hindcast_is_found_again():
    """Its baseline is centred on the official figures already; the invalid share was found by quadrature."""
    kz = sim.load(Path(__file__).parents[3] / "scenarios" / "kazakhstan-2022" / "baseline.yaml")
    fit = sim.fit(kz)
    assert met(fit)
    assert fit.table.sizes["target"] == 28
    for one in fit.parameters:
        if one.path != "ballot.invalid.share":
            assert abs(one.new - one.old) < 5 * one.sd
    assert round(value(fit, "ballot.invalid.share")[0], 4) == 0.0311

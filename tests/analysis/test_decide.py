"""A rule on its own: the forms of votes it takes, what it gives, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import sim

PLURALITY = {"model": "plurality"}
VOTES = {"b": 30, "a": 50, "none": 70}
KINDS = {"none": "against_all"}


def winner(made: xr.Dataset) -> str:
    at = int(made["winner"])
    return str(made["option"].values[at]) if at >= 0 else ""


def test_every_form_of_votes_gives_the_same(tmp_path):
    long = tmp_path / "long.csv"
    long.write_text("option,votes,kind\nb,30,\na,50,\nnone,70,against_all\n")
    wide = tmp_path / "wide.csv"
    wide.write_text("region,b,a,none\nx,10,20,30\ny,20,30,40\n")
    array = xr.DataArray([30, 50, 70], dims="option", coords={"option": ["b", "a", "none"]})
    forms = [
        VOTES,
        {"x": {"b": 10, "a": 20, "none": 30}, "y": {"b": 20, "a": 30, "none": 40}},
        str(long),
        wide,
        array,
        array.to_dataset(name="votes"),
        pd.DataFrame({"option": list(VOTES), "votes": list(VOTES.values())}),
        [{"option": key, "votes": count} for key, count in VOTES.items()],
    ]
    for form in forms:
        made = sim.decide(PLURALITY, form, kinds=KINDS)
        assert winner(made) == "a"
        assert made["votes"].values.tolist() == [30, 50, 70]
        assert made["option"].values.tolist() == ["b", "a", "none"]


def test_any_leading_dims_are_kept():
    rng = np.random.default_rng(1)
    votes = xr.DataArray(
        rng.integers(0, 5, (3, 4, 2, 5)),
        dims=("year", "draw", "region", "option"),
        coords={"option": list("edcba"), "year": [2001, 2002, 2003], "region": ["n", "s"]},
    )
    made = sim.decide(PLURALITY, votes)
    assert made["winner"].dims == ("year", "draw")
    totals = votes.sum("region")
    assert (made["votes"] == totals).all()
    assert made["year"].values.tolist() == [2001, 2002, 2003]
    most = totals.max("option")
    assert (totals.isel(option=made["winner"]) == most).all()
    assert ((totals == most).sum("option") > 1).astype("int8").equals(made["tied"].drop_attrs().astype("int8"))


def test_a_rule_decides_a_result_as_its_scenario_does():
    scenario = sim.loads(
        """
        {title: t, electorate: {regions: {r: 30, s: 21}}, ballot: {options: {c: null, a: null, b: null}},
         voters: {baseline: {a: 0.4, b: 0.3, c: 0.3}}, turnout: {baseline: 0.9}, rules: {it: {model: plurality}},
         run: {draws: 300, seed: 5}}
        """
    )
    result = sim.run(scenario)
    made = sim.decide(PLURALITY, result)
    clear = result["tied"].values == 0
    assert 0 < (~clear).sum() < 150
    assert np.array_equal(made["winner"].values[clear], result["winner"].values[clear])
    assert np.array_equal(made["tied"], result["tied"])


def test_lots_come_from_the_seed():
    tie = xr.DataArray(np.ones((500, 2), int), dims=("draw", "option"), coords={"option": ["a", "b"]})
    first, again, other = (sim.decide(PLURALITY, tie, seed=seed)["winner"].values for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert abs(first.mean() - 0.5) < 4.5 * 0.5 / np.sqrt(500)
    assert (sim.decide({**PLURALITY, "ties": "order"}, tie)["winner"] == 0).all()


@pytest.mark.parametrize(
    "votes, message",
    [
        ({"a": -1, "b": 2}, "expected a whole number from 0"),
        ({"a": 0.5, "b": 2}, "expected a whole number from 0"),
        ({"a": "many", "b": 2}, "expected whole numbers"),
        ({}, "there is no option"),
        (xr.DataArray([1, 2], dims="party"), "expected the dim 'option'"),
        (3, "expected the path of a CSV table, rows, or a DataFrame"),
        ([{"option": "a", "votes": 1}, {"option": "a", "votes": 1}], "'a' stands twice"),
        ([{"town": "x"}], "expected a number"),
    ],
)
def test_votes_that_are_none_are_refused(votes, message):
    with pytest.raises(sim.ScenarioError) as caught:
        sim.decide(PLURALITY, votes)
    assert message in str(caught.value) or message == "expected a number"


def test_all_faults_of_a_file_come_at_once(tmp_path):
    table = tmp_path / "v.csv"
    table.write_text("option,votes\na,100.5\nb,-3\na,5\n")
    with pytest.raises(sim.ScenarioError) as caught:
        sim.decide(PLURALITY, table)
    places = [(fault.line, fault.path) for fault in caught.value.faults]
    assert places == [(2, "votes"), (3, "votes"), (4, "option")]


@pytest.mark.parametrize(
    "rule, message",
    [
        ({"model": "pluralty"}, "there is no rules model 'pluralty'"),
        ({"model": "plurality", "tie": "lot"}, "unknown key"),
        ({}, "missing key 'model'"),
        (7, "expected a mapping such as"),
        ("nowhere.yaml", "nowhere.yaml"),
    ],
)
def test_rules_that_are_none_are_refused(rule, message):
    with pytest.raises(sim.SimError, match=message):
        sim.decide(rule, VOTES)


def test_nobody_voted():
    made = sim.decide(PLURALITY, {"a": 0, "b": 0})
    assert winner(made) == ""
    assert not int(made["tied"])
    assert "Nobody wins." in str(made)


def test_a_tie_that_is_an_error():
    with pytest.raises(sim.SimError, match="ties: error"):
        sim.decide({**PLURALITY, "ties": "error"}, {"a": 1, "b": 1})


def test_fewer_registered_than_voted_is_refused():
    with pytest.raises(sim.ScenarioError, match="fewer people are registered"):
        sim.decide(PLURALITY, VOTES, registered=100)


def test_more_than_two_to_the_31_votes():
    made = sim.decide(PLURALITY, {"a": 9_000_000_000, "b": 9_000_000_001})
    assert winner(made) == "b"
    assert int(made["votes"].sum()) == 18_000_000_001

"""Variants and single changes."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.scenario import show
from sim.scenario.merge import Change

BASE = """\
title: Base
electorate: {regions: {n: 500, s: 700}}
ballot: {options: {a: , b: }}
voters: {baseline: {a: 0.5, b: 0.5}, swing: {national: 0.15, regional: {normal: [0.1, 0.1], within: [0, 1]}}}
turnout: {baseline: {n: 0.5, s: 0.6}}
rules: {mayor: {model: two_round, majority: 0.4, runoff: {swing: 0.1}}}
run: {draws: 100, keep: [station_votes, other]}
"""


@pytest.fixture
def base() -> sim.Scenario:
    return sim.loads(BASE, name="base.yaml")


def variant(tmp_path: Path, text: str) -> sim.Scenario:
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "variant.yaml").write_text(f"extends: base.yaml\n{text}")
    return sim.load(tmp_path / "variant.yaml")


def told(scenario: sim.Scenario) -> list[str]:
    return [str(change).split("  (")[0] for change in scenario.changes]


def said(base: sim.Scenario, path: str, value: Any) -> str:
    with pytest.raises(sim.ScenarioError) as caught:
        base.change({path: value})
    return str(caught.value)


def test_a_variant_says_what_it_changes_and_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variant(tmp_path, "voters:\n  swing:\n    national: 0.2\n")
    monkeypatch.chdir(tmp_path)
    assert show(sim.load("variant.yaml"), "changes") == "voters.swing.national: 0.15 → 0.2  (variant.yaml:4)\n"


@pytest.mark.parametrize(
    "text, changes",
    [
        ("title: Base", []),
        ("run: {draws: 100.0}", []),
        ("run: {draws: 5, seed: 7}", ["run.draws: 100 → 5", "run.seed: (not set) → 7"]),
        ("run: {keep: [x]}", ["run.keep: [station_votes, other] → [x]"]),
        ("run: null", ["run: {draws: 100, keep: [station_votes, other]} → (removed)"]),
        ("turnout: {baseline: 0.5}", ["turnout.baseline: {n: 0.5, s: 0.6} → 0.5"]),
        ("turnout: {baseline: {n: 0.7}}", ["turnout.baseline.n: 0.5 → 0.7"]),
        (
            "turnout: {baseline: {n: null, default: 0.1}}",
            ["turnout.baseline.n: 0.5 → (removed)", "turnout.baseline.default: (not set) → 0.1"],
        ),
        (
            "turnout: {model: logit, baseline: {n: 0.7}}",
            ["turnout.model: (not set) → logit", "turnout.baseline.n: 0.5 → 0.7"],
        ),
        ("rules: {mayor: {model: two_round, majority: 0.6}}", ["rules.mayor.majority: 0.4 → 0.6"]),
        (
            "rules: {mayor: {model: plurality}}",
            ["rules.mayor: {model: two_round, majority: 0.4, runoff: {swing: 0.1}} → {model: plurality}"],
        ),
        (
            "voters: {swing: {regional: {uniform: [0, 1]}}}",
            ["voters.swing.regional: {normal: [0.1, 0.1], within: [0, 1]} → {uniform: [0, 1]}"],
        ),
        (
            "voters: {swing: {national: {normal: [1, 1], within: [0, 2]}}}",
            ["voters.swing.national: 0.15 → {normal: [1, 1], within: [0, 2]}"],
        ),
        (
            "voters: {swing: {regional: {n: 0.1, s: 0.2}}}",
            ["voters.swing.regional: {normal: [0.1, 0.1], within: [0, 1]} → {n: 0.1, s: 0.2}"],
        ),
    ],
)  # fmt: skip
def test_merging(text: str, changes: list[str], tmp_path: Path) -> None:
    made = variant(tmp_path, text)
    assert told(made) == changes
    assert sim.loads(made.to_yaml(resolved=False)) == made


def test_a_model_that_is_the_default_may_be_named(tmp_path: Path, base: sim.Scenario) -> None:
    assert variant(tmp_path, "voters: {model: logit}") == base


def test_the_chain_has_an_end(tmp_path: Path) -> None:
    (tmp_path / "0.yaml").write_text(BASE)
    for i in range(1, 11):
        (tmp_path / f"{i}.yaml").write_text(f"extends: {i - 1}.yaml\nrun: {{draws: {i}}}")
    scenario = sim.load(tmp_path / "9.yaml")
    assert scenario.run.draws == 9
    assert [change.new for change in scenario.changes] == list(range(1, 10))
    with pytest.raises(sim.ScenarioError, match=r"1\.yaml:1:10: extends: more than 10 files extend one another"):
        sim.load(tmp_path / "10.yaml")


def test_changing_makes_another_scenario(base: sim.Scenario) -> None:
    low = base.change({"turnout.baseline": 0.55, "run.seed": 3})
    assert base.sections["turnout"].baseline.of("n") == 0.5
    assert low.sections["turnout"].baseline.of("n") == 0.55
    assert low != base
    assert low.changes == (
        Change("turnout.baseline", {"n": 0.5, "s": 0.6}, 0.55, "change()", 0),
        Change("run.seed", None, 3, "change()", 0),
    )
    assert low.change({"turnout.baseline": {"n": 0.5, "s": 0.6}, "run.seed": None}) == base


@pytest.mark.parametrize(
    "path, value, found",
    [
        ("voters.swing.national", np.float64(0.25), 0.25),
        ("run.draws", np.int64(5), 5),
        ("run.keep", ("a", "b"), ["a", "b"]),
        ("run.keep.1", "b", ["station_votes", "b"]),
        ("date", datetime.date(2020, 2, 29), "2020-02-29"),
        ("voters.swing.regional.within", [0.05, 0.5], {"normal": [0.1, 0.1], "within": [0.05, 0.5]}),
        (
            "voters.swing.regional.source",
            "poll",
            {"normal": [0.1, 0.1], "within": [0.0, 1.0], "source": "poll"},
        ),
        ("voters.swing.regional.uniform", [0, 0.5], {"uniform": [0.0, 0.5]}),
        ("voters.swing.regional.normal.0", 0.3, {"normal": [0.3, 0.1], "within": [0.0, 1.0]}),
        ("turnout.swing.national", 0.1, 0.1),
    ],
)
def test_values_that_may_be_set(base: sim.Scenario, path: str, value: Any, found: Any) -> None:
    plain: Any = base.change({path: value}).resolved()
    for step in path.split(".")[: 3 if "regional" in path else 2 if "keep" in path else None]:
        plain = plain[step]
    assert plain == found


def test_changing_the_model_by_its_path(base: sim.Scenario) -> None:
    made = base.change({"rules.mayor.model": "plurality"})
    assert told(made) == ["rules.mayor: {model: two_round, majority: 0.4, runoff: {swing: 0.1}} → {model: plurality}"]
    same = base.change({"rules.mayor.model": "two_round", "voters.model": "logit"})
    assert same == base


def test_paths_that_cannot_be(base: sim.Scenario) -> None:
    assert said(base, "voters.swing.national.tokayev", 0.2) == (
        "change(): voters.swing.national.tokayev: "
        "voters.swing.national is 0.15, which has no entries; set voters.swing.national itself"
    )
    assert said(base, "voters.swng.national", 0.2).endswith("did you mean 'swing'?")
    assert said(base, "voter.swing", 0.2) == "change(): voter: unknown key; did you mean 'voters'?"
    assert said(base, "run.keep.2", "x") == "change(): run.keep.2: is a list of 2; give the number of an entry, from 0"
    assert said(base, "run.keep.first", "x").endswith("is a list of 2; give the number of an entry, from 0")
    assert said(base, "", 1) == "change(): expected a path such as voters.swing.national"
    assert said(base, "voters..swing", 1) == "change(): voters..swing: expected a path such as voters.swing.national"
    assert said(base, "extends", "x.yaml").endswith("what a file extends cannot be changed; load another file")
    assert "nested deeper than 64" in said(base, ".".join("x" * 70), 1)
    assert "the name of a contest is written in" in said(base, "rules.Council", {"model": "plurality"})
    assert "voters.baseline: the shares sum to 1.1" in said(base, "voters.baseline.a", 0.6)


def test_values_that_cannot_be(base: sim.Scenario) -> None:
    deep: list[Any] = []
    deep.append(deep)
    for value, words in (
        (object(), "cannot be written in a scenario: a Python object"),
        (10**400, "no number of a scenario is that long"),
        ({1: 2}, "a key must be text, got 1"),
        (deep, "nested deeper than 64 levels"),
        (datetime.datetime(2020, 1, 1), "cannot be written in a scenario: a Python datetime"),
        (float("nan"), "expected a finite number"),
        (b"x", "cannot be written in a scenario: a Python bytes"),
        ("x.csv", "no folder to find files in"),
    ):
        assert words in said(base, "voters.swing.national", value)
    with pytest.raises(sim.ScenarioError, match="a path must be text, got 5"):
        base.change({5: 1})  # type: ignore[dict-item]


def test_all_wrong_changes_are_told(base: sim.Scenario) -> None:
    with pytest.raises(sim.ScenarioError) as caught:
        base.change({"a..b": 1, "run.keep.9": 2, "run.draws": object()})
    assert len(caught.value.faults) == 3


def test_tables_are_not_changed_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("region,value\nn,0.5\ns,0.6\n")
    scenario = sim.loads(BASE, folder=tmp_path, changes={"turnout.baseline": "t.csv"})
    with pytest.raises(
        sim.ScenarioError, match=r"turnout\.baseline is the table 't\.csv', whose rows cannot be changed"
    ):
        scenario.change({"turnout.baseline.n": 0.7})
    assert scenario.change({"turnout.baseline": 0.7}).sections["turnout"].baseline.of("n") == 0.7


def test_settings_are_texts_read_by_the_rules_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    settings = {
        "voters.swing.national": "1e-1", "title": "'010'", "run.draws": "010", "run.seed": "",
        "turnout.baseline": "{n: 0.5, s: {uniform: [0, 1]}}", "run.keep": "[NO]",
        "ballot.options.a.name": "NO",
    }  # fmt: skip
    made = sim.load(tmp_path / "base.yaml", settings=settings)
    assert made.title == "010"
    assert made.run.draws == 10
    assert made.run.keep == ("NO",)
    assert {change.file for change in made.changes} == {"--set"}
    for text, words in (
        ("[1", "--set: run.draws: a ',' or the closing"),
        ("1\n---\n2", "second document"),
        ("x", "--set: run.draws: expected a whole number, got 'x'"),
    ):
        with pytest.raises(sim.ScenarioError) as caught:
            sim.load(tmp_path / "base.yaml", settings={"run.draws": text})
        assert words in str(caught.value)

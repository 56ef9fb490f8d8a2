"""``sim fit``, ``sim fit-panel``, ``sim fit-survey``: what they print, where they write, how they refuse."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from small_elections import REGIONS

import sim
from sim.cli import main as main_module

KAZAKHSTAN = Path(__file__).parents[2] / "scenarios" / "kazakhstan-2022"


@pytest.fixture
def call(capfdbinary):
    """Run the command in this process: (code, stdout, stderr)."""

    def run(*args):
        capfdbinary.readouterr()
        code = main_module._guarded(list(map(str, args)))
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


@pytest.fixture
def targets(tmp_path):
    path = tmp_path / "targets.csv"
    path.write_text("variable,option,value,source\nturnout,,0.7,count\nvote_share,zeta,0.55,count\n", encoding="utf-8")
    return path


def test_fit(call, small_file, targets, tmp_path):
    out_file = tmp_path / "fitted.yaml"
    code, out, err = call("fit", small_file, "--targets", targets, "--draws", 3000, "--seed", 2, "--out", out_file)
    assert code == 0
    assert "2 targets fitted with 3,000 draws, seed 2" in out
    assert err == f"written to {out_file}; 'sim run {out_file}' runs it\n"
    assert call("check", out_file)[0] == 0
    fitted = sim.fit(sim.load(small_file), targets, draws=3000, seed=2)
    assert str(fitted).strip() == out.strip()
    assert sim.load(out_file) == fitted.scenario


def test_fit_takes_changes(call, small_file, targets):
    code, out, err = call("fit", small_file, "--targets", targets, "--draws", 500, "--set", "turnout.swing.regional=0")
    assert (code, err) == (0, "")
    assert call("fit", small_file, "--targets", targets, "--draws", 500)[1] != out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["fit", "{file}"], "targets: the scenario has no 'observed' share"),
        (["fit", "{file}", "--targets", "no.csv"], "no.csv: there is no such table"),
        (["fit", "{file}", "--targets", "{targets}", "--tolerance", "3"], "tolerance: expected a number"),
        (["fit", "{file}", "--targets", "{targets}", "--draws", "500", "--out", "/no/f.yaml"], "cannot be written"),
        (["fit-panel", "no.csv"], "no.csv: there is no such table"),
        (["fit-panel", "{targets}"], "there is no column 'vote'"),
        (["fit-survey", "{targets}"], "there is no column 'choice'"),
        (["fit-survey", "{targets}", "--choice", "option", "--weights", "w"], "there is no column 'w'"),
    ],
)
def test_faults(call, small_file, targets, args, words):
    code, out, err = call(*(arg.format(file=small_file, targets=targets) for arg in args))
    assert (code, out) == (1, "")
    assert err.startswith("sim: ")
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["fit-panel", "t.csv", "--block", "cities"], "--block cities: expected NAME=R1,R2"),
        (["fit-survey", "t.csv", "--out", "f.yaml"], "--out needs --scenario"),
        (["fit-survey", "t.csv", "--plain"], "--plain says how --out writes"),
        (["fit"], "Missing argument 'FILE'"),
    ],
)
def test_wrong_usage(call, args, words):
    code, out, err = call(*args)
    assert (code, out) == (2, "")
    assert words in err


def test_fit_panel(call, tmp_path):
    out_file = tmp_path / "swing.yaml"
    code, out, err = call(
        "fit-panel", KAZAKHSTAN / "panel.csv", "--vote", "date", "--nation", "KZ", "--reml",
        "--votes", "2019-06-09,2021-01-10,2022-06-05", "--block", "cities=KZ-71, KZ-75, KZ-79",
        "--weights", KAZAKHSTAN / "panel_register.csv", "--predict", "2022-11-20",
        "--extends", "baseline.yaml", "--out", out_file,
    )  # fmt: skip
    assert (code, err) == (0, f"written to {out_file}\n")
    assert "RMSE 4.62 points" in out
    assert "extends: baseline.yaml\nturnout:\n  swing:\n    national: 0.3" in out_file.read_text(encoding="utf-8")


@pytest.fixture
def groups_file(tmp_path):
    """The small scenario with young and old voters."""
    small = sim.loads(REGIONS)
    traits = {"age": {"young": 0.4, "old": 0.6}}
    path = tmp_path / "groups.yaml"
    regions = small.resolved()["electorate"]["regions"]
    path.write_text(
        json.dumps({**small.short(), "electorate": {"model": "cells", "regions": [
            {"region": row["region"], "registered": row["registered"]} for row in regions], "traits": traits}}),
        encoding="utf-8",
    )  # fmt: skip
    return path


@pytest.fixture
def survey_file(tmp_path):
    path = tmp_path / "survey.csv"
    cells = [("zeta", "young", 4), ("zeta", "old", 2), ("alpha", "young", 3), ("alpha", "old", 5)]
    cells += [("none", "young", 2), ("none", "old", 3)]
    rows = [f"{choice},{age},{i % 3 + 1},{age.upper()}" for choice, age, n in cells for i in range(n)]
    path.write_text("\n".join(["choice,age,w,place", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("plain", [False, True])
def test_fit_survey(call, groups_file, survey_file, tmp_path, plain):
    out_file = tmp_path / "fitted.yaml"
    code, out, err = call(
        "fit-survey", survey_file, "--covariates", "age", "--weights", "w", "--scenario", groups_file,
        "--out", out_file, *(["--plain"] if plain else []),
    )  # fmt: skip
    assert (code, err) == (0, f"written to {out_file}; 'sim run {out_file}' runs it\n")
    assert "19 respondents" in out
    text = out_file.read_text(encoding="utf-8")
    assert "19 respondents of survey.csv, column 'choice'" in text
    assert "± standard error (sandwich; weights 'w')" in text
    assert "extends: groups.yaml" in text
    made = sim.load(out_file)
    survey = sim.fit_survey(survey_file, covariates=["age"], weights="w", options=made)
    assert made == survey.into(sim.load(groups_file), not plain)
    still = survey.into(sim.load(groups_file).change({"voters.swing": None, "turnout.swing": None}), uncertain=False)
    votes = sim.run(still, draws=1000, seed=1)["group_votes"].sum("draw")
    for age in ("young", "old"):
        shares = survey.shares({"age": age})["share"].sel(option=votes["option"].values).values
        assert (votes / votes.sum("option")).sel(group=age).values == pytest.approx(shares, abs=0.01)


def test_fit_survey_names_every_column_without_counterpart(call, small_file, survey_file, tmp_path):
    out_file = tmp_path / "fitted.yaml"
    code, out, err = call(
        "fit-survey", survey_file, "--covariates", "age,w", "--scenario", small_file, "--out", out_file
    )
    assert (code, out, out_file.exists()) == (1, "", False)
    assert "survey.csv: age: the electorate knows no 'age'; make it a trait" in err
    assert "survey.csv: w: the electorate knows no 'w'; make it a trait with numbers" in err
    assert "leave the covariate out" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("lines", "args", "words"),
    [
        (["zeta,young,1", "alpha,old,1"], ["--covariates", "aeg"], "there is no column 'aeg'; did you mean 'age'?"),
        (["zeta,young,0", "alpha,old,0"], ["--weights", "w"], "w: the weights are all zero"),
        (["zeta,young,1", "zeta,old,1"], [], "nobody chose 'alpha', so that its log-odds are minus infinity"),
        (
            ["zeta,young,1"] * 3 + ["alpha,old,1"] * 2 + ["none,old,1"],
            ["--covariates", "age"],
            "age=young (none, alpha): separates the options",
        ),
    ],
)
def test_fit_survey_refuses_what_identifies_nothing(call, groups_file, tmp_path, lines, args, words):
    table, out_file = tmp_path / "bad.csv", tmp_path / "fitted.yaml"
    table.write_text("\n".join(["choice,age,w", *lines]) + "\n", encoding="utf-8")
    code, out, err = call("fit-survey", table, *args, "--scenario", groups_file, "--out", out_file)
    assert (code, out, out_file.exists()) == (1, "", False)
    assert words in err
    assert "Traceback" not in err

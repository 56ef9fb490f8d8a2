"""``sim fit``, ``sim fit-panel``, ``sim fit-survey``: what they print, where they write, how they refuse."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

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


def test_fit_survey(call, small_file, tmp_path):
    table, out_file = tmp_path / "survey.csv", tmp_path / "fitted.yaml"
    lines = ["zeta,1,2", "zeta,0,1", "alpha,1,1", "alpha,0,3", "none,0,1", "none,1,1"]
    table.write_text("\n".join(["choice,young,w", *lines]) + "\n", encoding="utf-8")
    code, out, err = call(
        "fit-survey", table, "--covariates", "young", "--weights", "w", "--scenario", small_file, "--out", out_file
    )
    assert (code, err) == (0, f"written to {out_file}; 'sim run {out_file}' runs it\n")
    assert "6 respondents" in out
    baseline = sim.load(out_file).resolved()["voters"]["baseline"]
    assert baseline["alpha"]["logit_normal"][0] == pytest.approx(4 / 9, abs=1e-8)

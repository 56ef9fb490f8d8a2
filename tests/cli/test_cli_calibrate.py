"""``sim calibrate``: what it prints, where it writes, how it refuses."""

from __future__ import annotations

import sys

import pytest
import xarray as xr

import sim
from sim.cli import main as main_module

FIT = "fit:\n  turnout.baseline: {beta: [12, 8], source: earlier votes}\n"
SIZES = ("--draws", 50, "--steps", 20, "--burn", 5, "--walkers", 8)


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
def file(small_file):
    small_file.write_text(small_file.read_text(encoding="utf-8") + FIT, encoding="utf-8")
    return small_file


@pytest.fixture
def targets(tmp_path):
    path = tmp_path / "targets.csv"
    path.write_text("variable,option,value,n,source\nturnout,,0.7,800,a poll\n", encoding="utf-8")
    return path


def test_calibrate(call, file, targets, tmp_path):
    out_file, chains = tmp_path / "posterior.yaml", tmp_path / "chains.nc"
    code, out, err = call("calibrate", file, "--targets", targets, *SIZES, "--out", out_file, "--chains", chains)
    assert code == 0, err
    assert "posterior of 1 parameter given 1 figure" in out
    assert "8 walkers, 5 + 20 steps of 50 draws, seed 7" in out
    assert err.endswith(f"chains written to {chains}\nwritten to {out_file}; 'sim run {out_file}' runs it\n")
    assert call("check", out_file)[0] == 0
    posterior = sim.calibrate(sim.load(file), targets, draws=50, steps=20, burn=5, walkers=8)
    assert str(posterior).strip() == out.strip()
    assert sim.load(out_file) == posterior.scenario
    with xr.open_dataset(chains, engine="h5netcdf") as found:
        assert dict(found.sizes) == {"chain": 8, "draw": 20}
        assert found.drop_attrs().identical(posterior.draws.drop_attrs())


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["{file}"], "targets: the scenario has no 'observed' share that could be calibrated to; pass targets"),
        (["{file}", "--set", "fit=", "--targets", "{targets}"], "the scenario has no section 'fit'"),
        (["{file}", "--targets", "no.csv"], "no.csv: there is no such table"),
        (["{file}", "--targets", "{targets}", "--steps", "3"], "steps"),
        (["{file}", "--targets", "{targets}", "--out", "no/x.yaml"], "no/x.yaml: cannot be written"),
        (["{file}", "--targets", "{targets}", "--chains", "no/x.nc"], "no/x.nc: cannot be written"),
        (["{file}", "--set", "turnout.baseline={{beta: [2, 2]}}"], "fit.turnout.baseline: is uncertain already"),
    ],
)
def test_refusals(call, file, targets, args, words):
    code, out, err = call("calibrate", *(one.format(file=file, targets=targets) for one in args))
    assert (code, out) == (1, "")
    assert words in err
    assert "Traceback" not in err


def test_without_the_extra(call, file, targets, monkeypatch):
    monkeypatch.setitem(sys.modules, "emcee", None)
    code, _, err = call("calibrate", file, "--targets", targets)
    assert code == 1
    assert "needs the package emcee, which is not installed: pip install 'sailau[bayes]'" in err

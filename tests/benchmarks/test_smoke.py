"""The benchmarks run, and what they compare is the same election."""

import importlib
import itertools
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
SUITE = {
    "regions": ("Regions", (1_000,)),
    "stations": ("Stations", (10,)),
    "million": ("Million", (10_000, ".nc")),
    "startup": ("Startup", ()),
}


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def load(name):
    return importlib.import_module(name)


@pytest.fixture
def regions():
    """What both programs make of 12,000 draws in regions."""
    import sim

    workloads, reference, ratios = load("workloads"), load("reference_numpy"), load("ratios")
    mapping = workloads.region(12_000)
    ours = ratios.arrays_of(sim.run(workloads.load(mapping), threads=1))

    def theirs(change=None, dtype=np.float64, block=2_000, method=reference.chain_multinomial):
        model = reference.Model.of(mapping, dtype)
        if change is not None:
            change(model)
        return reference.run_regions(model, 12_000, np.random.default_rng(3), block, method)

    return ours, theirs


def test_workloads_have_their_sizes():
    workloads = load("workloads")
    world = workloads.load(workloads.stations(1)).world
    assert (world.n_units, world.n_regions, world.n_options) == (10_101, 21, 8)
    assert min(workloads.REGISTERS) == 100_000
    assert max(workloads.REGISTERS) == 1_400_000
    sizes = load("reference_numpy").Model.of(workloads.stations(1)).registered
    assert 50 <= sizes.min() < sizes.max() <= 3_000
    assert sum(workloads.SHARES.values()) == pytest.approx(1)


@pytest.mark.parametrize("variant", ["blocks", "at once", "float32", "multinomial"])
def test_numpy_and_sim_agree_on_regions(regions, variant):
    ours, theirs = regions
    changed = {
        "blocks": {},
        "at once": {"block": None},
        "float32": {"dtype": np.float32},
        "multinomial": {"method": load("reference_numpy").library_multinomial},
    }
    load("agree").worst(load("agree").compare(ours, theirs(**changed[variant])))


@pytest.mark.parametrize("block", [None, 2_000])
def test_plain_numpy_and_sim_agree_on_regions(regions, block):
    ours, _ = regions
    plain, reference, workloads = load("plain_numpy"), load("reference_numpy"), load("workloads")
    model = reference.Model.of(workloads.region(12_000))
    theirs = plain.run_regions(model, 12_000, np.random.default_rng(5), block)
    load("agree").worst(load("agree").compare(ours, theirs))


@pytest.mark.parametrize(
    "path, value",
    [
        ("votes.national", 0.36),
        ("votes.regional", 0.29),
        ("votes.region_correlation", 0.0),
        ("votes.tails", 400),
        ("turnout.national", 0.27),
        ("turnout.regional", 0.18),
        ("invalid", 0.0303),
    ],
)
def test_the_comparison_notices_another_model(regions, path, value):
    ours, theirs = regions

    def change(model):
        name, _, key = path.partition(".")
        setattr(model, name, {**getattr(model, name), key: value} if key else value)

    agree = load("agree")
    with pytest.raises(agree.Disagreement):
        agree.worst(agree.compare(ours, theirs(change)))


def test_the_comparison_notices_lost_votes(regions):
    agree = load("agree")
    ours, theirs = regions
    other = theirs()
    other["votes"][0, 0, 0] -= 1
    with pytest.raises(agree.Disagreement, match="do not add up"):
        agree.compare(ours, other)


def test_numpy_and_sim_agree_on_stations():
    import sim

    workloads, reference, agree = load("workloads"), load("reference_numpy"), load("agree")
    mapping = workloads.stations(80, share=0.02)
    arrays_of, scenario = load("ratios").arrays_of, workloads.load(mapping)
    ours = [arrays_of(sim.run(scenario, seed=seed, threads=1)) for seed in range(10)]

    def theirs(**votes):
        model = reference.Model.of(mapping)
        model.votes = {**model.votes, **votes}
        return [reference.run_stations(model, 80, np.random.default_rng(seed), 40) for seed in range(10)]

    same = theirs()
    assert np.array_equal(ours[0]["registered"], same[0]["registered"])
    together = load("ratios").together
    agree.worst(agree.compare(together(ours), together(same)), agree.compare_stations(ours, same))
    with pytest.raises(agree.Disagreement, match="station_votes: sd"):
        agree.worst(agree.compare_stations(ours, theirs(station=0.2)))


def test_steps_are_those_of_the_plan():
    workloads = load("workloads")
    costs = load("steps").step_costs(workloads.load(workloads.stations(4, share=0.01)), 4)
    assert all(seconds >= 0 for seconds in costs.values())
    assert {"2. voters: logit", "output: votes", "sums over draws by station"} <= set(costs)


def test_ratios_run_at_small_size(tmp_path):
    figures, page = tmp_path / "figures.json", tmp_path / "page.md"
    page.write_text("before\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nafter\n")
    done = subprocess.run(
        [
            *(sys.executable, str(BENCHMARKS / "ratios.py"), "--small", "--rounds", "1"),
            *("--json", str(figures), "--markdown", str(page)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(figures.read_text())
    assert set(found) == {"machine", "region", "stations", "cells", "individuals", "million", "startup"}
    assert found["machine"]["before"]["BLAS threads"] == "1"
    assert found["million"]["memory"][".nc"]["above_mb"] > 0
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "### Targets" in text


def test_ratios_refuse_unknown_sections():
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "ratios.py"), "--only", "region,speed"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--only takes region, stations, cells, individuals, million, startup" in done.stderr


def test_ratio_is_taken_round_by_round():
    measure = load("measure")
    found = measure.ratio([4.0, 9.0, 8.0], [2.0, 3.0, 8.0])
    assert (found.median, found.least, found.greatest) == (2.0, 1.0, 3.0)
    order = []
    clock = itertools.count().__next__
    times = measure.interleave({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3, clock)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert times == {"a": [1, 1, 1], "b": [1, 1, 1]}


@pytest.mark.parametrize("module", SUITE)
def test_asv_suite_runs_at_its_smallest_size(module):
    name, sizes = SUITE[module]
    made = getattr(importlib.import_module(f"suite.{module}"), name)()
    made.setup_cache()
    if hasattr(made, "setup"):
        made.setup(*sizes)
    ran = 0
    for key in dir(made):
        kind = key.partition("_")[0]
        if kind in ("time", "peakmem"):
            getattr(made, key)(*sizes)
        elif kind == "timeraw":
            program = textwrap.dedent(getattr(made, key)())
            subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
        ran += kind in ("time", "peakmem", "timeraw")
    if hasattr(made, "teardown"):
        made.teardown(*sizes)
    assert ran == (2 if module == "million" else 3)

"""The numbers depend on the scenario and the seed alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.engine import plan as plan_module


def cut(monkeypatch, stations, block=None, chunk=None):
    """Force the number of draws of a block and of a chunk."""
    if block is not None:
        units = 11 if stations else 4
        monkeypatch.setattr(plan_module, "BLOCK_LANES", block * units)
    if chunk is not None:
        monkeypatch.setattr(plan_module.Plan, "chunk_draws", chunk)


@pytest.mark.parametrize("which", ["small", "stations"])
@pytest.mark.parametrize(
    ("threads", "block", "chunk", "out"),
    [
        (2, None, None, None),
        (4, 1, None, None),
        (1, 7, 100, None),
        (2, 100, 333, "r.nc"),
        (4, 1000, 1000, "r.zarr"),
        (1, 7, 1, None),
        (2, 1000, 7, "r.nc"),
        (4, 100, 999, "r.zarr"),
    ],
)
def test_cutting_never_shows(request, monkeypatch, tmp_path, same, which, threads, block, chunk, out):
    scenario = request.getfixturevalue(which)
    expected = sim.run(scenario, draws=1000, threads=1)
    with monkeypatch.context() as patch:
        cut(patch, which == "stations", block, chunk)
        found = sim.run(scenario, draws=1000, threads=threads, out=out and tmp_path / out)
    same(found, expected)
    assert found.attrs | {"created": ""} == expected.attrs | {"created": ""}
    found.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(threads=st.integers(1, 4), block=st.integers(1, 400), chunk=st.integers(1, 400), draws=st.integers(1, 300))
def test_any_cut_of_any_length(stations, same, threads, block, chunk, draws):
    longest = sim.run(stations, draws=300, threads=1)
    drop = [name for name in longest.variables if str(name).endswith(("_mean", "_sd"))]
    with pytest.MonkeyPatch.context() as patch:
        cut(patch, True, block, chunk)
        found = sim.run(stations, draws=draws, threads=threads)
    same(found.drop_vars(drop), longest.isel(draw=slice(0, draws)).drop_vars(drop))


def test_a_longer_run_begins_with_the_shorter(small, same):
    same(sim.run(small, draws=5000).isel(draw=slice(0, 1000)), sim.run(small, draws=1000))


def test_another_seed_is_another_result(small):
    one, other = sim.run(small, seed=1), sim.run(small, seed=2)
    assert (one["votes"] != other["votes"]).mean() > 0.5
    assert one.attrs["scenario_sha256"] != other.attrs["scenario_sha256"]


def test_without_a_seed_one_is_drawn_and_kept(small, same):
    free = small.change({"run.seed": None})
    one, other = sim.run(free, draws=50), sim.run(free, draws=50)
    assert one.attrs["seed"] != other.attrs["seed"]
    same(sim.run(free, draws=50, seed=int(one.attrs["seed"])), one)


@pytest.mark.parametrize("out", [None, "r.nc", "r.zarr"])
def test_summaries_of_stations_are_those_of_the_kept_draws(stations, tmp_path, out):
    result = sim.run(stations, draws=700, out=out and tmp_path / out)
    for kept, name in (("station_votes", "station_votes"), ("station_ballots_cast", "station_ballots")):
        draws = result[kept].values.astype(np.float64)
        np.testing.assert_allclose(result[f"{name}_mean"], draws.mean(axis=0), rtol=1e-14)
        np.testing.assert_allclose(result[f"{name}_sd"], draws.std(axis=0, ddof=1), rtol=1e-10, atol=1e-12)
    result.close()


def test_stations_add_up_to_regions(stations):
    result = sim.run(stations, draws=200)
    sums = result["station_votes"].groupby("station_region").sum().rename(station_region="region")
    assert (sums.sel(region=result["region"]) == result["votes"]).all()


def test_one_draw_has_no_spread(stations):
    assert (sim.run(stations, draws=1)["station_votes_sd"] == 0).all()


@pytest.mark.parametrize("which", ["small", "stations"])
def test_order_in_the_file_permutes_and_nothing_else(request, which, same):
    scenario = request.getfixturevalue(which)
    plain = scenario.resolved()
    rows = plain["electorate"]["regions"]
    options = plain["ballot"]["options"]
    turned = scenario.change(
        {"electorate.regions": [rows[i] for i in (2, 0, 3, 1)]},
    )
    import yaml

    shuffled = turned.resolved()
    shuffled["ballot"]["options"] = {key: options[key] for key in ("alpha", "zeta", "none")}
    turned = sim.loads(yaml.safe_dump(shuffled, sort_keys=False, allow_unicode=True))
    one, other = sim.run(scenario), sim.run(turned)
    assert list(other["region"].values) == ["a", "west", "north", "east"]
    assert list(other["option"].values) == ["alpha", "zeta", "none"]
    winner = other["winner"].values
    ids = np.array([*other["option"].values, "nobody"], object)
    back = other.sel(region=one["region"].values, option=one["option"].values)
    if which == "stations":
        back = back.sel(station=one["station"].values)
    same(back.drop_vars(["winner"]), one.drop_vars(["winner"]))
    assert (ids[winner] == np.array([*one["option"].values, "nobody"], object)[one["winner"].values]).all()

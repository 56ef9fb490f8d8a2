"""The table of regions: uncertain registers and synthetic stations."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from latents import correlation_is, mean_is, sd_is
from scipy import stats

import sim


def registers(electorate: dict[str, Any], draws: int = 50_000, keep: tuple[str, ...] = ()) -> Any:
    scenario = {
        "title": "register",
        "electorate": electorate,
        "ballot": {"options": {"a": None, "b": None}},
        "voters": {"baseline": {"a": 0.5, "b": 0.5}},
        "turnout": {"baseline": 0.5},
        "rules": {"it": {"model": "plurality"}},
        "run": {"keep": list(keep)},
    }
    return sim.run(sim.loads(json.dumps(scenario)), draws=draws, seed=2)


def row(region: str, registered: int, **more: Any) -> dict[str, Any]:
    return {"region": region, "registered": registered, **more}


@pytest.mark.parametrize("sd", [0.01, 0.1, 0.4])
def test_relative_sd_without_a_total(sd: float) -> None:
    """exp(sd·Z): median the row, log sd as stated, relative sd √(exp(sd²) − 1)."""
    table = [row("a", 1_000_000, registered_sd=sd), row("b", 2_000_000, registered_sd=sd), row("c", 5)]
    x = registers({"regions": table})["registered"].values.astype(float)
    for i, size in enumerate((1e6, 2e6)):
        log = np.log(x[:, i] / size)
        assert sd_is(log, sd)
        assert mean_is(log, 0.0)
        assert not sd_is(log, 1.03 * sd)
        relative = x[:, i] / (size * np.exp(sd**2 / 2))
        assert sd_is(relative, np.sqrt(np.expm1(sd**2)))
    assert stats.kstest(np.log(x[:, 0] / 1e6) / sd, "norm").pvalue > 1e-4
    assert correlation_is(x[:, 0], x[:, 1], 0)
    assert (x[:, 2] == 5).all()


@pytest.mark.parametrize("total", [1, 7, 1_000, 2_000_000_011])
def test_uncertain_registers_sum_to_the_total(total: int) -> None:
    table = [row(f"r{i:02d}", 1_000 * (i + 1), registered_sd=0.02 * i) for i in range(17)] + [row("none", 0)]
    x = registers({"regions": table, "total": total}, draws=4_000)["registered"]
    assert (x.sum("region") == total).all()
    assert (x.sel(region="none") == 0).all()
    assert x.min() >= 0


def test_shares_of_an_uncertain_register() -> None:
    table = [row("a", 1_000_000, registered_sd=0.1), row("b", 1_000_000, registered_sd=0.1)]
    x = registers({"regions": table, "total": 2_000_000})["registered"].values
    assert sd_is(np.log(x[:, 0] / x[:, 1]), 0.1 * np.sqrt(2))


def test_an_uncertain_total() -> None:
    result = registers({"regions": {"a": 600, "b": 400}, "total": {"normal": [1e6, 1e4], "within": [1, 2e6]}})
    x = result["registered"].values
    total = x.sum(axis=1).astype(float)
    assert mean_is(total, 1e6)
    assert sd_is(total, 1e4)
    assert (np.abs(x[:, 0] - 0.6 * total) <= 1).all()


@pytest.mark.parametrize("total", [None, 999, 123_457])
def test_plain_total_is_apportioned_by_largest_remainders(total: int | None) -> None:
    sizes = {"a": 333, "b": 333, "c": 333, "d": 1}
    x = registers({"regions": sizes, **({} if total is None else {"total": total})}, draws=10)["registered"]
    assert x.dims == ("region",)
    exact = np.array(list(sizes.values())) * (total or 1000) / 1000
    assert int(x.sum()) == (total or 1000)
    assert (np.abs(x.values - exact) < 1).all()


@pytest.mark.parametrize("spread", [0.0, 0.3, 0.6, 1.2])
def test_stations(spread: float) -> None:
    """Log sizes are the normal quantiles (i − ½)/n times the spread; up to the rounding of single voters."""
    table = [row("big", 2_000_000, stations=900, registered_sd=0.2), row("small", 70, stations=7)]
    electorate = {"regions": table, "stations": {"size_spread": spread}}
    result = registers(electorate, draws=300, keep=("station_registered", "station_ballots_cast"))
    here = result["station_region"].values.astype(str)
    assert [(here == r).sum() for r in ("big", "small")] == [900, 7]
    units = result["station_registered"].transpose("draw", "station").values
    for r, name in enumerate(("big", "small")):
        assert (units[:, here == name].sum(axis=1) == result["registered"].values[:, r]).all()
    z = stats.norm.ppf((np.arange(900) + 0.5) / 900)
    for sizes in units[:20, here == "big"]:
        expected = np.exp(spread * z) / np.exp(spread * z).sum() * sizes.sum()
        assert np.abs(sizes - expected).max() <= 1
        assert np.log(sizes).std() == pytest.approx(spread * z.std(), abs=2e-3)
    assert (result["station_ballots_cast"] <= result["station_registered"]).all()


def test_log_spread_of_few_stations_is_smaller() -> None:
    """The quantiles of n stations have less spread than the law: 0.67 of it for 2, 0.94 for 10, 0.99 for 100."""
    for n, share in ((2, 0.674), (10, 0.938), (100, 0.992), (1_000, 0.999)):
        assert stats.norm.ppf((np.arange(n) + 0.5) / n).std() == pytest.approx(share, abs=2e-3)

"""Turnout models against their laws."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

import sim

DRAWS = 200_000


def turnouts(regions: dict[str, int], **turnout: Any) -> np.ndarray:
    scenario = {
        "title": "turnout",
        "electorate": {"regions": regions},
        "ballot": {"options": {"a": None, "b": None}},
        "voters": {"baseline": {"a": 0.6, "b": 0.4}},
        "turnout": turnout,
        "rules": {"it": {"model": "plurality"}},
    }
    result = sim.run(sim.loads(json.dumps(scenario)), draws=DRAWS, seed=11)
    return result["ballots_cast"].values / np.array(list(regions.values()))


def test_beta_has_its_law() -> None:
    # With 100 million voters the count adds nothing that 200,000 draws would see.
    t = turnouts({"x": 100_000_000, "y": 100_000_000}, model="beta", baseline={"x": 0.7, "y": 0.3}, sd=0.1)
    for column, m in zip(t.T, (0.7, 0.3)):
        k = m * (1 - m) / 0.1**2 - 1
        assert stats.kstest(column[:20_000], stats.beta(m * k, (1 - m) * k).cdf).pvalue > 1e-4
        assert abs(column.mean() - m) < 4 * 0.1 / np.sqrt(DRAWS)
    assert abs(np.corrcoef(t.T)[0, 1]) < 4 / np.sqrt(DRAWS)


def test_beta_without_spread_is_fixed() -> None:
    regions = {"x": 1000, "y": 50, "z": 70}
    baseline = {"x": 0.7, "y": 0.0, "z": 1.0}
    assert np.array_equal(
        turnouts(regions, model="beta", baseline=baseline, sd=0), turnouts(regions, model="fixed", baseline=baseline)
    )


def test_fixed_is_binomial() -> None:
    t = turnouts({"x": 400}, model="fixed", baseline=0.3)[:, 0]
    counts = np.bincount(np.rint(t * 400).astype(int), minlength=401)
    law = stats.binom(400, 0.3)
    low, high = int(law.ppf(1e-3)), int(law.ppf(1 - 1e-3))
    inside = counts[low : high + 1]
    expected = law.pmf(np.arange(low, high + 1))
    seen = np.append(inside, DRAWS - inside.sum())
    assert stats.chisquare(seen, np.append(expected, 1 - expected.sum()) * DRAWS).pvalue > 1e-4


def _result(turnout: dict[str, Any], draws: int = 2_000, **electorate: Any) -> Any:
    scenario = {
        "title": "terms",
        "electorate": electorate or {"regions": {"x": 100_000_000, "y": 100_000_000}},
        "ballot": {"options": {"a": None, "b": None}},
        "voters": {"baseline": {"a": 0.6, "b": 0.4}},
        "turnout": turnout,
        "rules": {"it": {"model": "plurality"}},
    }
    return sim.run(sim.loads(json.dumps(scenario)), draws=draws, seed=11)


def test_terms_add_on_the_log_odds() -> None:
    terms = {"rain": {"x": -0.3, "y": 0.0}, "law": 0.5}
    result = _result({"baseline": 0.6, "terms": terms, "swing": {"national": 0.2}})
    alone = _result({"baseline": 0.6, "swing": {"national": 0.2}})
    t = result["ballots_cast"].values / 1e8
    before = special.logit(alone["ballots_cast"].values / 1e8)
    # Where one of both counts needs another proposal they part: standard deviation 3e-4, of 4,000 cells.
    assert special.logit(t) - before == pytest.approx(np.broadcast_to([0.2, 0.5], t.shape), abs=2e-3)
    # What a term is said to do is the turnout after it less that before it; together they are the whole.
    first = _result({"baseline": 0.6, "terms": {"rain": terms["rain"]}, "swing": {"national": 0.2}})
    without = alone["ballots_cast"].values / 1e8
    assert result["turnout_effect_rain"].values == pytest.approx(first["ballots_cast"].values / 1e8 - without, abs=4e-4)
    both = result["turnout_effect_rain"] + result["turnout_effect_law"]
    assert both.values == pytest.approx(t - without, abs=4e-4)
    assert (result["turnout_effect_rain"].values[:, 1] == 0).all()


def test_effects_are_of_regions_where_there_are_stations() -> None:
    rows = [{"region": "x", "registered": 500, "stations": 3}, {"region": "y", "registered": 400, "stations": 2}]
    turnout = {"baseline": 0.6, "terms": {"law": {"normal": [0.5, 0.1]}}}
    effect = _result(turnout, regions=rows, stations={})["turnout_effect_law"]
    assert effect.dims == ("draw", "region")
    shift = special.logit(0.6 + 0 * effect.values)
    # One number for both regions in each draw: effect = logistic(logit T + x) − T.
    x = special.logit(0.6 + effect.values) - shift
    assert x[:, 0] == pytest.approx(x[:, 1], abs=1e-5)
    assert x.mean() == pytest.approx(0.5, abs=4 * 0.1 / np.sqrt(2_000))
    assert x[:, 0].std() == pytest.approx(0.1, rel=0.1)

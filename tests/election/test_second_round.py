"""The second round where its outcome is known by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr

import sim


def run(runoff: dict[str, Any], draws: int = 400, **sections: Any) -> xr.Dataset:
    """a 40 %, b 35 %, c 25 % of a million voters who all come: a and b meet, without any noise but the count's."""
    scenario = {
        "title": "second round",
        "electorate": {"regions": {"one": 600_000, "two": 400_000}},
        "ballot": {"options": {"a": None, "b": None, "c": None}},
        "voters": {"baseline": {"a": 0.4, "b": 0.35, "c": 0.25}},
        "turnout": {"baseline": 1.0},
        "rules": {"it": {"model": "two_round", "runoff": runoff}},
        **sections,
    }
    return sim.run(sim.loads(json.dumps(scenario)), draws=draws, seed=3, threads=1)


def share(result: xr.Dataset, option: str) -> np.ndarray:
    votes = result["runoff_votes"].transpose("draw", "option")
    return (votes.sel(option=option) / votes.sum("option")).values


def test_all_voters_of_the_third_go_to_the_second() -> None:
    result = run({"transfers": {"c": {"b": 1.0}}})
    assert (result["runoff"] == 1).all()
    assert share(result, "b") == pytest.approx(0.6, abs=6 * np.sqrt(0.24 / 1e6))
    assert (result["winner"] == 1).all()
    assert (result["runoff_ballots_cast"] == 1_000_000).all()


def test_all_voters_of_the_third_stay_at_home() -> None:
    result = run({"transfers": {"c": {"abstain": 1.0}}})
    ballots = result["runoff_ballots_cast"].values
    assert ballots / 1e6 == pytest.approx(0.75, abs=6 * np.sqrt(0.75 * 0.25 / 1e6))
    assert share(result, "a") == pytest.approx(0.4 / 0.75, abs=6 * np.sqrt(0.25 / 7.5e5))


def test_what_is_not_named_splits_as_the_finalists_shares() -> None:
    result = run({"transfers": {"default": {"b": 0.2}}})
    expected = 0.35 + 0.25 * (0.2 + 0.8 * 0.35 / 0.75)
    assert share(result, "b") == pytest.approx(expected, abs=6 * np.sqrt(0.25 / 1e6))


def test_transfers_to_an_option_that_is_out_split_too() -> None:
    named = run({"transfers": {"c": {"c": 0.5}}})
    assert (named["runoff_votes"] == run({})["runoff_votes"]).all()


def test_transfers_of_a_finalist_do_nothing() -> None:
    assert (run({"transfers": {"a": {"abstain": 0.9}}})["runoff_votes"] == run({})["runoff_votes"]).all()


def test_turnout_moves_on_the_log_odds_scale() -> None:
    result = run({"turnout": -1.0}, turnout={"baseline": 0.6})
    expected = 1 / (1 + np.exp(1 - np.log(0.6 / 0.4)))
    assert result["runoff_ballots_cast"].values / 1e6 == pytest.approx(expected, abs=6 * np.sqrt(0.25 / 1e6))


def test_swing_between_the_finalists() -> None:
    """Standard deviation of the log-odds: 0.5 and 4 standard errors of 4,000 draws, 0.5·√(1/8000)."""
    result = run({"swing": 0.5}, draws=4_000)
    q = share(result, "b")
    log_odds = np.log(q / (1 - q))
    assert log_odds.std() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(8_000))
    assert log_odds.mean() == pytest.approx(np.log(0.35 / 0.4), abs=4 * 0.5 / np.sqrt(4_000))


def test_invalid_ballots_are_as_frequent_as_in_the_first_round() -> None:
    result = run({}, ballot={"options": {"a": None, "b": None, "c": None}, "invalid": 0.1})
    rate = result["runoff_invalid_ballots"] / result["runoff_ballots_cast"]
    assert rate.values == pytest.approx(0.1, abs=6 * np.sqrt(2 * 0.09 / 1e6))
    sums = result["runoff_votes"].sum("option") + result["runoff_invalid_ballots"]
    assert (sums == result["runoff_ballots_cast"]).all()


def test_where_neither_finalist_has_voters_the_rest_splits_in_halves() -> None:
    table = [
        {"region": "one", "a": 0.5, "b": 0.5, "c": 0.0},
        {"region": "two", "a": 0.0, "b": 0.0, "c": 1.0},
    ]
    result = run({}, voters={"baseline": table}, electorate={"regions": {"one": 700_000, "two": 300_000}})
    assert share(result, "a") == pytest.approx(0.5, abs=6 * np.sqrt(0.25 / 1e6))
    away = run(
        {"transfers": {"c": {"abstain": 1.0}}},
        voters={"baseline": table},
        electorate={"regions": {"one": 700_000, "two": 300_000}},
    )
    assert (away["runoff_ballots_cast"] == 700_000).all()


def test_shares_that_sum_to_one_but_for_rounding() -> None:
    rows = {"c": {"a": 0.7, "b": 0.2, "abstain": 0.1}}
    table = [{"region": r, "a": 0.5 * z, "b": 0.5 * z, "c": 1 - z} for r, z in (("one", 0.98), ("two", 0.0))]
    assert np.isfinite(share(run({"transfers": rows}, voters={"baseline": table}), "a")).all()


def test_no_second_round_where_the_first_decides() -> None:
    result = run({}, voters={"baseline": {"a": 0.6, "b": 0.2, "c": 0.2}})
    assert (result["runoff"] == 0).all()
    assert int(result["runoff_votes"].sum() + result["runoff_ballots_cast"].sum()) == 0

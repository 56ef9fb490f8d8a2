"""What holds for every election, on generated plain scenarios; `test_every_model` has what holds for every part."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from comparisons import run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import scenarios

quick = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@quick
@given(scenarios())
def test_the_winner_can_win_and_nobody_votes_for_a_share_of_zero(scenario: dict[str, Any]) -> None:
    result = run(scenario)
    kinds = result["option_kind"].values.astype(str)
    winner = result["winner"].values
    assert not (kinds[winner[winner >= 0]] == "against_all").any()
    told = scenario["turnout"]["terms"].get("mobilisation", {}).get("vote", {})
    for option, share in scenario["voters"]["baseline"].items():
        if share == 0 and option not in told:
            assert int(result["votes"].sel(option=option).sum()) == 0


@quick
@given(scenarios())
def test_an_option_without_voters_changes_nothing(scenario: dict[str, Any]) -> None:
    """Not even a bit: its luck is its own."""
    other = copy.deepcopy(scenario)
    for name in ("aaa", "zzz"):
        other["ballot"]["options"][name] = {"kind": "against_all"}
        other["voters"]["baseline"][name] = 0.0
    a, b = run(scenario), run(other)
    assert (b["votes"].sel(option=["aaa", "zzz"]) == 0).all()
    for name in ("registered", "ballots_cast", "invalid_ballots"):
        assert np.array_equal(a[name], b[name])
    assert np.array_equal(a["votes"], b["votes"].sel(option=a["option"].values))


@quick
@given(scenarios(), st.sampled_from([0.0, 1.0]))
def test_certain_turnout(scenario: dict[str, Any], turnout: float) -> None:
    scenario["turnout"]["baseline"] = turnout
    scenario["turnout"].pop("terms")
    result = run(scenario)
    assert (result["ballots_cast"] == turnout * result["registered"]).all()
    if turnout == 0:
        assert (result["winner"] == -1).all()


@quick
@given(scenarios())
def test_extreme_swings_stay_counts(scenario: dict[str, Any]) -> None:
    for section in (scenario["voters"], scenario["turnout"]):
        section["swing"].update(national=20.0, regional=20.0, tails=2.01)
    result = run(scenario)
    for name in result.data_vars:
        assert np.isfinite(result[name].values).all()
    assert (result["votes"].sum("option") + result["invalid_ballots"] == result["ballots_cast"]).all()


@quick
@given(scenarios(largest=2**31 - 1))
def test_the_largest_electorates_do_not_overflow(scenario: dict[str, Any]) -> None:
    rows = scenario["electorate"]["regions"]
    for row in rows:
        row.pop("registered_sd", None)
        row["registered"] //= len(rows)
        row["stations"] = 1
    rows[0]["registered"] = max(rows[0]["registered"], 1)
    result = run(scenario)
    assert int(result["votes"].min()) >= 0
    assert (result["votes"].sum("option") + result["invalid_ballots"] == result["ballots_cast"]).all()


@quick
@given(scenarios())
def test_luck_stays_put(scenario: dict[str, Any]) -> None:
    """What is put into one part leaves the luck of the others as it was."""
    plain = run(scenario)
    regions = [row["region"] for row in scenario["electorate"]["regions"]]
    invalid = copy.deepcopy(scenario)
    invalid["ballot"]["invalid"] = {"share": 0.3, "swing": {"national": 1.0, "regional": 0.4, "tails": 3}}
    changed = run(invalid)
    assert np.array_equal(plain["ballots_cast"], changed["ballots_cast"])
    assert np.array_equal(plain["registered"], changed["registered"])
    voters = copy.deepcopy(scenario)
    voters["turnout"]["swing"].pop("with_vote", None)
    # These ask for whom people would vote.
    for name in ("alienation", "indifference", "boycott", "contagion"):
        voters["turnout"]["terms"].pop(name, None)
    before = run(voters)
    voters["voters"]["swing"] |= {"blocks": {"new": {"regions": regions[:1], "sd": 1.5}}, "tails": 5}
    after = run(voters)
    for name in ("registered", "ballots_cast", "invalid_ballots"):
        assert np.array_equal(before[name], after[name])
    turnout = copy.deepcopy(scenario)
    turnout["turnout"]["swing"]["blocks"] = {"new": {"regions": regions[:1], "sd": 1.5}}
    if len(regions) > 1:
        assert np.array_equal(
            plain["ballots_cast"].isel(region=slice(1, None)), run(turnout)["ballots_cast"].isel(region=slice(1, None))
        )
        assert np.array_equal(
            plain["votes"].isel(region=slice(1, None)), run(turnout)["votes"].isel(region=slice(1, None))
        )


def test_a_larger_swing_moves_each_draw_further() -> None:
    """Common random numbers: in every draw the share is further from its baseline, on the same side."""

    def shares(national: float) -> np.ndarray:
        result = run(
            {
                "title": "paired",
                "electorate": {"regions": {"only": 20_000_000}},
                "ballot": {"options": {"a": None, "b": None}},
                "voters": {"baseline": {"a": 0.6, "b": 0.4}, "swing": {"national": {"a": national, "b": 0.0}}},
                "turnout": {"baseline": 1.0},
                "rules": {"it": {"model": "plurality"}},
            },
            draws=2_000,
        )
        votes = result["votes"].values[:, 0]
        return votes[:, 0] / votes.sum(axis=1)

    small, middle, large = (shares(sd) for sd in (0.1, 0.11, 0.3))
    far = np.abs(small - 0.6) > 0.01
    assert far.mean() > 0.5
    for a, b in ((small, middle), (middle, large)):
        assert (np.sign(b - a)[far] == np.sign(a - 0.6)[far]).all()
    assert np.corrcoef(small, middle)[0, 1] > 0.999
    # Paired differences: their variance is a small part of that of independent runs.
    assert (middle - small).var() < 0.02 * 2 * small.var()


@pytest.mark.parametrize("stations", [False, True])
def test_a_region_more_changes_no_other_region(stations: bool) -> None:
    """A world with one more region has the same counts in all the others."""
    rows = [{"region": r, "registered": 1_000, "registered_sd": 0.1, "stations": 2} for r in ("p", "q", "aa")]
    swing = {"national": 0.2, "regional": 0.3, "tails": 5}

    def world(some: list[dict[str, Any]]) -> Any:
        return run(
            {
                "title": "regions",
                "electorate": {"regions": some, **({"stations": {}} if stations else {})},
                "ballot": {"options": {"a": None, "b": None}, "invalid": 0.1},
                "voters": {"baseline": {"a": 0.6, "b": 0.4}, "swing": swing},
                "turnout": {"baseline": 0.5, "swing": swing},
                "rules": {"it": {"model": "plurality"}},
            }
        )

    few, more = world(rows[:2]), world(rows)
    for name in ("registered", "ballots_cast", "invalid_ballots", "votes"):
        assert np.array_equal(few[name], more[name].isel(region=slice(2)))

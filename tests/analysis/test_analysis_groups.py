"""Breakdowns by group against sums by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import sim
from sim.analysis.groups import group_counts, traits_of
from sim.errors import ResultError


@pytest.fixture(scope="module")
def result() -> Any:
    scenario = {
        "title": "groups",
        "electorate": {
            "model": "cells",
            "regions": {"p": 600, "q": 400},
            "traits": {"age": {"young": 0.4, "old": 0.6}, "sex": {"f": 0.5, "m": 0.5}},
        },
        "ballot": {"options": {"a": None, "b": None}, "invalid": 0.1},
        "voters": {"baseline": [{"group": "young", "a": 0.2, "b": 0.8}, {"group": "old", "a": 0.7, "b": 0.3}]},
        "turnout": {"baseline": {"young": 0.4, "old": 0.8}},
        "rules": {"it": {"model": "plurality"}},
    }
    return sim.run(sim.loads(json.dumps(scenario)), draws=400, seed=4)


def test_traits_are_summed(result: Any) -> None:
    assert traits_of(result) == ("age", "sex")
    ages = group_counts(result, "age")
    assert list(ages["age"].values) == ["young", "old"]
    votes = result["group_votes"].values
    assert np.array_equal(ages["votes"].values, np.stack([votes[:, :2].sum(1), votes[:, 2:].sum(1)], axis=1))
    assert ages["registered"].values.tolist() == [400, 600]
    assert np.array_equal(group_counts(result)["votes"].values, votes)


def test_a_summary_by_trait(result: Any) -> None:
    s = sim.summary(result, by=("age", "group"))
    ballots = result["group_ballots_cast"].values[:, :2].sum(1)
    assert float(s["age_turnout"].sel(statistic="mean", age="young")) == pytest.approx((ballots / 400).mean())
    votes = result["group_votes"].values[:, 2:].sum(1)
    share = votes[:, 0] / votes.sum(1)
    cell = s["age_vote_share"].sel(age="old", option="a")
    assert float(cell.sel(statistic="mean")) == pytest.approx(share.mean())
    assert float(cell.sel(statistic="sd")) == pytest.approx(share.std(ddof=1))
    assert s["group_turnout"].sizes == {"statistic": 7, "group": 4}
    assert "Turnout by age" in str(s)
    assert "young/f" in str(s)
    assert "vote_share" not in s


def test_by_default_every_trait_is_told(result: Any) -> None:
    assert {"age_turnout", "sex_turnout", "region_turnout", "turnout"} <= set(sim.summary(result).data_vars)


def test_what_a_result_does_not_have(result: Any) -> None:
    with pytest.raises(ResultError, match="expected 'nation', 'region', 'group', 'age' or 'sex'"):
        sim.summary(result, by="town")
    with pytest.raises(ResultError, match="a trait of the groups: age, sex"):
        group_counts(result, "town")
    plain = result.drop_dims("group")
    with pytest.raises(ResultError, match="no groups"):
        group_counts(plain)
    with pytest.raises(ResultError, match="by='group': expected 'nation' or 'region'"):
        sim.summary(plain, by="group")

"""Fitting a scenario whose shares differ by group of voters."""

from __future__ import annotations

import json
from typing import Any

import pytest

import sim

SCENARIO: dict[str, Any] = {
    "title": "groups",
    "electorate": {
        "model": "cells",
        "regions": {"p": 60_000, "q": 40_000},
        "traits": {"age": {"young": 0.4, "old": 0.6}, "sex": {"f": 0.5, "m": 0.5}},
    },
    "ballot": {"options": {"a": None, "b": None, "c": None}},
    "voters": {
        "baseline": [
            {"group": "default", "a": 0.5, "b": 0.3, "c": 0.2},
            {"group": "young", "a": 0.2, "b": 0.5, "c": 0.3},
            {"group": "q/old/f", "a": 0.7, "b": 0.2, "c": 0.1},
        ],
        "swing": {"national": 0.2, "regional": 0.1},
    },
    "turnout": {"baseline": {"default": 0.6, "old": 0.8, "p": 0.5, "p/old": 0.7}, "swing": {"national": 0.2}},
    "rules": {"it": {"model": "plurality"}},
}


@pytest.mark.parametrize(
    "targets",
    [
        [{"variable": "turnout", "value": 0.62}, {"variable": "vote_share", "option": "a", "value": 0.45}],
        [
            {"variable": "turnout", "region": "p", "value": 0.55},
            {"variable": "turnout", "region": "q", "value": 0.81},
            *(
                {"variable": "vote_share", "region": "q", "option": o, "value": v}
                for o, v in zip("abc", (0.4, 0.4, 0.2))
            ),
        ],
    ],
)
def test_targets_are_met_and_groups_keep_their_distance(targets: list[dict[str, Any]]) -> None:
    before = sim.loads(json.dumps(SCENARIO))
    fit = sim.fit(before, targets, tolerance=1e-3, seed=2)
    result = sim.run(fit.scenario, draws=20_000, seed=3)
    votes, ballots = result["votes"], result["ballots_cast"]
    for target in targets:
        region = [target["region"]] if "region" in target else ["p", "q"]
        came, chose = (x.sel(region=region).sum("region") for x in (ballots, votes))
        if target["variable"] == "turnout":
            found = came / result["registered"].sel(region=region).sum()
        else:
            found = chose.sel(option=target["option"]) / chose.sum("option")
        error = float(found.std()) / 20_000**0.5
        assert abs(float(found.mean()) - target["value"]) < 1e-3 + 5 * error, target
    again = sim.run(before, draws=20_000, seed=3)
    for one in (result, again):
        young = one["group_votes"].sel(group=["young/f", "young/m"]).sum("group").mean("draw")
        assert float(young.sel(option="b") / young.sel(option="a")) > 1.5

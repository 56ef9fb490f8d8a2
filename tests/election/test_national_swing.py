"""Uniform and proportional swing where the outcome is known by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import sim
from sim.election.state import Block, Workspace
from sim.engine.plan import make_plan

BEFORE, AFTER = {"a": 0.5, "b": 0.4, "c": 0.1}, {"a": 0.45, "b": 0.4, "c": 0.15}
TABLE = [
    {"region": "x", "a": 0.6, "b": 0.35, "c": 0.05},
    {"region": "y", "a": 0.36, "b": 0.46, "c": 0.18},
    {"region": "z", "a": 0.03, "b": 0.9, "c": 0.07},
]


def shares(**voters: Any) -> np.ndarray:
    """Shares (option, region) of one draw."""
    body = {"model": "national_swing", "baseline": TABLE, "before": BEFORE, "after": AFTER, **voters}
    scenario = sim.loads(
        json.dumps(
            {
                "title": "swing",
                "electorate": {"regions": {"x": 100, "y": 200, "z": 50}},
                "ballot": {"options": {"a": None, "b": None, "c": None}},
                "voters": body,
                "turnout": {"baseline": 0.5},
                "rules": {"it": {"model": "plurality"}},
            }
        )
    )
    plan = make_plan(scenario, 1, 1)
    block = plan.run_block(Block(plan.world, plan.chance, 0, 1, Workspace()))
    weights = np.exp(block.support[:, 0].astype(float))
    return weights / weights.sum(axis=0)


def test_uniform_adds_points() -> None:
    got = shares()
    assert got[:, 0] == pytest.approx([0.55, 0.35, 0.10], abs=1e-6)
    assert got[:, 1] == pytest.approx([0.31, 0.46, 0.23], abs=1e-6)
    # Nobody has less than nothing; the rest is scaled to one.
    assert got[:, 2] == pytest.approx(np.array([0, 0.9, 0.12]) / 1.02, abs=1e-6)


def test_uniform_keeps_the_nation() -> None:
    table = [row for row in TABLE if row["region"] != "z"]
    weights = np.array([0.4, 0.6])
    before = {o: float(weights @ [row[o] for row in table]) for o in "abc"}
    after = {"a": before["a"] - 0.04, "b": before["b"] + 0.01, "c": before["c"] + 0.03}
    rows = [*table, {**table[0], "region": "z"}]
    got = shares(baseline=rows, before=before, after=after)[:, :2] @ weights
    assert got == pytest.approx([after[o] for o in "abc"], abs=1e-6)


def test_proportional_shifts_log_odds_alike() -> None:
    got = shares(method="proportional")
    old = np.array([[row[o] for row in TABLE] for o in "abc"])
    shift = np.log(got / got[1]) - np.log(old / old[1])
    expected = np.log([0.45 / 0.5, 1, 0.15 / 0.1])
    assert shift == pytest.approx(np.repeat(expected[:, None], 3, axis=1), abs=1e-5)


def test_no_change_leaves_the_baseline() -> None:
    for method in ("uniform", "proportional"):
        got = shares(method=method, after=BEFORE)
        assert got == pytest.approx(np.array([[row[o] for row in TABLE] for o in "abc"]), abs=1e-6)

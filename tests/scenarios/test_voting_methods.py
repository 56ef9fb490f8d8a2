"""The scenario of twelve rules: what its README says, and every rule against its definition on the same ballots."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.election.state import Block, Workspace
from sim.engine.plan import make_plan

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
from ballot_rules import RULES, positional

FOLDER = Path(__file__).parents[2] / "scenarios" / "voting-methods"
NAMES = {
    "plurality": "plurality",
    "two rounds": "two_round",
    "instant runoff": "instant_runoff",
    "approval (above the ballot's mean)": "approval",
    "Bucklin": "bucklin",
    "score": "score",
    "Borda": "borda",
    "Coombs": "coombs",
    "STAR": "star",
    "Copeland": "copeland",
    "ranked pairs, Schulze": "schulze",
}


@cache
def whole() -> Any:
    return sim.run(sim.load(FOLDER / "baseline.yaml"))


def shares(result: Any, rule: str) -> tuple[float, float, float]:
    best, winner = result["condorcet_winner"].values, result[f"winner_{rule}"].values
    some = best >= 0
    return (
        float((winner[some] == best[some]).mean()),
        float((winner == result["winner_score"].values).mean()),
        float(result[f"tied_{rule}"].values.mean()),
    )


def test_there_are_twelve_rules() -> None:
    assert len(sim.load(FOLDER / "baseline.yaml").rules) == 12


def test_the_ballots_are_decided_by_the_definitions() -> None:
    scenario = sim.load(FOLDER / "baseline.yaml")
    plan = make_plan(scenario, 6, 12)
    block = plan.run_block(Block(plan.world, plan.chance, 0, 6, Workspace()))
    key = [0.0] * 7
    for d in range(6):
        ranked = [(row, 1) for row in block.rankings.ranks[d].tolist()]
        scored = [(row, 1) for row in block.scores.scores[d].tolist()]
        for name, rule in scenario.rules.items():
            if name == "two_round":
                continue
            outputs = block.contests[name].outputs
            profile = scored if getattr(rule, "reads", "") == "scores" else ranked
            if name == "plurality":
                expected, tied = positional(profile, key, [1])
            else:
                expected, tied = RULES[name](profile, key, **({"at_least": "mean"} if name == "approval" else {}))
            assert tied or (outputs["winner"][d], bool(outputs["tied"][d])) == (expected, False), name


def test_what_holds_in_every_draw() -> None:
    result = sim.run(sim.load(FOLDER / "baseline.yaml"), draws=300)
    best = result["condorcet_winner"].values
    some = best >= 0
    for rule in ("copeland", "ranked_pairs", "schulze"):
        assert np.array_equal(result[f"winner_{rule}"].values[some], best[some])
    efficiency = [shares(result, rule)[0] for rule in ("plurality", "two_round", "instant_runoff", "borda", "coombs")]
    assert efficiency == sorted(efficiency)


@pytest.mark.slow
def test_the_readme_says_what_comes_out() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+?) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", text, re.M)
    assert [row[0] for row in rows] == list(NAMES)
    for label, *figures in rows:
        found = shares(whole(), NAMES[label])
        assert [abs(100 * a - float(b)) < 0.06 for a, b in zip(found, figures)] == [True] * 3, label
    best = whole()["condorcet_winner"].values
    assert abs(100 * (best >= 0).mean() - 99.7) < 0.06
    winners = np.stack([whole()[f"winner_{rule}"].values for rule in sim.load(FOLDER / "baseline.yaml").rules])
    distinct = np.array([len(set(column)) for column in winners.T.tolist()])
    assert [round(100 * float((distinct == n).mean())) for n in (1, 2, 3)] == [15, 43, 33]

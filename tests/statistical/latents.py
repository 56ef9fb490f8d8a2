"""Log-odds before any counting: what the voter and turnout models make of a scenario."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

import sim
from sim.election.state import Block, Workspace
from sim.engine.plan import make_plan

#: Largest difference in standard errors; two-sided probability of a false alarm 6e-7 per figure, < 2e-4 in all.
LARGEST = 5.0


def latents(draws: int = 200_000, seed: int = 5, **sections: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return support (option, draw, unit) and turnout (draw, unit), options and regions in the order of ids."""
    scenario = {
        "title": "latents",
        "electorate": {"regions": {"p": 1_000, "q": 1_000}},
        "ballot": {"options": {"a": None, "b": None}},
        "voters": {"baseline": {"a": 0.5, "b": 0.5}},
        "turnout": {"baseline": 0.5},
        "rules": {"it": {"model": "plurality"}},
        **sections,
    }
    plan = make_plan(sim.loads(json.dumps(scenario)), draws, seed)
    block = Block(plan.world, plan.chance, 0, draws, Workspace())
    for step in plan.steps:
        if step.stage in ("electorate", "voters", "turnout") and "~" not in step.label:
            step.run(block)
    return block.support.astype(float).copy(), block.turnout.astype(float).copy()


def mean_is(x: np.ndarray, expected: float) -> bool:
    return bool(abs(x.mean() - expected) < LARGEST * x.std() / np.sqrt(len(x)))


def sd_is(x: np.ndarray, expected: float) -> bool:
    """The standard error of a standard deviation from its influence function, so that tails are allowed for."""
    influence = (x - x.mean()) ** 2 / (2 * x.std())
    return bool(abs(x.std() - expected) < LARGEST * influence.std() / np.sqrt(len(x)))


def correlation_is(x: np.ndarray, y: np.ndarray, expected: float) -> bool:
    u, v = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    r = (u * v).mean()
    influence = u * v - r * (u**2 + v**2) / 2
    return bool(abs(r - expected) < LARGEST * influence.std() / np.sqrt(len(x)) + 1e-9)

"""Small scenarios with ranked ballots in which everybody comes."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np

import sim


def scenario(voters: dict[str, Any], options: str = "abc", **more: Any) -> dict[str, Any]:
    return {
        "title": "rankings",
        "electorate": {"regions": {"all": 25}},
        "ballot": {"model": "ranked", "options": dict.fromkeys(options)},
        "voters": voters,
        "turnout": {"model": "fixed", "baseline": 1.0},
        "rules": {"it": {"model": "plurality"}},
        **more,
    }


def run(voters: dict[str, Any], options: str = "abc", draws: int = 100_000, seed: int = 5, **more: Any) -> Any:
    return sim.run(sim.loads(json.dumps(scenario(voters, options, **more))), draws=draws, seed=seed)


def voters_of(n: int) -> dict[str, Any]:
    """An electorate of n voters in two regions."""
    return {"regions": {"east": n // 2, "west": n - n // 2}}


def orders(options: str) -> list[str]:
    return [">".join(order) for order in itertools.permutations(options)]


def within(values: np.ndarray, expected: float, errors: float = 4.0) -> bool:
    """Whether the mean of independent values is as expected, in Monte Carlo standard errors."""
    spread = values.std() / np.sqrt(len(values))
    return bool(abs(values.mean() - expected) <= errors * spread + 1e-12)

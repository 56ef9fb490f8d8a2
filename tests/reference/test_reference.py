"""`sim.run` against the reference simulator, in distribution.

40,000 draws of each; `comparison` says what is compared and with which tolerance.
"""

from __future__ import annotations

import copy
import functools
import json
from pathlib import Path
from typing import Any

import comparison
import numpy as np
import pytest
from fields_of_parts import COMPARED_ELSEWHERE, DESCRIPTIVE, REFUSED, field_paths
from grid import GRID, MOVES
from simulator import Outcome, simulate

import sim

DRAWS = 40_000


@functools.cache
def run(name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    scenario = sim.loads(json.dumps(GRID[name]))
    return scenario.resolved(), comparison.features(sim.run(scenario, draws=DRAWS, seed=20_221_120))


@functools.cache
def reference(name: str) -> Outcome:
    return simulate(run(name)[0], DRAWS, 7)


def different(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> str:
    found = comparison.differences(a, b)
    assert found
    size, what = found[0]
    return "" if size <= comparison.limit(len(found)) else f"{what}: {size:.1f} standard errors"


def moved(plain: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    out = copy.deepcopy(plain)
    *way, last = path.split(".")
    place: Any = out
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    assert place[last] != value
    place[last] = value
    return out


@pytest.mark.parametrize("name", GRID)
def test_same_distribution(name: str) -> None:
    assert different(run(name)[1], comparison.features(reference(name))) == ""


def _moves() -> list[Any]:
    """One move in four always, the others in the full run."""
    slow = (pytest.mark.slow,)
    return [pytest.param(*m, id=f"{m[0]}-{m[1]}-{i}", marks=slow if i % 4 else ()) for i, m in enumerate(MOVES)]


@pytest.mark.parametrize("name, path, value", _moves())
def test_a_small_move_of_the_reference_is_seen(name: str, path: str, value: Any) -> None:
    plain, features = run(name)
    assert different(features, comparison.features(simulate(moved(plain, path, value), DRAWS, 7)))


def test_every_parameter_is_moved() -> None:
    paths = {_without_names(path) for _, path, _ in MOVES}
    missing = [path for path in field_paths() if not any(_covers(path, seen) for seen in paths)]
    tests = Path(__file__).parents[1]
    for name in COMPARED_ELSEWHERE.values():
        assert (tests / name).is_file()
    missing = [path for path in missing if not path.startswith(tuple(COMPARED_ELSEWHERE))]
    assert [path for path in missing if path not in DESCRIPTIVE and path not in REFUSED] == []


def _without_names(path: str) -> str:
    return ".".join("*" if step.isdigit() else step for step in path.split("."))


def _covers(path: str, seen: str) -> bool:
    """Whether a move changed this field or something within it or the mapping that holds it."""
    _, *steps = path.split("/")
    section = path.split(":")[0]
    named = seen.split(".")
    if named[0] != section:
        return False
    return [s for s in named[1:] if s in steps][-1:] == steps[-1:] or (
        "blocks" in steps and seen.endswith("blocks") and section == named[0]
    )


def test_one_run_twice_agrees_and_the_helper_counts() -> None:
    features = run("no swing")[1]
    found = comparison.differences(features, features)
    assert len(found) > 20
    assert max(size for size, _ in found) == 0.0

"""Positions of voters against the laws they are said to have."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

import sim
from sim.election.electorate.individuals import Individuals
from sim.election.state import Block, Workspace
from sim.election.world import World
from sim.random import Chance

REGIONS = {"p": 3_000, "q": 2_000}


def positions(space: dict[str, Any], draws: int = 20, **electorate: Any) -> tuple[np.ndarray, World]:
    """Positions (dimension, draw, voter) and the world."""
    part = Individuals.model_validate({"regions": REGIONS, "space": space, **electorate})
    ballot = sim.loads(
        json.dumps(
            {
                "title": "t",
                "electorate": {"regions": REGIONS},
                "ballot": {"options": {"a": None}},
                "voters": {"baseline": {"a": 1}},
                "turnout": {"baseline": 1},
                "rules": {"it": {"model": "plurality"}},
            }
        )
    ).sections["ballot"]
    world = World.of(part, ballot)
    assert list(part.check(world)) == []
    block = Block(world, Chance(5), 0, draws, Workspace())
    part.prepare(world)(block)
    return block.positions, world


def test_a_mixture() -> None:
    space = {
        "dimensions": ["x", "y"],
        "mixture": [
            {
                "weight": {"default": 1, "young": 3},
                "mean": {"x": 0.0, "y": {"default": 1.0, "q": -1.0}},
                "sd": {"x": 1.0, "y": 0.5},
                "correlation": {"x": {"y": 0.6}},
            },
            {"weight": 1, "mean": {"x": 10.0, "y": 0.0}, "sd": {"x": 0.1, "y": 0.1}},
        ],
    }
    z, world = positions(space, traits={"age": {"young": 0.4, "old": 0.6}})
    assert z.shape == (2, 20, 5_000)
    young = np.array([world.groups[s % 2].id == "young" for s in world.cell_stratum])
    south = np.array([world.regions[s // 2] == "q" for s in world.cell_stratum])
    assert young.sum() == 2_000
    first = z[0] < 7
    for inside, share in ((young, 0.75), (~young, 0.5)):
        n = first[:, inside].size
        assert abs(first[:, inside].mean() - share) < 5 * np.sqrt(share * (1 - share) / n)
    for inside, mean in ((south, -1.0), (~south, 1.0)):
        x, y = (z[d][:, inside][first[:, inside]].astype(float) for d in (0, 1))
        assert stats.kstest(x, "norm").pvalue > 1e-6
        assert stats.kstest((y - mean) / 0.5, "norm").pvalue > 1e-6
        assert abs(np.corrcoef(x, y)[0, 1] - 0.6) < 5 * (1 - 0.36) / np.sqrt(x.size)


def test_uniform() -> None:
    z, _ = positions({"dimensions": ["x", "y"], "uniform": {"x": [-1, 1], "y": [2, 6]}})
    assert stats.kstest(z[0].ravel().astype(float), stats.uniform(-1, 2).cdf).pvalue > 1e-6
    assert stats.kstest(z[1].ravel().astype(float), stats.uniform(2, 4).cdf).pvalue > 1e-6
    assert abs(np.corrcoef(z[0].ravel(), z[1].ravel())[0, 1]) < 5 / np.sqrt(z[0].size)


def test_a_ball_and_its_surface() -> None:
    z, _ = positions({"dimensions": ["x", "y", "z"], "sphere": {"radius": 2}})
    radius = np.sqrt((z.astype(float) ** 2).sum(axis=0)).ravel()
    assert stats.kstest((radius / 2) ** 3, "uniform").pvalue > 1e-6
    z, _ = positions({"dimensions": ["x", "y", "z"], "sphere": {"radius": 2, "surface": True}})
    assert np.allclose((z.astype(float) ** 2).sum(axis=0), 4.0, atol=1e-5)
    # Archimedes: each coordinate of a point on a sphere is uniform.
    assert stats.kstest(z[0].ravel().astype(float), stats.uniform(-2, 4).cdf).pvalue > 1e-6


def test_respondents_by_weight_and_region() -> None:
    rows = [
        {"region": "p", "x": 1.0, "weight": 3.0},
        {"region": "p", "x": 2.0, "weight": 1.0},
        {"region": "p", "x": 9.0, "weight": 0.0},
        {"region": "q", "x": 5.0, "weight": 0.2},
    ]
    z, world = positions({"dimensions": ["x"], "respondents": rows})
    at = np.array([world.regions[s] for s in world.cell_stratum])
    assert (z[0][:, at == "q"] == 5).all()
    x = z[0][:, at == "p"]
    assert set(np.unique(x)) == {1.0, 2.0}
    assert abs((x == 1).mean() - 0.75) < 5 * np.sqrt(0.75 * 0.25 / x.size)


def test_fixed_positions_are_the_same_in_every_block() -> None:
    space = {"dimensions": ["x"], "uniform": {"x": [0, 1]}, "fixed": True}
    z, _ = positions(space)
    assert z.shape == (1, 1, 5_000)
    assert special.kolmogorov(stats.kstest(z[0, 0].astype(float), "uniform").statistic * np.sqrt(5_000)) > 1e-6


@pytest.mark.parametrize(
    "space, words",
    [
        ({"dimensions": ["x"]}, "expected exactly one of mixture, uniform, sphere, respondents; found none"),
        ({"dimensions": ["x"], "uniform": {"x": [0, 1]}, "sphere": {"radius": 1}}, "found uniform and sphere"),
        ({"dimensions": ["x", "x"], "sphere": {"radius": 1}}, "named twice"),
        ({"dimensions": ["x"], "uniform": {"x": [1, 1]}}, "low < high"),
        ({"dimensions": ["x", "y"], "uniform": {"x": [0, 1], "why": [0, 1]}}, "no dimension 'why'"),
        ({"dimensions": ["x", "y"], "uniform": {"x": [0, 1]}}, "nothing for the dimension y"),
        ({"dimensions": ["x"], "respondents": [{"y": 1}]}, "no column 'x'"),
        ({"dimensions": ["x"], "respondents": [{"x": 1, "weight": 0}]}, "weights of all respondents"),
        ({"dimensions": ["x"], "respondents": [{"x": 1, "weight": -1}]}, "respondents.0.weight"),
        ({"dimensions": ["x"], "respondents": [{"x": 1, "region": "r"}]}, "no region 'r'"),
        ({"dimensions": ["x"], "mixture": [{"mean": {}, "sd": {"x": 1}}]}, "mean.*nothing for the dimension x"),
        ({"dimensions": ["x"], "mixture": [{"weight": 0, "mean": {"x": 0}, "sd": {"x": 1}}]}, "every weight is 0"),
        ({"dimensions": ["x"], "mixture": [{"weight": {"p": 1}, "mean": {"x": 0}, "sd": {"x": 1}}]}, "no value for"),
        ({"dimensions": ["x"], "mixture": [{"mean": {"x": {"r": 0}}, "sd": {"x": 1}}]}, "no region 'r'"),
        (
            {"dimensions": ["x"], "fixed": True, "mixture": [{"mean": {"x": {"normal": [0, 1]}}, "sd": {"x": 1}}]},
            "positions that stay",
        ),
    ],
)
def test_refused(space: dict[str, Any], words: str) -> None:
    import re

    part = Individuals.model_validate({"regions": REGIONS, "space": space})
    world = World.of(part, _Ballot())
    found = [f"{path}: {message}" for path, message in part.check(world)]
    assert any(re.search(words, one) for one in found), found


def _mixture(correlation: dict[str, Any]) -> dict[str, Any]:
    every = dict.fromkeys("xyz", 1.0)
    return {"dimensions": list("xyz"), "mixture": [{"mean": every, "sd": every, "correlation": correlation}]}


@pytest.mark.parametrize(
    "correlation, words",
    [
        ({"x": {"w": 0.5}}, "expected two different dimensions"),
        ({"x": {"x": 0.5}}, "expected two different dimensions"),
        ({"x": {"y": 1.5}}, "expected a correlation in"),
        ({"x": {"y": 0.9, "z": 0.9}, "y": {"z": -0.9}}, "no such correlations exist together: see the pair"),
    ],
)
def test_correlations_refused(correlation: dict[str, Any], words: str) -> None:
    test_refused(_mixture(correlation), words)


class _Ballot:
    def choices(self) -> tuple[()]:
        return ()

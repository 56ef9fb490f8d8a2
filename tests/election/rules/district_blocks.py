"""Blocks with given votes by district, on which a rule can be run alone, as on real counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.election.part import part
from sim.election.rules.rule import Rule, Steps
from sim.election.state import Block, Workspace
from sim.election.world import Layout, Option, World
from sim.random import Chance


def world_of(kinds: dict[str, str], regions: tuple[str, ...], districts: dict[str, str] | None = None) -> World:
    """A world with these options (id → kind, in the order of the paper), regions, and the districts they lie in."""
    layout = Layout(regions, {r: r for r in regions}, districts=districts or {})
    return World(layout, tuple(Option(key, key, kind) for key, kind in kinds.items()))


def block_of(
    world: World,
    votes: np.ndarray,
    invalid: np.ndarray | None = None,
    registered: np.ndarray | None = None,
    seed: int = 1,
    first: int = 0,
) -> Block:
    """A block with votes (draw, region in the order of the file, option in the order of the paper), any size."""
    draws = len(votes)
    held = np.zeros((world.n_options, draws, world.n_regions), np.int64)
    for r, region in enumerate(world.region_order):
        held[world.option_order, :, region] = votes[:, r].T
    block = Block(world, Chance(seed), first, draws, Workspace())
    ballots = held.sum(axis=0)
    if invalid is not None:
        ballots[:, world.region_order] += invalid
    people = ballots.copy()
    if registered is not None:
        people[:, world.region_order] = registered

    def by_district(counts: np.ndarray) -> np.ndarray:
        out = np.zeros((*counts.shape[:-1], world.n_districts), np.int64)
        np.add.at(out, (..., world.region_district), counts)
        return out

    block.__dict__.update(
        region_votes=held,
        totals=held.sum(axis=2),
        total_ballots=ballots.sum(axis=1),
        total_registered=people.sum(axis=1),
        district_votes=by_district(held),
        district_ballots=by_district(ballots),
        district_registered=by_district(people),
    )
    return block


def decide(model: str, body: dict[str, Any], block: Block) -> dict[str, np.ndarray]:
    """Run a rule on a block; (draw, …, option), options and districts in the order of the file."""
    world = block.world
    made = part("rules", model).model_validate(body)
    assert list(made.check(world)) == []
    made.prepare(world)(block)
    assert set(block.outputs) == {variable.name for variable in made.used_outputs(world)}
    place = np.append(np.argsort(world.option_order), -1)
    out = {}
    for variable in made.used_outputs(world):
        value = np.asarray(block.outputs[variable.name])
        if variable.indexes == "option":
            value = place[value]
        if "option" in variable.dims:
            value = np.moveaxis(value[world.option_order], 0, -1)
        if "district" in variable.dims:
            value = value[:, world.district_order]
        out[variable.name] = value
    return out


def explained(model: str, body: dict[str, Any], block: Block, draw: int = 0) -> dict[str, Steps]:
    """The steps of a decision by title; every row is as long as the headings."""
    made = part("rules", model).model_validate(body)
    assert isinstance(made, Rule)
    steps = list(made.explain(block, draw))
    for step in steps:
        assert all(len(row) == len(step.columns) for row in step.rows), step.title
    return {step.title: step for step in steps}


def small_votes(rng: np.random.Generator, draws: int, regions: int, options: int, most: int = 4) -> np.ndarray:
    """Few votes, often equal, now and then none, multiplied up to 10⁷ in some draws."""
    votes = rng.integers(0, most + 1, (draws, regions, options))
    votes[rng.random(draws) < 0.02] = 0
    scale = np.where(rng.random(draws) < 0.2, 10**7, 1)
    return votes * scale[:, None, None]

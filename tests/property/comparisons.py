"""Comparisons of results: to the bit, in the chances given the same luck, and in law."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from scipy import special, stats

import sim
from sim.election.state import Block, Workspace
from sim.engine.plan import make_plan

DRAWS = 40
LAW_DRAWS = 250


def run(scenario: dict[str, Any], draws: int = DRAWS, seed: int = 17) -> Any:
    return sim.run(sim.loads(json.dumps(scenario)), draws=draws, seed=seed, threads=1)


def same(a: Any, b: Any) -> bool:
    """Whether all numbers are equal to the bit, places matched by name; what points to an option by whom it names."""
    if set(a.data_vars) != set(b.data_vars):
        return False
    for name in a.data_vars:
        x, y = a[name], b[name]
        points = "flag_values" in x.attrs
        for dim in set(x.dims) - {"draw"}:
            y = y.sel({dim: x[dim].values})
        x, y = x.values, y.transpose(*x.dims).values
        if points:
            x, y = (np.append(ds["option"].values, "nobody")[v] for ds, v in ((a, x), (b, y)))
        if not np.array_equal(x, y):
            return False
    return True


def named_alike(result: Any, scenario: dict[str, Any]) -> Any:
    """Return a result whose groups are named with their traits in the order of the scenario."""
    traits = scenario["electorate"].get("traits")
    if not traits:
        return result
    columns = [result[f"group_{trait}"].values.astype(str) for trait in traits]
    return result.assign_coords(group=["/".join(values) for values in zip(*columns)])


def assert_same_law(a: dict[str, Any], b: dict[str, Any], draws: int = LAW_DRAWS) -> None:
    """Sums over the nation agree: means within 5.5 standard errors, distributions by Kolmogorov and Smirnov.

    A false alarm has a probability of less than 1e-7 for each of the numbers, of which a draw has about ten.
    """
    one, two = run(a, draws), run(b, draws, seed=18)
    for name in one.data_vars:
        if name.startswith(("group_", "station_")) or "draw" not in one[name].dims or "flag_values" in one[name].attrs:
            continue
        x, y = (_nation(ds[name], ds["registered"]) for ds in (one, two))
        for u, v in zip(x.T, y.T):
            error = np.sqrt((u.var() + v.var()) / draws)
            assert abs(u.mean() - v.mean()) <= 5.5 * error + 1e-9, name
            assert stats.ks_2samp(u, v, method="asymp").pvalue > 1e-7, name


def _nation(values: Any, people: Any) -> Any:
    """Sums over regions, (draw, whatever else there is); of shares how many people they are."""
    if "region" in values.dims:
        if values.dtype.kind == "f":
            values = values * people
        values = values.sum("region")
    return values.transpose("draw", ...).values.reshape(values.sizes["draw"], -1).astype(float)


def assert_same_chances(a: dict[str, Any], b: dict[str, Any]) -> None:
    """With the same luck voters of a group and of its parts come, and vote, with the same probabilities in each draw.

    The counts are exact binomials and multinomials of these, so that the parts together have the law of the whole.
    Voters one by one have luck of their own, which cannot be the same.
    """
    if "individuals" in (a["electorate"]["model"], b["electorate"]["model"]):
        return
    (first, people), (second, _) = (_chances(scenario) for scenario in (a, b))
    for x, y in zip(first, second):
        whole = {key: _whole(key, set(x)) for key in y}
        assert set(whole.values()) == set(x)
        # Where nobody is, nobody has a chance.
        there = people[..., None] > 0
        apart = [(np.abs(x[name] - y[key]) * there).max(axis=(1, 2)) > 1e-4 for key, name in whole.items()]
        # A sum rounded otherwise may lead a sampler that rejects to another proposal.
        assert np.mean(apart) <= 2 / DRAWS


def _whole(key: str, known: set[str]) -> str:
    """The group to which a part belongs, by the keys of both."""
    if known == {""}:
        return ""
    plain = "/".join(word.rstrip("12") for word in key.split("/"))
    return key if key in known else plain


def _chances(scenario: dict[str, Any]) -> tuple[list[dict[str, Any]], Any]:
    """By group the probabilities of coming, of the options and of the orders in each draw: (draw, unit, …).

    And the people of the units, (draw, unit).
    """
    plan = make_plan(sim.loads(json.dumps(scenario)), DRAWS, 17)
    block = plan.run_block(Block(plan.world, plan.chance, 0, DRAWS, Workspace()))
    world = plan.world
    found = [special.expit(block.turnout.astype(float))[..., None]]
    found.append(np.moveaxis(special.softmax(block.support.astype(float), axis=0), 0, -1))
    if block.orders is not None:
        found.append(np.moveaxis(np.exp(block.orders.astype(float)), 0, -1))
    full = [np.broadcast_to(values, (DRAWS, world.n_cells, values.shape[-1])) for values in found]
    by_group = [{group.key: one[:, g :: world.n_groups] for g, group in enumerate(world.groups)} for one in full]
    return by_group, np.broadcast_to(block.by_unit(block.registered, "people"), (DRAWS, world.n_units))

"""Voters by group: the fitted table against closed forms, and that registers stay whole."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest

import sim
from sim.numeric.fitting import marginal, proportional_fit


def scenario(**electorate: Any) -> sim.Scenario:
    body = {
        "title": "cells",
        "electorate": {"model": "cells", "regions": {"p": 60_000, "q": 40_000}, **electorate},
        "ballot": {"options": {"a": None, "b": None}},
        "voters": {"baseline": {"a": 0.5, "b": 0.5}},
        "turnout": {"model": "fixed", "baseline": 1.0},
        "rules": {"it": {"model": "plurality"}},
    }
    return sim.loads(json.dumps(body))


def strata(made: sim.Scenario) -> np.ndarray:
    """Share of each group in each region, in the order of the file."""
    world = made.world
    shares = made.sections["electorate"].group_shares(world)
    return shares[world.region_order][:, world.group_order]


def test_margins_of_the_nation_make_a_product() -> None:
    made = scenario(traits={"age": {"young": 0.3, "old": 0.7}, "sex": {"f": 0.52, "m": 0.48}})
    product = np.outer([0.3, 0.7], [0.52, 0.48]).reshape(-1)
    assert np.allclose(strata(made), [product, product], atol=1e-11)
    assert [group.id for group in made.world.layout.groups] == ["young/f", "young/m", "old/f", "old/m"]


def test_a_margin_by_region_holds_in_each_region() -> None:
    rows = [{"region": "p", "town": 0.9, "village": 0.1}, {"region": "q", "town": 10_000, "village": 30_000}]
    made = scenario(traits={"place": rows, "sex": {"f": 0.5, "m": 0.5}})
    shares = strata(made).reshape(2, 2, 2)
    assert np.allclose(shares.sum(axis=2), [[0.9, 0.1], [0.25, 0.75]], atol=1e-11)
    assert np.allclose(shares[:, :, 0], shares[:, :, 1], atol=1e-11)


def test_a_joint_table_of_two_traits_is_kept_and_nothing_else_added() -> None:
    table = np.array([[0.25, 0.05], [0.30, 0.40]])
    rows = [
        {"age": age, "place": place, "people": table[i, j]}
        for i, age in enumerate(("young", "old"))
        for j, place in enumerate(("town", "village"))
    ]
    rows_by_region = [{"region": "p", "town": 0.75, "village": 0.25}, {"region": "q", "town": 0.25, "village": 0.75}]
    made = scenario(traits={"age": {"young": 0.3, "old": 0.7}, "place": rows_by_region}, joint={"both": rows})
    people = strata(made).reshape(2, 2, 2) * np.array([60_000, 40_000])[:, None, None]
    assert np.allclose(people.sum(axis=0) / 100_000, table, atol=1e-10)
    # Of the largest entropy: no association of region and age beyond that by place, so in each place the odds
    # of being young are the same in both regions.
    odds = people[:, 0] / people[:, 1]
    assert np.allclose(odds[0], odds[1], atol=1e-8)


def test_three_tables_of_two_traits_leave_no_interaction_of_three() -> None:
    rng = np.random.default_rng(3)
    wanted = rng.uniform(0.5, 2.0, (2, 3, 2))
    wanted /= wanted.sum()
    margins = [((a, b), marginal(wanted, (a, b))) for a, b in ((0, 1), (1, 2), (0, 2))]
    table, worst = proportional_fit(wanted.shape, margins, 1e-13)
    assert worst <= 1e-13
    for axes, sums in margins:
        assert np.allclose(marginal(table, axes), sums, atol=1e-12)
    ratio = np.log(table[0] / table[1])
    second = np.diff(np.diff(ratio, axis=0), axis=1)
    assert np.allclose(second, 0.0, atol=1e-9)
    assert not np.allclose(np.diff(np.diff(np.log(wanted[0] / wanted[1]), axis=0), axis=1), 0.0, atol=1e-3)


def test_sums_that_contradict_each_other_are_told() -> None:
    half = np.array([[0.5, 0.0], [0.0, 0.5]])
    margins = [((0, 1), half), ((1, 2), half), ((0, 2), 0.5 - half)]
    _, worst = proportional_fit((2, 2, 2), margins, 1e-9)
    assert worst > 0.1


@pytest.mark.parametrize("stations", [False, True])
def test_groups_of_a_region_add_up_to_its_register_in_every_draw(stations: bool) -> None:
    rows = [
        {"region": "p", "registered": 6_001, "registered_sd": 0.2, "stations": 3},
        {"region": "q", "registered": 17, "stations": 2},
    ]
    more = {"stations": {}} if stations else {}
    traits = {"age": {"young": 0.31, "old": 0.69}, "sex": {"f": 0.5, "m": 0.5}}
    result = sim.run(scenario(regions=rows, traits=traits, **more), draws=200, seed=1)
    assert (result["group_registered"].sum("group") == result["registered"].sum("region")).all()
    people = result["registered"].sum("region")
    wanted = np.outer([0.31, 0.69], [0.5, 0.5]).reshape(-1)[:, None] * people.values
    # Each cell is rounded by less than one.
    cells = 5 if stations else 2
    assert float(np.abs(result["group_registered"].transpose("group", "draw") - wanted).max()) <= 0.5 * cells + 1


def test_a_region_without_voters() -> None:
    made = scenario(regions={"p": 60_000, "q": 0}, traits={"age": {"young": 0.3, "old": 0.7}})
    result = sim.run(made, draws=10, seed=1)
    assert (result["ballots_cast"].sel(region="q") == 0).all()
    assert (result["group_registered"] == [18_000, 42_000]).all()


def test_the_order_of_traits_values_and_tables_moves_nobody() -> None:
    """Of many voters, whom a fit that goes round tables in another order would put elsewhere."""
    rng = np.random.default_rng(1)
    values = {"age": ("young", "middle", "old"), "sex": ("f", "m"), "place": ("town", "village", "farm")}
    registers = {"p": 400_000_000, "q": 123_456_789}
    moved = 0
    for _ in range(8):
        people = rng.uniform(0.05, 1.0, (3, 2, 3))
        people /= people.sum()
        traits = {
            trait: dict(zip(names, marginal(people, (i,)).tolist())) for i, (trait, names) in enumerate(values.items())
        }
        joint = {f"{a} by {b}": _rows(values, people, a, b) for a, b in itertools.combinations(values, 2)}
        turned = {trait: dict(reversed(row.items())) for trait, row in reversed(traits.items())}
        tables = {name: rows[::-1] for name, rows in reversed(joint.items())}
        one, other = (
            _people(scenario(regions=registers, traits=a, joint=b)) for a, b in ((traits, joint), (turned, tables))
        )
        assert one == other
        moved += one != _people(scenario(regions=registers, traits=traits, joint=dict(list(joint.items())[:2])))
    assert moved == 8


def _rows(values: dict[str, tuple[str, ...]], people: np.ndarray, a: str, b: str) -> list[dict[str, Any]]:
    table = marginal(people, (list(values).index(a), list(values).index(b)))
    return [{a: v, b: w, "people": table[i, j]} for i, v in enumerate(values[a]) for j, w in enumerate(values[b])]


def _people(made: sim.Scenario) -> dict[frozenset[str], int]:
    result = sim.run(made, draws=1, seed=1)
    return {frozenset(str(g).split("/")): int(n) for g, n in zip(result.group.values, result.group_registered.values)}

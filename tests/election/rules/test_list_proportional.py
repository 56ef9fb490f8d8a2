"""The rule `list_proportional` against its definition, on generated counts of several districts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.election.part import part
from sim.election.state import Block, Workspace
from sim.election.world import Layout, Option, World
from sim.errors import SimError
from sim.random import Chance

sys.path.insert(0, str(Path(__file__).parents[2] / "reference"))
import list_rules

PAPER = {"d": "party", "b": "party", "a": "party", "none": "against_all", "c": "party"}
DISTRICTS = ("s", "n", "w")


def block_of(votes: np.ndarray, invalid: np.ndarray, registered: np.ndarray, paper: dict[str, str] = PAPER) -> Block:
    """A block with these votes (draw, district, option), everything in the order of the file."""
    districts = DISTRICTS[: votes.shape[1]]
    world = World(
        Layout(districts, {d: d for d in districts}), tuple(Option(key, key, kind) for key, kind in paper.items())
    )
    block = Block(world, Chance(3), 0, len(votes), Workspace())
    by_district = np.empty((world.n_options, len(votes), len(districts)), np.int64)
    place = np.empty(len(districts), np.int64)
    place[world.district_order] = np.arange(len(districts))
    by_district[world.option_order] = votes[:, :, :].transpose(2, 0, 1)[:, :, place]
    ballots = votes.sum(axis=2) + invalid
    block.__dict__.update(
        district_votes=by_district,
        totals=by_district.sum(axis=2),
        district_ballots=ballots[:, place],
        total_ballots=ballots.sum(axis=1),
        district_registered=registered[:, place],
        total_registered=registered.sum(axis=1),
    )
    return block


def run(model: str, body: dict[str, Any], block: Block) -> dict[str, np.ndarray]:
    part("rules", model).model_validate(body).prepare(block.world)(block)
    return {key: np.asarray(value) for key, value in block.outputs.items()}


NATION: list[dict[str, Any]] = [
    {},
    {"threshold": {"share": 0.25}},
    {"threshold": {"share": 0.25, "strict": True, "of": "votes_for_lists"}},
    {"threshold": {"share": 0.3, "of": "ballots_cast", "if_none": "no_seats"}},
    {"threshold": {"share": 0.4, "of": "registered", "if_none": "largest", "exempt": ["c"]}},
    {"threshold": {"share": 0.5, "if_none": "largest"}},
    {"threshold": {"share": 0.1, "coalitions": {"a": 2, "b": 4}, "share_by_size": {2: 0.25, 3: 0.3}}},
    {"threshold": {"share": 0.4, "districts_won": 2, "if_none": "no_seats"}},
    {"bonus": {"seats": 3}},
    {"bonus": {"seats": 3, "needs": 0.4}, "threshold": {"share": 0.2}},
    {"bonus": {"up_to": 6}},
    {"bonus": {"up_to": 6, "needs": 0.3}, "threshold": {"share": 0.25, "if_none": "no_seats"}},
]
BY_DISTRICT: list[dict[str, Any]] = [
    {"seats": 4},
    {"seats": {"s": 3, "n": 0, "w": 5}},
    {"seats": {"s": 3, "n": 1, "w": 5}, "threshold": {"share": 0.3}},
    {"seats": 3, "threshold": {"share": 0.3, "district_share": 0.4, "if_none": "no_seats"}},
    {"seats": 3, "threshold": {"district_share": 0.3, "of": "ballots_cast", "if_none": "largest", "exempt": ["c"]}},
    {"seats": 3, "threshold": {"district_share": 0.3, "of": "registered"}},
]
BODIES = [{"seats": 10, **body} for body in NATION] + [{"by": "district", **body} for body in BY_DISTRICT]
METHODS = ("dhondt", "sainte_lague", "adams", "hare_largest_remainder", "imperiali_largest_remainder")


def compare(body: dict[str, Any], cases: int, seed: int) -> dict[str, int]:
    rng = np.random.default_rng(seed)
    seen = dict.fromkeys(("tied", "nobody", "fewer"), 0)
    few = rng.integers(0, 6, (cases // 2, 3, 5))
    wide = rng.integers(0, 10**8, (cases - cases // 2, 3, 5)) * (rng.random((cases - cases // 2, 3, 5)) > 0.3)
    votes = np.concatenate([few, wide])
    invalid = rng.integers(0, 4, votes.shape[:2])
    registered = votes.sum(axis=2) + invalid + rng.integers(0, 9, votes.shape[:2])
    block = block_of(votes, invalid, registered)
    out = run("list_proportional", {**body, "ties": "order"}, block)
    ids, districts = block.world.option_ids, block.world.districts
    order = list(PAPER)
    for i in range(cases):
        count = {d: dict(zip(PAPER, votes[i, k].tolist())) for k, d in enumerate(DISTRICTS)}
        wanted, local, passed, tied = list_rules.decide(
            body,
            count,
            {"none"},
            dict(zip(DISTRICTS, invalid[i].tolist())),
            dict(zip(DISTRICTS, registered[i].tolist())),
            order,
        )
        at = (body, count)
        assert dict(zip(ids, out["seats"][:, i].tolist())) == wanted, at
        assert bool(out["tied"][i]) == tied, at
        assert {o for o, yes in zip(ids, out["passed_threshold"][:, i]) if yes} == passed, at
        for k, district in enumerate(districts if local else ()):
            assert dict(zip(ids, out["district_seats"][:, i, k].tolist())) == local[district], at
        seen["tied"] += tied
        seen["nobody"] += not passed
        seen["fewer"] += 0 < len(passed) < 4
    return seen


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_agrees_with_the_definition(number: int) -> None:
    seen = [compare({"method": method, **BODIES[number]}, 60, number) for method in METHODS]
    assert sum(sum(one.values()) for one in seen) > 5


@pytest.mark.slow
def test_agrees_with_the_definition_in_a_hundred_thousand_cases() -> None:
    each = -(-100_000 // (len(BODIES) * len(METHODS)))
    seen = [compare({"method": method, **body}, each, 100 + n) for n, body in enumerate(BODIES) for method in METHODS]
    assert sum(one["tied"] for one in seen) > 5_000
    assert sum(one["nobody"] for one in seen) > 500
    assert sum(one["fewer"] for one in seen) > 10_000


def test_mazhilis_of_2023() -> None:
    """Official votes give the official seats: 69 seats, 5 % of those who took part, Hare's quota."""
    votes = {
        "amanat": 3_431_510,
        "auyl": 693_938,
        "respublica": 547_154,
        "ak_zhol": 535_139,
        "npk": 432_920,
        "nsdp": 331_058,
        "baitaq": 146_431,
        "against_all": 248_291,
    }
    paper = {option: "against_all" if option == "against_all" else "party" for option in votes}
    cast, registered = 6_524_487, 12_035_578
    block = block_of(
        np.array([[list(votes.values())]]), np.array([[cast - sum(votes.values())]]), np.array([[registered]]), paper
    )
    body = {"seats": 69, "method": "hare_largest_remainder", "ties": "error"}

    def seats(**more: Any) -> list[int]:
        out = run("list_proportional", {**body, **more}, block)
        return out["seats"][block.world.option_order, 0].tolist()

    official = [40, 8, 6, 6, 5, 4, 0, 0]
    for base in ("ballots_cast", "valid_votes", "votes_for_lists"):
        assert seats(threshold={"share": 0.05, "of": base}) == official
    assert seats(threshold={"share": 0.03, "of": "ballots_cast"}) == official
    assert seats() == [39, 8, 6, 6, 5, 4, 1, 0]
    assert seats(threshold={"share": 0.07, "of": "valid_votes"}) == [46, 9, 7, 7, 0, 0, 0, 0]
    assert seats(threshold={"share": 0.1, "of": "valid_votes"}) == [57, 12, 0, 0, 0, 0, 0, 0]
    rule = part("rules", "list_proportional").model_validate(
        {**body, "threshold": {"share": 0.05, "of": "ballots_cast"}}
    )
    threshold, quotas = rule.explain(block, 0)
    assert threshold.note == "6,524,487 ballots cast"
    assert [row[-1] for row in threshold.rows] == ["yes"] * 6 + ["no"]
    assert quotas.note == "quota 86,546.652 of 5,971,719 votes, 69 seats"
    assert [row[2:4] for row in quotas.rows][:2] == [(39.6493, 39), (8.0181, 8)]


@pytest.mark.parametrize("number", range(len(BODIES)))
@pytest.mark.parametrize("method", ["dean", "huntington_hill", *METHODS])
def test_explains_what_it_decides(number: int, method: str) -> None:
    rng = np.random.default_rng(number)
    votes = rng.integers(0, 6, (40, 3, 5))
    block = block_of(votes, votes[:, :, 0], votes.sum(axis=2) * 2)
    body = {"method": method, **BODIES[number], "ties": "order"}
    seats = run("list_proportional", body, block)["seats"]
    rule = part("rules", "list_proportional").model_validate(body)
    for draw in range(40):
        told = dict.fromkeys(block.world.option_ids, 0)
        for step in rule.explain(block, draw):
            assert all(len(row) == len(step.columns) for row in step.rows)
            if "seats" in step.columns:
                for row in step.rows:
                    told[row[0]] += row[step.columns.index("seats")]
        assert list(told.values()) == seats[:, draw].tolist(), (draw, list(rule.explain(block, draw)))


def test_lots_are_even_and_of_their_own_in_each_district() -> None:
    votes = np.full((6_000, 3, 5), 4)
    out = run("list_proportional", {"seats": 1, "by": "district"}, block_of(votes, votes[:, :, 0], votes.sum(axis=2)))
    won = out["district_seats"].argmax(axis=0)
    assert out["tied"].all()
    counts = np.bincount(won.ravel(), minlength=5)
    assert abs(np.delete(counts, 4) / won.size - 0.25).max() < 4 * (0.25 * 0.75 / won.size) ** 0.5
    assert abs((won[:, 0] == won[:, 1]).mean() - 0.25) < 4 * (0.25 * 0.75 / 6_000) ** 0.5


def test_a_tie_may_be_an_error() -> None:
    votes = np.full((1, 1, 5), 4)
    block = block_of(votes, votes[:, :, 0], votes.sum(axis=2))
    with pytest.raises(SimError, match="draw 0: equal votes"):
        run("list_proportional", {"seats": 1, "ties": "error"}, block)


@pytest.mark.parametrize(
    "body, message",
    [
        ({"seats": 5, "method": "divisors"}, "belong together"),
        ({"seats": 5, "divisors": [1, 2]}, "belong together"),
        ({"seats": 2, "method": "divisors", "divisors": [1, 1]}, "must rise"),
        ({"seats": 2, "method": "divisors", "divisors": [1, 1.000000000001]}, "too fine"),
        ({"seats": 2_001}, "2000"),
        ({"seats": -1}, "greater than or equal to 0"),
    ],
)
def test_what_is_no_rule(body: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        part("rules", "list_proportional").model_validate(body)


def test_no_votes_and_against_all_alone_give_no_seats() -> None:
    votes = np.zeros((2, 3, 5), np.int64)
    votes[1, :, 3] = 9
    for body in BODIES:
        out = run("list_proportional", body, block_of(votes, votes[:, :, 0] + 2, votes.sum(axis=2) + 5))
        assert not out["seats"].any()
        assert not out["tied"].any()
        assert not out["passed_threshold"].any()

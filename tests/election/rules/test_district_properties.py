"""What must hold of rules on districts and mixed houses whatever the votes are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from district_blocks import block_of, decide, world_of
from hypothesis import given, settings
from hypothesis import strategies as st

PAPER = {"c": "party", "a": "party", "none": "against_all", "b": "party"}
REGIONS = ("z", "x", "y")
RULES: dict[str, dict[str, Any]] = {
    "districts": {},
    "electoral_college": {"electors": {"x": 5, "y": 3, "z": 1}, "if_none": "popular_vote"},
    "mixed_parallel": {"list_seats": 7, "threshold": {"share": 0.1}},
    "mixed_compensatory": {"house": 7, "overhang": "levelled", "threshold": {"share": 0.1}},
}
tables = st.lists(
    st.lists(st.integers(0, 10**6), min_size=4, max_size=4), min_size=len(REGIONS), max_size=len(REGIONS)
).map(np.array)
each_rule = pytest.mark.parametrize("model", RULES)
few = settings(max_examples=40, deadline=None)


def run(model: str, votes: np.ndarray, paper: dict[str, str] = PAPER, regions: tuple[str, ...] = REGIONS) -> Any:
    return decide(model, {**RULES[model], "ties": "order"}, block_of(world_of(paper, regions), votes[None]))


@each_rule
@few
@given(votes=tables, factor=st.integers(1, 1_000))
def test_scaling_changes_nothing(model: str, votes: np.ndarray, factor: int) -> None:
    one, many = run(model, votes), run(model, votes * factor)
    assert all(np.array_equal(one[name], many[name]) for name in one)


@each_rule
@few
@given(votes=tables, order=st.permutations(range(len(REGIONS))))
def test_the_order_of_districts_changes_nothing(model: str, votes: np.ndarray, order: list[int]) -> None:
    one = run(model, votes)
    other = run(model, votes[order], regions=tuple(REGIONS[i] for i in order))
    for name in one:
        if not name.startswith("district_winner"):
            assert np.array_equal(one[name], other[name]), name


@each_rule
@few
@given(votes=tables, order=st.permutations(range(len(PAPER))))
def test_options_are_treated_alike(model: str, votes: np.ndarray, order: list[int]) -> None:
    one = run(model, votes)
    if one["tied"][0]:
        return
    paper = {list(PAPER)[i]: list(PAPER.values())[i] for i in order}
    other = run(model, votes[:, order], paper)
    for name in set(one) & {"seats", "electors", "list_seats", "district_seats_won"}:
        assert np.array_equal(one[name][:, order], other[name]), name


@each_rule
@few
@given(votes=tables)
def test_who_has_all_votes_has_everything(model: str, votes: np.ndarray) -> None:
    votes = np.where(np.arange(4) == 1, np.maximum(votes, 1), 0)
    out = run(model, votes)
    held = out["electors"] if model == "electoral_college" else out["seats"]
    assert held[0, 1] == held.sum() == {"districts": 3, "electoral_college": 9, "mixed_parallel": 10}.get(model, 7)


@few
@given(votes=tables, house=st.integers(1, 12), overhang=st.sampled_from(["kept", "levelled", "none", "unseated"]))
def test_compensatory_houses(votes: np.ndarray, house: int, overhang: str) -> None:
    body = {"house": house, "overhang": overhang}
    out = decide("mixed_compensatory", body, block_of(world_of(PAPER, REGIONS), votes[None]))
    won = np.bincount(out["district_winner"][0][out["district_winner"][0] >= 0], minlength=4)
    seats, size = out["seats"][0], out["house_size"][0]
    assert seats.sum() == size
    assert (out["list_seats"] >= 0).all()
    assert (out["list_seats"] + out["district_seats_won"] == out["seats"]).all()
    if votes[:, [0, 1, 3]].sum() == 0:
        assert size == 0
    elif overhang == "unseated":
        assert size == house
    else:
        assert (seats >= won).all()
        assert (size == max(house, won.sum())) if overhang == "none" else (size >= house)
        assert out["overhang_seats"].sum() == 0 or overhang in ("kept", "none")


@few
@given(votes=tables, top=st.integers(2, 4), share=st.sampled_from([0.1, 0.125, 0.3]))
def test_a_second_round_has_at_least_the_first(votes: np.ndarray, top: int, share: float) -> None:
    block = block_of(world_of(PAPER, REGIONS), votes[None])
    out = decide("two_round", {"entry": {"top": top, "share": share}}, block)
    plain = decide("two_round", {}, block_of(world_of(PAPER, REGIONS), votes[None]))
    assert out["winner"][0] == plain["winner"][0]
    assert out["runoff"][0] == plain["runoff"][0]
    assert (out["in_runoff"] >= plain["in_runoff"]).all()
    assert out["in_runoff"][0, 2] == 0
    assert out["in_runoff"].sum() >= min(top, 3) * out["runoff"][0]

"""Districts, electors and mixed houses where official figures, or hand computation, say what comes out."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from district_blocks import block_of, decide, explained, world_of

import sim
from sim.election.contests import Decision
from sim.election.part import part
from sim.election.state import Block
from sim.errors import SimError

SCENARIO = Path(__file__).resolve().parents[3] / "scenarios" / "united-states-2020"

#: Secretaries of State of Maine and Nebraska: votes for Biden and Trump by congressional district.
PARTS = {
    "US-ME": {"ME-1": (266_376, 164_045), "ME-2": (168_696, 196_692)},
    "US-NE": {"NE-1": (132_261, 180_290), "NE-2": (176_468, 154_377), "NE-3": (65_854, 222_179)},
}


def states() -> dict[str, tuple[int, int]]:
    with (SCENARIO / "results.csv").open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["year"] == "2020"]
    return {row["region"]: (int(row["democratic"]), int(row["republican"])) for row in rows}


def american_rule(name: str = "baseline") -> dict[str, Any]:
    body = yaml.safe_load((SCENARIO / f"{name}.yaml").read_text(encoding="utf-8"))
    return dict(body["rules"]["president"])


def run_college(body: dict[str, Any], votes: dict[str, tuple[int, int]], districts: dict[str, str]) -> dict[str, Any]:
    world = world_of({"democratic": "candidate", "republican": "candidate"}, tuple(votes), districts)
    block = block_of(world, np.array([list(votes.values())]))
    body = {key: value for key, value in body.items() if key != "model"}
    return {**decide("electoral_college", body, block), "steps": explained("electoral_college", body, block)}


def test_the_electors_of_2020_from_the_votes_by_state() -> None:
    """306 to 232, for the two electors that split states gave away cancel out."""
    rule = american_rule()
    assert sum(rule["electors"].values()) == 538
    out = run_college(rule, states(), {})
    assert out["electors"].tolist() == [[306, 232]]
    assert out["winner"].tolist() == [0]
    assert out["steps"]["electors"].note == "more than 269 of 538 electors are needed; democratic wins"


@pytest.mark.parametrize("as_regions", [True, False])
def test_the_electors_of_2020_with_the_split_states(as_regions: bool) -> None:
    """The same with Maine and Nebraska as they are: parts as regions of a district, or as districts themselves."""
    rule, votes, districts = american_rule(), states(), {}
    for state, parts in PARTS.items():
        whole = votes.pop(state)
        assert tuple(map(sum, zip(*parts.values()))) == whole, "the parts sum to the state of the scenario's table"
        votes.update(parts)
        districts.update({part: state for part in parts} if as_regions else {})
    split = {state: {"regions": dict.fromkeys(parts, 1), "at_large": 2} for state, parts in PARTS.items()}
    out = run_college({**rule, "split": split}, votes, districts)
    assert out["electors"].tolist() == [[306, 232]]
    rows = {row[0]: row for row in out["steps"]["states (electors)"].rows}
    assert rows["US-ME (2)"][-2] == rows["US-ME/ME-1 (1)"][-2] == rows["US-NE/NE-2 (1)"][-2] == "democratic"
    assert rows["US-NE (2)"][-2] == rows["US-ME/ME-2 (1)"][-2] == "republican"


def test_electors_in_proportion() -> None:
    votes = {"x": (60, 40), "y": (10, 90)}
    body = {"electors": {"x": 5, "y": 3}, "allocation": "hare_largest_remainder"}
    out = run_college(body, votes, {})
    assert out["electors"].tolist() == [[3, 5]]
    assert out["steps"]["electors by hare largest remainder"].rows == (("x", 5, 3, 2), ("y", 3, 0, 3))


#: Electoral Commission, official count of 14 October 2023: party votes, electorates won (Port Waikato voted later).
NEW_ZEALAND = {
    "national": (1_085_851, 43, 48),
    "labour": (767_540, 17, 34),
    "green": (330_907, 3, 15),
    "act": (246_473, 2, 11),
    "nz_first": (173_553, 0, 8),
    "te_pati_maori": (87_844, 6, 6),
    "top": (63_344, 0, 0),
    "nz_loyal": (34_478, 0, 0),
}
#: Valid party votes in all.
NEW_ZEALAND_VALID = 2_851_211


def with_winners(votes: dict[str, int], won: dict[str, int], rule: dict[str, Any]) -> tuple[dict[str, Any], Block]:
    """Decide a contest of lists whose districts were decided in another contest."""
    world = world_of(dict.fromkeys(votes, "party"), ("nation",))
    block = block_of(world, np.array([[list(votes.values())]]))
    winners = [world.option_ids.index(party) for party, n in won.items() for _ in range(n)]
    block.decided = {"electorates": Decision(world.option_ids, {"district_winner": np.array([winners], np.int64)})}
    body = {"districts": "electorates", **rule}
    return decide("mixed_compensatory", body, block), block


def test_new_zealand_2023() -> None:
    """120 seats by Sainte-Laguë, 5 % or an electorate, overhang kept: 122 seats, two more for Te Pāti Māori."""
    votes = {party: row[0] for party, row in NEW_ZEALAND.items()}
    votes["others"] = NEW_ZEALAND_VALID - sum(votes.values())
    threshold = {"share": 0.05, "districts_won": 1}
    won = {party: row[1] for party, row in NEW_ZEALAND.items()}
    rule = {"house": 120, "threshold": threshold}
    out, block = with_winners(votes, won, rule)
    assert out["seats"][0].tolist() == [*(row[2] for row in NEW_ZEALAND.values()), 0]
    assert (out["house_size"][0], out["overhang_seats"].sum(), out["tied"][0]) == (122, 2, 0)
    assert "district_winner" not in out
    steps = explained("mixed_compensatory", {"districts": "electorates", **rule}, block)
    assert list(steps) == ["threshold", *(t for t in steps if t.startswith("house")), "seats"]
    assert ("te_pati_maori", 4, 6, 2, 6) in steps["seats"].rows


#: Federal Returning Officer, 24 September 2017: second votes, districts won, seats.
GERMANY = {
    "cdu": (12_447_656, 185, 200),
    "spd": (9_539_381, 59, 153),
    "afd": (5_878_115, 3, 94),
    "fdp": (4_999_449, 0, 80),
    "linke": (4_297_270, 5, 69),
    "gruene": (4_158_400, 1, 67),
    "csu": (2_869_688, 46, 46),
}


def test_germany_2017() -> None:
    """Levelling leads to 709 seats, those of every party as they were, given the 200 seats that the CDU was sure of.

    That floor is the result of the first distribution by state, which the rule takes as given; the districts alone
    would have led to 700.
    """
    votes = {party: row[0] for party, row in GERMANY.items()}
    won = {party: row[1] for party, row in GERMANY.items()}
    assert sum(won.values()) == 299
    rule = {"house": 598, "overhang": "levelled", "minimum": {"cdu": 200}}
    out, block = with_winners(votes, won, rule)
    assert out["seats"][0].tolist() == [row[2] for row in GERMANY.values()]
    assert out["house_size"][0] == 709
    steps = explained("mixed_compensatory", {"districts": "electorates", **rule}, block)
    assert any(title.startswith("levelled house") for title in steps)
    alone, _ = with_winners(votes, won, {"house": 598, "overhang": "levelled"})
    assert alone["house_size"][0] == 700
    capped, _ = with_winners(votes, won, {"house": 598, "overhang": "levelled", "maximum": 650})
    # At 650 seats two districts of the CDU and four of the CSU are beyond their shares, and kept.
    assert capped["overhang_seats"][0].tolist() == [2, 0, 0, 0, 0, 0, 4]
    assert capped["house_size"][0] == 656


#: Scottish Parliament, 5 May 2016: list votes, constituencies won, all seats of a region; 16 and 16 seats.
SCOTLAND = {
    "central": {
        "snp": (129_082, 9, 9), "conservative": (43_602, 0, 3), "labour": (67_103, 0, 4), "green": (12_722, 0, 0),
        "liberal_democrat": (5_015, 0, 0), "ukip": (6_088, 0, 0),
    },
    "glasgow": {
        "snp": (111_101, 9, 9), "conservative": (29_533, 0, 2), "labour": (59_151, 0, 4), "green": (23_398, 0, 1),
        "liberal_democrat": (5_850, 0, 0), "ukip": (4_889, 0, 0),
    },
}  # fmt: skip


@pytest.mark.parametrize("region", SCOTLAND)
def test_scotland_2016(region: str) -> None:
    """Seven list seats beside nine constituencies, D'Hondt counting on from the constituencies won."""
    rows = SCOTLAND[region]
    votes, won = ({party: row[i] for party, row in rows.items()} for i in (0, 1))
    out, _ = with_winners(votes, won, {"house": 16, "method": "dhondt", "overhang": "none"})
    assert out["seats"][0].tolist() == [row[2] for row in rows.values()]
    assert out["list_seats"].sum() == 7


def test_germany_2023_does_not_fill_what_is_beyond_the_share() -> None:
    out, _ = with_winners({"a": 60, "b": 40}, {"a": 3, "b": 4}, {"house": 7, "overhang": "unseated"})
    assert out["seats"].tolist() == [[4, 3]]
    assert out["district_seats_won"].tolist() == [[3, 3]]
    assert out["overhang_seats"].tolist() == [[0, 1]]


def test_who_is_below_the_threshold_keeps_its_districts_from_the_house() -> None:
    rule = {"house": 10, "threshold": {"share": 0.3}}
    out, _ = with_winners({"a": 50, "b": 40, "c": 10}, {"a": 1, "c": 2}, rule)
    assert out["seats"].tolist() == [[4, 4, 2]]
    assert out["passed_threshold"].tolist() == [[1, 1, 0]]


def test_districts_of_a_contest_of_its_own() -> None:
    """Two contests in one scenario: the house takes the winners of the other, by name, whatever its paper."""
    body = {
        "title": "two contests",
        "electorate": {"regions": {"x": 600, "y": 400, "z": 300}},
        "ballot": {"options": {"a": {"kind": "party"}, "b": {"kind": "party"}}},
        "voters": {"baseline": {"a": 0.6, "b": 0.4}},
        "turnout": {"baseline": 0.9},
        "contests": {
            "constituencies": {
                "ballot": {"options": {"independent": None, "b": None}},
                "voters": {
                    "baseline": [
                        {"region": "default", "independent": 0, "b": 1},
                        {"region": "z", "independent": 1, "b": 0},
                    ]
                },
            }
        },
        "rules": {
            "house": {"model": "mixed_compensatory", "house": 9, "districts": "constituencies"},
            "constituencies": {"model": "districts"},
        },
    }
    result = sim.run(sim.loads(json.dumps(body)), draws=50, seed=1, threads=1)
    assert (result["district_seats_won_house"].values == [0, 2]).all()
    assert (result["house_size_house"] == 9).all()
    assert (result["seats_house"].sum("option") == 8).all(), "the independent has the ninth"


def test_a_contest_that_is_not_decided_is_named() -> None:
    world = world_of({"a": "party", "b": "party"}, ("all",))
    rule = part("rules", "mixed_parallel").model_validate({"list_seats": 3, "districts": "seats"})
    with pytest.raises(SimError, match=r"the contest 'seats', which is not decided before it.*write that contest"):
        rule.prepare(world)(block_of(world, np.array([[[3, 2]]])))
    block = block_of(world, np.array([[[3, 2]]]))
    block.decided = {"seats": Decision(world.option_ids, {"seats": np.zeros((2, 1))})}
    with pytest.raises(SimError, match="has no district winners; give it 'model: districts'"):
        rule.prepare(world)(block)


def test_frances_second_round() -> None:
    """12.5 % of the registered enter, with the first two in any case; a majority alone does not win at once."""
    world = world_of(dict.fromkeys("abcd", "candidate"), ("all",))
    votes = np.array([[[400, 300, 130, 70]], [[300, 90, 60, 50]], [[200, 50, 40, 30]], [[260, 90, 60, 50]]])
    rule = {"entry": {"share": 0.125, "of": "registered"}, "and_of_registered": 0.25}
    block = block_of(world, votes, registered=np.full((4, 1), 1000))
    out = decide("two_round", rule, block)
    assert out["in_runoff"].tolist() == [[1, 1, 1, 0], [0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    assert out["winner"].tolist() == [-1, 0, -1, 0]
    assert "a second round is needed between a and b and c" in explained("two_round", rule, block)["first round"].note
    assert explained("two_round", rule, block, 2)["first round"].note.endswith("between a and b")
    assert explained("two_round", rule, block, 1)["first round"].note.endswith("a wins at once")


def test_explanations_of_validity() -> None:
    world = world_of({"a": "candidate", "b": "candidate", "none": "against_all"}, ("x", "y"))
    votes = np.array([[[5, 1, 0], [2, 3, 4]]])
    rule = {"quorum": {"turnout": 0.5, "else": "repeat"}, "against_all": {"effect": "void_if_first"}}
    block = block_of(world, votes, registered=np.array([[10, 10]]))
    out = decide("districts", rule, block)
    assert out["district_winner"].tolist() == [[0, -1]]
    steps = explained("districts", rule, block)
    assert steps["y: validity"].note == "the election does not count; it is repeated"
    assert "nobody" in steps["districts"].rows[1]
    assert steps["seats"].note == "1 of 2 seats are filled"
    first = explained("plurality", rule, block)
    assert first["validity"].note == "the election counts"
    assert first["votes"].note == "a wins"
    assert explained("mixed_parallel", {"list_seats": 3}, block)["seats"].rows[0][0] == "a"


def scenario(**rule: Any) -> dict[str, Any]:
    return {
        "title": "three in the second round",
        "electorate": {"regions": {"one": 600_000, "two": 400_000}},
        "ballot": {"options": dict.fromkeys("abcd")},
        "voters": {"baseline": {"a": 0.35, "b": 0.3, "c": 0.25, "d": 0.1}},
        "turnout": {"baseline": 1.0},
        "rules": {"it": {"model": "two_round", "entry": {"top": 3}, **rule}},
    }


def shares(runoff: dict[str, Any], draws: int = 300) -> np.ndarray:
    result = sim.run(sim.loads(json.dumps(scenario(runoff=runoff))), draws=draws, seed=3, threads=1)
    assert (result["in_runoff"].transpose("draw", "option").values == [1, 1, 1, 0]).all()
    votes = result["runoff_votes"].transpose("draw", "option").values
    assert (votes.sum(axis=1) == result["runoff_ballots_cast"].values).all()
    return votes / votes.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    "transfers, expected",
    [
        ({}, np.array([0.35, 0.3, 0.25]) / 0.9),
        ({"d": {"c": 1}}, [0.35, 0.3, 0.35]),
        ({"d": {"b": 0.4, "abstain": 0.6}}, np.array([0.35, 0.34, 0.25]) / 0.94),
        ({"default": {"b": 0.5}}, [0.35 + 0.05 * 0.35 / 0.9, 0.35 + 0.05 * 0.3 / 0.9, 0.25 + 0.05 * 0.25 / 0.9]),
    ],
)
def test_three_finalists(transfers: dict[str, Any], expected: Any) -> None:
    """Shares within 5 standard errors of a million voters, in the mean of 300 draws."""
    mean = shares({"transfers": transfers})[:, :3].mean(axis=0)
    assert mean == pytest.approx(np.asarray(expected), abs=5 * np.sqrt(0.25 / 1e6 / 300))


def test_votes_of_three_finalists_are_multinomial() -> None:
    """Variances and correlation of the counts; 4 standard errors of 4,000 draws."""
    got, p = shares({}, 4_000)[:, :3], np.array([0.35, 0.3, 0.25]) / 0.9
    assert got.var(axis=0) * 1e6 == pytest.approx(p * (1 - p), rel=4 * np.sqrt(2 / 4_000))
    expected = -np.sqrt(p[0] * p[1] / ((1 - p[0]) * (1 - p[1])))
    assert np.corrcoef(got[:, 0], got[:, 1])[0, 1] == pytest.approx(
        expected, abs=4 * (1 - expected**2) / np.sqrt(4_000)
    )


def test_swing_between_any_two_of_three_finalists() -> None:
    got = shares({"swing": 0.5}, 4_000)
    for one, other in ((0, 1), (1, 2), (0, 2)):
        odds = np.log(got[:, one] / got[:, other])
        assert odds.std() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(8_000))

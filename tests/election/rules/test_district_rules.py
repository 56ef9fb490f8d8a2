"""Districts, electoral colleges, mixed houses and second rounds against their definitions, on generated votes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from district_blocks import block_of, decide, small_votes, world_of

sys.path.insert(0, str(Path(__file__).parents[2] / "reference"))
from district_rules import METHODS, college, compensatory, counts, first_round, leaders, over_orders

PAPERS: list[dict[str, str]] = [
    {"c": "party", "a": "party", "b": "party"},
    {"d": "candidate", "none": "against_all", "a": "candidate"},
    {"d": "party", "b": "party", "a": "party", "none": "against_all", "c": "party"},
    {"a": "party"},
]
#: Draws of each setting: the full number makes at least 100,000 cases of every rule.
FEW = 300
sizes = pytest.mark.parametrize(
    "scale", [pytest.param(1, id="few"), pytest.param(20, id="all", marks=pytest.mark.slow)]
)


def can_win(paper: dict[str, str]) -> list[bool]:
    return [kind != "against_all" for kind in paper.values()]


def each(rng_key: list[int], paper: dict[str, str], draws: int, regions: int = 3) -> tuple[Any, ...]:
    rng = np.random.default_rng(rng_key)
    world = world_of(paper, tuple(f"r{i}" for i in reversed(range(regions))))
    votes = small_votes(rng, draws, regions, len(paper))
    invalid = rng.integers(0, 3, (draws, regions))
    registered = votes.sum(axis=2) + invalid + rng.integers(0, 5, (draws, regions))
    return world, votes, invalid, registered


CONDITIONS: list[dict[str, Any]] = [
    {},
    {"quorum": {"turnout": 0.75}},
    {"quorum": {"turnout": 0.75, "counted": "valid_votes", "strict": True, "else": "repeat"}},
    {"against_all": {"effect": "void_if_first"}},
    {"against_all": {"effect": "void_if_majority", "else": "no_winner"}, "quorum": {"turnout": 0.5, "else": "repeat"}},
]


def conditions(paper: dict[str, str]) -> list[dict[str, Any]]:
    return [one for one in CONDITIONS if "against_all" in paper.values() or "against_all" not in one]


@sizes
@pytest.mark.parametrize("ties", ["lot", "order"])
def test_districts(ties: str, scale: int) -> None:
    tried = 0
    for number, paper in enumerate(PAPERS):
        can = can_win(paper)
        for rule in conditions(paper):
            world, votes, invalid, registered = each([number, 1], paper, FEW * scale)
            out = decide("districts", {"ties": ties, **rule}, block_of(world, votes, invalid, registered))
            ballots = votes.sum(axis=2) + invalid
            for d in range(len(votes)):
                tied, seats, fate = False, [0] * len(paper), []
                for r in range(votes.shape[1]):
                    best = leaders(votes[d, r].tolist(), can)
                    verdict = counts(votes[d, r].tolist(), int(ballots[d, r]), int(registered[d, r]), can, rule)
                    fate.append(verdict)
                    winner = int(out["district_winner"][d, r])
                    if not best or not verdict[0]:
                        assert winner == -1
                        continue
                    assert winner in best
                    assert ties == "lot" or winner == min(best)
                    tied |= len(best) > 1
                    seats[winner] += 1
                assert out["seats"][d].tolist() == seats
                assert out["tied"][d] == tied
                if rule:
                    assert list(zip(out["district_valid"][d].tolist(), out["district_repeat"][d].tolist())) == fate
                    assert out["valid_election"][d] == all(valid for valid, _ in fate)
                    assert out["repeat"][d] == any(again for _, again in fate)
                tried += 1
    assert scale == 1 or 2 * tried > 100_000


@sizes
@pytest.mark.parametrize("ties", ["lot", "order"])
def test_plurality_with_conditions(ties: str, scale: int) -> None:
    for number, paper in enumerate(PAPERS):
        can = can_win(paper)
        for rule in conditions(paper):
            world, votes, invalid, registered = each([number, 2], paper, FEW * scale, 1)
            out = decide("plurality", {"ties": ties, **rule}, block_of(world, votes, invalid, registered))
            ballots = votes.sum(axis=2) + invalid
            for d in range(len(votes)):
                best = leaders(votes[d, 0].tolist(), can)
                verdict = counts(votes[d, 0].tolist(), int(ballots[d, 0]), int(registered[d, 0]), can, rule)
                if rule:
                    assert (out["valid_election"][d], out["repeat"][d]) == verdict
                winner = int(out["winner"][d])
                assert winner in best if best and verdict[0] else winner == -1
                assert out["tied"][d] == (len(best) > 1 and verdict[0])


ENTRIES: list[dict[str, Any]] = [
    {},
    {"top": 3},
    {"share": 0.125, "of": "registered"},
    {"share": 0.25},
    {"top": 3, "share": 0.2, "of": "ballots_cast"},
]


@sizes
@pytest.mark.parametrize("ties", ["lot", "order"])
def test_first_rounds(ties: str, scale: int) -> None:
    tried = 0
    for number, paper in enumerate(PAPERS):
        can = can_win(paper)
        for e, entry in enumerate(ENTRIES):
            every = conditions(paper)
            rule = {**every[e % len(every)], "entry": entry}
            if e % 2:
                rule["and_of_registered"] = 0.25
            if "none" in paper and e > 2:
                rule["against_all"] = {**rule.get("against_all", {}), "counted": False}
            world, votes, invalid, registered = each([number, e, 3], paper, FEW * scale, 1)
            out = decide("two_round", {"ties": ties, **rule}, block_of(world, votes, invalid, registered))
            ballots = votes.sum(axis=2) + invalid
            for d in range(len(votes)):
                row, came, people = votes[d, 0].tolist(), int(ballots[d, 0]), int(registered[d, 0])
                outcomes = over_orders(
                    len(row),
                    lambda first, row=row, came=came, people=people, rule=rule, can=can: (
                        first_round(row, came, people, can, rule, first),
                        True,
                    ),
                )
                got = (int(out["winner"][d]), frozenset(np.flatnonzero(out["in_runoff"][d]).tolist()))
                assert got in (outcomes if ties == "lot" else outcomes[:1])
                assert out["tied"][d] == (len(outcomes) > 1)
                assert out["runoff"][d] == bool(got[1])
                tried += 1
    assert out["runoff_votes"].sum() == 0, "without voters there is no second round to simulate"
    assert scale == 1 or 2 * tried > 100_000


SHARES: list[dict[str, Any]] = [
    {"overhang": "kept"},
    {"overhang": "none"},
    {"overhang": "unseated"},
    {"overhang": "levelled"},
    {"overhang": "levelled", "maximum": 9},
    {"overhang": "levelled", "maximum": 40, "minimum": {"a": 2}},
]


@sizes
@pytest.mark.parametrize("ties", ["lot", "order"])
@pytest.mark.parametrize("method", METHODS)
def test_compensatory(method: str, ties: str, scale: int) -> None:
    tried, levels, ties_seen = 0, 0, 0
    for number, paper in enumerate(PAPERS):
        can, names = can_win(paper), list(paper)
        for s, share in enumerate(SHARES):
            rule = {"house": (6, 5, 8, 4)[s % 4], "method": method, **share}
            if method == "hare_largest_remainder" and share == {"overhang": "levelled"}:
                rule["maximum"] = 60
            if s % 2:
                rule["threshold"] = {"share": 0.2, "of": "votes_for_lists", "if_none": "no_seats"}
            world, votes, _, _ = each([number, s, 4], paper, max(FEW * scale // 6, 40), 4)
            out = decide("mixed_compensatory", {"ties": ties, **rule}, block_of(world, votes))
            for d in range(len(votes)):
                picked = out["district_winner"][d].tolist()
                best = [leaders(row, can) for row in votes[d].tolist()]
                assert all(w in b if b else w == -1 for w, b in zip(picked, best))
                won = [picked.count(o) for o in range(len(paper))]
                total = votes[d].sum(axis=0) * np.array(can)
                lists = np.where(5 * total >= total.sum(), total, 0) if "threshold" in rule else total
                outcomes = over_orders(
                    len(paper),
                    lambda first, rule=rule, names=names, lists=lists, won=won: compensatory(
                        rule, names, lists.tolist(), won, first
                    ),
                )
                seats, over = out["seats"][d].tolist(), out["overhang_seats"][d].tolist()
                if ties == "lot":
                    assert seats in [one for one, _ in outcomes]
                else:
                    assert (seats, over) == outcomes[0]
                different = len({tuple(one) for one, _ in outcomes}) > 1
                assert out["tied"][d] == (different or any(len(b) > 1 for b in best))
                filled = [min(w, n) for w, n in zip(won, seats)]
                assert out["district_seats_won"][d].tolist() == filled
                assert out["list_seats"][d].tolist() == [n - w for n, w in zip(seats, filled)]
                assert out["house_size"][d] == sum(seats)
                tried += 1
                levels += sum(seats) > rule["house"]
                ties_seen += different
    assert levels > tried / 100
    assert ties_seen > tried / 50
    assert scale == 1 or 6 * tried > 100_000


@sizes
@pytest.mark.parametrize("ties", ["lot", "order"])
@pytest.mark.parametrize("method", METHODS)
def test_parallel(method: str, ties: str, scale: int) -> None:
    tried = 0
    for number, paper in enumerate(PAPERS):
        can = can_win(paper)
        world, votes, _, _ = each([number, 5], paper, FEW * scale, 3)
        out = decide("mixed_parallel", {"ties": ties, "list_seats": 5, "method": method}, block_of(world, votes))
        for d in range(len(votes)):
            picked = out["district_winner"][d].tolist()
            best = [leaders(row, can) for row in votes[d].tolist()]
            assert all(w in b if b else w == -1 for w, b in zip(picked, best))
            lists = (votes[d].sum(axis=0) * np.array(can)).tolist()
            outcomes = over_orders(
                len(paper), lambda first, lists=lists, method=method: METHODS[method](lists, 5, first)
            )
            assert out["list_seats"][d].tolist() in (outcomes if ties == "lot" else outcomes[:1])
            assert out["tied"][d] == (len(outcomes) > 1 or any(len(b) > 1 for b in best))
            won = [picked.count(o) for o in range(len(paper))]
            assert out["seats"][d].tolist() == [n + w for n, w in zip(out["list_seats"][d].tolist(), won)]
            assert out["house_size"][d] == out["seats"][d].sum()
            tried += 1
    assert scale == 1 or 6 * tried > 100_000


@sizes
@pytest.mark.parametrize("ties", ["lot", "order"])
@pytest.mark.parametrize("if_none", ["no_winner", "plurality_of_electors", "popular_vote"])
def test_electoral_college(if_none: str, ties: str, scale: int) -> None:
    tried, without = 0, 0
    for number, paper in enumerate(PAPERS):
        can = can_win(paper)
        for majority in (0.5, 0.6):
            world, votes, _, _ = each([number, 6], paper, FEW * scale, 3)
            electors = {"r0": 3, "r1": 2, "r2": 1}
            rule = {"electors": electors, "if_none": if_none, "majority": majority}
            out = decide("electoral_college", {"ties": ties, **rule}, block_of(world, votes))
            for d in range(len(votes)):
                check_college(rule, votes[d].tolist(), [1, 2, 3], can, {key: out[key][d] for key in out}, ties)
                tried += 1
                without += out["winner"][d] < 0
    assert without > tried / 100
    assert scale == 1 or 6 * tried > 100_000


def check_college(
    rule: dict[str, Any], votes: list[list[int]], worth: list[int], can: list[bool], out: dict[str, Any], ties: str
) -> None:
    """Every way to settle the states gives electors and winners; what came out is one of them."""
    best = [sorted(leaders(row, can)) or [-1] for row in votes]
    popular = np.sum(votes, axis=0).tolist()
    ways = [[]]
    for choices in best:
        ways = [[*way, one] for way in ways for one in (choices if ties == "lot" else choices[:1])]
    found = [college(rule, list(zip(worth, votes)), popular, can, way) for way in ways]
    fits = [winners for electors, winners in found if electors == out["electors"].tolist()]
    assert fits, "no way to settle the states gives these electors"
    allowed = fits[0]
    winner = int(out["winner"])
    assert winner in allowed if allowed else winner == -1
    assert ties == "lot" or not allowed or winner == min(allowed)
    assert out["tied"] == (any(len(one) > 1 for one in best) or len(allowed) > 1)

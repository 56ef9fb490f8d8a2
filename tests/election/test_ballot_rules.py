"""Rules on ballots: published examples, laws that must hold for all profiles, and the tables that explain them."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ballot_blocks import block_of, decide, of_texts
from hypothesis import example, given, settings
from hypothesis import strategies as st

import sim
from sim.election.part import part
from sim.election.votes import Rankings

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
from fields_of_parts import RULES_ON_BALLOTS

RANKED = tuple(model for model in RULES_ON_BALLOTS if part("rules", model).reads == "rankings")
SCORED = tuple(model for model in RULES_ON_BALLOTS if part("rules", model).reads == "scores")
BODY: dict[str, dict[str, Any]] = {"positional": {"weights": [1]}}

#: Memphis, Nashville, Chattanooga, Knoxville: the standard example of the capital of Tennessee.
TENNESSEE = {"mnck": 42, "nckm": 26, "cknm": 15, "kcnm": 17}
#: Schulze 2011, example 1: 45 voters, five options; e wins.
SCHULZE = {"acbed": 5, "adecb": 5, "bedac": 8, "cabed": 3, "caebd": 7, "cbade": 2, "dceba": 7, "ebadc": 8}
#: Schulze 2011, example 2: 30 voters, four options; d wins.
SCHULZE_2 = {"acbd": 5, "acdb": 2, "adcb": 3, "bacd": 4, "cbda": 3, "cdba": 3, "dacb": 1, "dbac": 5, "dcba": 4}
CYCLE = {"abc": 23, "bca": 17, "bac": 2, "cab": 10, "cba": 8}


@pytest.mark.parametrize(
    "model, body, winner",
    [
        ("positional", {"weights": [1]}, "m"),
        ("instant_runoff", {}, "k"),
        ("coombs", {}, "n"),
        ("bucklin", {}, "n"),
        ("borda", {}, "n"),
        *(
            (model, {}, "n")
            for model in ("black", "condorcet", "copeland", "minimax", "schulze", "ranked_pairs", "kemeny")
        ),
    ],
)
@pytest.mark.parametrize("factor", [1, 10**7])
def test_tennessee(model: str, body: dict[str, Any], winner: str, factor: int) -> None:
    assert of_texts(model, TENNESSEE, body, factor) == winner


@pytest.mark.parametrize(
    "model, texts, winner",
    [
        ("schulze", SCHULZE, "e"),
        ("ranked_pairs", SCHULZE, "a"),
        ("schulze", SCHULZE_2, "d"),
        ("condorcet", CYCLE, ""),
        # Condorcet's own example of 60 voters: b beats c by 42 to 18, c beats a by 35 to 25, a beats b by 33 to 27.
        ("kemeny", CYCLE, "b"),
        ("ranked_pairs", CYCLE, "b"),
        ("schulze", CYCLE, "b"),
        ("minimax", CYCLE, "b"),
        ("borda", CYCLE, "b"),
        ("black", CYCLE, "b"),
    ],
)
def test_published_examples(model: str, texts: dict[str, int], winner: str) -> None:
    assert of_texts(model, texts) == winner


def test_measures_differ_where_ballots_have_gaps() -> None:
    # a beats b 6:5, b beats c 4:1, c beats a 7:4 or the like: few but clear ballots against many but close ones.
    texts = {"ab": 6, "bc": 3, "ca": 5, "b": 2}
    found = {m: of_texts("minimax", texts, {"measure": m}) for m in ("winning_votes", "margins", "opposition")}
    assert set(found.values()) <= set("abc")
    rng = np.random.default_rng(2)
    seen = set()
    for _ in range(300):
        profile = {text: int(n) for text, n in zip(("ab", "bc", "ca", "b", "c", "acb"), rng.integers(1, 9, 6))}
        seen.add(tuple(of_texts("schulze", profile, {"measure": m}) for m in ("winning_votes", "margins")))
    assert any(a != b for a, b in seen)


def test_coombs_may_miss_a_majority() -> None:
    texts = {"abc": 6, "bca": 5}
    assert of_texts("coombs", texts) == "a"
    texts = {"abc": 4, "acb": 4, "bca": 7}
    assert of_texts("coombs", texts) == "a"
    assert of_texts("coombs", texts, {"stop_at_majority": False}) == "b"


# --- laws ------------------------------------------------------------------------------------------------------------


@st.composite
def profiles(draw: st.DrawFn, whole: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Strict rankings (1, kind, option) that may have gaps, and numbers (1, kind), at least one ballot."""
    m = draw(st.integers(1, 5))
    orders = draw(st.lists(st.permutations(range(m)), min_size=1, max_size=6))
    cut = [m if whole else draw(st.integers(1, m)) for _ in orders]
    written = [[*order[:k], *[-1] * (m - k)] for order, k in zip(orders, cut)]
    counts = draw(st.lists(st.integers(1, 6), min_size=len(orders), max_size=len(orders)))
    return Rankings.of_orders(np.array([written]), np.array([counts])).ranks, np.array([counts])


def run(model: str, ranks: np.ndarray, counts: np.ndarray, scores: np.ndarray | None = None) -> tuple[int, bool]:
    m = ranks.shape[2]
    ids = dict.fromkeys("abcdefgh"[:m], "candidate")
    marks = ranks if model in RANKED else (m - ranks if scores is None else scores)
    reads = "rankings" if model in RANKED else "scores"
    winner, tied = decide(model, {**BODY.get(model, {}), "ties": "order"}, block_of(ids, marks, counts, reads))
    return int(winner[0]), bool(tied[0])


each = pytest.mark.parametrize("model", RULES_ON_BALLOTS)


@each
@settings(max_examples=60, deadline=None)
@given(profile=profiles(), data=st.data())
def test_anonymity(model: str, profile: Any, data: st.DataObject) -> None:
    """It does not matter who casts which ballot, nor whether equal ballots are counted together."""
    ranks, counts = profile
    order = data.draw(st.permutations(range(counts.shape[1])))
    ones = np.repeat(ranks[:, order], counts[0, order], axis=1)
    assert run(model, ones, np.ones(ones.shape[:2], np.int64)) == run(model, ranks, counts)


@each
@settings(max_examples=60, deadline=None)
@given(profile=profiles(), data=st.data())
def test_neutrality(model: str, profile: Any, data: st.DataObject) -> None:
    """Other names lead to the same winner under its other name, where no tie had to be settled."""
    ranks, counts = profile
    names = data.draw(st.permutations(range(ranks.shape[2])))
    winner, tied = run(model, ranks, counts)
    other, tied_too = run(model, ranks[:, :, names], counts)
    if not tied:
        assert not tied_too
        assert (other < 0 and winner < 0) or names[other] == winner


@each
@settings(max_examples=60, deadline=None)
@given(profile=profiles(), factor=st.integers(2, 10**7))
def test_scaling(model: str, profile: Any, factor: int) -> None:
    ranks, counts = profile
    assert run(model, ranks, counts * factor) == run(model, ranks, counts)


@each
@settings(max_examples=60, deadline=None)
@given(profile=profiles(whole=True), data=st.data())
def test_unanimity(model: str, profile: Any, data: st.DataObject) -> None:
    """Whom every ballot puts before all others wins."""
    ranks, counts = profile
    first = data.draw(st.integers(0, ranks.shape[2] - 1))
    ranks = ranks + (ranks < ranks[:, :, first : first + 1])
    ranks[:, :, first] = 0
    # On approval ballots whoever is approved of by all: one point from the best rank on.
    scores = (ranks == 0).astype(int) if model == "approval" else None
    assert run(model, ranks.astype(np.int8), counts, scores)[0] == first


CONDORCET = ("black", "condorcet", "copeland", "minimax", "schulze", "ranked_pairs", "kemeny")


def margins(ranks: np.ndarray, counts: np.ndarray) -> np.ndarray:
    ahead = ranks[0, :, :, None] < ranks[0, :, None, :]
    pairs = (ahead * counts[0][:, None, None]).sum(axis=0)
    return pairs - pairs.T


@pytest.mark.parametrize("model", CONDORCET)
@settings(max_examples=100, deadline=None)
@example(
    # Options 3, 4 and 1 beat each other with equal strength; 2 beats them all.
    (
        np.array(
            [[[0, 5, 5, 1, 5], [1, 0, 5, 5, 5], [0, 5, 5, 5, 5], [5, 2, 0, 1, 5], [5, 5, 0, 5, 5], [5, 2, 0, 1, 5]]],
            np.int8,
        ),
        np.array([[1, 1, 1, 1, 2, 1]]),
    )
)
@given(profile=profiles())
def test_condorcet_winners_win_and_losers_do_not(model: str, profile: Any) -> None:
    ranks, counts = profile
    margin = margins(ranks, counts)
    winner, tied = run(model, ranks, counts)
    m = len(margin)
    beats_all = [a for a in range(m) if all(margin[a, b] > 0 for b in range(m) if b != a)]
    if beats_all:
        assert (winner, tied) == (beats_all[0], False)
    loses_all = [a for a in range(m) if m > 1 and all(margin[a, b] < 0 for b in range(m) if b != a)]
    if model not in ("minimax", "black"):
        assert winner not in loses_all


@pytest.mark.parametrize("model", ["copeland", "schulze", "ranked_pairs", "kemeny"])
@settings(max_examples=100, deadline=None)
@given(profile=profiles())
def test_winners_are_in_the_smith_set(model: str, profile: Any) -> None:
    ranks, counts = profile
    margin = margins(ranks, counts)
    m = len(margin)
    for size in range(1, m + 1):
        sets = [s for s in itertools.combinations(range(m), size) if _dominates(set(s), margin)]
        if sets:
            assert run(model, ranks, counts)[0] in sets[0]
            return


def _dominates(some: set[int], margin: np.ndarray) -> bool:
    return all(margin[a, b] > 0 for a in some for b in range(len(margin)) if b not in some)


@settings(max_examples=100, deadline=None)
@given(profile=profiles(whole=True))
def test_instant_runoff_elects_a_majority_and_never_a_condorcet_loser(profile: Any) -> None:
    ranks, counts = profile
    winner, tied = run("instant_runoff", ranks, counts)
    firsts = ((ranks[0] == 0) * counts[0][:, None]).sum(axis=0)
    if 2 * firsts.max() > counts.sum():
        assert (winner, tied) == (firsts.argmax(), False)
    margin = margins(ranks, counts)
    others = [b for b in range(len(margin)) if b != winner]
    assert not others or not all(margin[winner, b] < 0 for b in others)


# --- edges -----------------------------------------------------------------------------------------------------------


@each
def test_no_ballots_no_winner(model: str) -> None:
    for kinds in (1, 3):
        winner, tied = run(
            model, np.zeros((1, kinds, 3), np.int8) + np.arange(3, dtype=np.int8), np.zeros((1, kinds), int)
        )
        assert (winner, tied) == (-1, False)


@pytest.mark.parametrize("model", RANKED)
def test_ballots_for_nobody(model: str) -> None:
    assert run(model, np.full((1, 2, 3), 3, np.int8), np.array([[4, 5]])) == (-1, False)


@each
def test_only_against_all(model: str) -> None:
    reads = part("rules", model).reads
    body = {**BODY.get(model, {})}
    for kinds in ({"a": "against_all"}, {"a": "against_all", "b": "candidate"}):
        block = block_of(kinds, np.zeros((1, 1, len(kinds)), int) + np.arange(len(kinds)), np.array([[5]]), reads)
        if len(kinds) == 1:
            with_nobody, _ = decide(model, body, block)
            assert with_nobody[0] == -1
        elif model not in SCORED:
            assert decide(model, body, block)[0][0] == 1


@pytest.mark.parametrize("model", ["instant_runoff", "coombs"])
def test_equal_ranks_are_refused_where_they_mean_nothing(model: str) -> None:
    with pytest.raises(sim.SimError, match="one rank to several options"):
        of_texts(model, {"a=bc": 3})


def test_a_tie_can_be_an_error() -> None:
    block = block_of(dict.fromkeys("ab", "candidate"), np.array([[[0, 1], [1, 0]]]), np.array([[2, 2]]), "rankings")
    with pytest.raises(sim.SimError, match="ties: error"):
        decide("borda", {"ties": "error"}, block)


def test_too_many_points_to_add() -> None:
    with pytest.raises(sim.SimError, match="too many to add"):
        of_texts("positional", {"abc": 10**9, "a=bc": 1}, {"weights": [10**6]}, factor=10**4)


# --- explanations ----------------------------------------------------------------------------------------------------


@each
def test_every_decision_can_be_explained(model: str) -> None:
    rng = np.random.default_rng(3)
    kinds = {"a": "candidate", "b": "candidate", "none": "against_all", "c": "candidate"}
    reads = part("rules", model).reads
    for sets in (1, 20):
        order = np.argsort(rng.random((sets, 6, 4)), axis=2)
        block = block_of(kinds, order, rng.integers(0, 4, (20, 6)), reads)
        rule = part("rules", model).model_validate(BODY.get(model, {}))
        rule.prepare(block.world)(block)
        for draw in range(20):
            steps = list(rule.explain(block, draw))
            assert steps or block.outputs["winner"][draw] < 0
            for step in steps:
                assert step.title
                assert all(len(row) == len(step.columns) for row in step.rows)
                assert not any("none" in map(str, row) for row in step.rows)
            if model in ("instant_runoff", "coombs") and block.outputs["winner"][draw] >= 0:
                assert steps[-1].note == f"{block.world.option_ids[block.outputs['winner'][draw]]} wins"


def test_counts_of_an_instant_runoff() -> None:
    ids = dict.fromkeys("ckmn", "candidate")
    ranks = np.array([[["ckmn".index(x) for x in text] for text in TENNESSEE]])
    block = block_of(ids, np.argsort(ranks, axis=2), np.array([list(TENNESSEE.values())]), "rankings")
    rule = part("rules", "instant_runoff").model_validate({})
    steps = list(rule.explain(block, 0))
    assert [step.note for step in steps] == ["c goes", "n goes", "k wins"]
    assert steps[0].rows == (("m", 42), ("n", 26), ("k", 17), ("c", 15))
    assert steps[2].rows == (("k", 58), ("m", 42))


# --- other packages --------------------------------------------------------------------------------------------------


def test_agrees_with_pref_voting() -> None:
    voting = pytest.importorskip("pref_voting.voting_methods")
    from pref_voting.profiles import Profile

    names = {
        "instant_runoff": ("instant_runoff", False),
        "borda": ("borda", True),
        "copeland": ("copeland", True),
        "minimax": ("minimax", True),
        "schulze": ("beat_path", True),
        "kemeny": ("kemeny_young", True),
        "black": ("blacks", True),
        "coombs": ("coombs", False),
    }
    rng = np.random.default_rng(1)
    for _ in range(200):
        m, kinds = int(rng.integers(2, 6)), int(rng.integers(1, 7))
        orders = np.argsort(rng.random((kinds, m)), axis=1)
        counts = rng.integers(1, 6, kinds)
        ranks = Rankings.of_orders(orders[None], counts[None]).ranks
        profile = Profile(orders.tolist(), counts.tolist())
        for model, (name, same_ties) in names.items():
            winner, tied = run(model, ranks, counts[None])
            theirs = getattr(voting, name)(profile)
            # Theirs drop all of several worst options at once.
            if not tied:
                assert theirs == [winner], (model, orders, counts)
            elif same_ties:
                assert winner in theirs
                assert len(theirs) > 1


def test_agrees_with_pyrankvote() -> None:
    other = pytest.importorskip("pyrankvote")
    rng = np.random.default_rng(2)
    for _ in range(200):
        m, kinds = int(rng.integers(2, 6)), int(rng.integers(1, 7))
        orders = np.argsort(rng.random((kinds, m)), axis=1)
        counts = rng.integers(1, 6, kinds)
        winner, tied = run("instant_runoff", Rankings.of_orders(orders[None], counts[None]).ranks, counts[None])
        if tied:
            continue
        options = [other.Candidate(str(o)) for o in range(m)]
        ballots = [other.Ballot([options[o] for o in row]) for row, n in zip(orders, counts) for _ in range(n)]
        elected = other.instant_runoff_voting(options, ballots).get_winners()
        assert [c.name for c in elected] == [str(winner)]

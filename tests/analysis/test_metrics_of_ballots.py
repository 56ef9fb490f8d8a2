"""Condorcet, utilities and paradoxes against their definitions, ballot by ballot."""

from __future__ import annotations

import sys
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import sim
from sim.election.votes import Rankings

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))

import metrics as definition

M = sim.metrics
TABLE = Path(__file__).parents[3] / "shared" / "data" / "published" / "exact_condorcet_paradox_IC.csv"


def ballots_of(rankings: Rankings, draw: int) -> list[tuple[tuple[int, ...], int]]:
    orders = rankings.orders[draw if len(rankings.orders) > 1 else 0].tolist()
    counts = rankings.counts[draw].tolist()
    return [(tuple(o for o in order if o >= 0), n) for order, n in zip(orders, counts)]


def profiles(rng: np.random.Generator, draws: int, options: int, *, own: bool, most: int = 6) -> Rankings:
    """Some complete, some truncated rankings; kinds of all draws or of each."""
    kinds = int(rng.integers(1, 7))
    orders = np.array([[rng.permutation(options) for _ in range(kinds)] for _ in range(draws if own else 1)])
    length = rng.integers(1, options + 1, orders.shape[:2])
    orders = np.where(np.arange(options) < length[:, :, None], orders, -1)
    return Rankings.of_orders(orders, rng.integers(0, most, (draws, kinds)))


def close(rng: np.random.Generator, draws: int, options: int, *, own: bool) -> Rankings:
    """A circle of orders, nearly equal in number: where instant runoff fails most."""
    ring = np.array([np.roll(np.arange(options), i) for i in range(options)])
    orders = np.broadcast_to(ring, (draws if own else 1, options, options))
    return Rankings.of_orders(orders, rng.integers(5, 11, (draws, options)))


def irv(rankings: Rankings) -> np.ndarray:
    options = rankings.ranks.shape[2]
    return np.array([definition.instant_runoff(ballots_of(rankings, d), options) for d in range(len(rankings.counts))])


def borda(rankings: Rankings) -> np.ndarray:
    points = rankings.ranks.shape[2] - rankings.ranks.astype(np.int64)
    return (points * rankings.counts[:, :, None]).sum(1).argmax(1)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("options", [1, 2, 3, 4, 5])
def test_condorcet(options: int, own: bool) -> None:
    rng = np.random.default_rng(options)
    for _ in range(8):
        rankings = profiles(rng, 20, options, own=own)
        every = [ballots_of(rankings, d) for d in range(20)]
        winner = M.condorcet_winner(rankings)
        assert winner.values.tolist() == [definition.condorcet(b, options) for b in every]
        assert M.has_cycle(rankings).values.tolist() == [definition.cycle(b, options) for b in every]
        assert np.array_equal(M.has_cycle(rankings, top=True), winner == -1)
        elected = xr.DataArray(rng.integers(-1, options, 20), dims="draw")
        found = M.condorcet_efficiency(elected, rankings)
        wanted = np.where(winner < 0, np.nan, elected == winner)
        assert np.array_equal(found, wanted, equal_nan=True)
        assert (found.name, found.attrs["units"], found.dims) == ("condorcet_efficiency", "1", ("draw",))


def test_paradox_of_three_voters() -> None:
    """All 216 profiles of three voters and three options: 12 have no winner, 1 in 18."""
    orders = np.array(list(permutations(range(3))))
    counts = np.array([np.bincount(p, minlength=6) for p in np.ndindex(6, 6, 6)])
    rankings = Rankings.of_orders(orders[None], counts)
    assert int(M.has_cycle(rankings).sum()) == int(M.has_cycle(rankings, top=True).sum()) == 12


def test_paradox_of_more_voters() -> None:
    if not TABLE.exists():
        pytest.skip("the published table is not beside the repository")
    rows = [line.split(",") for line in TABLE.read_text(encoding="utf-8").splitlines() if line[:1].isdigit()]
    n, p = next((int(row[0]), float(row[1])) for row in rows if row[0] == "25")
    utilities = np.random.default_rng(8).random((40_000, n, 3), np.float32)
    found = M.has_cycle(xr.DataArray(utilities, dims=("draw", "voter", "option")), top=True)
    assert abs(float(found.mean()) - p) < 4 * np.sqrt(p * (1 - p) / found.size)


def utilities_of(rng: np.random.Generator, draws: int = 50, voters: int = 7, options: int = 4) -> xr.DataArray:
    values = rng.integers(0, 5, (draws, voters, options)).astype(float)
    coords = {"draw": np.arange(draws), "option": list("abcd")[:options]}
    return xr.DataArray(values, coords, ("draw", "voter", "option"))


def test_utilities_are_preferences() -> None:
    u = utilities_of(np.random.default_rng(3))
    pairs = M.majorities(u.transpose("option", "voter", "draw")).transpose("draw", "option", "rival")
    wanted = (u.values[:, :, :, None] > u.values[:, :, None, :]).sum(1)
    assert np.array_equal(pairs, wanted)
    assert list(pairs["rival"].values) == list("abcd")
    xr.testing.assert_identical(M.condorcet_winner(pairs), M.condorcet_winner(u))


@pytest.mark.parametrize("normalise", [False, True])
def test_utility_is_its_definition(normalise: bool) -> None:
    rng = np.random.default_rng(4)
    u = utilities_of(rng)
    u[3] = 2.0
    winner = xr.DataArray(rng.integers(-1, 4, 50), {"draw": np.arange(50)}, ("draw",))
    over, under, each = 0.0, 0.0, []
    for d in range(50):
        social = [0.0] * 4
        for row in u.values[d].tolist():
            low, high = min(row), max(row)
            for o, x in enumerate(row):
                social[o] += x if not normalise else (x - low) / (high - low) if high > low else 0.0
        w, mean, best = int(winner[d]), sum(social) / 4, max(social)
        if w >= 0:
            over, under = over + social[w] - mean, under + best - mean
        each.append((social[w] - mean) / (best - mean) if w >= 0 and max(social) > min(social) else np.nan)
    efficiency = M.social_utility_efficiency(u, winner, normalise=normalise)
    assert float(efficiency) == pytest.approx(over / under, abs=1e-12)
    assert efficiency.dims == ()
    satisfied = M.voter_satisfaction_efficiency(u, winner, normalise=normalise)
    np.testing.assert_allclose(satisfied, each, atol=1e-12)
    assert (satisfied.dims, satisfied.attrs["units"], satisfied.name) == (
        ("draw",),
        "1",
        "voter_satisfaction_efficiency",
    )
    best = u.mean("voter").argmax("option")
    assert float(M.social_utility_efficiency(u, best)) == 1.0
    assert not np.isnan(each).all()


def test_effectiveness_of_weber() -> None:
    """Borda with three options and many voters comes near √(3/4), plurality near 3/4 (limits: 86.6 and 75.0 %)."""
    rng = np.random.default_rng(11)
    u = xr.DataArray(rng.random((6_000, 301, 3), np.float32), dims=("draw", "voter", "option"))
    ranks = np.argsort(np.argsort(-u.values, 2), 2)
    plurality = xr.DataArray((ranks == 0).sum(1).argmax(1), dims="draw")
    scored = xr.DataArray((-ranks).sum(1).argmax(1), dims="draw")
    assert float(M.social_utility_efficiency(u, plurality)) == pytest.approx(0.75, abs=0.025)
    assert float(M.social_utility_efficiency(u, scored)) == pytest.approx(0.866, abs=0.025)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("options", [2, 3, 4])
def test_paradoxes_are_all_found(options: int, own: bool) -> None:
    """Every number of ballots of a kind: what the search finds is what the definition finds."""
    rng = np.random.default_rng(10 * options + own)
    seen = [0, 0]
    for turn in range(6):
        rankings = profiles(rng, 12, options, own=own) if turn else close(rng, 12, options, own=own)
        every = [[b for b in ballots_of(rankings, d) if b[1]] for d in range(12)]
        rule = definition.instant_runoff
        up = [definition.fails_monotonicity(b, options, rule) for b in every]
        out = [definition.fails_participation(b, options, rule) for b in every]
        assert M.monotonicity_failure(rankings, irv, steps=None).values.tolist() == up
        assert M.no_show_failure(rankings, irv, steps=None).values.tolist() == out
        few = M.monotonicity_failure(rankings, irv, steps=1)
        assert not (few.values & ~np.array(up)).any()
        assert not M.monotonicity_failure(rankings, borda).any()
        assert not M.no_show_failure(rankings, borda).any()
        seen = [seen[0] + sum(up), seen[1] + sum(out)]
    assert options < 3 or min(seen) > 0


def test_the_textbook_failures_of_instant_runoff() -> None:
    """39 a>b>c, 35 b>c>a, 26 c>a>b: ten of the second kind raise the winner a, c is out no more and a loses."""
    rankings = Rankings.of_orders(np.array([[[0, 1, 2], [1, 2, 0], [2, 0, 1]]]), np.array([[39, 35, 26]]))
    assert irv(rankings).tolist() == [0]
    found = M.monotonicity_failure(rankings, irv, steps=7)
    assert found.values.tolist() == [True]
    assert found.attrs["searched"] == "ballots of one kind at a time, 1 ballot and 7 even parts"
    # Ten do it and no other number; four parts of 35 pass it by.
    assert not M.monotonicity_failure(rankings, irv, steps=4).any()
    assert (found.name, found.dims, found.attrs["units"]) == ("monotonicity_failure", ("draw",), "1")


RANKED = """
title: ranked
electorate: {model: cells, regions: {p: 300}, traits: {age: {young: 0.4, old: 0.6}}}
ballot: {model: ranked, options: {c: null, a: null, b: null}}
voters: {model: impartial_culture}
turnout: {model: fixed, baseline: 0.7}
rules: {it: {model: plurality}}
"""


def test_of_a_result(small: Any) -> None:
    result = sim.run(sim.loads(RANKED), draws=30, seed=1)
    assert np.array_equal(M.condorcet_winner(result), result["condorcet_winner"])
    xr.testing.assert_identical(M.majorities(result), sim.pairwise(result))
    efficiency = M.condorcet_efficiency(result)
    assert 0 < float(efficiency.mean()) <= 1
    assert M.monotonicity_failure(result, borda).coords.keys() == {"draw"}
    plain = sim.run(small, draws=2, seed=1)
    for call in (lambda: M.no_show_failure(plain, borda), lambda: M.condorcet_winner(plain)):
        with pytest.raises(sim.SimError, match="this result has no rankings"):
            call()
    with pytest.raises(sim.SimError, match=r"this result has no winner: its rule 'plurality' names no winner"):
        M.condorcet_efficiency(result.drop_vars("winner"))


def test_faults() -> None:
    rankings = Rankings.of_orders(np.array([[[0, 1]]]), np.array([[3]]))
    equal = Rankings(np.zeros((1, 1, 2), np.int8), np.array([[3]]))
    u = utilities_of(np.random.default_rng(1), 2)
    winner = xr.DataArray([0, 1], dims="draw")
    faults = [
        (lambda: M.condorcet_winner(winner), "expected a result with rankings"),
        (lambda: M.condorcet_efficiency(winner), "the preferences are missing"),
        (lambda: M.condorcet_efficiency(winner * 0.5, u), "indices of options"),
        (lambda: M.monotonicity_failure(equal, borda), "rankings without ties"),
        (lambda: M.monotonicity_failure(rankings, lambda r: [0.5]), "index of a winner for each of 1 draws"),
        (lambda: M.no_show_failure(rankings, borda, steps=0), "at least 1"),
        (lambda: M.social_utility_efficiency(u, winner + 3), "there are 4 options"),
        (lambda: M.social_utility_efficiency(u, winner, over="poll"), "no dim 'poll'"),
        (lambda: M.social_utility_efficiency(u.sum("option"), winner), "'voter' and 'option'"),
        (lambda: M.social_utility_efficiency(u.sum("voter"), winner, normalise=True), "none can be normalised"),
    ]
    for call, message in faults:
        with pytest.raises(sim.SimError, match=message):
            call()

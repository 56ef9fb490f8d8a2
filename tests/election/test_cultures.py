"""The cultures of social choice against closed forms."""

from __future__ import annotations

import csv
import itertools
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ranked_scenarios import orders, run, voters_of, within
from scipy import stats

from sim.election.part import part
from sim.testing import PLAIN, check_part

IMPARTIAL = {"model": "impartial_culture"}
ANONYMOUS = {"model": "anonymous_culture"}
CULTURES = ("impartial_culture", "anonymous_culture", "urn", "mallows", "plackett_luce")
RANKED = {**PLAIN, "ballot": {"model": "ranked", "options": {"a": None, "b": None}, "invalid": 0.1}}
GROUPS = {
    "model": "cells",
    "regions": [
        {"region": "north", "registered": 600, "stations": 3},
        {"region": "south", "registered": 400, "stations": 2},
    ],
    "stations": {},
    "traits": {"age": {"young": 0.4, "old": 0.6}},
}

#: Exact probabilities that there is no Condorcet winner, if the file is at hand.
TABLE = Path(__file__).parents[3] / "shared" / "data" / "published" / "exact_condorcet_paradox_IC.csv"


@pytest.mark.parametrize("model", CULTURES)
@pytest.mark.parametrize("more", [{}, {"electorate": GROUPS}], ids=["regions", "groups"])
def test_conforms_with_ranked_ballots(model: str, more: dict[str, Any]) -> None:
    check_part(part("voters", model), {**RANKED, **more})


def profiles(n: int, cells: int) -> Any:
    """All ways to share n voters among cells."""
    for cut in itertools.combinations(range(n + cells - 1), cells - 1):
        ends = (-1, *cut, n + cells - 1)
        yield [b - a - 1 for a, b in itertools.pairwise(ends)]


def exact_three(n: int, impartial: bool) -> Fraction:
    """Probability of a Condorcet winner among three for n voters, by going through all profiles."""
    every = list(itertools.permutations(range(3)))
    wanted, total = 0, 0
    for counts in profiles(n, 6):
        weight = math.factorial(n) // math.prod(map(math.factorial, counts)) if impartial else 1
        margin = lambda a, b: sum(c if o.index(a) < o.index(b) else -c for c, o in zip(counts, every))  # noqa: B023, E731
        total += weight
        wanted += weight * any(all(margin(a, b) > 0 for b in range(3) if b != a) for a in range(3))
    return Fraction(wanted, total)


def no_condorcet_winner(culture: dict[str, Any], options: str, n: int, draws: int = 200_000) -> np.ndarray:
    result = run(culture, options, draws, electorate=voters_of(n))
    return (result["condorcet_winner"].values < 0).astype(float)


@pytest.mark.parametrize("n", [2, 3, 5, 6, 9])
def test_paradox_of_the_impartial_culture(n: int) -> None:
    exact = exact_three(n, impartial=True)
    if n == 3:
        assert 1 - exact == Fraction(12, 216)
    assert within(no_condorcet_winner(IMPARTIAL, "abc", n), float(1 - exact))


def test_paradox_of_many_voters_is_guilbauds() -> None:
    # With n voters the probability falls short of the limit by about 0.085/n.
    limit = 0.25 - 3 / (2 * math.pi) * math.asin(1 / 3)
    assert limit == pytest.approx(0.0877, abs=1e-4)
    assert within(no_condorcet_winner(IMPARTIAL, "abc", 1_000_001), limit)


@pytest.mark.parametrize("n", [3, 9, 1_000_001])
def test_paradox_of_four_is_twice_that_of_three(n: int) -> None:
    # May 1971, for odd numbers of voters.
    three = 0.25 - 3 / (2 * math.pi) * math.asin(1 / 3) if n > 100 else float(1 - exact_three(n, impartial=True))
    assert within(no_condorcet_winner(IMPARTIAL, "abcd", n, 100_000), 2 * three)


@pytest.mark.skipif(not TABLE.exists(), reason="the table of exact probabilities is not here")
@pytest.mark.parametrize("n", ["3", "11", "25", "101"])
def test_paradox_by_the_exact_table(n: str) -> None:
    with TABLE.open(encoding="utf-8") as file:
        rows = {row["voters"]: row for row in csv.DictReader(line for line in file if not line.startswith("#"))}
    for options in ("abc", "abcd"):
        found = no_condorcet_winner(IMPARTIAL, options, int(n), 100_000)
        assert within(found, float(rows[n][f"p_no_cw_{len(options)}_candidates"]))


@pytest.mark.parametrize("n", [3, 5, 25, 100_001])
def test_condorcet_winner_of_the_anonymous_culture(n: int) -> None:
    # Gehrlein & Fishburn 1976, three candidates, odd n.
    exact = Fraction(15 * (n + 3) ** 2, 16 * (n + 2) * (n + 4))
    if n < 6:
        assert exact == exact_three(n, impartial=False)
    assert within(no_condorcet_winner(ANONYMOUS, "abc", n), float(1 - exact))


def test_all_profiles_are_alike_in_the_anonymous_culture() -> None:
    rankings = run(ANONYMOUS, "abc", 100_000, electorate=voters_of(3))["rankings"].values
    found, counts = np.unique(rankings, axis=0, return_counts=True)
    assert len(found) == math.comb(8, 5)
    assert stats.chisquare(counts).pvalue > 1e-4


def test_each_region_has_its_own_anonymous_culture() -> None:
    regions = {"regions": {"east": 100_000, "west": 100_000}}
    for over, wanted in (("nation", 1.0), ("region", 0.0)):
        votes = run({**ANONYMOUS, "over": over}, "ab", 40_000, electorate=regions)["votes"].values[..., 0] / 100_000
        # With two options the share is uniform.
        for column in votes.T:
            assert stats.kstest(column[:10_000], "uniform").pvalue > 1e-4
        assert abs(np.corrcoef(votes.T)[0, 1] - wanted) < 4 / np.sqrt(40_000)


def test_the_cells_of_a_region_share_its_culture() -> None:
    regions = [{"region": r, "registered": 40_000_000, "stations": n} for r, n in (("east", 1), ("west", 3))]
    electorate = {"model": "cells", "regions": regions, "stations": {}, "traits": {"age": {"young": 0.3, "old": 0.7}}}
    keep = {"keep": ["station_votes"]}
    result = run({**ANONYMOUS, "over": "region"}, "ab", 50, electorate=electorate, run=keep)
    votes = result["station_votes"].values
    share = votes[..., 0] / votes.sum(axis=-1)
    assert result["station_region"].values.tolist() == ["east", "west", "west", "west"]
    assert np.abs(share[:, 1:] - share[:, [1]]).max() < 2e-3
    assert np.abs(share[:, 0] - share[:, 1]).mean() > 0.1


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 4.0, 500.0])
def test_voters_of_an_urn_are_alike(alpha: float) -> None:
    rankings = run({"model": "urn", "alpha": alpha}, "abc", 200_000, electorate=voters_of(2))["rankings"].values
    same = (rankings == 2).any(axis=1).astype(float)
    assert within(same, (1 + alpha) / (6 + alpha))
    # Of many voters the share of an order has the variance p (1 − p) ρ, ρ = α/(α + m!).
    many = run({"model": "urn", "alpha": alpha}, "abc", 100_000, electorate=voters_of(10**8))["rankings"].values / 1e8
    for column in many.T:
        assert within(column, 1 / 6)
        assert within((column - 1 / 6) ** 2, 5 / 36 * (alpha / (alpha + 6) + (1 - alpha / (alpha + 6)) / 1e8))


def test_an_urn_drawn_ball_by_ball() -> None:
    rng, alpha, n, draws = np.random.default_rng(3), 1.5, 7, 60_000
    urn = np.ones((draws, 6))
    counts = np.zeros((draws, 6), int)
    for _ in range(n):
        u = rng.random(draws) * urn.sum(axis=1)
        taken = (u[:, None] > np.cumsum(urn, axis=1)).sum(axis=1)
        counts[np.arange(draws), taken] += 1
        urn[np.arange(draws), taken] += alpha
    rankings = run({"model": "urn", "alpha": alpha}, "abc", draws, electorate=voters_of(n))["rankings"].values
    for largest in range(1, n + 1):
        one, other = ((x.max(axis=1) == largest) for x in (counts, rankings))
        p = (one.mean() + other.mean()) / 2
        assert abs(one.mean() - other.mean()) <= 4 * np.sqrt(2 * p * (1 - p) / draws)


def test_an_uncertain_urn() -> None:
    alpha = {"uniform": [0, 2]}
    rankings = run({"model": "urn", "alpha": alpha}, "abc", 200_000, electorate=voters_of(2))["rankings"].values
    # E (1 + α)/(6 + α) = 1 − 5 E 1/(6 + α).
    assert within((rankings == 2).any(axis=1).astype(float), 1 - 5 * math.log(8 / 6) / 2)


def kendall(order: str, reference: str) -> int:
    names = order.split(">")
    return sum(names.index(a) > names.index(b) for a, b in itertools.combinations(reference, 2))


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("reference", ["cab", "bdca"])
def test_mallows_has_its_constant_and_its_distance(phi: float, reference: str) -> None:
    m = len(reference)
    culture = {"model": "mallows", "mixture": [{"reference": list(reference), "phi": phi}]}
    result = run(culture, "".join(sorted(reference)), 100_000, electorate=voters_of(1))
    rankings = result["rankings"].values.astype(float)
    names = result["order"].values.tolist()
    z = math.prod(sum(phi**j for j in range(i)) for i in range(1, m + 1))
    for name, column in zip(names, rankings.T):
        assert within(column, phi ** kendall(name, reference) / z)
    distance = rankings @ [kendall(name, reference) for name in names]
    if phi == 1.0:
        expected = m * (m - 1) / 4
    else:
        expected = m * phi / (1 - phi) - sum(i * phi**i / (1 - phi**i) for i in range(1, m + 1))
    assert within(distance, expected)


def test_camps_of_mallows_by_region_and_group() -> None:
    camps = [
        {"reference": ["a", "b", "c"], "phi": {"default": 0.5, "north": 0.2}, "weight": {"default": 1, "north": 3}},
        {"reference": ["c", "b", "a"], "phi": {"default": 0.5, "young": 0.1}, "weight": {"default": 1, "old": 0}},
    ]
    result = run({"model": "mallows", "mixture": camps}, draws=4000, electorate=GROUPS)
    shares = result["group_votes"].values / result["group_votes"].values.sum(axis=-1, keepdims=True)

    def first(phi: float, place: int) -> float:
        return phi**place / (1 + phi + phi**2)

    north, south = 0.6, 0.4
    for g, group in enumerate(result["group"].values):
        for place, option in enumerate("abc"):
            other = 2 - place
            if group == "old":
                expected = north * first(0.2, place) + south * first(0.5, place)
            else:
                mixed = [0.75, 0.25], [0.5, 0.5]
                one, two = (w[0] * first(p, place) + w[1] * first(0.1, other) for w, p in zip(mixed, (0.2, 0.5)))
                expected = north * one + south * two
            found = shares[:, g, result["option"].values.tolist().index(option)]
            assert within(found, expected)


def test_plackett_luce_has_its_marginals() -> None:
    w = {"a": 0.5, "b": 0.3, "c": 0.15, "d": 0.05}
    result = run({"model": "plackett_luce", "weights": w}, "abcd", 200_000, electorate=voters_of(1))
    rankings = result["rankings"].values.astype(float)
    names = [name.split(">") for name in result["order"].values]
    for a in w:
        assert within(rankings @ [name[0] == a for name in names], w[a])
        second = sum(w[b] * w[a] / (1 - w[b]) for b in w if b != a)
        assert within(rankings @ [name[1] == a for name in names], second)
        for b in w:
            if a != b:
                ahead = rankings @ [name.index(a) < name.index(b) for name in names]
                assert within(ahead, w[a] / (w[a] + w[b]))


def test_plackett_luce_is_logit_without_swing() -> None:
    table = [{"region": "east", "a": 0.5, "b": 0.3, "c": 0.2}, {"region": "west", "a": 0.1, "b": 0.9, "c": 0.0}]
    one = run({"model": "plackett_luce", "weights": table}, draws=500, electorate=voters_of(1000))
    two = run({"baseline": table}, draws=500, electorate=voters_of(1000))
    assert np.array_equal(one["rankings"], two["rankings"])
    assert np.array_equal(one["votes"], two["votes"])


@pytest.mark.parametrize("model", CULTURES)
def test_first_preferences_on_a_plain_ballot(model: str) -> None:
    body = {
        "urn": {"alpha": 2.0},
        "mallows": {"mixture": [{"reference": ["b", "c", "a"], "phi": 0.6}]},
        "plackett_luce": {"weights": {"a": 0.5, "b": 0.3, "c": 0.2}},
    }.get(model, {})
    means = []
    for ballot in ("ranked", "single_choice"):
        paper = {"model": ballot, "options": dict.fromkeys("abc")}
        result = run({"model": model, **body}, draws=20_000, electorate=voters_of(1000), ballot=paper)
        means.append(result["votes"].values.sum(axis=1) / 1000)
    for one, two in zip(*(x.T for x in means)):
        error = np.sqrt((one.var() + two.var()) / 20_000)
        assert abs(one.mean() - two.mean()) <= 4 * error


def test_the_orders_of_six_options() -> None:
    result = run(IMPARTIAL, "abcdef", 2_000, electorate=voters_of(7200))
    assert result["order"].values.tolist() == orders("abcdef")
    rankings = result["rankings"].values
    assert (rankings.sum(axis=1) == 7200).all()
    assert stats.chisquare(rankings.sum(axis=0)).pvalue > 1e-4

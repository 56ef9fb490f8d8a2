"""Terms of the turnout against their laws: exact values, closed forms, voters simulated one by one."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

import sim
from sim import testing
from sim.election.state import Block, Workspace
from sim.election.turnout.logit import Logit
from sim.election.turnout.terms import KINDS
from sim.election.turnout.terms.alienation import alienated
from sim.election.turnout.terms.base import brought, kept_away
from sim.election.turnout.terms.calculus import tie_probability
from sim.election.turnout.terms.contagion import spilt_over
from sim.election.turnout.terms.indifference import indifferent
from sim.election.turnout.terms.weather import points_as_log_odds
from sim.engine.plan import make_plan
from sim.errors import ResultError
from sim.results.contract import check
from sim.testing import check_part

V = np.array([1.0, 0.2, -0.5])
P = special.softmax(V)
SOFTMAX = (0.597922, 0.268664, 0.133414)
MANY = 2_000_000

#: A term of every kind; contagion has something before it.
ALL = {kind: KINDS[kind].example for kind in ("weather", "calculus", *KINDS)}


def scenario(terms: dict[str, Any], shares: Any = None, baseline: Any = 0.6, **more: Any) -> sim.Scenario:
    shares = shares or dict(zip("abc", P.tolist()))
    body = {
        "title": "terms",
        "electorate": {"regions": {"x": 400_000_000, "y": 300_000_000}},
        "ballot": {"options": {option: None for option in shares}},
        "voters": {"baseline": shares},
        "turnout": {"baseline": baseline, "terms": terms},
        "rules": {"it": {"model": "plurality"}},
    }
    return sim.loads(json.dumps({**body, **more}))


def block_of(it: sim.Scenario, draws: int = 64) -> Block:
    plan = make_plan(it, draws, 1)
    return plan.run_block(Block(plan.world, plan.chance, 0, draws, Workspace()))


def come(it: sim.Scenario, draws: int = 64) -> np.ndarray:
    """Probability of coming, (draw, cell)."""
    return special.expit(block_of(it, draws).turnout.astype(float))


def votes_of(it: sim.Scenario, draws: int = 64) -> np.ndarray:
    """Shares of those who come, (option, draw, cell)."""
    return special.softmax(block_of(it, draws).support.astype(float), axis=0)


def gumbel(rng: np.random.Generator, n: int = MANY) -> np.ndarray:
    return V + rng.gumbel(size=(n, len(V)))


def close_to(share: float, seen: np.ndarray | float, n: int = MANY) -> bool:
    """Within 4 Monte Carlo standard errors."""
    return bool(np.all(np.abs(np.mean(seen) - share) < 4 * np.sqrt(share * (1 - share) / n)))


# -- calculus of voting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "n, share, exact, digits",
    [
        (100, 0.5, 0.0399444, 5e-8),
        (1e3, 0.5, 0.0126172, 5e-8),
        (1e6, 0.5, 3.989423e-4, 5e-11),
        (1e4, 0.51, 5.398624e-4, 5e-11),
        (1e6, 0.505, 7.685e-26, 5e-30),
    ],
)
def test_probability_of_a_tie(n: float, share: float, exact: float, digits: float) -> None:
    assert abs(tie_probability(n, share) - exact) < digits


def test_probability_of_a_tie_is_skellams() -> None:
    n = np.array([0.0, 1e-3, 0.5, 3.0, 10.0, 29.9, 30.0, 30.1, 45.0, 200.0, 5e4, 3e7])[:, None]
    s = np.array([0.0, 0.01, 0.3, 0.5, 0.502, 0.9, 1.0])
    z = 2 * n * np.sqrt(s * (1 - s))
    exact = np.exp(-((np.sqrt(n * s) - np.sqrt(n * (1 - s))) ** 2)) * special.ive(0, z)
    assert tie_probability(n, s) == pytest.approx(exact, rel=1e-10, abs=1e-300)
    assert tie_probability(40.0, 0.45) == pytest.approx(stats.skellam(18.0, 22.0).pmf(0), rel=1e-8)
    assert tie_probability(1e8, 0.5) == pytest.approx(1 / np.sqrt(2 * np.pi * 1e8), rel=1e-8)


def test_calculus_is_a_shift() -> None:
    term = {
        "kind": "calculus",
        "benefit": 20.0,
        "duty": {"x": 0.3, "y": 0.1},
        "cost": 0.2,
        "voters": 1e3,
        "closeness": 0.5,
    }
    shift = special.logit(come(scenario({"it": term}))) - special.logit(0.6)
    assert shift == pytest.approx(np.broadcast_to(20 * 0.0126172 + np.array([0.1, -0.1]), shift.shape), abs=1e-6)
    given = {"kind": "calculus", "benefit": 2.0, "pivot": 0.05}
    assert special.logit(come(scenario({"it": given}))) - special.logit(0.6) == pytest.approx(0.1, abs=1e-6)


# -- alienation and indifference ---------------------------------------------------------------------------


def test_alienation_has_its_exact_value() -> None:
    assert abs(float(alienated(V, 0.7)) - 0.1046029) < 5e-8
    assert abs(float(alienated(V, 0.7)) - np.exp(-np.exp(V - 0.7).sum())) < 1e-14
    u = gumbel(np.random.default_rng(1))
    stays = u.max(axis=1) < 0.7
    assert close_to(0.1046029, stays)
    # Neutrality: who is alienated has nothing to do with whom one prefers.
    among = np.bincount(u[~stays].argmax(axis=1), minlength=3) / (~stays).sum()
    assert pytest.approx(SOFTMAX, abs=5e-7) == P
    assert (np.abs(among - P) < 4 * np.sqrt(P * (1 - P) / (~stays).sum())).all()


def test_alienation_in_a_run() -> None:
    term = {"kind": "alienation", "threshold": 0.7, "anchor": "a", "level": 1.0}
    it = scenario({"it": term})
    assert come(it) == pytest.approx(0.6 * (1 - 0.1046029), abs=1e-7)
    assert np.array_equal(votes_of(it), votes_of(scenario({"it": -0.1})))
    # The level is that of the anchor: all the same, told from another option.
    other = scenario({"it": {**term, "anchor": "c", "level": -0.5}})
    assert come(other) == pytest.approx(come(it), abs=1e-7)


def test_alienation_has_its_properties() -> None:
    assert alienated(np.append(V, -2.0), 0.7) < alienated(V, 0.7) < alienated(V - 0.5, 0.7)
    assert alienated(V, -1e6) == 0
    assert alienated(V, 1e6) == 1
    # An anchor without voters: nobody else is alienated.
    it = scenario({"it": {"kind": "alienation", "threshold": 5, "anchor": "c"}}, {"a": 0.6, "b": 0.4, "c": 0.0})
    assert np.array_equal(come(it), come(scenario({"it": {"kind": "alienation", "threshold": -1e6, "anchor": "a"}})))


def test_indifference_has_its_exact_values() -> None:
    away, divisors = indifferent(P, 0.5)
    assert abs(float(away) - 0.2581557) < 5e-8
    assert abs(float(away) - (1 - (P / divisors).sum())) < 1e-14
    two = special.softmax([0.8, 0.0])
    assert abs(float(indifferent(two, 0.5)[0]) - 0.2113925) < 5e-8
    for d, a in itertools.product((0.0, 0.3, 0.8, 4.0), (0.0, 0.1, 0.5, 3.0)):
        exact = special.expit(a - d) - special.expit(-a - d)
        assert float(indifferent(special.softmax([d, 0.0]), a)[0]) == pytest.approx(exact, abs=1e-12)


def test_indifference_moves_votes_as_voters_do() -> None:
    u = np.sort(gumbel(np.random.default_rng(2)), axis=1)
    assert close_to(0.2581557, u[:, 2] - u[:, 1] < 0.5)
    u = gumbel(np.random.default_rng(3))
    best = np.sort(u, axis=1)
    decided = best[:, 2] - best[:, 1] >= 0.5
    seen = np.bincount(u[decided].argmax(axis=1), minlength=3) / decided.sum()
    it = scenario({"it": {"kind": "indifference", "threshold": 0.5}})
    votes = votes_of(it)[:, 0, 0]
    assert (np.abs(seen - votes) < 4 * np.sqrt(votes * (1 - votes) / decided.sum())).all()
    assert votes[0] > P[0] + 0.02
    assert come(it) == pytest.approx(0.6 * (1 - 0.2581557), abs=1e-7)


def test_indifference_has_its_properties() -> None:
    assert indifferent(P, 0.0)[0] == 0
    assert indifferent(np.full(4, 0.25), 1e4)[0] == 1
    assert indifferent(np.array([1.0, 0.0]), 3.0)[0] == 0
    equal = indifferent(np.full(2, 0.5), 0.4)[0]
    assert all(indifferent(special.softmax([d, 0.0]), 0.4)[0] < equal for d in (0.1, -0.3, 2.0))


# -- weather -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "effect, logits, table",
    [
        (0.01, 0.040005, (0.00648, 0.01, 0.00600, 0.00354)),
        (0.02, 0.080043, (0.01311, 0.02, 0.01186, 0.00698)),
        (0.05, 0.200671, (0.03404, 0.05, 0.02860, 0.01667)),
    ],
)
def test_points_are_converted(effect: float, logits: float, table: tuple[float, ...]) -> None:
    x = points_as_log_odds(effect, 0.5)
    assert abs(float(x) - logits) < 5e-7
    at = np.array([0.2, 0.5, 0.8131, 0.9])
    assert special.expit(special.logit(at) + x) - at == pytest.approx(table, abs=5.1e-6)


def test_weather_in_a_run() -> None:
    term = {"kind": "weather", "rain": {"x": 2.0, "y": 0.0}, "rain_effect": -0.05, "snow": 1.0, "snow_effect": -0.01}
    shift = special.logit(come(scenario({"it": term}))[0]) - special.logit(0.6)
    assert shift == pytest.approx([-2 * 0.200671 - 0.040005, -0.040005], abs=1e-6)
    in_mm = {**term, "rain": {"x": 50.8, "y": 0.0}, "snow": 25.4, "unit": "mm"}
    assert come(scenario({"it": in_mm})) == pytest.approx(come(scenario({"it": term})), abs=1e-7)
    # At the turnout where it was measured, one inch is what was measured.
    plain = come(scenario({"it": {"kind": "weather", "rain": 1.0, "measured_at": 0.6}}))
    assert plain == pytest.approx(0.6 - 0.009, abs=1e-7)


# -- boycott -----------------------------------------------------------------------------------------------


def test_boycott_of_all_leaves_the_shares() -> None:
    it = scenario({"it": {"kind": "boycott", "reach": {"x": 0.2, "y": 0.5}, "adherence": 0.3}})
    assert come(it)[0] == pytest.approx([0.6 * (1 - 0.06), 0.6 * (1 - 0.15)], abs=1e-7)
    assert votes_of(it)[:, 0, 0] == pytest.approx(P, abs=1e-7)


def test_boycott_of_some_moves_the_shares() -> None:
    followers = {"a": 0.1, "b": 0.8}
    it = scenario({"it": {"kind": "boycott", "reach": 0.5, "followers": followers}})
    kept = P * [1 - 0.05, 1 - 0.4, 1.0]
    assert come(it) == pytest.approx(0.6 * kept.sum(), abs=1e-7)
    assert votes_of(it)[:, 0, 0] == pytest.approx(kept / kept.sum(), abs=1e-7)
    # Voter by voter.
    rng = np.random.default_rng(4)
    choice = rng.choice(3, size=MANY, p=P)
    would = rng.random(MANY) < 0.6
    gone = (rng.random(MANY) < 0.5) & (rng.random(MANY) < np.array([0.1, 0.8, 0.0])[choice])
    comes = would & ~gone
    assert close_to(float(come(it)[0, 0]), comes)
    for o, share in enumerate(votes_of(it)[:, 0, 0]):
        assert close_to(share, (choice == o)[comes], int(comes.sum()))
    # Counted: votes over registered are those who are left of each option.
    ds = sim.run(it, draws=400, seed=3)
    left = ds["votes"].values / ds["registered"].values[:, None]
    error = np.sqrt(0.6 * kept * (1 - 0.6 * kept) / np.array([4e8, 3e8])[:, None] / 400)
    assert (np.abs(left.mean(axis=0) - 0.6 * kept) < 4 * error).all()


def test_a_boycott_by_everybody_leaves_nobody() -> None:
    it = scenario({"it": {"kind": "boycott", "reach": 1, "followers": {"default": 1.0}}})
    assert int(sim.run(it, draws=20, seed=1)["ballots_cast"].sum()) == 0
    assert np.isfinite(block_of(it).support).all()
    assert (come(it) == 0).all()
    some = scenario({"it": {"kind": "boycott", "reach": 1, "followers": {"a": 1.0}}})
    votes = sim.run(some, draws=20, seed=1)["votes"]
    assert int(votes.sel(option="a").sum()) == 0
    assert int(votes.sel(option="b").min()) > 0


# -- mobilisation ------------------------------------------------------------------------------------------

SECTORS = {"public": {"share": 0.2, "exposure": 0.37}, "firms": {"share": {"x": 0.3, "y": 0.1}, "exposure": 0.3}}
PRESSED = np.array([0.2 * 0.37 + 0.3 * 0.3, 0.2 * 0.37 + 0.1 * 0.3])


def test_mobilisation_brings_what_it_should() -> None:
    it = scenario({"it": {"kind": "mobilisation", "sectors": SECTORS}})
    effect = sim.run(it, draws=40_000, seed=5)["turnout_effect_it"].values
    # Beta(3, 17): mean 0.15, standard deviation 0.0779, one number for both regions.
    q = effect / (0.4 * PRESSED)
    assert q[:, 0] == pytest.approx(q[:, 1], rel=1e-4)
    assert abs(q[:, 0].mean() - 0.15) < 4 * 0.0779 / np.sqrt(40_000)
    assert q[:, 0].std() == pytest.approx(0.0779, rel=0.02)
    assert stats.kstest(q[:10_000, 0], stats.beta(3, 17).cdf).pvalue > 1e-4


def test_the_mobilised_vote_in_their_own_way() -> None:
    term = {"kind": "mobilisation", "sectors": SECTORS, "compliance": 0.6, "monitoring": 0.5, "vote": {"c": 0.7}}
    it = scenario({"it": term})
    m = PRESSED * 0.3
    assert come(it)[0] == pytest.approx(0.6 + 0.4 * m, abs=1e-7)
    own = 0.3 * P + [0.0, 0.0, 0.7]
    for cell in (0, 1):
        mixed = (0.6 * P + 0.4 * m[cell] * own) / (0.6 + 0.4 * m[cell])
        assert votes_of(it)[:, 0, cell] == pytest.approx(mixed, abs=1e-7)
    # Voter by voter, in the region x.
    rng = np.random.default_rng(6)
    choice, u = rng.choice(3, size=MANY, p=P), rng.random(MANY)
    sector = np.where(u < 0.2, 0.37, np.where(u < 0.5, 0.3, 0.0))
    sincere = rng.random(MANY) < 0.6
    brought_by = ~sincere & (rng.random(MANY) < sector) & (rng.random(MANY) < 0.3)
    votes = np.where(brought_by & (rng.random(MANY) < 0.7), 2, choice)
    comes = sincere | brought_by
    assert close_to(float(come(it)[0, 0]), comes)
    for o, share in enumerate(votes_of(it)[:, 0, 0]):
        assert close_to(share, (votes == o)[comes], int(comes.sum()))
    # Without 'vote' they are as everybody.
    plain = votes_of(scenario({"it": {**term, "vote": {}}}))
    assert np.array_equal(plain, votes_of(scenario({"it": -0.1})))


def test_the_mobilised_where_nobody_would_come() -> None:
    term = {"kind": "mobilisation", "sectors": SECTORS, "compliance": 0.5, "vote": {"c": 1.0}}
    it = scenario({"it": term}, baseline=0.0)
    assert come(it)[0] == pytest.approx(0.5 * PRESSED, abs=1e-7)
    assert votes_of(it)[:, 0, 0] == pytest.approx([0, 0, 1], abs=0)
    everybody = scenario({"it": term}, baseline=1.0)
    assert (come(everybody) == 1).all()
    assert votes_of(everybody)[:, 0, 0] == pytest.approx(P, abs=1e-7)


LATER: dict[str, dict[str, Any]] = {
    "call": {"kind": "boycott", "reach": 0.5, "followers": {"a": 0.2, "c": 0.6}},
    "law": {"kind": "compulsory", "enforcement": 0.3},
}


@pytest.mark.parametrize("later", [(), ("call",), ("law",), ("call", "law")], ids=str)
def test_the_mobilised_are_counted(later: tuple[str, ...]) -> None:
    term = {"kind": "mobilisation", "sectors": SECTORS, "compliance": 0.8, "vote": {"c": 0.6}}
    terms = {"it": term, **{name: LATER[name] for name in later}}
    it = scenario(terms, electorate={"regions": {"x": 30, "y": 20}})
    draws = 100_000
    ds = sim.run(it, draws=draws, seed=9).transpose("draw", "region", "option")
    mobilised = ds["votes_mobilised"].values
    others = ds["votes"].values - mobilised
    assert (others >= 0).all()
    kept = 1 - 0.5 * np.array([0.2, 0.0, 0.6]) if "call" in later else np.ones(3)
    for r, n in enumerate((30, 20)):
        # Every voter is one of: mobilised or not, for each option; or stays.
        m = 0.4 * 0.8 * PRESSED[r] * (0.4 * P + [0, 0, 0.6]) * kept
        own = 0.6 * P * kept
        if "law" in later:
            own = own + 0.3 * (1 - m.sum() - own.sum()) * (m + own) / (m + own).sum()
        p = np.concatenate([m, own])
        seen = np.concatenate([mobilised[:, r], others[:, r]], axis=1).astype(float)
        assert (np.abs(seen.mean(axis=0) - n * p) < 4 * np.sqrt(n * p * (1 - p) / draws)).all()
        covariance = n * (np.diag(p) - np.outer(p, p))
        centred = seen - n * p
        products = np.einsum("di,dj->dij", centred, centred)
        assert (np.abs(products.mean(axis=0) - covariance) < 4.5 * products.std(axis=0) / np.sqrt(draws)).all()


def test_two_mobilisations_are_counted_together() -> None:
    term = {"kind": "mobilisation", "sectors": {"all": {"share": 0.5, "exposure": 1.0}}, "compliance": 0.5}
    it = scenario({"one": {**term, "vote": {"c": 1.0}}, "two": term}, electorate={"regions": {"x": 1_000, "y": 10}})
    ds = sim.run(it, draws=20_000, seed=9).sel(region="x").transpose("draw", "option")
    first, second = 0.4 * 0.25, 0.3 * 0.25
    mixed = (0.6 * P + [0, 0, first]) / 0.7
    p = [0, 0, first] + second * mixed
    assert (np.abs(ds["votes_mobilised"].values.mean(axis=0) / 1_000 - p) < 4 * np.sqrt(p * (1 - p) / 2e7)).all()


def test_the_contract_knows_the_mobilised() -> None:
    it = scenario({"it": ALL["mobilisation"]}, electorate={"regions": {"x": 3_000, "y": 20}})
    ds = sim.run(it, draws=20, seed=1)
    check(ds)
    ds["votes_mobilised"].values += ds["votes"].values + 1
    with pytest.raises(ResultError, match="more votes_mobilised than votes"):
        check(ds)
    assert "votes_mobilised" not in sim.run(scenario({"it": -0.1}), draws=2, seed=1)


# -- compulsory voting, households -------------------------------------------------------------------------


def test_compulsory_voting() -> None:
    # Australia: 24 points up.
    it = scenario({"it": {"kind": "compulsory", "enforcement": 0.24 / 0.34}}, baseline=0.66)
    assert come(it) == pytest.approx(0.90, abs=1e-7)
    assert (come(scenario({"it": {"kind": "compulsory", "enforcement": 1.0}})) == 1).all()


def test_probabilities_keep_their_digits() -> None:
    few, many = np.array([-30.0], np.float32), np.array([30.0], np.float32)
    assert kept_away(few, np.array([0.5]))[0] == pytest.approx(-30 - np.log(2), abs=1e-5)
    assert brought(many, np.array([0.5]))[0] == pytest.approx(30 + np.log(2), abs=1e-5)
    assert kept_away(many, np.array([0.5]))[0] == pytest.approx(0.0, abs=1e-6)
    nearly_all = np.array([40.0], np.float32)
    assert kept_away(nearly_all, special.expit([-40.0]))[0] == pytest.approx(40 - np.log(2), abs=1e-5)
    tiny = np.random.default_rng(7).normal(0, 1e-9, 1_000).astype(np.float32)
    assert np.array_equal(kept_away(tiny, np.zeros(1)), tiny)
    assert np.array_equal(brought(tiny, np.zeros(1)), tiny)


def test_contagion_passes_on_what_was_done() -> None:
    before, shift, h, c = special.logit(0.6), -0.3, 0.7, 0.6
    moved = special.expit([before + shift, before + 1.6 * shift])
    exact = 0.3 * moved[0] + 0.7 * moved[1]
    seen = special.expit(spilt_over(np.array([before]), np.array([before + shift]), h, c))
    assert seen == pytest.approx([exact], abs=1e-12)
    it = scenario({"rain": shift, "it": {"kind": "contagion", "households": h, "passed_on": c}})
    assert come(it) == pytest.approx(exact, abs=1e-7)
    # To the first order the effect is (1 + h·c) times as large, whatever its direction.
    for x in (1e-5, -1e-5):
        after = special.expit(spilt_over(np.array([before]), np.array([before + x]), h, c))[0]
        assert (after - 0.6) / (0.24 * x) == pytest.approx(1 + h * c, rel=1e-4)
    assert spilt_over(np.array([0.4]), np.array([0.4]), h, c)[0] == pytest.approx(0.4, abs=1e-12)


def test_contagion_leaves_alone_whom_it_does_not_reach() -> None:
    # Tiny log-odds, of which the way through probabilities would lose digits.
    terms = {"first": {"normal": [0.0, 1e-9]}}
    spill = {"kind": "contagion", "households": {"x": 0.5, "y": 0.0}}
    before, after = block_of(scenario(terms, baseline=0.5)), block_of(scenario({**terms, "it": spill}, baseline=0.5))
    assert np.array_equal(before.turnout[:, 1], after.turnout[:, 1])
    # From a turnout of 0 there is no distance that could be passed on.
    law = {"kind": "compulsory", "enforcement": 0.3}
    it = scenario({"law": law, "it": {**spill, "households": 0.5}}, baseline=0.0)
    assert come(it) == pytest.approx(0.3, abs=1e-6)


def test_contagion_passes_on_all_terms_before_it_and_none_after() -> None:
    spill = {"kind": "contagion", "households": 1.0, "passed_on": 0.5}
    it = scenario({"one": 0.2, "two": 0.1, "it": spill, "later": -0.4})
    assert special.logit(come(it)) - special.logit(0.6) == pytest.approx(1.5 * 0.3 - 0.4, abs=1e-6)


# -- together ----------------------------------------------------------------------------------------------

STATIONS = {
    "regions": [
        {"region": "x", "registered": 3_000, "stations": 4},
        {"region": "y", "registered": 500, "stations": 2},
    ],
    "stations": {"size_spread": 0.5},
}
SWING = {"national": 0.2, "regional": 0.1, "station": 0.3}


def _turnout(block: Block) -> np.ndarray:
    """Expected turnout of the regions (draw, region), summed by hand."""
    p = special.expit(block.turnout.astype(float))
    people = np.broadcast_to(block.registered, p.shape).astype(float)
    edges = block.world.cell_offsets
    spans = [slice(a, b) for a, b in itertools.pairwise(edges)]
    with np.errstate(invalid="ignore"):
        return np.stack([(p[:, s] * people[:, s]).sum(1) / people[:, s].sum(1) for s in spans], axis=1)


@pytest.mark.parametrize("names", [tuple(ALL), tuple(reversed(ALL))], ids=["forwards", "backwards"])
def test_effects_add_up(names: tuple[str, ...]) -> None:
    terms = {name: ALL[name] for name in names}
    more = {
        "electorate": STATIONS,
        "voters": {"baseline": dict(zip("abc", P.tolist())), "swing": SWING},
    }
    turnout = {"baseline": 0.6, "swing": SWING, "overdispersion": {"region": 0.01, "station": 0.01}}
    if names[0] == "contagion":
        terms = {"first": 0.1, **terms}
    with_all = block_of(scenario({}, **more, turnout={**turnout, "terms": terms}))
    without = block_of(scenario({}, **more, turnout=turnout))
    effects = sum(with_all.outputs[f"turnout_effect_{name}"].astype(float) for name in terms)
    assert _turnout(with_all) == pytest.approx(_turnout(without) + effects, abs=2e-6)
    for name in terms:
        assert np.abs(with_all.outputs[f"turnout_effect_{name}"]).max() > 1e-4, name


def test_shifts_commute_and_mechanisms_do_not() -> None:
    shifts = {"trend": -0.2, "weather": ALL["weather"], "calculus": ALL["calculus"]}
    turnouts = [come(scenario(dict(order)))[0, 0] for order in itertools.permutations(shifts.items())]
    assert max(turnouts) - min(turnouts) < 1e-6
    law, call = ALL["compulsory"], {"kind": "boycott", "reach": 0.5, "adherence": 0.5}
    first = come(scenario({"law": law, "call": call}))[0, 0]
    second = come(scenario({"call": call, "law": law}))[0, 0]
    assert first == pytest.approx((0.6 + 0.3 * 0.4) * 0.75, abs=1e-6)
    assert second == pytest.approx(0.45 + 0.3 * 0.55, abs=1e-6)


def test_the_order_of_terms_makes_another_scenario() -> None:
    one, other = (scenario(dict(items)) for items in ([("a", 0.1), ("b", 0.2)], [("b", 0.2), ("a", 0.1)]))
    assert one != other
    assert one.sha256 != other.sha256
    assert sim.loads(one.to_yaml()) == one
    assert list(sim.loads(other.to_yaml()).sections["turnout"].terms) == ["b", "a"]


NOTHING_IN_Y: dict[str, dict[str, Any]] = {
    "weather": {"kind": "weather", "rain": {"x": 1.0, "y": 0.0}},
    "indifference": {"kind": "indifference", "threshold": {"x": 0.4, "y": 0.0}},
    "boycott": {"kind": "boycott", "reach": {"x": 0.4, "y": 0.0}, "followers": {"a": 0.5}},
    "call": {"kind": "boycott", "reach": {"x": 0.4, "y": 0.0}, "adherence": 0.5},
    "compulsory": {"kind": "compulsory", "enforcement": {"x": 0.4, "y": 0.0}},
    "mobilisation": {
        "kind": "mobilisation",
        "sectors": {"all": {"share": {"x": 0.5, "y": 0.0}, "exposure": 0.5}},
        "vote": {"b": 0.5},
    },
    "contagion": {"kind": "contagion", "households": {"x": 0.5, "y": 0.0}},
}


@pytest.mark.parametrize("name", NOTHING_IN_Y)
def test_whom_a_term_does_not_touch_keeps_every_bit(name: str) -> None:
    swung = {"voters": {"baseline": dict(zip("abc", P.tolist())), "swing": {"national": 0.3}}}
    turnout = {"baseline": 0.6, "swing": {"national": 0.3, "regional": 0.2}}
    before = block_of(scenario({}, **swung, turnout={**turnout, "terms": {"first": 0.2}}))
    after = block_of(scenario({}, **swung, turnout={**turnout, "terms": {"first": 0.2, "it": NOTHING_IN_Y[name]}}))
    assert np.array_equal(before.turnout[:, 1], after.turnout[:, 1])
    assert np.array_equal(before.support[:, :, 1], after.support[:, :, 1])
    assert (after.outputs["turnout_effect_it"][:, 1] == 0).all()
    assert (after.outputs["turnout_effect_it"][:, 0] != 0).all()
    assert not np.array_equal(before.turnout[:, 0], after.turnout[:, 0])


@pytest.mark.parametrize("baseline", [0.0, 1.0])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_what_is_certain_makes_no_nan(baseline: float, share: float) -> None:
    terms = {**copy.deepcopy(ALL), "first": 0.2}
    block = block_of(scenario(terms, {"a": share, "b": 1 - share, "c": 0.0}, baseline))
    assert not np.isnan(block.turnout).any()
    assert not np.isnan(block.support).any()


def test_terms_by_group() -> None:
    electorate = {
        "model": "cells",
        "regions": [{"region": "x", "registered": 2_000}, {"region": "y", "registered": 1_000}],
        "traits": {"age": {"young": 0.3, "old": 0.7}},
    }
    terms = {
        "law": {"kind": "compulsory", "enforcement": {"young": 0.5, "old": 0.0}},
        "call": {"kind": "boycott", "reach": {"default": 0.2, "y/old": 0.4}, "adherence": 0.5},
    }
    it = scenario(terms, electorate=electorate)
    block = block_of(it)
    labels = [it.world.strata.label(i) for i in range(4)]
    wanted = {"x/young": 0.8 * 0.9, "x/old": 0.6 * 0.9, "y/young": 0.8 * 0.9, "y/old": 0.6 * 0.8}
    assert special.expit(block.turnout[0].astype(float)) == pytest.approx([wanted[one] for one in labels], abs=1e-6)
    assert block.outputs["turnout_effect_law"][0] == pytest.approx([0.3 * 0.2, 0.3 * 0.2], abs=2e-4)


def test_terms_of_voters_one_by_one() -> None:
    electorate = {
        "model": "individuals",
        "regions": [{"region": "x", "registered": 300}, {"region": "y", "registered": 100}],
        "traits": {"age": {"young": 0.3, "old": 0.7}},
    }
    swung = {"electorate": electorate, "voters": {"baseline": dict(zip("abc", P.tolist())), "swing": {"national": 0.2}}}
    turnout = {"baseline": 0.6, "swing": {"regional": 0.2}}
    it = scenario({}, **swung, turnout={**turnout, "terms": ALL})
    block, without = block_of(it), block_of(scenario({}, **swung, turnout=turnout))
    effects = sum(block.outputs[f"turnout_effect_{name}"].astype(float) for name in ALL)
    assert _turnout(block) == pytest.approx(_turnout(without) + effects, abs=2e-6)
    assert "votes_mobilised" not in sim.run(it, draws=5, seed=1)


# -- conformance -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*KINDS, "all"])
def test_conforms(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = ALL if kind == "all" else {"earlier": -0.1, "it": KINDS[kind].example}
    monkeypatch.setattr(Logit, "example", {**Logit.example, "terms": terms})
    check_part(Logit)


def test_conforms_with_stations_and_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    swing = {"national": 0.2, "regional": 0.1, "station": 0.3}
    body = {"baseline": 0.6, "terms": ALL, "swing": swing, "overdispersion": {"region": 0.01}}
    monkeypatch.setattr(Logit, "example", body)
    electorate = {
        "model": "cells",
        "regions": [
            {"region": "north", "registered": 600, "stations": 3},
            {"region": "south", "registered": 400, "stations": 2},
        ],
        "stations": {"size_spread": 0.3},
        "traits": {"age": {"young": 0.3, "old": 0.7}},
    }
    # These two are made for electorates without stations.
    left_out = ("follows_a_permutation", "bears_the_extremes")
    monkeypatch.setattr(testing, "CHECKS", tuple(c for c in testing.CHECKS if c.__name__ not in left_out))
    check_part(Logit, {**testing.PLAIN, "electorate": electorate})
    ds = sim.run(sim.loads(json.dumps({**testing.PLAIN, "electorate": electorate, "turnout": body})), draws=50, seed=1)
    assert (ds["votes_mobilised"] <= ds["votes"]).all()
    assert int(ds["votes_mobilised"].sum()) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_says_what_it_is(kind: str) -> None:
    cls = KINDS[kind]
    text = cls.__doc__ or ""
    for word in ("→" if kind not in ("calculus", "weather") else "=", "Valid ", "Shapes:", "evidence"):
        assert word in text, word
    assert cls.example["kind"] == kind

"""Voter models where their shares are known: closed forms, published values, numbers worked out by hand."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special, stats

import sim
from sim.election.state import Block, Workspace
from sim.election.voters.mixtures import grid, step_for
from sim.election.voters.nested_logit import nested_utilities
from sim.election.voters.probit import factors
from sim.election.voters.recognition import discounted, recognised
from sim.election.voters.transfer import transferred
from sim.engine.plan import make_plan
from sim.numeric.choice import desert, invert_mixture, mixture_shares, nested_shares, normal_cdf

ZERO = np.zeros(1, np.int64)
THREE = {"a": 0.5, "b": 0.3, "c": 0.2}
REGIONS = {"x": 300, "y": 100}


def shares(voters: dict[str, Any], draws: int = 1, **sections: Any) -> np.ndarray:
    """Shares (option, draw, cell) of draws without chance but that of the voters."""
    body = {
        "title": "voters",
        "electorate": {"regions": REGIONS},
        "ballot": {"options": {"a": {"incumbent": True}, "b": None, "c": None}},
        "voters": voters,
        "turnout": {"baseline": 0.5},
        "rules": {"it": {"model": "plurality"}},
        **sections,
    }
    plan = make_plan(sim.loads(json.dumps(body)), draws, 1)
    block = plan.run_block(Block(plan.world, plan.chance, 0, draws, Workspace()))
    return special.softmax(block.support.astype(float), axis=0)


def one(voters: dict[str, Any], **sections: Any) -> np.ndarray:
    """Shares of the options in the first cell of the first draw."""
    return shares(voters, **sections)[:, 0, 0]


def nested(v: list[float], nest: list[int], scale: list[float]) -> np.ndarray:
    u = np.array(v, float).reshape(-1, 1, 1)
    nested_shares(u, np.array(nest), np.array(scale, float).reshape(-1, 1, 1), ZERO)
    return np.exp(u[:, 0, 0])


def mixed(v: list[float], loading: list[float], sd: float) -> np.ndarray:
    nodes, weights = grid([step_for(sd * (max(loading) - min(loading)))])
    u = np.array(v, float).reshape(-1, 1, 1)
    table = (nodes * sd * np.array(loading))[None, None]
    mixture_shares(u, table, weights, np.ones(len(v)), False, ZERO)
    return np.exp(u[:, 0, 0])


def probit(v: list[float], correlation: list[list[float]]) -> np.ndarray:
    from sim.election.voters.probit import _steps

    loadings, own = factors(np.array(correlation, float))
    nodes, weights = grid(_steps(loadings, own))
    u = np.array(v, float).reshape(-1, 1, 1)
    mixture_shares(u, (nodes @ loadings.T)[None, None], weights, own, True, ZERO)
    return np.exp(u[:, 0, 0])


# -- nested logit ------------------------------------------------------------------------------------------


def test_nested_logit_values() -> None:
    got = nested([2.5, 0, 0], [0, 1, 1], [1, 0.5])
    assert got[1] + got[2] == pytest.approx(0.1040115, abs=5e-8)
    assert got[1:] == pytest.approx([0.0520057] * 2, abs=5e-8)
    # e^{½ ln 2} = √2 is the weight of the nest.
    assert got[0] == pytest.approx(math.exp(2.5) / (math.exp(2.5) + math.sqrt(2)), abs=1e-12)
    plain = nested([2.5, 0, 0], [0, 1, 1], [1, 1])
    assert plain[1:] == pytest.approx([0.0705095] * 2, abs=5e-8)
    body = {"model": "nested_logit", "utilities": {"a": 2.5, "b": 0, "c": 0}}
    given = one({**body, "nests": {"rest": {"options": ["b", "c"], "lambda": 0.5}}})
    assert given == pytest.approx(got, abs=1e-7)


def test_nested_logit_with_one_is_the_logit() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        v = rng.normal(0, 3, 5)
        assert nested(list(v), [0, 1, 1, 2, 2], [1, 1, 1]) == pytest.approx(special.softmax(v), abs=1e-12)


def test_the_best_of_a_tight_nest_takes_all() -> None:
    got = nested([0.0, 0.1, 0.0], [0, 1, 1], [1, 0.001])
    assert got == pytest.approx([1 / (1 + math.exp(0.1)), 1 / (1 + math.exp(-0.1)), 0], abs=1e-12)


def test_nested_logit_is_the_baseline_at_zero_swing() -> None:
    p = np.array([0.5, 0.3, 0.2, 0.0]).reshape(-1, 1, 1)
    nest, scale = np.array([0, 1, 1, 1]), np.array([1, 0.3]).reshape(-1, 1, 1)
    u = nested_utilities(p, nest, scale)
    nested_shares(u, nest, scale, ZERO)
    assert np.exp(u) == pytest.approx(p, abs=1e-12)
    rows = [{"region": "x", **THREE}, {"region": "y", "a": 0.1, "b": 0.9, "c": 0.0}]
    body = {"model": "nested_logit", "baseline": rows}
    got = shares({**body, "nests": {"rest": {"options": ["b", "c"], "lambda": {"x": 0.4, "y": 0.9}}}})
    assert got[:, 0] == pytest.approx(np.array([[0.5, 0.1], [0.3, 0.9], [0.2, 0.0]]), abs=2e-7)


def test_a_nest_gives_to_its_own() -> None:
    """A term on b takes relatively more from c in the same nest than from a."""
    body = {"model": "nested_logit", "baseline": THREE, "nests": {"rest": {"options": ["b", "c"], "lambda": 0.5}}}
    got = one({**body, "terms": {"push": {"b": 0.2}}})
    # Within the nest the odds move by 0.2/λ; its own weight by the λ-th power of Σ e^{V/λ}.
    odds = 1.5 * math.exp(0.4)
    assert got[1] / got[2] == pytest.approx(odds, rel=1e-6)
    weight = (0.6 * math.exp(0.4) + 0.4) ** 0.5
    assert (got[1] + got[2]) / got[0] == pytest.approx(weight, rel=1e-6)


def test_an_uncertain_lambda_keeps_the_baseline() -> None:
    body = {"model": "nested_logit", "baseline": THREE}
    nests = {"rest": {"options": ["b", "c"], "lambda": {"uniform": [0.2, 0.9]}}}
    still = shares({**body, "nests": nests}, 50)[:, :, 0]
    assert still == pytest.approx(np.repeat([[0.5], [0.3], [0.2]], 50, 1), abs=1e-6)
    got = shares({**body, "nests": nests, "terms": {"push": {"b": 0.2}}}, 50)
    assert got[1, :, 0].std() > 0.001


# -- conditional logit: terms ------------------------------------------------------------------------------


def test_irrelevant_alternatives() -> None:
    """The odds of a and b do not move when c enters, leaves or is pushed."""
    with_c = one({"baseline": THREE, "terms": {"push": {"c": 1.5}}})
    without = one({"baseline": {"a": 0.625, "b": 0.375, "c": 0}})
    assert with_c[0] / with_c[1] == pytest.approx(5 / 3, rel=1e-6)
    assert without[0] / without[1] == pytest.approx(5 / 3, rel=1e-6)
    nest = {"near": {"options": ["b", "c"], "lambda": 0.5}}
    moved = one({"model": "nested_logit", "baseline": THREE, "nests": nest, "terms": {"push": {"c": 1.5}}})
    assert moved[0] / moved[1] > 1.2 * 5 / 3


def test_terms_add_up() -> None:
    terms = {"age": {"a": {"x": 0.3, "y": -0.2}}, "law": {"a": 0.1, "b": -0.4}}
    got = shares({"baseline": THREE, "terms": terms})[:, 0]
    for i, own in enumerate((0.3, -0.2)):
        expected = special.softmax(np.log([0.5, 0.3, 0.2]) + np.array([own + 0.1, -0.4, 0]))
        assert got[:, i] == pytest.approx(expected, abs=1e-6)


def test_a_term_of_a_group() -> None:
    electorate = {
        "model": "cells",
        "regions": [{"region": "x", "registered": 1000}],
        "traits": {"age": {"young": 0.4, "old": 0.6}},
    }
    terms = {"age": {"a": {"default": 0, "young": 0.5}}}
    got = shares({"baseline": THREE, "terms": terms}, electorate=electorate)[:, 0]
    expected = special.softmax(np.log([0.5, 0.3, 0.2]) + np.array([0.5, 0, 0]))
    assert got[:, 0] == pytest.approx([0.5, 0.3, 0.2], abs=1e-6)  # old stands before young
    assert got[:, 1] == pytest.approx(expected, abs=1e-6)


# -- economy -----------------------------------------------------------------------------------------------


def test_growth_helps_the_incumbent() -> None:
    growth = {"growth": {"value": 0.06, "reference": 0.04, "effect": 0.6}}
    base = {"a": 0.8131, "b": 0.1, "c": 0.0869}
    got = one({"baseline": base, "economy": growth})
    assert special.logit(got[0]) - special.logit(0.8131) == pytest.approx(0.048009, abs=1e-6)
    assert got[0] - 0.8131 == pytest.approx(0.0072, abs=1e-4)
    assert got[1] / got[2] == pytest.approx(0.1 / 0.0869, rel=1e-6)
    both = {**growth, "inflation": {"value": 0.2, "reference": 0.1, "effect": -0.1}}
    moved = one({"baseline": base, "economy": both})
    expected = special.logit(0.8131) + special.logit(0.512) + special.logit(0.49)
    assert special.logit(moved[0]) == pytest.approx(expected, abs=1e-5)


def test_an_effect_beyond_an_even_race_is_cut() -> None:
    wild = {"growth": {"value": 1.0, "effect": {"uniform": [0.6, 0.9]}}}
    got = shares({"baseline": THREE, "economy": wild}, 5)
    assert special.logit(got[0]) == pytest.approx(np.full((5, 2), special.logit(0.999)), abs=1e-3)


# -- recognition -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start, a, b, values",
    [
        (0.0, 0.03, 0.38, {1: 0.035758, 5: 0.331199, 10: 0.812803}),
        (0.0, 0.01, 0.05, {10: 0.120508, 30: 0.456996, 60: 0.855763}),
        (0.1, 0.01, 0.05, {30: 0.602194, 60: 0.909087}),
    ],
)
def test_recognition_grows(start: float, a: float, b: float, values: dict[int, float]) -> None:
    for t, expected in values.items():
        got = float(recognised(np.array([start]), np.array([a]), np.array([b]), np.array([float(t)]))[0])
        assert got == pytest.approx(expected, abs=6e-7)
        ode = integrate.solve_ivp(lambda _, r: (a + b * r) * (1 - r), (0, t), [start], rtol=1e-11, atol=1e-12)
        assert got == pytest.approx(float(ode.y[0, -1]), abs=1e-8)


def test_recognition_at_its_edges() -> None:
    zero, one_ = np.array([0.0]), np.array([1.0])
    assert recognised(np.array([0.3]), zero, zero, np.array([50.0]))[0] == 0.3
    assert recognised(zero, zero, one_, np.array([50.0]))[0] == 0
    assert recognised(one_, one_, one_, np.array([5.0]))[0] == 1
    assert recognised(np.array([0.3]), one_, zero, np.array([0.0]))[0] == pytest.approx(0.3, abs=1e-15)


def test_unknown_options_are_discounted() -> None:
    v = np.log([0.5, 0.3, 0.2]).reshape(-1, 1, 1)
    known = [np.array([[r]]) for r in (1.0, 0.4, 0.0)]
    got = discounted(v, known, np.array([[1.5]]))[:, 0, 0]
    centred = v[:, 0, 0] - v.mean()
    assert got == pytest.approx([centred[0], 0.4 * centred[1] - 0.6 * 1.5, -1.5], abs=1e-12)
    # A constant for all changes nothing, and an option without voters keeps having none.
    assert discounted(v + 7, known, np.array([[1.5]]))[:, 0, 0] == pytest.approx(got, abs=1e-12)
    v[1] = -np.inf
    assert discounted(v, known, np.array([[1.5]]))[1, 0, 0] == -np.inf
    body = {"start": {"b": 0.4, "default": 0.0, "a": 1.0}, "unknown_penalty": 1.5}
    assert one({"baseline": THREE, "recognition": body}) == pytest.approx(special.softmax(got), abs=1e-6)
    grown = {"start": {"b": 0.1}, "days": 30, "media_per_day": 0.01, "word_of_mouth_per_day": 0.05}
    expected = discounted(np.log([0.5, 0.3, 0.2]).reshape(-1, 1, 1), [np.array([[r]]) for r in (1, 0.602194, 1)], 1.0)
    got = one({"baseline": THREE, "recognition": grown})
    assert got == pytest.approx(special.softmax(expected[:, 0, 0]), abs=1e-6)


# -- transfer ----------------------------------------------------------------------------------------------


def test_transfer_is_the_product() -> None:
    p = np.array([0.5, 0.3, 0.2])
    t = np.array([[0.9, 0.1, 0.0], [0.05, 0.8, 0.15], [0.3, 0.3, 0.4]])
    rows = [[np.array([[share]]) for share in row] for row in t]
    assert transferred(p.reshape(-1, 1, 1), rows)[:, 0, 0] == pytest.approx(p @ t, abs=1e-15)
    transitions = {"a": {"a": 0.9, "b": 0.1}, "b": {"a": 0.05, "b": 0.8, "c": 0.15}}
    body = {"model": "transfer", "earlier": {"a": 0.5, "b": 0.3, "new": 0.2}}
    got = one({**body, "transitions": {**transitions, "default": {"a": 0.3, "b": 0.3, "c": 0.4}}})
    assert got == pytest.approx(p @ t, abs=1e-7)


def test_who_abstains_is_left_out() -> None:
    body = {"model": "transfer", "earlier": {"a": 0.5, "b": 0.5}}
    got = one({**body, "transitions": {"a": {"a": 0.6, "abstain": 0.4}, "b": {"b": 0.7, "c": 0.3}}})
    assert got == pytest.approx(np.array([0.3, 0.35, 0.15]) / 0.8, abs=1e-7)
    nobody = one({**body, "earlier": {"a": 1.0, "b": 0.0}, "transitions": {"a": {"abstain": 1}, "b": {"b": 1}}})
    assert nobody == pytest.approx([1 / 3] * 3)


def test_transfer_by_region() -> None:
    body = {
        "model": "transfer",
        "earlier": [{"region": "x", "a": 0.5, "b": 0.5}, {"region": "y", "a": 0.2, "b": 0.8}],
        "transitions": {
            "a": {"a": {"x": 1, "y": 0.5}, "c": {"x": 0, "y": 0.5}},
            "b": {"b": 1},
        },
    }
    assert shares(body)[:, 0] == pytest.approx(np.array([[0.5, 0.1], [0.5, 0.8], [0.0, 0.1]]), abs=1e-7)


def test_an_uncertain_row_is_dirichlet() -> None:
    """Mean m, variance m(1 − m)/(c + 1) and covariance −m·n/(c + 1), within 4 standard errors of 40,000 draws."""
    row = {"a": 0.2, "b": 0.5, "c": 0.3}
    body = {"model": "transfer", "earlier": {"new": 1}, "transitions": {"new": row}, "concentration": {"new": 19}}
    got = shares(body, 40_000)
    assert np.array_equal(got[..., 0], got[..., 1])
    got = got[:, :, 0]
    for i, m in enumerate(row.values()):
        x = got[i]
        assert abs(x.mean() - m) < 4 * x.std() / 200
        squares = (x - m) ** 2
        assert abs(squares.mean() - m * (1 - m) / 20) < 4 * squares.std() / 200
        assert not abs(squares.mean() - 1.05 * m * (1 - m) / 20) < 4 * squares.std() / 200
    product = (got[0] - 0.2) * (got[1] - 0.5)
    assert abs(product.mean() + 0.1 / 20) < 4 * product.std() / 200


def test_rows_of_regions_are_moved_alike() -> None:
    transitions = {"new": {"a": {"x": 0.2, "y": 0.4}, "b": {"x": 0.8, "y": 0.6}}}
    body = {"model": "transfer", "earlier": {"new": 1}, "transitions": transitions, "concentration": {"default": 9}}
    odds = special.logit(shares(body, 200)[0])
    assert odds[:, 1] - odds[:, 0] == pytest.approx(special.logit(0.4) - special.logit(0.2), abs=1e-4)
    assert odds[:, 0].std() > 0.3


# -- mixtures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("m, s, expected", [(0.5, 1.0, 0.6020271), (1.47, 0.5, 0.8017618)])
def test_logit_normal_means(m: float, s: float, expected: float) -> None:
    assert mixed([m, 0], [1, 0], s)[0] == pytest.approx(expected, abs=5e-8)
    body = {"model": "mixed_logit", "utilities": {"a": m, "b": 0, "c": -60}}
    assert one({**body, "factors": {"f": {"loadings": {"a": 1}, "sd": s}}})[0] == pytest.approx(expected, abs=2e-7)
    # b·2·z·(x − 0) is the difference of two quadratic distances at ±z; its sd is 4·b·z·spread.
    body = {
        "model": "spatial",
        "positions": {"a": {"d": 0.5}, "b": {"d": -0.5}, "c": {"d": 40}},
        "mean": {"d": m / 2},
        "spread": {"d": s / 2},
        "weight": 1.0,
    }
    assert one(body)[0] == pytest.approx(expected, abs=2e-7)
    # The directional model: x·z, with the same difference.
    body = {**body, "mean": {"d": m}, "spread": {"d": s}, "directional": 1, "valence": {"c": -2000}}
    assert one(body)[0] == pytest.approx(expected, abs=2e-7)


@pytest.mark.parametrize("s", [0.1, 1.0, 3.0, 8.0])
def test_mixed_logit_against_adaptive_quadrature(s: float) -> None:
    v, load = np.array([0.3, 0.0, -1.0]), np.array([1.0, -0.5, 0.2])
    got = mixed(list(v), list(load), s)
    for o in range(3):
        f = lambda z, o=o: special.softmax(v + s * z * load)[o] * stats.norm.pdf(z)  # noqa: E731
        assert got[o] == pytest.approx(integrate.quad(f, -9, 9, epsabs=1e-12, limit=500)[0], abs=2e-7)
    assert got.sum() == pytest.approx(1, abs=1e-12)


def test_baselines_are_kept_at_zero_swing() -> None:
    rows = [{"region": "x", **THREE}, {"region": "y", "a": 0.001, "b": 0.999, "c": 0.0}]
    expected = np.array([[0.5, 0.001], [0.3, 0.999], [0.2, 0.0]])
    tastes = {"f": {"loadings": {"a": 1, "b": -1}, "sd": 2}, "g": {"loadings": {"c": 1}, "sd": {"x": 1, "y": 2}}}
    assert shares({"model": "mixed_logit", "baseline": rows, "factors": tastes})[:, 0] == pytest.approx(
        expected, abs=3e-7
    )
    for correlation in (0.0, 0.5, {"a": {"b": 0.6}}, {"a": {"b": 0.5, "c": 0.3}}):
        body = {"model": "probit", "baseline": rows, "correlation": correlation}
        assert shares(body)[:, 0] == pytest.approx(expected, abs=1e-6)


def test_an_uncertain_baseline_is_inverted_in_every_draw() -> None:
    """Numbers below depend on the draw: the shares at zero swing are those drawn, as in the plain logit."""
    baseline = {"a": {"beta": [5, 5]}, "b": 0.3, "c": 0.2}
    tastes = {"f": {"loadings": {"a": 1}, "sd": {"uniform": [1, 3]}}}
    plain = shares({"baseline": baseline}, 200)
    assert plain[0, :, 0].std() > 0.02
    assert shares({"model": "mixed_logit", "baseline": baseline, "factors": tastes}, 200) == pytest.approx(
        plain, abs=1e-5
    )
    assert shares({"model": "probit", "baseline": baseline}, 200) == pytest.approx(plain, abs=1e-6)


def test_inversion_reaches_far_shares() -> None:
    rng = np.random.default_rng(3)
    nodes, weights = grid([step_for(6.0)])
    for normal in (False, True):
        target = rng.dirichlet(np.full(4, 0.3), 50).T
        target = np.maximum(target, 1e-6) / np.maximum(target, 1e-6).sum(axis=0)
        table = (nodes * np.array([3.0, -3.0, 0.0, 1.0]))[None] * (0.2 if normal else 1.0)
        v, error = invert_mixture(target, table, weights, np.ones(4), normal, np.zeros(50, np.int64))
        assert error < 1e-10
        u = v[:, None, :].copy()
        mixture_shares(u, table[None], weights, np.ones(4), normal, np.zeros(50, np.int64))
        assert np.exp(u[:, 0]) == pytest.approx(target, rel=1e-8)


def test_tastes_break_the_independence_of_alternatives() -> None:
    tastes = {"f": {"loadings": {"b": 1, "c": 1}, "sd": 3}}
    got = one({"model": "mixed_logit", "baseline": THREE, "factors": tastes, "terms": {"push": {"c": 1.5}}})
    assert got[0] / got[1] > 1.3 * 5 / 3


# -- probit ------------------------------------------------------------------------------------------------


def test_normal_cdf() -> None:
    x = np.linspace(-40, 40, 8001)
    assert normal_cdf(x) == pytest.approx(special.ndtr(x), abs=1e-14)


def test_probit_of_equals() -> None:
    for k in (2, 3, 5, 8):
        assert probit([0.0] * k, np.eye(k).tolist()) == pytest.approx([1 / k] * k, abs=1e-8)


@pytest.mark.parametrize("rho", [0.0, 0.25, 0.5, 0.75, 0.9])
def test_orthants(rho: float) -> None:
    """P(X > 0, Y > 0) = 1/4 + asin(ρ)/2π, X and Y the differences of a to two options whose errors correlate."""
    near = [[1, 0.5, 0.5], [0.5, 1, rho], [0.5, rho, 1]]
    assert probit([0, 0, 0], near)[0] == pytest.approx(0.25 + math.asin(rho) / (2 * math.pi), abs=1e-8)
    twin = [[1, 0, 0], [0, 1, rho], [0, rho, 1]]
    assert probit([0, 0, 0], twin)[0] == pytest.approx(0.25 + math.asin((1 + rho) / 2) / (2 * math.pi), abs=1e-8)
    assert 0.25 + math.asin(0.5) / (2 * math.pi) == pytest.approx(1 / 3)


def test_two_options_are_a_probit() -> None:
    for rho in (-0.5, 0.0, 0.6):
        got = probit([0.7, 0.0], [[1, rho], [rho, 1]])
        assert got[0] == pytest.approx(special.ndtr(0.7 / math.sqrt(2 - 2 * rho)), abs=1e-8)


def test_an_equal_correlation_only_scales() -> None:
    v = [0.5, 0.0, -1.0, 0.3]
    rho = np.full((4, 4), 0.36) + 0.64 * np.eye(4)
    assert probit(v, rho.tolist()) == pytest.approx(probit([x / 0.8 for x in v], np.eye(4).tolist()), abs=1e-8)


@pytest.mark.parametrize(
    "correlation",
    [
        [[1, 0.3, -0.2], [0.3, 1, 0.6], [-0.2, 0.6, 1]],
        [[1, 0.6, 0, 0], [0.6, 1, 0, 0], [0, 0, 1, 0.3], [0, 0, 0.3, 1]],
        [[1, 0.8, 0.8, 0.1], [0.8, 1, 0.8, 0.1], [0.8, 0.8, 1, 0.1], [0.1, 0.1, 0.1, 1]],
        [[1, 0.3, -0.2, 0.1], [0.3, 1, 0.6, 0.2], [-0.2, 0.6, 1, 0.3], [0.1, 0.2, 0.3, 1]],
    ],
)
def test_probit_against_normal_integrals(correlation: list[list[float]]) -> None:
    """scipy's integrals of the multivariate normal, whose own error is about 1e-7."""
    r, k = np.array(correlation), len(correlation)
    v = np.array([0.5, 0.0, -1.0, -0.2])[:k]
    for o, got in enumerate(probit(list(v), correlation)):
        m = -np.delete(np.eye(k), o, 0)
        m[:, o] = 1
        law = stats.multivariate_normal(np.zeros(k - 1), m @ r @ m.T, abseps=1e-8, releps=1e-8, maxpts=2_000_000)
        assert got == pytest.approx(law.cdf(m @ v), abs=1e-6)


def test_factors_have_the_differences() -> None:
    for r in ([[1, 0.5, 0.5], [0.5, 1, 0], [0.5, 0, 1]], [[1, 0.7, 0.1], [0.7, 1, 0.1], [0.1, 0.1, 1]]):
        loadings, own = factors(np.array(r, float))
        centre = np.eye(3) - 1 / 3
        made = loadings @ loadings.T + np.diag(own**2)
        assert centre @ made @ centre == pytest.approx(centre @ np.array(r) @ centre, abs=1e-9)


# -- spatial -----------------------------------------------------------------------------------------------

PLANE = {"a": {"econ": 1.0, "nation": 0.5}, "b": {"econ": -0.5, "nation": 0.0}, "c": {"econ": 0.0, "nation": -1.0}}
POINTS = np.array([[1.0, 0.5], [-0.5, 0.0], [0.0, -1.0]])


@pytest.mark.parametrize("distance", ["quadratic", "euclidean", "city_block"])
@pytest.mark.parametrize("m", [0.0, 0.4])
def test_voters_at_the_mean(distance: str, m: float) -> None:
    x = np.array([0.2, -0.3])
    body = {"model": "spatial", "positions": PLANE, "mean": {"econ": 0.2, "nation": -0.3}, "distance": distance}
    got = one({**body, "weight": 1.3, "directional": m, "valence": {"b": 0.4}})
    apart = np.abs(POINTS - x)
    far = {
        "quadratic": (apart**2).sum(1),
        "euclidean": np.sqrt((apart**2).sum(1)),
        "city_block": apart.sum(1),
    }[distance]
    assert got == pytest.approx(special.softmax([0, 0.4, 0] + 1.3 * (m * POINTS @ x - (1 - m) * far)), abs=1e-6)


@pytest.mark.parametrize("distance, error", [("quadratic", 1e-6), ("euclidean", 1e-3), ("city_block", 1e-3)])
def test_voters_around_the_mean(distance: str, error: float) -> None:
    """Against 4 million points of a scrambled Sobol sequence."""
    body = {
        "model": "spatial",
        "positions": PLANE,
        "mean": {"econ": 0.2, "nation": -0.3},
        "spread": {"econ": 0.8, "nation": 1.2},
        "correlation": -0.4,
        "distance": distance,
    }
    z = stats.norm.ppf(stats.qmc.Sobol(2, seed=1).random_base2(20))
    x = np.array([0.2, -0.3]) + np.array([0.8, 1.2]) * np.stack([z[:, 0], -0.4 * z[:, 0] + 0.84**0.5 * z[:, 1]], 1)
    apart = np.abs(x[:, None] - POINTS)
    far = {"quadratic": (apart**2).sum(2), "euclidean": np.sqrt((apart**2).sum(2)), "city_block": apart.sum(2)}
    expected = special.softmax(-far[distance], axis=1).mean(0)
    assert one(body) == pytest.approx(expected, abs=error + 2e-6)


@pytest.mark.parametrize("distance", ["euclidean", "city_block"])
def test_edges_in_one_dimension(distance: str) -> None:
    places = {"a": {"d": 0.5}, "b": {"d": -0.7}, "c": {"d": 0.1}}
    body = {"model": "spatial", "positions": places, "mean": {"d": 0.13}, "spread": {"d": 1.1}, "distance": distance}
    z = np.array([0.5, -0.7, 0.1])
    f = lambda x, o: special.softmax(-np.abs(x - z))[o] * stats.norm.pdf(x, 0.13, 1.1)  # noqa: E731
    expected = [integrate.quad(f, -9, 9, (o,), points=sorted(z), limit=200)[0] for o in range(3)]
    assert one(body) == pytest.approx(expected, abs=1e-4)


def test_groups_are_a_mixture_of_normals() -> None:
    electorate = {
        "model": "cells",
        "regions": [{"region": "x", "registered": 1000}],
        "traits": {"age": {"young": 0.4, "old": 0.6}},
    }
    body = {"model": "spatial", "positions": PLANE, "spread": {"econ": 0.5}}
    mean = {"econ": {"young": 1.0, "old": -1.0}, "nation": 0}
    got = shares({**body, "mean": mean}, electorate=electorate)[:, 0]
    for i, x in enumerate((-1.0, 1.0)):
        assert got[:, i] == pytest.approx(one({**body, "mean": {"econ": x, "nation": 0}}), abs=1e-6)


def test_voters_one_by_one() -> None:
    """Each voter's utilities by hand, and their mean over 200,000 of them that of the normal, in 4 standard errors."""
    mixture = [{"mean": {"nation": -0.3, "econ": 0.2}, "sd": {"nation": 1.2, "econ": 0.8}}]
    electorate = {
        "model": "individuals",
        "regions": {"x": 150_000, "y": 50_000},
        "space": {"dimensions": ["nation", "econ"], "mixture": mixture},
    }
    voters = {"model": "spatial", "positions": PLANE, "weight": {"x": 1.0, "y": 0.5}, "valence": {"b": 0.4}}
    body = {
        "title": "voters",
        "electorate": electorate,
        "ballot": {"options": {"a": None, "b": None, "c": None}},
        "voters": voters,
        "turnout": {"baseline": 0.5},
        "rules": {"it": {"model": "plurality"}},
    }
    plan = make_plan(sim.loads(json.dumps(body)), 1, 1)
    block = plan.run_block(Block(plan.world, plan.chance, 0, 1, Workspace()))
    got = special.softmax(block.support[:, 0].astype(float), axis=0)
    x = block.positions[::-1, 0].T.astype(float)
    b = np.repeat([1.0, 0.5], [150_000, 50_000])
    expected = special.softmax(-b[:, None] * ((x[:, None] - POINTS) ** 2).sum(2) + [0, 0.4, 0], axis=1).T
    assert got == pytest.approx(expected, abs=1e-5)
    spread = {"mean": {"nation": -0.3, "econ": 0.2}, "spread": {"nation": 1.2, "econ": 0.8}}
    crowd = shares({**voters, **spread})[:, 0]
    for i, own in enumerate((slice(0, 150_000), slice(150_000, None))):
        for o in range(3):
            seen = got[o, own]
            assert abs(seen.mean() - crowd[o, i]) < 4 * seen.std() / math.sqrt(len(seen))


def test_valences_are_solved_from_a_baseline() -> None:
    rows = [{"region": "x", **THREE}, {"region": "y", "a": 0.01, "b": 0.99, "c": 0.0}]
    body = {"model": "spatial", "positions": PLANE, "baseline": rows, "mean": {"econ": 0.2, "nation": {"x": 1, "y": 0}}}
    for distance in ("quadratic", "city_block"):
        got = shares({**body, "spread": {"econ": 0.8, "nation": 0.5}, "distance": distance})[:, 0]
        assert got == pytest.approx(np.array([[0.5, 0.01], [0.3, 0.99], [0.2, 0.0]]), abs=1e-6)


def test_a_still_dimension_takes_nothing_from_the_others() -> None:
    body = {"model": "spatial", "positions": PLANE, "mean": {"econ": 0.2, "nation": -0.3}}
    three = {o: {"aa": 0, **place} for o, place in PLANE.items()}
    spread = {"spread": {"econ": 0.8, "nation": 1.2}, "correlation": 0.3}
    still = {**body, **spread, "positions": three, "mean": {"aa": 0, "econ": 0.2, "nation": -0.3}}
    assert one(still) == pytest.approx(one({**body, **spread}), abs=1e-7)


# -- strategic step ----------------------------------------------------------------------------------------


def deserted(p: list[float], expected: list[float], power: float, cut: float, leave: float, can: Any) -> np.ndarray:
    u = np.log(np.array(p, float)).reshape(-1, 1, 1)
    numbers = (np.array([[x]]) for x in (power, cut, leave))
    desert(u, np.array(expected, float).reshape(-1, 1, 1), *numbers, np.array(can), ZERO)
    return special.softmax(u[:, 0, 0])


def test_desertion_by_viability() -> None:
    p, s = np.array([0.5, 0.3, 0.2]), np.array([0.6, 0.3, 0.1])
    got = deserted(list(p), list(s), 0.7, 0, 1, [True] * 3)
    assert got == pytest.approx(p * s**0.7 / (p * s**0.7).sum(), abs=1e-12)
    got = deserted(list(p), list(s), 0.7, 0, 1, [True, True, False])
    two = (p * s**0.7)[:2]
    assert got == pytest.approx([*(0.8 * two / two.sum()), 0.2], abs=1e-12)


def test_desertion_below_a_threshold() -> None:
    got = deserted([0.5, 0.3, 0.15, 0.05], [0.5, 0.3, 0.15, 0.05], 0, 0.2, 0.5, [True] * 4)
    assert got == pytest.approx([0.5 + 0.1 * 5 / 8, 0.3 + 0.1 * 3 / 8, 0.075, 0.025], abs=1e-12)
    assert deserted([0.5, 0.5], [0.5, 0.5], 0, 0.9, 1, [True] * 2) == pytest.approx([0.5, 0.5])
    # Few as they are who stay, those who leave go to them.
    few = np.array([0.0, -720.0, -720.0], np.float32).reshape(3, 1, 1)
    numbers = (np.full((1, 1), number) for number in (0.0, 0.2, 1.0))
    desert(few, np.array([0.1, 0.5, 0.4]).reshape(3, 1, 1), *numbers, np.array([True] * 3), ZERO)
    assert np.exp(few[:, 0, 0]) == pytest.approx([0, 0.5, 0.5])
    # Nobody else can win: those against all stay.
    assert deserted([0.5, 0.4, 0.1], [0.5, 0.4, 0.1], 0, 0.2, 1, [True, True, False])[2] == pytest.approx(0.1)


def test_expectations_of_the_nation_and_the_region() -> None:
    """x has 300 voters, y 100: in the nation b has 0.3·0.75 + 0.1·0.25 = 0.25."""
    rows = [{"region": "x", "a": 0.6, "b": 0.3, "c": 0.1}, {"region": "y", "a": 0.3, "b": 0.1, "c": 0.6}]
    p = np.array([[0.6, 0.3], [0.3, 0.1], [0.1, 0.6]])
    nation = p @ [0.75, 0.25]
    got = shares({"baseline": rows, "strategic": {"strength": 0.5}})[:, 0]
    assert got == pytest.approx(p * nation[:, None] ** 0.5 / (p * nation[:, None] ** 0.5).sum(0), abs=1e-6)
    got = shares({"baseline": rows, "strategic": {"strength": 0.5, "level": "region"}})[:, 0]
    assert got == pytest.approx(p**1.5 / (p**1.5).sum(0), abs=1e-6)
    body = {"model": "nested_logit", "nests": {"n": {"options": ["a", "b"], "lambda": 0.4}}}
    nested = shares({**body, "baseline": rows, "strategic": {"strength": 0.5}})[:, 0]
    assert nested == pytest.approx(p * nation[:, None] ** 0.5 / (p * nation[:, None] ** 0.5).sum(0), abs=1e-6)


def test_expectations_do_not_swing() -> None:
    body = {"baseline": THREE, "swing": {"national": 0.5}}
    plain = shares(body, 100)
    got = shares({**body, "strategic": {"strength": 1}}, 100)
    expected = plain * np.array([0.5, 0.3, 0.2])[:, None, None]
    assert got == pytest.approx(expected / expected.sum(0), abs=1e-6)


# -- the order of the steps --------------------------------------------------------------------------------


def test_stations_swing_before_the_nests() -> None:
    electorate = {"regions": [{"region": "x", "registered": 900, "stations": 300}], "stations": {}}
    nests = {"rest": {"options": ["b", "c"], "lambda": 0.25}}
    body = {"model": "nested_logit", "baseline": THREE, "swing": {"station": 0.1}, "nests": nests}
    got = shares(body, 40, electorate=electorate)
    within, out = np.log(got[1] / got[2]), np.log(got[0] / (got[1] + got[2]))
    assert within.std() == pytest.approx(0.1 * math.sqrt(2) / 0.25, rel=0.03)
    assert out.std() < 0.15


def test_a_region_scattered_to_whom_a_station_never_chooses() -> None:
    """The station stays as it is, instead of choosing nobody."""
    got = shares(
        {"model": "probit", "baseline": THREE, "overdispersion": {"region": 0.99}, "swing": {"station": 20.0}},
        200,
        electorate={"regions": [{"region": "x", "registered": 300, "stations": 5}], "stations": {}},
    )
    assert np.isfinite(got).all()
    assert got.sum(axis=0) == pytest.approx(np.ones(got.shape[1:]))


def test_overdispersion_of_regions_and_a_link_leave_the_means() -> None:
    """Within 4 standard errors of 20,000 draws, with and without stations."""
    nests = {"rest": {"options": ["b", "c"], "lambda": 0.25}}
    body = {"model": "nested_logit", "baseline": THREE, "nests": nests, "overdispersion": {"region": 0.02}}
    stations = {"regions": [{"region": "x", "registered": 900, "stations": 2}], "stations": {}}
    for electorate in ({"regions": {"x": 900}}, stations):
        got = shares(body, 20_000, electorate=electorate)
        assert np.ptp(got, axis=2).max() < 1e-6
        for o, p in enumerate(THREE.values()):
            x = got[o, :, 0]
            assert abs(x.mean() - p) < 4 * x.std() / math.sqrt(20_000)
            squares = (x - p) ** 2
            assert abs(squares.mean() - 0.02 * p * (1 - p)) < 4 * squares.std() / math.sqrt(20_000)


@pytest.mark.parametrize(
    "more",
    [
        {"model": "nested_logit", "nests": {"n": {"options": ["a", "b"], "lambda": {"uniform": [0.3, 0.9]}}}},
        {"model": "mixed_logit", "factors": {"f": {"loadings": {"a": 1}, "sd": {"uniform": [1, 2]}}}},
        {"model": "probit", "correlation": {"a": {"b": 0.4}}},
        {"recognition": {"start": {"b": {"beta": [2, 3]}}}, "strategic": {"strength": {"uniform": [0, 1]}}},
    ],
)
def test_bits_do_not_depend_on_the_block(more: dict[str, Any]) -> None:
    voters = {"baseline": THREE, "swing": {"national": 0.2, "regional": 0.1, "station": 0.1}, **more}
    body = {
        "title": "blocks",
        "electorate": {"regions": [{"region": "x", "registered": 90, "stations": 3}], "stations": {}},
        "ballot": {"options": {"a": {"incumbent": True}, "b": None, "c": None}},
        "voters": {**voters, "overdispersion": {"region": 0.01, "station": 0.01}},
        "turnout": {"baseline": 0.5},
        "rules": {"it": {"model": "plurality"}},
    }
    plan = make_plan(sim.loads(json.dumps(body)), 60, 1)
    whole = plan.run_block(Block(plan.world, plan.chance, 0, 60, Workspace())).support.copy()
    for first in range(0, 60, 7):
        count = min(7, 60 - first)
        part = plan.run_block(Block(plan.world, plan.chance, first, count, Workspace())).support
        assert np.array_equal(part, whole[:, first : first + count])

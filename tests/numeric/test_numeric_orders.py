"""Orders and their Plackett–Luce probabilities against plain Python in float64."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from sim.numeric.orders import before, distances, orders_of, plackett_luce


def by_hand(u: list[float]) -> list[float]:
    """Probability of every order by Plackett and Luce; equal where nobody left has any weight."""
    w = [math.exp(x - max(u)) for x in u]
    out = []
    for order in itertools.permutations(range(len(u))):
        p = 1.0
        for k, option in enumerate(order):
            left = [w[o] for o in order[k:]]
            p *= w[option] / sum(left) if sum(left) else 1 / len(left)
        out.append(p)
    return out


@pytest.mark.parametrize("options", [1, 2, 3, 4, 5, 6])
def test_probabilities(options: int) -> None:
    rng = np.random.default_rng(options)
    u = (3 * rng.standard_normal((options, 3, 50))).astype(np.float32)
    found = np.exp(plackett_luce(u).astype(float))
    assert found.shape == (math.factorial(options), 3, 50)
    expected = np.array([[by_hand(u[:, d, c].tolist()) for c in range(50)] for d in range(3)])
    assert np.allclose(found, expected.transpose(2, 0, 1), rtol=3e-6, atol=0)
    assert np.allclose(found.sum(axis=0), 1.0, rtol=1e-6, atol=0)


def test_options_without_voters_come_last_alike() -> None:
    with np.errstate(divide="ignore"):
        u = np.log(np.array([[0.0], [0.6], [0.0], [0.4]], np.float32))
    found = dict(zip(map(tuple, orders_of(4).tolist()), np.exp(plackett_luce(u)[:, 0].astype(float))))
    wanted = {(1, 3, 0, 2): 0.3, (1, 3, 2, 0): 0.3, (3, 1, 0, 2): 0.2, (3, 1, 2, 0): 0.2}
    for order, p in found.items():
        assert p == pytest.approx(wanted.get(order, 0.0), rel=1e-6)


@pytest.mark.parametrize("options", [1, 2, 4])
def test_nobody_to_choose(options: int) -> None:
    assert np.all(plackett_luce(np.full((options, 5), -np.inf, np.float32)) == -np.inf)


def test_far_utilities_and_any_constant() -> None:
    u = np.array([[0.0], [-650.0], [-2000.0]], np.float32)
    assert plackett_luce(u)[:, 0] == pytest.approx([0, -np.inf, -650, -np.inf, -np.inf, -np.inf])
    near = np.array([[0.5], [0.25], [-1.0]], np.float32)
    assert np.array_equal(plackett_luce(near), plackett_luce(near + np.float32(1024)))


def test_same_bits_in_any_piece() -> None:
    u = np.random.default_rng(1).standard_normal((4, 1000)).astype(np.float32)
    whole = plackett_luce(u)
    pieces = [plackett_luce(np.ascontiguousarray(u[:, i : i + 37])) for i in range(0, 1000, 37)]
    assert np.array_equal(whole, np.concatenate(pieces, axis=1))
    out = np.empty_like(whole)
    assert plackett_luce(u, out=out) is out
    assert np.array_equal(out, whole)


@pytest.mark.parametrize("options", [1, 2, 3, 5])
def test_orders_pairs_and_distances(options: int) -> None:
    every = list(itertools.permutations(range(options)))
    assert orders_of(options).tolist() == [list(order) for order in every]
    for a, b in itertools.product(range(options), repeat=2):
        assert before(options)[a, b].tolist() == [order.index(a) < order.index(b) for order in every]
    reference = tuple(np.random.default_rng(options).permutation(options).tolist())
    by_pairs = [
        sum(
            (order.index(a) < order.index(b)) != (reference.index(a) < reference.index(b))
            for a, b in itertools.combinations(range(options), 2)
        )
        for order in every
    ]
    assert distances(reference).tolist() == by_pairs

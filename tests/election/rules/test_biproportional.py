"""Biproportional tables against all tables with the same sums, and against published ones."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_list_proportional import block_of, run

from sim.numeric.apportionment import method_of
from sim.numeric.biproportional import biproportional


def rows_of(total: int, places: int) -> list[tuple[int, ...]]:
    if places == 1:
        return [(total,)]
    return [(first, *rest) for first in range(total + 1) for rest in rows_of(total - first, places - 1)]


def best_tables(votes: list[list[int]], rows: list[int], columns: list[int], step: int) -> list[tuple[Any, ...]]:
    """All tables with these sums, fewest seats without votes first, then the largest product."""
    best: tuple[int, Fraction] | None = None
    found: list[tuple[Any, ...]] = []
    for table in itertools.product(*(rows_of(total, len(columns)) for total in rows)):
        if [sum(column) for column in zip(*table)] != columns:
            continue
        empty = sum(s for row, held in zip(votes, table) for v, s in zip(row, held) if v == 0)
        factors = [
            Fraction(step * k + 1, max(v, 1))
            for row, held in zip(votes, table)
            for v, s in zip(row, held)
            for k in range(s)
        ]
        worth = (empty, math.prod(factors, start=Fraction(1)))
        if best is None or worth < best:
            best, found = worth, []
        if worth == best:
            found.append(table)
    return found


def sums_of(rng: np.random.Generator, votes: np.ndarray, house: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums by list from the votes, by district from anything."""
    rows, _ = method_of("sainte_lague" if step == 2 else "dhondt").allocate(votes.sum(axis=2).T, house)
    columns = rng.multinomial(house, np.ones(votes.shape[2]) / votes.shape[2], len(votes))
    columns[votes.sum(axis=(1, 2)) == 0] = 0
    return np.ascontiguousarray(rows.T.astype(np.int64)), columns


def compare(cases: int, seed: int) -> tuple[int, int]:
    rng = np.random.default_rng(seed)
    tied = several = 0
    for n, m, house in ((2, 2, 3), (2, 3, 4), (3, 2, 5), (3, 3, 4)):
        for step in (1, 2):
            few = rng.integers(0, 5, (cases // 16, n, m))
            wide = rng.integers(0, 1_000, (cases // 16, n, m))
            votes = np.concatenate([few, wide])
            rows, columns = sums_of(rng, votes, house, step)
            ranks = rng.permuted(np.tile(np.arange(n * m), (len(votes), 1)), axis=1).reshape(len(votes), n, m)
            out, equal = biproportional(votes, rows, columns, step, lambda draw, ranks=ranks: ranks[draw])
            for i in range(len(votes)):
                found = best_tables(votes[i].tolist(), rows[i].tolist(), columns[i].tolist(), step)
                chosen = max(
                    found,
                    key=lambda table: sum((1 << r) * s for r, s in zip(ranks[i].ravel().tolist(), sum(table, ()))),
                )
                assert out[i].tolist() == [list(row) for row in chosen], (votes[i], rows[i], columns[i], step)
                assert bool(equal[i]) == (len(found) > 1)
                tied += len(found) > 1
                several += 1
    return several, tied


def test_is_the_best_of_all_tables() -> None:
    several, tied = compare(1_600, 1)
    assert several == 1_600
    assert tied > 30


@pytest.mark.slow
def test_is_the_best_of_a_hundred_thousand_times_all_tables() -> None:
    several, tied = compare(100_000, 2)
    assert several == 100_000
    assert tied > 1_500


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 8),
    m=st.integers(1, 7),
    house=st.integers(1, 120),
    seed=st.integers(0, 2**32),
    step=st.integers(1, 2),
)
def test_sums_hold_and_multipliers_exist(n: int, m: int, house: int, seed: int, step: int) -> None:
    """Every table has both sums, and no exchange of seats along a cycle of two lists and two districts betters it."""
    rng = np.random.default_rng(seed)
    votes = rng.integers(0, 10 ** rng.integers(1, 9), (4, n, m)) * (rng.random((4, n, m)) > 0.1)
    rows, columns = sums_of(rng, votes, house, step)
    ranks = np.arange(n * m).reshape(n, m)
    out, _ = biproportional(votes, rows, columns, step, lambda draw: ranks)
    assert np.array_equal(out.sum(axis=2), rows)
    assert np.array_equal(out.sum(axis=1), columns)
    for v, s in zip(votes.tolist(), out.tolist()):
        for a, b in itertools.permutations(range(n), 2):
            for c, d in itertools.permutations(range(m), 2):
                if not (s[a][c] and s[b][d] and v[a][d] and v[b][c]):
                    continue
                given_up = Fraction(v[a][c], step * (s[a][c] - 1) + 1) * Fraction(v[b][d], step * (s[b][d] - 1) + 1)
                won = Fraction(v[a][d], step * s[a][d] + 1) * Fraction(v[b][c], step * s[b][c] + 1)
                assert won <= given_up or not (v[a][c] and v[b][d])


def test_published_example() -> None:
    """Three lists, three districts, 20 seats: the textbook table of the method with standard rounding."""
    votes = np.array([[[123, 45, 815], [912, 714, 414], [312, 255, 215]]])
    rows, _ = method_of("sainte_lague").allocate(votes.sum(axis=2).T, 20)
    columns, _ = method_of("sainte_lague").allocate(votes.sum(axis=1).T, 20)
    assert rows[:, 0].tolist() == [5, 11, 4]
    assert columns[:, 0].tolist() == [7, 5, 8]
    sums = (np.ascontiguousarray(rows.T.astype(np.int64)), np.ascontiguousarray(columns.T.astype(np.int64)))
    out, tied = biproportional(votes, *sums, 2, lambda draw: np.arange(9).reshape(3, 3))
    assert out[0].tolist() == [[1, 0, 4], [4, 4, 3], [2, 1, 1]]
    assert not tied[0]


def test_rule() -> None:
    rng = np.random.default_rng(4)
    votes = np.concatenate([rng.integers(0, 5, (300, 3, 5)), rng.integers(0, 10**7, (300, 3, 5))])
    block = block_of(votes, votes[:, :, 0], votes.sum(axis=2) * 2)
    for body in ({"seats": 20}, {"seats": {"s": 4, "default": 7}, "method": "dhondt", "threshold": {"share": 0.2}}):
        out = run("biproportional", body, block)
        house = 20 if body["seats"] == 20 else 18
        assert set(out["seats"].sum(axis=0).tolist()) <= {house, 0}
        assert np.array_equal(out["district_seats"].sum(axis=2), out["seats"])
        given_ = out["district_seats"].sum(axis=0)
        assert body["seats"] == 20 or set(map(tuple, given_.tolist())) <= {(7, 4, 7), (0, 0, 0)}
        assert ((out["seats"] > 0) <= (out["passed_threshold"] > 0)).all()
        assert out["seats"][block.world.option_ids.index("none")].sum() == 0
    lot, order = (run("biproportional", {"seats": 20, "ties": ties}, block) for ties in ("lot", "order"))
    same = ~lot["tied"].astype(bool)
    assert np.array_equal(lot["district_seats"][:, same], order["district_seats"][:, same])
    assert (~same).sum() > 20

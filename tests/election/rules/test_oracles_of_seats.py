"""Seats beside those of the packages apportionment and votelib (extra `oracles`), where their definition is the same.

What differs: with ties the packages take the first or tell a tie, so that only rows without one are compared;
votelib counts Imperiali's divisors 1, 3/2, 2, …, which are in proportion to 2, 3, 4, …; it has no Huntington–Hill for a
first seat, and rounds Droop's quota down before it adds one as we do.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from sim.numeric.apportionment import method_of
from sim.numeric.biproportional import biproportional

CASES = 800


def rows() -> tuple[np.ndarray, int]:
    rng = np.random.default_rng(11)
    return np.maximum((10 ** rng.uniform(1, 7, (6, CASES))).astype(np.int64), 1), 17


@pytest.mark.parametrize(
    "name, theirs",
    [
        ("dhondt", "dhondt"),
        ("sainte_lague", "saintelague"),
        ("modified_sainte_lague", "modified_saintelague"),
        ("huntington_hill", "huntington"),
        ("adams", "adams"),
        ("dean", "dean"),
        ("hare_largest_remainder", "hamilton"),
    ],
)
def test_apportionment(name: str, theirs: str) -> None:
    methods = pytest.importorskip("apportionment.methods")
    votes, house = rows()
    ours, tied = method_of(name).allocate(votes, house)
    compared = 0
    for lane in np.flatnonzero(~tied).tolist():
        row = [int(v) for v in votes[:, lane]]
        assert list(methods.compute(theirs, row, house, verbose=False)) == ours[:, lane].tolist(), row
        compared += 1
    assert compared > CASES - 20


def _highest(divisor: Any) -> Any:
    proportional = pytest.importorskip("votelib.evaluate.proportional")
    return proportional.HighestAverages(divisor)


def _remainder(quota: str) -> Any:
    proportional = pytest.importorskip("votelib.evaluate.proportional")
    return proportional.LargestRemainder(quota)


@pytest.mark.parametrize("name", ["dhondt", "sainte_lague", "modified_sainte_lague", "danish", "imperiali"])
def test_votelib_divisors(name: str) -> None:
    divisors = pytest.importorskip("votelib.component.divisor")
    modified = divisors.modified_first_coef(divisors.sainte_lague, Fraction(7, 5))
    evaluator = _highest(
        {
            "dhondt": divisors.d_hondt,
            "sainte_lague": divisors.sainte_lague,
            "modified_sainte_lague": modified,
            "danish": divisors.danish,
            "imperiali": divisors.imperiali,
        }[name]
    )
    _compare(name, evaluator)


@pytest.mark.parametrize("name, quota", [("hare_largest_remainder", "hare"), ("droop_largest_remainder", "droop")])
def test_votelib_quotas(name: str, quota: str) -> None:
    _compare(name, _remainder(quota))


def _compare(name: str, evaluator: Any) -> None:
    votes, house = rows()
    ours, tied = method_of(name).allocate(votes, house)
    for lane in np.flatnonzero(~tied).tolist():
        row = {o: int(v) for o, v in enumerate(votes[:, lane])}
        theirs = evaluator.evaluate(row, house)
        assert [theirs.get(o, 0) for o in row] == ours[:, lane].tolist(), row


@pytest.mark.parametrize("step, divisor", [(1, "d_hondt"), (2, "sainte_lague")])
def test_votelib_biproportional(step: int, divisor: str) -> None:
    proportional = pytest.importorskip("votelib.evaluate.proportional")
    votelib = pytest.importorskip("votelib.evaluate.core")
    rng = np.random.default_rng(3)
    votes = rng.integers(50, 5_000, (60, 4, 3))
    method = method_of("sainte_lague" if step == 2 else "dhondt")
    rows_, tied = method.allocate(votes.sum(axis=2).T, 20)
    columns = np.tile([9, 4, 7], (60, 1))
    sums = np.ascontiguousarray(rows_.T.astype(np.int64))
    ours, equal = biproportional(votes, sums, columns, step, lambda draw: np.arange(12).reshape(4, 3))
    evaluator = proportional.BiproportionalEvaluator(divisor, apportioner={0: 9, 1: 4, 2: 7})
    compared = 0
    for draw in np.flatnonzero(~(tied | equal)).tolist():
        given = {j: {i: int(votes[draw, i, j]) for i in range(4)} for j in range(3)}
        try:
            theirs = evaluator.evaluate(given, 20)
        except votelib.VotingSystemError:
            # Its tie-and-transfer stops on some tables ("invalid adjustment coefficient").
            continue
        assert [[theirs[j].get(i, 0) for j in range(3)] for i in range(4)] == ours[draw].tolist()
        compared += 1
    assert compared >= 5

"""Power indices against published games and against every coalition, one by one."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import sim

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))

import metrics as definition

M = sim.metrics


def house(*seats: int) -> xr.DataArray:
    return xr.DataArray(list(seats), {"option": [chr(97 + i) for i in range(len(seats))]}, ("option",))


def test_security_council() -> None:
    """Five permanent members of fifteen: 848 swings of 5,080, and 421 of 2,145 orders."""
    council = house(*[7] * 5, *[1] * 10)
    assert M.banzhaf(council, 39, "swings").values.tolist() == [848] * 5 + [84] * 10
    np.testing.assert_allclose(M.banzhaf(council, 39), [848 / 5080] * 5 + [84 / 5080] * 10, rtol=1e-15)
    np.testing.assert_allclose(M.banzhaf(council, 39, "absolute"), [848 / 2**14] * 5 + [84 / 2**14] * 10, rtol=1e-15)
    np.testing.assert_allclose(M.shapley_shubik(council, 39), [421 / 2145] * 5 + [4 / 2145] * 10, rtol=1e-13)
    assert round(float(M.shapley_shubik(council, 39)[0]), 4) == 0.1963
    assert int(M.minimal_winning(council, 39)["minimal_winning"]) == math.comb(10, 4)


def test_council_of_1958() -> None:
    """Six members with 4, 4, 4, 2, 2 and 1 votes, 12 of 17 win: Luxembourg never counts."""
    council = house(4, 4, 4, 2, 2, 1)
    np.testing.assert_allclose(M.banzhaf(council, 12) * 21, [5, 5, 5, 3, 3, 0], rtol=1e-15)
    np.testing.assert_allclose(M.shapley_shubik(council, 12) * 60, [14, 14, 14, 9, 9, 0], rtol=1e-14)
    assert list(M.coalitions(council, 12)["coalition"].values) == ["a+b+c", "a+b+d+e", "a+c+d+e", "b+c+d+e"]
    # Two thirds of 17 are 12 at least.
    xr.testing.assert_identical(M.banzhaf(council, "2/3"), M.banzhaf(council, 12))
    xr.testing.assert_identical(M.banzhaf(council, Fraction(2, 3)), M.banzhaf(council, 12))


def games(rng: np.random.Generator, n: int) -> Any:
    for _ in range(n):
        members = int(rng.integers(1, 10))
        seats = rng.integers(0, int(rng.choice([2, 5, 40])), members)
        total = int(seats.sum())
        yield seats.tolist(), total // 2 + 1 if rng.random() < 0.5 else int(rng.integers(1, total + 3))


def against_subsets(n: int, seed: int) -> None:
    for seats, quota in games(np.random.default_rng(seed), n):
        wanted = definition.power(seats, quota)
        array, q = house(*seats), xr.DataArray(quota)
        assert M.banzhaf(array, q, "swings").values.tolist() == wanted["swings"]
        total = sum(wanted["swings"])
        shares = [x / total for x in wanted["swings"]] if total else [math.nan] * len(seats)
        np.testing.assert_allclose(M.banzhaf(array, quota), shares, rtol=1e-15)
        orders = [float(x) for x in wanted["shapley"]] if quota <= sum(seats) else [math.nan] * len(seats)
        np.testing.assert_allclose(M.shapley_shubik(array, quota), orders, rtol=1e-13)
        count = M.minimal_winning(array, quota)
        assert int(count["minimal_winning"]) == len(wanted["minimal"])
        holding = [sum(i in some for some in wanted["minimal"]) for i in range(len(seats))]
        assert count["minimal_winning_with"].values.tolist() == holding
        listed = M.coalitions(array, quota)
        names = {frozenset(ord(x) - 97 for x in str(name).split("+")) for name in listed["coalition"].values}
        assert names == wanted["minimal"]
        assert bool(listed.all())


def test_every_coalition() -> None:
    against_subsets(300, 1)


@pytest.mark.slow
def test_every_coalition_of_many_games() -> None:
    against_subsets(10_000, 2)


def test_the_definitions_agree() -> None:
    for seats, quota in games(np.random.default_rng(5), 60):
        if sum(n > 0 for n in seats) <= 6:
            assert definition.power(seats, quota)["shapley"] == definition.pivotal(seats, quota)


def test_draws_are_kept_and_decided_one_by_one() -> None:
    seats = np.random.default_rng(2).multinomial(69, np.ones(6) / 6, (3, 40))
    array = xr.DataArray(seats, {"draw": np.arange(40)}, ("rule", "draw", "option"), name="seats")
    for of in (M.banzhaf, M.shapley_shubik):
        found = of(array)
        assert found.dims == array.dims
        assert found.attrs["units"] == "1"
        np.testing.assert_allclose(found.sum("option"), 1, rtol=1e-13)
        xr.testing.assert_allclose(found[1, 7].drop_vars("draw"), of(array[1, 7]).drop_vars("draw"))
        swapped = of(array.transpose("option", "draw", "rule"))
        xr.testing.assert_identical(swapped.transpose(*array.dims), found)
    which = M.coalitions(array)
    assert which.dims == ("rule", "draw", "coalition")
    assert np.array_equal(which.sum("coalition"), M.minimal_winning(array)["minimal_winning"])
    quotas = xr.DataArray(np.arange(20, 60), dims="draw")
    assert np.array_equal(
        M.coalitions(array, quotas).sum("coalition"), M.minimal_winning(array, quotas).minimal_winning
    )


def test_large_houses() -> None:
    """Fifty parties that are all alike share the power; two thousand seats are counted without overflow."""
    alike = house(*[40] * 50)
    np.testing.assert_allclose(M.shapley_shubik(alike), 1 / 50, rtol=1e-12)
    assert (M.banzhaf(alike, kind="swings") == math.comb(49, 25)).all()
    assert int(M.minimal_winning(alike).minimal_winning) == math.comb(50, 26)
    sixty = house(*[1] * 62)
    assert (M.banzhaf(sixty, kind="swings") == math.comb(61, 31)).all()
    np.testing.assert_allclose(M.shapley_shubik(sixty), 1 / 62, rtol=1e-12)


def test_faults() -> None:
    some = house(3, 2, 1)
    for quota in (0, -1, "5/0", "half", 0.5, "3/2", xr.DataArray(0.5), xr.DataArray([2, 2], dims="draw")):
        with pytest.raises(sim.SimError, match="quota"):
            M.banzhaf(some, quota)  # type: ignore[arg-type]
    with pytest.raises(sim.SimError, match="more than the 62"):
        M.shapley_shubik(xr.DataArray(np.ones(63, int), dims="option"))
    with pytest.raises(sim.SimError, match="expected 'normalised'"):
        M.banzhaf(some, kind="relative")  # type: ignore[arg-type]
    with pytest.raises(sim.SimError, match="more than 100,000 minimal winning coalitions"):
        M.coalitions(xr.DataArray(np.ones(40, int), dims="option"))
    assert np.isnan(M.banzhaf(house(0, 0))).all()
    assert np.isnan(M.shapley_shubik(some, 7)).all()
    assert M.coalitions(some, 7).sizes["coalition"] == 0

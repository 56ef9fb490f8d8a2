"""Disproportionality, fragmentation and districts: definitions in fractions, published values, laws."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import sim

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))

import metrics as definition

M = sim.metrics
DISTRICTS = ("efficiency_gap", "mean_median", "partisan_bias", "swing_ratio")
ZERO = [name for name in definition.INDICES if name not in ("cox_shugart", "dhondt", "grofman")]


def counts(values: Any, *dims: str) -> xr.DataArray:
    return xr.DataArray(np.asarray(values), dims=dims or ("option",))


def tables(rng: np.random.Generator, n: int, options: int) -> tuple[np.ndarray, np.ndarray]:
    """Votes and seats: few and often equal, in proportion, all zero, up to 10⁹ votes and 2,000 seats."""
    few = rng.integers(0, 4, (n // 4, options)), rng.integers(0, 3, (n // 4, options))
    seats = rng.integers(0, 6, (n // 4, options))
    exact = seats * rng.integers(1, 10**8, (n // 4, 1)), seats
    wide = rng.integers(0, 10**9, (n // 4, options)), rng.multinomial(2_000, np.ones(options) / options, n // 4)
    level = 10**9 - rng.integers(0, 2, (n // 4, options)), rng.integers(0, 500, (n // 4, options))
    return tuple(np.concatenate(some) for some in zip(few, exact, wide, level))  # type: ignore[return-value]


@pytest.mark.parametrize("name", sorted(definition.INDICES))
@pytest.mark.parametrize("options", [1, 2, 5, 12])
def test_index_is_its_definition(name: str, options: int) -> None:
    votes, seats = tables(np.random.default_rng(options), 800, options)
    found = getattr(M, name)(counts(votes, "draw", "option"), counts(seats, "draw", "option"))
    wanted = [definition.index(name, v, s) for v, s in zip(votes.tolist(), seats.tolist())]
    assert found.dims == ("draw",)
    assert found.name == name
    assert found.attrs["units"] == ("rad" if name == "farina" else "nat" if name == "kullback_leibler" else "1")
    assert np.isnan(wanted).sum() < 400 or (options == 1 and name == "cox_shugart")
    np.testing.assert_allclose(found.values, wanted, rtol=1e-12, atol=1e-12)
    if name in ZERO:
        proportional = np.array([v.sum() * s == s.sum() * v for v, s in zip(votes, seats)]).all(-1)
        defined = (votes.sum(1) > 0) & (seats.sum(1) > 0)
        assert np.array_equal(found.values[defined] == 0, proportional[defined])


@pytest.mark.parametrize("formula", ["laakso_taagepera", "golosov"])
def test_effective_number_is_its_definition(formula: str) -> None:
    votes, _ = tables(np.random.default_rng(3), 800, 6)
    found = M.effective_number(counts(votes, "draw", "option"), "votes", formula).values
    wanted = [getattr(definition, formula)(v) for v in votes.tolist()]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    shares = np.array([1 / x if x else math.nan for x in wanted])
    if formula == "laakso_taagepera":
        np.testing.assert_allclose(M.herfindahl(counts(votes, "draw", "option")).values, shares, rtol=1e-12)


def test_gallagher_of_new_zealand_2005() -> None:
    """The example often printed with the index, in per cent; the squares of its rows give 1.13, its total less."""
    votes = [4110, 3910, 572, 530, 212, 267, 151, 116, 62, 25, 12, 7, 5, 5, 4, 3, 3, 2, 2]
    percent = [4132, 3967, 579, 496, 330, 248, 165, 82]
    # As printed neither column sums to 100; what is missing is a list of its own.
    votes, seats = [*votes, 10_000 - sum(votes)], [*percent, *[0] * 11, 10_000 - sum(percent)]
    assert round(100 * float(M.gallagher(counts(votes), counts(seats))), 2) == 1.13


def test_mazhilis_2023() -> None:
    """The effective number of list options, 3.065, and the index over votes for lists, 2.19."""
    votes = [3_431_510, 693_938, 547_154, 535_139, 432_920, 331_058, 146_431, 248_291]
    seats = [40, 8, 6, 6, 5, 4, 0, 0]
    assert round(float(M.effective_number(counts(votes))), 3) == 3.065
    assert round(100 * float(M.gallagher(counts(votes[:-1]), counts(seats[:-1]))), 2) == 2.19
    assert float(M.majority_size(counts(seats))) == 5.5
    assert float(M.largest_share(counts(seats))) == 40 / 69


@pytest.mark.parametrize(
    ("shares", "laakso_taagepera", "golosov"),
    [
        ([75, 25], 1.60, 1.33),
        ([75, 10, *[1] * 15], 1.74, 1.42),
        ([55, 45], 1.98, 1.82),
        ([55, 10, 10, 10, *[1] * 15], 2.99, 2.24),
        ([35, 35, 30], 2.99, 2.90),
        ([35, *[10] * 5, *[1] * 15], 5.75, 4.49),
        ([*[15] * 5, *[10] * 2, 5], 7.41, None),
        ([15, *[10] * 7, *[1] * 15], 10.64, 11.85),
    ],
)
def test_constellations_of_golosov(shares: list[int], laakso_taagepera: float, golosov: float | None) -> None:
    assert round(float(M.effective_number(counts(shares))), 2) == laakso_taagepera
    if golosov is not None:
        assert round(float(M.effective_number(counts(shares), formula="golosov")), 2) == golosov


TEN = [[70] * 3 + [54] * 5 + [35] * 2, [30] * 3 + [46] * 5 + [65] * 2]


def test_efficiency_gap_published() -> None:
    """Ten districts of a hundred votes: 150 wasted votes against 350, a gap of 20 per cent; and one of 40."""
    assert float(M.efficiency_gap(counts(TEN, "option", "district")).isel(option=0)) == pytest.approx(0.2, abs=1e-15)
    other = [[55] * 9 + [5], [45] * 9 + [95]]
    assert float(M.efficiency_gap(counts(other, "option", "district"), dim="district")[0]) == pytest.approx(0.4)


@pytest.mark.parametrize("n", [1, 2, 7, 10])
def test_districts_are_their_definitions(n: int) -> None:
    rng = np.random.default_rng(n)
    few, wide = rng.integers(0, 4, (300, 2, n)), rng.integers(0, 10**8, (300, 2, n))
    edge = np.stack([rng.integers(8, 13, (300, n)) * 10, np.zeros((300, n), np.int64)], 1)
    edge[:, 1] = 200 - edge[:, 0]
    votes = np.concatenate([few, wide, edge])
    array = xr.DataArray(votes, {"option": ["a", "b"]}, ("draw", "option", "district"))
    third = xr.concat([array, array.isel(option=[0]).assign_coords(option=["c"]) * 0 + 9], "option")
    wanted = [definition.districts(list(zip(*v)), Fraction(1, 20)) for v in votes.tolist()]
    for name in DISTRICTS:
        values = [w[name] for w in wanted]
        both = getattr(M, name)(array)
        assert both.dims == ("draw", "option")
        np.testing.assert_allclose(both.sel(option="a"), values, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(getattr(M, name)(third, "a", "b"), values, rtol=1e-12, atol=1e-12)
        sign = 1 if name == "swing_ratio" else -1
        np.testing.assert_allclose(both.sel(option="b"), np.multiply(sign, values), rtol=1e-12, atol=1e-12)


def test_one_against_the_rest_and_the_curve() -> None:
    votes = xr.DataArray([[5, 1], [3, 3], [1, 3]], {"option": ["a", "b", "c"]}, ("option", "region"))
    assert M.efficiency_gap(votes).dims == ("option",)
    assert float(M.efficiency_gap(votes, "a")) == float(
        M.efficiency_gap(counts([[5, 1], [4, 6]], "option", "region"))[0]
    )
    curve = M.seats_votes(counts(TEN, "option", "region"), [-0.2, -0.05, 0, 0.05, 0.15, 0.2], "0")
    np.testing.assert_allclose(curve, [0.15, 0.3, 0.8, 0.8, 0.9, 1.0], rtol=1e-12)
    assert curve.dims == ("swing",)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_laws(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 8))
    votes = np.array(data.draw(st.lists(st.integers(1, 10**9), min_size=n, max_size=n)))
    seats = np.array(data.draw(st.lists(st.integers(0, 200), min_size=n, max_size=n)))
    if not seats.sum():
        seats[0] = 1
    order = np.array(data.draw(st.permutations(range(n))))
    k = data.draw(st.integers(1, 1000))
    for name in definition.INDICES:
        of = getattr(M, name)
        value = float(of(counts(votes), counts(seats)))
        same = (float(of(counts(votes[order]), counts(seats[order]))), float(of(counts(votes * k), counts(seats * k))))
        np.testing.assert_allclose(same, value, rtol=1e-9, atol=1e-9)
        if name in ("gallagher", "loosemore_hanby", "rae", "lijphart", "gini"):
            assert -1e-12 <= value <= 1 + 1e-12
        if name in ZERO:
            assert float(of(counts(seats * k), counts(seats))) == 0
    assert 1 - 1e-12 <= float(M.effective_number(counts(seats))) <= n + 1e-12
    assert 1 - 1e-12 <= float(M.effective_number(counts(seats), formula="golosov")) <= n + 1e-12


def dataset() -> xr.Dataset:
    rng = np.random.default_rng(1)
    votes = rng.integers(0, 100, (5, 3, 4)).astype(np.int32)
    seats = rng.integers(0, 9, (5, 4)).astype(np.int32)
    coords = {
        "draw": np.arange(5),
        "region": list("xyz"),
        "option": list("abcd"),
        "option_name": ("option", list("ABCD")),
    }
    return xr.Dataset({"votes": (("draw", "region", "option"), votes), "seats": (("draw", "option"), seats)}, coords)


def test_a_dataset_is_summed_over_regions() -> None:
    ds = dataset()
    for name in definition.INDICES:
        xr.testing.assert_identical(getattr(M, name)(ds), getattr(M, name)(ds["votes"].sum("region"), ds["seats"]))
    assert M.gallagher(ds).coords.keys() == {"draw"}
    assert M.effective_number(ds, "votes", by="region").dims == ("draw", "region")
    assert M.efficiency_gap(ds).dims == ("draw", "option")
    # Whatever dims there are stay, in their order.
    more = ds["votes"].expand_dims(rule=["p", "q"])
    assert M.gallagher(more, ds["seats"]).dims == ("rule", "draw", "region")
    local = ds.assign(district_votes=(("draw", "district", "option"), ds["votes"].values))
    local["district_seats"] = local["district_votes"]
    assert float(M.gallagher(local, by="district").max()) == 0


def test_the_standard_ones() -> None:
    ds = dataset()
    found = M.standard(ds)
    xr.testing.assert_identical(found, M.standard(ds["votes"].sum("region"), ds["seats"]))
    xr.testing.assert_identical(found["gallagher"], M.gallagher(ds))
    assert np.array_equal(found["effective_number_votes"], M.effective_number(ds, "votes"))
    assert all(a.dims == ("draw",) and {"units", "long_name"} <= a.attrs.keys() for a in found.values())


def test_what_is_missing_is_said(small: Any) -> None:
    result = sim.run(small, draws=3, seed=1)
    with pytest.raises(sim.SimError, match=r"this result has no seats: its rule '.*' fills no seats; a rule that does"):
        M.gallagher(result)
    ds = dataset()
    faults = [
        (lambda: M.gallagher(ds.drop_vars("votes")), "this Dataset has no variable 'votes'"),
        (lambda: M.gallagher(ds["votes"]), "the second argument is the seats"),
        (lambda: M.gallagher(ds["votes"], ds["seats"].isel(option=[0, 1])), "not of the same options"),
        (lambda: M.gallagher(ds, by="region"), "no seats by region"),
        (lambda: M.majority_size(ds["seats"] * -1), "less than 0"),
        (lambda: M.majority_size(ds["seats"] / 2), "whole numbers"),
        (lambda: M.majority_size(ds["seats"] * math.nan), "whole numbers"),
        (lambda: M.majority_size(ds["seats"].isel(option=[])), "no options"),
        (lambda: M.majority_size(ds["seats"].sum("option")), "the dim 'option'"),
        (lambda: M.majority_size([1, 2]), "expected a Dataset or a DataArray, got list"),
        (lambda: M.herfindahl(ds, "money"), "expected 'votes' or 'seats'"),
        (lambda: M.effective_number(ds, formula="molinar"), "expected 'laakso_taagepera' or 'golosov'"),
        (lambda: M.efficiency_gap(ds, "e"), "option 'e': expected one of a, b, c, d"),
        (lambda: M.efficiency_gap(ds, rival="a"), "name both sides"),
        (lambda: M.efficiency_gap(ds["votes"].sum("region"), "a"), "expected the dim 'district'"),
        (lambda: M.efficiency_gap(ds["votes"].astype(np.int64) * 10**8), "more than 3,000,000,000"),
        (lambda: M.swing_ratio(ds, width=0), "a swing above 0"),
        (lambda: M.swing_ratio(ds, width=1 / 3), "multiple of 0.0001"),
        (lambda: M.seats_votes(ds, [math.nan]), "multiple of 0.0001"),
        (lambda: M.seats_votes(ds, []), "at least one"),
    ]
    for call, message in faults:
        with pytest.raises(sim.SimError, match=message):
            call()


def test_nothing_is_nothing() -> None:
    none = counts([[0, 0], [1, 3]], "draw", "option")
    for name in definition.INDICES:
        assert np.isnan(getattr(M, name)(none, none).values[0])
    assert np.isnan(M.effective_number(none).values[0])
    assert np.isnan(M.effective_number(none, formula="golosov").values[0])
    assert M.majority_size(none).values.tolist() == [0.0, 1.0]
    assert np.isnan(M.efficiency_gap(counts([[0, 0], [0, 0]], "option", "district")).values).all()
    # Seats without votes: more than any share can say.
    odd = counts([0, 5]), counts([1, 1])
    assert [float(f(*odd)) for f in (M.sainte_lague, M.dhondt, M.kullback_leibler)] == [math.inf] * 3

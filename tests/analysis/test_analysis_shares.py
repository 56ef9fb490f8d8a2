"""Shares and margins against numbers worked out by hand, and reading in pieces."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from synthetic_result import make_result

from sim.analysis import invalid_share, majority_margin, margin, nation, pieces, turnout, vote_share
from sim.errors import ResultError

SCENARIO = "rules: {{president: {{model: two_round, majority_of: {base}}}}}"


def small(base: str = "valid_votes") -> xr.Dataset:
    """Two draws, two regions, three options; the third is against all."""
    votes = np.array([[[30, 20, 10], [10, 5, 5]], [[0, 0, 0], [8, 9, 13]]], np.int32)
    return xr.Dataset(
        {
            "registered": ("region", np.array([100, 60], np.int32)),
            "ballots_cast": (("draw", "region"), np.array([[70, 20], [0, 40]], np.int32)),
            "invalid_ballots": (("draw", "region"), np.array([[10, 0], [0, 10]], np.int32)),
            "votes": (("draw", "region", "option"), votes),
        },
        {
            "draw": [0, 1],
            "region": ["n", "s"],
            "option": ["a", "b", "none"],
            "option_kind": ("option", ["candidate", "candidate", "against_all"]),
        },
        {"scenario_yaml": SCENARIO.format(base=base)},
    )


def test_national_shares_by_hand() -> None:
    ds = small()
    np.testing.assert_allclose(turnout(ds), [90 / 160, 40 / 160])
    np.testing.assert_allclose(invalid_share(ds), [10 / 90, 10 / 40])
    np.testing.assert_allclose(vote_share(ds), [[40 / 80, 25 / 80, 15 / 80], [8 / 30, 9 / 30, 13 / 30]])
    np.testing.assert_allclose(margin(ds), [15 / 80, 4 / 30])


def test_regional_shares_by_hand_and_nan_where_nobody_voted() -> None:
    ds = small()
    np.testing.assert_allclose(turnout(ds, "region"), [[0.7, 20 / 60], [0, 40 / 60]])
    np.testing.assert_allclose(invalid_share(ds, by="region"), [[10 / 70, 0], [np.nan, 0.25]])
    shares = vote_share(ds, "region")
    assert shares.dims == ("draw", "region", "option")
    assert np.isnan(shares[1, 0]).all()
    np.testing.assert_allclose(shares[0, 0], [0.5, 1 / 3, 1 / 6])
    np.testing.assert_allclose(margin(ds, "region"), [[1 / 6, 0.25], [np.nan, 4 / 30]])


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("valid_votes", [40 / 80, 9 / 30]),
        ("ballots_cast", [40 / 90, 9 / 40]),
        ("registered", [40 / 160, 9 / 160]),
    ],
)
def test_majority_margin_counts_on_the_stated_base_and_only_who_can_be_elected(
    base: str, expected: list[float]
) -> None:
    da = majority_margin(small(base))
    np.testing.assert_allclose(da, np.array(expected) - 0.5)
    assert da.attrs["majority_of"] == base


def test_the_rule_decides_whether_there_is_a_majority() -> None:
    ds = small().assign_attrs(scenario_yaml="rules: {president: {model: plurality}}")
    with pytest.raises(ResultError, match="no rule"):
        majority_margin(ds)
    single = small().assign_attrs(scenario_yaml="rules: {model: two_round, majority: 0.4}")
    assert majority_margin(single).attrs["threshold"] == 0.4
    np.testing.assert_allclose(majority_margin(single)[0], 0.1)


def test_registered_may_have_a_draw_dim() -> None:
    ds = small()
    ds["registered"] = (("draw", "region"), np.array([[100, 60], [50, 50]], np.int32))
    np.testing.assert_allclose(turnout(ds), [90 / 160, 40 / 100])
    np.testing.assert_allclose(turnout(ds, "region")[1], [0, 0.8])


def test_pieces_and_groups_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    ds = make_result(53)
    whole = [f(ds, by) for f in (turnout, vote_share, invalid_share, margin) for by in ("nation", "region")]
    monkeypatch.setattr(pieces, "PIECE", 3_000)
    monkeypatch.setattr(pieces, "GROUP", 8 * 53 * 7 * 3)
    cut = [f(ds, by) for f in (turnout, vote_share, invalid_share, margin) for by in ("nation", "region")]
    for a, b in zip(whole, cut):
        xr.testing.assert_identical(a, b)


def test_a_file_gives_the_same_as_memory(tmp_path) -> None:
    ds = make_result(40)
    ds.to_netcdf(tmp_path / "r.nc", engine="h5netcdf", encoding={"votes": {"chunksizes": (7, 20, 7)}})
    with xr.open_dataset(tmp_path / "r.nc", engine="h5netcdf") as lazy:
        xr.testing.assert_equal(vote_share(lazy, "region"), vote_share(ds, "region"))
        xr.testing.assert_equal(majority_margin(lazy), majority_margin(ds))


def test_nation_keeps_what_has_no_region_and_is_stable() -> None:
    ds = make_result(10)
    totals = nation(ds)
    assert "region" not in totals.dims
    assert totals["votes"].dtype == np.int64
    np.testing.assert_array_equal(totals["votes"], ds["votes"].sum("region"))
    assert {"winner", "runoff_votes", "option_name", "draw"} <= set(totals.variables)
    assert nation(totals) is totals
    xr.testing.assert_identical(turnout(totals), turnout(ds))


def test_one_option() -> None:
    ds = make_result(5, options={"a": ("A", "candidate", 1.0)})
    np.testing.assert_array_equal(margin(ds), 1)
    np.testing.assert_array_equal(vote_share(ds), 1)


@pytest.mark.parametrize("function", [turnout, vote_share, invalid_share, margin])
def test_what_is_no_result_is_refused(function) -> None:
    with pytest.raises(ResultError, match="no variable"):
        function(xr.Dataset({"x": ("draw", [1])}))
    with pytest.raises(ResultError, match="expected 'nation' or 'region'"):
        function(small(), by="town")
    with pytest.raises(ResultError, match="no draws"):
        function(small().isel(draw=slice(0, 0)))
    with pytest.raises(ResultError, match="no regions"):
        function(nation(small()), by="region")


def test_import_is_light() -> None:
    code = (
        "import sys, sim.analysis, sim.report, sim.report.figures\n"
        "heavy = {'xarray', 'scipy', 'matplotlib', 'jinja2', 'pandas', 'numba', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)

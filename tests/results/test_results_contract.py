"""The contract finds every kind of fault in a result."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.election.variables import VOTES_TRUE, Variable
from sim.errors import ResultError
from sim.results.contract import CORE, DERIVED, STATIONS, check, declared


@pytest.fixture
def result(stations):
    return sim.run(stations, draws=60)


@pytest.mark.parametrize("which", ["small", "stations"])
@pytest.mark.parametrize("out", [None, "r.nc", "r.zarr"])
def test_results_keep_it(request, tmp_path, which, out):
    with sim.run(request.getfixturevalue(which), draws=60, out=out and tmp_path / out) as ds:
        check(ds)


def add(name, place, number):
    def change(ds):
        ds[name].values[place] += number
        return ds

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (add("votes", (7, 0, 1), 1), "draw 7, west: votes and invalid_ballots do not add up to ballots_cast"),
        (add("ballots_cast", (59, 3), -1), "draw 59, north: votes and invalid_ballots do not add up"),
        (add("registered", (3, 2), -19), "draw 3, a: more ballots cast and people lost than registered"),
        (add("station_votes", (5, 0, 0), 1), "draw 5, west: station_votes do not add up to votes"),
        (add("invalid_ballots", (0, 0), -(10**8)), "invalid_ballots: holds -.* less than 0"),
        (add("winner", 0, 9), "winner: holds .*, more than 2"),
        (add("tied", 0, 2), "tied: holds 2, more than 1"),
        (lambda ds: ds.drop_vars("invalid_ballots"), "the variable 'invalid_ballots' is missing"),
        (lambda ds: ds.assign(turnout=ds["votes"] * 1.0), "no part declares the variable 'turnout'"),
        (lambda ds: ds.assign(mine=1), "no part declares the variable 'mine'"),
        (lambda ds: ds.assign(votes=ds["votes"].astype("int64")), "votes: dtype should be int32, not int64"),
        (lambda ds: ds.transpose("region", ...), "dims should be .*'draw', 'region'"),
        (lambda ds: ds.assign(votes=ds["votes"].assign_attrs(units="%")), "votes: units should be votes, not %"),
        (lambda ds: ds.assign(winner=ds["winner"].drop_attrs()), "winner: units should be 1, not None"),
    ],
)
def test_faults(result, change, words):
    with pytest.raises(ResultError, match=words):
        check(change(result))


def test_lost_and_true_votes_belong_to_the_law(result):
    lost = (result["votes"].sum("option") * 0 + 5).astype("int32")
    from sim.election.variables import lost as declare

    lost.attrs = {"units": "people", "long_name": declare("queue").meaning}
    with pytest.raises(ResultError, match="more ballots cast and people lost than registered"):
        check(result.assign(lost_queue=lost * 10**6))
    moved = result.assign(votes_true=result["votes"].copy())
    moved["votes_true"].attrs = {"units": "votes", "long_name": VOTES_TRUE.meaning}
    moved["votes"].values[0, 0, 0] += 3
    check(moved)
    moved["votes_true"].values[0, 0, 0] += 3
    with pytest.raises(ResultError, match="draw 0, west: votes_true and invalid_ballots"):
        check(moved)


def test_large_results_are_checked_in_slices(result, monkeypatch):
    monkeypatch.setattr("sim.results.contract._SLICE", 100)
    result["votes"].values[58, 1, 1] += 1
    with pytest.raises(ResultError, match="draw 58, east"):
        check(result)


def test_declarations_are_sound():
    known = declared()
    assert len(known) >= len(CORE) + len(STATIONS) + 4
    for variable in (*known.values(), *DERIVED):
        assert isinstance(variable, Variable)
        assert variable.meaning
        assert variable.units
        np.dtype(variable.dtype)
    assert not set(known) & {variable.name for variable in DERIVED}

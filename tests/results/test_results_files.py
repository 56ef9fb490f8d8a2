"""Result files: readable everywhere, and one clear message where they are not."""

from __future__ import annotations

import os
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import sim
from sim.errors import ResultError
from sim.results.contract import check

OUTPUTS = ["r.nc", "r.zarr"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One result of each kind, with stations."""
    from small_elections import STATIONS

    folder = tmp_path_factory.mktemp("made")
    scenario = sim.loads(STATIONS).change({"run.keep": ["station_votes"], "note": "Ünïcode – § 👍"})
    for out in OUTPUTS:
        sim.run(scenario, draws=300, out=folder / out).close()
    return folder


@pytest.fixture
def copy(made, tmp_path):
    for out in OUTPUTS:
        (shutil.copytree if out.endswith(".zarr") else shutil.copy)(made / out, tmp_path / out)
    return tmp_path


def handles(folder):
    targets = (
        os.readlink(f"/proc/self/fd/{fd}")
        for fd in os.listdir("/proc/self/fd")
        if fd.isdigit() and os.path.lexists(f"/proc/self/fd/{fd}")
    )
    return [target for target in targets if target.startswith(str(folder))]


def damaged(path, words):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ResultError, match=words) as error:
            sim.open_result(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    del error
    assert handles(path.parent) == []


@pytest.mark.parametrize("out", OUTPUTS)
def test_plain_xarray_reads_it(made, out, same):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keywords = {"consolidated": False} if out.endswith(".zarr") else {}
        with xr.open_dataset(made / out, **keywords) as plain, sim.open_result(made / out) as ours:
            same(plain, ours)
            assert plain["region"].dtype.kind in "OTU"
            assert list(plain["region_name"].values) == ["The West", "east", "a", "north"]
            assert plain["votes"].sel(region="west", option="zeta").dims == ("draw",)
            assert {"region", "option_name", "station_region"} <= set(plain.coords)
            assert set(plain.data_vars).isdisjoint(plain.coords)


@pytest.mark.parametrize("out", OUTPUTS)
def test_attributes_come_back(made, out):
    from small_elections import STATIONS

    scenario = sim.loads(STATIONS).change({"run.keep": ["station_votes"], "note": "Ünïcode – § 👍"})
    memory = sim.run(scenario, draws=300)
    with sim.open_result(made / out) as found:
        assert dict(found.attrs, created="") == dict(memory.attrs, created="")
        for name, variable in found.variables.items():
            assert dict(variable.attrs) == memory[name].attrs, name
            for value in variable.attrs.values():
                assert isinstance(value, str | int | float | np.integer | np.floating)
        assert found.attrs["note"] == "Ünïcode – § 👍"
        again = sim.loads(found.attrs["scenario_yaml"])
        assert again.sha256 == found.attrs["scenario_sha256"]


@pytest.mark.parametrize("out", OUTPUTS)
def test_written_again_by_xarray(made, tmp_path, out, same):
    """What xarray wrote from it, compressed or not, is a result still."""
    with sim.open_result(made / out) as ours:
        ours = ours.load()
        small = {name: {"zlib": True} for name in ours.data_vars}
        ours.to_netcdf(tmp_path / "again.nc", engine="h5netcdf", encoding=small)
        with sim.open_result(tmp_path / "again.nc") as again:
            same(again, ours)
            check(again)


def test_arviz_reads_it(made):
    arviz = pytest.importorskip("arviz")
    with sim.open_result(made / "r.nc") as ds:
        arviz.from_dict({"posterior": dict(ds.expand_dims("chain")[["winner"]])})


@pytest.mark.parametrize("share", [0.0001, 0.01, 0.3, 0.9, 0.9999])
def test_truncated(copy, share):
    path = copy / "r.nc"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    damaged(path, "cannot be read as a result; it is damaged or of another kind")


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 400, b"CDF\x01" + bytes(300)])
def test_something_else(tmp_path, content):
    path = tmp_path / "r.nc"
    path.write_bytes(content)
    damaged(path, "cannot be read as a result|is not a result of this toolkit")


@pytest.mark.parametrize("seed", range(8))
def test_bytes_overwritten(copy, seed):
    """A header with wrong bytes gives the one error, or opens where they did not matter."""
    path, generator = copy / "r.nc", np.random.default_rng(seed)
    content = bytearray(path.read_bytes())
    for place in generator.integers(0, 3000, 40):
        content[place] = generator.integers(0, 256)
    path.write_bytes(content)
    try:
        sim.open_result(path).close()
        message = ""
    except ResultError as error:
        message = str(error)
    assert "\n" not in message


def test_another_netcdf(tmp_path):
    path = tmp_path / "r.nc"
    ds = xr.Dataset({"t": ("time", [1.0, 2.0], {"units": "days since 1-1-1 nonsense"})})
    ds.to_netcdf(path, engine="h5netcdf")
    damaged(path, "is not a result of this toolkit")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema_version": 99}, "was written by sailau 0.* in layout 99 and this version reads layout 1: run its"),
        ({"schema_version": "one"}, "in layout one"),
        ({"schema_version": None}, "is not a result of this toolkit"),
        ({"seed": None}, "is not a whole result, 'seed' is missing"),
    ],
)
def test_other_attributes(made, tmp_path, change, words):
    with sim.open_result(made / "r.nc") as ds:
        ds = ds.load()
    ds.attrs = {k: v for k, v in (ds.attrs | change).items() if v is not None}
    ds.to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
    damaged(tmp_path / "r.nc", words)


@pytest.mark.parametrize("name", ["votes", "registered"])
def test_variable_missing(made, tmp_path, name):
    with sim.open_result(made / "r.nc") as ds:
        ds.load().drop_vars(name).to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
    damaged(tmp_path / "r.nc", f"is not a whole result, '{name}' is missing")


def test_missing(tmp_path):
    damaged(tmp_path / "r.nc", "no such file$")
    damaged(tmp_path / "r.zarr", "no such file$")
    (tmp_path / "r.nc.partial").write_bytes(b"")
    damaged(tmp_path / "r.nc", r"no such file; r.nc.partial holds an unfinished run, 'sim run … --resume'")
    damaged(tmp_path / "r.csv", "a result is written as .nc")


def test_folder_and_file_in_the_place_of_the_other(tmp_path):
    (tmp_path / "r.nc").mkdir()
    (tmp_path / "r.zarr").write_bytes(b"x")
    (tmp_path / "empty.zarr").mkdir()
    for name in ("r.nc", "r.zarr", "empty.zarr"):
        damaged(tmp_path / name, "cannot be read as a result")


def test_a_lost_chunk_is_no_chunk_of_zeros(copy):
    path = copy / "r.zarr"
    chunks = sorted(p for p in (path / "invalid_ballots").rglob("*") if p.is_file() and p.name != "zarr.json")
    chunks[0].unlink()
    damaged(path, "is damaged: 'invalid_ballots' has 1 of 2 chunks")


def test_lost_description_of_a_variable(copy):
    (copy / "r.zarr" / "zarr.json").write_text("{", encoding="utf-8")
    damaged(copy / "r.zarr", "cannot be read as a result")


def test_public_name_takes_text(made):
    with sim.open_result(str(made / "r.nc")) as one, sim.open_result(Path(made / "r.nc")) as other:
        assert one.sizes == other.sizes

"""What cannot be run is refused early, in one message, and leaves nothing behind."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from collections import namedtuple

import pytest

import sim
from sim.engine import capacity, file_sink, netcdf, unfinished, zarr_folder
from sim.engine.plan import Plan
from sim.errors import CapacityError, ResultError, SimError

OUTPUTS = ["r.nc", "r.zarr"]
Usage = namedtuple("Usage", "total used free")


def refused(error, match, call, *args, **keywords):
    with pytest.raises(error, match=match) as caught:
        call(*args, **keywords)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["draws", "threads", "seed"])
@pytest.mark.parametrize("value", [0, -1, 10**20, 1.5, True, "3"])
def test_numbers_out_of_bounds(small, name, value):
    if name == "seed" and value == 0:
        pytest.skip("0 is a seed")
    refused(SimError, f"^{name}: expected a whole number from", sim.run, small, **{name: value})


def test_a_million_million_draws(small):
    refused(SimError, "draws: expected a whole number from 1 to 4,294,967,295", sim.run, small, draws=10**12)


def test_too_large_for_memory(small, monkeypatch):
    monkeypatch.setattr(capacity, "available_memory", lambda: 2_000_000)
    sim.run(small, draws=1000)
    words = r"1,000,000 draws need [\d.]+ MB in memory and 2.0 MB are free; .*--out.*at most [\d,]+ draws"
    refused(CapacityError, words, sim.run, small, draws=1_000_000)


def test_the_draws_that_fit_do_fit(small, monkeypatch):
    import re

    monkeypatch.setattr(capacity, "available_memory", lambda: 1_000_000)
    with pytest.raises(CapacityError) as caught:
        sim.run(small, draws=1_000_000)
    fits = int(re.search(r"at most ([\d,]+) draws", str(caught.value))[1].replace(",", ""))
    assert fits > 1000
    assert sim.run(small, draws=fits).nbytes < 1_000_000


@pytest.mark.parametrize("out", OUTPUTS)
def test_too_large_for_the_disk(small, tmp_path, monkeypatch, out):
    monkeypatch.setattr(capacity.shutil, "disk_usage", lambda _: Usage(0, 0, 1_000_000))
    words = r"draws need [\d.]+ MB on disk and 1.0 MB are free in .*; write elsewhere or take at most"
    refused(CapacityError, words, sim.run, small, draws=10**6, out=tmp_path / out)
    assert list(tmp_path.iterdir()) == []


def test_memory_is_read_from_the_system():
    assert 10**7 < capacity.available_memory() < 2**62


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1.34e9, "1.3 GB"), (2e15, "2.0 PB")]
)
def test_sizes_in_words(size, words):
    assert capacity.human(size) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("r.csv", "a result is written as .nc .* or .zarr .*, not as '.csv'"),
        ("r", "not as 'a file without suffix'"),
        ("missing/r.nc", "there is no folder"),
        ("file.txt/r.nc", "there is no folder"),
        ("folder.nc", "is a folder; name a file"),
        ("file.zarr", "is a file and no Zarr folder"),
        ("text.nc", "exists and is not a result that could be replaced; name another file or delete it"),
        ("things.zarr", "exists and is not a result that could be replaced"),
    ],
)
def test_where_no_result_can_stand(small, tmp_path, name, words):
    (tmp_path / "folder.nc").mkdir()
    (tmp_path / "things.zarr").mkdir()
    for file in ("file.txt", "file.zarr", "text.nc", "things.zarr/photo"):
        (tmp_path / file).write_text("precious", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    for resume in (False, True):
        refused(ResultError, words, sim.run, small, out=tmp_path / name, resume=resume)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "things.zarr/photo").read_text(encoding="utf-8") == "precious"


def test_folder_that_cannot_be_written(small, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    refused(ResultError, "cannot be written", sim.run, small, out=tmp_path / "r.nc")


@pytest.mark.parametrize("out", OUTPUTS)
def test_file_system_that_cannot_be_written(small, tmp_path, monkeypatch, out):
    real = os.open

    def read_only(path, flags, *rest, **keywords):
        if flags & os.O_CREAT:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, flags, *rest, **keywords)

    monkeypatch.setattr(os, "open", read_only)
    refused(ResultError, r"cannot be written \(Read-only file system\)", sim.run, small, out=tmp_path / out)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", OUTPUTS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_disk_fills_up(small, tmp_path, same, monkeypatch, out, code):
    """Some chunks are stored, then no more: what is stored stays, and can be completed."""
    monkeypatch.setattr(Plan, "chunk_draws", 100)
    kind = netcdf.NetcdfSink if out.endswith(".nc") else zarr_folder.ZarrSink
    real = kind.write

    def write(self, chunk, arrays):
        if self.draws_done >= 400:
            raise OSError(code, os.strerror(code))
        real(self, chunk, arrays)

    with monkeypatch.context() as patch:
        patch.setattr(kind, "write", write)
        words = r"the disk is full after 400 of 1,000 draws; the same command with '--resume'"
        refused(CapacityError, words, sim.run, small, out=tmp_path / out, threads=1)
    assert not (tmp_path / out).exists()
    with sim.run(small, out=tmp_path / out, resume=True) as found:
        same(found, sim.run(small))


@pytest.mark.parametrize("out", OUTPUTS)
def test_disk_full_for_the_state(small, tmp_path, same, monkeypatch, out):
    """The state cannot be written any more: the one saved last holds."""
    monkeypatch.setattr(Plan, "chunk_draws", 100)
    monkeypatch.setattr(file_sink, "SAVE_EVERY", 0.0)
    real, calls = unfinished.Unfinished.save, []

    def save(self, *rest):
        calls.append(1)
        if len(calls) > 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(self, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(unfinished.Unfinished, "save", save)
        refused(CapacityError, "after 300 of 1,000", sim.run, small, out=tmp_path / out, threads=1)
    with sim.run(small, out=tmp_path / out, resume=True) as found:
        same(found, sim.run(small))


@pytest.mark.parametrize(("out", "limit"), [("r.nc", 20_000), ("r.zarr", 100)])
def test_disk_full_from_the_start(small_file, tmp_path, out, limit):
    """A limit on the size of a file, met while it is laid out: nothing is left."""
    folder = tmp_path / "out"
    folder.mkdir()
    code = f"""
        import resource, signal, sys
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        from sim.cli.main import main
        from sim.numeric import counts
        import sim
        sim.run(sim.load({str(small_file)!r}), draws=2)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        main(["run", {str(small_file)!r}, "--draws", "20000", "--out", {str(folder / out)!r}])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr == "sim: the disk is full before the first draws were stored; nothing is kept\n"
    assert list(folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("out", OUTPUTS)
def test_small_disk(small_file, tmp_path, out):
    """A real file system that is too small, with the early check out of the way."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", disk], capture_output=True)
    if mount.returncode:
        pytest.skip("mounting is not permitted")
    try:
        code = (
            "import sys, sim.engine.run as r; r.check_disk = lambda *_: None; "
            "from sim.engine.plan import Plan; Plan.chunk_draws = 500; "
            "from sim.cli.main import main; main(sys.argv[1:])"
        )
        arguments = ["run", small_file, "--draws", "40000", "--out", disk / out, "--threads", "1"]
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 1, done.stderr
        message = [line for line in done.stderr.splitlines() if not line.endswith("%)")]
        assert len(message) == 1
        assert message[0].startswith("sim: the disk is full")
        left = sorted(p.name for p in disk.iterdir())
        assert left in ([], [f"{out}.partial", f"{out}.partial.state"])
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("out", OUTPUTS)
def test_a_part_that_fails_at_once_leaves_nothing(small, tmp_path, monkeypatch, out):
    def fail(self, block):
        raise ZeroDivisionError

    monkeypatch.setattr(Plan, "run_block", fail)
    with pytest.raises(ZeroDivisionError):
        sim.run(small, out=tmp_path / out)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", OUTPUTS)
def test_replacing_a_result(small, tmp_path, same, out):
    """The old result stays until the new one is complete."""
    path = tmp_path / out
    sim.run(small, draws=300, out=path).close()

    def progress(done, total):
        with sim.open_result(path) as old:
            assert old.sizes["draw"] == 300

    with sim.run(small, out=path, progress=progress) as found:
        same(found, sim.run(small))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("out", OUTPUTS)
def test_a_failed_replacement_leaves_the_old_result(small, tmp_path, out):
    path = tmp_path / out
    sim.run(small, draws=300, out=path).close()

    def progress(done, total):
        raise KeyboardInterrupt

    with pytest.raises(sim.errors.InterruptedRun):
        sim.run(small, out=path, progress=progress)
    with sim.open_result(path) as old:
        assert old.sizes["draw"] == 300
        old.load()


MEMORY = """
import sys, resource
import sim
def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
rows = {{f"r{{i:02d}}": 100000 + i for i in range(20)}}
scenario = sim.loads({text!r}).change({{"electorate.regions": rows, "voters.swing.regional": 0.2}})
sim.run(scenario, draws=2000, out={out!r}, threads=2).close()
base = peak()
ds = sim.run(scenario, draws=300_000, out={out!r}, threads=2)
print(peak() - base, ds.sizes["draw"])
"""


@pytest.mark.slow
@pytest.mark.parametrize("out", OUTPUTS)
def test_memory_stays_flat(tmp_path, out):
    from small_elections import REGIONS

    code = MEMORY.format(text=REGIONS, out=str(tmp_path / out))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    kilobytes, draws = map(int, done.stdout.split())
    assert draws == 300_000
    assert kilobytes < 150_000

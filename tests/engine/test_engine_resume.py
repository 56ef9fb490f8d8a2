"""A run that was stopped at any moment, by any means, is completed to the same bits."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import sim
from sim.engine import file_sink, netcdf, zarr_folder
from sim.engine.plan import Plan
from sim.errors import InterruptedRun, ResultError, SimError

OUTPUTS = ["r.nc", "r.zarr"]

#: Runs the small scenario slowly: every block waits a little, so that a signal falls into the run.
SLOW = """
import sys, time
from sim.engine import plan, file_sink
plan.BLOCK_LANES = 100
plan.Plan.chunk_draws = 25
file_sink.SAVE_EVERY = 0.02
run_block = plan.Plan.run_block
def slowly(self, block):
    time.sleep(0.06)
    return run_block(self, block)
plan.Plan.run_block = slowly
from sim.cli.main import main
main(sys.argv[1:])
"""


@pytest.fixture
def many_chunks(monkeypatch):
    monkeypatch.setattr(Plan, "chunk_draws", 50)
    monkeypatch.setattr(file_sink, "SAVE_EVERY", 0.0)


def stop_after(draws, error=KeyboardInterrupt):
    def progress(done, total):
        if done >= draws:
            raise error

    return progress


def beside(path):
    return sorted(p.name for p in path.parent.iterdir() if p.name != path.name and p.suffix != ".yaml")


@pytest.mark.parametrize("out", OUTPUTS)
@pytest.mark.parametrize("which", ["small", "stations"])
def test_interrupted_several_times(request, many_chunks, tmp_path, same, out, which):
    scenario, path = request.getfixturevalue(which), tmp_path / out
    for draws in (1, 300, 500, 850):
        with pytest.raises(InterruptedRun, match=r"after [\d,]+ of 1,000 draws; .*--resume.*resume=True.*r\."):
            sim.run(scenario, out=path, threads=2, resume=draws > 1, progress=stop_after(draws))
        assert not path.exists()
        assert beside(path) == [f"{out}.partial", f"{out}.partial.state"]
    with sim.run(scenario, out=path, resume=True) as found:
        same(found, sim.run(scenario))
    assert beside(path) == []


@pytest.mark.parametrize("out", OUTPUTS)
def test_only_what_is_missing_is_run(small, many_chunks, tmp_path, out):
    with pytest.raises(InterruptedRun):
        sim.run(small, out=tmp_path / out, threads=1, progress=stop_after(600))
    seen = []
    sim.run(small, out=tmp_path / out, resume=True, progress=lambda done, _: seen.append(done)).close()
    assert seen[0] >= 600
    assert seen[-1] == 1000


def test_interrupted_before_the_first_draws_leaves_nothing(small, tmp_path):
    with pytest.raises(InterruptedRun, match="nothing is kept"):
        sim.run(small, out=tmp_path / "r.nc", progress=stop_after(0))
    assert list(tmp_path.iterdir()) == []


def test_interrupted_in_memory(small):
    with pytest.raises(InterruptedRun, match="nothing is kept without '--out'"):
        sim.run(small, progress=stop_after(1))


@pytest.mark.parametrize("out", OUTPUTS)
def test_interrupted_while_finishing(small, tmp_path, same, monkeypatch, out):
    kind = netcdf.NetcdfSink if out.endswith(".nc") else zarr_folder.ZarrSink
    with monkeypatch.context() as patch:

        def interrupt(_):
            raise KeyboardInterrupt

        patch.setattr(kind, "complete", interrupt)
        with pytest.raises(InterruptedRun, match="after 1,000 of 1,000 draws"):
            sim.run(small, out=tmp_path / out)
    with sim.run(small, out=tmp_path / out, resume=True) as found:
        same(found, sim.run(small))


@pytest.mark.parametrize(
    ("out", "sign"),
    [
        ("r.nc", signal.SIGKILL),
        ("r.zarr", signal.SIGINT),
        pytest.param("r.nc", signal.SIGINT, marks=pytest.mark.slow),
        pytest.param("r.zarr", signal.SIGKILL, marks=pytest.mark.slow),
        pytest.param("r.nc", signal.SIGTERM, marks=pytest.mark.slow),
    ],
)
def test_signals(small, small_file, tmp_path, same, monkeypatch, out, sign):
    """Stop a process at several moments of its life; resume; compare."""
    path, state = tmp_path / out, tmp_path / f"{out}.partial.state"
    slow = tmp_path / "slow.py"
    slow.write_text(SLOW, encoding="utf-8")
    arguments = [sys.executable, slow, "run", small_file, "--out", path, "--threads", "2", "--resume"]
    stopped = 0
    for wait in (0.0, 0.2):
        before = state.stat().st_mtime_ns if state.exists() else 0
        process = subprocess.Popen(list(map(str, arguments)), stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        limit = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < limit:
            if state.exists() and state.stat().st_mtime_ns != before:
                break
            time.sleep(0.005)
        time.sleep(wait)
        process.send_signal(sign)
        _, errors = process.communicate(timeout=60)
        assert not path.exists()
        if sign == signal.SIGINT:
            assert process.returncode == 130, errors.decode()
            lines = [x for x in errors.decode().strip().splitlines() if not x.endswith("%)")]
            assert len(lines) == 1, lines
            assert lines[0].startswith("sim: interrupted")
            assert "nothing is kept" in lines[0] or "--resume" in lines[0]
        else:
            assert process.returncode == -sign
        stopped += 1
    assert stopped == 2
    monkeypatch.setattr(Plan, "chunk_draws", 25)
    sim.run(small, out=path, resume=True).close()
    with sim.open_result(path) as found:
        same(found, sim.run(small))
    assert beside(path) == ["slow.py"]


@pytest.mark.parametrize("out", OUTPUTS)
def test_killed_while_the_state_is_saved(small, many_chunks, tmp_path, same, monkeypatch, out):
    """The state is written aside and put in place whole: a half-written one is never read."""
    path, real, saved = tmp_path / out, np.savez, []

    def half(file, **arrays):
        if len(saved) == 5:
            file.write(b"PK\x03\x04half")
            file.flush()
            os._exit(9)
        saved.append(1)
        real(file, **arrays)

    child = os.fork()
    if child == 0:
        np.savez = half
        try:
            sim.run(small, out=path, threads=1)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert (tmp_path / f"{out}.partial.state.new").exists()
    with sim.run(small, out=path, resume=True) as found:
        same(found, sim.run(small))
    assert beside(path) == []


@pytest.fixture
def unfinished(small, many_chunks, tmp_path):
    path = tmp_path / "r.nc"
    with pytest.raises(InterruptedRun):
        sim.run(small, out=path, progress=stop_after(300))
    return path


def test_unfinished_is_refused_without_resume(small, unfinished):
    before = (unfinished.parent / "r.nc.partial.state").read_bytes()
    with pytest.raises(ResultError, match=r"r.nc.partial: holds an unfinished run; add '--resume'.*or delete"):
        sim.run(small, out=unfinished)
    assert (unfinished.parent / "r.nc.partial.state").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"turnout.baseline": 0.5}, "another scenario;"),
        ({"run.seed": 8}, "another scenario and another seed;"),
        ({"run.draws": 999}, "another scenario and another number of draws;"),
    ],
)
def test_other_runs_are_not_resumed(small, unfinished, change, word):
    with pytest.raises(ResultError, match=word):
        sim.run(small.change(change), out=unfinished, resume=True)
    with sim.run(small, out=unfinished, resume=True) as found:
        assert found.sizes["draw"] == 1000


def test_another_version_is_not_resumed(small, unfinished, monkeypatch):
    monkeypatch.setattr("sim.results.describe.__version__", "99.0")
    with pytest.raises(ResultError, match="another version of sailau"):
        sim.run(small, out=unfinished, resume=True)


@pytest.mark.parametrize("keep", [0, 1, 20, 200, -1, -30])
def test_damaged_state(small, unfinished, keep):
    state = unfinished.parent / "r.nc.partial.state"
    content = state.read_bytes()
    state.write_bytes(content[:keep])
    with pytest.raises(ResultError, match=r"r.nc.partial.state: is damaged; delete .*r.nc.partial\*"):
        sim.run(small, out=unfinished, resume=True)


def test_state_of_another_shape(small, unfinished):
    state = unfinished.parent / "r.nc.partial.state"
    with np.load(state) as saved:
        content = dict(saved)
    content["done"] = content["done"][:-1]
    with state.open("wb") as file:
        np.savez(file, **content)
    with pytest.raises(ResultError, match="is damaged"):
        sim.run(small, out=unfinished, resume=True)


@pytest.mark.parametrize("out", OUTPUTS)
@pytest.mark.parametrize("damage", ["missing", "other"])
def test_damaged_partial(small, many_chunks, tmp_path, out, damage):
    path, partial = tmp_path / out, tmp_path / f"{out}.partial"
    with pytest.raises(InterruptedRun):
        sim.run(small, out=path, progress=stop_after(300))
    sim.engine.unfinished.remove(partial)
    if damage == "other":
        partial.write_bytes(b"something else")
    with pytest.raises(ResultError, match="is missing" if damage == "missing" else "is damaged") as error:
        sim.run(small, out=path, resume=True)
    assert "\n" not in str(error.value)


def test_a_start_cut_short_is_begun_anew(small, tmp_path, same):
    """Without a state nothing was stored."""
    (tmp_path / "r.nc.partial").write_bytes(b"half a file")
    with pytest.raises(ResultError, match="unfinished run"):
        sim.run(small, out=tmp_path / "r.nc")
    with sim.run(small, out=tmp_path / "r.nc", resume=True) as found:
        same(found, sim.run(small))


@pytest.mark.parametrize("out", OUTPUTS)
def test_nothing_to_resume_just_runs(small, tmp_path, same, out):
    with sim.run(small, out=tmp_path / out, resume=True) as found:
        same(found, sim.run(small))


def test_complete_is_only_opened(small, tmp_path):
    path = tmp_path / "r.nc"
    sim.run(small, out=path).close()
    before, called = path.stat(), []
    with sim.run(small, out=path, resume=True, progress=lambda *_: called.append(1)) as found:
        assert found.sizes["draw"] == 1000
    assert called == []
    assert path.stat() == before


def test_complete_of_another_scenario_is_run(small, tmp_path, same):
    path = tmp_path / "r.nc"
    sim.run(small.change({"turnout.baseline": 0.5}), out=path).close()
    with sim.run(small, out=path, resume=True) as found:
        same(found, sim.run(small))


def test_state_left_behind_by_a_complete_run(small, unfinished):
    """Killed between naming the file and removing its state."""
    os.replace(unfinished.parent / "r.nc.partial.state", unfinished.parent / "state")
    sim.run(small, out=unfinished, resume=True).close()
    os.replace(unfinished.parent / "state", unfinished.parent / "r.nc.partial.state")
    sim.run(small, out=unfinished, resume=True).close()
    assert beside(unfinished) == []


def test_the_seed_that_was_drawn_is_taken_up(small, many_chunks, tmp_path):
    free, path = small.change({"run.seed": None}), tmp_path / "r.nc"
    with pytest.raises(InterruptedRun):
        sim.run(free, out=path, progress=stop_after(300))
    with sim.run(free, out=path, resume=True) as found:
        seed = found.attrs["seed"]
    with sim.run(free, out=path, resume=True) as again:
        assert again.attrs["seed"] == seed


def test_resume_needs_a_file(small):
    with pytest.raises(SimError, match="nothing to resume without a file"):
        sim.run(small, resume=True)


@pytest.mark.parametrize("resume", [False, True])
def test_the_second_writer_is_refused(small, tmp_path, resume):
    lock = os.open(tmp_path / "r.nc.partial.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(ResultError, match="another run is writing it") as error:
        sim.run(small, out=tmp_path / "r.nc", resume=resume)
    assert "\n" not in str(error.value)
    assert beside(tmp_path / "r.nc") == ["r.nc.partial.lock"]
    os.close(lock)
    sim.run(small, out=tmp_path / "r.nc", resume=resume).close()
    assert beside(tmp_path / "r.nc") == []


@pytest.mark.parametrize("out", OUTPUTS)
def test_the_second_writer_inside_one_process(small, tmp_path, out):
    def progress(done, total):
        with pytest.raises(ResultError, match=r"another run is writing it|unfinished run"):
            sim.run(small, out=tmp_path / out)
        with pytest.raises(ResultError, match="another run is writing it"):
            sim.run(small, out=tmp_path / out, resume=True)

    sim.run(small, draws=300, out=tmp_path / out, progress=progress).close()
    assert beside(tmp_path / out) == []


@pytest.mark.parametrize("out", OUTPUTS)
def test_a_fault_inside_keeps_what_is_done(small, many_chunks, tmp_path, same, out):
    with pytest.raises(ZeroDivisionError):
        sim.run(small, out=tmp_path / out, progress=stop_after(500, ZeroDivisionError))
    with sim.run(small, out=tmp_path / out, resume=True) as found:
        same(found, sim.run(small))


def test_a_chunk_that_comes_after_the_run_was_left_is_not_noted(small, tmp_path, monkeypatch):
    """Otherwise there would be a state without the file it speaks of."""
    from sim.election.state import Workspace
    from sim.engine.header import header
    from sim.engine.plan import make_plan
    from sim.engine.tallies import Tallies
    from sim.engine.zarr_folder import ZarrSink

    monkeypatch.setattr("sim.engine.file_sink.SAVE_EVERY", 0.0)
    plan = make_plan(small)
    sink = ZarrSink(plan, *header(plan, small), tmp_path / "r.zarr", False)
    sink.begin()
    arrays = sink.arrays(0, Workspace())
    assert "nothing is kept" in sink.leave()
    sink.commit(0, arrays, Tallies(plan))
    assert not sink.files.state.exists()
    sim.run(small, out=tmp_path / "r.zarr", resume=True).close()
    assert beside(tmp_path / "r.zarr") == []

"""Every verb: what it says, where it says it, and the code it ends with."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from click.testing import CliRunner

import sim
from sim.cli import main as main_module
from sim.cli.main import VERBS


@pytest.fixture
def call(capfdbinary):
    """Run the command in this process: (code, stdout, stderr)."""

    def run(*args):
        capfdbinary.readouterr()
        code = main_module._guarded(list(map(str, args)))
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


@pytest.fixture
def result(small_file, tmp_path):
    path = tmp_path / "r.nc"
    sim.run(sim.load(small_file), draws=300, out=path).close()
    return path


def test_help_is_shown_without_arguments(call):
    code, out, err = call()
    assert (code, err) == (0, "")
    assert out == call("--help")[1]
    assert all(f"  {verb} " in out for verb in VERBS)
    assert "Usage: sim" in out


def test_version(call):
    assert call("--version") == (0, f"sailau, version {sim.__version__}\n", "")


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_each_verb(call, verb):
    code, out, err = call(verb, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: sim {verb}")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["chekc"], "there is no command 'chekc'; did you mean 'check'?"),
        (["xyz"], "there is no command 'xyz' (commands: run, check"),
        (["run"], "Missing argument 'FILE'"),
        (["run", "f.yaml", "--draws", "many"], "'many' is not a valid integer"),
        (["run", "f.yaml", "--drawz", "3"], "No such option"),
        (["check"], "Missing argument"),
        (["list", "vtoers"], "there is no stage 'vtoers'; did you mean 'voters'?"),
        (["list", "voters.logt"], "voters has no model 'logt'; did you mean 'logit'?"),
        (["check", "f.yaml", "--set", "draws"], "--set draws: expected PATH=VALUE"),
        (["check", "f.yaml", "--set", "=3"], "--set =3: expected PATH=VALUE"),
        (["check", "f.yaml", "--set", "a=1", "--set", "a=2"], "--set a: given twice"),
    ],
)
def test_wrong_usage(call, args, words):
    code, out, err = call(*args)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_check(call, small_file):
    assert call("check", small_file) == (0, f"{small_file}: fine (4 regions, 3 options)\n", "")
    code, out, err = call("check", small_file, "missing.yaml", small_file)
    assert code == 1
    assert out.count("fine") == 2
    assert err.startswith("sim: missing.yaml: ")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("turnout.baseline=81.31", "--set"),
        ("turnuot.baseline=0.5", "did you mean 'turnout'"),
        ("voters.swing.natoinal=0.5", "natoinal"),
        ("turnout.baseline=[", "--set"),
        ("run.keep=[station_votes]", "cannot keep 'station_votes'"),
    ],
)
def test_faults_of_settings(call, small_file, setting, words):
    code, out, err = call("run", small_file, "--set", setting)
    assert (code, out) == (1, "")
    assert err.startswith("sim: ")
    assert words in err


def test_show(call, small_file):
    code, out, err = call("show", small_file, "--set", "turnout.baseline=0.55")
    assert (code, err) == (0, "")
    assert "0.6 → 0.55" in out
    code, out, _ = call("show", small_file, "--resolved")
    assert code == 0
    assert sim.loads(out) == sim.load(small_file)


def test_plan(call, small_file):
    code, out, err = call("show", small_file, "--plan")
    assert (code, err) == (0, "")
    assert "1,000 draws, 4 regions, 3 options, seed 7" in out
    assert "president: two_round" in out
    assert "reported votes" in out
    assert "kB in all" in out
    code, out, _ = call("show", small_file, "--plan", "--set", "run.seed=", "--set", "run.draws=1")
    assert "1 draw, 4 regions, 3 options, a seed drawn at the start" in out


def test_list(call):
    code, out, err = call("list")
    assert (code, err) == (0, "")
    assert re.search(r"\nvoters\n(  .*\n)*  logit ", out)
    assert call("list", "polling")[1].startswith("polling\n")


def test_list_tells_nested_keys(call):
    code, out, err = call("list", "voters.logit")
    assert (code, err) == (0, "")
    assert "\n  swing.national " in out
    assert "swing.blocks.<name>.sd" in out
    assert "regions.<row>.registered" in call("list", "electorate.table")[1]
    rule = call("list", "rules.two_round")[1]
    assert "adds to the result" in rule
    assert "winner" in rule


@pytest.mark.parametrize("stage", ["electorate", "voters", "turnout", "ballot", "rules"])
def test_every_part_is_listed_with_all_its_keys(call, stage):
    from sim.election.part import parts

    for name, part in parts(stage).items():
        code, out, _ = call("list", f"{stage}.{name}")
        assert code == 0
        assert all(f"\n  {key}" in out for key in part.model_fields)


def test_schema(call):
    code, out, err = call("schema")
    assert (code, err) == (0, "")
    assert "turnout" in json.loads(out)["properties"]


def test_run(call, small_file, tmp_path):
    code, out, err = call("run", small_file, "--draws", 300, "--seed", 5, "--out", tmp_path / "r.nc")
    assert code == 0
    assert "Zeta" in out
    assert "300 draws in " in err
    assert "seed 5" in err
    assert f"'sim report {tmp_path / 'r.nc'}'" in err
    with sim.open_result(tmp_path / "r.nc") as ds:
        assert ds.attrs["seed"] == "5"
    code, out, err = call("run", small_file, "--draws", 300, "--seed", 5, "--out", tmp_path / "r.nc", "--resume")
    assert code == 0
    assert "Zeta" in out
    assert err.startswith("nothing to resume: the run is complete in ")


def test_quiet_is_silent(call, small_file, tmp_path):
    assert call("run", small_file, "--quiet", "--out", tmp_path / "r.nc") == (0, "", "")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["run", "{file}", "--draws", "0"], "draws: expected a whole number from 1"),
        (["run", "{file}", "--draws", "1000000000000"], "draws: expected a whole number"),
        (["run", "{file}", "--threads", "0"], "threads: expected a whole number from 1"),
        (["run", "{file}", "--resume"], "there is nothing to resume without a file"),
        (["run", "{file}", "--out", "r.csv"], "a result is written as .nc"),
        (["run", "missing.yaml"], "missing.yaml"),
        (["summary", "missing.nc"], "missing.nc: no such file"),
        (["summary", "{file}"], "a result is written as .nc (netCDF) or .zarr (Zarr), not as '.yaml'"),
        (["rerun", "missing.nc"], "missing.nc: no such file"),
        (["score", "missing.nc"], "missing.nc: no such file"),
    ],
)
def test_faults_of_the_user(call, small_file, args, words):
    code, out, err = call(*(arg.format(file=small_file) for arg in args))
    assert (code, out) == (1, "")
    assert err.startswith("sim: ")
    assert words in err
    assert "Traceback" not in err


def test_summary(call, result):
    code, out, err = call("summary", result)
    assert (code, err) == (0, "")
    assert "Zeta" in out


def test_rerun(call, result):
    code, out, err = call("rerun", result)
    assert (code, err) == (0, "")
    assert out == f"{result}: 300 draws, 11 variables, every number the same\n"


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        ("votes", (123, 0, 0), "votes and invalid_ballots do not add up"),
        ("runoff_votes", (77, 1), "runoff_votes differs from the result, runoff_votes first at draw 77, option none"),
        ("winner", (299,), "winner differs from the result, winner first at draw 299"),
        ("registered", (5, 1), "registered differs from the result, registered first at draw 5, region east"),
        ("draw", (9,), "draw differs"),
        ("option_incumbent", (0,), "option_incumbent differs from the result, option_incumbent first at option zeta"),
    ],
)
def test_rerun_finds_one_changed_number(call, result, name, place, words):
    import h5py

    with h5py.File(result, "r+") as file:
        old = file[name][place]
        file[name][place] = 1 - old if name in ("winner", "option_incumbent") else old + 1
    code, out, err = call("rerun", result)
    assert (code, out) == (1, "")
    assert words in err


def test_rerun_finds_moved_votes(call, result):
    """A change that keeps every sum."""
    import h5py

    with h5py.File(result, "r+") as file:
        file["votes"][200, 3] += np.array([-1, 0, 1], np.int32)
    code, _, err = call("rerun", result)
    assert code == 1
    assert "votes differs from the result, votes first at draw 200, region north, option zeta" in err


@pytest.mark.parametrize("name", ["seed", "title", "scenario_yaml", "scenario_sha256"])
def test_rerun_finds_changed_attributes(call, result, name):
    import h5py

    with h5py.File(result, "r+") as file:
        text = file.attrs[name]
        file.attrs[name] = text.replace("baseline: 0.6", "baseline: 0.7") if "yaml" in name else "1" + text[1:]
        assert file.attrs[name] != text
    code, out, err = call("rerun", result)
    assert (code, out) == (1, "")
    assert "Traceback" not in err


def test_rerun_needs_no_memory(call, result, monkeypatch):
    from sim.engine import capacity

    monkeypatch.setattr(capacity, "available_memory", lambda: 10)
    assert call("rerun", result)[0] == 0


def test_a_fault_inside_a_part_asks_to_report(call, small_file, monkeypatch):
    from sim.election.turnout.logit import Logit

    def prepare(self, world):
        def run(block):
            raise ZeroDivisionError("by the part")

        return run

    monkeypatch.setattr(Logit, "prepare", prepare)
    code, out, err = call("run", small_file)
    assert (code, out) == (3, "")
    assert "ZeroDivisionError: by the part" in err
    assert "in the step 'turnout' (logit), draws 0 to 0" in err
    assert err.splitlines()[-1].startswith("sim: this is a bug")
    assert "report" in err.splitlines()[-1]


def test_out_of_memory(call, small_file, monkeypatch):
    def run(*_, **__):
        raise MemoryError

    monkeypatch.setattr("sim.engine.run.run", run)
    code, _, err = call("run", small_file)
    assert (code, err.count("\n")) == (1, 1)
    assert "--out" in err


def test_interrupt_before_the_run(call, small_file, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.engine.run.run", interrupted)
    code, out, err = call("run", small_file)
    assert (code, out, err.strip()) == (130, "", "sim: interrupted")


def test_click_runner_agrees():
    assert CliRunner().invoke(main_module.cli, ["list"]).exit_code == 0


# In processes of their own: what is imported, pipes, terminals.


def modules(code):
    code += "\nimport sys; print(*sorted({m.partition('.')[0] for m in sys.modules}), file=sys.__stderr__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def verb(*args):
    return f"from sim.cli.main import _guarded; assert _guarded({list(map(str, args))!r}) == 0"


HEAVY = {"numpy", "pydantic", "xarray", "pandas", "numba", "scipy", "matplotlib", "zarr", "h5py", "rich", "yaml"}


@pytest.mark.parametrize("code", ["import sim", verb("--help"), verb("run", "--help"), verb("--version")])
def test_nothing_heavy_for_help(code):
    assert not modules(code) & HEAVY


@pytest.mark.parametrize("args", [["check", "FILE"], ["show", "FILE"], ["list"], ["list", "voters.logit"], ["schema"]])
def test_little_for_looking(small_file, args):
    found = modules(verb(*(str(small_file) if arg == "FILE" else arg for arg in args)))
    assert not found & {"numba", "xarray", "pandas", "scipy", "matplotlib", "zarr", "h5py"}


@pytest.mark.parametrize("args", [["list"], ["run", "FILE", "--draws", "50"]])
def test_a_reader_that_goes_away(small_file, args):
    """`sim … | head -0`: silence."""
    args = [str(small_file) if arg == "FILE" else arg for arg in args]
    process = subprocess.Popen(
        [sys.executable, "-m", "sim.cli.main", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(60) == 0
    assert "Traceback" not in err
    assert "Broken" not in err
    assert args[0] == "run" or err == ""


SLOWLY = """
import sys, time
from sim.engine import plan
plan.BLOCK_LANES, plan.Plan.chunk_draws = 40, 10
run_block = plan.Plan.run_block
def slowly(self, block):
    time.sleep({pause})
    return run_block(self, block)
plan.Plan.run_block = slowly
from sim.cli import common, main
common.SHORT = {short}
main.main(sys.argv[1:])
"""


def slow_run(small_file, short, pause=0.0):
    code = SLOWLY.format(pause=pause, short=short)
    return [sys.executable, "-c", code, "run", str(small_file), "--draws", "400", "--threads", "1"]


def test_lines_of_progress(small_file):
    done = subprocess.run(slow_run(small_file, 0.0), capture_output=True, text=True, timeout=60)
    lines = [line for line in done.stderr.splitlines() if line.endswith("%)")]
    tens = [int(line.rpartition("(")[2].removesuffix(" %)")) // 10 for line in lines]
    assert len(tens) >= 5
    assert tens == sorted(set(tens))
    assert tens[-1] == 10
    assert "\r" not in done.stderr
    assert "\x1b" not in done.stderr + done.stdout


def test_no_progress_of_a_short_run(small_file):
    done = subprocess.run(slow_run(small_file, 60.0), capture_output=True, text=True, timeout=60)
    assert "%)" not in done.stderr


def on_a_terminal(arguments, **environment):
    """Run with stderr on a terminal and return what came there."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **environment}
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=theirs, env=environment)
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    process.stdout.read()
    process.stdout.close()
    assert process.wait(60) == 0
    return seen.decode()


def test_bar_on_a_terminal(small_file):
    seen = on_a_terminal(slow_run(small_file, 0.0, 0.02))
    assert "draws" in seen
    assert "/400" in seen
    assert "%)" not in seen
    tail = seen[seen.rindex("/400") :]
    # The line of the bar is erased and the cursor shown again before the last words.
    assert "\x1b[2K" in tail
    assert "\x1b[38;5" in seen
    assert "\x1b[?25h" in tail
    assert tail.rstrip().splitlines()[-1].endswith("seed 7")


def test_no_colour(small_file):
    plain = on_a_terminal(slow_run(small_file, 0.0, 0.01), NO_COLOR="1")
    assert "/400" in plain
    assert "\x1b[38;5" not in plain
    assert "\x1b[35m" not in plain


def test_quiet_on_a_terminal(small_file):
    assert on_a_terminal([*slow_run(small_file, 0.0, 0.01), "--quiet"]) == ""


def test_time_of_help_is_printed():
    import time

    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "sim.cli.main", "--help"], capture_output=True, check=True)
    print(f"sim --help took {time.perf_counter() - begin:.2f} s")


def test_doc_of_the_module_names_every_code():
    doc = textwrap.dedent(main_module.__doc__)
    assert all(code in doc for code in ("0 fine", "1 the input", "2 wrong usage", "3 a bug", "130 interrupted"))

"""The wheel: what is in it, and that it runs from elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (found,) = folder.glob("*.whl")
    return found


def test_what_is_in_it(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"sim", "sailau"}
    assert "sim/py.typed" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".nbi", ".nbc"))]
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "sim"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    missing = [name for name in tracked if (ROOT / name).exists() and name not in names]
    assert missing == []


def test_it_runs_from_elsewhere(wheel, tmp_path):
    from small_elections import REGIONS

    target, place = tmp_path / "target", tmp_path / "place"
    place.mkdir()
    (place / "small.yaml").write_text(REGIONS, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", "--target"]
    subprocess.run([*pip, str(target), str(wheel)], check=True, capture_output=True, timeout=120)
    environment = {**os.environ, "PYTHONPATH": str(target)}

    def sim(*args):
        done = subprocess.run(
            [sys.executable, "-m", "sim.cli.main", *args],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = [sys.executable, "-c", "import sim; print(sim.__file__)"]
    found = subprocess.run(where, cwd=place, env=environment, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()).is_relative_to(target)
    assert "Usage: sim" in sim("--help")
    assert "Zeta" in sim("run", "small.yaml", "--draws", "200", "--out", "r.nc")
    assert "every number the same" in sim("rerun", "r.nc")
    sim("report", "r.nc")
    assert (place / "r.html").stat().st_size > 10_000

"""Small scenarios that many tests share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from small_elections import REGIONS, STATIONS

# The same cases in every run of the quick tests; `make test-full` looks for new ones.
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")


@pytest.fixture
def small() -> Any:
    """Four regions, three options, an uncertain register."""
    import sim

    return sim.loads(REGIONS)


@pytest.fixture
def stations() -> Any:
    """The same with eleven polling stations, all kept."""
    import sim

    return sim.loads(STATIONS).change({"run.keep": ["station_votes", "station_ballots_cast"]})


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    """The small scenario as a file."""
    path = tmp_path / "small.yaml"
    path.write_text(REGIONS, encoding="utf-8")
    return path


@pytest.fixture
def same() -> Callable[[Any, Any], None]:
    """Assert that two results hold the same bits under the same names."""

    def check(a: Any, b: Any) -> None:
        assert set(a.variables) == set(b.variables)
        assert dict(a.sizes) == dict(b.sizes)
        for name in a.variables:
            x, y = a[name].values, b[name].values
            assert a[name].dims == b[name].dims, name
            if x.dtype.kind in "OTU":
                x, y = x.astype(object), y.astype(object)
            else:
                assert x.dtype == y.dtype, name
            assert np.array_equal(x, y), name

    return check


@pytest.fixture
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``python -m sim.cli.main`` in a process of its own."""

    def run(*args: Any, **keywords: Any) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "COLUMNS": "100", **keywords.pop("env", {})}
        return subprocess.run(
            [sys.executable, "-m", "sim.cli.main", *map(str, args)],
            capture_output=True,
            text=True,
            timeout=120,
            env=environment,
            **keywords,
        )

    return run

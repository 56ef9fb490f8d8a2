"""The public names: all there, loaded when used, documented."""

from __future__ import annotations

import inspect

import pytest

import sim


@pytest.mark.parametrize("name", [name for name in sim.__all__ if name != "__version__"])
def test_every_name_is_there_and_documented(name):
    value = getattr(sim, name)
    assert inspect.getdoc(value)
    assert name in dir(sim)
    assert value.__name__.rpartition(".")[2] == name
    assert callable(value) or name == "metrics"


def test_unknown_name():
    with pytest.raises(AttributeError, match="module 'sim' has no attribute 'rum'"):
        _ = sim.rum


def test_errors_are_one_family():
    for name in ("CapacityError", "InterruptedRun", "ResultError", "ScenarioError"):
        assert issubclass(getattr(sim, name), sim.SimError)


def test_the_example_of_the_package(small, tmp_path):
    result = sim.run(small, draws=100, seed=1)
    assert result.sizes["draw"] == 100
    assert "Zeta" in str(sim.summary(result))


def test_version_is_that_of_the_distribution():
    import importlib.metadata

    assert importlib.metadata.version("sailau") == sim.__version__

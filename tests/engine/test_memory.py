"""Memory of results that are gone serves the next ones, and never one that is held."""

from __future__ import annotations

import gc
import json

import numpy as np
import pytest

import sim
from sim.engine import memory

SHAPE = (1 << 11, 1 << 10)


@pytest.fixture(autouse=True)
def _empty():
    memory._free.clear()
    yield
    memory._free.clear()


def place(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_memory_comes_back_when_the_last_view_is_gone() -> None:
    first = memory.take(SHAPE, np.int32)
    where = place(first)
    part = first[3:5, ::2].T
    del first
    gc.collect()
    assert len(memory._free) == 0
    assert place(memory.take(SHAPE, np.int32)) != where
    gc.collect()
    memory._free.clear()
    part[...] = 7
    del part
    gc.collect()
    assert len(memory._free) == 1
    again = memory.take(SHAPE, np.int32)
    assert place(again) == where
    assert (again.shape, again.dtype) == (SHAPE, np.int32)
    assert again.flags.c_contiguous
    assert again.flags.writeable
    assert type(again) is np.ndarray


def test_memory_of_another_size_is_left_alone() -> None:
    memory.take(SHAPE, np.int32)
    gc.collect()
    assert memory.take((SHAPE[0] * 2, SHAPE[1]), np.int32).nbytes == 16 << 20
    held = memory.take((SHAPE[0] // 4 * 3, SHAPE[1]), np.int32)
    assert held.nbytes == 6 << 20
    small = memory.take((10, 10), np.int32)
    assert small.base is None


def test_no_more_is_kept_than_said() -> None:
    many = [memory.take((memory.MOST // 8,), np.uint8) for _ in range(12)]
    many.clear()
    gc.collect()
    assert 0 < sum(map(len, memory._free)) <= memory.MOST


def scenario() -> sim.Scenario:
    body = {
        "title": "held",
        "electorate": {"regions": {f"r{i}": 1_000 for i in range(40)}},
        "ballot": {"options": {"a": None, "b": None}},
        "voters": {"baseline": {"a": 0.5, "b": 0.5}, "swing": {"national": 0.1}},
        "turnout": {"baseline": 0.5},
        "rules": {"it": {"model": "plurality"}},
    }
    return sim.loads(json.dumps(body))


def test_a_result_that_is_held_keeps_its_numbers() -> None:
    held = sim.run(scenario(), draws=30_000, seed=1)
    assert held["votes"].nbytes > memory.LEAST
    votes = held["votes"].isel(region=slice(0, 2))
    before, whole = votes.values.copy(), held["votes"].values.copy()
    del held
    gc.collect()
    for seed in (2, 3):
        sim.run(scenario(), draws=30_000, seed=seed)
    assert np.array_equal(votes.values, before)
    assert np.array_equal(sim.run(scenario(), draws=30_000, seed=1)["votes"].values, whole)


def test_the_memory_of_a_result_is_used_again() -> None:
    sim.run(scenario(), draws=30_000, seed=1)
    gc.collect()
    kept = sum(map(len, memory._free))
    assert kept > memory.LEAST
    result = sim.run(scenario(), draws=30_000, seed=2)
    assert sum(map(len, memory._free)) < kept
    assert result["votes"].values.flags.writeable

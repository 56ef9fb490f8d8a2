"""Names, numbers, lanes, faults, laziness."""

import subprocess
import sys

import numpy as np
import pytest

from sim.errors import SimError
from sim.random import Chance, Lanes, multivariate_normal
from sim.random.streams import variable_number


def test_a_part_has_its_own_stream():
    chance = Chance(1)
    assert chance.stream("voters.swing", "tokayev").number == variable_number("voters.swing/tokayev")
    assert chance.stream("voters.swing").number != chance.stream("voters.swing", "tokayev").number
    assert chance.stream("voters.swing").number == chance.stream("voters.swing").number


def test_colliding_names_are_refused():
    seen = {}
    for i in range(500_000):
        name = f"variable {i}"
        other = seen.setdefault(variable_number(name), name)
        if other != name:
            break
    else:
        pytest.fail("no two of 500,000 names collide, which cannot be")
    chance = Chance(1)
    chance.stream(other)
    with pytest.raises(SimError, match=f"{other!r} and {name!r}"):
        chance.stream(name)
    chance.stream(other)


@pytest.mark.parametrize("seed", [-1, 1 << 64])
def test_seed_out_of_range(seed):
    with pytest.raises(SimError, match="seed"):
        Chance(seed)


def test_lanes():
    lanes = Lanes.grid(10, 3, [4, 5])
    assert lanes.shape == (3, 2)
    assert lanes.size == 6
    assert lanes.draw.tolist() == [10, 10, 11, 11, 12, 12]
    assert lanes.element.tolist() == [4, 5, 4, 5, 4, 5]
    assert lanes.once.shape == (3, 1)
    assert lanes.once.draw.tolist() == [10, 11, 12]
    assert lanes.once.element.tolist() == [0, 0, 0]
    assert lanes.draw.dtype == lanes.element.dtype == np.uint32


@pytest.mark.parametrize(
    "first,count,elements",
    [(-1, 2, [0]), (0, (1 << 32) + 1, [0]), (0, 1, [-1]), (0, 1, [1 << 32]), (0, 1, [[0]])],
)
def test_lanes_out_of_range(first, count, elements):
    with pytest.raises(ValueError):
        Lanes.grid(first, count, elements)


def test_lanes_that_do_not_fit():
    with pytest.raises(ValueError, match="lanes"):
        Lanes(np.zeros(3, np.uint32), np.zeros(4, np.uint32), (1, 4))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0)])
def test_no_lanes(shape):
    lanes = Lanes.grid(0, shape[0], np.arange(shape[1]))
    stream = Chance(1).stream("none")
    assert stream.normal(lanes).shape == shape
    assert stream.binomial(lanes, 10, 0.5).shape == shape
    assert stream.gamma(lanes, 2.0).shape == shape
    assert lanes.once.shape[1] == 1


SIMPLE = ["uniform", "uniform64", "normal", "normal64", "exponential"]


@pytest.mark.parametrize("kind", SIMPLE)
def test_out(kind):
    lanes = Lanes.grid(0, 4, np.arange(5))
    sampler = getattr(Chance(1).stream(kind), kind)
    plain = sampler(lanes)
    out = np.full_like(plain, np.nan)
    assert sampler(lanes, out=out) is out
    assert np.array_equal(out, plain)
    for wrong in (np.empty((5, 4), plain.dtype), np.empty((4, 5), np.int16), np.empty((5, 4), plain.dtype).T):
        with pytest.raises(ValueError, match="out must be"):
            sampler(lanes, out=wrong)


def test_parameters_that_do_not_fit():
    lanes = Lanes.grid(0, 4, np.arange(5))
    stream = Chance(1).stream("shapes")
    with pytest.raises(ValueError, match=r"p of shape \(4,\)"):
        stream.binomial(lanes, 10, np.full(4, 0.5))
    with pytest.raises(ValueError, match="weights"):
        stream.categorical(lanes, np.ones((2, 3, 3)))
    with pytest.raises(ValueError, match="at least one category"):
        stream.categorical(lanes, [])
    with pytest.raises(ValueError, match="factor"):
        multivariate_normal([stream], lanes, np.eye(2))


def test_parameters_are_left_alone():
    lanes = Lanes.grid(0, 4, np.arange(5))
    stream = Chance(1).stream("inputs")
    n, p = np.full(lanes.shape, 100, np.int32), np.full(lanes.shape, 0.7, np.float32)
    n.flags.writeable = p.flags.writeable = False
    stream.binomial(lanes, n, p)
    stream.gamma(lanes, p)
    stream.poisson(lanes, p)


def test_import_loads_no_compiler():
    code = "import sys, sim.random; print('numba' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_unknown_name():
    import sim.random

    with pytest.raises(AttributeError, match="dice"):
        _ = sim.random.dice

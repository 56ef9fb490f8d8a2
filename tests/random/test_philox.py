"""The generator: published known answers, the project's own vectors, the words a stream uses."""

import numpy as np
import pytest

from sim.random import Chance, Lanes
from sim.random.philox import philox
from sim.random.streams import variable_number

PUBLISHED = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
PROJECT = [
    ((0, 0, 0, 0), "13b81d2a a90d2d7d 86cc6ced 6db998ea"),
    ((1, 0, 0, 0), "0b755b96 d5281b2a 91b48294 1e86b50f"),
    ((0, 1, 0, 0), "dacc71f3 6ae4983f 0e64c9d2 6d5178b9"),
    ((0, 0, 1, 0), "e624b3b8 39f80e4e f4bbd45a f5b23e47"),
    ((0, 0, 0, 1), "fbd4c80b 0a20f892 877be2db c8784ffb"),
]


def words(text):
    return np.array([int(word, 16) for word in text.split()], dtype=np.uint32)


@pytest.mark.parametrize("counter,key,answer", PUBLISHED)
def test_random123_known_answers(counter, key, answer):
    assert philox(words(counter), words(key)).tolist() == words(answer).tolist()


@pytest.mark.parametrize("counter,answer", PROJECT)
def test_project_vectors(counter, answer):
    assert philox(counter, (20221120, 0)).tolist() == words(answer).tolist()


def test_many_counters_at_once():
    counters = [[counter for counter, _ in PROJECT]] * 3
    expected = [words(answer).tolist() for _, answer in PROJECT]
    assert philox(counters, (20221120, 0)).tolist() == [expected] * 3


@pytest.mark.parametrize("seed", [0, 20221120, (1 << 64) - 1, 1 << 32])
def test_a_uniform_is_the_documented_function_of_the_counter(seed):
    stream = Chance(seed).stream("voters.swing.national", "tokayev")
    lanes = Lanes.grid((1 << 32) - 3, 3, [0, 7, (1 << 32) - 1])
    counter = np.empty((9, 4), np.uint32)
    counter[:, 0] = lanes.element
    counter[:, 1] = lanes.draw
    counter[:, 2] = variable_number("voters.swing.national/tokayev")
    counter[:, 3] = 0
    word = philox(counter, (seed & 0xFFFFFFFF, seed >> 32)).astype(np.uint64)
    assert np.array_equal(stream.uniform(lanes).ravel(), ((word[:, 0] >> 9) * 2.0**-23 + 2.0**-24))
    both = ((word[:, 0] << 20) | (word[:, 1] >> 12)) * 2.0**-52 + 2.0**-53
    assert np.array_equal(stream.uniform64(lanes).ravel(), both)


def test_variable_numbers_are_fixed():
    # Written down: a change of these numbers changes every result ever published.
    assert variable_number("voters.swing.national") == 3650773820
    assert variable_number("voters.swing.national/tokayev") == 3097930201

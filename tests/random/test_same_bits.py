"""The bits of a draw do not depend on the block, the thread or the processor's instructions."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from every_sampler import digest, quick_samples, samples

from sim.random import Chance, Lanes

ELEMENTS = np.arange(13)
DRAWS = 1000

#: LLVM targets: name, features, the widest registers the binomial may use.
TARGETS = [
    ("x86-64", "+sse2,-sse3,-avx,-avx2,-fma,-avx512f", "xmm"),
    ("x86-64-v3", "+avx,+avx2,+fma,+bmi,+bmi2,+f16c,+popcnt,+sse4.2,-avx512f", "ymm"),
]


@pytest.fixture(scope="module")
def whole():
    return samples(Lanes.grid(0, DRAWS, ELEMENTS), Chance(3))


def joined(blocks):
    return {name: np.concatenate([block[name] for block in blocks], axis=-2) for name in blocks[0]}


def blocks_of(size):
    return [Lanes.grid(first, min(size, DRAWS - first), ELEMENTS) for first in range(0, DRAWS, size)]


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_block_size(size, whole):
    cut = joined([samples(lanes, Chance(3)) for lanes in blocks_of(size)])
    for name, array in whole.items():
        assert array.tobytes() == cut[name].tobytes(), name


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_share_one_chance(threads, whole):
    chance = Chance(3)
    with ThreadPoolExecutor(threads) as pool:
        blocks = list(pool.map(lambda lanes: samples(lanes, chance), blocks_of(37)))
    assert digest(joined(blocks)) == digest(whole)


def test_one_draw_alone_and_one_element_alone(whole):
    alone = samples(Lanes.grid(734, 1, ELEMENTS), Chance(3))
    for name, array in whole.items():
        assert array[..., 734:735, :].tobytes() == alone[name].tobytes(), name
    corner = samples(Lanes.grid(734, 1, [5]), Chance(3))
    for name, array in whole.items():
        assert np.array_equal(array[..., 734:735, 5:6], corner[name]), name


def test_lanes_in_any_order(whole):
    lanes = Lanes.grid(0, DRAWS, ELEMENTS)
    order = np.random.default_rng(1).permutation(DRAWS)
    mixed = lanes.draw.reshape(lanes.shape)[order]
    shuffled = samples(Lanes(mixed.reshape(-1), lanes.element, lanes.shape), Chance(3))
    for name, array in whole.items():
        assert np.array_equal(array[..., order, :], shuffled[name]), name


def test_seed_draw_element_and_name_all_matter(whole):
    assert digest(samples(Lanes.grid(0, DRAWS, ELEMENTS), Chance(4))) != digest(whole)
    for name, array in whole.items():
        assert not np.array_equal(array[..., 0, :], array[..., 1, :]), name


def under(target, features, scope, folder):
    environment = os.environ | {
        "NUMBA_CPU_NAME": target,
        "NUMBA_CPU_FEATURES": features,
        "NUMBA_CACHE_DIR": str(folder),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    script = Path(__file__).with_name("every_sampler.py")
    done = subprocess.run(
        [sys.executable, str(script), scope], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.parametrize("scope,take", [("quick", quick_samples), pytest.param("all", samples, marks=pytest.mark.slow)])
@pytest.mark.parametrize("target,features,width", TARGETS)
def test_instruction_set(target, features, width, scope, take, tmp_path):
    bits, used = under(target, features, scope, tmp_path)
    assert used == width
    assert bits == digest(take(Lanes.grid(0, 60, np.arange(40)), Chance(20221120)))

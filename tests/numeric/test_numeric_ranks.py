"""First places against Python's own sorting."""

from __future__ import annotations

import numpy as np
import pytest

from sim.numeric.ranks import first_by_count


@pytest.mark.parametrize("places", [1, 2, 3])
@pytest.mark.parametrize("options", [1, 2, 5])
def test_first_by_count(options: int, places: int) -> None:
    rng = np.random.default_rng([options, places])
    counts = rng.integers(0, 4, (options, 500)) * rng.choice([1, 10**12], 500)
    can = rng.random((options, 500)) < 0.8
    out, held, equal = first_by_count(counts, can, places)
    for d in range(500):
        order = sorted((o for o in range(options) if can[o, d]), key=lambda o: (-counts[o, d], o))
        expected = [*order, *[-1] * places][:places]
        assert out[:, d].tolist() == expected
        values = [int(counts[o, d]) for o in order]
        assert held[:, d].tolist() == [*values, *[-1] * places][:places]
        # Two of the same count where at least one of them takes a place.
        assert equal[d] == any(values[i] == values[i + 1] for i in range(min(places, len(values) - 1)))


def test_nobody() -> None:
    out, _, equal = first_by_count(np.zeros((2, 3), np.int64), np.zeros((2, 3), bool), 2)
    assert (out == -1).all()
    assert not equal.any()

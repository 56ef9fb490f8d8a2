"""Seats of 100,000 draws × 7 lists × 69 seats: the toolkit beside numpy, interleaved, CPU time, medians.

python benchmarks/seats.py                 prints a table; the exit code is 1 where results differ
python benchmarks/seats.py --draws 2000    small
"""

# ruff: noqa: E402
from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np

HOUSE = 69
#: What each is to reach at least, in times plain numpy.
TARGETS = {"dhondt": 100.0, "sainte_lague": 100.0, "hare_largest_remainder": 3.0}
REPEATS = 5


def seat_by_seat(votes: Any, step: int) -> Any:
    """A numpy loop over seats: each goes to the largest quotient of every draw."""
    table = votes.T.astype(float)
    seats = np.zeros(table.shape, np.int64)
    draws = np.arange(len(table))
    for _ in range(HOUSE):
        seats[draws, (table / (step * seats + 1)).argmax(axis=1)] += 1
    return seats.T


def remainders(votes: Any) -> Any:
    """Hare's quota with largest remainders in numpy."""
    parts, total = votes * HOUSE, votes.sum(axis=0)
    seats, rest = parts // total, parts % total
    place = np.argsort(np.argsort(-rest, axis=0, kind="stable"), axis=0)
    return seats + (place < HOUSE - seats.sum(axis=0))


def main() -> int:
    from sim.numeric.apportionment import method_of

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    rng = np.random.default_rng(1)
    votes = np.ascontiguousarray((rng.dirichlet(np.full(7, 2.0), chosen.draws) * 5_000_000).astype(np.int64).T)
    plain: dict[str, Callable[[], Any]] = {
        "dhondt": lambda: seat_by_seat(votes, 1),
        "sainte_lague": lambda: seat_by_seat(votes, 2),
        "hare_largest_remainder": lambda: remainders(votes),
    }
    print("| method | sim, ns per draw | numpy, ns per draw | ratio (least to greatest) | at least |")
    print("|---|--:|--:|--:|--:|")
    wrong = False
    for name, numpy in plain.items():
        method = method_of(name)
        seats, tied = method.allocate(votes, HOUSE)
        wrong |= not np.array_equal(seats[:, ~tied], numpy()[:, ~tied])
        ours, theirs = [], []
        for _ in range(chosen.rounds):
            start = time.process_time()
            for _ in range(REPEATS):
                method.allocate(votes, HOUSE)
            middle = time.process_time()
            numpy()
            ours.append((middle - start) / REPEATS)
            theirs.append(time.process_time() - middle)
        ratios = [b / a for a, b in zip(ours, theirs)]
        per = 1e9 / chosen.draws
        print(
            f"| {name} | {statistics.median(ours) * per:.1f} | {statistics.median(theirs) * per:.0f} | "
            f"{statistics.median(ratios):.0f} ({min(ratios):.0f} to {max(ratios):.0f}) | {TARGETS[name]:g} |"
        )
    if wrong:
        print("the results differ", file=sys.stderr)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())

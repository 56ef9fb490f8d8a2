"""CPU time of an election with transferable votes: 10,000 ballots for 10 candidates in a plane, 4 seats.

    python benchmarks/transferable.py [draws]

The ballots are those that several other programs were given (631 different rankings).  ``one`` is a call for one
election, ``batched`` the time of one of many that are counted in one call: with the same rankings and counts of their
own, or with rankings of their own; in ``each ballot by itself`` no profile is built, the 10,000 rankings go in as
they are.  ``profile`` is the time to build one from them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from measure import interleave, machine

from sim.election.votes import Rankings
from sim.numeric.meek import meek
from sim.numeric.transferable import scottish

ROUNDS = 9
SEATS = 4
#: What must come out, as of pref_voting 1.16.20.
WINNERS = {"scottish": [3, 4, 5, 8], "meek": [4, 5, 6, 8]}


def ballots() -> np.ndarray:
    """The rankings of 10,000 voters, one row each."""
    rng = np.random.default_rng(5)
    voters, candidates = rng.standard_normal((10_000, 2)), rng.standard_normal((10, 2))
    return np.argsort(((voters[:, None] - candidates[None]) ** 2).sum(axis=-1), axis=1).astype(np.int8)


def profile(rows: np.ndarray) -> Rankings:
    """Different rankings, and how many there are of each."""
    orders, counts = np.unique(rows, axis=0, return_counts=True)
    return Rankings.of_orders(orders[None], counts[None].astype(np.int64))


def main(draws: int) -> None:
    """Print one line of JSON for each way to count, and one for the machine."""
    rows = ballots()
    held = profile(rows)
    can, keys = np.ones(10, bool), np.random.default_rng(1).random((10, draws))
    rng = np.random.default_rng(2)
    varied = rng.multinomial(10_000, held.counts[0] / 10_000, draws).astype(np.int64)
    own = np.repeat(held.orders, draws, axis=0)
    variants: dict[str, tuple[Callable[[], Any], int]] = {"profile": (lambda: profile(rows), 1)}
    for name, count in (("scottish", scottish), ("meek", meek)):
        house, _ = count(held.orders, held.counts, can, SEATS, keys[:, :1])
        assert np.flatnonzero(house[:, 0]).tolist() == WINNERS[name], name
        single = rows[None], np.ones((1, len(rows)), np.int64)
        for label, orders, counts in (
            ("each ballot by itself", *single),
            ("one", held.orders, held.counts), ("batched", held.orders, varied), ("batched, own rankings", own, varied)
        ):  # fmt: skip
            n = len(counts)
            variants[f"{name}, {label}"] = (
                lambda count=count, orders=orders, counts=counts, n=n: count(orders, counts, can, SEATS, keys[:, :n]),
                n,
            )
    for run, _ in variants.values():
        run()
    seconds = interleave({name: run for name, (run, _) in variants.items()}, ROUNDS)
    for name, times in seconds.items():
        n = variants[name][1]
        print(json.dumps({
            "what": name, "elections": n, "cpu_us": round(float(np.median(times)) / n * 1e6, 2),
            "min_us": round(min(times) / n * 1e6, 2),
        }))  # fmt: skip
    print(json.dumps(machine()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)

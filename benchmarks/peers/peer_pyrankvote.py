"""pyrankvote: single transferable vote; the ballots are made beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from inputs import STV_SEATS
from pyrankvote import Ballot, Candidate, single_transferable_vote
from worker import Prepared, serve


def stv(folder: Path) -> Prepared:
    """Every ballot an object."""
    orders, counts = np.load(folder / "orders.npy"), np.load(folder / "counts.npy")
    candidates = [Candidate(str(c)) for c in range(orders.shape[1])]
    ballots = [
        Ballot(ranked_candidates=[candidates[c] for c in order])
        for order, n in zip(orders.tolist(), counts.tolist())
        for _ in range(n)
    ]

    def run(repeats: int) -> Any:
        for _ in range(repeats):
            elected = single_transferable_vote(candidates, ballots, number_of_seats=STV_SEATS).get_winners()
        return sorted(int(candidate.name) for candidate in elected)

    return run


if __name__ == "__main__":
    serve({"stv": stv}, ("pyrankvote", "numpy"))

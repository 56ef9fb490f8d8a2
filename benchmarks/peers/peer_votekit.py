"""votekit: single transferable vote by its fast class; the profile is made beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from inputs import STV_SEATS
from votekit import RankBallot, RankProfile
from votekit.elections import FastSTV
from worker import Prepared, serve


def stv(folder: Path) -> Prepared:
    """Fractional transfers, Droop quota."""
    orders, counts = np.load(folder / "orders.npy"), np.load(folder / "counts.npy")
    ballots = [
        RankBallot(ranking=tuple(frozenset({str(c)}) for c in order), weight=float(n))
        for order, n in zip(orders.tolist(), counts.tolist())
    ]
    profile = RankProfile(ballots=tuple(ballots), candidates=tuple(str(c) for c in range(orders.shape[1])))

    def run(repeats: int) -> Any:
        for _ in range(repeats):
            elected = FastSTV(profile, n_seats=STV_SEATS, tiebreak="random").get_elected()
        return sorted(int(c) for tier in elected for c in tier)

    return run


if __name__ == "__main__":
    serve({"stv": stv}, ("votekit", "numpy", "numba", "pandas"))

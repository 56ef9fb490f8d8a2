"""votelib: single transferable vote with Gregory transfers, on each kind of ballot with its count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from inputs import STV_SEATS
from votelib.evaluate.sequential import TransferableVoteSelector
from worker import Prepared, serve


def stv(folder: Path) -> Prepared:
    """Droop quota."""
    orders, counts = np.load(folder / "orders.npy"), np.load(folder / "counts.npy")
    votes = {tuple(order): n for order, n in zip(orders.tolist(), counts.tolist())}
    count = TransferableVoteSelector(transferer="Gregory", quota_function="droop")

    def run(repeats: int) -> Any:
        for _ in range(repeats):
            elected = count.evaluate(votes, STV_SEATS)
        return sorted(elected)

    return run


if __name__ == "__main__":
    serve({"stv": stv}, ("votelib", "numpy"))

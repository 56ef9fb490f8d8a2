"""apportionment: seats of parties by divisor methods."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from apportionment import methods
from inputs import SEATS
from worker import Prepared, serve


def divisors(name: str) -> Callable[[Path], Prepared]:
    """Seats by a divisor method, draw by draw."""

    def prepare(folder: Path) -> Prepared:
        votes = np.load(folder / "votes.npy").tolist()

        def run(repeats: int) -> Any:
            seats = [methods.compute(name, row, SEATS) for row in votes[:repeats]]
            return [[int(n) for n in row] for row in seats[:100]]

        return run

    return prepare


if __name__ == "__main__":
    serve({"dhondt": divisors("dhondt"), "sainte_lague": divisors("saintelague")}, ("apportionment", "numpy"))

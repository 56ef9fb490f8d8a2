"""pref_voting: Meek's method and the Scottish rules; the profile is made beforehand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from inputs import STV_SEATS
from pref_voting.profiles_with_ties import ProfileWithTies
from pref_voting.proportional_methods import stv_meek, stv_scottish
from worker import Prepared, serve


def transferable(method: Any) -> Callable[[Path], Prepared]:
    """Each kind of ballot with its count."""

    def prepare(folder: Path) -> Prepared:
        orders, counts = np.load(folder / "orders.npy"), np.load(folder / "counts.npy")
        ranks = [{c: place for place, c in enumerate(order)} for order in orders.tolist()]
        profile = ProfileWithTies(ranks, rcounts=counts.tolist(), candidates=list(range(orders.shape[1])))

        def run(repeats: int) -> Any:
            for _ in range(repeats):
                elected = method(profile, num_seats=STV_SEATS)
            return sorted(int(c) for c in elected)

        return run

    return prepare


if __name__ == "__main__":
    serve({"stv": transferable(stv_scottish), "meek": transferable(stv_meek)}, ("pref_voting", "numpy", "numba"))

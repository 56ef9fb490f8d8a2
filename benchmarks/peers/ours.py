"""Our side: the one file that knows what is called in `sim`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from inputs import CANDIDATES, SEATS, STV_SEATS, VOTERS
from worker import Prepared, serve

OPTIONS = [chr(ord("a") + i) for i in range(CANDIDATES)]
PLACE = "{x: {normal: [0, 1]}, y: {normal: [0, 1]}}"

ELECTIONS = f"""
title: Voters and candidates normal in two dimensions
electorate:
  model: individuals
  regions: [{{region: all, registered: {VOTERS}}}]
  space: {{dimensions: [x, y], mixture: [{{mean: {{x: 0, y: 0}}, sd: {{x: 1, y: 1}}}}]}}
ballot:
  model: approval
  options: {{{", ".join(f"{o}: {o.upper()}" for o in OPTIONS)}}}
voters:
  model: spatial
  choice: best
  distance: euclidean
  positions: {{{", ".join(f"{o}: {PLACE}" for o in OPTIONS)}}}
turnout: {{model: fixed, baseline: 1.0}}
rules:
  plurality: {{model: plurality}}
  runoff: {{model: instant_runoff}}
  borda: {{model: borda}}
  approval: {{model: approval}}
  condorcet: {{model: condorcet}}
run: {{draws: 1000, seed: 1}}
"""


def elections(folder: Path) -> Prepared:
    """Generation, ballots and five rules, as a user would run them."""
    import sim

    path = folder / "elections.yaml"
    path.write_text(ELECTIONS, encoding="utf-8")
    scenario = sim.load(path)

    def run(repeats: int) -> Any:
        result = sim.run(scenario, draws=repeats, threads=1, out=None)
        best = result["winner_condorcet"].values
        there = best >= 0
        rules = ("plurality", "runoff", "borda", "approval")
        efficient = {rule: float((result[f"winner_{rule}"].values == best)[there].mean()) for rule in rules}
        return {"condorcet winner": float(there.mean()), **efficient}

    return run


def divisors(name: str) -> Callable[[Path], Prepared]:
    """Seats by a divisor method for all draws at once."""

    def prepare(folder: Path) -> Prepared:
        from sim.numeric.apportionment import method_of

        votes = np.ascontiguousarray(np.load(folder / "votes.npy").T)
        method = method_of(name)

        def run(repeats: int) -> Any:
            seats, _ = method.allocate(votes[:, :repeats], SEATS)
            return seats[:, :100].T.tolist()

        return run

    return prepare


def transferable(meek: bool) -> Callable[[Path], Prepared]:
    """Counts of one set of ballots, each on its own."""

    def prepare(folder: Path) -> Prepared:
        from sim.numeric.meek import meek as by_meek
        from sim.numeric.transferable import scottish

        orders = np.load(folder / "orders.npy").astype(np.int8)[None]
        counts = np.load(folder / "counts.npy")[None]
        options = orders.shape[2]
        electable, keys = np.ones(options, np.bool_), np.arange(float(options))[:, None]
        count = by_meek if meek else scottish

        def run(repeats: int) -> Any:
            for _ in range(repeats):
                elected, _ = count(orders, counts, electable, STV_SEATS, keys)
            return np.flatnonzero(elected[:, 0]).tolist()

        return run

    return prepare


TASKS = {
    "elections": elections,
    "dhondt": divisors("dhondt"),
    "sainte_lague": divisors("sainte_lague"),
    "stv": transferable(False),
    "meek": transferable(True),
}

if __name__ == "__main__":
    serve(TASKS, ("sailau", "numpy", "numba"))

"""elsim: voters and candidates normal in two dimensions, five rules on each electorate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from elsim.elections import normal_electorate, normed_dist_utilities
from elsim.methods import approval, borda, condorcet, fptp, irv
from elsim.strategies import approval_optimal, honest_rankings
from inputs import CANDIDATES, VOTERS
from worker import Prepared, serve


def elections(folder: Path) -> Prepared:
    """Generation, ballots and five rules."""
    generator = np.random.default_rng(1)

    def run(repeats: int) -> Any:
        same = dict.fromkeys(("plurality", "runoff", "borda", "approval"), 0)
        there = 0
        for _ in range(repeats):
            voters, candidates = normal_electorate(VOTERS, CANDIDATES, dims=2, random_state=generator)
            utilities = normed_dist_utilities(voters, candidates)
            rankings = honest_rankings(utilities)
            winners = {
                "plurality": fptp(rankings, tiebreaker="random"),
                "runoff": irv(rankings, tiebreaker="random"),
                "borda": borda(rankings, tiebreaker="random"),
                "approval": approval(approval_optimal(utilities), tiebreaker="random"),
            }
            best = condorcet(rankings)
            if best is not None:
                there += 1
                for rule, winner in winners.items():
                    same[rule] += winner == best
        shares = {rule: n / max(there, 1) for rule, n in same.items()}
        return {"condorcet winner": there / repeats, **shares}

    return run


if __name__ == "__main__":
    serve({"elections": elections}, ("elsim", "numpy", "numba", "scipy"))

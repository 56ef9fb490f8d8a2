"""The inputs that all peers are given, written to files so that they are the same bits everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np

__all__ = ["CANDIDATES", "DRAWS", "SEATS", "STV_SEATS", "VOTERS", "write_inputs"]

DRAWS, PARTIES, SEATS = 100_000, 7, 69
BALLOTS, STV_CANDIDATES, STV_SEATS = 10_000, 10, 4
VOTERS, CANDIDATES = 1_000, 5


def write_inputs(folder: Path) -> None:
    """Write votes of parties (draw, party) and ballots that rank candidates, each kind once with its count."""
    generator = np.random.default_rng(69)
    shares = generator.dirichlet(np.array([8.0, 4.0, 3.0, 2.0, 1.5, 1.0, 0.5]), DRAWS)
    np.save(folder / "votes.npy", np.floor(shares * 6_000_000).astype(np.int64) + 1)
    generator = np.random.default_rng(5)
    voters = generator.standard_normal((BALLOTS, 2))
    candidates = generator.standard_normal((STV_CANDIDATES, 2))
    distance = np.linalg.norm(voters[:, None] - candidates[None], axis=2)
    orders, counts = np.unique(np.argsort(distance, axis=1), axis=0, return_counts=True)
    np.save(folder / "orders.npy", orders.astype(np.int64))
    np.save(folder / "counts.npy", counts.astype(np.int64))

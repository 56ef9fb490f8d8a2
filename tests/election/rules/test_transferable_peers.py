"""Transferable votes beside other programs, where they are installed: votelib, pyrankvote, pref_voting.

votelib (weighted inclusive Gregory in fractions) and pref_voting (Scottish rules, Meek) elect the same candidates in
every election without a tie.  pyrankvote has the quota V / (S + 1) in floats, elects all who reach it and rejects all
who cannot be saved at once, so that surpluses and exclusions come in another order: one election in ten may differ.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.numeric.meek import meek
from sim.numeric.transferable import scottish

ELECTIONS = 60


def elections() -> Any:
    """Complete rankings of voters and six candidates in a plane; three seats."""
    rng = np.random.default_rng(11)
    for _ in range(ELECTIONS):
        voters, candidates = rng.standard_normal((997, 2)), rng.standard_normal((6, 2))
        order = np.argsort(((voters[:, None] - candidates[None]) ** 2).sum(axis=-1), axis=1).astype(np.int8)
        yield np.unique(order, axis=0, return_counts=True)


def ours(count: Any, orders: np.ndarray, counts: np.ndarray) -> set[int] | None:
    house, tied = count(orders[None], counts[None].astype(np.int64), np.ones(6, bool), 3, np.zeros((6, 1)))
    return None if tied[0] else set(np.flatnonzero(house[:, 0]).tolist())


def agree(count: Any, peer: Any, differ: int = 0) -> None:
    both = [(ours(count, orders, counts), peer(orders, counts)) for orders, counts in elections()]
    both = [(mine, theirs) for mine, theirs in both if mine is not None]
    assert len(both) > ELECTIONS * 0.9
    assert sum(mine != set(theirs) for mine, theirs in both) <= differ


def test_votelib() -> None:
    pytest.importorskip("votelib")
    from votelib.evaluate.sequential import TransferableVoteSelector

    selector = TransferableVoteSelector(transferer="Gregory")

    def peer(orders: np.ndarray, counts: np.ndarray) -> set[int]:
        votes = {tuple(map(str, row)): n for row, n in zip(orders.tolist(), counts.tolist())}
        return {int(name) for name in selector.evaluate(votes, 3)}

    agree(scottish, peer)


def test_pyrankvote() -> None:
    pyrankvote = pytest.importorskip("pyrankvote")
    names = [pyrankvote.Candidate(str(c)) for c in range(6)]

    def peer(orders: np.ndarray, counts: np.ndarray) -> set[int]:
        ballots = [
            pyrankvote.Ballot([names[c] for c in row])
            for row, n in zip(orders.tolist(), counts.tolist())
            for _ in range(n)
        ]
        held = pyrankvote.single_transferable_vote(names, ballots, number_of_seats=3)
        return {int(candidate.name) for candidate in held.get_winners()}

    agree(scottish, peer, differ=ELECTIONS // 10)


@pytest.mark.parametrize("method", ["stv_scottish", "stv_meek"])
def test_pref_voting(method: str) -> None:
    methods = pytest.importorskip("pref_voting.proportional_methods")
    from pref_voting.profiles import Profile

    def peer(orders: np.ndarray, counts: np.ndarray) -> set[int]:
        held = getattr(methods, method)(Profile(orders.tolist(), rcounts=counts.tolist()), num_seats=3)
        return {int(c) for c in held}

    agree(meek if method == "stv_meek" else scottish, peer)

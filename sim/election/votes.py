"""Ballots of the whole nation as a rule reads them: rankings and scores, each kind of ballot once with its count.

Kinds of ballots are shared by all draws (then there is one set of them and each draw has its counts) or every
draw has a set of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError

__all__ = ["Rankings", "Scores"]

I8 = NDArray[np.int8]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Rankings:
    """Ballots that put options into an order.

    Attributes
    ----------
    ranks
        (1 or draw, kind, option): 0 for the first place, 1 for the next; equal where a ballot makes no difference;
        the number of options where the option is not on the ballot.
    counts
        (draw, kind): how many ballots there are of each kind.
    """

    ranks: I8
    counts: I64

    @classmethod
    def of_orders(cls, orders: NDArray[np.integer], counts: I64) -> Rankings:
        """Build them from orders (1 or draw, kind, place) of options, from the first place on; −1 behind the last."""
        sets, kinds, options = orders.shape
        ranks = np.full((sets, kinds, options + 1), options, np.int8)
        # What is not on the ballot falls into a column that is cut off.
        places = np.broadcast_to(np.arange(options, dtype=np.int8), orders.shape)
        np.put_along_axis(ranks, np.where(orders < 0, options, orders).astype(np.int64), places, axis=2)
        made = cls(np.ascontiguousarray(ranks[:, :, :options]), counts)
        made.__dict__["orders"] = np.ascontiguousarray(orders, np.int8)
        return made

    @cached_property
    def strict(self) -> bool:
        """Whether no ballot gives one rank to two options."""
        m = self.ranks.shape[2]
        ordered = np.sort(self.ranks, axis=2)
        return not bool(((ordered[:, :, 1:] == ordered[:, :, :-1]) & (ordered[:, :, 1:] < m)).any())

    @cached_property
    def orders(self) -> I8:
        """Options from the first place on, −1 behind the last: (1 or draw, kind, place).

        Raises
        ------
        SimError
            If a ballot gives one rank to two options.
        """
        if not self.strict:
            raise SimError("some ballots give one rank to several options; this rule needs rankings without ties")
        m = self.ranks.shape[2]
        order = np.argsort(self.ranks, axis=2, kind="stable").astype(np.int8)
        ranked = np.take_along_axis(self.ranks, order.astype(np.int64), axis=2) < m
        return np.where(ranked, order, np.int8(-1))


@dataclass(frozen=True)
class Scores:
    """Ballots that give each option a whole number; on approval ballots 0 or 1.

    Attributes
    ----------
    scores
        (1 or draw, kind, option).
    counts
        (draw, kind): how many ballots there are of each kind.
    """

    scores: I16
    counts: I64

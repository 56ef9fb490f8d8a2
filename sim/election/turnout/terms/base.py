"""The base of every mechanism, and what mechanisms have in common.

A mechanism is one file with one class: a section whose ``kind`` is its name, with the fields that a user may write,
and the method ``prepare`` that gives a function

    turn(block, log_odds, start) -> log_odds

``log_odds`` (draw, cell) are those of coming as the terms before have left them, ``start`` those before the first
term.  A mechanism that moves votes puts new log-odds of the options into ``block.support``.  It leaves the very bits
of whom it does not touch.

Probabilities are float64 and come in pairs, of coming and of staying, so that neither loses its last digits where
nearly everybody does the one or the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, get_args

import numpy as np
from numpy.typing import NDArray

from sim.election.part import Section
from sim.election.quantities import Distribution, Keyed, Value
from sim.election.state import Block
from sim.election.world import World

__all__ = ["KINDS", "Mechanism", "Turn", "amounts", "brought", "highest", "kept_away", "shares_of"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

Turn = Callable[[Block, F32, F32], F32]

#: The mechanisms by kind.
KINDS: dict[str, type[Mechanism]] = {}


class Mechanism(Section):
    """Base of the terms that are more than a number.

    Class variables
    ---------------
    example
        A smallest valid body, with its ``kind``, on a ballot with the option ``a``.
    """

    example: ClassVar[dict[str, Any]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        (kind,) = get_args(cls.model_fields["kind"].annotation)
        if kind in KINDS and KINDS[kind].__module__ != cls.__module__:
            raise ValueError(f"two kinds of terms are called {kind!r}: {KINDS[kind]!r} and {cls!r}")
        KINDS[kind] = cls

    def check(self, world: World, before: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Yield (path inside the term, message) for every fault; ``before`` are the terms that stand before it."""
        raise NotImplementedError

    def prepare(self, world: World, name: str) -> Turn:
        """Return the function that acts on a block; ``name`` is the written name of its random variables."""
        raise NotImplementedError

    def strata_checked(self, world: World, *fields: str) -> Iterator[tuple[str, str]]:
        """Yield the faults of the names in fields that are given per region, group or both."""
        for field in fields:
            for key, message in world.stratum_faults(getattr(self, field)):
                yield f"{field}.{key}".rstrip("."), message

    def nothing(self, world: World, field: str) -> bool:
        """Whether a field is 0 everywhere."""
        return all(value == 0 for value in world.stratum_values(getattr(self, field)))

    def prepared(self, world: World, name: str, *fields: str) -> Callable[[Block], list[F64]]:
        """Prepare fields that are given per region, group or both: (1 or draw, cell) of each."""
        return amounts(world, {f"{name}.{field}": getattr(self, field) for field in fields})


def amounts(world: World, fields: dict[str, Keyed]) -> Callable[[Block], list[F64]]:
    """Prepare numbers per region, group or both, by the names they are drawn under: (1 or draw, cell) of each."""
    drawn = [world.per_stratum(keyed, name) for name, keyed in fields.items()]

    def of(block: Block) -> list[F64]:
        return [one(block).astype(np.float64)[:, world.cell_stratum] for one in drawn]

    return of


def highest(value: Value | None) -> float:
    """Return the largest number that a value may be."""
    if isinstance(value, Distribution):
        return value.support[1]
    return float(value or 0.0)


def shares_of(support: F32) -> F64:
    """Return the shares of the options at their log-odds: (option, draw, cell) in float64."""
    from sim.numeric.elementary import softmax

    return np.asarray(softmax(support.astype(np.float64)), np.float64)


def _from(come: F64, stay: F64) -> F64:
    """Log-odds from the probabilities of coming and of staying; they need not sum to one."""
    from sim.numeric.elementary import log

    return np.asarray(log(come) - log(stay), np.float64)


def kept_away(log_odds: F32, away: F64) -> F32:
    """Turn T into T·(1 − away); (draw, cell) log-odds, away (1 or draw, cell) in [0, 1]."""
    from sim.numeric.elementary import logistic

    wide = log_odds.astype(np.float64)
    come, stay = logistic(wide), logistic(-wide)
    turned = _from(come * (1.0 - away), stay + come * away)
    return np.where(away == 0, log_odds, turned.astype(np.float32))


def brought(log_odds: F32, more: F64) -> F32:
    """Turn T into T + more·(1 − T); (draw, cell) log-odds, more (1 or draw, cell) in [0, 1]."""
    return -kept_away(-log_odds, more)

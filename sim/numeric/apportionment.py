"""Methods of apportionment: seats that are proportional to votes, for all draws at once and exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError

__all__ = ["DIVISORS", "MOST_SEATS", "QUOTAS", "Divisors", "Method", "Quota", "method_of", "sequence"]

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Keys = Callable[[NDArray[np.intp]], F64]

MOST_SEATS = 2_000
WIDEST = 2**63 - 1


class Method(Protocol):
    """A method of apportionment."""

    def allocate(self, votes: I64, seats: Any, keys: Keys | None = None) -> tuple[I32, NDArray[np.bool_]]:
        """Return the seats (option, lane), and where equal claims met on the last seat (lane,).

        Parameters
        ----------
        votes
            (option, lane), not negative; who does not take part has 0, and nobody without a vote has a seat.  A
            lane is a draw, or a district of a draw.
        seats
            A whole number, or (lane,).  None are given in a lane without votes.
        keys
            Called with the lanes where claims are equal, returns (option, len(lanes)): the larger key has the seat.
            Without it some of those with equal claims have it.
        """
        ...


def _lanes(votes: I64, seats: Any) -> tuple[I64, I64]:
    votes = np.ascontiguousarray(votes, np.int64)
    return votes, np.ascontiguousarray(np.broadcast_to(np.asarray(seats, np.int64), votes.shape[1:]))


def _refuse(most: int) -> SimError:
    return SimError(f"{most:,} votes for one option are too many to be compared exactly with so many seats")


@dataclass(frozen=True)
class Divisors:
    """A divisor method: each seat goes to the largest v / d(s), s being the seats that the option has.

    The s-th divisor is a quotient of whole numbers, or the square root of one: d(s)^power = under(s) / over(s).

    Attributes
    ----------
    formula
        For people.
    under, over
        Functions of s.
    power
        1, or 2 where d(s) is a square root.
    linear
        (d(0), step, later) with d(s) = step·s + later from s = 1 on, where it is so.
    near
        The divisors are near s + ``near`` (up to a factor), or None.
    """

    formula: str
    under: Callable[[int], int]
    over: Callable[[int], int] = lambda s: 1
    power: int = 1
    linear: tuple[int, int, int] | None = None
    near: float | None = 0.5

    def divisor(self, s: int) -> Fraction:
        """Return d(s)^power, exactly."""
        return Fraction(self.under(s), self.over(s))

    def allocate(self, votes: I64, seats: Any, keys: Keys | None = None) -> tuple[I32, NDArray[np.bool_]]:
        """Return the seats and where equal quotients met; see `Method`."""
        from sim.numeric.apportionment_kernels import linear_divisors, settle_quotients, table_divisors

        votes, seats = _lanes(votes, seats)
        out, tied = np.empty(votes.shape, np.int32), np.empty(votes.shape[1], np.bool_)
        most, house = int(votes.max(initial=0)), int(seats.max(initial=0))
        if most * len(votes) > WIDEST:
            raise _refuse(most)
        if self.linear is not None and most * (self.linear[1] * (2 * house + 4) + self.linear[2]) < WIDEST:
            linear_divisors(votes, seats, *self.linear, out, tied)
            tables = None
        else:
            tables = self._tables(house, most)
            table_divisors(votes, seats, *tables, self.near or 0.5, self.near is not None, out, tied)
        if keys is not None and tied.any():
            some = np.flatnonzero(tied)
            settle_quotients(votes, keys(some), *(tables or self._tables(house, most)), out, some)
        return out, tied

    def _tables(self, house: int, most: int) -> tuple[int, I64, I64]:
        over, under = ([part(s) for s in range(house + 1)] for part in (self.over, self.under))
        if most**self.power * max(over) > WIDEST or max(under) > 10**12:
            raise _refuse(most)
        return self.power, np.array(over, np.int64), np.array(under, np.int64)


@dataclass(frozen=True)
class Quota:
    """Full quotas, and the seats left over to the largest remainders, one each.

    Attributes
    ----------
    formula
        For people.
    plus
        The quota is votes / (seats + plus).
    droop
        The quota is ⌊votes / (seats + 1)⌋ + 1.
    again
        Where quotas fill more seats than there are: True counts again with the next larger quota (``plus`` one
        less), False takes a seat each from the smallest remainders, of equal ones from the fewest votes.
    """

    formula: str
    plus: int = 0
    droop: bool = False
    again: bool = True

    def allocate(self, votes: I64, seats: Any, keys: Keys | None = None) -> tuple[I32, NDArray[np.bool_]]:
        """Return the seats and where equal remainders met; see `Method`."""
        from sim.numeric.remainder_kernels import largest_remainders, plain_remainders

        votes, seats = _lanes(votes, seats)
        out, tied = np.empty(votes.shape, np.int32), np.empty(votes.shape[1], np.bool_)
        most, house = int(votes.max(initial=0)), int(seats.max(initial=0))
        if most * max(house + self.plus, votes.shape[0]) > WIDEST:
            raise _refuse(most)
        how = (votes, seats, self.droop, self.plus, self.again)
        plain_remainders(*how[:4], out, tied)
        if tied.any():
            largest_remainders(*how, np.empty((len(votes), 0)), np.flatnonzero(tied), out, tied)
        if keys is not None and tied.any():
            some = np.flatnonzero(tied)
            largest_remainders(*how, keys(some), some, out, tied)
        return out, tied


def _linear(formula: str, first: int, step: int, later: int) -> Divisors:
    return Divisors(
        formula,
        lambda s: step * s + later if s else first,
        linear=(first, step, later),
        near=later / step,
    )


DIVISORS = {
    "dhondt": _linear("s + 1", 1, 1, 1),
    "sainte_lague": _linear("2s + 1", 1, 2, 1),
    "modified_sainte_lague": _linear("1.4, 3, 5, 7, …", 7, 10, 5),
    "danish": _linear("3s + 1", 1, 3, 1),
    "imperiali": _linear("s + 2", 2, 1, 2),
    "huntington_hill": Divisors("√(s(s + 1))", lambda s: s * (s + 1), power=2),
    "adams": Divisors("s", lambda s: s, near=0.0),
    "dean": Divisors("2s(s + 1) / (2s + 1)", lambda s: 2 * s * (s + 1), lambda s: 2 * s + 1),
}
QUOTAS = {
    "hare_largest_remainder": Quota("votes / seats"),
    "droop_largest_remainder": Quota("⌊votes / (seats + 1)⌋ + 1", droop=True),
    "hagenbach_bischoff_largest_remainder": Quota("votes / (seats + 1)", plus=1),
    "imperiali_largest_remainder": Quota("votes / (seats + 2)", plus=2),
}


def method_of(name: str, divisors: Sequence[float] = (), again: bool = True) -> Method:
    """Return a method by its name; ``divisors`` are those of the method ``divisors``."""
    if name == "divisors":
        return sequence(divisors)
    if name in DIVISORS:
        return DIVISORS[name]
    quota = QUOTAS[name]
    return Quota(quota.formula, quota.plus, quota.droop, again)


def sequence(divisors: Sequence[float]) -> Divisors:
    """Return the method with these divisors, the first for the first seat; they must rise.

    Raises
    ------
    SimError
        Where they have no common measure that is small enough to compare exactly.
    """
    exact = [Fraction(str(one)) for one in divisors]
    scale = math.lcm(*(one.denominator for one in exact))
    whole = [int(one * scale) for one in exact]
    if max(whole) > 10**12 // 2:
        raise SimError("these divisors are too fine to be compared exactly; write them with fewer decimals")
    # Who has a seat for every divisor has no next one.
    beyond = 2 * max(whole) + 1
    text = ", ".join(map(str, divisors[:4])) + (", …" if len(divisors) > 4 else "")
    return Divisors(text, lambda s: whole[s] if s < len(whole) else beyond, near=None)

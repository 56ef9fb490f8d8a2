"""Philox4x32-10, the counter-based generator behind every random number.

Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11,
doi:10.1145/2063384.2063405.  A number is a function of (counter, key) alone: there is no state.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.numeric.compile import inline, kernel

__all__ = ["centred", "philox", "philox_words", "unit52", "unit64"]

_LOW = np.uint64(0xFFFFFFFF)
_B32 = np.uint64(32)
_B20 = np.uint64(20)
_B12 = np.uint64(12)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_TWO52 = np.uint64(0x4330000000000000)
_ONE = np.uint64(0x3FF0000000000000)


@inline
def philox_words(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Four random words; every argument and result is a uint64 that holds 32 bits.

    The words live in 64-bit lanes so that each product is one instruction.  High halves may hold rubbish
    between rounds: they are masked where they would matter.
    """
    for _ in range(10):
        p = (c0 & _LOW) * _M0
        q = (c2 & _LOW) * _M1
        c0 = (q >> _B32) ^ c1 ^ k0
        c2 = (p >> _B32) ^ c3 ^ k1
        c1 = q
        c3 = p
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0 & _LOW, c1 & _LOW, c2 & _LOW, c3 & _LOW


@inline
def unit52(high: Any, low: Any) -> Any:
    """A float64 in (0, 1) on the odd multiples of 2⁻⁵³, from two words."""
    bits = np.uint64((high << _B20) | (low >> _B12) | _ONE)
    return (bits.view(np.float64) - 1.0) + 1.1102230246251565e-16


@inline
def unit64(word: Any) -> Any:
    """A float64 in (0, 1) on the odd multiples of 2⁻³³, from one word."""
    return (np.uint64(word | _TWO52).view(np.float64) - 4503599627370495.5) * 2.0**-32


@inline
def centred(word: Any) -> Any:
    """A float64 in (−½, ½) on the odd multiples of 2⁻³³, from one word."""
    return (np.uint64(word | _TWO52).view(np.float64) - 4503601774854144.0) * 2.0**-32 + 2.0**-33


@kernel
def _many(counter: Any, key: Any, out: Any) -> None:
    for i in range(counter.shape[0]):
        c = counter[i]
        a, b, d, e = philox_words(
            np.uint64(c[0]),
            np.uint64(c[1]),
            np.uint64(c[2]),
            np.uint64(c[3]),
            np.uint64(key[0]),
            np.uint64(key[1]),
        )
        out[i, 0] = a
        out[i, 1] = b
        out[i, 2] = d
        out[i, 3] = e


def philox(counter: ArrayLike, key: ArrayLike) -> NDArray[np.uint32]:
    """The four output words of each counter.

    Parameters
    ----------
    counter
        Words c0 … c3 along the last axis, shape (…, 4), values below 2³².
    key
        The two key words k0, k1.

    Returns
    -------
    uint32 array of the shape of ``counter``.
    """
    words = np.ascontiguousarray(counter, dtype=np.uint32)
    out = np.empty(words.shape, np.uint32)
    _many(words.reshape(-1, 4), np.ascontiguousarray(key, dtype=np.uint32), out.reshape(-1, 4))
    return out

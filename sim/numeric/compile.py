"""How every kernel of the toolkit is compiled: the one place that names numba's switches.

No ``fastmath``, no ``parallel``: the order of operations is the one that is written, so the bits do not
depend on the instruction set, and threads work outside on blocks with the interpreter lock released.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["inline", "kernel"]

F = TypeVar("F", bound=Callable[..., Any])

SWITCHES: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": False,
    "boundscheck": False,
}


def kernel(function: F) -> F:
    """Compile a function that is called from Python; its machine code is kept on disk."""
    return cast(F, numba.njit(function, cache=True, **SWITCHES))


def inline(function: F) -> F:
    """Compile a small function that lives inside kernels; LLVM always inlines it, so loops vectorise."""
    return cast(F, numba.njit(function, forceinline=True, **SWITCHES))

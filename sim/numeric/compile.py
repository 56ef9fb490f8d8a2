"""How every kernel of the toolkit is compiled: the one place that names numba's switches.

No ``fastmath``, no ``parallel``: the order of operations is the one that is written, so the bits do not
depend on the instruction set, and threads work outside on blocks with the interpreter lock released.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
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


@cache
def _library_stamp() -> tuple[tuple[str, int, int], ...]:
    here = Path(__file__).parent
    files = sorted([*here.glob("*.py"), *(here.parent / "random").glob("*.py")])
    return tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)


def kernel(function: F) -> F:
    """Compile a function that is called from Python; its machine code is kept on disk."""
    compiled = numba.njit(function, cache=True, **SWITCHES)
    # numba looks only at the file of the kernel itself, and would go on using machine code into which an
    # older version of a formula of another file was inlined.
    with suppress(AttributeError):
        held = compiled._cache._cache_file
        held._source_stamp = (held._source_stamp, _library_stamp())
    return cast(F, compiled)


def inline(function: F) -> F:
    """Compile a small function that lives inside kernels; LLVM always inlines it, so loops vectorise."""
    return cast(F, numba.njit(function, forceinline=True, **SWITCHES))

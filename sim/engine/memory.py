"""Memory of results that nobody holds any more, kept for the next result.

A page that the system has not given before is cleared on its first touch, and on a virtual machine it may have to be
fetched from the host: 0.1 to 2 s per GB.  Another run of a scenario wants as much memory as the last one had; where
nobody holds that any more, it takes it.
"""

from __future__ import annotations

import mmap
import threading
import weakref
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST", "MOST", "take"]

#: Bytes kept at most.
MOST = 256 * 2**20
#: Arrays smaller than this are left to the allocator.
LEAST = 2**22

_free: list[mmap.mmap] = []
_lock = threading.Lock()


class _Lease(np.ndarray[Any, Any]):
    """What every view of a piece of memory hangs on: numpy does not look behind an array of another type."""


def take(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Return an uninitialised array; its memory comes back when the last view of it is gone."""
    kind = np.dtype(dtype)
    size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    if size < LEAST:
        return np.empty(shape, kind)
    memory = _find(size)
    lease = _Lease((size,), np.uint8, memory)
    weakref.finalize(lease, _give_back, memory)
    out: NDArray[Any] = lease.view(np.ndarray).view(kind).reshape(shape)
    return out


def _find(size: int) -> mmap.mmap:
    with _lock:
        fitting = [i for i, one in enumerate(_free) if size <= len(one) <= 2 * size]
        if fitting:
            return _free.pop(min(fitting, key=lambda i: len(_free[i])))
    memory = mmap.mmap(-1, size)
    with suppress(AttributeError, OSError):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


def _give_back(memory: mmap.mmap) -> None:
    with _lock:
        _free.append(memory)
        while sum(map(len, _free)) > MOST:
            _free.pop(0)

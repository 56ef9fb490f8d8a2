"""Arrays as kernels want them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["solid"]


def solid(array: ArrayLike, dtype: Any = None) -> NDArray[Any]:
    """``array`` itself if it is C-contiguous, writeable and of ``dtype``, otherwise a copy.

    A read-only array is another type to numba: a kernel would be compiled once more for it.
    """
    full = np.asarray(array, dtype=dtype)
    if full.flags.c_contiguous and full.flags.writeable and full.flags.aligned:
        return full
    return np.array(full, order="C")

"""Writing what was fitted."""

from __future__ import annotations

import os
from pathlib import Path

from sim.errors import SimError

__all__ = ["write_text"]


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text to a file.

    Raises
    ------
    SimError
        If the file cannot be written.
    """
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SimError(f"{os.fspath(path)}: cannot be written: {error.strerror}") from None

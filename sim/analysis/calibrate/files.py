"""Writing what was fitted."""

from __future__ import annotations

import os
from pathlib import Path

from sim.errors import SimError

__all__ = ["check_writable", "write_text"]


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise before the work is done what writing would raise after it.

    Raises
    ------
    SimError
        If there is no such folder, or it or the file cannot be written.
    """
    target = Path(path)
    if target.is_dir() or not target.parent.is_dir():
        what = "is a folder" if target.is_dir() else f"there is no folder {target.parent}"
        raise SimError(f"{os.fspath(path)}: cannot be written: {what}")
    if not os.access(target if target.exists() else target.parent, os.W_OK):
        raise SimError(f"{os.fspath(path)}: cannot be written")


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

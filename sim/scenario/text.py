"""Read the text of a file, or say in one message what hinders it."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from sim.scenario.nodes import Mark, refuse

__all__ = ["check_printable", "read_text", "too_large"]

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_text(path: Path, shown: str, limit: int, what: str) -> str:
    """Return the text of a UTF-8 file, or raise the one fault that hinders it."""
    mark = Mark(shown)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise refuse(mark, "", f"is a directory, not a {what} file")
        if not stat.S_ISREG(status.st_mode):
            raise refuse(mark, "", f"is not a regular file; a {what} must be one")
        if status.st_size > limit:
            raise refuse(mark, "", too_large(status.st_size, limit, what))
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except (OSError, ValueError) as error:
        raise refuse(mark, "", _cannot_read(error, what)) from None
    if len(data) > limit:
        raise refuse(mark, "", too_large(len(data), limit, what))
    return _decode(data, mark, what)


def too_large(size: int, limit: int, what: str) -> str:
    """Return the words for a file above the limit."""
    hint = "; put large tables into CSV files" if what == "scenario" else ""
    return f"is {size / 1e6:.1f} MB; a {what} may have at most {limit / 1e6:g} MB{hint}"


def _cannot_read(error: Exception, what: str) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no such {what} file"
    if isinstance(error, PermissionError):
        return "cannot be read: permission denied"
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return f"cannot be read: {reason}"


def _decode(data: bytes, mark: Mark, what: str) -> str:
    if b"\0" in data:
        raise refuse(mark, "", f"is a binary file, not a {what}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        before = data[data.rfind(b"\n", 0, error.start) + 1 : error.start]
        column = len(before.decode("utf-8-sig", "replace")) + 1
        raise refuse(Mark(mark.file, line, column), "", "is not UTF-8 text; save it in UTF-8") from None
    return check_printable(text, mark.file)


def check_printable(text: str, file: str) -> str:
    """Return the text; a fault if it holds a character that no text file should."""
    text = text.removeprefix("\ufeff")
    bad = _UNPRINTABLE.search(text)
    if bad:
        at = bad.start()
        mark = Mark(file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        raise refuse(mark, "", f"the control character U+{ord(bad[0]):04X} is not allowed in a text file")
    return text

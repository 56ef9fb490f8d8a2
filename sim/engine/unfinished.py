"""What stands beside a result while it is being made, and the lock that keeps a second run away.

``R.nc.partial`` holds the numbers so far, ``R.nc.partial.state`` which chunks are done, and
``R.nc.partial.lock`` is held by the process that writes.  All of them are gone when the run is complete.
They outlive the death of the process at any moment, not that of the computer.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import ResultError

__all__ = ["Unfinished", "remove"]

#: What makes two runs the same, and the words for it in a message.
SAMENESS = {
    "scenario": "scenario",
    "seed": "seed",
    "draws": "number of draws",
    "version": "version of sailau",
    "streams": "scheme of random numbers",
    "chunk": "chunk size",
}


def remove(path: Path) -> None:
    """Remove a file or folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


class Unfinished:
    """The files beside a result that is not complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.partial = path.with_name(path.name + ".partial")
        self.state = path.with_name(path.name + ".partial.state")
        self.old = path.with_name(path.name + ".partial.old")
        self._new = path.with_name(path.name + ".partial.state.new")
        self._lock_file = path.with_name(path.name + ".partial.lock")
        self._lock: int | None = None

    @property
    def way_out(self) -> str:
        """How to get rid of them, in words."""
        return f"delete {self.path}.partial* and run again"

    def lock(self) -> None:
        """Become the only writer.

        Raises
        ------
        ResultError
            If another process, or another run of this one, is writing the same result.
        """
        while True:
            lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                raise ResultError(f"{self.path}: another run is writing it; wait for it or name another file") from None
            except OSError:
                pass  # a file system without locks
            # The holder before us may have removed the file between our open and our lock.
            if self._lock_file.exists() and os.path.samestat(os.fstat(lock), self._lock_file.stat()):
                self._lock = lock
                return
            os.close(lock)

    def unlock(self) -> None:
        """Let others write."""
        if self._lock is not None:
            self._lock_file.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def discard(self) -> None:
        """Remove everything that was begun."""
        for path in (self.partial, self.state, self._new):
            remove(path)

    def save(self, sameness: Mapping[str, Any], done: NDArray[np.bool_], tallies: Mapping[str, Any]) -> None:
        """Write down which chunks are done, so that the file is always whole."""
        with self._new.open("wb") as file:
            np.savez(file, allow_pickle=False, sameness=json.dumps(dict(sameness)), done=done, **tallies)
        os.replace(self._new, self.state)

    def sameness(self) -> dict[str, Any]:
        """Return what identifies the run that was begun.

        Raises
        ------
        ResultError
            If it cannot be read.
        """
        found: dict[str, Any] = json.loads(str(self._read("sameness")["sameness"]))
        return found

    def read(self, wanted: Mapping[str, Any], like: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return what was saved of the same run: arrays of the same names, shapes and dtypes as ``like``.

        Raises
        ------
        ResultError
            If the state or the file of numbers is damaged or missing, or belongs to another run.
        """
        found = self.sameness()
        if not self.partial.exists():
            raise ResultError(f"{self.partial}: is missing, while {self.state.name} is there; {self.way_out}")
        differs = [word for key, word in SAMENESS.items() if found.get(key) != wanted[key]]
        if differs:
            raise ResultError(
                f"{self.partial}: was begun with another {' and another '.join(differs)}; "
                f"resume it with the same, or {self.way_out}"
            )
        saved = self._read(*like)
        if any(saved[name].shape != a.shape or saved[name].dtype != a.dtype for name, a in like.items()):
            raise self._damaged()
        return saved

    def _read(self, *names: str) -> dict[str, NDArray[Any]]:
        try:
            with self.state.open("rb") as file, np.load(file, allow_pickle=False) as saved:
                return {name: saved[name] for name in names}
        except Exception:
            # A damaged zip archive raises nearly anything.
            raise self._damaged() from None

    def _damaged(self) -> ResultError:
        return ResultError(f"{self.state}: is damaged; {self.way_out}")

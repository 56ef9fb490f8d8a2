"""What every result file on disk has in common: begun aside, resumable, renamed when complete."""

from __future__ import annotations

import errno
import os
import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.engine.plan import Plan
from sim.engine.sink import Arrays, Sink
from sim.engine.unfinished import Unfinished, remove
from sim.errors import ResultError
from sim.results.describe import Description
from sim.results.files import open_result

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DiskFull", "FileSink"]

#: Seconds between two saves of the state of an unfinished run.
SAVE_EVERY = 0.5

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFull(Exception):
    """No more can be written; becomes a `CapacityError` that says what is kept."""


class FileSink(Sink):
    """A file under ``.partial`` with its state, renamed when complete."""

    def __init__(
        self,
        plan: Plan,
        descriptions: Sequence[Description],
        attributes: Mapping[str, Any],
        path: Path,
        resume: bool,
    ) -> None:
        super().__init__(plan)
        self.path = path
        self.files = Unfinished(path)
        self.partial = self.files.partial
        self._header = descriptions, attributes
        self._resume = resume
        self._begun = False
        self._saved_at, self._saved_draws = 0.0, 0
        self._sameness = {
            "scenario": attributes["scenario_sha256"],
            "seed": attributes["seed"],
            "draws": plan.draws,
            "chunk": plan.chunk_draws,
            "version": attributes["sailau_version"],
            "streams": attributes["streams"],
        }

    def begin(self) -> None:
        """Lay out the file, or go on where an earlier run stopped."""
        files = self.files
        with self.writing():
            files.lock()
            if files.partial.exists() and not self._resume:
                raise ResultError(
                    f"{files.partial}: holds an unfinished run; add '--resume' (Python: resume=True) to complete "
                    f"it, or {files.way_out}"
                )
            if self._resume and files.state.exists():
                saved = files.read(self._sameness, {"done": self.done, **self.tallies.arrays})
                self.done = saved.pop("done")
                self.tallies.arrays = saved
                self._saved_draws = self.draws_done
                self.reopen()
                self._begun = True
                return
            # Without a state no draw was ever stored: what is there is a start that was cut short.
            self._begun = True
            files.discard()
            self.create(*self._header)
            self._save()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Turn what the system says of a file into one clear error."""
        try:
            yield
        except OSError as error:
            # HDF5 puts the number into its text.
            if error.errno in _FULL or any(f"errno = {code}," in str(error) for code in _FULL):
                raise DiskFull from None
            raise ResultError(f"{self.path}: cannot be written ({error.strerror or error})") from None

    def commit(self, chunk: int, arrays: Arrays, tallies: Any) -> None:
        """Take a chunk: after this it counts as done."""
        with self.writing():
            super().commit(chunk, arrays, tallies)

    def note(self) -> None:
        """Save the state, at most every half second."""
        if time.monotonic() - self._saved_at >= SAVE_EVERY:
            self._save()

    def _save(self) -> None:
        self.files.save(self._sameness, self.done, self.tallies.arrays)
        self._saved_at, self._saved_draws = time.monotonic(), self.draws_done

    def leave(self) -> str:
        """Save the state, close, and say how to go on; where nothing is done leave no trace."""
        with self._lock:
            self._left = True
            # Where the state cannot be written the one saved last still holds.
            with suppress(OSError):
                if self._begun and self.draws_done:
                    self._save()
            self.close()
            if self._begun and not self._saved_draws:
                self.files.discard()
            self.files.unlock()
        if not self._saved_draws:
            return "before the first draws were stored; nothing is kept"
        return (
            f"after {self._saved_draws:,} of {self.plan.draws:,} draws; the same command with '--resume' "
            f"(Python: resume=True) completes {self.path}"
        )

    def finish(self) -> xr.Dataset:
        """Give the file its name and open it; what bore the name before goes only then."""
        with self.writing():
            self.complete()
            self.close()
            if self.path.is_dir():
                remove(self.files.old)
                os.replace(self.path, self.files.old)
            os.replace(self.partial, self.path)
            remove(self.files.old)
            self.files.discard()
            self.files.unlock()
        return open_result(self.path)

    def damaged(self) -> ResultError:
        """Return the error of a file that cannot be completed."""
        return ResultError(f"{self.partial}: is damaged; {self.files.way_out}")

    @abstractmethod
    def create(self, descriptions: Sequence[Description], attributes: Mapping[str, Any]) -> None:
        """Lay out the file."""

    @abstractmethod
    def reopen(self) -> None:
        """Open the file that an earlier run began."""

    @abstractmethod
    def complete(self) -> None:
        """Write the summaries over draws."""

    @abstractmethod
    def close(self) -> None:
        """Close the file, if it is open."""

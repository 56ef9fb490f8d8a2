"""Where the chunks of a run go: the base of every store, and the one in memory."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Workspace
from sim.engine.memory import take
from sim.engine.outputs import Output
from sim.engine.plan import Plan
from sim.engine.tallies import Tallies
from sim.results.describe import Description

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Arrays", "MemorySink", "Sink"]

Arrays = dict[str, NDArray[Any]]


class Sink(ABC):
    """Takes the chunks of a run, in any order, from any thread."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.done = np.zeros(plan.n_chunks, bool)
        self.tallies = Tallies(plan)
        self._lock = threading.Lock()
        self._left = False

    @property
    def by_draw(self) -> tuple[Output, ...]:
        """The outputs that differ from draw to draw."""
        return tuple(output for output in self.plan.outputs if output.by_draw)

    @property
    def draws_done(self) -> int:
        """Number of draws that are stored."""
        return sum(self.plan.chunk(i)[1] for i in np.flatnonzero(self.done).tolist())

    def arrays(self, chunk: int, workspace: Workspace) -> Arrays:
        """Return memory for the outputs of a chunk: the thread's own, until its next chunk."""
        _, count = self.plan.chunk(chunk)
        return {o.name: workspace.array(f"result.{o.name}", (count, *o.shape), o.dtype) for o in self.by_draw}

    def begin(self) -> None:  # noqa: B027
        """Make ready for the first chunk."""

    @abstractmethod
    def write(self, chunk: int, arrays: Arrays) -> None:
        """Write the outputs of a chunk."""

    def commit(self, chunk: int, arrays: Arrays, tallies: Tallies) -> None:
        """Take a chunk: after this it counts as done, unless the run was left before."""
        self.write(chunk, arrays)
        with self._lock:
            # A thread that was being started when Ctrl-C came is not waited for by the pool.
            if self._left:
                return
            self.tallies.add(tallies)
            self.done[chunk] = True
            self.note()

    def note(self) -> None:  # noqa: B027
        """Write down what is done; called with the lock held."""

    def leave(self) -> str:
        """Stop before the end and say in words what is kept."""
        return f"after {self.draws_done:,} of {self.plan.draws:,} draws; nothing is kept without '--out'"

    @abstractmethod
    def finish(self) -> xr.Dataset:
        """Complete the result and return it."""


class MemorySink(Sink):
    """Keeps the result in memory."""

    def __init__(self, plan: Plan, descriptions: Sequence[Description], attributes: Mapping[str, Any]) -> None:
        super().__init__(plan)
        self._descriptions, self._attributes = descriptions, attributes
        self._full = {o.name: take((plan.draws, *o.shape), o.dtype) for o in self.by_draw}

    def arrays(self, chunk: int, workspace: Workspace) -> Arrays:
        """Return the chunk's part of the result itself."""
        first, count = self.plan.chunk(chunk)
        return {name: full[first : first + count] for name, full in self._full.items()}

    def write(self, chunk: int, arrays: Arrays) -> None:
        """Nothing: the arrays are the result."""

    def finish(self) -> xr.Dataset:
        """Return the result."""
        import xarray as xr

        described = [*self._descriptions, *self.tallies.summaries()]
        variables = {
            d.name: (d.dims, self._full[d.name] if d.data is None else d.data, dict(d.attributes)) for d in described
        }
        coords = {d.name: variables.pop(d.name) for d in described if d.coordinate}
        return xr.Dataset(variables, coords, dict(self._attributes))

"""Mixtures of voters: the mean share over normal tastes, positions or errors, as a sum over fixed nodes.

A mean over independent standard normals z is a sum with equal steps h within |z| ≤ 6, a ball in several dimensions,
with weights proportional to the density.  For the analytic functions here its error falls like e^{−2π·w/h}, w the
distance of the nearest pole from the real line, far faster than that of Gauss–Hermite nodes where tastes vary much
(Trefethen & Weideman 2014, doi 10.1137/130932132).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.election.state import Block
from sim.election.voters.movement import Link
from sim.errors import SimError

__all__ = ["MOST_NODES", "Mixture", "grid", "step_for"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

REACH = 6.0
MOST_NODES = 5_000
#: Numbers in the tables of one chunk of draws.
CHUNK = 2_000_000


def step_for(spread: float | None) -> float:
    """Return the step with which a mean of logit shares is exact to 2e-7.

    ``spread`` is the largest standard deviation of the difference of two utilities, None where it is not known.
    The logistic has its poles at ±iπ, a standard normal dies out like e^{−2π²/h²}.
    """
    return 0.3 if spread is None else min(0.7, math.pi**2 / (8.0 * max(spread, 1e-9)))


def grid(steps: list[float]) -> tuple[F64, F64]:
    """Return nodes (node, dimension) and weights (node,) of a standard normal with independent coordinates.

    A step of 0 stands for a dimension in which nothing varies.
    """
    count = [0 if step == 0 else math.ceil(REACH / step) for step in steps]
    lines = [[i * step for i in range(-n, n + 1)] for n, step in zip(count, steps, strict=True)]
    inside = [z for z in itertools.product(*lines) if math.fsum(x * x for x in z) <= REACH**2 + 1e-9]
    # Rounded, so that the platform's exp cannot show.
    weights = [round(math.exp(-0.5 * math.fsum(x * x for x in z)), 14) for z in inside]
    total = math.fsum(weights)
    return np.array(inside, np.float64).reshape(len(inside), len(steps)), np.array([w / total for w in weights])


def node_count(steps: list[float]) -> int:
    """Return about how many nodes a grid has, without making it."""
    full = math.prod(1 if step == 0 else 2 * math.ceil(REACH / step) + 1 for step in steps)
    n = sum(step != 0 for step in steps)
    return int(full * math.pi ** (n / 2) / (2**n * math.gamma(n / 2 + 1))) if n else 1


def check_nodes(steps: list[float]) -> Iterator[str]:
    """Find that a mean would need too many nodes."""
    count = node_count(steps)
    if count > MOST_NODES:
        yield f"needs {count:,} nodes to be averaged over, more than {MOST_NODES:,}; take fewer or smaller spreads"


@dataclass(frozen=True)
class Mixture:
    """Shares as a mean over nodes.

    Attributes
    ----------
    weights
        (node,).
    table
        What a node adds to the utilities, for draws from a first to a last of a block: (1 or draw, 1 or stratum,
        node, option).
    fixed
        Whether it is the same in every draw.
    sd
        (option,) standard deviations of independent normal errors; None for the logit.
    """

    weights: F64
    table: Callable[[Block, int, int], F64]
    fixed: bool
    sd: F64 | None = None

    def link(self, strata: int) -> Link:
        """Return it as a link from utilities to log shares."""
        normal, constant = self.sd is not None, self._constant()

        def choose(block: Block, utilities: F32, places: I64) -> None:
            from sim.numeric.choice import mixture_shares

            draws = utilities.shape[1]
            sd = self._sd(len(utilities))
            size = draws if self.fixed else self._chunk(strata, len(utilities))
            for first in range(0, draws, size):
                last = min(first + size, draws)
                table = self.table(block, first, last) if constant is None else constant
                mixture_shares(utilities[:, first:last], table, self.weights, sd, normal, places)

        return Link(choose, self.fixed)

    def utilities(self, block: Block, shares: F32) -> F32:
        """Return the utilities of which ``shares`` (option, 1 or draw, stratum) are the means."""
        from sim.numeric.choice import invert_mixture

        options, draws, strata = shares.shape
        if not self.fixed and draws < block.count:
            draws = block.count
        held = np.broadcast_to(shares, (options, draws, strata)).astype(np.float64)
        # Shares of float32 sum to one within 1e-7 only, and the smallest of them must not bear the difference.
        total = held[0].copy()
        for plane in held[1:]:
            total += plane
        held = held / total
        out = np.empty(held.shape, np.float32)
        size = draws if self.fixed else self._chunk(strata, options)
        for first in range(0, draws, size):
            last = min(first + size, draws)
            table = self.table(block, first, last)
            which = np.zeros((last - first, strata), np.int64)
            if len(table) > 1:
                which += table.shape[1] * np.arange(last - first)[:, None]
            if table.shape[1] > 1:
                which += np.arange(strata)
            flat = np.ascontiguousarray(held[:, first:last].reshape(options, -1))
            tables = table.reshape(-1, *table.shape[2:])
            normal = self.sd is not None
            found, error = invert_mixture(flat, tables, self.weights, self._sd(options), normal, which.reshape(-1))
            if error > 1e-6:
                raise SimError(f"voters.baseline: no utilities were found with these shares (log error {error:.1g})")
            out[:, first:last] = found.reshape(options, last - first, strata)
        return out

    def _constant(self) -> F64 | None:
        return self.table(None, 0, 1) if self.fixed else None  # type: ignore[arg-type]

    def _sd(self, options: int) -> F64:
        return np.ones(options) if self.sd is None else self.sd

    def _chunk(self, strata: int, options: int) -> int:
        return max(1, CHUNK // (strata * options * len(self.weights)))

"""Normal errors that may be correlated between options."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from sim.election.correlations import Correlation, correlation_faults, correlation_matrix, read_correlation
from sim.election.part import Section
from sim.election.voters.mixtures import MOST_NODES, Mixture, grid, node_count
from sim.election.voters.movement import OF_BASELINE, Link, Start, VoterModel
from sim.election.world import Field as Prepared
from sim.election.world import World

__all__ = ["Probit"]

F64 = NDArray[np.float64]

#: The step of the sum over a factor, in units of what is the options' own.
STEP = 0.7
#: Correlations that differ by less are the same.
SAME = 1e-9


class Errors(Section):
    """What is random in the utilities."""

    correlation: Annotated[Any, BeforeValidator(lambda value: read_correlation(value, "option"))] = Field(
        None,
        description="correlation of the errors of the options: a number, or pairs {option: {option: correlation}}",
    )


class Probit(VoterModel, Start, Errors, stage="voters", model="probit"):
    r"""Multinomial probit: everybody chooses the option whose utility, with a normal error, is the largest.

        P_o = P( V_o + ε_o > V_j + ε_j for all j ≠ o ),   ε ~ N(0, R)

    with the utilities V of a cell, moved by terms and swings, and the correlations R of the errors of unit variance.
    Options with correlated errors are closer substitutes.  Around a baseline p, V is solved from P = p, so that the
    shares at zero swing are the baseline.

    Only differences of errors count.  Their covariance is written as what is each option's own and a few factors,

        ε_o = Σ_f A_of·F_f + d_o·E_o   (up to what all options share)

    and P is a sum with equal steps over the factors and the largest utility, with an error below 1e-6.  One number
    for all pairs needs no factor; sets of options in which all pairs have one correlation, and pairs between sets the
    lowest one, need one factor for each set; any other R of k options needs k − 2, and is refused where these are too
    many to be averaged over (as a rule above two).  Each factor multiplies the time by about thirty.

    Swings are in units of the errors' standard deviation: 1 is worth about 1.28 log-odds (π/√6).  Valid for
    correlations below 0.99.  Shapes: V (option, draw, cell).
    """

    example = {
        "baseline": {"a": 0.6, "b": 0.4},
        "correlation": 0.3,
        "swing": {"national": 0.1},
    }
    reference = "Hausman & Wise 1978, doi 10.2307/1913909; Train 2009, Discrete Choice Methods with Simulation, ch. 5"
    intercepts = OF_BASELINE

    def check_own(self, world: World) -> Iterator[tuple[str, str]]:
        """Find options that do not exist, and correlations that cannot be had."""
        yield from self.check_start(world)
        found = list(correlation_faults(self.correlation, world.option_ids, "option"))
        for path, message in found:
            yield f"correlation.{path}".rstrip("."), message
        if found or self.correlation in (None, 0):
            return
        if world.n_options == 1:
            yield "correlation", "does nothing: there is one option"
            return
        for message in self._check_factors(world):
            yield "correlation", message

    def _check_factors(self, world: World) -> Iterator[str]:
        matrix = _matrix(self.correlation, world)
        off = np.where(np.eye(len(matrix)) > 0, -1.0, matrix)
        a, b = (int(i) for i in np.unravel_index(int(off.argmax()), off.shape))
        if off[a, b] > 0.99:
            pair = f"{world.option_ids[a]!r}, {world.option_ids[b]!r}"
            yield f"the pair {pair} is correlated by more than 0.99: to voters they are one option"
            return
        loadings, own = factors(matrix)
        if loadings is None:
            yield "no option has an error of its own; lower the correlations"
        elif node_count(_steps(loadings, own)) > MOST_NODES:
            apart = f"{loadings.shape[1]} factors"
            yield f"needs {apart} to be averaged over, which is too many; give one number to all pairs within a set"

    def _mixture(self, world: World) -> Mixture:
        loadings, own = factors(_matrix(self.correlation, world))
        assert loadings is not None
        nodes, weights = grid(_steps(loadings, own))
        table = np.zeros((1, 1, len(nodes), world.n_options))
        for f in range(loadings.shape[1]):
            table[0, 0] += nodes[:, f, None] * loadings[None, :, f]
        return Mixture(weights, lambda block, first, last: table, True, own)

    def base(self, world: World) -> Prepared:
        """Utilities at zero swing, (option, 1 or draw, stratum)."""
        return self.start(world, self._mixture(world).utilities, True)

    def link(self, world: World) -> Link:
        """Prepare the probabilities of being the largest."""
        return self._mixture(world).link(world.n_strata)


def _matrix(value: Correlation | None, world: World) -> F64:
    made = correlation_matrix(value, world.option_ids)
    return np.eye(world.n_options) if made is None else made


def _steps(loadings: F64, own: F64) -> list[float]:
    """Return the step over each factor: fine enough for the errors that are the options' own."""
    out = []
    for f in range(loadings.shape[1]):
        apart = float(loadings[:, f].max() - min(loadings[:, f].min(), 0.0 if loadings.shape[1] > 1 else np.inf))
        out.append(STEP * min(1.0, float(own.min()) / max(apart, 1e-9)))
    return out


def factors(correlation: F64) -> tuple[F64 | None, F64]:
    """Return loadings (option, factor) and own standard deviations (option,) with the same differences of errors.

    The loadings are None where an option would have nothing of its own.
    """
    return _sets(correlation) or _by_eigenvalues(correlation)


def _sets(correlation: F64) -> tuple[F64, F64] | None:
    """Return a factor for each set of options whose pairs all have one correlation; None where there are no sets."""
    k = len(correlation)
    if k < 2:
        return np.zeros((k, 0)), np.ones(k)
    least = min(float(correlation[i, j]) for i, j in itertools.combinations(range(k), 2))
    close = (correlation > least + SAME) | (np.eye(k) > 0)
    columns, own, done = [], np.full(k, math.sqrt(1.0 - least)), np.zeros(k, bool)
    for i in range(k):
        inside = close[i]
        if done[i] or inside.sum() < 2:
            continue
        within = correlation[np.ix_(inside, inside)][~np.eye(int(inside.sum()), dtype=bool)]
        if not (close[inside] == inside).all() or float(np.ptp(within)) > SAME:
            return None
        columns.append(np.where(inside, math.sqrt(float(within[0]) - least), 0.0))
        own[inside] = math.sqrt(max(1.0 - float(within[0]), 0.0))
        done |= inside
    return np.stack(columns, axis=1) if columns else np.zeros((k, 0)), own


def _by_eigenvalues(correlation: F64) -> tuple[F64 | None, F64]:
    """Return the factors of the differences: the least eigenvalue is what each option has of its own."""
    k = len(correlation)
    centre = np.eye(k) - 1.0 / k
    # Rounded, so that the last bits of the platform's solver cannot show.
    values, vectors = np.linalg.eigh(np.round(centre @ correlation @ centre, 14))
    order = np.argsort(-np.abs((vectors * np.ones((k, 1))).sum(axis=0)))
    keep = order[1:]
    own = float(values[keep].min())
    if own < 1e-4:
        return None, np.zeros(k)
    columns = [vectors[:, i] * math.sqrt(max(values[i] - own, 0.0)) for i in sorted(keep) if values[i] - own > SAME]
    signed = [np.round(column * np.sign(column[int(np.abs(column).argmax())]), 10) for column in columns]
    loadings = np.stack(signed, axis=1) if signed else np.zeros((k, 0))
    return loadings, np.full(k, round(math.sqrt(own), 12))

"""Where the walkers of a sampler begin: near the posterior, found from the prior in a few rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibrate.coordinates import Coordinate
from sim.errors import SimError
from sim.random import Chance, Lanes

__all__ = ["starting_places"]

F64 = NDArray[np.float64]

#: Rounds at most; each carries the likelihood as far as its sample bears.
ROUNDS = 12
#: Part of a sample that its weights must leave in effect.
BEARABLE = 1 / 3
#: The proposals of a round are wider than what the last one found, in variance.
WIDER = 1.5


def starting_places(
    terms: Callable[[F64], tuple[F64, F64]], coordinates: Sequence[Coordinate], walkers: int, seed: int
) -> F64:
    """Return a sample near the posterior by importance sampling with tempering.

    A sample z of the prior, later of a normal law q fitted to the last round, is weighted by
    ``prior(z) likelihood(z)^β / q(z)`` with the largest β ≤ 1 at which a third of it stays in effect, until β = 1
    (Cappé et al. 2004, doi 10.1198/106186004X12803; Del Moral et al. 2006, doi 10.1111/j.1467-9868.2006.00553.x).

    Parameters
    ----------
    terms
        Log prior and log likelihood of places (n, parameter).
    coordinates
        The parameters.
    walkers
        How many places are wanted.
    seed
        Of the streams ``calibrate.start``.

    Returns
    -------
    (walker, parameter), all different.

    Raises
    ------
    SimError
        If no place of the prior can be simulated.
    """
    n, chance = max(4 * walkers, 96), Chance(seed)
    lanes = Lanes.grid(0, n, [0])
    uniform = [chance.stream("calibrate.start", str(i)).uniform64(lanes)[:, 0] for i in range(len(coordinates))]
    z = np.stack([one.real(one.quantile(u)) for one, u in zip(coordinates, uniform)], axis=1)
    prior, likelihood = terms(z)
    proposal = prior
    for attempt in range(1, ROUNDS + 1):
        there = np.isfinite(prior) & np.isfinite(likelihood)
        if there.sum() < walkers:
            raise SimError("almost no values that the priors allow make a scenario that can be simulated")
        z, prior, likelihood, proposal = z[there], prior[there], likelihood[there], proposal[there]
        beta = _bearable(prior - proposal, likelihood, n)
        weights = _weights(prior - proposal + beta * likelihood)
        if beta == 1 or attempt == ROUNDS:
            break
        mean, root = _normal(z, weights)
        lanes = Lanes.grid(attempt * n, n, [0])
        e = np.stack([chance.stream("calibrate.move", str(i)).normal64(lanes)[:, 0] for i in range(len(mean))], axis=1)
        z = mean + np.einsum("ij,kj->ik", e, root, optimize=False)
        proposal = -0.5 * (e**2).sum(axis=1)
        prior, likelihood = terms(z)
    # Sampling without replacement: the largest of log weights with Gumbel noise.
    lanes = Lanes.grid(0, n, [0])
    noise = -np.log(-np.log(chance.stream("calibrate.choice").uniform64(lanes)[: len(z), 0]))
    with np.errstate(divide="ignore"):
        order = np.argsort(-(np.log(weights) + noise), kind="stable")
    return np.asarray(z[order[:walkers]])


def _weights(logs: F64) -> F64:
    out = np.exp(logs - logs.max())
    return np.asarray(out / out.sum())


def _bearable(base: F64, likelihood: F64, n: int) -> float:
    """Return the largest power of the likelihood that leaves enough of a sample of n in effect."""
    low, high = 0.0, 1.0
    for step in range(40):
        beta = high if step == 0 else (low + high) / 2
        enough = 1 / (_weights(base + beta * likelihood) ** 2).sum() >= BEARABLE * n
        if enough:
            low = beta
        else:
            high = beta
        if low == 1:
            break
    return low


def _normal(z: F64, weights: F64) -> tuple[F64, F64]:
    """Return mean and Cholesky root of the normal law from which the next round proposes."""
    mean = weights @ z
    away = z - mean
    covariance = WIDER * np.einsum("i,ij,ik->jk", weights, away, away, optimize=False)
    return mean, np.linalg.cholesky(covariance + 1e-12 * np.eye(len(mean)))

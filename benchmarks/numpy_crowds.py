"""Voters by group, and voters one by one, in plain numpy; nothing here knows `sim`.

run_cells(scenario, draws, rng, block=50)    regions × groups × options, sums by region and by group
gumbel_max(utilities, rng)                   one choice per voter, the textbook way
inverse_cdf(utilities, rng)                  the same by one uniform and cumulative shares, voters first
inverse_cdf_planes(utilities, rng)           the same in planes of options, the quickest that we know in numpy
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["gumbel_max", "inverse_cdf", "inverse_cdf_planes", "run_cells"]

Array = NDArray[Any]


def _swing(rng: np.random.Generator, swing: Mapping[str, Any], shape: tuple[int, int, int, int]) -> Array:
    """t·(n·Z + s·Z_r + g·Z_g), (options, draws, regions, groups)."""
    options, draws, regions, groups = shape
    out = swing["national"] * rng.standard_normal((options, draws, 1, 1))
    out = out + swing["regional"] * rng.standard_normal((options, draws, regions, 1))
    out = out + swing["group"] * rng.standard_normal((options, draws, 1, groups))
    df = swing["tails"]
    return out * np.sqrt((df - 2) / rng.chisquare(df, (draws, 1, 1)))


def _cells(scenario: Mapping[str, Any], registered: Array, draws: int, rng: np.random.Generator) -> dict[str, Array]:
    log_shares, logit_turnout = _baselines(scenario, registered.shape[1])
    options, (regions, groups) = len(log_shares), registered.shape
    utility = log_shares[:, None, None, :] + _swing(rng, scenario["voters"]["swing"], (options, draws, regions, groups))
    weights = np.exp(utility - utility.max(axis=0))
    p = np.moveaxis(weights / weights.sum(axis=0), 0, -1)
    log_odds = logit_turnout + _swing(rng, scenario["turnout"]["swing"], (1, draws, regions, groups))[0]
    ballots = rng.binomial(registered, 1 / (1 + np.exp(-log_odds)))
    invalid = rng.binomial(ballots, scenario["ballot"]["invalid"])
    votes = rng.multinomial(ballots - invalid, p)
    return {
        "ballots_cast": ballots.sum(axis=2),
        "invalid_ballots": invalid.sum(axis=2),
        "votes": votes.sum(axis=2),
        "group_ballots_cast": ballots.sum(axis=1),
        "group_votes": votes.sum(axis=1),
        "winner": votes.sum(axis=(1, 2)).argmax(axis=-1),
    }


def _baselines(scenario: Mapping[str, Any], groups: int) -> tuple[Array, Array]:
    """Log shares (options, groups) and log-odds of turnout (groups) by the first trait of a group."""
    first = next(iter(scenario["electorate"]["traits"]))
    values = list(scenario["electorate"]["traits"][first])
    rows = {row["group"]: row for row in scenario["voters"]["baseline"]}
    options = list(scenario["ballot"]["options"])
    shares = np.array([[rows[value][option] for value in values] for option in options])
    turnout = np.array([scenario["turnout"]["baseline"][value] for value in values])
    each = groups // len(values)
    return np.log(np.repeat(shares, each, axis=1)), np.repeat(np.log(turnout / (1 - turnout)), each)


def run_cells(
    scenario: Mapping[str, Any], registered: Array, draws: int, rng: np.random.Generator, block: int = 50
) -> dict[str, Array]:
    """Simulate ``draws`` elections block by block; ``registered`` (regions, groups)."""
    sizes = [min(block, draws - start) for start in range(0, draws, block)]
    parts = [_cells(scenario, registered, size, rng) for size in sizes]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def gumbel_max(utilities: Array, rng: np.random.Generator) -> Array:
    """The option with the largest utility + Gumbel; utilities (voters, options)."""
    return (utilities + rng.gumbel(size=utilities.shape)).argmax(axis=1)


def inverse_cdf(utilities: Array, rng: np.random.Generator) -> Array:
    """The first option whose cumulative weight passes a uniform; utilities (voters, options)."""
    cumulative = np.cumsum(np.exp(utilities - utilities.max(axis=1, keepdims=True)), axis=1)
    point = rng.random(len(utilities), dtype=utilities.dtype) * cumulative[:, -1]
    return (cumulative <= point[:, None]).sum(axis=1)


def inverse_cdf_planes(utilities: Array, rng: np.random.Generator) -> Array:
    """The same with utilities (options, voters): sums of planes, in place."""
    weights = utilities - utilities.max(axis=0)
    np.exp(weights, out=weights)
    for o in range(1, len(weights)):
        weights[o] += weights[o - 1]
    point = rng.random(weights.shape[1], dtype=weights.dtype) * weights[-1]
    chosen = np.zeros(len(point), np.int8)
    for plane in weights[:-1]:
        chosen += plane <= point
    return chosen

"""The region workload in numpy as it is first written: one expression a line, draws first, fresh arrays.

Formulas from the docstrings of the parts, numpy's own generators and its multinomial.  `reference_numpy` holds the
same model tuned: options first, in place, float32, chains of binomials.

    run_regions(model, draws, rng)                   all at once
    run_regions(model, draws, rng, block=2_000)      the same in blocks that stay in cache
"""

from __future__ import annotations

from typing import Any

import numpy as np
from reference_numpy import Model, Results

__all__ = ["run_regions"]


def _swing(rng: np.random.Generator, swing: Any, draws: int, regions: int, options: int) -> Any:
    """t·(n·Z + s·Z_r), (draws, regions, options), regional deviates correlated."""
    correlation = np.full((regions, regions), swing["region_correlation"])
    np.fill_diagonal(correlation, 1.0)
    regional = np.linalg.cholesky(correlation) @ rng.standard_normal((draws, regions, options))
    national = rng.standard_normal((draws, 1, options))
    df = swing["tails"]
    tail = np.sqrt((df - 2) / rng.chisquare(df, (draws, 1, 1)))
    return tail * (swing["national"] * national + swing["regional"] * regional)


def _shares(utility: Any) -> Any:
    weights = np.exp(utility - utility.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def _second_round(rng: np.random.Generator, model: Model, p: Any, turnout: Any, first: Any, second: Any) -> Any:
    """The winner where nobody had a majority: everyone whose option is out splits as the finalists' shares."""
    ballots = rng.binomial(model.registered, turnout)
    valid = ballots - rng.binomial(ballots, model.invalid)
    p1 = np.take_along_axis(p, first[:, None, None], axis=-1)[..., 0]
    p2 = np.take_along_axis(p, second[:, None, None], axis=-1)[..., 0]
    gained = rng.binomial(valid, p1 / (p1 + p2)).sum(axis=-1)
    return np.where(2 * gained > valid.sum(axis=-1), first, second)


def _regions(model: Model, draws: int, rng: np.random.Generator) -> Results:
    options = len(model.log_shares)
    p = _shares(model.log_shares + _swing(rng, model.votes, draws, model.regions, options))
    log_odds = model.logit_turnout + _swing(rng, model.turnout, draws, model.regions, 1)[..., 0]
    turnout = 1 / (1 + np.exp(-log_odds))
    ballots = rng.binomial(model.registered, turnout)
    invalid = rng.binomial(ballots, model.invalid)
    votes = rng.multinomial(ballots - invalid, p)
    national = votes.sum(axis=1)
    order = np.argsort(np.where(model.electable, -national, 1), axis=-1)
    winner = order[:, 0].copy()
    runoff = 2 * national[np.arange(draws), winner] <= national.sum(axis=-1)
    if runoff.any():
        finalists = order[runoff, 0], order[runoff, 1]
        winner[runoff] = _second_round(rng, model, p[runoff], turnout[runoff], *finalists)
    return {"ballots_cast": ballots, "invalid_ballots": invalid, "votes": votes, "winner": winner, "runoff": runoff}


def run_regions(model: Model, draws: int, rng: np.random.Generator, block: int | None = None) -> Results:
    """Simulate ``draws`` elections in regions: at once, or block by block."""
    sizes = [draws] if block is None else [min(block, draws - start) for start in range(0, draws, block)]
    parts = [_regions(model, size, rng) for size in sizes]
    if len(parts) == 1:
        return {"registered": model.registered, **parts[0]}
    return {"registered": model.registered, **{name: np.concatenate([x[name] for x in parts]) for name in parts[0]}}

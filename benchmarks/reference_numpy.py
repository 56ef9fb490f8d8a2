"""The same model as the workloads, written in plain numpy as a practised user would write it.

Nothing here knows `sim`: the numbers come from the scenario's mapping, the formulas from the docstrings of its
parts.  Every array operation is vectorised over draws; the counts come from numpy's own binomial sampler.
Options stand first in the arrays so that sums over them are sums of planes, matrix products are one GEMM, and
a multinomial is a chain of seven binomials.  ``Generator.multinomial`` (options last) can be chosen instead.

    run_regions(model, draws, rng)                    all at once, fresh arrays
    run_regions(model, draws, rng, block=2_000)       in blocks that stay in cache, into int32 results
    run_stations(model, draws, rng, block=4)          region totals, and sums over draws by station
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Model", "chain_multinomial", "library_multinomial", "run_regions", "run_stations"]

Array = NDArray[Any]
Results = dict[str, Array]


@dataclass
class Model:
    """The numbers of a workload as arrays."""

    log_shares: Array
    electable: Array
    logit_turnout: Array
    registered: Array
    invalid: float
    votes: Mapping[str, float]
    turnout: Mapping[str, float]
    offsets: Array | None
    dtype: Any

    @classmethod
    def of(cls, scenario: Mapping[str, Any], dtype: Any = np.float64) -> Model:
        """Read a workload of `workloads`."""
        rows = scenario["electorate"]["regions"]
        shares = np.array(list(scenario["voters"]["baseline"].values()))
        turnout = np.array([scenario["turnout"]["baseline"][row["region"]] for row in rows])
        registered = np.array([row["registered"] for row in rows])
        offsets = None
        if "stations" in scenario["electorate"]:
            spread = scenario["electorate"]["stations"]["size_spread"]
            numbers = [row["stations"] for row in rows]
            offsets = np.concatenate([[0], np.cumsum(numbers)])
            registered = np.concatenate([_sizes(row["registered"], row["stations"], spread) for row in rows])
        return cls(
            np.log(shares).astype(dtype),
            np.array([row["kind"] != "against_all" for row in scenario["ballot"]["options"].values()]),
            np.log(turnout / (1 - turnout)).astype(dtype),
            registered.astype(np.int64),
            scenario["ballot"]["invalid"],
            scenario["voters"]["swing"],
            scenario["turnout"]["swing"],
            offsets,
            dtype,
        )

    @property
    def regions(self) -> int:
        return len(self.logit_turnout)


def _sizes(registered: int, stations: int, spread: float) -> Array:
    """Voters of a region's stations: quantiles of a log-normal that add up to the register."""
    weights = np.exp([spread * NormalDist().inv_cdf((i + 0.5) / stations) for i in range(stations)])
    ends = np.floor(registered * np.cumsum(weights) / weights.sum() + 0.5).astype(np.int64)
    ends[-1] = registered
    return np.diff(ends, prepend=0)


def _swing(rng: np.random.Generator, swing: Mapping[str, float], shape: tuple[int, int, int], dtype: Any) -> Array:
    """Return t·(n·Z + s·Z_r), (options, draws, regions)."""
    options, draws, regions = shape
    correlation = np.full((regions, regions), swing["region_correlation"])
    np.fill_diagonal(correlation, 1.0)
    factor = (swing["regional"] * np.linalg.cholesky(correlation)).astype(dtype)
    out = rng.standard_normal((options * draws, regions), dtype) @ factor.T
    out = out.reshape(shape)
    out += dtype(swing["national"]) * rng.standard_normal((options, draws, 1), dtype)
    df = swing["tails"]
    out *= np.sqrt((df - 2) / rng.chisquare(df, (draws, 1))).astype(dtype)
    return out


def _logistic(x: Array) -> Array:
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    return np.divide(1, x, out=x)


def _softmax(x: Array) -> Array:
    """Shares over axis 0, in place."""
    x -= x.max(axis=0)
    np.exp(x, out=x)
    x /= x.sum(axis=0)
    return x


def chain_multinomial(rng: np.random.Generator, n: Array, p: Array) -> Array:
    """Multinomial counts (option, …) as a chain of conditional binomials."""
    out = np.empty(p.shape, np.int64)
    left, rest = n.copy(), np.ones(n.shape, p.dtype)
    for o in range(len(p) - 1):
        out[o] = rng.binomial(left, np.clip(p[o] / rest, 0, 1))
        left -= out[o]
        rest -= p[o]
        np.maximum(rest, 1e-30, out=rest)
    out[-1] = left
    return out


def library_multinomial(rng: np.random.Generator, n: Array, p: Array) -> Array:
    """The same by ``Generator.multinomial``, which wants the options last."""
    return np.moveaxis(rng.multinomial(n, np.moveaxis(p, 0, -1).astype(np.float64)), -1, 0)


def _decide(rng: np.random.Generator, model: Model, votes: Array, p: Array, turnout: Array) -> tuple[Array, Array]:
    """Winner and whether a second round was held, from national totals (options, draws).

    The second round takes place in the draws that need one: turnout and shares of invalid ballots as in the
    first round, the voters of the others split as the finalists' first-round shares.
    """
    totals = votes.sum(axis=-1)
    of_the_electable = np.where(model.electable[:, None], totals, -1)
    order = np.argsort(-of_the_electable, axis=0, kind="stable")
    winner = order[0].copy()
    runoff = 2 * np.take_along_axis(totals, order[:1], 0)[0] <= totals.sum(axis=0)
    draws = np.flatnonzero(runoff)
    if len(draws):
        first, second = order[0, draws], order[1, draws]
        ballots = rng.binomial(model.registered, turnout[draws])
        valid = ballots - rng.binomial(ballots, model.invalid)
        share = p[first, draws] / (p[first, draws] + p[second, draws])
        gained = rng.binomial(valid, np.minimum(share, 1)).sum(axis=-1)
        winner[draws] = np.where(2 * gained > valid.sum(axis=-1), first, second)
    return winner, runoff


def _regions(model: Model, draws: int, rng: np.random.Generator, multinomial: Any) -> Results:
    options, regions, dtype = len(model.log_shares), model.regions, model.dtype
    support = _swing(rng, model.votes, (options, draws, regions), dtype)
    support += model.log_shares[:, None, None]
    p = _softmax(support)
    log_odds = _swing(rng, model.turnout, (1, draws, regions), dtype)[0]
    log_odds += model.logit_turnout
    turnout = _logistic(log_odds)
    ballots = rng.binomial(model.registered, turnout)
    invalid = rng.binomial(ballots, model.invalid)
    votes = multinomial(rng, ballots - invalid, p)
    winner, runoff = _decide(rng, model, votes, p, turnout)
    return {
        "ballots_cast": ballots,
        "invalid_ballots": invalid,
        "votes": np.moveaxis(votes, 0, -1),
        "winner": winner,
        "runoff": runoff,
    }


def run_regions(
    model: Model, draws: int, rng: np.random.Generator, block: int | None = None, multinomial: Any = chain_multinomial
) -> Results:
    """Simulate ``draws`` elections in regions: at once, or block by block into int32 arrays."""
    if block is None:
        out = _regions(model, draws, rng, multinomial)
        out["votes"] = np.ascontiguousarray(out["votes"])
        return {"registered": model.registered, **out}
    shape = (draws, model.regions)
    out = {
        "ballots_cast": np.empty(shape, np.int32),
        "invalid_ballots": np.empty(shape, np.int32),
        "votes": np.empty((*shape, len(model.log_shares)), np.int32),
        "winner": np.empty(draws, np.int16),
        "runoff": np.empty(draws, bool),
    }
    for start in range(0, draws, block):
        part = _regions(model, min(block, draws - start), rng, multinomial)
        for name, array in part.items():
            out[name][start : start + block] = array
    return {"registered": model.registered, **out}


def _stations(model: Model, draws: int, rng: np.random.Generator, multinomial: Any) -> tuple[Array, ...]:
    options, regions, dtype = len(model.log_shares), model.regions, model.dtype
    assert model.offsets is not None
    sizes = np.diff(model.offsets)
    units = int(model.offsets[-1])
    field = _swing(rng, model.votes, (options, draws, regions), dtype) + model.log_shares[:, None, None]
    support = rng.standard_normal((options, draws, units), dtype)
    support *= dtype(model.votes["station"])
    support += np.repeat(field, sizes, axis=-1)
    p = _softmax(support)
    field = _swing(rng, model.turnout, (1, draws, regions), dtype)[0] + model.logit_turnout
    log_odds = rng.standard_normal((draws, units), dtype)
    log_odds *= dtype(model.turnout["station"])
    log_odds += np.repeat(field, sizes, axis=-1)
    turnout = _logistic(log_odds)
    ballots = rng.binomial(model.registered, turnout)
    invalid = rng.binomial(ballots, model.invalid)
    votes = multinomial(rng, ballots - invalid, p)
    winner, runoff = _decide(rng, model, votes, p, turnout)
    return ballots, invalid, votes, winner, runoff


def run_stations(
    model: Model, draws: int, rng: np.random.Generator, block: int, multinomial: Any = chain_multinomial
) -> Results:
    """Simulate ``draws`` elections in polling stations; keep region totals and sums over draws by station."""
    assert model.offsets is not None
    options, units, starts = len(model.log_shares), int(model.offsets[-1]), model.offsets[:-1]
    shape = (draws, model.regions)
    out = {
        "ballots_cast": np.empty(shape, np.int32),
        "invalid_ballots": np.empty(shape, np.int32),
        "votes": np.empty((*shape, options), np.int32),
        "winner": np.empty(draws, np.int16),
        "runoff": np.empty(draws, bool),
    }
    total, squares = np.zeros((options, units), np.int64), np.zeros((options, units), np.int64)
    ballots_total, ballots_squares = np.zeros(units, np.int64), np.zeros(units, np.int64)
    for start in range(0, draws, block):
        rows = slice(start, start + block)
        ballots, invalid, votes, winner, runoff = _stations(model, min(block, draws - start), rng, multinomial)
        out["ballots_cast"][rows] = np.add.reduceat(ballots, starts, axis=-1)
        out["invalid_ballots"][rows] = np.add.reduceat(invalid, starts, axis=-1)
        out["votes"][rows] = np.moveaxis(np.add.reduceat(votes, starts, axis=-1), 0, -1)
        out["winner"][rows], out["runoff"][rows] = winner, runoff
        total += votes.sum(axis=1)
        squares += np.einsum("odu,odu->ou", votes, votes)
        ballots_total += ballots.sum(axis=0)
        ballots_squares += np.einsum("du,du->u", ballots, ballots)
    for name, sums, squared in (
        ("station_ballots", ballots_total, ballots_squares),
        ("station_votes", total.T, squares.T),
    ):
        mean = sums / draws
        out[f"{name}_mean"] = mean
        out[f"{name}_sd"] = np.sqrt((squared / draws - mean**2) * (draws / max(draws - 1, 1)))
    return {"registered": np.add.reduceat(model.registered, starts), **out}

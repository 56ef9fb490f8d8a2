"""Two sets of draws compared in distribution, every difference in Monte Carlo standard errors.

For every quantity of a draw (registers, turnouts, shares of invalid ballots and of each option by region and
for the nation, decisions, figures of the second round): the mean, the standard deviation (on the log scale),
the share of draws below the pooled 5, 25, 50, 75 and 95 % points and, for every pair, the correlation.  The
standard errors of standard deviations and correlations come from their influence functions, so that no
normality is assumed.  `ALARM` is the probability that a whole comparison of equal laws fails: each of its m
differences may be as large as the standard normal exceeds with probability ALARM/m (Bonferroni).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

ALARM = 1e-4
POINTS = (0.05, 0.25, 0.5, 0.75, 0.95)


def features(run: Any) -> dict[str, np.ndarray]:
    """Return the quantities of a result of `sim.run` or of an `Outcome`, each (draws,); nan where undefined."""
    get = lambda name: np.asarray(getattr(run, name), float)  # noqa: E731
    ballots, invalid, votes = get("ballots_cast"), get("invalid_ballots"), get("votes")
    registered = np.broadcast_to(get("registered"), ballots.shape)
    out = {"registered": registered.sum(1), "turnout": _ratio(ballots.sum(1), registered.sum(1))}
    out["invalid"] = _ratio(invalid.sum(1), ballots.sum(1))
    total = votes.sum(1)
    for o in range(total.shape[1]):
        out[f"share {o}"] = _ratio(total[:, o], total.sum(1))
        out[f"winner {o}"] = (get("winner") == o).astype(float)
    for r in range(ballots.shape[1]):
        out[f"registered {r}"] = registered[:, r]
        out[f"turnout {r}"] = _ratio(ballots[:, r], registered[:, r])
        out[f"invalid {r}"] = _ratio(invalid[:, r], ballots[:, r])
        for o in range(total.shape[1]):
            out[f"share {r} {o}"] = _ratio(votes[:, r, o], votes[:, r].sum(1))
    if hasattr(run, "group_votes") and get("group_votes").shape[1] > 1:
        size, came, chose = (get(f"group_{name}") for name in ("registered", "ballots_cast", "votes"))
        size = np.broadcast_to(size, came.shape)
        for g in range(came.shape[1]):
            out[f"group registered {g}"], out[f"group turnout {g}"] = size[:, g], _ratio(came[:, g], size[:, g])
            for o in range(total.shape[1]):
                out[f"group share {g} {o}"] = _ratio(chose[:, g, o], chose[:, g].sum(1))
    if getattr(run, "rankings", None) is not None:
        rankings, best = get("rankings"), get("condorcet_winner")
        for i in range(rankings.shape[1]):
            out[f"ranking {i}"] = _ratio(rankings[:, i], rankings.sum(1))
        for o in range(-1, total.shape[1]):
            out[f"condorcet winner {o}"] = (best == o).astype(float)
    if getattr(run, "expressed_share", None) is not None:
        said = get("expressed_share")
        for r in range(said.shape[1]):
            for o in range(said.shape[2]):
                out[f"said {r} {o}"] = said[:, r, o]
    out["tied"] = get("tied")
    if hasattr(run, "runoff"):
        held = get("runoff") > 0
        out["runoff"] = held.astype(float)
        registered, cast, spoiled = (
            np.where(held, x, np.nan)
            for x in (registered.sum(1), get("runoff_ballots_cast"), get("runoff_invalid_ballots"))
        )
        out["runoff turnout"], out["runoff invalid"] = cast / registered, _ratio(spoiled, cast)
        second = get("runoff_votes")
        for o in range(second.shape[1]):
            inside = held & (second[:, o] > 0)
            out[f"runoff share {o}"] = np.where(inside, _ratio(second[:, o], second.sum(1)), np.nan)
    if hasattr(run, "station_ballots_cast"):
        stations = get("station_ballots_cast")
    else:
        stations = get("station_ballots") if hasattr(run, "station_ballots") else ballots
    if stations.shape[1] > ballots.shape[1]:
        for u in (0, 1, stations.shape[1] - 1):
            out[f"station {u}"] = stations[:, u]
    return out


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)


def differences(a: dict[str, np.ndarray], b: dict[str, np.ndarray], least: int = 400) -> list[tuple[float, str]]:
    """Return (difference in standard errors, what), the largest first.

    Quantities with fewer than ``least`` defined draws, and standard deviations and correlations of those that
    are nearly constant (a rare yes), are left out; that they are rare in both is part of the comparison.
    """
    out: list[tuple[float, str]] = []
    usable = []
    for key in a.keys() & b.keys():
        x, y = a[key][~np.isnan(a[key])], b[key][~np.isnan(b[key])]
        out.append((_proportions(len(x), len(a[key]), len(y), len(b[key])), f"how often there is: {key}"))
        if min(len(x), len(y)) < least:
            continue
        if set(np.unique(x)) | set(np.unique(y)) <= {0.0, 1.0}:
            out.append((_proportions(int(x.sum()), len(x), int(y.sum()), len(y)), f"probability: {key}"))
            rare = min(x.mean(), 1 - x.mean(), y.mean(), 1 - y.mean()) < 0.02
        else:
            out += _moments(x, y, key)
            rare = min(x.std(), y.std()) == 0
        if not rare and len(x) == len(a[key]) and len(y) == len(b[key]):
            usable.append(key)
    usable.sort()
    out += _correlations(np.stack([a[k] for k in usable]), np.stack([b[k] for k in usable]), usable)
    return sorted(out, reverse=True)


def _proportions(i: int, n: int, j: int, m: int) -> float:
    """Difference of two proportions in pooled standard errors; with a correction for small counts."""
    p = (i + j) / (n + m)
    error = np.sqrt(max(p * (1 - p), 1e-12) * (1 / n + 1 / m))
    slack = 0.5 * (1 / n + 1 / m) + (4 / min(n, m) if min(i + j, n + m - i - j) < 30 else 0)
    return max(abs(i / n - j / m) - slack, 0.0) / error


def _moments(x: np.ndarray, y: np.ndarray, key: str) -> list[tuple[float, str]]:
    if x.std() == 0 and y.std() == 0:
        return [(0.0 if x[0] == y[0] else np.inf, f"constant: {key}")]
    if min(x.std(), y.std()) < 1e-6 * max(x.std(), y.std()):
        return [(np.inf, f"constant in one: {key}")]
    out = [(abs(x.mean() - y.mean()) / np.hypot(_error(x), _error(y)), f"mean: {key}")]
    spread = np.hypot(_error(_log_sd_influence(x)), _error(_log_sd_influence(y)))
    if spread > 0:
        out.append((abs(np.log(x.std() / y.std())) / spread, f"sd: {key}"))
    pooled = np.concatenate([x, y])
    for point in POINTS:
        # A count variable has atoms; the middle of the atom is what both are compared at.
        cut = np.quantile(pooled, point)
        below = [int((z < cut).sum()) for z in (x, y)]
        out.append((_proportions(below[0], len(x), below[1], len(y)), f"{point:.0%} point: {key}"))
    return out


def _error(x: np.ndarray) -> float:
    return float(x.std() / np.sqrt(len(x)))


def _log_sd_influence(x: np.ndarray) -> np.ndarray:
    return ((x - x.mean()) / x.std()) ** 2 / 2


def _correlations(a: np.ndarray, b: np.ndarray, keys: list[str]) -> list[tuple[float, str]]:
    (r, v), (s, w) = _correlation(a), _correlation(b)
    z = np.abs(r - s) / np.sqrt(v + w + 1e-12)
    return [(float(z[i, j]), f"correlation: {keys[i]}, {keys[j]}") for i in range(len(keys)) for j in range(i)]


def _correlation(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correlations and the variances of their estimates, from the influence z_i z_j − r (z_i² + z_j²)/2."""
    n = x.shape[1]
    z = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    r = z @ z.T / n
    q = z**2
    qq, cross = q @ q.T / n, (q * z) @ z.T / n
    fourth = np.diag(qq)
    inside = (fourth[:, None] + fourth[None, :] + 2 * qq) / 4
    variance = qq - r * (cross + cross.T) + r**2 * inside
    return r, np.maximum(variance, 0) / n


def limit(count: int) -> float:
    """Return the largest difference that is allowed among ``count``."""
    return float(stats.norm.isf(ALARM / (2 * count)))


def compare(a: Any, b: Any) -> str:
    """Return what differs between two runs, nothing if they agree."""
    found = differences(features(a), features(b))
    allowed = limit(len(found))
    wrong = [f"{what}: {size:.1f} standard errors" for size, what in found if not size <= allowed]
    return (
        "" if not wrong else f"{len(wrong)} of {len(found)} differ by more than {allowed:.2f}: " + "; ".join(wrong[:8])
    )

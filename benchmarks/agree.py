"""Whether two programs simulate the same election: means and standard deviations within Monte Carlo error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Disagreement", "compare", "compare_moments", "compare_stations", "features", "worst"]

Array = NDArray[Any]

#: Standard errors that a difference may have; with some 200 comparisons, chance passes it once in 10,000 times.
LIMIT = 5.0


class Disagreement(AssertionError):
    """Two programs that should simulate the same election do not."""


def features(result: Mapping[str, Array]) -> dict[str, Array]:
    """Return numbers by draw that show every part of the model: (draws,) or (draws, k) each.

    ``result`` holds ``registered, ballots_cast, invalid_ballots, votes, winner, runoff``.
    """
    registered, ballots = result["registered"].astype(float), result["ballots_cast"].astype(float)
    invalid, votes = result["invalid_ballots"].astype(float), result["votes"].astype(float)
    if not np.array_equal(result["ballots_cast"], result["invalid_ballots"] + result["votes"].sum(axis=-1)):
        raise Disagreement("votes and invalid ballots do not add up to the ballots cast")
    leader = votes[..., 0] / votes.sum(axis=-1)
    national = votes.sum(axis=1)
    return {
        "share of each option": national / national.sum(axis=-1, keepdims=True),
        "share of the leader by region": leader,
        "difference between the leader's regional shares": leader[:, :-1] - leader[:, 1:],
        "turnout": ballots.sum(axis=-1) / registered.sum(),
        "turnout by region": ballots / registered,
        "difference between regional turnouts": (ballots / registered)[:, :-1] - (ballots / registered)[:, 1:],
        "invalid share": invalid.sum(axis=-1) / ballots.sum(axis=-1),
        "the leader does not win": result["winner"] != 0,
        "second round": result["runoff"] != 0,
    }


def compare(a: Mapping[str, Array], b: Mapping[str, Array]) -> dict[str, float]:
    """Return, for each feature, the largest difference of means or sds in standard errors of the difference."""
    out = {}
    one, two = features(a), features(b)
    for name, x in one.items():
        if x.dtype == bool:
            out[name] = _events(x, two[name])
            continue
        (m1, v1, s1, w1), (m2, v2, s2, w2) = _moments(x), _moments(two[name])
        means = _ratio(m1 - m2, v1 + v2)
        sds = _ratio(s1 - s2, w1 + w2)
        out[name] = float(max(np.max(np.abs(means)), np.max(np.abs(sds))))
    return out


def compare_moments(name: str, x: Array, y: Array) -> dict[str, float]:
    """Compare means and sds of counts over draws, place by place."""
    (m1, v1, s1, w1), (m2, v2, s2, w2) = _moments(x.astype(float)), _moments(y.astype(float))
    means, sds = _ratio(m1 - m2, v1 + v2), _ratio(s1 - s2, w1 + w2)
    return {name: float(max(np.max(np.abs(means)), np.max(np.abs(sds))))}


def compare_stations(a: Sequence[Mapping[str, Array]], b: Sequence[Mapping[str, Array]]) -> dict[str, float]:
    """Compare what is kept by station, from independent batches of draws of both programs.

    All stations of a draw share its swings, so nothing averages out within a batch; the standard errors come
    from the differences between batches.  Station variances are taken in units of the regions' variances of
    the same batch, in which the shared swings cancel.
    """
    one, two = ([_station_features(batch) for batch in batches] for batches in (a, b))
    out = {}
    for name in one[0]:
        x, y = (np.array([batch[name] for batch in batches]) for batches in (one, two))
        error = x.var(axis=0, ddof=1) / len(x) + y.var(axis=0, ddof=1) / len(y)
        out[name] = float(np.max(np.abs(_ratio(x.mean(axis=0) - y.mean(axis=0), error))))
    return out


def _station_features(result: Mapping[str, Array]) -> dict[str, Array]:
    out = {}
    for name, by_region in (("station_ballots", "ballots_cast"), ("station_votes", "votes")):
        regional = result[by_region].astype(float).var(axis=0, ddof=1).sum(axis=0)
        out[f"{name}: mean"] = np.sqrt(result[f"{name}_mean"]).mean(axis=0)
        out[f"{name}: sd"] = np.log((result[f"{name}_sd"] ** 2).sum(axis=0) / regional).mean()
    return out


def worst(*comparisons: Mapping[str, float]) -> float:
    """Return the largest difference; raise if it is more than chance.

    Raises
    ------
    Disagreement
        With the features that differ.
    """
    every = {name: z for one in comparisons for name, z in one.items()}
    far = {name: z for name, z in every.items() if not z <= LIMIT}
    if far:
        raise Disagreement("; ".join(f"{name}: {z:.1f} standard errors apart" for name, z in far.items()))
    return max(every.values())


def _moments(x: Array) -> tuple[Array, Array, Array, Array]:
    """Mean, its squared standard error, standard deviation, its squared standard error; over axis 0."""
    n = len(x)
    mean = x.mean(axis=0)
    square = (x - mean) ** 2
    variance = square.mean(axis=0)
    sd = np.sqrt(variance)
    of_variance = square.var(axis=0) / n
    return mean, variance / n, sd, of_variance / (4 * np.maximum(variance, 1e-300))


def _events(a: Array, b: Array) -> float:
    """Return how far two numbers of rare events are apart, with the variance that both together suggest."""
    share = (a.sum() + b.sum() + 1) / (len(a) + len(b) + 2)
    return float(abs(a.mean() - b.mean()) / np.sqrt(share * (1 - share) * (1 / len(a) + 1 / len(b))))


def _ratio(difference: Array, variance: Array) -> Array:
    return np.where(difference == 0, 0.0, difference / np.sqrt(np.maximum(variance, 1e-300)))

"""Which figures tell of which parameters, tried before anything is sampled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibrate.coordinates import Coordinate
from sim.analysis.calibrate.synthetic import SyntheticLikelihood, moments
from sim.analysis.calibrate.targets import Target
from sim.analysis.rows import Complaints
from sim.errors import SimError

__all__ = ["identified"]

F64 = NDArray[np.float64]

#: The quantiles of the prior between which a parameter is moved.
LOW, HIGH = 0.05, 0.95
#: Where the others stay: off the median, which may be 0, where some do nothing and are refused.
MIDDLE = 0.55
#: A figure that moves by less than this part of its spread tells nothing.
NEGLIGIBLE = 0.02
#: Spread, log-odds, below which a figure is taken not to vary: what counting alone gives is no evidence of anything.
COUNTING = 0.005


def identified(
    likelihood: SyntheticLikelihood, targets: Sequence[Target], coordinates: Mapping[str, Coordinate], observed: bool
) -> tuple[list[Target], list[tuple[str, str]]]:
    """Return the targets that some parameter moves, and of observed figures those that none does.

    Each parameter goes from the 5 % to the 95 % quantile of its prior, the others near their medians, with the same
    luck.  A figure is moved if its mean or the logarithm of its sd changes by more than 2 % of the figure's spread
    (with 0.005 for the noise of counting) and more than three Monte Carlo standard errors.

    Raises
    ------
    ScenarioError
        With every parameter that moves no target, and every target that no parameter moves (of observed figures only
        if that is all of them).
    """
    middles = {path: _at(one, MIDDLE) for path, one in coordinates.items()}
    moved = np.zeros((len(coordinates), len(targets)), bool)
    for i, (path, one) in enumerate(coordinates.items()):
        try:
            low, high = (likelihood.simulate({**middles, path: _at(one, p)}) for p in (LOW, HIGH))
        except SimError:
            # No scenario there; what the parameter does is left to the sampler.
            moved[i] = True
            continue
        moved[i] = _moves(low, high, likelihood)
    complaints, left = Complaints("fit"), []
    for path, any_moved in zip(coordinates, [any(row) for row in moved.tolist()]):
        if not any_moved:
            complaints.add(f"{path}: moves none of the targets, so that they cannot tell what it is; leave it out")
    for target, any_moved in zip(targets, [any(row) for row in moved.T.tolist()]):
        if not any_moved:
            left.append((target.label, "no parameter with a prior moves it"))
    if not observed or len(left) == len(targets):
        for label, reason in left:
            complaints.add(f"{label}: {reason}")
    complaints.raise_if_any()
    names = {label for label, _ in left}
    return [target for target in targets if target.label not in names], left


def _at(one: Coordinate, p: float) -> float:
    return float(one.quantile(np.asarray(p)))


def _moves(low: F64, high: F64, likelihood: SyntheticLikelihood) -> NDArray[np.bool_]:
    n = len(low)
    first, last = moments(low), moments(high)
    before, after = (np.sqrt(np.diag(likelihood.spread(one))) for one in (first, last))
    before, after = np.hypot(before, COUNTING), np.hypot(after, COUNTING)
    spread = np.minimum(before, after)
    shift = np.abs(last.mean - first.mean)
    noise = (high - low).std(axis=0, ddof=1) / np.sqrt(n)
    own = np.sqrt(np.stack([np.diag(first.covariance), np.diag(last.covariance)]))
    together = ((low - first.mean) * (high - last.mean)).sum(axis=0) / (n - 1)
    r = np.divide(together, own.prod(axis=0), out=np.zeros_like(together), where=own.prod(axis=0) > 0)
    wider = np.abs(np.log(after / before))
    by_mean = shift > np.maximum(NEGLIGIBLE * spread, 3 * noise)
    by_spread = wider > np.maximum(NEGLIGIBLE, 3 * np.sqrt(np.maximum(1 - r**2, 0) / n))
    return np.asarray(by_mean | by_spread)

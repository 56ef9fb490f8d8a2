"""Sizes of swings from a panel of earlier votes, and what the panel says of a new one."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibrate.gaussian import Likelihood, maximum
from sim.analysis.rows import Source, unknown
from sim.errors import Fault, SimError

if TYPE_CHECKING:
    import xarray as xr

    from sim.analysis.calibrate.prediction import Prediction

__all__ = ["Panel", "fit_panel"]

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Observations:
    """The panel as arrays, one entry for each cell that is there.

    Attributes
    ----------
    y
        Log-odds (or log-ratios).
    region, vote
        Index of each into ``regions`` and ``votes``.
    blocks
        Name → whether a region (region,) belongs to it.
    """

    y: F64
    region: NDArray[np.int64]
    vote: NDArray[np.int64]
    regions: tuple[str, ...]
    votes: tuple[str, ...]
    blocks: Mapping[str, NDArray[np.bool_]]

    def design(self, region: NDArray[np.int64]) -> F64:
        """Return the columns of the mean: one, and one for each block, (cell, 1 + blocks)."""
        columns = [np.ones(len(region)), *(inside[region].astype(float) for inside in self.blocks.values())]
        return np.stack(columns, axis=1)

    def factors(self) -> dict[str, F64]:
        """Return the columns of each component but the residual: which cells share a number, (cell, numbers)."""
        votes = (self.vote[:, None] == np.arange(len(self.votes))).astype(float)
        out = {"region": (self.region[:, None] == np.arange(len(self.regions))).astype(float), "national": votes}
        return out | {f"block {name}": votes * inside[self.region, None] for name, inside in self.blocks.items()}


@dataclass(frozen=True, repr=False)
class Panel:
    """Sizes of swings, fitted to a panel of earlier votes.

    Attributes
    ----------
    table
        `xarray.Dataset` over ``component`` (``region``: lasting differences between regions; ``national``: between
        votes; ``block <name>``: of a set of regions against the others, between votes; ``residual``): ``sd``, its
        standard error ``sd_se`` (NaN where the sd is 0, the end of its range) and the 95 % interval ``low``, ``high``,
        log-normal; over ``mean_component``: ``mean``, ``mean_se``; over ``region``: ``effect``, the deviation of the
        region from its mean (best linear prediction), and ``effect_sd``.  Attributes: ``log_likelihood``,
        ``method``, ``cells``.
    """

    table: xr.Dataset
    _seen: Observations
    _likelihood: Likelihood
    _weights: F64
    _nation: Mapping[str, float]
    _all: Mapping[str, Mapping[str, float]]
    _file: str

    def sd(self, component: str) -> float:
        """Return the standard deviation of a component."""
        return float(self.table["sd"].sel(component=component))

    def predict(
        self,
        national: float | None = None,
        vote: str | None = None,
        observed: Mapping[str, float] | None = None,
    ) -> Prediction:
        """Predict the regions of a further vote from its national turnout.

        Given the panel the log-odds y of the regions are normal, N(m, C): lasting effects by their best linear
        prediction, national and block swings and residuals anew, the error of the mean included.  Given besides
        that ``Σ_r w_r logistic(y_r) = T`` they are normal to first order around the likeliest point that meets it,

            y ← m + C g (T − Σ w logistic(y) − g·(m − y)) / (g·C g),      g = w p (1 − p),    C ← C − C g gᵀ C / (g·C g)

        (the iterated extended Kalman update).  The sizes of the swings are taken as they were fitted.

        Parameters
        ----------
        national
            T, a share; by default that of ``vote`` in the rows of the nation.
        vote
            A vote of the table that was held out; its regional figures are then what the prediction is scored on.
        observed
            Region → share, to score on.

        Raises
        ------
        SimError
            If the national turnout is missing or no share, or the panel is not one of turnouts.

        References
        ----------
        Jazwinski 1970, Stochastic Processes and Filtering Theory, ch. 8 (iterated update).
        """
        from sim.analysis.calibrate.prediction import predict

        if self.table.attrs["link"] != "logit":
            raise SimError("predict: a panel of log-ratios has no national turnout to be given")
        if vote is not None:
            held_out(vote, self._all, self._seen.votes)
            observed = self._all[vote] if observed is None else observed
            national = self._nation.get(vote) if national is None else national
        if national is None:
            raise SimError(
                "predict: the national turnout is missing; give national=, or a vote with a row of the nation"
            )
        if not isinstance(national, int | float) or not 0 < national < 1:
            raise SimError(f"predict: national: expected a share between 0 and 1, got {national!r}")
        return predict(self._seen, self._likelihood, self._weights, float(national), observed or {})

    def changes(self, section: str = "turnout", uncertain: bool = False) -> dict[str, Any]:
        """Return what `Scenario.change` takes to bring the swings into a scenario.

        Parameters
        ----------
        section
            ``turnout`` or ``voters``.
        uncertain
            Write each as ``{lognormal: [sd, standard error / sd], source: …}``, drawn anew in every draw.
        """
        from sim.analysis.calibrate.panel_file import changes

        return changes(self, section, uncertain)

    def to_yaml(self, extends: str | os.PathLike[str] | None = None, section: str = "turnout") -> str:
        """Return the swings as a variant of a scenario, each with its standard error."""
        from sim.analysis.calibrate.panel_file import text

        return text(self, extends, section)

    def __repr__(self) -> str:
        from sim.analysis.calibrate.panel_tables import page
        from sim.analysis.tables import as_text

        return as_text(*page(self))

    def _repr_html_(self) -> str:
        from sim.analysis.calibrate.panel_tables import page
        from sim.analysis.tables import as_html

        return as_html(*page(self))


def held_out(vote: str, known: Mapping[str, Any], fitted: Sequence[str]) -> None:
    """Raise unless the vote stands in the table and was not fitted."""
    for message in unknown([vote], list(known), "vote"):
        raise SimError(f"predict: {message} in the panel")
    if vote in fitted:
        raise SimError(f"predict: vote {vote!r} is one of those fitted; leave it out with votes=")


def fit_panel(
    table: Any,
    *,
    value: str = "value",
    vote: str = "vote",
    region: str = "region",
    votes: Iterable[str] | None = None,
    nation: str | None = None,
    blocks: Mapping[str, Iterable[str]] | None = None,
    weights: Any = None,
    against: str | None = None,
    method: Literal["ml", "reml"] = "ml",
) -> Panel:
    """Fit the sizes of swings to a panel of earlier votes.

    For the vote t and the region r

        y_rt = μ + Σ_b β_b [r ∈ b] + a_r + n_t + Σ_b s_bt [r ∈ b] + e_rt,      y = logit(turnout)

    with independent normal a (lasting differences), n (national swing), s (swing of a block) and e (residual), whose
    variances are found by maximum likelihood over all cells together; μ and β are profiled out.  Cells may be missing.
    Standard errors are from the observed information, √(diag H⁻¹)/(2 sd).  A correlation of the residuals that is
    equal between all regions is the national swing, and not a further number: ``n²/(n² + e²)``.

    Parameters
    ----------
    table
        Path of a CSV table, rows, or a pandas DataFrame; one row for each region and vote.
    value, vote, region
        Names of the columns.
    votes
        The votes to fit; all by default.  The others are held out for `Panel.predict`.
    nation
        The "region" under which national figures stand.  They are not fitted; the last one of a vote is its turnout.
    blocks
        Name → regions that swing together, with a mean of their own.
    weights
        Registered voters of the regions, for `Panel.predict`: ``{region: number}``, or a table with the columns
        ``region, registered``.  Equal by default.
    against
        Column of the share that ``value`` is measured against: y = log(value / against), of two options' vote shares.
    method
        ``ml``, or ``reml`` (restricted; without the downward bias of few votes).

    Raises
    ------
    ScenarioError
        With every fault of the table; where what is asked cannot be told apart, with the reason.

    References
    ----------
    Patterson & Thompson 1971, doi 10.1093/biomet/58.3.545; Searle, Casella & McCulloch 1992, Variance Components.
    """
    source = Source(table, "panel")
    if not source.need(value, vote, region, *([against] if against else [])):
        source.complaints.raise_if_any()
    cells = _cells(source, value, against)
    places = [(str(row.get(vote, "")), str(row.get(region, ""))) for row in source.rows]
    _check_rows(source, places, vote, region, nation)
    known = list(dict.fromkeys(v for v, r in places if v and r != nation))
    wanted = known if votes is None else list(dict.fromkeys(map(str, votes)))
    for message in unknown(wanted, known, "vote"):
        source.complaints.add(message)
    regions = tuple(sorted({r for v, r in places if r and r != nation}))
    sets = {str(name): [str(one) for one in members] for name, members in (blocks or {}).items()}
    for message in _block_faults(sets, regions):
        source.complaints.add(message)
    if method not in ("ml", "reml"):
        source.complaints.add(f"method: expected 'ml' or 'reml', got {method!r}")
    kept = [(v, r, y) for (v, r), y in zip(places, cells) if r != nation and v in wanted and not math.isnan(y)]
    for message in _too_few(kept):
        source.complaints.add(message)
    size = _weights(weights, regions, source)
    source.complaints.raise_if_any()
    seen = Observations(
        np.array([y for _, _, y in kept]),
        np.array([regions.index(r) for _, r, _ in kept], np.int64),
        np.array([wanted.index(v) for v, _, _ in kept], np.int64),
        regions,
        tuple(wanted),
        {name: np.isin(regions, members) for name, members in sets.items()},
    )
    best = maximum(seen.y, seen.design(seen.region), seen.factors(), method)
    shares = source.numbers(value) if against is None else []
    national = {v: share for (v, r), share in zip(places, shares) if r == nation and not math.isnan(share)}
    regional: dict[str, dict[str, float]] = {v: {} for v in known}
    for (v, r), share in zip(places, shares):
        if r != nation and not math.isnan(share):
            regional[v][r] = share
    from sim.analysis.calibrate.prediction import effects

    data = _table(seen, best, effects(seen, best), method, "logit" if against is None else "log-ratio")
    name = "the panel" if source.complaints.table is None else Path(source.complaints.table.file).name
    return Panel(data, seen, best, size, national, regional, name)


def _cells(source: Source, value: str, against: str | None) -> list[float]:
    """Return y of every row, NaN where the cell is empty."""
    first = source.numbers(value, 0, 1)
    other = source.numbers(against, 0, 1) if against else [math.nan] * len(first)
    out = []
    for i, (p, q) in enumerate(zip(first, other)):
        if p == 0 or (p == 1 and against is None) or q == 0:
            column = against if q == 0 and against else value
            source.complaints.add("a share of 0 or 1 has no log-odds; leave the cell empty", i, column)
            out.append(math.nan)
        else:
            out.append(math.log(p / q) if against else math.log(p) - math.log1p(-p))
    return out


def _check_rows(source: Source, places: Sequence[tuple[str, str]], vote: str, region: str, nation: str | None) -> None:
    seen: dict[tuple[str, str], int] = {}
    for i, (v, r) in enumerate(places):
        for name, cell in ((vote, v), (region, r)):
            if not cell:
                source.complaints.add(f"the row has no {name!r}", i)
        if r != nation and (v, r) in seen:
            source.complaints.add(f"region {r!r} stands twice in vote {v!r} (first in row {seen[v, r] + 1})", i, region)
        seen.setdefault((v, r), i)
    if nation is not None and all(r != nation for _, r in places):
        source.complaints.add(f"there is no row of the nation, {region} {nation!r}")


def _block_faults(blocks: Mapping[str, Sequence[str]], regions: Sequence[str]) -> Iterable[str]:
    sets = [frozenset(members) for members in blocks.values()]
    for name, members in blocks.items():
        yield from (f"blocks.{name}: {message}" for message in unknown(members, regions, "region"))
        if not members:
            yield f"blocks.{name}: has no regions"
        elif set(members) >= set(regions):
            yield f"blocks.{name}: holds every region, so that its swing is the national one"
        elif sets.count(frozenset(members)) > 1:
            yield f"blocks.{name}: has the regions of another block, from which it cannot be told apart"


def _too_few(kept: Sequence[tuple[str, str, float]]) -> Iterable[str]:
    """Tell what a panel needs for its components to be told apart."""
    regions, votes = {r for _, r, _ in kept}, {v for v, _, _ in kept}
    if len(votes) < 2:
        yield f"{len(votes)} vote: lasting differences and residuals cannot be told apart; at least 2 votes are needed"
    if len(regions) < 2:
        yield f"{len(regions)} region: national swing and residuals cannot be told apart; at least 2 regions are needed"


def _weights(weights: Any, regions: Sequence[str], source: Source) -> F64:
    """Return the weights of the regions, summing to one."""
    if weights is None:
        return np.full(len(regions), 1 / max(len(regions), 1))
    if not isinstance(weights, Mapping):
        table = Source(weights, "weights")
        if not table.need("region", "registered"):
            table.complaints.raise_if_any()
        values = table.numbers("registered", 0)
        source.complaints.faults += table.complaints.faults
        weights = dict(zip(table.texts("region"), values))
    found = [weights.get(region, math.nan) for region in regions]
    bad = [r for r, w in zip(regions, found) if not isinstance(w, int | float) or not (math.isfinite(w) and w >= 0)]
    if bad:
        source.complaints.add(f"weights: no number of registered voters for region {', '.join(bad)}")
        return np.full(len(regions), math.nan)
    total = math.fsum(found)
    if total <= 0:
        source.complaints.faults.append(Fault("weights", 0, 0, "", "all are 0"))
        return np.full(len(regions), math.nan)
    return np.array(found) / total


def _table(seen: Observations, best: Likelihood, found: tuple[F64, F64], method: str, link: str) -> xr.Dataset:
    import xarray as xr

    sd, error = best.sizes()
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(1.959963984540054 * error / sd)
    mean, mean_error = best.means()
    data = {
        "sd": ("component", sd, {"long_name": "standard deviation, log-odds"}),
        "sd_se": ("component", error, {"long_name": "its standard error, observed information"}),
        "low": ("component", sd / factor, {"long_name": "lower end of the 95 % interval"}),
        "high": ("component", sd * factor, {"long_name": "upper end of the 95 % interval"}),
        "mean": ("mean_component", mean, {"long_name": "mean log-odds, and what a block adds"}),
        "mean_se": ("mean_component", mean_error, {"long_name": "its standard error"}),
        "effect": ("region", found[0], {"long_name": "lasting deviation of the region from its mean, log-odds"}),
        "effect_sd": ("region", found[1], {"long_name": "standard deviation of its prediction error"}),
    }
    coords = {
        "component": list(best.names),
        "mean_component": ["mean", *(f"block {name}" for name in seen.blocks)],
        "region": list(seen.regions),
    }
    attrs = {
        "log_likelihood": best.value,
        "method": method,
        "cells": len(seen.y),
        "votes": ", ".join(seen.votes),
        "regions": len(seen.regions),
        "link": link,
    }
    return xr.Dataset(data, coords, attrs)

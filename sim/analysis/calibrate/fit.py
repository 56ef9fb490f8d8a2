"""Calibration: the baseline parameters with which a scenario's expectation is what was observed."""

from __future__ import annotations

import hashlib
import math
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibrate.expectation import expect
from sim.analysis.calibrate.files import write_text
from sim.analysis.calibrate.intercepts import Level, Moved, free_intercepts, unfitted
from sim.analysis.calibrate.parameters import Parameter, parameters, table
from sim.analysis.calibrate.targets import Key, Target, read_targets
from sim.analysis.rows import Complaints
from sim.engine.run import LARGEST_DRAWS, whole
from sim.errors import ScenarioError, SimError

if TYPE_CHECKING:
    import xarray as xr

    from sim.scenario.scenario import Scenario

__all__ = ["Fit", "fit"]

F64 = NDArray[np.float64]
Progress = Callable[[int, int], None]

#: Draws with which the search begins, and the most that it chooses by itself.
FIRST_DRAWS = 16_384
MOST_DRAWS = 4_000_000
#: The search ends at this part of the tolerance; the Monte Carlo error is brought to half of it.
SHARPER = 0.1
ITERATIONS = 40
#: Log-odds beyond which a target counts as out of reach.
FAR = 30.0
LONGEST_STEP = 3.0


@dataclass(frozen=True, repr=False)
class Fit:
    """A calibrated scenario, and how well it meets its targets.

    Attributes
    ----------
    scenario
        The scenario with the fitted values, validated.
    table
        `xarray.Dataset` over ``target``: ``goal``, ``goal_sd`` (log-odds), ``before`` and ``fitted`` (expectations
        on the fitted seed), ``fitted_mcse``, ``check`` (on another seed), ``difference = check − goal`` and its
        standard error ``difference_mcse``; and over ``parameter``: ``old``, ``new``, ``new_sd``.
    parameters
        The fitted numbers one by one, with standard error and source.
    unfitted
        Figures of ``observed`` that were left out, each with the reason.
    """

    scenario: Scenario
    table: xr.Dataset
    parameters: tuple[Parameter, ...]
    unfitted: tuple[tuple[str, str], ...]
    _moved: Moved

    def to_yaml(self, folder: str | os.PathLike[str] | None = None) -> str:
        """Return the fitted scenario as a file for a folder.

        Where the original lies in that folder or below it, a variant that extends it, with the uncertainty and
        the source of every value; else, or where no variant would say the same, the whole resolved scenario.
        By default the folder of the original.
        """
        from sim.analysis.calibrate.variant import variant

        return variant(self, folder)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted scenario to a file.

        Raises
        ------
        SimError
            If the file cannot be written.
        """
        write_text(path, self.to_yaml(Path(path).parent))

    def __repr__(self) -> str:
        from sim.analysis.calibrate.fit_tables import page
        from sim.analysis.tables import as_text

        return as_text(*page(self))

    def _repr_html_(self) -> str:
        from sim.analysis.calibrate.fit_tables import page
        from sim.analysis.tables import as_html

        return as_html(*page(self))


def fit(
    scenario: Scenario,
    targets: Any = None,
    *,
    draws: int | None = None,
    seed: int | None = None,
    tolerance: float = 1e-4,
    progress: Progress | None = None,
) -> Fit:
    """Find the baseline parameters with which a scenario's expectation meets its targets.

    Every part says which of its fields hold free intercepts (`sim.election.part.Part.intercepts`).  With a fixed
    seed the expectation over the draws is a deterministic function of them, since every random number belongs to
    its draw.  An intercept b moves on the log-odds scale,

        b ← b + (logit t − logit m(b)) / a

    with the target t, the mean m over the draws and the secant slope a of logit m; of vote shares the log of each
    share against that of the options without a target.  What a target frees:

    - of the nation: one shift of the log-odds of all regions, which keeps their pattern;
    - of a region: the intercept of that region.  A baseline of the nation becomes a table by region for it;
    - of the nation beside some regions: the shift of all other regions.  Beside all regions it is refused.

    Parameters
    ----------
    scenario
        What to calibrate.
    targets
        Shares ``vote_share``, ``turnout``, ``invalid_share`` of the nation or a region: the path of a CSV table with
        the columns ``variable, region, option, value`` (and ``source``), such rows, a pandas DataFrame, or
        ``{variable: value}`` with ``{region: value}``, ``{option: value}``, ``{region: {option: value}}`` as the
        value.  By default the scenario's ``observed`` figures, less those that no intercept is left for.
        Rows with a sample size ``n``, a ``house`` and the sd of its error ``house_sd`` are polls: those of one
        figure are pooled (variance ``p(1 − p)/n + house_sd²``), and the fitted intercept becomes a distribution
        ``logit_normal`` with their standard error; shares that are scaled to sum to one have it once scaled.
    draws
        Draws of one expectation; by default so many that the Monte Carlo standard error of every target is at most
        half the tolerance, or 4,000,000.
    seed
        By default that of the scenario.
    tolerance
        How near the expectation comes to each target, a share.
    progress
        Called with (draws done, draws in all) of each expectation.

    Returns
    -------
    Fit
        Prints as tables.  ``fitted`` is within the tolerance of the target on the fitted seed; ``check`` is the same
        on an independent seed, with the Monte Carlo standard error of its difference from the target.

    Raises
    ------
    ScenarioError
        With every target that is malformed, names what does not exist, or cannot be fitted, and the reason.
    SimError
        If the model cannot reach a target, with how near it came.

    References
    ----------
    Common random numbers: Glasserman & Yao 1992, doi 10.1287/mnsc.38.6.884.
    """
    if not isinstance(tolerance, int | float) or not 1e-7 <= tolerance < 0.5:
        raise SimError(f"tolerance: expected a number in [1e-07, 0.5), got {tolerance!r}")
    if draws is not None:
        draws = whole("draws", draws, 2, LARGEST_DRAWS)
    seed = scenario.run.seed if seed is None else seed
    seed = whole("seed", secrets.randbits(63) if seed is None else seed, 0, 2**64 - 1)
    found, complaints = read_targets(scenario, targets)
    kept, left = _choose(scenario, found, targets is None, complaints)
    levels = free_intercepts(scenario, kept, complaints)
    complaints.raise_if_any()
    search = _Search(scenario, levels, seed, tolerance, progress)
    if not levels:
        raise SimError("targets: every one is 0 or 1 and so already; there is nothing to fit")
    before = search.run(draws)
    return search.result(before, left)


def _choose(
    scenario: Scenario, found: Sequence[Target], observed: bool, complaints: Complaints
) -> tuple[list[Target], list[tuple[str, str]]]:
    """Return the targets to fit, and of the observed figures those left out."""
    reasons = {target.key: why for target, why in unfitted(scenario, found)}
    kept = [target for target in found if target.key not in reasons]
    if not observed:
        for target in found:
            if target.key in reasons:
                complaints.add(f"{target.label}: {reasons[target.key]}")
        return kept, []
    if not kept:
        complaints.add("the scenario has no 'observed' share that could be fitted; pass targets")
    return kept, [(target.label, reasons[target.key]) for target in found if target.key in reasons]


class _Search:
    """The search for the shifts of all levels at once."""

    def __init__(
        self, scenario: Scenario, levels: Sequence[Level], seed: int, tolerance: float, progress: Progress | None
    ) -> None:
        self.original, self.levels, self.seed, self.tolerance = scenario, levels, seed, tolerance
        self.progress = progress
        self.targets = [target for level in levels for target in level.targets]
        self.keys = [target.key for target in self.targets]
        self.goal = np.array([target.value for target in self.targets])
        self.ends = np.cumsum([0, *(len(level.targets) for level in levels)])
        self.slopes = np.ones(len(self.targets))
        self.shift = np.zeros(len(self.targets))
        self.draws = FIRST_DRAWS
        self.spread = {target.key: target.sd for target in self.targets if target.sd}

    def run(self, draws: int | None) -> F64:
        """Find the shifts; return the expectations before."""
        self.draws = FIRST_DRAWS if draws is None else draws
        first, sd, n = self.means(self.original, self.seed)
        for target, times in zip(self.targets, n):
            if times == 0:
                raise SimError(f"targets: {target.label} does not exist in any draw: nobody votes there")
        if draws is None:
            # Begin with few draws; the many then find the place almost reached.
            rough = float(max(self.tolerance, 0.2 * np.max(sd) / math.sqrt(FIRST_DRAWS)))
            _, sd = self.search(rough)
            wanted = math.ceil(float(np.max(sd)) ** 2 / (self.tolerance / 2) ** 2)
            self.draws = min(MOST_DRAWS, max(FIRST_DRAWS, wanted))
            if self.draws > FIRST_DRAWS:
                first, _, _ = self.means(self.original, self.seed)
        self.mean, self.sd = self.search(SHARPER * self.tolerance)
        return first

    def moved(self) -> Moved:
        """Return the fields as they are now."""
        for level, start, end in zip(self.levels, self.ends, self.ends[1:]):
            level.shift = self.shift[start:end]
        spread = {key: sd / slope for (key, sd), slope in zip(self._spreads(), self._slopes())}
        return Moved.by(self.levels, spread)

    def _spreads(self) -> list[tuple[Key, float]]:
        return [(key, self.spread[key]) for key in self.keys if key in self.spread]

    def _slopes(self) -> list[float]:
        return [float(slope) for key, slope in zip(self.keys, self.slopes) if key in self.spread]

    def scenario(self) -> Scenario:
        """Return the scenario at the shifts, or say which target leads where there is none."""
        try:
            return self.original.change(self.moved().changes(self.original))
        except ScenarioError as error:
            reasons = "; ".join(f"{fault.path}: {fault.message}" for fault in error.faults)
            if self.spread and "centre" in reasons:
                reasons += " (targets with a sampling error make uncertain intercepts)"
            raise SimError(f"targets: the scenario that they ask for is not a valid one: {reasons}") from None

    def means(self, scenario: Scenario, seed: int) -> tuple[F64, F64, F64]:
        """Return the expectations of all targets."""
        return expect(scenario, self.keys, self.draws, seed, self.progress)

    def gaps(self, mean: F64) -> F64:
        """Return the distances of the log-odds."""
        parts = [level.gap(mean[a:b]) for level, a, b in zip(self.levels, self.ends, self.ends[1:])]
        return np.concatenate(parts)

    def search(self, near: float) -> tuple[F64, F64]:
        """Move the shifts until every expectation is within ``near`` of its target."""
        mean, sd, _ = self.means(self.scenario(), self.seed)
        best, before = np.inf, None
        for _ in range(ITERATIONS):
            off = float(np.abs(mean - self.goal).max())
            if off <= near:
                return mean, sd
            gap = self.gaps(mean)
            if before is not None:
                self._learn(*before, gap)
            if off > 2 * best:
                self.slopes = np.maximum(self.slopes, 1.0)
            best = min(best, off)
            step = np.clip(gap / self.slopes, -LONGEST_STEP, LONGEST_STEP)
            before = (step, gap)
            self.shift = self.shift + step
            if float(np.abs(self.shift).max()) > FAR:
                break
            mean, sd, _ = self.means(self.scenario(), self.seed)
        if float(np.abs(mean - self.goal).max()) <= self.tolerance:
            return mean, sd
        raise self._out_of_reach(mean)

    def _learn(self, step: F64, old: F64, new: F64) -> None:
        """Take the slopes of the last step where it was long enough to tell."""
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (old - new) / step
        told = (np.abs(step) > 1e-6) & (slope > 0.01) & (slope < 3)
        self.slopes = np.where(told, slope, self.slopes)

    def _out_of_reach(self, mean: F64) -> SimError:
        lines = [
            f"{target.label}: {target.value:g} is asked, {m:.6g} is as near as it came"
            for target, m in zip(self.targets, mean)
            if abs(m - target.value) > self.tolerance
        ]
        head = "targets that the model cannot reach:"
        return SimError(f"{head} {lines[0]}" if len(lines) == 1 else "\n  ".join([head, *lines]))

    def result(self, before: F64, left: Sequence[tuple[str, str]]) -> Fit:
        """Check on an independent seed and put everything together."""
        scenario, moved = self.scenario(), self.moved()
        check_seed = int.from_bytes(
            hashlib.blake2b(f"fit.check/{self.seed}".encode(), digest_size=8).digest(), "little"
        )
        check, check_sd, n = self.means(scenario, check_seed)
        error = self.sd / np.sqrt(n)
        check_error = check_sd / np.sqrt(n)
        columns = {
            "goal": self.goal,
            "goal_sd": np.array([target.sd for target in self.targets]),
            "before": before,
            "fitted": self.mean,
            "fitted_mcse": error,
            "check": check,
            "difference": check - self.goal,
            "difference_mcse": np.hypot(error, check_error),
        }
        attrs = {
            "title": scenario.title,
            "draws": self.draws,
            "seed": str(self.seed),
            "check_seed": str(check_seed),
            "tolerance": self.tolerance,
        }
        log_odds = error / (self.goal * (1 - self.goal)) / self.slopes
        fitted = parameters(self.levels, moved, dict(zip(self.keys, log_odds)))
        return Fit(scenario, table(self.targets, fitted, columns, attrs), tuple(fitted), tuple(left), moved)

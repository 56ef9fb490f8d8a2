"""Bayesian calibration: the posterior of any parameters with a prior, given observed figures."""

from __future__ import annotations

import math
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibrate.coordinates import Coordinate
from sim.analysis.calibrate.files import write_text
from sim.analysis.calibrate.identified import identified
from sim.analysis.calibrate.synthetic import Moments, SyntheticLikelihood, moments
from sim.analysis.calibrate.targets import SHARES, Target, read_targets
from sim.analysis.rows import Complaints
from sim.engine.run import LARGEST_DRAWS, default_threads, whole
from sim.errors import CapacityError, SimError

if TYPE_CHECKING:
    import xarray as xr

    from sim.scenario.scenario import Scenario

__all__ = ["Posterior", "calibrate"]

F64 = NDArray[np.float64]
Progress = Callable[[int, int], None]

DRAWS, STEPS, WALKERS = 500, 500, 16


@dataclass(frozen=True, repr=False)
class Posterior:
    """Parameters as the figures leave them, and the scenario that holds them.

    Attributes
    ----------
    scenario
        The scenario in which every calibrated parameter is a distribution fitted to its posterior by moments: normal
        where the prior has no ends, lognormal on positive numbers, logit_normal on shares, within the ends of the
        prior; with its source.  A parameter that the figures do not identify keeps its prior; one whose field takes
        no distribution becomes the median.  Each stands by itself: correlations between parameters are not kept.
    table
        `xarray.Dataset` over ``parameter``: ``prior_mean``, ``prior_sd``, ``mean``, ``sd``, ``q05``, ``q50``, ``q95``,
        ``contraction = 1 − sd²/prior_sd²``, ``contraction_mcse``, ``autocorrelation`` (steps), ``ess``, ``rhat``,
        ``mcse = sd/√ess``;
        ``correlation`` over (``parameter``, ``parameter_2``); and over ``target``: ``goal``, ``goal_sd``,
        ``predicted_sd``, ``z`` (log-odds) and ``predicted`` (share), of the posterior prediction.
    draws
        `xarray.Dataset` over ``chain`` (walker) and ``draw`` (step): one variable for each parameter, and
        ``log_posterior``.  Opens in ArviZ.
    unidentified
        Parameters whose posterior is their prior: contraction below 0.05, mean moved by less than a quarter of its sd.
    unfitted
        Figures of ``observed`` that were left out, each with the reason.
    medians
        Parameters that stand in the scenario with their median, because their fields take no distribution.
    """

    scenario: Scenario
    table: xr.Dataset
    draws: xr.Dataset
    unidentified: tuple[str, ...]
    unfitted: tuple[tuple[str, str], ...]
    medians: tuple[str, ...]
    _changes: Mapping[str, Any]

    @property
    def converged(self) -> bool:
        """Whether every parameter has an effective sample of 100 and an R-hat of at most 1.05."""
        return not self.doubtful

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Parameters with an effective sample below 100 or an R-hat above 1.05."""
        from sim.analysis.calibrate.posterior import doubtful

        return doubtful(self.table)

    def to_yaml(self, folder: str | os.PathLike[str] | None = None) -> str:
        """Return the calibrated scenario as a file for a folder.

        Where the original lies in that folder or below it, a variant that extends it; else, or where no variant would
        say the same, the whole resolved scenario.  By default the folder of the original.
        """
        from sim.analysis.calibrate.posterior_file import posterior_file

        return posterior_file(self, folder)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the calibrated scenario to a file.

        Raises
        ------
        SimError
            If the file cannot be written.
        """
        write_text(path, self.to_yaml(Path(path).parent))

    def __repr__(self) -> str:
        from sim.analysis.calibrate.posterior_tables import page
        from sim.analysis.tables import as_text

        return as_text(*page(self))

    def _repr_html_(self) -> str:
        from sim.analysis.calibrate.posterior_tables import page
        from sim.analysis.tables import as_html

        return as_html(*page(self))


def calibrate(
    scenario: Scenario,
    targets: Any = None,
    *,
    draws: int = DRAWS,
    steps: int = STEPS,
    burn: int | None = None,
    walkers: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Posterior:
    """Find what observed figures say about the parameters that the scenario gives a prior in ``fit``.

    The posterior is ``p(θ | y) ∝ p(θ) N(y; m(θ), (1 + 1/n) C(θ) + S)``: the figures y on the log-odds scale, normal
    around the mean m of n simulated draws with their covariance C (correlations shrunk) and the figures' own errors S.
    All θ are simulated with the same luck, so that m and C are fixed functions of θ.  An ensemble of walkers samples
    it on a scale without ends, from places near it that a few rounds of importance sampling have found.  A share that
    is a parameter counts as written, before its set is scaled to sum to one, as where it is a distribution.

    The cost is ``walkers × (burn + steps)`` simulations of ``draws`` draws: about 20 seconds for a small scenario.

    Parameters
    ----------
    scenario
        What to calibrate, with a section ``fit``.
    targets
        As in `sim.fit`: a table of shares, rows, or a mapping; by default the scenario's ``observed`` figures.  A
        figure with a sample size ``n`` or a ``house_sd`` has that error; one without is taken as it stands.
    draws
        Draws of each simulation, 50 or more.
    steps, burn
        Steps of the walkers that are kept, 20 or more, and those before; by default a quarter of ``steps``.
    walkers
        An even number, 8 or more and at least twice the parameters; by default 16, or four times the parameters.
    seed
        By default that of the scenario.  The same seed gives the same chains, bit by bit.
    progress
        Called with (draws done, draws in all).

    Returns
    -------
    Posterior
        Prints as tables, with a warning where the chains are too short to be believed.

    Raises
    ------
    ScenarioError
        With every target that is malformed, names what does not exist, or is moved by no parameter, and every
        parameter that moves no target.
    SimError
        If the scenario has no section ``fit``, or the package emcee is not installed.

    References
    ----------
    Synthetic likelihood: Wood 2010, doi 10.1038/nature09319; Price, Drovandi, Lee & Nott 2018,
    doi 10.1080/10618600.2017.1302882.  Sampler: Foreman-Mackey, Hogg, Lang & Goodman 2013, doi 10.1086/670067.
    """
    from sim.analysis.calibrate.posterior import gather
    from sim.analysis.calibrate.sampler import need_emcee, sample
    from sim.analysis.calibrate.start import starting_places

    if not scenario.priors:
        raise SimError(
            "the scenario has no section 'fit', which gives the parameters to calibrate their priors, "
            "e.g. fit: {turnout.baseline: {beta: [70, 30]}}"
        )
    run = _Settings.of(scenario, draws, steps, burn, walkers, seed)
    need_emcee()
    found, complaints = read_targets(scenario, targets)
    kept, left = _usable(scenario, found, targets is None, complaints)
    bare = scenario.change({"fit": None})
    coordinates = {path: Coordinate(prior.distribution) for path, prior in scenario.priors.items()}
    kept, more = identified(SyntheticLikelihood(bare, kept, draws, run.seed), kept, coordinates, targets is None)
    with ThreadPoolExecutor(default_threads(), thread_name_prefix="sim") as pool:
        posterior = _LogPosterior(SyntheticLikelihood(bare, kept, draws, run.seed), coordinates, pool)
        start = starting_places(posterior.terms, list(coordinates.values()), run.walkers, run.seed)
        posterior.tell(progress, draws, run.walkers * (run.burn + run.steps + 1))
        chains = sample(posterior, start, run.steps, run.burn, run.seed)
    return gather(scenario, bare, kept, (*left, *more), coordinates, chains, run, posterior)


@dataclass(frozen=True)
class _Settings:
    """The sizes of a calibration, checked."""

    draws: int
    steps: int
    burn: int
    walkers: int
    seed: int

    @classmethod
    def of(
        cls, scenario: Scenario, draws: int, steps: int, burn: int | None, walkers: int | None, seed: int | None
    ) -> _Settings:
        d = len(scenario.priors)
        draws = whole("draws", draws, 50, LARGEST_DRAWS)
        steps = whole("steps", steps, 20, 10**7)
        burn = whole("burn", steps // 4 if burn is None else burn, 0, 10**7)
        walkers = whole("walkers", max(WALKERS, 4 * d) if walkers is None else walkers, max(8, 2 * d), 10**5)
        if walkers % 2:
            raise SimError(f"walkers: expected an even number, got {walkers}")
        seed = scenario.run.seed if seed is None else seed
        return cls(
            draws, steps, burn, walkers, whole("seed", secrets.randbits(63) if seed is None else seed, 0, 2**64 - 1)
        )


def _usable(
    scenario: Scenario, found: Sequence[Target], observed: bool, complaints: Complaints
) -> tuple[list[Target], list[tuple[str, str]]]:
    """Return the targets that have log-odds to compare, and of the observed figures those left out."""
    listed = {option.id for option in scenario.world.listed_options}
    kept, left = [], []
    for target in found:
        reason = _reason(target, listed)
        if reason:
            left.append((target.label, reason))
        else:
            kept.append(target)
    for last in _implied(kept, listed):
        kept.remove(last)
        left.append((last.label, "the other options of this place leave no other share for it"))
    if not observed:
        # What the others imply is no fault.
        for label, reason in left:
            if "leave no other" not in reason:
                complaints.add(f"{label}: {reason}")
    elif not kept:
        complaints.add("the scenario has no 'observed' share that could be calibrated to; pass targets")
    complaints.raise_if_any()
    return kept, left


def _reason(target: Target, listed: set[str]) -> str:
    if target.variable not in SHARES:
        return f"{target.variable} is a count; a share can be calibrated to (vote_share, turnout, invalid_share)"
    if target.option and target.option not in listed:
        return f"{target.option!r} gets no votes of its own in this scenario"
    return "" if 0 < target.value < 1 else f"{target.value:g} has no log-odds; expected a share between 0 and 1"


def _implied(targets: Sequence[Target], listed: set[str]) -> list[Target]:
    """Return the least share of each place where all options have a target."""
    out = []
    for region in dict.fromkeys(target.region for target in targets):
        here = [one for one in targets if one.variable == "vote_share" and one.region == region]
        if {one.option for one in here} == listed:
            out.append(min(here, key=lambda one: one.value))
    return out


class _LogPosterior:
    """The log posterior of places on the real line, many at once."""

    def __init__(
        self, likelihood: SyntheticLikelihood, coordinates: Mapping[str, Coordinate], pool: ThreadPoolExecutor
    ) -> None:
        self.likelihood, self.coordinates, self._pool = likelihood, coordinates, pool
        self._progress: Progress | None = None
        #: Places tried, those of them that are no scenario, and the reason of the first.
        self.tried, self.impossible, self.reason = 0, 0, ""

    def tell(self, progress: Progress | None, draws: int, places: int) -> None:
        """Tell the progress of so many places from here on."""
        self._progress, self._draws, self._places, self._done = progress, draws, places, 0
        if progress is not None:
            progress(0, draws * places)

    def terms(self, z: F64) -> tuple[F64, F64]:
        """Return log prior and log likelihood, (n,) each."""
        rows = self._rows(z)
        return np.array([one[0] for one in rows]), np.array([one[1] for one in rows])

    def __call__(self, z: F64) -> list[tuple[float, ...]]:
        """Return log posterior, means and variances of the figures of each place."""
        out = []
        k = len(self.likelihood.keys)
        for prior, likelihood, found in self._rows(z):
            own = np.full(2 * k, np.nan)
            if found is not None:
                own = np.concatenate([found.mean, np.diag(found.covariance)])
            # A single value would be taken for the log posterior's own.
            out.append((prior + likelihood, *own.tolist()))
        if self._progress is not None:
            self._done = min(self._done + len(z), self._places)
            self._progress(self._draws * self._done, self._draws * self._places)
        return out

    def _rows(self, z: F64) -> list[tuple[float, float, Moments | None]]:
        rows = list(self._pool.map(self._one, z))
        self.tried += len(rows)
        for prior, _, found in rows:
            self.impossible += found is None and math.isfinite(prior)
        return [(prior, likelihood, found) for prior, likelihood, found in rows]

    def _one(self, z: F64) -> tuple[float, float, Moments | None]:
        pairs = list(zip(self.coordinates.items(), z))
        prior = math.fsum(float(one.log_density(np.asarray(place))) for (_, one), place in pairs)
        if not math.isfinite(prior):
            return -math.inf, -math.inf, None
        values = {path: float(one.value(np.asarray(place))) for (path, one), place in pairs}
        try:
            found = moments(self.likelihood.simulate(values))
        except CapacityError:
            raise
        except SimError as error:
            self.reason = self.reason or str(error).splitlines()[-1].strip()
            return prior, -math.inf, None
        return prior, self.likelihood.log(found), found

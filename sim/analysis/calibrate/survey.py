"""Logit coefficients from the respondents of a survey."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibrate.files import write_text
from sim.analysis.calibrate.multinomial import Design, Maximum, maximum
from sim.analysis.calibrate.quasi import drawn_apart
from sim.analysis.rows import Source, unknown
from sim.errors import SimError

if TYPE_CHECKING:
    import xarray as xr

    from sim.scenario.scenario import Scenario

__all__ = ["Survey", "fit_survey"]

F64 = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Survey:
    """Coefficients of a multinomial logit, fitted to respondents.

    Attributes
    ----------
    table
        `xarray.Dataset` over ``option`` (all but the reference) and ``term`` (``(intercept)``, a covariate,
        ``covariate=category``): ``coefficient`` and its standard error ``se``, log-odds against the reference; over
        ``parameter`` (option, term as one) and ``parameter_2`` their ``covariance``.  Attributes: ``reference``,
        ``respondents``, ``dropped`` (rows with an empty cell), ``log_likelihood``, ``errors`` (``sandwich`` or
        ``information``), ``choice`` and ``weights`` (the columns).
    """

    table: xr.Dataset
    _design: Design
    _best: Maximum
    _file: str

    def shares(self, covariates: Mapping[str, Any] | None = None) -> xr.Dataset:
        """Return the shares of the options, with standard errors by the delta method.

        Parameters
        ----------
        covariates
            Covariate → value, one for each covariate; without it the weighted mean over the respondents, which is
            what they answered.

        Raises
        ------
        SimError
            If a covariate is missing, unknown, or has another value than the respondents'.
        """
        import xarray as xr

        x, weights = self._design.x, self._design.weights
        if covariates is not None:
            x, weights = self._design.row(covariates)[None], np.ones(1)
        p, error = self._best.shares(x, weights)
        data = {
            "share": ("option", p, {"long_name": "share of the option"}),
            "share_se": ("option", error, {"long_name": "its standard error"}),
        }
        return xr.Dataset(data, {"option": list(self._design.options)})

    def changes(self, covariates: Mapping[str, Any] | None = None, uncertain: bool = False) -> dict[str, Any]:
        """Return what `Scenario.change` takes to make these shares, without coefficients, the voters' baseline.

        Parameters
        ----------
        covariates
            See `shares`.
        uncertain
            Write each as ``{logit_normal: [share, sd], source: …}``, the sd so that the log-odds of the shares, drawn
            apart and scaled to sum to one, have their standard errors.
        """
        found = self.shares(covariates)
        source = f"{self.table.attrs['respondents']} respondents of {self._file}"
        out: dict[str, Any] = {}
        shares = found["share"].values
        sds = drawn_apart(shares, found["share_se"].values / (shares * (1 - shares)))
        for option, p, sd in zip(self._design.options, shares.tolist(), sds.tolist()):
            share = round(p, 9)
            out[option] = {"logit_normal": [share, round(sd, 6)], "source": source} if uncertain else share
        return {"voters.baseline": out}

    def into(self, scenario: Scenario, uncertain: bool = True) -> Scenario:
        """Return the scenario with the coefficients in its voters, so that they vote as the respondents said.

        A covariate goes where the electorate has what bears its name: a trait of ``cells`` or ``individuals``, the
        ``region``, or a dimension in which ``spatial`` voters have numbers of their own.  A trait may be of numbers.
        For ``logit`` voters the baseline are the shares at the mean of the covariates, and each covariate is one of
        the ``terms``, measured from there; ``spatial`` voters get valences and positions, with ``directional: 1``.
        The shares are then the fitted ones at zero swing.  Without covariates the mean shares become the baseline of
        any voters.

        Parameters
        ----------
        scenario
            Whose electorate has the covariates, and whose ballot the options.
        uncertain
            Write each number as ``{normal: [coefficient, error], source: …}``; else plain.  Errors are independent,
            of quasi-variances (Firth & de Menezes 2004, doi 10.1093/biomet/91.1.65); covariances between covariates
            are not written.

        Raises
        ------
        ScenarioError
            With every covariate that has no counterpart, and all else that would keep the shares from being those of
            the survey: voters of another kind, other terms, options without coefficients.
        """
        from sim.analysis.calibrate.survey_file import into

        return into(self, scenario, uncertain)

    def to_yaml(self, scenario: Scenario, folder: str | os.PathLike[str] | None = None, uncertain: bool = True) -> str:
        """Return the scenario with the coefficients as a file for a folder; see `into`.

        Its head tells the coefficients with their standard errors.  Where the original lies in that folder or below
        it, a variant that extends it; else, or where no variant would say the same, the whole resolved scenario.  By
        default the folder of the original.
        """
        from sim.analysis.calibrate.survey_file import text

        return text(self, scenario, folder, uncertain)

    def write(self, path: str | os.PathLike[str], scenario: Scenario, uncertain: bool = True) -> None:
        """Write the scenario with the coefficients to a file; see `to_yaml`.

        Raises
        ------
        SimError
            If a covariate has no counterpart, or the file cannot be written.
        """
        write_text(path, self.to_yaml(scenario, Path(path).parent, uncertain))

    def __repr__(self) -> str:
        from sim.analysis.calibrate.survey_tables import page
        from sim.analysis.tables import as_text

        return as_text(*page(self))

    def _repr_html_(self) -> str:
        from sim.analysis.calibrate.survey_tables import page
        from sim.analysis.tables import as_html

        return as_html(*page(self))


def fit_survey(
    table: Any,
    *,
    choice: str = "choice",
    covariates: Iterable[str] = (),
    categorical: Iterable[str] = (),
    weights: str | None = None,
    options: Scenario | Iterable[str] | None = None,
    reference: str | None = None,
) -> Survey:
    """Estimate the coefficients of a multinomial logit from the respondents of a survey.

    For the respondent i with covariates x_i and weight w_i

        P(choice_i = o) = exp(α_o + x_i·β_o) / Σ_k exp(α_k + x_i·β_k),      α = β = 0 for the reference

    The weighted log-likelihood ``ℓ = Σ_i w_i log P(choice_i)`` is concave; Newton's method with its Hessian ``−A``
    finds the maximum.  Standard errors: without weights the information, ``A⁻¹``; with weights the sandwich
    ``A⁻¹ (Σ_i w_i² s_i s_iᵀ) A⁻¹``, s_i the score of a respondent.  Strata and clusters of a sample are not known
    here and would change it.

    Parameters
    ----------
    table
        Path of a CSV table, rows, or a pandas DataFrame; one row for each respondent.  Rows without a choice or with
        an empty covariate are left out and counted.
    choice
        Column of the option chosen.
    covariates
        Columns; one with texts is a set of categories, measured against the most frequent one.
    categorical
        Covariates of numbers that are categories.
    weights
        Column of weights ≥ 0.
    options
        The options on the ballot, or a scenario that has them; by default those chosen.
    reference
        The option against which log-odds are measured; by default the one with the largest weight.

    Raises
    ------
    ScenarioError
        With every fault of the table: missing columns, weights that are negative or all zero, a choice that is not on
        the ballot, an option that nobody chose, a covariate that is constant or follows from others; and where
        covariates separate the options, so that a coefficient is infinite, with their names.

    References
    ----------
    McFadden 1974; Binder 1983, doi 10.2307/1402588 (sandwich under weights); Albert & Anderson 1984,
    doi 10.1093/biomet/71.1.1 (separation); Konis 2007 (its detection by linear programming).
    """
    source = Source(table, "survey")
    names = list(dict.fromkeys([*map(str, covariates), *map(str, categorical)]))
    source.need(choice, *names, *([weights] if weights else []))
    source.complaints.raise_if_any()
    size = _weights(source, weights)
    chosen = source.texts(choice)
    ballot = _options(source, chosen, options)
    for option in dict.fromkeys(one for one in chosen if one and one not in ballot):
        times = chosen.count(option)
        more = f" ({times:,} rows)" if times > 1 else ""
        message = f"{unknown([option], ballot, 'option')[0]} on the ballot{more}"
        source.complaints.add(message, chosen.index(option), choice)
    complete = [bool(option) and all(name in row for name in names) for option, row in zip(chosen, source.rows)]
    kept = [i for i, there in enumerate(complete) if there and (math.isnan(size[i]) or size[i] > 0)]
    if not any(complete):
        source.complaints.add("no row has a choice and every covariate")
    loads = {o: math.fsum(size[i] for i in kept if chosen[i] == o) for o in ballot}
    for option in ballot:
        if loads[option] == 0 and kept:
            message = f"nobody chose {option!r}, so that its log-odds are minus infinity; leave it out of 'options'"
            source.complaints.add(f"{message}, or of the scenario's ballot")
    if reference is not None and reference not in ballot:
        source.complaints.add(f"reference: {unknown([reference], ballot, 'option')[0]}")
    columns = {name: [source.rows[i].get(name) for i in kept] for name in names}
    forced = set(map(str, categorical))
    design = Design.of(ballot, columns, forced, [chosen[i] for i in kept], np.array([size[i] for i in kept]))
    for name in design.constant:
        source.complaints.add(f"the covariate {name!r} is the same for every respondent; its effect cannot be told")
    source.complaints.raise_if_any()
    design = design.against(reference or max(ballot, key=lambda option: loads[option]))
    for message in design.faults():
        source.complaints.add(message)
    source.complaints.raise_if_any()
    best = maximum(design, sandwich=weights is not None)
    name = "the survey" if source.complaints.table is None else Path(source.complaints.table.file).name
    dropped = sum(not there for there in complete)
    return Survey(_table(design, best, dropped, choice, weights), design, best, name)


def _weights(source: Source, column: str | None) -> list[float]:
    if column is None:
        return [1.0] * len(source.rows)
    before = len(source.complaints.faults)
    out = source.numbers(column, 0)
    for i, row in enumerate(source.rows):
        if column not in row:
            source.complaints.add("the respondent has no weight; write 0 to leave it out", i, column)
    if len(source.complaints.faults) == before and not any(out):
        source.complaints.add("the weights are all zero", None, column)
    return out


def _options(source: Source, chosen: Sequence[str], options: Any) -> list[str]:
    """Return the options on the ballot, in its order."""
    if options is None:
        found = sorted({option for option in chosen if option})
    elif hasattr(options, "world"):
        found = [option.id for option in options.world.listed_options]
    elif isinstance(options, str) or not isinstance(options, Iterable):
        raise SimError("options: expected a list of options, or a scenario")
    else:
        found = list(dict.fromkeys(map(str, options)))
    if len(found) < 2:
        source.complaints.add(f"{len(found)} option; at least 2 are needed for a choice")
    return found


def _table(design: Design, best: Maximum, dropped: int, choice: str, weights: str | None) -> xr.Dataset:
    import xarray as xr

    shape = (len(design.options) - 1, design.x.shape[1])
    data = {
        "coefficient": (("option", "term"), best.theta.reshape(shape), {"long_name": "log-odds against the reference"}),
        "se": (("option", "term"), best.errors.reshape(shape), {"long_name": "standard error"}),
        "covariance": (("parameter", "parameter_2"), best.covariance, {"long_name": "of the coefficients"}),
    }
    options = list(design.options[1:])
    labels = [f"{option} {term}" for option in options for term in design.terms]
    coords = {"option": options, "term": list(design.terms), "parameter": labels, "parameter_2": labels}
    attrs = {
        "reference": design.options[0],
        "respondents": len(design.x),
        "dropped": dropped,
        "log_likelihood": best.value,
        "errors": "information" if weights is None else "sandwich",
        "choice": choice,
        "weights": weights or "",
    }
    return xr.Dataset(data, coords, attrs)

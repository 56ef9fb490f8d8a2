r"""The coefficients of a survey in a scenario.

With the means x̄ of the covariates over the respondents the fitted utility against the reference is

    α_o + x·β_o  =  (α_o + x̄·β_o)  +  Σ_k (x_k − x̄_k)·β_ok

The first part becomes the baseline, softmax(α + x̄·β): the shares of a respondent at the mean.  The second is a term
for each covariate, by the values of a trait or by region, so that baseline and terms together are the fitted shares
of every group, whatever its size.  Measured from the mean, the errors of the two parts have little in common.

Where voters have numbers of their own, V_o(x) = v_o + x·z_o is the directional model of ``spatial`` with the weight
1: the positions z are the coefficients β and the valences v the constants.

An uncertain number has a normal error, independent of the others, whose variance is its quasi-variance among the
options: two options differ by about as uncertain an amount as in the survey.  The errors of the constants are the
term ``sampling_error``, since shares drawn apart and brought to a sum of one would not have them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim._version import __version__
from sim.analysis.calibrate.counterparts import SAMPLING_ERROR, Counterparts, counterparts
from sim.analysis.calibrate.multinomial import probabilities
from sim.analysis.calibrate.quasi import quasi_variances
from sim.election.voters.logit import Logit
from sim.election.voters.spatial import Spatial
from sim.errors import ScenarioError
from sim.scenario.scenario import loads
from sim.scenario.writer import flow, write_yaml

if TYPE_CHECKING:
    from sim.analysis.calibrate.survey import Survey
    from sim.scenario.scenario import Scenario

__all__ = ["into", "text"]

F64 = NDArray[np.float64]


def into(survey: Survey, scenario: Scenario, uncertain: bool) -> Scenario:
    """Return the scenario with the coefficients; see `Survey.into`."""
    old, new = scenario.sections["voters"], _voters(survey, scenario, uncertain)
    # What is written there goes first: mappings would merge with it.
    mappings = [name for name, value in new.items() if value is None or isinstance(value, dict)]
    gone = {f"voters.{name}": None for name in mappings if name in old.model_fields_set}
    return scenario.change({**gone, "voters": {name: value for name, value in new.items() if value is not None}})


def _voters(survey: Survey, scenario: Scenario, uncertain: bool) -> dict[str, Any]:
    """Return the fields of the voters; those that are None are removed."""
    voters = scenario.sections["voters"]
    if not survey._design.categories and not isinstance(voters, Logit):
        return {"baseline": survey.changes(uncertain=uncertain)["voters.baseline"]}
    found = counterparts(survey._design, scenario, survey._file, uncertain)
    if found.faults:
        raise ScenarioError(found.faults)
    numbers = _Numbers(survey, uncertain)
    terms = {
        name: numbers.by_option({key: numbers.of(row) for key, row in rows.items()})
        for name, rows in found.terms.items()
    }
    terms = {name: term for name, term in terms.items() if term}
    if isinstance(voters, Spatial):
        return {**_directional(numbers, found), "terms": terms or None}
    share = probabilities(survey._best.theta, found.constant[None])[0]
    if uncertain:
        terms[SAMPLING_ERROR] = numbers.only(numbers.of(found.constant, error_only=True))
    baseline = {option: round(float(p), 9) for option, p in zip(survey._design.options, share)}
    return {"baseline": baseline, "terms": terms or None}


def _directional(numbers: _Numbers, found: Counterparts) -> dict[str, Any]:
    """Return spatial voters whose utility is linear in their numbers."""
    slopes = {name: numbers.of(row) for name, row in found.dimensions.items()}
    return {
        "baseline": None,
        "valence": numbers.of(found.constant),
        "positions": {option: {name: one[option] for name, one in slopes.items()} for option in numbers.options},
        "distance": "quadratic",
        "weight": 1.0,
        "directional": 1.0,
    }


class _Numbers:
    """Utilities of the options at a row of the design, as they are written."""

    def __init__(self, survey: Survey, uncertain: bool) -> None:
        self.options = survey._design.options
        self._uncertain, self._source = uncertain, _source(survey)
        size = len(self.options) - 1
        self._theta = survey._best.theta.reshape(size, -1)
        self._covariance = survey._best.covariance.reshape(size, -1, size, self._theta.shape[1])

    def of(self, row: F64, error_only: bool = False) -> dict[str, Any]:
        """Return option → number, or distribution; against the reference, which has 0."""
        covariance = np.zeros((len(self.options), len(self.options)))
        covariance[1:, 1:] = np.einsum("j,ojkl,l->ok", row, self._covariance, row)
        values = np.zeros(len(self.options)) if error_only else np.append(0.0, self._theta @ row)
        spreads = np.sqrt(quasi_variances(covariance)) if self._uncertain else np.zeros(len(values))
        errors = np.sqrt(np.diag(covariance))
        return {
            option: self._number(float(value), float(spread), float(error))
            for option, value, spread, error in zip(self.options, values, spreads, errors)
        }

    def _number(self, value: float, spread: float, error: float) -> Any:
        number, sd = round(value, 6) + 0.0, round(spread, 6)
        if not sd:
            return number
        note = f"± {error:.2g} against {self.options[0]}" if error else "the reference; its part of the errors"
        return {"normal": [number, sd], "source": self._source, "note": note}

    def by_option(self, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Turn {who: {option: number}} into {option: {who: number}}, without options that have 0."""
        turned = {option: {who: one[option] for who, one in found.items()} for option in self.options}
        return {option: one for option, one in turned.items() if any(value != 0 for value in one.values())}

    @staticmethod
    def only(found: dict[str, Any]) -> dict[str, Any]:
        """Leave out options that have 0."""
        return {option: value for option, value in found.items() if value != 0}


def _source(survey: Survey) -> str:
    return f"{survey.table.attrs['respondents']} respondents of {survey._file}"


def text(survey: Survey, scenario: Scenario, folder: str | os.PathLike[str] | None, uncertain: bool) -> str:
    """Return the text of the file; see `Survey.to_yaml`."""
    made = into(survey, scenario, uncertain)
    original = Path(scenario.source_path)
    home = original.parent if folder is None else Path(folder)
    head = "\n".join(f"# {line}" for line in _head(survey))
    base = os.path.relpath(original.resolve(), home.resolve()).replace(os.sep, "/")
    if original.is_file() and not base.startswith(".."):
        body = _laid_over(scenario.sections["voters"], _voters(survey, scenario, uncertain))
        short = f"{head}\nextends: {flow(base)}\n{write_yaml({'voters': body})}"
        try:
            if loads(short, home) == made:
                return short
        except ScenarioError:
            pass
    return f"{head}\n{made.to_yaml(resolved=True)}"


def _laid_over(old: Any, new: dict[str, Any]) -> dict[str, Any]:
    """Return the fields as a variant says them: what the original has, and they have not, is removed."""
    body = {name: value for name, value in new.items() if value is not None or getattr(old, name, None)}
    terms: dict[str, Any] = dict(body.get("terms") or {})
    for name, term in old.terms.items() if "terms" in body else ():
        gone = dict.fromkeys(option for option in term if option not in terms.get(name, {}))
        terms[name] = {**terms[name], **gone} if name in terms else None
    return {**body, "terms": terms} if terms else body


def _head(survey: Survey) -> Iterator[str]:
    """Yield who was asked, and the coefficients with their standard errors."""
    ds = survey.table
    yield f"Fitted by sailau {__version__}: multinomial logit of {_source(survey)}, column {ds.attrs['choice']!r}."
    weights = f"; weights {ds.attrs['weights']!r}" if ds.attrs["weights"] else ""
    yield f"Log-odds against {ds.attrs['reference']!r} ± standard error ({ds.attrs['errors']}{weights}):"
    for i, option in enumerate(ds["option"].values):
        for j, term in enumerate(ds["term"].values):
            coefficient, error = float(ds["coefficient"].values[i, j]), float(ds["se"].values[i, j])
            yield " ".join(f"  {option}, {term}: {coefficient:.4g} ± {error:.2g}".splitlines())
    yield "Below they are measured from the mean of the respondents."

"""What a scenario's electorate knows of the covariates of a survey, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.rows import unknown
from sim.election.quantities import near
from sim.election.strata import Strata
from sim.election.voters.logit import Logit
from sim.election.voters.spatial import Spatial
from sim.errors import Fault

if TYPE_CHECKING:
    from sim.analysis.calibrate.multinomial import Design
    from sim.scenario.scenario import Scenario

__all__ = ["SAMPLING_ERROR", "Counterparts", "counterparts"]

F64 = NDArray[np.float64]

#: Term that holds the sampling error of the constants.
SAMPLING_ERROR = "sampling_error"
#: Fields of voters that move shares beside baseline and terms.
BESIDE = ("economy", "recognition", "strategic")
LEAVE = "or leave the covariate out"


@dataclass
class Counterparts:
    """Rows of the design, (term,), for which the scenario gets the utilities of the options.

    Attributes
    ----------
    constant
        That of the baseline, or of the valences.
    terms
        Covariate → who is meant → row, measured from the mean of the respondents.
    dimensions
        Covariate → row of the coefficient of a voter's own number.
    faults
        Why the coefficients cannot be written.
    """

    constant: F64
    terms: dict[str, dict[str, F64]] = field(default_factory=dict)
    dimensions: dict[str, F64] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def counterparts(design: Design, scenario: Scenario, table: str, uncertain: bool) -> Counterparts:
    """Find the counterpart of every covariate; ``table`` is what messages call the survey."""
    voters, strata = scenario.sections["voters"], scenario.world.strata
    dimensions = voters.dimensions if isinstance(voters, Spatial) else ()
    mean = design.weights @ design.x / design.weights.sum()
    out = Counterparts(np.eye(1, len(mean))[0])
    out.faults += [Fault(scenario.source_path, 0, 0, *one) for one in _of_scenario(design, scenario, dimensions)]
    known = {"region": scenario.world.regions, **strata.traits}
    for name, columns in _columns(design).items():
        if name in dimensions and name not in known:
            messages = list(_dimension_faults(design, name, columns, mean, uncertain))
            out.dimensions[name] = np.eye(len(mean))[columns[0]]
        elif name in known:
            messages = list(_value_faults(design.categories[name], name, known[name]))
            if not messages:
                out.constant[columns] = mean[columns]
                out.terms[name] = dict(_rows(design, name, columns, mean, strata, known[name]))
        else:
            messages = [_unknown(name, bool(design.categories[name]), [*known, *dimensions])]
        out.faults += [Fault(table, 0, 0, name, message) for message in messages]
    return out


def _columns(design: Design) -> dict[str, list[int]]:
    """Covariate → its columns of x."""
    out, at = {}, 1
    for name, order in design.categories.items():
        width = max(len(order) - 1, 1)
        out[name] = list(range(at, at + width))
        at += width
    return out


def _rows(
    design: Design, name: str, columns: list[int], mean: F64, strata: Strata, values: tuple[str, ...]
) -> Iterator[tuple[str, F64]]:
    """Yield (who is meant, row) for each value of a trait, or region."""
    order = design.categories[name]
    for value in values:
        row = np.zeros(len(mean))
        row[columns] = [float(value == one) for one in order[1:]] if order else [float(value)]
        row[columns] -= mean[columns]
        yield _key(strata, name, value), row


def _key(strata: Strata, name: str, value: str) -> str:
    """The name of who has a value: in full where several traits have it."""
    try:
        strata.selectors(value)
    except ValueError:
        return f"{name}={value}"
    return value


def _of_scenario(design: Design, scenario: Scenario, dimensions: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Find what in the scenario is no logit, or would move the shares beside the coefficients."""
    voters, names = scenario.sections["voters"], scenario.world.option_ids
    if not isinstance(voters, Logit | Spatial):
        model = type(voters).model
        yield "voters.model", f"the coefficients are those of a logit, which {model!r} is not; take 'model: logit'"
    for message in unknown(design.options, names, "option"):
        yield "ballot.options", f"{message}, but in the survey; fit with the options of this scenario"
    missing = [option for option in names if option not in design.options]
    if missing:
        yield "ballot.options", f"no coefficients for {', '.join(missing)}; fit with the options of this scenario"
    if getattr(voters, "centre", "zero_swing") != "zero_swing" and design.categories:
        yield "voters.centre", "centres the baseline without the terms; write 'centre: zero_swing', then 'sim fit'"
    others = [f"terms.{one}" for one in getattr(voters, "terms", {}) if one not in (*design.categories, SAMPLING_ERROR)]
    for path in (*others, *(one for one in BESIDE if getattr(voters, one, None))):
        yield (
            f"voters.{path}",
            "moves shares that the survey has measured already; remove it here, or bring it in by a variant of what "
            "is written",
        )
    for name in dimensions:
        if name not in design.categories:
            yield f"voters.positions.{name}", f"no coefficient: name {name!r} among the covariates, or remove it here"


def _unknown(name: str, categorical: bool, known: list[str]) -> str:
    head = f"the electorate knows no {name!r}{near(name, known)}"
    if categorical:
        way = f"make it a trait of the voters ('electorate: {{model: cells, traits: {{{name}: …}}}}')"
    else:
        way = (
            f"make it a trait with numbers as values, or a dimension ('electorate: {{model: individuals, space: "
            f"{{dimensions: [{name}], …}}}}' with 'voters: {{model: spatial}}')"
        )
    return f"{head}; {way}, {LEAVE}"


def _value_faults(order: tuple[str, ...], name: str, values: tuple[str, ...]) -> Iterator[str]:
    what = "region" if name == "region" else f"{name} of the electorate"
    if not order and name == "region":
        yield f"regions are no numbers; make it a set of categories ('--categorical region'), {LEAVE}"
        return
    if not order:
        texts = [value for value in values if not _is_number(value)]
        if texts:
            yield (
                f"the survey has numbers, the electorate {', '.join(texts[:5])}; write these in the survey, or "
                f"numbers there, {LEAVE}"
            )
        return
    for message in unknown(order, values, what):
        yield f"{message}; write it as in the scenario, {LEAVE}"
    missing = [value for value in values if value not in order]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        yield f"no respondent of {', '.join(missing[:5])}{more}, so that there is no coefficient; join them, {LEAVE}"


def _dimension_faults(design: Design, name: str, columns: list[int], mean: F64, uncertain: bool) -> Iterator[str]:
    if design.categories[name]:
        yield f"the voters have numbers, the survey {', '.join(design.categories[name][:5])}; write numbers, {LEAVE}"
        return
    x, middle = design.x[:, columns[0]], mean[columns[0]]
    sd = float(np.sqrt(design.weights @ (x - middle) ** 2 / design.weights.sum()))
    # Slope and constant are drawn apart from one another; far from 0 their errors would no longer cancel.
    if uncertain and abs(middle) > sd:
        yield (
            f"its mean {middle:.4g} is far from 0 beside its sd {sd:.4g}, where errors of slope and constant cancel, "
            "which a scenario cannot say; subtract the mean in survey and electorate, or write plain numbers "
            "('--plain', uncertain=False)"
        )


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False

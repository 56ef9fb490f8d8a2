"""What a result says about its own scenario: the rule and its majority, and the figures observed."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "BASES",
    "Figure",
    "Majority",
    "find_observed",
    "majority_of",
    "names_of",
    "observations",
    "rules_of",
    "scenario_of",
]

#: What a majority can be counted on, in words.
BASES = {"valid_votes": "valid votes", "ballots_cast": "ballots cast", "registered": "registered voters"}

#: Standings from the surest to the least sure.
STANDINGS = ("official", "published", "derived", "estimated", "assumption")


def scenario_of(ds: xr.Dataset) -> dict[str, Any]:
    """Return the resolved scenario of a result as plain mappings, empty where it holds none.

    Raises
    ------
    ResultError
        If the text in the attribute ``scenario_yaml`` cannot be read.
    """
    return copy.deepcopy(_parsed(str(ds.attrs.get("scenario_yaml") or "")))


@lru_cache(maxsize=8)
def _parsed(text: str) -> dict[str, Any]:
    from sim.errors import ScenarioError
    from sim.scenario.reader import read_yaml

    try:
        plain = read_yaml(text, "scenario_yaml").plain()
    except ScenarioError as error:
        raise ResultError(f"the scenario inside this result cannot be read: {error}") from None
    if plain is None:
        return {}
    if not isinstance(plain, dict):
        raise ResultError("the scenario inside this result is not a mapping")
    return plain


def rules_of(scenario: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the rules of a scenario by name; a single rule without a name is called ``rules``."""
    rules = scenario.get("rules")
    if not isinstance(rules, Mapping):
        return {}
    if isinstance(rules.get("model"), str) or not all(isinstance(rule, Mapping) for rule in rules.values()):
        return {"rules": dict(rules)}
    return {str(name): dict(rule) for name, rule in rules.items()}


@dataclass(frozen=True)
class Majority:
    """The share of a base that has to be exceeded.

    Attributes
    ----------
    rule
        Name of the rule in the scenario.
    threshold
        Share of the base, in [0, 1).
    base
        Key of `BASES`.
    """

    rule: str
    threshold: float
    base: str

    @property
    def words(self) -> str:
        """The base in words."""
        return BASES[self.base]


def _default(model: Any, field: str) -> Any:
    """Return the default of a rule's field, None where the rule or the field does not exist."""
    from sim.election.part import part

    try:
        found = part("rules", model if isinstance(model, str) else None).model_fields.get(field)
    except KeyError:
        return None
    return None if found is None else found.default


def majority_of(ds: xr.Dataset) -> Majority | None:
    """Return the majority that the first rule with a majority base asks for, None where there is none."""
    for name, rule in rules_of(scenario_of(ds)).items():
        base = rule.get("majority_of") or _default(rule.get("model"), "majority_of")
        threshold = rule.get("majority", _default(rule.get("model"), "majority"))
        if base in BASES and isinstance(threshold, int | float):
            return Majority(name, float(threshold), str(base))
    return None


@dataclass(frozen=True)
class Figure:
    """One figure of the real election.

    Attributes
    ----------
    variable
        ``vote_share``, ``turnout``, ``registered``, …
    region, option
        Ids; empty for the nation and where the variable has no option.
    value
        The figure; shares as fractions.
    source, standing
        As written; empty where not given.
    """

    variable: str
    region: str
    option: str
    value: float
    source: str = ""
    standing: str = ""

    @property
    def label(self) -> str:
        """Variable and the ids it belongs to, e.g. ``turnout KZ-10``."""
        return " ".join(part for part in (self.variable, self.region, self.option) if part)


def names_of(ds: xr.Dataset, dim: str) -> dict[str, str]:
    """Return id → display name of the regions or options."""
    ids = [str(key) for key in ds[dim].values]
    coordinate = f"{dim}_name"
    if coordinate not in ds.coords:
        return dict(zip(ids, ids))
    return {key: str(name) or key for key, name in zip(ids, ds[coordinate].values)}


def observations(ds: xr.Dataset, observed: Iterable[Mapping[str, Any]] | None = None) -> tuple[Figure, ...]:
    """Return the figures of the real election.

    Parameters
    ----------
    ds
        A result; its scenario's ``observed`` rows are taken unless ``observed`` is given.
    observed
        Rows with the keys ``variable, region, option, value`` and optionally ``source, standing``; a region
        that is missing or empty stands for the nation.  A pandas DataFrame is taken by its rows.

    Raises
    ------
    ResultError
        With every row that is malformed or names a region or option that the result does not have; names are
        not checked against a Dataset without that dim, such as national totals.
    """
    from pydantic import ValidationError

    from sim.scenario.settings import Observation

    rows = scenario_of(ds).get("observed") or () if observed is None else observed
    if hasattr(rows, "to_dict"):
        rows = rows.to_dict("records")
    if not isinstance(rows, list | tuple):
        raise ResultError("observed: expected rows with the columns variable, region, option, value")
    known = {dim: list(names_of(ds, dim)) for dim in ("region", "option") if dim in ds.coords}
    out: list[Figure] = []
    faults: list[str] = []
    for i, row in enumerate(rows, 1):
        try:
            one = Observation.model_validate(_clean(row))
        except ValidationError as error:
            faults += [f"row {i}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            continue
        except ResultError as error:
            faults.append(f"row {i}: {error}")
            continue
        faults += [f"row {i}: {message}" for message in _problems(one, known)]
        value, source, standing = float(one.value), one.source or "", one.standing or ""
        out.append(Figure(one.variable, one.region or "", one.option or "", value, source, standing))
    if faults:
        head = "observed: " if len(faults) == 1 else f"observed: {len(faults)} problems\n  "
        raise ResultError(head + "\n  ".join(faults))
    return tuple(out)


def _clean(row: Any) -> dict[str, Any]:
    """Drop empty cells (None, '', NaN)."""
    if not isinstance(row, Mapping):
        raise ResultError("expected a row with the columns variable, region, option, value")
    nan = {key for key, value in row.items() if isinstance(value, float) and math.isnan(value)}
    return {str(key): v for key, v in row.items() if v is not None and v != "" and key not in nan}


def _problems(row: Any, known: Mapping[str, list[str]]) -> Iterable[str]:
    from sim.election.quantities import near

    for column, message in row.problems(None):
        yield f"{column}: {message}"
    for dim in ("region", "option"):
        name = getattr(row, dim)
        if name is not None and dim in known and name not in known[dim]:
            yield f"{dim}: the result has no {dim} {name!r}{near(name, known[dim])}"


def find_observed(figures: Iterable[Figure], variable: str, region: str = "", option: str = "") -> float | None:
    """Return the surest observed value of a variable, None where there is none."""
    found = [f for f in figures if (f.variable, f.region, f.option) == (variable, region, option)]
    order = {standing: i for i, standing in enumerate(STANDINGS)}
    return min(found, key=lambda f: order.get(f.standing, len(order))).value if found else None

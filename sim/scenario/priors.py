"""The section ``fit``: a prior for each parameter that a Bayesian calibration may move."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.election.part import STAGES, Part
from sim.election.quantities import Bounds, Distribution, Faults, Shares, near
from sim.election.quantities.numbers import show_value
from sim.errors import Fault, ScenarioError
from sim.scenario.merge import change_node, from_plain, is_distribution
from sim.scenario.nodes import Mark, Node, Rows, fault
from sim.scenario.writer import flow

__all__ = ["Prior", "check_priors", "read_priors", "with_numbers"]

#: Beyond this nothing is asked of a field whose prior has no end.
FAR = 1e12
#: How near the ends of a prior its field is tried.
EDGE = 1e-9


@dataclass(frozen=True)
class Prior:
    """What is believed of a parameter before the figures.

    Attributes
    ----------
    path
        Dotted path of the parameter.
    distribution
        The prior.
    uncertain
        Whether the field of the parameter takes a distribution, so that a scenario can hold the posterior.
    """

    path: str
    distribution: Distribution
    uncertain: bool = True


def read_priors(node: Node) -> tuple[dict[str, Prior], list[Fault]]:
    """Return the priors as they are written, and every fault of their writing."""
    faults: list[Fault] = []
    out: dict[str, Prior] = {}
    if not isinstance(node.value, dict):
        what = "expected a mapping from the path of a parameter to its prior, e.g. turnout.baseline: {beta: [70, 30]}"
        return out, [fault(node.mark, "fit", what)] if node.value is not None else []
    for path, below in node.value.items():
        try:
            if not isinstance(below.value, dict):
                expected = "expected a prior, a distribution such as {normal: [0.2, 0.05]}"
                raise Faults(((), f"{expected}, got {_shown(below)}"))
            if not is_distribution(below) and path in STAGES:
                raise Faults(((), "write the whole path before its prior, e.g. turnout.baseline: {beta: [70, 30]}"))
            out[path] = Prior(path, Distribution.parse(below.plain(), Bounds(-math.inf, math.inf)))
        except Faults as error:
            faults += [fault(_mark(below, where), ("fit", path, *where), message) for where, message in error.faults]
    return out, faults


def _mark(node: Node, path: Sequence[str | int]) -> Mark:
    for step in path:
        value = node.value
        if isinstance(value, dict) and step in value:
            node = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            node = value[step]
    return node.mark


def _shown(node: Node) -> str:
    return "a table" if isinstance(node.value, Rows) else show_value(node.plain())


def check_priors(
    root: Node, resolved: Any, priors: Mapping[str, Prior], parts: Mapping[str, Part], trial: Callable[[Node], Any]
) -> tuple[dict[str, Prior], list[Fault]]:
    """Return the priors that the scenario can be fitted with, and what is wrong with the others.

    Parameters
    ----------
    root
        The whole tree, valid but for its priors.
    resolved
        The same written out, where the paths must lead to the same numbers.
    priors
        From `read_priors`.
    parts
        The part of each stage.
    trial
        Validates a tree; `ScenarioError` if it is not a scenario.
    """
    assert isinstance(root.value, dict)
    section = root.value["fit"]
    assert isinstance(section.value, dict)
    bare = Node(root.mark, {key: node for key, node in root.value.items() if key != "fit"}, root.key)
    whole = from_plain(resolved, Mark("fit"))
    out, faults = {}, []
    for path, prior in priors.items():
        at = section.value[path]
        try:
            reason = _misplaced(bare, path, priors, parts)
            if reason:
                raise _Refused(reason)
            uncertain = _takes(bare, prior, parts, trial)
            elsewhere = _faults(whole, with_numbers(parts, {path: prior.distribution.inside}), trial)
            if _misplaced(whole, path, priors, parts) or elsewhere:
                raise _Refused("is the path of a short form; write the scenario as 'sim show --resolved' shows it")
            out[path] = Prior(path, prior.distribution, uncertain)
        except _Refused as error:
            faults.append(fault(at.key or at.mark, ("fit", path), str(error)))
    return out, faults


class _Refused(Exception):
    """The reason why a parameter cannot be fitted."""


def _misplaced(root: Node, path: str, priors: Mapping[str, Prior], parts: Mapping[str, Part]) -> str:
    """Return why nothing that can be fitted stands at a path, empty where something may."""
    steps = path.split(".")
    if steps[0] not in parts:
        hint = near(steps[0], list(parts))
        return f"no parameter of the election: expected a path that begins with {', '.join(parts)}{hint}"
    above = [one for one in priors if path.startswith(f"{one}.")]
    if above:
        return f"lies inside {above[0]!r}, which has a prior of its own; give one of them"
    node = root
    for step in steps:
        if is_distribution(node) or isinstance(node.value, Rows):
            break
        below = _below(node, step)
        if below is None:
            # It has its default: whether there is such a field the trial tells.
            return ""
        node = below
    value = node.value
    if is_distribution(node):
        return f"is uncertain already, {flow(node.plain())}; write a number there, its prior stands here"
    if isinstance(value, Rows):
        return f"is the table {node.written!r}; a prior is of one number, which must stand in the scenario file itself"
    if isinstance(value, dict | list):
        return "holds several numbers; give each that is to be fitted a prior of its own"
    if isinstance(value, str | bool):
        return f"is {show_value(value)}, not a number"
    return ""


def _below(node: Node, step: str) -> Node | None:
    if isinstance(node.value, dict):
        return node.value.get(step)
    if isinstance(node.value, list) and step.isdigit() and int(step) < len(node.value):
        return node.value[int(step)]
    return None


def _takes(root: Node, prior: Prior, parts: Mapping[str, Part], trial: Callable[[Node], Any]) -> bool:
    """Return whether the field takes a distribution; `_Refused` where it does not even take the prior's numbers."""
    path, distribution = prior.path, prior.distribution
    as_number = _faults(root, with_numbers(parts, {path: distribution.inside}), trial)
    as_distribution = _faults(root, {path: distribution.plain()}, trial)
    if as_number:
        # What a wrong name does to the whole set is not the reason.
        named = [one for one in as_distribution if len(one.path) >= len(path)]
        raise _Refused((as_number if as_number[0].path == path else named or as_number)[0].message)
    if not as_distribution:
        return True
    outside = next((one.message for one in as_distribution if "can fall outside" in one.message), None)
    if outside:
        raise _Refused(f"the prior {outside}")
    for end in _ends(distribution):
        beyond = _faults(root, with_numbers(parts, {path: end}), trial)
        if beyond:
            raise _Refused(f"the prior can fall outside of what is allowed: {beyond[0].message}; narrow it by 'within'")
    return False


def _ends(distribution: Distribution) -> Iterator[float]:
    low, high = distribution.support
    width = high - low if math.isfinite(high - low) else 1.0
    yield low + EDGE * width if math.isfinite(low) else -FAR
    yield high - EDGE * width if math.isfinite(high) else FAR


def _faults(root: Node, changes: Mapping[str, Any], trial: Callable[[Node], Any]) -> list[Fault]:
    try:
        mark = Mark("fit")
        for path, value in changes.items():
            root = change_node(root, path, from_plain(value, mark), [])
        trial(root)
    except ScenarioError as error:
        return list(error.faults)
    return []


def with_numbers(parts: Mapping[str, Part], values: Mapping[str, float]) -> dict[str, Any]:
    """Return the changes that put numbers in their places.

    A share in a set of shares takes the others of its set along: they are scaled so that the set sums to one, as
    it is where the share is a distribution and drawn.

    Parameters
    ----------
    parts
        The part of each stage.
    values
        Dotted path → number.
    """
    out: dict[str, Any] = dict(values)
    sets: dict[str, dict[str, float]] = {}
    for path in values:
        above, _, option = path.rpartition(".")
        shares = _at(parts, above)
        if isinstance(shares, Shares) and shares.fixed and not shares.regional and option in (shares.national or {}):
            sets[above] = {name: float(share) for name, share in (shares.national or {}).items()}  # type: ignore[arg-type]
    for above, one in sets.items():
        one |= {name: values[f"{above}.{name}"] for name in one if f"{above}.{name}" in values}
        total = math.fsum(one.values())
        out |= {f"{above}.{name}": share / total for name, share in one.items()}
    return out


def _at(parts: Mapping[str, Part], path: str) -> Any:
    stage, *names = path.split(".")
    found: Any = parts.get(stage)
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else getattr(found, name, None)
    return found

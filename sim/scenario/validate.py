"""From the tree of a scenario to its parts, gathering every fault."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from sim.election.contests import PAPER, Contest, in_order, needs
from sim.election.part import STAGES, Part, part, parts
from sim.election.quantities.numbers import near, show_value
from sim.election.rules.rule import Rule
from sim.election.world import World
from sim.errors import Fault, ScenarioError
from sim.scenario.nodes import Node, Rows, fault, find
from sim.scenario.priors import Prior, check_priors, read_priors
from sim.scenario.settings import Observation, RunSettings, check_observed
from sim.scenario.strictness import coerced
from sim.scenario.translate import translate

__all__ = ["KEYS", "REQUIRED", "Checked", "read_rule", "validate"]

#: What may stand at the top of a scenario, in the order in which it is written: key → meaning.
KEYS: Mapping[str, str] = {
    "extends": "another scenario file, which this one changes",
    "title": "what is simulated, in one line",
    "date": "day of the election, e.g. 2022-11-20",
    "note": "free text",
    "electorate": "who may vote: regions, polling stations",
    "ballot": "the options, and how ballots are marked",
    "campaign": "what happens before polling day",
    "voters": "whom people vote for",
    "turnout": "whether people come",
    "polling": "what happens on polling day",
    "irregularities": "what is done to the votes",
    "count": "how the votes are counted",
    "contests": "further ballot papers of the day: name of the contest → its ballot and voters",
    "rules": "what decides each contest: name of the contest → rule",
    "run": "how many draws, which seed",
    "observed": "figures of the real election, to score against",
    "fit": "priors of the parameters to calibrate: path of the parameter → distribution",
}

REQUIRED = ("title", "electorate", "ballot", "voters", "turnout", "rules")
SECTIONS = tuple(stage for stage in STAGES if stage != "rules")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NAMES = "the name of a contest is written in small letters, digits and '_', e.g. 'president'"
_OBSERVED = TypeAdapter(tuple[Observation, ...])


@dataclass
class Checked:
    """What a valid tree amounts to."""

    title: str = ""
    date: str | None = None
    note: str | None = None
    sections: dict[str, Part] = field(default_factory=dict)
    papers: dict[str, dict[str, Part]] = field(default_factory=dict)
    rules: dict[str, Part] = field(default_factory=dict)
    contests: tuple[Contest, ...] = ()
    run: RunSettings = field(default_factory=RunSettings)
    observed: tuple[Observation, ...] = ()
    priors: dict[str, Prior] = field(default_factory=dict)
    world: World | None = None

    def resolved(self) -> dict[str, Any]:
        """Return everything that is in force as plain values: defaults filled in, tables written out."""
        out: dict[str, Any] = {"title": self.title}
        out |= {key: text for key, text in (("date", self.date), ("note", self.note)) if text is not None}
        out |= {stage: _written_out(self.sections[stage]) for stage in KEYS if stage in self.sections}
        if self.papers:
            out["contests"] = {
                name: {stage: _written_out(one) for stage, one in paper.items()} for name, paper in self.papers.items()
            }
        out["rules"] = {name: _written_out(one) for name, one in self.rules.items()}
        out["run"] = self.run.model_dump(mode="json", exclude_none=True)
        if self.observed:
            out["observed"] = [row.model_dump(mode="json", exclude_none=True) for row in self.observed]
        if self.priors:
            out["fit"] = {path: prior.distribution.plain() for path, prior in self.priors.items()}
        return out


def validate(root: Node, earlier: Sequence[Fault] = ()) -> Checked:
    """Return the checked scenario.

    Parameters
    ----------
    root
        The merged tree with its tables.
    earlier
        Faults already found, to be told together.

    Raises
    ------
    ScenarioError
        With every fault, in the order of the files.
    """
    return _Validator(root, earlier).checked()


def read_rule(node: Node) -> Rule:
    """Return the rule that a tree describes, outside of a scenario.

    Raises
    ------
    ScenarioError
        With every fault.
    """
    reader = _Validator(Node(node.mark, {"rules": node}), ())
    made = reader._part("rules", ("rules",))
    if reader.faults or made is None:
        raise ScenarioError([replace(one, path=one.path.removeprefix("rules").lstrip(".")) for one in reader.faults])
    assert isinstance(made, Rule)
    return made


class _Validator:
    def __init__(self, root: Node, earlier: Sequence[Fault]) -> None:
        self.root = root
        self.faults = list(earlier)
        self.out = Checked()

    def checked(self) -> Checked:
        value = self.root.value
        if not isinstance(value, dict):
            found = "is empty" if value is None else f"holds {show_value(value)}"
            self._fault((), f"{found}; a scenario is a mapping with the keys {', '.join(REQUIRED)}")
            raise ScenarioError(self.faults)
        self._keys(value)
        self._texts(value)
        for stage in SECTIONS:
            if stage in value:
                made = self._part(stage, (stage,))
                if made is not None:
                    self.out.sections[stage] = made
        if "contests" in value:
            self._papers(value["contests"])
        if "rules" in value:
            self._rules(value["rules"])
        if "run" in value:
            self.out.run = self._run()
        self._world()
        if "observed" in value:
            self._observed(value["observed"])
        if "fit" in value:
            self._priors(value["fit"])
        if self.faults:
            raise ScenarioError(sorted(set(self.faults)))
        return self.out

    def _fault(self, path: Sequence[str | int], message: str, key: bool = False) -> None:
        at = find(self.root, path)
        mark = at.node.key if key and at.node.key else at.mark
        self.faults.append(fault(mark, path, message))

    def _keys(self, value: Mapping[str, Node]) -> None:
        for key in value:
            if key not in KEYS:
                hint = near(key, list(KEYS)) or f"; a scenario has the keys {', '.join(KEYS)}"
                self._fault((key,), f"unknown key{hint}", key=True)
        for key in REQUIRED:
            if key not in value:
                self._fault((), f"missing key {key!r} ({KEYS[key]})")

    def _texts(self, value: Mapping[str, Node]) -> None:
        for key in ("title", "date", "note"):
            if key not in value:
                continue
            text = value[key].value
            if not isinstance(text, str) or (key == "title" and not text.strip()):
                hint = "; put it in quotes" if isinstance(text, int | float) else ""
                self._fault((key,), f"expected text, got {show_value(text)}{hint}")
            elif key == "date" and not _is_date(text):
                self._fault((key,), f"expected a date such as 2022-11-20, got {show_value(text)}")
            else:
                setattr(self.out, key, text)

    def _part(self, stage: str, path: tuple[str, ...]) -> Part | None:
        body = find(self.root, path).node.value
        if not isinstance(body, dict):
            self._fault(path, f"expected a mapping, got {_shown(body)}")
            return None
        cls = self._class(stage, body, path)
        if cls is None:
            return None
        made = self._model(cls, path, {key: node.plain() for key, node in body.items() if key != "model"})
        return made if isinstance(made, Part) else None

    def _class(self, stage: str, body: Mapping[str, Node], path: tuple[str, ...]) -> type[Part] | None:
        known = parts(stage)
        if "model" not in body:
            try:
                return part(stage)
            except KeyError:
                self._fault(path, f"missing key 'model'; {_known(known)}", key=True)
                return None
        model = body["model"].value
        if isinstance(model, str) and model in known:
            return known[model]
        if not isinstance(model, str):
            self._fault((*path, "model"), f"expected the name of a model, got {_shown(model)}; {_known(known)}")
            return None
        hint = near(model, list(known))
        self._fault((*path, "model"), f"there is no {stage} model {model!r}; {_known(known)}{hint}")
        return None

    def _model(self, cls: type[BaseModel], path: tuple[str, ...], body: Any) -> BaseModel | None:
        try:
            made = cls.model_validate(body)
        except ValidationError as error:
            self.faults.extend(translate(error, cls, self.root, path))
            return None
        wrong = list(coerced(body, made))
        for below, message in wrong:
            self._fault((*path, *below), message)
        return None if wrong else made

    def _rules(self, node: Node) -> None:
        body = node.value
        if not isinstance(body, dict) or not body:
            self._fault(
                ("rules",),
                "expected the name of the contest and its rule, e.g. {president: {model: plurality}}",
            )
            return
        if "model" in body:
            self._fault(("rules", "model"), "name the contest, e.g. rules: {president: {model: plurality}}", key=True)
            return
        for name in body:
            if not _NAME.fullmatch(name):
                self._fault(("rules", name), _NAMES, key=True)
            made = self._part("rules", ("rules", name))
            if made is not None:
                self.out.rules[name] = made

    def _papers(self, node: Node) -> None:
        """Read the papers of contests that have their own."""
        body = node.value
        if not isinstance(body, dict) or not body:
            self._fault(("contests",), "expected the name of a contest and its paper: {name: {ballot: …, voters: …}}")
            return
        for name, one in body.items():
            path = ("contests", name)
            if not isinstance(one.value, dict):
                self._fault(path, f"expected its {' and '.join(PAPER)}, got {_shown(one.value)}")
                continue
            for key in one.value:
                if key not in PAPER:
                    hint = near(key, list(PAPER)) or f"; a contest has {' and '.join(PAPER)}, its rule is in 'rules'"
                    self._fault((*path, key), f"unknown key{hint}", key=True)
            missing = [key for key in PAPER if key not in one.value]
            for key in missing:
                self._fault(path, f"missing key {key!r} ({KEYS[key]})", key=True)
            made = {key: self._part(key, (*path, key)) for key in PAPER if key in one.value}
            if not missing and all(made.values()):
                self.out.papers[name] = {key: part for key, part in made.items() if part is not None}

    def _run(self) -> RunSettings:
        body = find(self.root, ("run",)).node.plain()
        if not isinstance(body, dict):
            self._fault(("run",), f"expected a mapping, got {show_value(body)}")
            return RunSettings()
        made = self._model(RunSettings, ("run",), body)
        return made if isinstance(made, RunSettings) else RunSettings()

    def _world(self) -> None:
        made = self.out
        if "electorate" not in made.sections or "ballot" not in made.sections:
            return
        electorate, ballot = made.sections["electorate"], made.sections["ballot"]
        made.world = World.of(electorate, ballot, made.sections)  # type: ignore[arg-type]
        for stage, one in made.sections.items():
            self._check(one, (stage,), made.world)
        for name in self._names("contests"):
            if name not in self._names("rules"):
                self._fault(("contests", name), f"no rule decides it; give 'rules.{name}'", key=True)
        worlds = {}
        for name, paper in made.papers.items():
            own = World.of(electorate, paper["ballot"], {**made.sections, **paper})  # type: ignore[arg-type]
            worlds[name] = own
            for stage, one in paper.items():
                self._check(one, ("contests", name, stage), own)
        for name, one in made.rules.items():
            self._check(one, ("rules", name), worlds.get(name, made.world))
        self._order(worlds)

    def _names(self, key: str) -> tuple[str, ...]:
        """Return the names under a key of the scenario."""
        whole = self.root.value
        below = whole[key].value if isinstance(whole, dict) and key in whole else None
        return tuple(below) if isinstance(below, dict) else ()

    def _order(self, worlds: Mapping[str, World]) -> None:
        """Put the contests together, and find rules that need a contest which is not there, or each other."""
        made = self.out
        assert made.world is not None
        found = False
        for name, rule in made.rules.items():
            for other in needs(rule):
                if other not in made.rules or other == name:
                    found = True
                    rest = [one for one in made.rules if one != name]
                    self._fault(("rules", name), f"needs another contest {other!r}{near(other, rest)}", key=True)
        made.contests = tuple(
            Contest(name, rule, worlds.get(name, made.world), made.papers.get(name, {}))
            for name, rule in made.rules.items()
        )
        try:
            made.contests if found else in_order(made.contests)
        except ValueError as error:
            self._fault(("rules",), f"these contests wait for each other: {error}", key=True)

    def _check(self, one: Part, path: tuple[str, ...], world: World) -> None:
        for below, message in one.check(world):
            steps = (*path, *(below.split(".") if below else ()))
            at = find(self.root, steps)
            mark = at.node.key if len(at.path) <= len(path) and at.node.key else at.mark
            self.faults.append(fault(mark, steps, message))

    def _observed(self, node: Node) -> None:
        rows = node.plain()
        if node.value is None and node.written:
            return
        if not isinstance(rows, list):
            self._fault(("observed",), f"expected a table, got {show_value(rows)}")
            return
        try:
            made = _OBSERVED.validate_python(rows)
        except ValidationError as error:
            self.faults.extend(translate(error, Observation, self.root, ("observed",)))
            return
        self.out.observed = made
        for below, message in [*coerced(rows, made), *check_observed(made, self.out.world)]:
            self._fault(("observed", *below), message)

    def _priors(self, node: Node) -> None:
        priors, faults = read_priors(node)
        if priors and not self.faults:
            # Only in a scenario that is valid otherwise does a trial tell what is wrong with a prior.
            trial = lambda root: _Validator(root, ()).checked()  # noqa: E731
            self.out.priors, more = check_priors(self.root, self.out.resolved(), priors, self.out.sections, trial)
            faults += more
        self.faults += faults


def _written_out(one: Part) -> dict[str, Any]:
    return {"model": one.model, **one.model_dump(mode="json", by_alias=True, exclude_none=True)}


def _shown(value: Any) -> str:
    return "a table" if isinstance(value, Rows) else show_value(value)


def _known(known: Mapping[str, type[Part]]) -> str:
    return f"known: {', '.join(known)}" if known else "there are none"


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True

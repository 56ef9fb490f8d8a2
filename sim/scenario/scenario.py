"""The scenario: validated, frozen, printable."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sim.election.contests import Contest
from sim.election.part import Part
from sim.election.world import World
from sim.scenario.document import Document
from sim.scenario.merge import Change, parse_value
from sim.scenario.priors import Prior
from sim.scenario.settings import Observation, RunSettings
from sim.scenario.tables import Folder, as_written, inline
from sim.scenario.validate import Checked, validate
from sim.scenario.writer import write_yaml

__all__ = ["Scenario", "load", "loads"]


@dataclass(frozen=True, eq=False, repr=False)
class Scenario:
    """An election under assumptions that a person wrote in one file.

    Made by `load` and `loads`; `change` gives another one.  Two scenarios are equal if they are the same with
    every default filled in and every table written out, wherever they came from.

    Attributes
    ----------
    source_path
        The file as the user named it, or the name given to `loads`.
    """

    source_path: str
    _document: Document = field(repr=False)
    _checked: Checked = field(repr=False)

    @classmethod
    def of(cls, document: Document, source_path: str) -> Scenario:
        """Read the tables of a document and validate it.

        Raises
        ------
        ScenarioError
            With every fault.
        """
        root, faults = inline(document.root, document.folder)
        return cls(source_path, document, validate(root, faults))

    @property
    def title(self) -> str:
        """What is simulated, in one line."""
        return self._checked.title

    @property
    def date(self) -> str | None:
        """Day of the election as ISO text, or None."""
        return self._checked.date

    @property
    def note(self) -> str | None:
        """Free text."""
        return self._checked.note

    @property
    def sections(self) -> Mapping[str, Part]:
        """The part of each stage that the scenario has, but for ``rules``."""
        return MappingProxyType(self._checked.sections)

    @property
    def rules(self) -> Mapping[str, Part]:
        """The rule of each contest."""
        return MappingProxyType(self._checked.rules)

    @property
    def contests(self) -> tuple[Contest, ...]:
        """What is decided: each contest with its rule, its world and, where it has its own, its paper."""
        return self._checked.contests

    @property
    def plain(self) -> bool:
        """Whether one contest is decided on the common paper, so that its variables need not bear its name."""
        return len(self.contests) == 1 and not self._checked.papers

    @property
    def run(self) -> RunSettings:
        """Number of draws, seed, variables to keep."""
        return self._checked.run

    @property
    def observed(self) -> tuple[Observation, ...]:
        """Figures of the real election."""
        return self._checked.observed

    @property
    def priors(self) -> Mapping[str, Prior]:
        """Priors of the parameters to calibrate, by path: the section ``fit``."""
        return MappingProxyType(self._checked.priors)

    @property
    def world(self) -> World:
        """Regions, units and options."""
        assert self._checked.world is not None
        return self._checked.world

    @property
    def changes(self) -> tuple[Change, ...]:
        """What variants and single changes put in the place of something else, in order."""
        return self._document.changes

    def change(self, changes: Mapping[str, Any]) -> Scenario:
        """Return the scenario with single entries changed, validated anew.

        Parameters
        ----------
        changes
            Dotted path → new value; mappings merge, None removes the entry.

        Examples
        --------
        >>> low = scenario.change({"turnout.baseline": 0.55})  # doctest: +SKIP
        """
        return Scenario.of(self._document.change(changes, "change()"), self.source_path)

    def resolved(self) -> dict[str, Any]:
        """Return everything that is in force as plain values: defaults filled in, tables written out."""
        return self._checked.resolved()

    def short(self) -> dict[str, Any]:
        """Return the scenario as written, variants and changes laid on it, tables by name."""
        plain: dict[str, Any] = as_written(self._document.root, self._document.folder)
        return plain

    def to_yaml(self, resolved: bool = True) -> str:
        """Return the scenario as a file, resolved or as written."""
        return write_yaml(self.resolved() if resolved else self.short())

    @cached_property
    def _canonical(self) -> str:
        plain = self.resolved()
        for stage, one in self.sections.items():
            for key in one.ordered:
                plain[stage][key] = list(plain[stage][key].items())
        return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        """Hash of the resolved scenario, the same for every way of writing it."""
        return hashlib.sha256(self._canonical.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return self._canonical == other._canonical if isinstance(other, Scenario) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._canonical)

    def __repr__(self) -> str:
        from sim.scenario.show import summary_text

        return summary_text(self)

    def _repr_html_(self) -> str:
        from sim.scenario.show import summary_html

        return summary_html(self)


def load(
    path: str | os.PathLike[str],
    changes: Mapping[str, Any] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path
        A YAML file; its tables lie in its folder.
    changes
        Entries to change: dotted path → value.
    settings
        The same as texts, as on the command line; each is read by the rules of the scenario file.

    Raises
    ------
    ScenarioError
        With every fault of the file and its tables.
    """
    return Scenario.of(_changed(Document.read(path), changes, settings), os.fspath(path))


def loads(
    text: str,
    folder: str | os.PathLike[str] | None = None,
    name: str = "<text>",
    changes: Mapping[str, Any] | None = None,
) -> Scenario:
    """Read a scenario from a text.

    Parameters
    ----------
    text
        YAML.
    folder
        Where the tables lie that it names; without it, it can name none.
    name
        What messages name as the file.
    changes
        Entries to change: dotted path → value.

    Raises
    ------
    ScenarioError
        With every fault of the text and its tables.
    """
    home = Folder(None) if folder is None else Folder(Path(folder), os.fspath(folder))
    shown = name if folder is None else os.path.normpath(os.path.join(os.fspath(folder), name))
    return Scenario.of(_changed(Document.of(text, shown, home), changes, None), shown)


def _changed(document: Document, changes: Mapping[str, Any] | None, settings: Mapping[str, str] | None) -> Document:
    if changes:
        document = document.change(changes, "change()")
    if settings:
        document = document.change({path: parse_value(path, text) for path, text in settings.items()}, "--set")
    return document

"""The base of every part and the registry of parts.

A part is one file with one class: a frozen model whose fields are exactly what a user may write in its
section, and the method ``prepare`` that turns it into the function its stage runs on each block of draws.

    class Fixed(Part, stage="turnout", model="fixed"):
        '''Everyone comes with the same probability. …'''
        share: Share = Field(description="probability that a registered voter comes")

        def prepare(self, world): …
"""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from sim.election.variables import Axis, Variable

if TYPE_CHECKING:
    from sim.election.state import Block
    from sim.election.world import World

__all__ = ["STAGES", "Intercept", "Part", "Section", "Stage", "part", "parts"]

#: The stages in the order in which an election happens; each is a section of the scenario file and a
#: folder beside this one.
STAGES = (
    "electorate",
    "campaign",
    "voters",
    "turnout",
    "polling",
    "ballot",
    "irregularities",
    "count",
    "rules",
)

ENTRY_POINTS = "sim.parts"

Stage = Callable[["Block"], None]

_registry: dict[str, dict[str, type[Part]]] = {stage: {} for stage in STAGES}


class Section(BaseModel):
    """A mapping inside a scenario file: frozen, and no key is accepted that is not a field."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


@dataclass(frozen=True)
class Intercept:
    """A field of shares that moves a share of the result up and down; calibration moves it on the log-odds scale.

    Attributes
    ----------
    variable
        ``vote_share``, ``turnout`` or ``invalid_share``.
    nation
        The field, a dotted path inside the section, that moves the nation.
    regions
        The field that moves a single region; the same one where it is left empty.
    """

    variable: str
    nation: str
    regions: str = ""

    def field(self, regional: bool) -> str:
        """Return the field that moves the nation, or a single region."""
        return self.regions or self.nation if regional else self.nation


class Part(Section):
    """Base of every part.

    Class keywords
    --------------
    stage : str
        One of `STAGES`.
    model : str
        The name under which a scenario chooses the part (``model: logit``).

    Class variables
    ---------------
    default
        True for the part taken when the section names no model.
    example
        A smallest valid body of the section, without ``model``; used by the conformance suite.
    reference
        Where the formula comes from.
    outputs
        Variables that the part adds to the result.
    ordered
        Fields that are mappings whose order counts: two scenarios that differ in it are two.
    intercepts
        Fields that calibration may move to meet a share of the result.
    """

    stage: ClassVar[str]
    model: ClassVar[str]
    default: ClassVar[bool] = False
    example: ClassVar[Mapping[str, Any]] = {}
    reference: ClassVar[str] = ""
    outputs: ClassVar[tuple[Variable, ...]] = ()
    ordered: ClassVar[tuple[str, ...]] = ()
    intercepts: ClassVar[tuple[Intercept, ...]] = ()

    def __init_subclass__(cls, stage: str = "", model: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, stage: str = "", model: str = "", **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if not stage:
            return
        known = _registry[stage]
        if model in known and known[model].__module__ != cls.__module__:
            raise ValueError(f"two parts are called {model!r} in {stage}: {known[model]!r} and {cls!r}")
        cls.stage, cls.model = stage, model
        known[model] = cls

    def check(self, world: World) -> Iterator[tuple[str, str]]:
        """Yield (path inside the section, message) for every fault that shows only beside the other parts."""
        return iter(())

    def prepare(self, world: World) -> Stage:
        """Return the function that runs this part on a block of draws."""
        raise NotImplementedError

    def used_outputs(self, world: World) -> tuple[Variable, ...]:
        """Return the variables that this part adds to the result in this world."""
        return self.outputs

    def axes(self, world: World) -> tuple[Axis, ...]:
        """Return the dims that this part adds to the result."""
        return ()

    def planes(self, world: World) -> int:
        """Return how many numbers of a cell the part's widest array holds, where that is many; sets block sizes."""
        return 1


@cache
def _discover() -> None:
    for stage in STAGES:
        package = importlib.import_module(f"sim.election.{stage}")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        entry.load()


def parts(stage: str) -> dict[str, type[Part]]:
    """Return the parts of a stage by name, own and third-party, in alphabetical order."""
    _discover()
    return dict(sorted(_registry[stage].items()))


def part(stage: str, model: str | None = None) -> type[Part]:
    """Return the class of a part; without ``model`` the stage's default.

    Raises
    ------
    KeyError
        If the stage has no such part, or no default.
    """
    known = parts(stage)
    if model is not None:
        return known[model]
    for cls in known.values():
        if cls.default:
            return cls
    raise KeyError(f"{stage} has no default model")

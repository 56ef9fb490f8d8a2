"""Terms of the turnout: what has a name and moves the log-odds of voting, by a number or by a mechanism.

Terms act last and one after the other, in the order in which they are written, on the turnout of each cell as the
swing and the overdispersion have left it.  ``turnout_effect_<name>`` (draw, region) is the turnout after a term less
that before it, so that in every draw and region

    turnout = turnout without terms + Σ turnout_effect

Numbers, ``calculus`` and ``weather`` add to the log-odds: their order among each other changes the effects told of
each, never the turnout.  The others act on probabilities or read the shares of the options: their order matters, and a
term acts on all who would come by then, whoever has brought them.

A mechanism is one file in this folder (`sim.election.turnout.terms.base`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union

import numpy as np
from numpy.typing import NDArray
from pydantic import Discriminator, Field, Tag

from sim.election.quantities import Keyed, per_stratum
from sim.election.state import Block
from sim.election.turnout.terms.base import KINDS, Mechanism, Turn, amounts
from sim.election.variables import turnout_effect
from sim.election.world import World

__all__ = ["KINDS", "Mechanism", "Sequence", "Term", "term_faults"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

#: Below this, nobody.
LEAST = 1e-300

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def _written_as(value: Any) -> str:
    """A mapping whose ``kind`` is a word is a mechanism; a region may be called 'kind', but its value is a number."""
    is_mechanism = isinstance(value, Mechanism) or (isinstance(value, Mapping) and isinstance(value.get("kind"), str))
    return "mechanism" if is_mechanism else "number"


_Mechanisms: Any = Union[tuple(cls for _, cls in sorted(KINDS.items()))]  # noqa: UP007

#: A number of log-odds, per region, group or both, or a mechanism.
Term: Any = Annotated[
    Annotated[Annotated[_Mechanisms, Field(discriminator="kind")], Tag("mechanism")]
    | Annotated[per_stratum(), Tag("number")],
    Discriminator(_written_as),
]


def term_faults(terms: Mapping[str, Any], world: World) -> Iterator[tuple[str, str]]:
    """Yield (path inside ``terms``, message) for every fault."""
    for i, (name, term) in enumerate(terms.items()):
        if isinstance(term, Mechanism):
            for path, message in term.check(world, tuple(terms)[:i]):
                yield f"{name}.{path}".rstrip("."), message
            continue
        for key, message in world.stratum_faults(term):
            yield f"{name}.{key}".rstrip("."), message
        if all(shift == 0 for shift in world.stratum_values(term)):
            yield name, "does nothing: it is 0 everywhere"


class Sequence:
    """The terms of a turnout model, prepared for a world.

    Parameters
    ----------
    terms
        Name → term, in the order in which they act.
    world
        Regions, units, groups and options.
    name
        Written name of the random variables, e.g. ``turnout.terms``.
    """

    def __init__(self, terms: Mapping[str, Any], world: World, name: str) -> None:
        self._world = world
        self._turns: list[tuple[str, Turn]] = [
            (turnout_effect(key).name, _prepared(term, world, f"{name}.{key}")) for key, term in terms.items()
        ]

    def __call__(self, block: Block, log_odds: F32) -> F32:
        """Turn the log-odds of coming, (draw, cell), and write the effects; some terms move ``block.support`` too."""
        if not self._turns:
            return log_odds
        start = log_odds
        before = _chance(start)
        for output, turn in self._turns:
            brought = block.mobilised
            log_odds = np.ascontiguousarray(turn(block, log_odds, start), np.float32)
            after = _chance(log_odds)
            if brought is not None and brought is block.mobilised:
                # Whoever comes besides was not mobilised; of those who are kept away as many were as of the others.
                block.mobilised = brought * (before / np.maximum(np.maximum(before, after), LEAST)).astype(np.float32)
            block.outputs[output] = (self._of_regions(block, after) - self._of_regions(block, before)).astype(
                np.float32
            )
            before = after
        return log_odds

    def _of_regions(self, block: Block, turnout: F64) -> F64:
        """Turnout of the regions, (draw, region)."""
        from sim.numeric.fields import segment_means

        if not self._world.divides_strata and not self._world.has_groups:
            return turnout
        return segment_means(turnout, block.registered, self._world.cell_offsets)


def _chance(log_odds: F32) -> F64:
    from sim.numeric.elementary import logistic

    return np.asarray(logistic(log_odds.astype(np.float64)), np.float64)


def _prepared(term: Mechanism | Keyed, world: World, name: str) -> Turn:
    if isinstance(term, Mechanism):
        return term.prepare(world, name)
    of = amounts(world, {name: term})

    def shift(block: Block, log_odds: F32, start: F32) -> F32:
        return log_odds + of(block)[0].astype(np.float32)

    return shift

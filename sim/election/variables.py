"""What a variable of a result is: declared once, checked on writing, printed in the reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = [
    "EXPRESSED_SHARE",
    "NAMED",
    "VOTES_MOBILISED",
    "VOTES_TRUE",
    "Axis",
    "Variable",
    "lost",
    "turnout_effect",
]


@dataclass(frozen=True)
class Variable:
    """Declaration of one result variable.

    Parameters
    ----------
    name, dims, dtype
        As they stand in the Dataset; a dim ending in ``?`` is there only where it varies.
    units
        ``people``, ``ballots``, ``votes``, ``seats``, ``1`` …
    meaning
        One sentence.
    invariant
        What holds for its values, in words.
    minimum, maximum
        Bounds that are checked on writing; None where there is none.
    indexes
        The dim into which the values point (``winner`` points into ``option``), −1 for none.
    source
        Where the block holds it: ``true_votes``, ``lost.queue``; ``outputs.<name>`` where it is left out.
        Counts of units become sums of regions where the variable has the dim ``region``.
    """

    name: str
    dims: tuple[str, ...]
    dtype: str
    units: str
    meaning: str
    invariant: str = ""
    minimum: float | None = None
    maximum: float | None = None
    indexes: str | None = None
    source: str = ""


@dataclass(frozen=True)
class Axis:
    """A dim that a part adds to the result; in the block it stands first, as the options do.

    Parameters
    ----------
    name
        Of the dim and of its coordinate.
    labels
        What its places are called, in canonical order.
    places
        For each place of the result the canonical one.
    meaning
        One sentence.
    """

    name: str
    labels: tuple[str, ...]
    places: tuple[int, ...]
    meaning: str


def lost(cause: str) -> Variable:
    """Declare the people who set out and cast no ballot for one cause: the part fills ``block.lost[cause]``."""
    return Variable(
        f"lost_{cause}",
        ("draw", "region"),
        "int32",
        "people",
        f"people who set out and cast no ballot: {cause}",
        "registered = abstained + Σ lost_* + ballots_cast",
        minimum=0,
        source=f"lost.{cause}",
    )


def turnout_effect(term: str) -> Variable:
    """Declare what a term does to the turnout that those before it leave.

    The part fills ``block.outputs["turnout_effect_<term>"]``.
    """
    return Variable(
        f"turnout_effect_{term}",
        ("draw", "region"),
        "float32",
        "1",
        f"turnout after {term!r} less turnout before it, a share of the registered voters",
        "turnout = turnout without terms + Σ turnout_effect_*, each expected and not counted",
        minimum=-1,
        maximum=1,
    )


#: Variables that exist once for each name a scenario gives: what their own name begins with, and the declaration.
NAMED: dict[str, Callable[[str], Variable]] = {"lost_": lost, "turnout_effect_": turnout_effect}

#: Who was brought to the polls; a part that mobilises declares it and fills ``block.mobilised``.
VOTES_MOBILISED = Variable(
    "votes_mobilised",
    ("draw", "region", "option"),
    "int32",
    "votes",
    "votes of people who came because they were pressed and would have stayed at home",
    "votes_mobilised ≤ votes, as they were cast",
    minimum=0,
    source="votes_mobilised",
)

#: The votes before irregularities; a part that moves votes declares it and fills ``block.true_votes``.
VOTES_TRUE = Variable(
    "votes_true",
    ("draw", "region", "option"),
    "int32",
    "votes",
    "votes as they were cast; `votes` holds what was reported",
    "Σ votes_true over options + invalid_ballots = ballots_cast",
    minimum=0,
    source="true_votes",
)

#: Where people do not say what they vote: what a poll of all who are registered would find.
EXPRESSED_SHARE = Variable(
    "expressed_share",
    ("draw", "region", "option"),
    "float32",
    "1",
    "share of the registered voters who say that they support the option, without sampling error",
    "Σ over options = 1",
    minimum=0,
    maximum=1.00001,
)

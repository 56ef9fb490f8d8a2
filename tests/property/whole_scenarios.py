"""Whole scenarios with a given part in one stage and any others beside it.

What is generated comes from the registry: a part, or a kind of term, that is registered and has no strategy fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from places import ELECTORATES, Place, ballots, electorates, places, sizes
from turnout_models import TERMS, TURNOUT, turnouts
from voter_models import CULTURES, FEWEST, VOTERS, voters

from sim.election.part import STAGES, parts
from sim.election.turnout.terms import KINDS

BALLOTS = ("single_choice", "ranked")
RULES = ("plurality", "two_round")

KNOWN: dict[str, tuple[str, ...]] = {
    "electorate": tuple(dict.fromkeys(body["model"] for body in ELECTORATES.values())),
    "voters": tuple(VOTERS),
    "turnout": tuple(TURNOUT),
    "ballot": BALLOTS,
    "rules": RULES,
}


@dataclass(frozen=True)
class Case:
    """A registered part of which scenarios are generated; ``kind`` is one of its kinds, where it has several."""

    stage: str
    model: str
    kind: str = ""

    def __str__(self) -> str:
        """Return its name in the tests."""
        return ":".join(word for word in (self.stage, self.model, self.kind.replace(" ", "_")) if word)


def cases() -> list[Case]:
    """Every registered part of this package, every kind of electorate and of term."""
    # Rules have properties of their own (tests/election/rules), and so have the ballots made for them.
    elsewhere = {("ballot", "score"), ("ballot", "approval")}
    elsewhere |= {("rules", name) for name in parts("rules") if name not in ("plurality", "two_round")}
    every = [(s, name, cls) for s in STAGES for name, cls in parts(s).items() if (s, name) not in elsewhere]
    own = [Case(s, name) for s, name, cls in every if cls.__module__.startswith("sim.")]
    kinds = [Case("electorate", body["model"], kind) for kind, body in ELECTORATES.items() if kind != body["model"]]
    return [*own, *kinds, *(Case("turnout", "logit", kind) for kind in ("number", *KINDS))]


@st.composite
def scenarios_of(
    draw: st.DrawFn, case: Case, groups: bool | None = None, alike: bool = False, crowds: bool = False
) -> dict[str, Any]:
    """A valid scenario with the part; ``groups`` tells whether there must or must not be groups.

    With ``crowds`` voters are not simulated one by one.
    """
    place = _place(draw, case, groups, alike, crowds)
    model = case.model if case.stage == "voters" else draw(st.sampled_from(_voters_of(place)))
    turnout = draw(st.sampled_from([*TURNOUT, "logit", "logit"]))
    if case.stage == "turnout":
        turnout = case.model
    ballot = case.model if case.stage == "ballot" else draw(st.sampled_from(BALLOTS))
    rule = case.model if case.stage == "rules" else draw(st.sampled_from(RULES))
    out = {
        "title": "generated",
        "electorate": draw(electorates(place, 40 if place.model == "individuals" else 5_000)),
        "ballot": draw(ballots(place, ballot)),
        "voters": draw(voters(place, model)),
        "turnout": draw(turnouts(place, turnout, case.kind if case.stage == "turnout" else "")),
        "rules": {"it": draw(rules(place, rule))},
    }
    if place.stations:
        out["run"] = {"keep": ["station_votes", "station_ballots_cast"]}
    correlate(draw, place, out)
    return out


def strategy_is_missing(case: Case) -> str:
    """Say what is to be done for a part without a strategy, "" where there is one."""
    if case.model not in KNOWN.get(case.stage, ()):
        return f"{case} is registered and has no strategy: tests/property has to generate it, see voter_models.py"
    if case.stage == "turnout" and case.kind and case.kind not in TERMS:
        return f"the term {case.kind!r} has no strategy: enter one in tests/property/turnout_models.py"
    return ""


def _place(draw: st.DrawFn, case: Case, groups: bool | None, alike: bool, crowds: bool) -> Place:
    missing = strategy_is_missing(case)
    if missing:
        pytest.fail(missing)
    if case.stage == "electorate":
        kinds = [kind for kind, body in ELECTORATES.items() if case.kind in ("", kind) and body["model"] == case.model]
    else:
        kinds = [k for k, body in ELECTORATES.items() if groups in (None, body["model"] != "table")]
        if groups is False:
            kinds += [k for k, body in ELECTORATES.items() if body["model"] == "individuals"]
        if case.stage == "voters" and case.model != "spatial":
            kinds = [kind for kind in kinds if "dimensions" not in ELECTORATES[kind]]
    if crowds:
        kinds = [kind for kind in kinds if ELECTORATES[kind]["model"] != "individuals"]
    least = FEWEST.get(case.model, 1) if case.stage == "voters" else 1
    return draw(places(draw(st.sampled_from(kinds)), least, groups, alike))


def _voters_of(place: Place) -> list[str]:
    """Models that can be had with so many options, and with voters who have positions."""
    if place.dimensions:
        return ["spatial"]
    return [name for name in VOTERS if FEWEST.get(name, 1) <= len(place.options)]


@st.composite
def rules(draw: st.DrawFn, place: Place, model: str) -> dict[str, Any]:
    """The rule, with a second round or without."""
    out: dict[str, Any] = {"model": model, "ties": draw(st.sampled_from(["lot", "order"]))}
    if model == "two_round":
        out["majority_of"] = draw(st.sampled_from(["valid_votes", "ballots_cast", "registered"]))
        first = place.options[0]
        out["runoff"] = {
            "turnout": draw(st.sampled_from([-20.0, 0.0, 20.0])),
            "swing": draw(sizes),
            "transfers": draw(st.sampled_from([{}, {"default": {"abstain": 1.0}}, {first: {"abstain": 0.3}}])),
        }
    return out


def correlate(draw: st.DrawFn, place: Place, out: dict[str, Any]) -> None:
    """Let the turnout go with the vote, where both swing."""
    if out["voters"]["model"] in CULTURES or out["turnout"]["model"] != "logit":
        return
    swing = out["turnout"]["swing"]
    both = [any(one.get(key) for key in ("national", "regional")) for one in (swing, out["voters"]["swing"])]
    if all(both) and out["turnout"].get("centre") is None and draw(st.booleans()):
        swing["with_vote"] = {place.options[0]: draw(st.sampled_from([-1.0, 0.5]))}

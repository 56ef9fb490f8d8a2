"""Plain scenarios: `logit` voters and turnout, whose parts tests take out and put in by name."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from places import ballots, electorates, places, probabilities, shares, swings
from turnout_models import terms
from whole_scenarios import RULES, correlate, rules


@st.composite
def scenarios(draw: st.DrawFn, largest: int = 5_000) -> dict[str, Any]:
    """A valid scenario of 1–4 regions, 1–4 options, with or without stations, either rule."""
    place = draw(places(draw(st.sampled_from(["table", "table with stations"]))))
    out: dict[str, Any] = {
        "title": "generated",
        "electorate": draw(electorates(place, largest)),
        "ballot": draw(ballots(place, "single_choice")),
        "voters": {"model": "logit", "baseline": draw(shares(place.options)), "swing": draw(swings(place))},
        "turnout": {
            "model": "logit",
            "baseline": draw(probabilities),
            "swing": draw(swings(place)),
            "terms": draw(terms(place)),
        },
        "rules": {"it": draw(rules(place, draw(st.sampled_from(RULES))))},
    }
    correlate(draw, place, out)
    return out

"""A strategy for each turnout model and each kind of its terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from places import Place, by_stratum, overdispersions, probabilities, small, swings

Body = dict[str, Any]
Model = Callable[[st.DrawFn, Place], Body]

some = st.sampled_from([1e-6, 0.4, 1.0])
fraction = {"beta": [4, 6]}

#: Model → what draws its body; kind of term → what draws it.
TURNOUT: dict[str, Model] = {}
TERMS: dict[str, Callable[[st.DrawFn, Place], Any]] = {}


def model(function: Model) -> Model:
    """Enter a strategy under the name of its model."""
    TURNOUT[function.__name__] = function
    return function


def term(function: Callable[[st.DrawFn, Place], Any]) -> Callable[[st.DrawFn, Place], Any]:
    """Enter a strategy under the kind of its term."""
    TERMS[function.__name__] = function
    return function


@st.composite
def turnouts(draw: st.DrawFn, place: Place, name: str, kind: str = "") -> Body:
    """The section of one model; ``kind`` is that of a term which is there for certain."""
    out = {"model": name, **TURNOUT[name](draw, place)}
    return {**out, "terms": draw(terms(place, kind))} if name == "logit" else out


@model
def fixed(draw: st.DrawFn, place: Place) -> Body:
    return {"baseline": draw(by_stratum(place, probabilities, fraction))}


@model
def beta(draw: st.DrawFn, place: Place) -> Body:
    sd = draw(st.sampled_from([0.0, 0.1, {"default": 0.05, place.regions[-1]: 0.2}]))
    return {"baseline": draw(by_stratum(place, st.sampled_from([0.3, 0.6, 0.9]), fraction)), "sd": sd}


@model
def logit(draw: st.DrawFn, place: Place) -> Body:
    out: Body = {"swing": draw(swings(place)), "overdispersion": draw(overdispersions(place))}
    if draw(st.sampled_from([False, False, False, True])):
        out |= {"centre": "expectation", "swing": {"national": draw(small)}, "overdispersion": {}}
        return {**out, "baseline": draw(by_stratum(place, probabilities))}
    return {**out, "baseline": draw(by_stratum(place, probabilities, fraction))}


@st.composite
def terms(draw: st.DrawFn, place: Place, kind: str = "") -> Body:
    """Terms in any order, mild and extreme; contagion after others."""
    names = draw(st.lists(st.sampled_from(sorted(set(TERMS) - {"contagion"})), max_size=2, unique=True))
    if kind and kind != "contagion":
        names = draw(st.permutations(sorted({*names, kind})))
    if kind == "contagion":
        names = [*(names or ["number"]), kind]
    out = {}
    for name in names:
        made = TERMS[name](draw, place)
        out[name] = {"kind": name, **made} if name != "number" else made
    return out


@term
def number(draw: st.DrawFn, place: Place) -> Any:
    return draw(by_stratum(place, st.sampled_from([-20.0, 0.3]), {"normal": [0.1, 0.3]}))


@term
def calculus(draw: st.DrawFn, place: Place) -> Body:
    out: Body = {"benefit": draw(by_stratum(place, st.sampled_from([5.0, 1e3]))), "duty": 0.1}
    if draw(st.booleans()):
        return {**out, "pivot": draw(st.sampled_from([0.01, {"beta": [3, 60]}]))}
    return {**out, "voters": draw(st.sampled_from([0, 1e9])), "closeness": 0.5}


@term
def weather(draw: st.DrawFn, place: Place) -> Body:
    return {"rain": draw(by_stratum(place, st.sampled_from([-1.0, 3.0, 500.0]), {"normal": [3, 1]}))}


@term
def alienation(draw: st.DrawFn, place: Place) -> Body:
    thresholds = st.sampled_from([-300.0, 0.0, 300.0])
    return {"threshold": draw(by_stratum(place, thresholds, {"normal": [0, 1]})), "anchor": place.options[-1]}


@term
def indifference(draw: st.DrawFn, place: Place) -> Body:
    return {"threshold": draw(by_stratum(place, st.sampled_from([0.3, 2e3])))}


@term
def boycott(draw: st.DrawFn, place: Place) -> Body:
    out: Body = {"reach": draw(by_stratum(place, some, fraction))}
    if draw(st.booleans()):
        return {**out, "adherence": draw(by_stratum(place, some))}
    return {**out, "followers": {place.options[-1]: draw(some)}}


@term
def compulsory(draw: st.DrawFn, place: Place) -> Body:
    return {"enforcement": draw(by_stratum(place, some, fraction))}


@term
def contagion(draw: st.DrawFn, place: Place) -> Body:
    return {"households": draw(by_stratum(place, some, fraction))}


@term
def mobilisation(draw: st.DrawFn, place: Place) -> Body:
    one = place.options[-1]
    return {
        "sectors": {
            "all": {"share": draw(by_stratum(place, some)), "exposure": draw(by_stratum(place, some, fraction))}
        },
        "compliance": draw(by_stratum(place, some, {"beta": [3, 17]})),
        "vote": draw(st.sampled_from([{}, {one: 1.0}, {one: 0.5}])),
    }

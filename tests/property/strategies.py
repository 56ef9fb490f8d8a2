"""Hypothesis strategies of small whole scenarios."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

REGIONS = ("alpha", "beta", "gamma", "delta")
OPTIONS = ("x", "y", "z", "none")

sizes = st.sampled_from([0.0, 0.1, 0.5, 3.0, 20.0])
probabilities = st.sampled_from([0.0, 1e-6, 0.02, 0.5, 0.97, 1.0])


@st.composite
def shares(draw: st.DrawFn, options: list[str]) -> dict[str, float]:
    """Shares of the options that sum to one; some may be 0."""
    weights = draw(st.lists(st.integers(0, 20), min_size=len(options), max_size=len(options)).filter(any))
    return {option: weight / sum(weights) for option, weight in zip(options, weights)}


@st.composite
def swings(draw: st.DrawFn, regions: list[str], stations: bool) -> dict[str, Any]:
    """Any swing that is allowed for these regions."""
    regional = draw(sizes)
    out: dict[str, Any] = {"national": draw(sizes), "regional": regional}
    if draw(st.booleans()):
        out["tails"] = draw(st.sampled_from([2.01, 4, 30]))
    if regional and draw(st.booleans()):
        out["region_correlation"] = draw(st.sampled_from([0.0, 0.4, 1.0]))
    if draw(st.booleans()):
        out["blocks"] = {"some": {"regions": regions[:1], "sd": draw(sizes)}}
    if stations:
        out["station"] = draw(sizes)
    return out


@st.composite
def terms(draw: st.DrawFn, options: list[str]) -> dict[str, Any]:
    """Up to three terms of the turnout in any order, mild and extreme; nothing where there is none."""
    some = st.sampled_from([1e-6, 0.4, 1.0])
    one = options[-1]
    pool: dict[str, dict[str, Any] | float] = {
        "trend": draw(st.sampled_from([-20.0, 0.3])),
        "calculus": {"kind": "calculus", "benefit": 1e3, "voters": draw(st.sampled_from([0, 1e9])), "closeness": 0.5},
        "weather": {"kind": "weather", "rain": draw(st.sampled_from([-1.0, 3.0, 500.0]))},
        "alienation": {"kind": "alienation", "threshold": draw(st.sampled_from([-300.0, 0.0, 300.0])), "anchor": one},
        "indifference": {"kind": "indifference", "threshold": draw(st.sampled_from([0.3, 2e3]))},
        "boycott": {"kind": "boycott", "reach": draw(some), "followers": {one: draw(some)}},
        "call": {"kind": "boycott", "reach": draw(some), "adherence": draw(some)},
        "compulsory": {"kind": "compulsory", "enforcement": draw(some)},
        "mobilisation": {
            "kind": "mobilisation",
            "sectors": {"all": {"share": draw(some), "exposure": draw(some)}},
            "compliance": draw(st.sampled_from([1.0, {"beta": [3, 17]}])),
            "vote": draw(st.sampled_from([{}, {one: 1.0}, {one: 0.5}])),
        },
    }
    names = draw(st.lists(st.sampled_from(sorted(pool)), max_size=3, unique=True))
    out: dict[str, Any] = {name: pool[name] for name in names}
    if out and draw(st.booleans()):
        out["contagion"] = {"kind": "contagion", "households": draw(some)}
    return out


@st.composite
def scenarios(draw: st.DrawFn, largest: int = 5_000) -> dict[str, Any]:
    """A valid scenario of 1–4 regions, 1–4 options, with or without stations, either rule."""
    regions = list(REGIONS[: draw(st.integers(1, 4))])
    options = list(OPTIONS[: draw(st.integers(1, 4))])
    stations = draw(st.booleans())
    rows = []
    for i, region in enumerate(regions):
        registered = draw(st.sampled_from([0, 1, 7, largest])) if i else draw(st.sampled_from([1, 7, largest]))
        row: dict[str, Any] = {"region": region, "registered": registered}
        if stations:
            row["stations"] = min(draw(st.integers(1, 3)), max(registered, 1))
        if draw(st.booleans()):
            row["registered_sd"] = 0.3
        rows.append(row)
    electorate: dict[str, Any] = {"regions": rows, **({"stations": {}} if stations else {})}
    if draw(st.booleans()):
        electorate["total"] = draw(st.integers(1, largest))
    paper = {option: ({"kind": "against_all"} if option == "none" else {}) for option in options}
    ballot: dict[str, Any] = {"options": paper}
    if draw(st.booleans()):
        ballot["invalid"] = {"share": 0.1, "swing": draw(swings(regions, stations))}
    turnout: dict[str, Any] = {"baseline": draw(probabilities), "swing": draw(swings(regions, stations))}
    turnout["terms"] = draw(terms(options))
    votes = draw(swings(regions, stations))
    both = [any(swing[key] for key in ("national", "regional")) for swing in (turnout["swing"], votes)]
    if all(both) and draw(st.booleans()):
        turnout["swing"]["with_vote"] = {options[0]: draw(st.sampled_from([-1.0, 0.5]))}
    rule: dict[str, Any] = {
        "model": draw(st.sampled_from(["plurality", "two_round"])),
        "ties": draw(st.sampled_from(["lot", "order"])),
    }
    if rule["model"] == "two_round":
        rule["majority_of"] = draw(st.sampled_from(["valid_votes", "ballots_cast", "registered"]))
        rule["runoff"] = {
            "turnout": draw(st.sampled_from([-20.0, 0.0, 20.0])),
            "swing": draw(sizes),
            "transfers": draw(st.sampled_from([{}, {"default": {"abstain": 1.0}}, {"x": {"abstain": 0.3}}])),
        }
    return {
        "title": "generated",
        "electorate": electorate,
        "ballot": ballot,
        "voters": {"baseline": draw(shares(options)), "swing": votes},
        "turnout": turnout,
        "rules": {"it": rule},
    }


@st.composite
def grouped(draw: st.DrawFn) -> dict[str, Any]:
    """A valid scenario whose voters differ by age, or by age and sex; shares and turnout by group."""
    out = draw(scenarios())
    ages = ["young", "middle", "old"][: draw(st.integers(2, 3))]
    traits: dict[str, Any] = {"age": _margin(draw, ages)}
    if draw(st.booleans()):
        traits["sex"] = _margin(draw, ["f", "m"])
    out["electorate"] |= {"model": "cells", "traits": traits}
    options = list(out["ballot"]["options"])
    rows = [{"group": "default", **draw(shares(options))}, {"group": ages[0], **draw(shares(options))}]
    if "sex" in traits:
        rows.append({"group": f"{ages[0]}/f", **draw(shares(options))})
    out["voters"]["baseline"] = rows
    out["turnout"]["baseline"] = {"default": draw(probabilities), ages[-1]: draw(probabilities)}
    if draw(st.booleans()):
        out["turnout"]["terms"] = {"far": {"default": 0.2, ages[0]: draw(st.sampled_from([-1.0, 0.5]))}}
    for section in (out["voters"], out["turnout"]):
        if draw(st.booleans()):
            # Groups with a swing of their own are not alike when they are two.
            section["overdispersion"] = {"region": draw(st.sampled_from([0.001, 0.1]))}
    return out


def _margin(draw: st.DrawFn, values: list[str]) -> dict[str, float]:
    weights = [draw(st.integers(1, 9)) for _ in values]
    return {value: weight / sum(weights) for value, weight in zip(values, weights)}

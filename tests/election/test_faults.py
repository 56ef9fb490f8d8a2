"""Every fault that a part can find beside the others is reached, and told where it stands."""

from __future__ import annotations

import ast
import inspect
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import sim
import sim.election

ELECTION = Path(inspect.getfile(sim.election)).parent

PLAIN: dict[str, Any] = {
    "title": "faults",
    "electorate": {"regions": {"p": 60, "q": 40, "r": 10}},
    "ballot": {"options": {"a": None, "b": None, "none": {"kind": "against_all"}}},
    "voters": {"baseline": {"a": 0.5, "b": 0.4, "none": 0.1}},
    "turnout": {"baseline": 0.6},
    "rules": {"it": {"model": "two_round"}},
}
SHARES = {"a": 0.5, "b": 0.4, "none": 0.1}
THREE = {"a": None, "b": None, "none": {"kind": "against_all"}}
IMPOSSIBLE = {"p": {"q": 0.9}, "q": {"r": 0.9}, "r": {"p": -0.9}}
ON_EDGE = {"p": {"q": 1.0}, "q": {"r": 0.5}, "r": {"p": 0.2}}


def lists(model: str = "list_proportional", **body: Any) -> dict[str, Any]:
    return {"rules": {"it": {"model": model, "seats": 5, **body}}}


def turnout(**swing: Any) -> dict[str, Any]:
    return {"turnout": {"baseline": 0.6, "swing": swing}}


def stations(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"electorate": {"regions": list(rows), **more}}


def national_swing(**more: Any) -> dict[str, Any]:
    body = {"model": "national_swing", "baseline": SHARES, "before": SHARES, "after": SHARES}
    return {"voters": {**body, **more}}


def seats(model: str, number: int, **more: Any) -> dict[str, Any]:
    return {"rules": {"it": {"model": model, "seats": number, **more}}}


def ranked(options: dict[str, Any]) -> dict[str, Any]:
    voters = {"baseline": {option: 1 / len(options) for option in options}}
    return {"ballot": {"model": "ranked", "options": options}, "voters": voters}


def numbered(n: int) -> dict[str, Any]:
    return {f"o{i:02d}": None for i in range(n)}


def marked(model: str, **body: Any) -> dict[str, Any]:
    return {"ballot": {**PLAIN["ballot"], "model": model, **body}}


def mallows(*camps: dict[str, Any]) -> dict[str, Any]:
    plain = {"reference": ["a", "b", "none"], "phi": 0.5}
    return {"voters": {"model": "mallows", "mixture": [{**plain, **camp} for camp in camps]}}


def term(kind: str, **body: Any) -> dict[str, Any]:
    return {"turnout": {"baseline": 0.6, "terms": {"earlier": 0.1, "it": {"kind": kind, **body}}}}


def ballot_without() -> dict[str, Any]:
    """Sections without a line against all."""
    return {"ballot": {"options": {"a": None, "b": None}}, "voters": {"baseline": {"a": 0.6, "b": 0.4}}}


def in_district_s() -> dict[str, Any]:
    """The regions p and q in one district."""
    rows = [{"region": r, "registered": 50} for r in "pqr"]
    return {"electorate": {"regions": [{**row, **({"district": "s"} if row["region"] != "r" else {})} for row in rows]}}


def rule(model: str, **body: Any) -> dict[str, Any]:
    return {"rules": {"it": {"model": model, **body}}}


def college(electors: dict[str, int], split: dict[str, Any] | None = None, **sections: Any) -> dict[str, Any]:
    return {**sections, **rule("electoral_college", electors=electors, split=split or {})}


def mobilisation(share: Any = 0.2, exposure: Any = 0.3, **more: Any) -> dict[str, Any]:
    return term("mobilisation", sectors={"public": {"share": share, "exposure": exposure}}, **more)


def cells(**more: Any) -> dict[str, Any]:
    body = {"model": "cells", "regions": {"p": 60, "q": 40}, "traits": {"age": {"young": 0.4, "old": 0.6}}}
    return {"electorate": {**body, **more}}


def joint(*people: Any, **columns: Any) -> dict[str, Any]:
    keys = (("young", "f"), ("young", "m"), ("old", "f"), ("old", "m"))
    rows = [{"age": age, "sex": sex, "people": n, **columns} for (age, sex), n in zip(keys, people)]
    return cells(traits={"age": {"young": 0.4, "old": 0.6}, "sex": {"f": 0.5, "m": 0.5}}, joint={"both": rows})


def rows(*rows: dict[str, Any]) -> dict[str, Any]:
    return cells(traits={"age": list(rows)})


def loop(*three: float) -> dict[str, Any]:
    """Joint tables of each two of three traits with two values each, every margin one half."""
    pairs = {f"{a}{b}": (a, b, p) for (a, b), p in zip(("xy", "yz", "zx"), three)}
    table = {
        name: [{a: f"{a}{i}", b: f"{b}{j}", "people": p if i == j else 0.5 - p} for i in (0, 1) for j in (0, 1)]
        for name, (a, b, p) in pairs.items()
    }
    return cells(traits={t: {f"{t}0": 0.5, f"{t}1": 0.5} for t in "xyz"}, joint=table)


def voters(**more: Any) -> dict[str, Any]:
    return {"voters": {"baseline": SHARES, **more}}


INCUMBENT = {"ballot": {"options": {"a": {"incumbent": True}, "b": None, "none": {"kind": "against_all"}}}}
ALL_INCUMBENT = {"ballot": {"options": {o: {"incumbent": True} for o in SHARES}}}
ONE = {"ballot": {"options": {"a": None}}}
NOBODY = {"ballot": {"options": {"a": None, "none": {"kind": "against_all"}}}}
GROWTH = {"value": 0.05, "effect": 0.6}
KNOWN = {"start": {"b": 0.3}}


def economy(**indicator: Any) -> dict[str, Any]:
    return {**INCUMBENT, **voters(economy={"growth": {**GROWTH, **indicator}})}


def recognition(**more: Any) -> dict[str, Any]:
    return voters(recognition={**KNOWN, **more})


def nested(**more: Any) -> dict[str, Any]:
    return voters(model="nested_logit", nests={"n": {"options": ["a", "b"], "lambda": 0.5, **more}})


def mixed(loadings: Any, sd: Any = 1) -> dict[str, Any]:
    return voters(model="mixed_logit", factors={"f": {"loadings": loadings, "sd": sd}})


def spatial(**more: Any) -> dict[str, Any]:
    places = {o: {"x": i, "y": 0} for i, o in enumerate(SHARES)}
    return {"voters": {"model": "spatial", "positions": places, "mean": {"x": 0, "y": 0}, **more}}


PLACED = {
    "electorate": {
        "model": "individuals",
        "regions": {"p": 60, "q": 40, "r": 10},
        "space": {"dimensions": ["x", "y"], "uniform": {"x": [-1, 1], "y": [0, 1]}},
    }
}


def transfer(**more: Any) -> dict[str, Any]:
    rows = {"a": {"a": 1}, "new": {"b": 0.5, "none": 0.5}}
    return {"voters": {"model": "transfer", "earlier": {"a": 0.6, "new": 0.4}, "transitions": rows, **more}}


VOTERS: list[tuple[dict[str, Any], str]] = [
    (voters(terms={"age": {"x": 1}}), "voters.terms.age.x: there is no option 'x'"),
    (voters(terms={"age": {"a": {"p": 1}}}), "voters.terms.age.a: no value for the region q, r"),
    (voters(terms={"age": {"a": 1, "b": 1, "none": 1}}), "voters.terms.age: does nothing: it is the same"),
    (voters(terms={"age": {"a": {"p": 0, "default": 0}}}), "voters.terms.age: does nothing"),
    ({**ONE, "voters": {"baseline": {"a": 1}, "terms": {"age": {"a": 1}}}}, "voters.terms.age: does nothing"),
    (economy(value={"p": 0.1}), "voters.economy.growth.value: no value for the region q, r"),
    (economy(effect=0), "voters.economy.growth: does nothing: the effect is 0"),
    (economy(reference=0.05), "voters.economy.growth: does nothing"),
    (economy(value=5), "voters.economy.growth.effect: moves an even race by 3, more than there is"),
    (voters(economy={"growth": GROWTH}), "voters.economy: no option holds the office.*incumbent: true"),
    ({**ALL_INCUMBENT, **voters(economy={"growth": GROWTH})}, "voters.economy: does nothing: all options hold"),
    (voters(falsification={"towards": "x", "logit": 0.1}), "voters.falsification.towards: there is no option 'x'"),
    (voters(falsification={"towards": "a", "logit": {"P": 1, "default": 0}}), "logit.P: there is no region 'P'"),
    (
        voters(falsification={"towards": "a", "logit": 0}),
        "voters.falsification.logit: does nothing: it is 0 everywhere",
    ),
    (recognition(start={"x": 0.3}), "voters.recognition.start.x: there is no option 'x'"),
    (recognition(start={"default": {"p": 0.3}}), "voters.recognition.start.default: no value for the region q, r"),
    (recognition(unknown_penalty={"P": 1, "default": 0}), "unknown_penalty.P: there is no region 'P'"),
    (recognition(start={"b": 1}), "voters.recognition.start: does nothing: all voters know"),
    (recognition(media_per_day=0.1), "voters.recognition.media_per_day: does nothing while 'days' is 0"),
    (recognition(days=30), "voters.recognition.days: does nothing while"),
    (
        {**ONE, "voters": {"baseline": {"a": 1}, "recognition": {"start": {"a": 0.5}}}},
        "voters.recognition: does nothing: there is one option",
    ),
    (voters(strategic={}), "voters.strategic: does nothing: 'strength' and 'threshold' are 0"),
    (voters(strategic={"strength": {"p": 1}}), "voters.strategic.strength: no value for the region q, r"),
    (voters(strategic={"threshold": 0.1, "share": 0}), "voters.strategic.share: nobody leaves"),
    (voters(strategic={"strength": 1, "share": 0.5}), "voters.strategic.share: does nothing while 'threshold' is 0"),
    (
        {**NOBODY, "voters": {"baseline": {"a": 0.5, "none": 0.5}, "strategic": {"strength": 1}}},
        "voters.strategic: does nothing: fewer than two options",
    ),
    ({"voters": {"model": "probit"}}, "voters: give either 'baseline'.*or 'utilities'"),
    (voters(model="probit", utilities={"a": 1, "b": 0, "none": 0}), "voters: give either 'baseline'"),
    (voters(model="probit", baseline={"a": 0.6, "b": 0.4}), "voters.baseline: no share for none"),
    ({"voters": {"model": "probit", "utilities": {"a": 1, "b": 0}}}, "voters.utilities: no value for none"),
    (nested(options=["a", "x"]), "voters.nests.n.options.1: there is no option 'x'"),
    (nested(options=["a", "a"]), "voters.nests.n.options.1: 'a' is in the nest 'n' already"),
    (nested(**{"lambda": {"p": 0.5}}), "voters.nests.n.lambda: no value for the region q, r"),
    (nested(**{"lambda": 1}), "voters.nests.n.lambda: does nothing: with 1"),
    (nested(**{"lambda": 0}), r"voters.nests.n.lambda: expected a number in \[0.001, 1\]"),
    (mixed({"x": 1}), "voters.factors.f.loadings.x: there is no option 'x'"),
    (mixed({"a": 1}, {"p": 1}), "voters.factors.f.sd: no value for the region q, r"),
    (mixed({"a": 1}, 0), "voters.factors.f.sd: does nothing"),
    (mixed({"a": 1, "b": 1, "none": 1}), "voters.factors.f.loadings: do nothing"),
    (
        voters(model="mixed_logit", factors={k: {"loadings": {"a": 1, "b": -1}, "sd": 4} for k in "fgh"}),
        "voters.factors: needs .* nodes to be averaged over",
    ),
    (voters(model="probit", correlation={"a": {"x": 0.5}}), "voters.correlation.a.x: there is no option 'x'"),
    (voters(model="probit", correlation={"a": {"a": 0.5}}), "an option is not correlated with itself"),
    (voters(model="probit", correlation=1.5), r"voters.correlation: expected a number in \[-1, 1\], got 1.5"),
    (voters(model="probit", correlation={"a": {"b": 2}}), r"voters.correlation.a.b: expected a number in \[-1, 1\]"),
    (voters(model="probit", correlation={"a": 2}), "voters.correlation.a: expected {option: correlation}"),
    (voters(model="probit", correlation="high"), "voters.correlation: expected a correlation"),
    (voters(model="probit", correlation=-0.9), "no such correlations exist together: see the pair"),
    (
        voters(model="probit", correlation={"a": {"b": 0.9, "none": 0.9}, "b": {"none": -0.5}}),
        "no such correlations exist together: see the pair 'b', 'none'",
    ),
    (voters(model="probit", correlation={"a": {"b": 0.995}}), "the pair 'a', 'b' is correlated by more than 0.99"),
    (
        {
            "ballot": {"options": dict.fromkeys("abcd")},
            "voters": {
                "model": "probit",
                "baseline": dict.fromkeys("abcd", 0.25),
                "correlation": {"a": {"c": 0.5, "d": 0.5}, "b": {"c": 0.5, "d": 0.5}},
            },
        },
        "no option has an error of its own",
    ),
    (
        {
            "ballot": {"options": dict.fromkeys("abcdef")},
            "voters": {
                "model": "probit",
                "baseline": {**dict.fromkeys("abcd", 0.2), "e": 0.1, "f": 0.1},
                "correlation": {"a": {"b": 0.5}, "b": {"c": 0.5}, "c": {"d": 0.4}, "d": {"e": 0.3}},
            },
        },
        "voters.correlation: needs 4 factors to be averaged over, which is too many",
    ),
    ({**ONE, "voters": {"model": "probit", "baseline": {"a": 1}, "correlation": 0.5}}, "there is one option"),
    (spatial(positions={"a": {"x": 0, "y": 0}, "b": {"x": 0, "y": 0}}), "voters.positions: no position of none"),
    (spatial(positions={"c": {"x": 0, "y": 0}}), "voters.positions.c: there is no option 'c'"),
    (spatial(positions={"a": {"x": 0}}), "voters.positions.a: no position in y"),
    (
        spatial(positions={"a": {"x": 0, "y": 0, "z": 0}}),
        "voters.positions.a.z: there is no dimension 'z' of the voters",
    ),
    (spatial(mean={"x": {"p": 0}, "y": 0}), "voters.mean.x: no value for the region q, r"),
    (spatial(mean={}), "voters.mean: where do the voters stand"),
    (spatial(baseline={"a": 1}), "voters.baseline: no share for b, none"),
    (spatial(baseline=SHARES, valence={"a": 1}), "voters.valence: does nothing: valences are solved"),
    ({**PLACED, **spatial()}, "voters.mean: does nothing: the electorate gives positions"),
    ({**PLACED, **spatial(mean={}, spread={"x": 1})}, "voters.spread: is not for voters with positions of their own"),
    ({**PLACED, **spatial(mean={}, baseline=SHARES)}, "voters.baseline: is not for voters with positions"),
    (
        {**PLACED, **spatial(mean={}, overdispersion={"region": 0.1})},
        "voters.overdispersion.region: is not for voters with positions",
    ),
    (
        {**PLACED, **spatial(mean={}, positions={o: {"x": 0} for o in SHARES})},
        "voters.positions: no position in y, a dimension of the electorate",
    ),
    (spatial(spread={"z": 1}), "voters.spread.z: there is no dimension 'z'"),
    (spatial(valence={"c": 1}), "voters.valence.c: there is no option 'c'"),
    (spatial(weight={"p": 1}), "voters.weight: no value for the region q, r"),
    (spatial(weight=0), "voters.weight: with 0 nobody minds"),
    (spatial(spread={"x": 1}, correlation=0.5), "voters.correlation: does nothing while 'spread' is 0"),
    (spatial(spread={"x": 1, "y": 1}, correlation={"x": {"z": 0.5}}), "correlation.x.z: there is no dimension 'z'"),
    (spatial(directional=1, distance="city_block"), "voters.distance: does nothing while 'directional' is 1"),
    (spatial(spread={"x": 30, "y": 1}, weight=20), "voters.spread: needs .* nodes"),
    (
        spatial(
            positions={o: dict.fromkeys("xyz", i) for i, o in enumerate(SHARES)},
            mean=dict.fromkeys("xyz", 0),
            spread=dict.fromkeys("xyz", 1),
            correlation={"x": {"y": 0.9, "z": 0.9}, "y": {"z": -0.5}},
        ),
        "voters.correlation: no such correlations exist together: see the pair 'y', 'z'",
    ),
    (transfer(earlier={"a": 0.6, "new": 0.3}), "voters.earlier: the shares sum to 0.9"),
    (transfer(earlier=[{"region": "p", "a": 1, "new": 0}]), "voters.earlier: no shares for the region q, r"),
    (transfer(earlier=[{"region": r, "a": 1, **({"new": 0} if r == "p" else {})} for r in "pqr"]), "no share for new"),
    (transfer(transitions={"a": {"a": 1}}), "voters.transitions: no row for new; name it or give a 'default'"),
    (transfer(transitions={"old": {"a": 1}, "default": {"a": 1}}), "voters.transitions.old: there is no origin 'old'"),
    (
        transfer(transitions={"a": {"a": 1}, "new": {"b": 1}, "default": {"a": 1}}),
        "voters.transitions.default: does nothing: every origin is named",
    ),
    (transfer(transitions={"default": {"c": 1}}), "voters.transitions.default.c: there is no option 'c'"),
    (transfer(transitions={"default": {"a": {"p": 1}}}), "voters.transitions.default.a: no value for the region q, r"),
    (transfer(transitions={"default": {"a": 0.6}}), "voters.transitions.default: the shares sum to 0.6, not to 1"),
    (
        transfer(transitions={"default": {"a": {"p": 0.5, "default": 1}}}),
        "voters.transitions.default: the shares sum to 0.5, not to 1 in 'p'",
    ),
    (transfer(transitions={"default": {"abstain": 1}}), "voters.transitions: nobody is left to vote"),
    (transfer(concentration={"a": 5}), "voters.concentration.a: does nothing: its row names one place"),
    (transfer(concentration={"old": 5}), "voters.concentration.old: there is no origin 'old'"),
]


def crowd(space: Any = None, **more: Any) -> dict[str, Any]:
    """Voters one by one; those of the plain scenario do not look at positions."""
    body: dict[str, Any] = {"model": "individuals", "regions": {"p": 60, "q": 40}, **more}
    if space is None:
        return {"electorate": body}
    positions = {option: {"x": i, "y": -i} for i, option in enumerate(SHARES)}
    spatial = {"model": "spatial", "positions": positions}
    return {"electorate": {**body, "space": {"dimensions": ["x", "y"], **space}}, "voters": spatial}


def blob(**more: Any) -> dict[str, Any]:
    return {"mixture": [{"mean": {"x": 0, "y": 0}, "sd": {"x": 1, "y": 1}, **more}]}


def answers(*rows: dict[str, Any]) -> dict[str, Any]:
    return crowd({"respondents": [{"x": 0, "y": 0, **row} for row in rows]})


CASES: list[tuple[dict[str, Any], str]] = [
    (crowd(regions={"p": 60_000_000}), "60,000,000 voters; at most 50,000,000 can be simulated one by one"),
    (crowd(total=90), "electorate.total: is not for voters one by one"),
    (
        crowd(regions=[{"region": "p", "registered": 5, "registered_sd": 0.1}]),
        "registered_sd: is not for",
    ),
    ({**crowd({"sphere": {"radius": 1}}), "voters": PLAIN["voters"]}, "these voters do not look at positions"),
    (crowd({}), "expected exactly one of mixture, uniform, sphere, respondents; found none"),
    (crowd({"dimensions": ["x", "x"], "sphere": {"radius": 1}}), "a dimension is named twice"),
    (crowd(blob(mean={"x": 0, "z": 0})), "mixture.0.mean.z: there is no dimension 'z'"),
    (crowd(blob(mean={"x": 0})), "mixture.0.mean: nothing for the dimension y"),
    (crowd(blob(sd={"x": {"r": 1}, "y": 1})), "mixture.0.sd.x.r: there is no region 'r'"),
    (crowd(blob(weight={"p": 1})), "mixture.0.weight: no value for the region q"),
    (crowd(blob(weight=0)), "every weight is 0 in 'p'"),
    (crowd(blob(correlation={"x": {"x": 0.1}})), "expected two different dimensions"),
    (crowd(blob(correlation={"x": {"y": 1.1}})), r"expected a correlation in \[-1, 1\], got 1.1"),
    (
        crowd(
            {
                "dimensions": ["x", "y", "z"],
                "mixture": [
                    {
                        "mean": dict.fromkeys("xyz", 0),
                        "sd": dict.fromkeys("xyz", 1),
                        "correlation": {"x": {"y": 0.9, "z": 0.9}, "y": {"z": -0.9}},
                    }
                ],
            }
        ),
        "no such correlations exist together: see the pair",
    ),
    (crowd({**blob(weight={"normal": [1, 0.1], "within": [0, 2]}), "fixed": True}), "space.fixed: positions that stay"),
    (crowd({"uniform": {"x": [0, 1]}}), "uniform: nothing for the dimension y"),
    (crowd({"uniform": {"x": [0, 1], "y": [1, 0]}}), r"expected \[low, high\] with low < high, got \[1, 0\]"),
    (crowd({"respondents": [{"x": 1}]}), "the table has no column 'y'"),
    (answers({"x": "far"}), "respondents.0.x: expected a number"),
    (answers({"region": "r"}), "respondents.0.region: there is no region 'r'"),
    (answers({"weight": 0}), "the weights of all respondents in region 'p' are 0"),
    *VOTERS,
    (cells(regions={"p": 0, "q": 0}), "nobody is registered"),
    (cells(traits={"region": {"a": 1}}), "a trait cannot be called 'region'"),
    (cells(traits={"age": {"p": 0.4, "old": 0.6}}), "'p' is a region; call the group otherwise"),
    (cells(traits={"age": {"1/2": 0.4, "old": 0.6}}), "'1/2' cannot name a group"),
    (cells(traits={t: {f"{t}{i}": 0.02 for i in range(50)} for t in "abc"}), "125,000 groups; at most 10,000"),
    (rows({"region": "P", "y": 1}, {"region": "p", "y": 1}), "no row for the region q"),
    (rows({"region": "p", "y": 0.5, "o": 0.5}, {"region": "q", "y": 1}), "no number for o in region 'q'"),
    (cells(traits={"age": {"young": 30, "old": 60}}), "90 people are 'all' here, 100 in 'regions'"),
    (
        rows({"region": "p", "y": 20, "o": 40}, {"region": "q", "y": 5, "o": 30}),
        "35 people are 'q' here, 40 in 'regions'",
    ),
    (joint(0.2, 0.2, 0.3, 0.3, sex=None), "joint.both.*there is no sex 'None'"),
    (cells(joint={"one": [{"age": "young", "people": 1}]}), "at least two of the columns region, age, and 'people'"),
    (joint(0.2, 0.2, 0.3, "many"), "people: expected a number"),
    (joint(0.2, 0.2, 0.3), "no row for old/m; write 0 where there is nobody"),
    (joint(0.2, 0.2, 0.3, 0.3, age="young"), "young/f stands twice"),
    (joint(0.3, 0.2, 0.2, 0.3), "50 people are 'old' here, 60 in 'traits.age'"),
    (loop(0.5, 0.5, 0.0), "no table has all these sums"),
    ({**cells(), "turnout": {"baseline": {"young": 0.5}}}, "no value for the people p/old, q/old"),
    (
        {**cells(), "turnout": {"baseline": {"default": 0.5, "yuong": 0.4}}},
        "no region and no group 'yuong'; did you mean 'young'",
    ),
    ({**cells(), "turnout": {"baseline": {"default": 0.5, "young/old": 0.4}}}, "'young' and 'old' are both of 'age'"),
    (
        {**cells(), "turnout": {"baseline": {"default": 0.5, "young": 0.4, "p": 0.6}}},
        "speaks of some of the same people as '(young|p)'; say what holds for 'p/young'",
    ),
    (
        {**cells(), "turnout": {"baseline": {"default": 0.5, "young": 0.4, "age=young": 0.6}}},
        "says the same as 'young'",
    ),
    (
        {
            **cells(traits={"car": {"yes": 0.4, "no": 0.6}, "dog": {"yes": 0.4, "no": 0.6}}),
            "turnout": {"baseline": {"default": 0.5, "yes": 0.4}},
        },
        "'yes' may be 'car=yes' or 'dog=yes'; write which",
    ),
    ({**cells(), **turnout(group={"young": 0.1})}, "swing.group: no value for the group old"),
    ({**cells(), **turnout(group={"default": 0.1, "p": 0.1})}, "swing.group.p: there is no group 'p'"),
    (turnout(group=0.1), "swing.group: does nothing without groups of voters"),
    ({"electorate": {"regions": {"p": 0, "q": 0}}}, "nobody is registered"),
    ({"electorate": {"regions": {"p": 2**31 - 1, "q": 1}}}, "at most 2,147,483,647"),
    (stations({"region": "p", "registered": 10**9, "registered_sd": 0.5}), r"regions.0.registered_sd.*so uncertain"),
    ({"electorate": {"regions": {"p": 5}, "total": 7.5}}, "electorate.total: expected a whole number of people"),
    (stations({"region": "p", "registered": 5}, stations={}), "no number of 'stations'"),
    (stations({"region": "p", "registered": 5, "stations": 6}, stations={}), "6 stations for 5 voters"),
    ({"ballot": {"options": {"none": {"kind": "against_all"}}}}, "no option can be elected"),
    ({"ballot": {**PLAIN["ballot"], "invalid": {"share": {"p": 0.1, "q": 0.1}}}}, "no value for the region r"),
    ({"ballot": {**PLAIN["ballot"], "invalid": {"share": {"default": 0.1, "P": 0.1}}}}, "no region 'P'"),
    (
        {"ballot": {**PLAIN["ballot"], "invalid": {"share": 0.1, "swing": {"station": 0.1}}}},
        "invalid.swing.station.*does nothing",
    ),
    (
        {"ballot": {**PLAIN["ballot"], "invalid": {"share": 0, "swing": {"national": 0.1}}}},
        "while 'invalid.share' is 0",
    ),
    (
        ranked(dict.fromkeys("abcdefg")),
        "ballot.options: the orders of 7 options are 5,040; .*at most 6 options .*up to 40 are ranked by voters one",
    ),
    (ranked({"a": None, "b>c": None}), "'b>c' cannot be ranked: '>' stands between"),
    (
        {
            **ranked(dict.fromkeys("abcdef")),
            "electorate": {"model": "individuals", "regions": {"p": 200_000}},
        },
        "200,000 voters one by one × 720 orders; at most 100,000,000 in all",
    ),
    (
        {"ballot": {"options": dict.fromkeys("abcdefg")}, "voters": {"model": "impartial_culture"}},
        "voters: the orders of 7 options are 5,040",
    ),
    ({"voters": {"model": "plackett_luce", "weights": {"a": 0.6, "b": 0.4}}}, "voters.weights: no share for none"),
    (mallows({"reference": ["a", "b", "nine"]}), "reference.2: there is no option 'nine'.*did you mean 'none'"),
    (mallows({"reference": ["a", "b", "a", "none"]}), "reference.2: 'a' stands twice"),
    (mallows({"reference": ["a", "b"]}), "mixture.0.reference: none is missing: a reference ranks all options"),
    (mallows({"phi": {"p": 0.5, "q": 0.5}}), "mixture.0.phi: no value for the region r"),
    (mallows({"weight": {"default": 1, "z": 2}}, {}), "mixture.0.weight.z: there is no region 'z'"),
    (mallows({"weight": 2}), "mixture.0.weight: does nothing: there is no other camp"),
    (mallows({"weight": {"default": 1, "q": 0}}, {"weight": 0}), "mixture: every weight is 0 in 'q'"),
    (national_swing(before=[{"region": "p", **SHARES}]), "voters.before: is of the nation"),
    (national_swing(after={"a": 0.6, "b": 0.4}), "voters.after: no share for none"),
    (
        national_swing(method="proportional", before={"a": 0.6, "b": 0.4, "none": 0}),
        "voters.before.none: no factor leads from 0 to a share",
    ),
    (national_swing(overdispersion={"region": 1}), "voters.overdispersion.region: must be less"),
    ({"turnout": {"model": "fixed", "baseline": {"default": 0.6, "P": 0.5}}}, "turnout.baseline.P: there is no region"),
    ({"turnout": {"model": "beta", "baseline": 0.6, "sd": {"p": 0.1}}}, "turnout.sd: no value for the region q, r"),
    (
        {"turnout": {"model": "beta", "baseline": 0.9, "sd": 0.3}},
        r"sd: 0.3 is too much for the mean 0.9.*less than",
    ),
    ({"turnout": {"baseline": 0.6, "terms": {"rain": 0}}}, "turnout.terms.rain: does nothing"),
    ({"turnout": {"baseline": 0.6, "terms": {"rain": {"p": 1}}}}, "turnout.terms.rain: no value for the region q, r"),
    (term("alienation", threshold={"p": 1}, anchor="a"), "turnout.terms.it.threshold: no value for the region q, r"),
    (term("alienation", threshold=1, anchor="A"), "turnout.terms.it.anchor: there is no option 'A'"),
    (term("indifference", threshold={"P": 1, "default": 1}), "turnout.terms.it.threshold.P: there is no region 'P'"),
    (term("indifference", threshold=0), "turnout.terms.it.threshold: does nothing: it is 0 everywhere"),
    (term("weather", rain={"p": 1}), "turnout.terms.it.rain: no value for the region q, r"),
    (term("weather", rain=0), "turnout.terms.it: does nothing: 'rain' and 'snow' are as always"),
    (term("weather", rain=1, snow_effect=-0.01), "turnout.terms.it.snow_effect: does nothing while 'snow' is 0"),
    (term("weather", rain=1, rain_effect=0), "turnout.terms.it.rain_effect: is 0 everywhere: then 'rain' does nothing"),
    (term("weather", rain=1, rain_effect=-0.5), "it.rain_effect: leads from the turnout 'measured_at' to none between"),
    (term("weather", snow=1, measured_at={"beta": [2, 2]}), "it.snow_effect: leads .* for 'p'"),
    (term("calculus", duty={"p": 1}), "turnout.terms.it.duty: no value for the region q, r"),
    (term("calculus"), "turnout.terms.it: does nothing: 'benefit', 'duty' and 'cost' are 0 everywhere"),
    (term("calculus", cost=1, voters=3), "turnout.terms.it.voters: does nothing while 'benefit' is 0"),
    (term("calculus", benefit=1), "turnout.terms.it: 'benefit' needs either 'pivot', or 'voters' and 'closeness'$"),
    (term("calculus", benefit=1, voters=9, pivot=0.1), "and 'closeness', not 'pivot', 'voters'$"),
    (term("calculus", benefit=1, pivot=0), "turnout.terms.it.pivot: is 0: then 'benefit' does nothing"),
    (term("compulsory", enforcement={"p": 1}), "turnout.terms.it.enforcement: no value for the region q, r"),
    (term("compulsory", enforcement=0), "turnout.terms.it.enforcement: does nothing"),
    (term("contagion", households={"p": 1}), "turnout.terms.it.households: no value for the region q, r"),
    (term("contagion", households=0), "turnout.terms.it.households: does nothing"),
    (
        {"turnout": {"baseline": 0.6, "terms": {"it": {"kind": "contagion", "households": 0.5}, "later": 0.1}}},
        "turnout.terms.it: does nothing: it passes on what the terms before it have done",
    ),
    (term("boycott", reach={"p": 1}, adherence=1), "turnout.terms.it.reach: no value for the region q, r"),
    (term("boycott", reach=0, adherence=1), "turnout.terms.it.reach: does nothing"),
    (term("boycott", reach=1), "turnout.terms.it: needs either 'adherence' or 'followers'; none is there"),
    (term("boycott", reach=1, adherence=1, followers={"a": 1}), "'adherence' or 'followers'; not both"),
    (term("boycott", reach=1, adherence={"p": 1}), "turnout.terms.it.adherence: no value for the region q, r"),
    (term("boycott", reach=1, adherence=0), "turnout.terms.it.adherence: does nothing"),
    (term("boycott", reach=1, followers={"A": 1}), "turnout.terms.it.followers.A: there is no option 'A'"),
    (term("boycott", reach=1, followers={"a": 0}), "turnout.terms.it.followers: does nothing: nobody follows"),
    (mobilisation(compliance={"p": 1}), "turnout.terms.it.compliance: no value for the region q, r"),
    (mobilisation(monitoring=0), "turnout.terms.it.monitoring: is 0 everywhere: then nobody is brought"),
    (mobilisation(share={"p": 1}), "turnout.terms.it.sectors.public.share: no value for the region q, r"),
    (mobilisation(exposure=0), "turnout.terms.it.sectors.public.exposure: is 0 everywhere: the sector brings nobody"),
    (
        term(
            "mobilisation",
            sectors={
                "public": {"share": {"default": 0.5, "q": {"beta": [2, 3]}}, "exposure": 0.5},
                "firms": {"share": 0.4, "exposure": 0.1},
            },
        ),
        "turnout.terms.it.sectors: the shares of the sectors can sum to 1.4, more than 1, for 'q'",
    ),
    (mobilisation(vote={"A": 0.5}), "turnout.terms.it.vote.A: there is no option 'A'"),
    (mobilisation(vote={"a": 0}), "turnout.terms.it.vote: does nothing: all shares are 0"),
    (mobilisation(vote={"a": 0.6, "b": {"beta": [2, 3]}}), "turnout.terms.it.vote: the shares can sum to more than 1"),
    ({"turnout": {"baseline": 0.6, "overdispersion": {"region": 1}}}, "turnout.overdispersion.region: must be less"),
    ({"voters": {"baseline": SHARES, "overdispersion": {"region": 1}}}, "voters.overdispersion.region: must be less"),
    (
        {"voters": {"baseline": SHARES, "overdispersion": {"station": 0.1}}},
        "overdispersion.station: does nothing without polling stations; say 'region'",
    ),
    (
        {
            **stations({"region": "p", "registered": 5, "stations": 2}, stations={}),
            "voters": {
                "baseline": SHARES,
                "centre": "expectation",
                "swing": {"station": 0.1},
                "overdispersion": {"region": 0.1},
            },
        },
        "voters.centre: 'expectation' is not known for 'overdispersion.region'",
    ),
    ({"voters": {"baseline": [{"region": "default", **SHARES}, {"region": "z", **SHARES}]}}, "no region 'z'"),
    ({"voters": {"baseline": {"a": 0.5, "bb": 0.4, "none": 0.1}}}, "no option 'bb' on the ballot.*did you mean 'b'"),
    ({"voters": {"baseline": {"a": 0.6, "b": 0.4}}}, "no share for none; an option without voters has the share 0"),
    ({"voters": {"baseline": [{"region": "p", **SHARES}]}}, "no shares for the region q, r"),
    ({"voters": {"baseline": SHARES, "swing": {"national": {"default": 0.1, "x": 0.2}}}}, "no option 'x'"),
    ({"voters": {"baseline": SHARES, "swing": {"station": 0.1}}}, "voters.swing.station.*does nothing"),
    (
        {"voters": {"baseline": SHARES, "centre": "expectation", "swing": {"national": {"uniform": [0, 1]}}}},
        "voters.centre.*needs plain numbers",
    ),
    ({"turnout": {"baseline": {"p": 0.5, "q": 0.5}}}, "no value for the region r"),
    (
        {"turnout": {"baseline": {"uniform": [0.2, 0.3]}, "centre": "expectation"}},
        "turnout.centre.*needs plain numbers",
    ),
    (turnout(national=0.1, with_vote={"x": 0.5}), "no option 'x' on the ballot"),
    (turnout(with_vote={"a": 0.5}), "does nothing while 'national' and 'regional' are 0"),
    (
        turnout(national=0.1, with_vote={"a": 0.5}),
        "does nothing: the voters have no swing",
    ),
    (turnout(regional={"default": 0.1, "z": 0.2}), "no region 'z'"),
    (turnout(blocks={"x": {"regions": ["p", "zz"], "sd": 0.1}}), "blocks.x.regions.1.*no region 'zz'"),
    (turnout(station=0.1), "turnout.swing.station.*does nothing without polling stations"),
    (turnout(regional=0.1, region_correlation={"p": {"zz": 0.5}}), "no region 'zz'"),
    (turnout(regional=0.1, region_correlation={"p": {"p": 0.5}}), "not correlated with itself"),
    (turnout(region_correlation=0.5), "does nothing while 'regional' is 0"),
    (turnout(regional=0.1, region_correlation=-0.9), "no such correlations exist together"),
    (turnout(regional=0.1, region_correlation=IMPOSSIBLE), "no such correlations exist together"),
    (turnout(regional=0.1, region_correlation=ON_EDGE), "no such correlations exist together"),
    (rule("borda"), "rules.it: 'borda' needs ballots that rank the options; take 'ballot: {model: ranked}'"),
    (rule("star"), "rules.it: 'star' needs ballots that score the options; take 'ballot: {model: score}'"),
    ({**ranked(THREE), **rule("positional", weights=[3, 2, 1])}, "weights: points for 3 places; 2 options can be"),
    ({**ranked(THREE), **rule("positional", weights=[3, 3])}, "weights: does nothing: every place is worth the same"),
    ({**ranked(numbered(11)), **rule("kemeny")}, "rules.it: 11 options; 'kemeny' is exact for at most 10"),
    ({**ranked(numbered(63)), **rule("ranked_pairs")}, "rules.it: 63 options; 'ranked_pairs' takes at most 62"),
    (
        {**ranked(numbered(41)), "electorate": {"model": "individuals", "regions": {"p": 20}}},
        "ballot.options: 41 options; voters one by one rank at most 40",
    ),
    (marked("ranked", places=3), "ballot.places: does nothing: there are 3 options"),
    (marked("approval", top=2, above=0), "ballot.above: voters approve either of the 'top' k or of utilities 'above'"),
    (marked("approval", top=4), "ballot.top: 4 of 3 options"),
    (marked("approval", above=0), "ballot.above: these voters have no utilities of their own; take 'top'"),
    (
        {"rules": {"it": {"model": "two_round", "runoff": {"transfers": {"x": {"a": 0.5}}}}}},
        "no option 'x' on the ballot",
    ),
    (
        {"rules": {"it": {"model": "two_round", "runoff": {"transfers": {"b": {"none": 0.5}}}}}},
        "cannot be in a second round",
    ),
    (seats("single_transferable_vote", 3), "rules.it.seats: 3 seats, and 2 options that can be elected"),
    (seats("single_transferable_vote", 1, method="meek", quota="hare"), "rules.it.quota: Meek's method counts with"),
    (seats("limited_vote", 3), "rules.it.seats: 3 seats, and 2 options"),
    (seats("limited_vote", 1, votes=2), "rules.it.votes: 2 votes for 1 seats; a voter has at most as many"),
    (seats("block_vote", 3), "rules.it.seats: 3 seats, and 2 options"),
    (seats("cumulative", 3), "rules.it.seats: 3 seats, and 2 options"),
    (seats("proportional_approval", 3), "rules.it.seats: 3 seats, and 2 options"),
    (
        {
            **seats("proportional_approval", 12),
            "ballot": {"options": dict.fromkeys("abcdefghijklmnopqrstuvwxyz")},
            "voters": {"baseline": {o: 1 / 26 for o in "abcdefghijklmnopqrstuvwxyz"}},
        },
        "rules.it.method: 12 of 26 options can be chosen in 9,657,700 ways; .*take 'sequential'",
    ),
    (
        {**ballot_without(), **rule("plurality", against_all={"effect": "void_if_first"})},
        "it.against_all.effect: does nothing: no option on the ballot has 'kind: against_all'",
    ),
    (rule("districts", against_all={"else": "repeat"}), "against_all.else: does nothing while .* is none"),
    (
        {**ballot_without(), **rule("two_round", against_all={"counted": False})},
        "it.against_all.counted: does nothing: no option",
    ),
    (
        rule("two_round", majority_of="registered", against_all={"counted": False}),
        "it.against_all.counted: does nothing: the base is the registered voters",
    ),
    (rule("two_round", entry={"of": "registered"}), "it.entry.of: does nothing without 'entry.share'"),
    (college({"p": 1, "q": 1, "r": 1, "P": 2}), "electors.P: there is no district 'P'"),
    (college({"p": 1, "q": 1}), "it.electors: no electors for the district r; a district may have 0"),
    (college({"p": 0, "q": 0, "r": 0}), "it.electors: there is no elector to choose"),
    (
        college({"p": 1, "s": 3}, {"s": {"regions": {"q": 1, "R": 1, "r": 0}, "at_large": 1}}),
        "split.s.regions.R: there is no such part of 's'",
    ),
    (
        college({"p": 1, "q": 1, "s": 2}, {"s": {"regions": {"q": 1, "r": 0}, "at_large": 1}}),
        "electors.q: its electors are written in 'split.s'",
    ),
    (
        college(
            {"p": 1, "s": 1, "t": 2}, {s: {"regions": {"q": 1, "r": n}, "at_large": 0} for s, n in (("s", 0), ("t", 1))}
        ),
        "split.t.regions.q: is a part of two states",
    ),
    (
        college({"s": 2, "r": 1}, {"s": {"regions": {"p": 1}, "at_large": 1}}, **in_district_s()),
        "split.s.regions: no electors for the region q; a region may have 0",
    ),
    (
        college({"p": 1}, {"s": {"regions": {"q": 1, "r": 1}, "at_large": 1}}),
        "it.split.s: 'electors' has no 's'; write s: 3",
    ),
    (
        college({"p": 1, "s": 2}, {"s": {"regions": {"q": 1, "r": 1}, "at_large": 1}}),
        "it.split.s: has 3 electors in all, and 'electors' says 2",
    ),
    (
        rule("mixed_parallel", list_seats=3, threshold={"share": 0.1, "exempt": ["A"]}),
        "it.threshold.exempt.0: there is no list 'A'",
    ),
    (
        rule("mixed_parallel", list_seats=3, threshold={"share": 0.1, "district_share": 0.1}),
        "it.threshold.district_share: list seats are shared out in the nation",
    ),
    (rule("mixed_compensatory", house=0), "it.house: there is no seat to give"),
    (
        rule("mixed_compensatory", house=3, overhang="levelled", minimum={"A": 1}),
        "it.minimum.A: there is no list 'A' on the ballot",
    ),
    (rule("mixed_compensatory", house=3, maximum=5), "it.maximum: is for 'overhang: levelled'"),
    (
        rule("mixed_compensatory", house=3, overhang="levelled", maximum=2),
        "it.maximum: is less than the house of 3 seats",
    ),
    (lists(threshold={"share": 0.1, "exempt": ["bb"]}), "threshold.exempt.0: there is no list 'bb'.*mean 'b'"),
    (lists(threshold={"share": 0.1, "exempt": ["none"]}), "threshold.exempt.0: there is no list 'none'"),
    (
        lists(threshold={"share": 0.1, "coalitions": {"x": 2}, "share_by_size": {"2": 0.2}}),
        "threshold.coalitions.x: there is no list 'x'",
    ),
    (
        lists(threshold={"share": 0.1, "coalitions": {"a": 2}, "share_by_size": {"1": 0.2}}),
        "threshold.share_by_size.1: expected {parties from 2 on",
    ),
    (lists(threshold={"share": 0.1, "coalitions": {"a": 2}}), "coalitions: does nothing without 'share_by_size'"),
    (lists(threshold={}), "threshold: expected 'share' or 'district_share'"),
    (
        lists(by="district", threshold={"district_share": 0.1, "districts_won": 1}),
        "threshold.share: 'share_by_size' and 'districts_won' belong to a share of the nation",
    ),
    (lists(threshold={"district_share": 0.1}), "threshold.district_share: is for 'by: district'"),
    (lists(seats={"p": 1, "default": 2}), "seats: seats by district are for 'by: district'"),
    (lists(seats={"p": 1, "q": 2}, by="district"), "seats: no seats for the district r"),
    (lists(seats={"P": 1, "default": 2}, by="district"), "seats.P: there is no district 'P'"),
    (lists(seats=0), "seats: there is no seat to give"),
    (lists(method="divisors", divisors=[1, 3]), "divisors: 2 divisors for 5 seats; each seat needs one"),
    (lists(excess="next_quota"), "excess: does nothing: the quotas of sainte_lague never fill more"),
    (lists(by="district", bonus={"seats": 1}), "bonus: is of the whole house"),
    (lists(bonus={}), "bonus: expected exactly one of 'seats' and 'up_to'"),
    (lists(bonus={"up_to": 6}), "bonus.up_to: 6 seats of a house of 5"),
    (lists("biproportional", seats={"p": 1}), "seats: no seats for the district q, r"),
    (lists("biproportional", seats={"default": 1}, districts_by="ballots_cast"), "districts_by: does nothing"),
    (lists("biproportional", threshold={"share": 0.1, "exempt": ["x"]}), "threshold.exempt.0: there is no list 'x'"),
    (lists("biproportional", threshold={"district_share": 0.1}), "district_share: lists take part in the whole nation"),
]


@pytest.mark.parametrize("sections, message", CASES, ids=range(len(CASES)))
def test_fault(sections: dict[str, Any], message: str) -> None:
    with pytest.raises(sim.ScenarioError, match=message):
        sim.loads(json.dumps({**PLAIN, **sections}))


def test_the_plain_scenario_has_no_fault() -> None:
    sim.loads(json.dumps(PLAIN))


def _yields() -> dict[str, set[int]]:
    """Lines of every ``yield`` in a function whose name holds ``check``, by file."""
    out: dict[str, set[int]] = {}
    for path in ELECTION.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and "check" in node.name:
                lines = {n.lineno for n in ast.walk(node) if isinstance(n, ast.Yield | ast.YieldFrom)}
                if lines:
                    out.setdefault(str(path), set()).update(lines)
    return out


def test_every_fault_is_reached() -> None:
    """A new fault needs a line in CASES."""
    wanted = _yields()
    assert sum(map(len, wanted.values())) >= 30
    seen: dict[str, set[int]] = {path: set() for path in wanted}

    def trace(frame: Any, event: str, _: Any) -> Any:
        lines = seen.get(frame.f_code.co_filename)
        if lines is None:
            return None
        if event == "line":
            lines.add(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for sections, _ in CASES:
            with pytest.raises(sim.ScenarioError):
                sim.loads(json.dumps({**PLAIN, **sections}))
    finally:
        sys.settrace(before)
    missed = [f"{path}:{line}" for path, lines in wanted.items() for line in sorted(lines - seen[path])]
    assert missed == []

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
IMPOSSIBLE = {"p": {"q": 0.9}, "q": {"r": 0.9}, "r": {"p": -0.9}}
ON_EDGE = {"p": {"q": 1.0}, "q": {"r": 0.5}, "r": {"p": 0.2}}


def turnout(**swing: Any) -> dict[str, Any]:
    return {"turnout": {"baseline": 0.6, "swing": swing}}


def stations(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"electorate": {"regions": list(rows), **more}}


def national_swing(**more: Any) -> dict[str, Any]:
    body = {"model": "national_swing", "baseline": SHARES, "before": SHARES, "after": SHARES}
    return {"voters": {**body, **more}}


def ranked(options: dict[str, Any]) -> dict[str, Any]:
    voters = {"baseline": {option: 1 / len(options) for option in options}}
    return {"ballot": {"model": "ranked", "options": options}, "voters": voters}


def mallows(*camps: dict[str, Any]) -> dict[str, Any]:
    plain = {"reference": ["a", "b", "none"], "phi": 0.5}
    return {"voters": {"model": "mallows", "mixture": [{**plain, **camp} for camp in camps]}}


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


CASES: list[tuple[dict[str, Any], str]] = [
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
    (joint(0.3, 0.2, 0.2, 0.3), "50 people are 'young' here, 40 in 'traits.age'"),
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
    (ranked(dict.fromkeys("abcdefg")), "ballot.options: the orders of 7 options are 5,040; .*at most 6 options"),
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
    (
        {"rules": {"it": {"model": "two_round", "runoff": {"transfers": {"x": {"a": 0.5}}}}}},
        "no option 'x' on the ballot",
    ),
    (
        {"rules": {"it": {"model": "two_round", "runoff": {"transfers": {"b": {"none": 0.5}}}}}},
        "cannot be in a second round",
    ),
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

"""No parameter can silently do nothing: each moves a number of the result, or is refused with a reason."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rule_parameters

import sim

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
from fields_of_parts import DESCRIPTIVE, REFUSED, RULES_ON_BALLOTS, all_parts, field_paths

SWING = {"national": 0.3, "regional": 0.2}

#: Everything on: small, so that ties happen; with stations, invalid ballots and second rounds.
RICH: dict[str, Any] = {
    "title": "everything on",
    "electorate": {
        "regions": [
            {"region": "p", "registered": 60, "registered_sd": 0.1, "stations": 3},
            {"region": "q", "registered": 40, "registered_sd": 0.1, "stations": 2},
        ],
        "total": 90,
        "stations": {"size_spread": 0.4},
    },
    "ballot": {
        "options": {"b": {"name": "B"}, "a": {"name": "A"}, "c": {"name": "C"}, "none": {"kind": "against_all"}},
        "invalid": {"share": 0.1, "swing": {**SWING, "station": 0.3}},
    },
    "voters": {
        "baseline": {"a": 0.35, "b": 0.3, "c": 0.25, "none": 0.1},
        "swing": {**SWING, "station": 0.3},
        "overdispersion": {},
    },
    "turnout": {"baseline": 0.6, "swing": {**SWING, "station": 0.3}, "overdispersion": {}},
    "rules": {
        "it": {
            "model": "two_round",
            "runoff": {"turnout": -0.2, "swing": 0.2, "transfers": {"c": {"a": 0.5}, "default": {"abstain": 0.3}}},
        }
    },
    "run": {"keep": ["station_votes", "station_registered"]},
}
CAMPS = [
    {"reference": ["a", "b", "c", "none"], "phi": 0.5, "weight": 1},
    {"reference": ["none", "c", "b", "a"], "phi": 0.5, "weight": 1},
]
#: Parts that stand in the place of one in RICH.
INSTEAD: dict[str, Any] = {
    "voters:national_swing": {
        **RICH["voters"],
        "model": "national_swing",
        "before": {"a": 0.3, "b": 0.3, "c": 0.3, "none": 0.1},
        "after": {"a": 0.35, "b": 0.25, "c": 0.3, "none": 0.1},
        "method": "uniform",
    },
    "voters:anonymous_culture": {"model": "anonymous_culture"},
    "voters:urn": {"model": "urn", "alpha": 2},
    "voters:mallows": {"model": "mallows", "mixture": [dict(camp) for camp in CAMPS]},
    "voters:plackett_luce": {"model": "plackett_luce", "weights": {"a": 0.35, "b": 0.3, "c": 0.25, "none": 0.1}},
    "ballot:ranked": {**RICH["ballot"], "model": "ranked"},
    "ballot:score": {**RICH["ballot"], "model": "score"},
    "ballot:approval": {**RICH["ballot"], "model": "approval"},
    "voters:nested_logit": {
        **RICH["voters"],
        "model": "nested_logit",
        "nests": {"near": {"options": ["a", "b"], "lambda": 0.5}},
    },
    "voters:mixed_logit": {
        **RICH["voters"],
        "model": "mixed_logit",
        "factors": {"left": {"loadings": {"a": 1}, "sd": 1.5}},
    },
    "voters:probit": {**RICH["voters"], "model": "probit", "correlation": 0.3},
    "voters:spatial": {
        **{key: value for key, value in RICH["voters"].items() if key != "baseline"},
        "model": "spatial",
        "positions": {o: {"x": x, "y": y} for o, x, y in (("a", 1, 0), ("b", -1, 0), ("c", 0, 1), ("none", 0, 0))},
        "mean": {"x": 0.2, "y": -0.3},
        "spread": {"x": 0.5, "y": 0.7},
    },
    "voters:transfer": {
        **{key: value for key, value in RICH["voters"].items() if key != "baseline"},
        "model": "transfer",
        "earlier": {"a": 0.4, "b": 0.4, "new": 0.2},
        "transitions": {"a": {"a": 0.9, "c": 0.1}, "b": {"b": 0.7, "abstain": 0.2, "none": 0.1}, "new": {"c": 1}},
        "concentration": {"b": 30},
    },
    "turnout:fixed": {"model": "fixed", "baseline": 0.6},
    "turnout:beta": {"model": "beta", "baseline": 0.6, "sd": 0.1},
}
#: A turnout with terms of every kind; what excludes another field has a term of its own.
TERMS: dict[str, Any] = {
    "weather": {"kind": "weather", "rain": 1.0, "snow": 2.0},
    "calculus": {"kind": "calculus", "benefit": 5.0, "cost": 0.2, "voters": 50, "closeness": 0.55},
    "easier": {"kind": "calculus", "benefit": 5.0, "pivot": 0.05},
    "contagion": {"kind": "contagion", "households": 0.7},
    "alienation": {"kind": "alienation", "threshold": -0.5, "anchor": "a"},
    "indifference": {"kind": "indifference", "threshold": 0.3},
    "boycott": {"kind": "boycott", "reach": 0.4, "followers": {"a": 0.5}},
    "call": {"kind": "boycott", "reach": 0.2, "adherence": 0.3},
    "compulsory": {"kind": "compulsory", "enforcement": 0.2},
    "mobilisation": {
        "kind": "mobilisation",
        "sectors": {"public": {"share": 0.4, "exposure": 0.5}},
        "vote": {"b": 0.5},
    },
}
REGISTER: dict[str, tuple[str, Any]] = {
    "regions/registered": ("electorate.regions.0.registered", 70),
    "regions/registered_sd": ("electorate.regions.0.registered_sd", 0.2),
    "regions/stations": ("electorate.regions.0.stations", 4),
    "total": ("electorate.total", 95),
    "stations/size_spread": ("electorate.stations.size_spread", 0.9),
}
JOINT = [
    {"age": age, "sex": sex, "people": people}
    for age, sex, people in (("young", "f", 0.3), ("young", "m", 0.1), ("old", "f", 0.2), ("old", "m", 0.4))
]
#: Groups in the place of the plain electorate.
GROUPED = {
    **RICH["electorate"],
    "model": "cells",
    "traits": {"age": {"young": 0.4, "old": 0.6}, "sex": {"f": 0.5, "m": 0.5}},
    "joint": {"age_sex": JOINT},
}
#: Laws of positions, and what stands there instead: (before, field → after).
SPACES: dict[str, dict[str, Any]] = {
    "mixture": {
        "dimensions": ["x", "y"],
        "mixture": [
            {"mean": {"x": 0.0, "y": 1.0}, "sd": {"x": 1.0, "y": 0.5}, "correlation": {"x": {"y": 0.5}}},
            {"mean": {"x": 1.0, "y": 0.0}, "sd": {"x": 0.5, "y": 0.5}},
        ],
    },
    "uniform": {"dimensions": ["x", "y"], "uniform": {"x": [-1, 1], "y": [-1, 1]}},
    "sphere": {"dimensions": ["x", "y"], "sphere": {"radius": 1.0}},
    "respondents": {
        "dimensions": ["x", "y"],
        "respondents": [{"x": 0.0, "y": 1.0, "weight": 1.0}, {"x": 1.0, "y": -1.0, "weight": 1.0}],
    },
}
SPACE = "electorate.space"
OTHER_SPACE: dict[str, tuple[str, Any]] = {
    "dimensions": (f"{SPACE}.dimensions", ["y", "x"]),
    "fixed": (f"{SPACE}.fixed", True),
    "mixture/weight": (f"{SPACE}.mixture.0.weight", 3),
    "mixture/mean": (f"{SPACE}.mixture.0.mean.x", 0.3),
    "mixture/sd": (f"{SPACE}.mixture.0.sd.x", 1.5),
    "mixture/correlation": (f"{SPACE}.mixture.0.correlation", {"x": {"y": -0.5}}),
    "uniform": (f"{SPACE}.uniform.x", [-2, 1]),
    "sphere/radius": (f"{SPACE}.sphere.radius", 2.0),
    "sphere/surface": (f"{SPACE}.sphere.surface", True),
    "respondents": (f"{SPACE}.respondents.0.weight", 5.0),
}


def one_by_one(field: str) -> dict[str, Any]:
    """Voters one by one at positions of their own."""
    law = next((law for law in SPACES if law in field), "mixture")
    positions = {option: {"x": i / 2, "y": -i / 3} for i, option in enumerate(RICH["ballot"]["options"])}
    electorate = {
        "model": "individuals",
        "regions": [{"region": "p", "registered": 60}, {"region": "q", "registered": 40}],
    }
    return {
        **PLURALITY,
        "electorate": copy.deepcopy(
            {**electorate, "traits": GROUPED["traits"], "joint": GROUPED["joint"], "space": SPACES[law]}
        ),
        "ballot": {**RICH["ballot"], "invalid": 0.1},
        "voters": {"model": "spatial", "positions": positions},
        "turnout": {"baseline": {"young": 0.4, "old": 0.8}},
        "run": {},
    }


PLURALITY = {**RICH, "rules": {"it": {"model": "plurality"}}}


def _swing(section: str, path: str) -> dict[str, tuple[str, Any]]:
    block = {"regions": ["p"], "sd": 0.4}
    return {
        f"{section}/regional": (f"{path}.regional", 0.25),
        f"{section}/station": (f"{path}.station", 0.35),
        f"{section}/tails": (f"{path}.tails", 5),
        f"{section}/region_correlation": (f"{path}.region_correlation", 0.5),
        f"{section}/blocks/sd": (f"{path}.blocks", {"x": block}),
        f"{section}/blocks/regions": (f"{path}.blocks", {"x": {**block, "regions": ["q"]}}),
        f"{section}/national": (f"{path}.national", 0.4),
        f"{section}/group": (f"{path}.group", {"default": 0, "young": 0.4}),
    }


#: What stands in a voter model before one of its fields is changed.
BEFORE: dict[str, dict[str, Any]] = {
    "economy": {"economy": {"growth": {"value": 0.2, "reference": 0.1, "effect": 1.5}}},
    "recognition": {
        "recognition": {"start": {"b": 0.3}, "days": 20, "media_per_day": 0.02, "word_of_mouth_per_day": 0.02}
    },
    "falsification": {"falsification": {"towards": "a", "logit": 0.5}},
    "strategic": {
        "strategic": {"strength": 0.5, "threshold": 0.2, "share": 0.5},
        "terms": {"home": {"a": {"p": 1.5, "q": -1}}},
    },
}
UTILITIES = {"a": 1, "b": 0.5, "c": 0, "none": -1}


def _scored(model: str, **own: Any) -> dict[str, tuple[str, Any]]:
    """The fields of a ballot with scores."""
    return {
        **_swing(f"ballot:{model}/invalid/swing", "ballot.invalid.swing"),
        f"ballot:{model}/invalid/share": ("ballot.invalid.share", 0.2),
        f"ballot:{model}/options/kind": ("ballot.options.b.kind", "against_all"),
        **{f"ballot:{model}/{field}": (f"ballot.{field}", value) for field, value in own.items()},
    }


def _voters(model: str, **own: Any) -> dict[str, tuple[str, Any]]:
    """The fields of all voter models, and those of one."""
    name = f"voters:{model}"
    if model in ("nested_logit", "mixed_logit", "probit"):
        own = {**own, "baseline": {"a": 0.3, "b": 0.35, "c": 0.25, "none": 0.1}, "utilities": {**UTILITIES, "a": 1.5}}
    return {
        **_swing(f"{name}/swing", "voters.swing"),
        f"{name}/overdispersion/region": ("voters.overdispersion.region", 0.01),
        f"{name}/overdispersion/station": ("voters.overdispersion.station", 0.01),
        f"{name}/terms": ("voters.terms", {"push": {"a": 0.4}}),
        f"{name}/economy/value": ("voters.economy.growth.value", 0.25),
        f"{name}/economy/reference": ("voters.economy.growth.reference", 0.05),
        f"{name}/economy/effect": ("voters.economy.growth.effect", 2.5),
        f"{name}/recognition/start": ("voters.recognition.start", {"b": 0.3, "c": 0.1}),
        f"{name}/recognition/days": ("voters.recognition.days", 1),
        f"{name}/recognition/media_per_day": ("voters.recognition.media_per_day", 0.2),
        f"{name}/recognition/word_of_mouth_per_day": ("voters.recognition.word_of_mouth_per_day", 0.2),
        f"{name}/recognition/unknown_penalty": ("voters.recognition.unknown_penalty", 3),
        f"{name}/falsification/towards": ("voters.falsification.towards", "b"),
        f"{name}/falsification/logit": ("voters.falsification.logit", 0.6),
        f"{name}/strategic/strength": ("voters.strategic.strength", 1),
        f"{name}/strategic/threshold": ("voters.strategic.threshold", 0.4),
        f"{name}/strategic/share": ("voters.strategic.share", 1),
        f"{name}/strategic/level": ("voters.strategic.level", "region"),
        **{f"{name}/{field}": (f"voters.{field.replace('/', '.')}", value) for field, value in own.items()},
    }


#: Rules for several seats on ballots, and what they hold beside ``seats: 2``.
SEVERAL: dict[str, dict[str, Any]] = {
    "single_transferable_vote": {},
    "proportional_approval": {"approved": 2},
    "limited_vote": {},
    "block_vote": {},
    "cumulative": {},
}
#: Field → (path in the scenario, another value).
OTHER: dict[str, tuple[str, Any]] = {
    **{f"electorate:individuals/space/{field}": other for field, other in OTHER_SPACE.items()},
    "electorate:individuals/regions/registered": ("electorate.regions.0.registered", 70),
    "electorate:individuals/traits": ("electorate.traits.town", [{"region": r, "yes": 0.3, "no": 0.7} for r in "pq"]),
    "electorate:individuals/joint": (
        "electorate.joint.age_sex",
        [{**row, "people": p} for row, p in zip(JOINT, (0.1, 0.3, 0.4, 0.2))],
    ),
    **{f"electorate:{model}/{field}": other for model in ("table", "cells") for field, other in REGISTER.items()},
    "electorate:cells/traits": ("electorate.traits.town", [{"region": r, "yes": 0.3, "no": 0.7} for r in "pq"]),
    "electorate:cells/joint": (
        "electorate.joint.age_sex",
        [{**row, "people": p} for row, p in zip(JOINT, (0.1, 0.3, 0.4, 0.2))],
    ),
    **_voters("logit", baseline={"a": 0.3, "b": 0.35, "c": 0.25, "none": 0.1}, centre="expectation"),
    **_voters(
        "national_swing",
        baseline={"a": 0.3, "b": 0.35, "c": 0.25, "none": 0.1},
        before={"a": 0.4, "b": 0.2, "c": 0.3, "none": 0.1},
        after={"a": 0.4, "b": 0.2, "c": 0.3, "none": 0.1},
        method="proportional",
    ),
    **_voters("nested_logit"),
    "voters:nested_logit/nests/options": ("voters.nests.near.options", ["a", "c"]),
    "voters:nested_logit/nests/lambda": ("voters.nests.near.lambda", 0.2),
    **_voters("mixed_logit"),
    "voters:mixed_logit/factors/loadings": ("voters.factors.left.loadings", {"b": 1}),
    "voters:mixed_logit/factors/sd": ("voters.factors.left.sd", 3),
    **_voters("probit", correlation={"a": {"b": 0.7}}),
    **_voters(
        "spatial",
        baseline={"a": 0.3, "b": 0.35, "c": 0.25, "none": 0.1},
        valence={"a": 0.3},
        mean={"x": 0.6, "y": -0.3},
        spread={"x": 1.5, "y": 0.7},
        correlation=0.8,
        distance="city_block",
        weight=1.5,
        directional=0.5,
    ),
    "voters:spatial/positions": ("voters.positions.a", {"x": 0.5, "y": 0.3}),
    **_voters(
        "transfer",
        earlier={"a": 0.5, "b": 0.3, "new": 0.2},
        concentration={"b": 10},
        transitions={"a": {"a": 0.8, "c": 0.2}, "b": {"b": 0.7, "abstain": 0.2, "none": 0.1}, "new": {"c": 1}},
    ),
    "turnout:logit/overdispersion/region": ("turnout.overdispersion.region", 0.01),
    "turnout:logit/overdispersion/station": ("turnout.overdispersion.station", 0.01),
    **_swing("turnout:logit/swing", "turnout.swing"),
    "turnout:logit/baseline": ("turnout.baseline", 0.5),
    "turnout:logit/terms": ("turnout.terms", {"rain": -0.1}),
    "turnout:logit/terms/weather/rain": ("turnout.terms.weather.rain", 1.5),
    "turnout:logit/terms/weather/snow": ("turnout.terms.weather.snow", 1.5),
    "turnout:logit/terms/weather/unit": ("turnout.terms.weather.unit", "mm"),
    "turnout:logit/terms/weather/rain_effect": ("turnout.terms.weather.rain_effect", -0.02),
    "turnout:logit/terms/weather/snow_effect": ("turnout.terms.weather.snow_effect", -0.02),
    "turnout:logit/terms/weather/measured_at": ("turnout.terms.weather.measured_at", 0.3),
    "turnout:logit/terms/calculus/benefit": ("turnout.terms.calculus.benefit", 6.0),
    "turnout:logit/terms/calculus/duty": ("turnout.terms.calculus.duty", 0.3),
    "turnout:logit/terms/calculus/cost": ("turnout.terms.calculus.cost", 0.3),
    "turnout:logit/terms/calculus/pivot": ("turnout.terms.easier.pivot", 0.06),
    "turnout:logit/terms/calculus/voters": ("turnout.terms.calculus.voters", 60),
    "turnout:logit/terms/calculus/closeness": ("turnout.terms.calculus.closeness", 0.6),
    "turnout:logit/terms/contagion/households": ("turnout.terms.contagion.households", 0.5),
    "turnout:logit/terms/contagion/passed_on": ("turnout.terms.contagion.passed_on", 0.5),
    "turnout:logit/terms/alienation/threshold": ("turnout.terms.alienation.threshold", -0.3),
    "turnout:logit/terms/alienation/anchor": ("turnout.terms.alienation.anchor", "none"),
    "turnout:logit/terms/alienation/level": ("turnout.terms.alienation.level", 0.3),
    "turnout:logit/terms/indifference/threshold": ("turnout.terms.indifference.threshold", 0.4),
    "turnout:logit/terms/boycott/reach": ("turnout.terms.boycott.reach", 0.5),
    "turnout:logit/terms/boycott/adherence": ("turnout.terms.call.adherence", 0.4),
    "turnout:logit/terms/boycott/followers": ("turnout.terms.boycott.followers", {"b": 0.5}),
    "turnout:logit/terms/compulsory/enforcement": ("turnout.terms.compulsory.enforcement", 0.3),
    "turnout:logit/terms/mobilisation/sectors/share": ("turnout.terms.mobilisation.sectors.public.share", 0.5),
    "turnout:logit/terms/mobilisation/sectors/exposure": ("turnout.terms.mobilisation.sectors.public.exposure", 0.6),
    "turnout:logit/terms/mobilisation/compliance": ("turnout.terms.mobilisation.compliance", 0.3),
    "turnout:logit/terms/mobilisation/monitoring": ("turnout.terms.mobilisation.monitoring", 0.5),
    "turnout:logit/terms/mobilisation/vote": ("turnout.terms.mobilisation.vote", {"a": 0.5}),
    "turnout:logit/centre": ("turnout.centre", "expectation"),
    "turnout:fixed/baseline": ("turnout.baseline", 0.5),
    "turnout:beta/baseline": ("turnout.baseline", 0.5),
    "turnout:beta/sd": ("turnout.sd", 0.2),
    "turnout:logit/swing/with_vote": ("turnout.swing.with_vote", {"a": 0.5}),
    **_swing("ballot:single_choice/invalid/swing", "ballot.invalid.swing"),
    "ballot:single_choice/invalid/share": ("ballot.invalid.share", 0.2),
    "ballot:single_choice/options/kind": ("ballot.options.b.kind", "against_all"),
    "voters:anonymous_culture/over": ("voters.over", "region"),
    "voters:urn/over": ("voters.over", "region"),
    "voters:urn/alpha": ("voters.alpha", 3),
    "voters:mallows/mixture/reference": ("voters.mixture.0.reference", ["a", "c", "b", "none"]),
    "voters:mallows/mixture/phi": ("voters.mixture.0.phi", 0.6),
    "voters:mallows/mixture/weight": ("voters.mixture.0.weight", 2),
    "voters:plackett_luce/weights": ("voters.weights", {"a": 0.3, "b": 0.35, "c": 0.25, "none": 0.1}),
    **_swing("ballot:ranked/invalid/swing", "ballot.invalid.swing"),
    "ballot:ranked/invalid/share": ("ballot.invalid.share", 0.2),
    "ballot:ranked/options/kind": ("ballot.options.b.kind", "against_all"),
    "rules:plurality/ties": ("rules.it.ties", "order"),
    "rules:two_round/majority": ("rules.it.majority", 0.4),
    "rules:two_round/majority_of": ("rules.it.majority_of", "registered"),
    "rules:two_round/ties": ("rules.it.ties", "order"),
    "rules:two_round/runoff/transfers": ("rules.it.runoff.transfers", {"c": {"a": 0.6}, "default": {"abstain": 0.3}}),
    "rules:two_round/runoff/turnout": ("rules.it.runoff.turnout", 0.2),
    "rules:two_round/runoff/swing": ("rules.it.runoff.swing", 0.5),
    **rule_parameters.OTHER,
    **{f"rules:{model}/ties": ("rules.it.ties", "order") for model in RULES_ON_BALLOTS},
    "rules:coombs/stop_at_majority": ("rules.it.stop_at_majority", False),
    "rules:positional/weights": ("rules.it.weights", [1]),
    **{f"rules:{model}/unranked": ("rules.it.unranked", "zero") for model in ("positional", "borda", "black")},
    "rules:condorcet/weak": ("rules.it.weak", False),
    "rules:copeland/even": ("rules.it.even", "none"),
    **{f"rules:{model}/measure": ("rules.it.measure", "margins") for model in ("minimax", "schulze", "ranked_pairs")},
    "rules:approval/at_least": ("rules.it.at_least", 4),
    "ballot:ranked/places": ("ballot.places", 1),
    **_scored("score", places=1, most=2),
    **_scored("approval", places=1, top=3, above=0.5),
    **{f"rules:{rule}/seats": ("rules.it.seats", 3) for rule in SEVERAL},
    **{f"rules:{rule}/ties": ("rules.it.ties", "order") for rule in SEVERAL},
    "rules:single_transferable_vote/method": ("rules.it.method", "meek"),
    "rules:single_transferable_vote/quota": ("rules.it.quota", "hare"),
    "rules:proportional_approval/method": ("rules.it.method", "sequential"),
    "rules:proportional_approval/approved": ("rules.it.approved", 3),
    "rules:limited_vote/votes": ("rules.it.votes", 2),
    "rules:cumulative/votes": ("rules.it.votes", 1),
    "rules:list_proportional/seats": ("rules.it.seats", 10),
    "rules:list_proportional/by": ("rules.it.by", "district"),
    "rules:list_proportional/method": ("rules.it.method", "adams"),
    "rules:list_proportional/divisors": ("rules.it.divisors", [1, 5, 6, 7, 8, 9, 10]),
    "rules:list_proportional/excess": ("rules.it.excess", "smallest_remainder"),
    "rules:list_proportional/ties": ("rules.it.ties", "order"),
    "rules:list_proportional/bonus/seats": ("rules.it.bonus.seats", 3),
    "rules:list_proportional/bonus/up_to": ("rules.it.bonus.up_to", 5),
    "rules:list_proportional/bonus/needs": ("rules.it.bonus.needs", 0.5),
    "rules:biproportional/seats": ("rules.it.seats", {"p": 3, "q": 4}),
    "rules:biproportional/districts_by": ("rules.it.districts_by", "valid_votes"),
    "rules:biproportional/method": ("rules.it.method", "dhondt"),
    "rules:biproportional/ties": ("rules.it.ties", "order"),
    **{
        f"rules:{model}/threshold/{field}": (f"rules.it.threshold.{field}", value)
        for model in ("list_proportional", "biproportional")
        for field, value in {
            "share": 0.4,
            "of": "registered",
            "strict": True,
            "coalitions": {"b": 2},
            "share_by_size": {"2": 0.45},
            "exempt": ["c"],
            "districts_won": 1,
            "if_none": "no_seats",
        }.items()
    },
    "rules:list_proportional/threshold/district_share": ("rules.it.threshold.district_share", 0.3),
}
#: What a list rule says beside the field that is moved.
LISTS: dict[str, dict[str, Any]] = {
    "divisors": {"method": "divisors", "divisors": [1, 3, 5, 7, 9, 11, 13]},
    "excess": {"method": "imperiali_largest_remainder"},
    "bonus/seats": {"bonus": {"seats": 2}},
    "bonus/up_to": {"bonus": {"up_to": 4}},
    "bonus/needs": {"bonus": {"seats": 2}},
    "threshold/coalitions": {"threshold": {"share": 0.2, "coalitions": {"a": 2}, "share_by_size": {"2": 0.3}}},
    "threshold/share_by_size": {"threshold": {"share": 0.2, "coalitions": {"a": 2}, "share_by_size": {"2": 0.3}}},
    "threshold/strict": {"threshold": {"share": 0.25}},
    "threshold/if_none": {"threshold": {"share": 0.5}},
    "threshold/district_share": {"by": "district", "threshold": {"share": 0.3}},
}


def base_of(field: str) -> dict[str, Any]:
    out = copy.deepcopy(PLURALITY if field.startswith("rules:plurality") else RICH)
    part = field.partition("/")[0]
    if part.removeprefix("rules:") in SEVERAL:
        rule = part.removeprefix("rules:")
        out["ballot"] = copy.deepcopy(INSTEAD["ballot:ranked"])
        out["rules"] = {"it": {"model": rule, "seats": 2, **SEVERAL[rule]}}
    if (rule := rule_parameters.rule_of(field, RICH["rules"]["it"])) is not None:
        out["rules"]["it"] = copy.deepcopy(rule)
    if part in ("rules:list_proportional", "rules:biproportional"):
        name = field.partition("/")[2]
        threshold = {"threshold": {"share": 0.3}} if name.startswith("threshold") else {}
        out["rules"]["it"] = {"model": part.partition(":")[2], "seats": 7, **threshold, **LISTS.get(name, {})}
    if part in INSTEAD:
        out[part.partition(":")[0]] = copy.deepcopy(INSTEAD[part])
    if part.partition(":")[2] in (*RULES_ON_BALLOTS, "score", "approval") or field == "ballot:ranked/places":
        return on_ballots(field, out)
    if field.startswith("turnout:logit/terms/"):
        put(out, "turnout.terms", copy.deepcopy(TERMS))
    if field.startswith("electorate:individuals"):
        return one_by_one(field)
    if field.startswith("electorate:cells") or field.endswith("/group"):
        out["electorate"] = copy.deepcopy(GROUPED)
    if part.startswith("voters:"):
        out["ballot"]["options"]["a"]["incumbent"] = True
        out["voters"].update(copy.deepcopy(BEFORE.get(field.split("/")[1], {})))
    if field.endswith("/utilities"):
        del out["voters"]["baseline"]
        out["voters"]["utilities"] = UTILITIES
    if field.endswith("blocks/regions"):
        section = OTHER[field][0].rpartition(".")[0]
        put(out, f"{section}.blocks", {"x": {"regions": ["p"], "sd": 0.4}})
    return out


def on_ballots(field: str, out: dict[str, Any]) -> dict[str, Any]:
    """A rule on ballots with gaps, and the ballots that it reads."""
    stage, model = field.partition("/")[0].split(":")
    if stage == "rules":
        cls = next(cls for cls in all_parts() if (cls.stage, cls.model) == (stage, model))
        own = {"positional": {"weights": [3, 2]}, "condorcet": {"weak": True}}.get(model, {})
        out["rules"] = {"it": {"model": model, **own}}
        out["ballot"] = {**RICH["ballot"], "model": {"rankings": "ranked", "scores": "score"}[cls.reads], "places": 2}
        if field == "rules:star/ties":
            # Equal sums of scores and an even runoff: only where few vote.
            out["turnout"] = {"model": "fixed", "baseline": 0.05}
    else:
        rule = "borda" if field.endswith("/places") else {"score": "score", "approval": "approval"}[model]
        out["rules"] = {"it": {"model": rule}}
    if field.endswith("/group"):
        out["electorate"] = copy.deepcopy(GROUPED)
    if field.endswith("blocks/regions"):
        put(out, f"{OTHER[field][0].rpartition('.')[0]}.blocks", {"x": {"regions": ["p"], "sd": 0.4}})
    if field == "ballot:approval/above":
        out = one_by_one("electorate:individuals/regions/registered")
        out["ballot"] = {**out["ballot"], "model": "approval"}
        out["rules"] = {"it": {"model": "approval"}}
    return out


def put(scenario: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    place: Any = scenario
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    place[last] = value


def result_of(scenario: dict[str, Any]) -> Any:
    return sim.run(sim.loads(json.dumps(scenario)), draws=600, seed=8, threads=1)


def differs(a: Any, b: Any) -> bool:
    return any(a[name].shape != b[name].shape or not np.array_equal(a[name], b[name]) for name in a.data_vars)


def test_every_field_is_listed() -> None:
    """A new field needs a line in OTHER, or a place among those that only describe."""
    elsewhere = {*DESCRIPTIVE, *REFUSED, *rule_parameters.REFUSED, *rule_parameters.OF_OTHER_CONTESTS}
    assert sorted(set(field_paths()) - elsewhere - set(OTHER)) == []
    assert sorted(set(OTHER) - set(field_paths())) == []
    assert sorted(DESCRIPTIVE - set(field_paths())) == []


@pytest.mark.parametrize("field", OTHER)
def test_moves_something(field: str) -> None:
    before = base_of(field)
    after = copy.deepcopy(before)
    put(after, *OTHER[field])
    assert after != before
    assert differs(result_of(before), result_of(after))


@pytest.mark.parametrize("field", rule_parameters.REFUSED)
def test_a_field_of_a_rule_is_refused(field: str) -> None:
    scenario = base_of(field)
    result_of(scenario)
    put(scenario, *rule_parameters.REFUSED[field])
    with pytest.raises(sim.ScenarioError, match="list seats are shared out in the nation; write 'share'"):
        result_of(scenario)


@pytest.mark.parametrize("field", REFUSED)
def test_is_refused_with_the_reason(field: str) -> None:
    scenario = base_of(field)
    result_of(scenario)
    put(scenario, *REFUSED[field])
    with pytest.raises(sim.ScenarioError, match="is not for voters one by one; take 'model: cells'"):
        result_of(scenario)


@pytest.mark.parametrize(
    "path, value",
    [
        ("electorate.regions.0.name", "Other"),
        ("electorate.regions.0.kind", "city"),
        ("electorate.regions.0.tile_row", 3),
        ("electorate.regions.0.tile_column", 3),
        ("electorate.regions.0.source", "x"),
        ("electorate.regions.0.standing", "official"),
        ("electorate.regions.0.note", "x"),
        ("ballot.options.a.name", "Other"),
        ("ballot.options.a.incumbent", True),
        ("ballot.options.a.colour", "#123456"),
        ("ballot.options.a.note", "x"),
        ("ballot.options.a.kind", "party"),
    ],
)
def test_what_describes_moves_no_number(path: str, value: Any) -> None:
    after = copy.deepcopy(RICH)
    put(after, path, value)
    assert not differs(result_of(RICH), result_of(after))

"""The scenarios of the comparison, and for every parameter a small move that the comparison must see.

Seeds are fixed, so the outcome is too; with other seeds each of the comparisons would fail falsely with
probability `comparison.ALARM` = 1e-4 at most, all of them together with less than 2e-3.
"""

from __future__ import annotations

from typing import Any

THREE = {"regions": {"north": 60_000, "south": 30_000, "west": 10_000}}
OPTIONS: dict[str, Any] = {"b": None, "a": None, "none": {"kind": "against_all"}}


def scenario(**sections: Any) -> dict[str, Any]:
    """Return a whole scenario: what is given, on a plain one of three regions and three options."""
    plain: dict[str, Any] = {
        "title": "for comparison",
        "electorate": THREE,
        "ballot": {"options": OPTIONS},
        "voters": {"baseline": {"a": 0.5, "b": 0.4, "none": 0.1}},
        "turnout": {"baseline": 0.6},
        "rules": {"it": {"model": "plurality"}},
    }
    return {**plain, **sections}


def rule(model: str = "two_round", **body: Any) -> dict[str, Any]:
    """Return the section of one rule."""
    return {"it": {"model": model, **body}}


GRID: dict[str, dict[str, Any]] = {
    "no swing": scenario(
        electorate={"regions": {"only": 5_000}},
        ballot={"options": {"x": None, "y": None}, "invalid": 0.03},
        voters={"baseline": {"x": 0.51, "y": 0.49}},
    ),
    "swings with tails": scenario(
        ballot={
            "options": OPTIONS,
            "invalid": {
                "share": {"default": 0.05, "west": 0.1},
                "swing": {"national": 0.3, "regional": 0.2, "tails": 8, "region_correlation": 0.5},
            },
        },
        voters={
            "baseline": [
                {"region": "default", "a": 0.45, "b": 0.4, "none": 0.15},
                {"region": "west", "a": 0.3, "b": 0.6, "none": 0.1},
            ],
            "swing": {
                "national": {"default": 0.2, "none": 0.4},
                "regional": {"default": 0.15, "west": 0.5},
                "tails": 5,
                "region_correlation": 0.5,
            },
        },
        turnout={
            "baseline": {"default": 0.6, "south": 0.8},
            "swing": {
                "national": 0.3,
                "regional": 0.25,
                "tails": 6,
                "region_correlation": 0.3,
                "with_vote": {"a": 0.6, "b": -0.5},
            },
        },
        rules=rule(),
    ),
    "blocks": scenario(
        ballot={
            "options": OPTIONS,
            "invalid": {"share": 0.08, "swing": {"blocks": {"two": {"regions": ["south", "west"], "sd": 0.4}}}},
        },
        voters={
            "baseline": {"a": 0.5, "b": 0.4, "none": 0.1},
            "swing": {
                "regional": 0.2,
                "blocks": {
                    "national": {"regions": ["north", "west"], "sd": 0.3},
                    "regional": {"regions": ["south"], "sd": 0.25},
                },
                "region_correlation": {"north": {"south": -0.6}, "west": {"south": 0.4}},
            },
        },
        turnout={
            "baseline": 0.5,
            "swing": {
                "regional": 0.2,
                "blocks": {"one": {"regions": ["north", "south"], "sd": 0.3}},
                "region_correlation": {"north": {"west": 0.7}},
            },
        },
    ),
    "register with a total": scenario(
        electorate={
            "regions": [
                {"region": "north", "registered": 60_000, "registered_sd": 0.1},
                {"region": "south", "registered": 30_000, "registered_sd": 0.3},
                {"region": "west", "registered": 10_000},
            ],
            "total": 90_001,
        },
    ),
    "register with an uncertain total": scenario(
        electorate={"regions": THREE["regions"], "total": {"normal": [90_000, 5_000], "within": [80_000, 105_000]}},
    ),
    "register without a total": scenario(
        electorate={
            "regions": [
                {"region": "north", "registered": 6_000, "registered_sd": 0.2},
                {"region": "south", "registered": 3_000},
            ]
        },
    ),
    "stations": scenario(
        electorate={
            "regions": [
                {"region": "north", "registered": 6_000, "stations": 4},
                {"region": "south", "registered": 3_000, "stations": 2, "registered_sd": 0.1},
            ],
            "stations": {"size_spread": 0.8},
        },
        ballot={"options": OPTIONS, "invalid": {"share": 0.1, "swing": {"station": 0.5, "national": 0.2}}},
        voters={"baseline": {"a": 0.5, "b": 0.4, "none": 0.1}, "swing": {"station": 0.4, "national": 0.1}},
        turnout={"baseline": 0.6, "swing": {"station": 0.5, "regional": 0.2}},
        rules=rule(runoff={"turnout": -0.3}),
        run={"keep": ["station_ballots_cast"]},
    ),
    "overdispersion": scenario(
        electorate={
            "regions": [
                {"region": "north", "registered": 6_000, "stations": 4},
                {"region": "south", "registered": 3_000, "stations": 2},
            ],
            "stations": {"size_spread": 0.3},
        },
        voters={
            "baseline": {"a": 0.5, "b": 0.4, "none": 0.1},
            "swing": {"station": 0.2, "national": 0.1},
            "overdispersion": {"region": 0.02, "station": {"beta": [2, 98]}},
        },
        turnout={
            "baseline": {"default": 0.6, "south": 0.9},
            "swing": {"regional": 0.1, "station": 0.2},
            "overdispersion": {"region": {"uniform": [0.01, 0.03]}, "station": 0.03},
        },
        rules=rule(),
        run={"keep": ["station_ballots_cast"]},
    ),
    "uniform national swing": scenario(
        voters={
            "model": "national_swing",
            "baseline": [
                {"region": "default", "a": 0.5, "b": 0.45, "none": 0.05},
                {"region": "west", "a": 0.1, "b": 0.88, "none": 0.02},
            ],
            "before": {"a": 0.46, "b": 0.49, "none": 0.05},
            "after": {"a": {"beta": [40, 60]}, "b": 0.5, "none": 0.08},
            "swing": {"national": 0.1, "regional": 0.05},
            "overdispersion": {"region": 0.001},
        },
    ),
    "proportional national swing": scenario(
        electorate={
            "regions": [
                {"region": "north", "registered": 6_000, "stations": 2},
                {"region": "south", "registered": 3_000, "stations": 2},
            ],
            "stations": {},
        },
        voters={
            "model": "national_swing",
            "method": "proportional",
            "baseline": [
                {"region": "north", "a": 0.6, "b": 0.35, "none": 0.05},
                {"region": "south", "a": 0.2, "b": 0.7, "none": 0.1},
            ],
            "before": {"a": 0.46, "b": 0.49, "none": 0.05},
            "after": {"a": 0.4, "b": 0.52, "none": 0.08},
            "swing": {"station": 0.2, "national": 0.05},
            "overdispersion": {"station": 0.01},
        },
        run={"keep": ["station_ballots_cast"]},
    ),
    "terms, economy and recognition": scenario(
        ballot={"options": {**OPTIONS, "a": {"incumbent": True}}},
        voters={
            "baseline": {"a": 0.5, "b": 0.4, "none": 0.1},
            "terms": {"home": {"a": {"west": 0.5, "default": 0}}, "list": {"b": {"normal": [0.1, 0.1]}, "none": -0.2}},
            "economy": {
                "growth": {
                    "value": {"normal": [0.05, 0.02]},
                    "reference": {"south": 0.02, "default": 0.03},
                    "effect": 2,
                },
                "prices": {"value": 0.15, "reference": 0.05, "effect": {"uniform": [-1.0, -0.4]}},
            },
            "recognition": {
                "start": {"a": 1, "default": {"beta": [3, 5]}},
                "days": 40,
                "media_per_day": {"default": 0.005, "south": 0.01},
                "word_of_mouth_per_day": 0.03,
                "unknown_penalty": 0.8,
            },
            "swing": {"national": 0.1},
        },
    ),
    "nests": scenario(
        electorate={
            "regions": [
                {"region": "north", "registered": 6_000, "stations": 3},
                {"region": "south", "registered": 3_000, "stations": 2},
            ],
            "stations": {},
        },
        ballot={"options": {**OPTIONS, "c": None}},
        voters={
            "model": "nested_logit",
            "baseline": {"a": 0.4, "b": 0.25, "c": 0.2, "none": 0.15},
            "nests": {"near": {"options": ["b", "c"], "lambda": {"north": 0.5, "south": {"uniform": [0.3, 0.6]}}}},
            "terms": {"push": {"c": 0.2}},
            "swing": {"national": 0.15, "station": 0.1},
            "overdispersion": {"region": 0.01},
        },
        run={"keep": ["station_ballots_cast"]},
    ),
    "strategic voters": scenario(
        ballot={"options": {**OPTIONS, "c": None, "d": None}},
        voters={
            "model": "nested_logit",
            "utilities": {
                "a": {"default": 1, "west": 0.2},
                "b": {"default": 0.5, "west": 1.2},
                "c": 0,
                "d": -1,
                "none": -1,
            },
            "nests": {"near": {"options": ["b", "c", "d"], "lambda": 0.7}},
            "strategic": {
                "strength": {"uniform": [0.1, 0.5]},
                "threshold": {"default": 0.18, "south": 0.1},
                "share": 0.6,
                "level": "region",
            },
            "swing": {"national": 0.2, "regional": 0.1},
        },
        rules=rule(),
    ),
    "tastes": scenario(
        voters={
            "model": "mixed_logit",
            "baseline": [
                {"region": "default", "a": 0.5, "b": 0.4, "none": 0.1},
                {"region": "west", "a": 0.3, "b": 0.6, "none": 0.1},
            ],
            "factors": {"left": {"loadings": {"a": 1, "none": {"default": -0.5, "west": 0.5}}, "sd": 1.5}},
            "terms": {"push": {"b": 0.3}},
            "swing": {"national": 0.3, "regional": 0.1},
        },
    ),
    "uncertain tastes": scenario(
        voters={
            "model": "mixed_logit",
            "utilities": {"a": {"normal": [0.5, 0.1]}, "b": 0.2, "none": -1},
            "factors": {"left": {"loadings": {"a": 1}, "sd": {"uniform": [1, 2]}}},
        },
    ),
    "correlated errors": scenario(
        voters={
            "model": "probit",
            "baseline": {"a": 0.5, "b": 0.4, "none": 0.1},
            "correlation": {"a": {"none": 0.5}, "none": {"b": -0.3}},
            "terms": {"push": {"b": 0.2}},
            "swing": {"national": 0.2, "regional": {"default": 0.1, "west": 0.3}},
            "overdispersion": {"region": 0.001},
        },
    ),
    "a line": scenario(
        voters={
            "model": "spatial",
            "positions": {"a": {"left": -0.5}, "b": {"left": {"default": 0.6, "west": 0.2}}, "none": {"left": 2}},
            "valence": {"a": {"normal": [0.2, 0.1]}},
            "mean": {"left": {"default": 0.1, "south": -0.3}},
            "spread": {"left": 0.8},
            "distance": "city_block",
            "weight": 1.2,
            "swing": {"national": 0.1},
        },
    ),
    "a plane": scenario(
        voters={
            "model": "spatial",
            "positions": {
                "a": {"left": -0.5, "nation": 0.3},
                "b": {"left": 0.6, "nation": 0},
                "none": {"left": 0, "nation": -1},
            },
            "mean": {"left": 0.1, "nation": -0.1},
            "spread": {"left": 0.8, "nation": {"default": 0.5, "west": 1.0}},
            "correlation": 0.5,
            "weight": {"default": 0.8, "west": 0.6},
            "directional": 0.3,
            "swing": {"national": 0.1},
        },
    ),
    "transfers": scenario(
        voters={
            "model": "transfer",
            "earlier": [
                {"region": "default", "a": 0.4, "old": 0.4, "new": 0.2},
                {"region": "west", "a": 0.2, "old": 0.7, "new": 0.1},
            ],
            "transitions": {
                "a": {"a": {"default": 0.9, "west": 0.7}, "b": {"default": 0.1, "west": 0.3}},
                "old": {"b": 0.6, "none": 0.1, "abstain": 0.3},
                "default": {"a": {"beta": [20, 20]}, "b": 0.4, "none": 0.1},
            },
            "concentration": {"a": 40, "default": {"uniform": [20, 60]}},
            "swing": {"national": 0.05},
        },
    ),
    "turnout terms": scenario(
        turnout={
            "baseline": {"default": 0.6, "west": 0.9},
            "terms": {"rain": {"default": -0.2, "south": 0}, "law": {"normal": [0.5, 0.2]}},
            "swing": {"national": 0.1},
        },
    ),
    "levers": scenario(
        voters={"baseline": {"a": 0.5, "b": 0.4, "none": 0.1}, "swing": {"national": 0.2}},
        turnout={
            "baseline": {"default": 0.6, "west": 0.8},
            "terms": {
                "weather": {
                    "kind": "weather",
                    "rain": {"default": 2.4, "west": {"normal": [5, 0.8]}},
                    "snow": 6,
                    "unit": "inch",
                    "rain_effect": {"normal": [-0.03, 0.005], "within": [-0.1, 0.1]},
                    "snow_effect": -0.02,
                    "measured_at": 0.3,
                },
                "calculus": {
                    "kind": "calculus",
                    "benefit": {"default": 3, "south": 8},
                    "duty": {"default": 0.2, "west": 0.5},
                    "cost": {"normal": [0.5, 0.1]},
                    "voters": {"uniform": [50, 90]},
                    "closeness": {"beta": [40, 30]},
                },
                "easier": {"kind": "calculus", "benefit": 4, "pivot": {"beta": [3, 60]}},
                "contagion": {"kind": "contagion", "households": {"default": 0.7, "west": 0.2}, "passed_on": 0.6},
                "boycott": {
                    "kind": "boycott",
                    "reach": {"default": 0.5, "north": 0.2},
                    "followers": {"a": 0.2, "b": 0.6},
                },
                "call": {"kind": "boycott", "reach": 0.3, "adherence": {"default": 0.2, "south": {"beta": [20, 40]}}},
            },
            "swing": {"national": 0.1, "with_vote": {"a": 0.6}},
        },
        rules=rule(),
    ),
    "abstention": scenario(
        electorate={
            "regions": [
                {"region": "north", "registered": 6_000, "stations": 3},
                {"region": "south", "registered": 3_000, "stations": 2},
            ],
            "stations": {},
        },
        voters={
            "baseline": [
                {"region": "north", "a": 0.5, "b": 0.3, "none": 0.2},
                {"region": "south", "a": 0.3, "b": 0.6, "none": 0.1},
            ],
            "swing": {"national": 0.3, "station": 0.2},
        },
        turnout={
            "baseline": {"default": 0.8, "south": 0.9},
            "terms": {
                "alienation": {
                    "kind": "alienation",
                    "threshold": {"default": 1.0, "south": {"normal": [0.5, 0.2]}},
                    "anchor": "none",
                    "level": {"default": 0.2, "south": 0.0},
                },
                "indifference": {"kind": "indifference", "threshold": {"default": 0.5, "south": 0.8}},
            },
            "swing": {"regional": 0.1, "station": 0.2},
            "overdispersion": {"station": 0.01},
        },
        run={"keep": ["station_ballots_cast"]},
    ),
    "mobilisation": scenario(
        voters={"baseline": {"a": 0.5, "b": 0.4, "none": 0.1}, "swing": {"regional": 0.2}},
        turnout={
            "baseline": {"default": 0.5, "west": 0.3},
            "terms": {
                "compulsory": {"kind": "compulsory", "enforcement": {"default": 0.2, "west": {"beta": [30, 60]}}},
                "mobilisation": {
                    "kind": "mobilisation",
                    "sectors": {
                        "public": {"share": {"default": 0.3, "west": 0.6}, "exposure": {"beta": [30, 20]}},
                        "firms": {"share": 0.4, "exposure": 0.5},
                    },
                    "compliance": {"default": {"beta": [12, 17]}, "west": 0.6},
                    "monitoring": 0.9,
                    "vote": {"a": {"beta": [30, 20]}, "b": 0.0},
                },
            },
            "swing": {"national": 0.2},
        },
    ),
    "groups": scenario(
        electorate={
            "model": "cells",
            "regions": {"north": 60_000, "south": 30_000},
            "traits": {
                "age": {"young": 0.3, "middle": 0.5, "old": 0.2},
                "place": [
                    {"region": "north", "town": 0.8, "village": 0.2},
                    {"region": "south", "town": 12_000, "village": 18_000},
                ],
            },
            "joint": {
                "age by place": [
                    {"age": "young", "place": "town", "people": 20_700},
                    {"age": "young", "place": "village", "people": 6_300},
                    {"age": "middle", "place": "town", "people": 30_000},
                    {"age": "middle", "place": "village", "people": 15_000},
                    {"age": "old", "place": "town", "people": 9_300},
                    {"age": "old", "place": "village", "people": 8_700},
                ]
            },
        },
        ballot={"options": OPTIONS, "invalid": {"share": {"default": 0.05, "old": 0.1}, "swing": {"group": 0.3}}},
        voters={
            "baseline": [
                {"region": "default", "a": 0.45, "b": 0.4, "none": 0.15},
                {"region": "young", "a": 0.2, "b": 0.7, "none": 0.1},
                {"region": "south/young", "a": 0.3, "b": 0.6, "none": 0.1},
                {"region": "old/village", "a": 0.8, "b": 0.15, "none": 0.05},
            ],
            "swing": {"national": 0.2, "regional": 0.1, "group": {"default": 0.1, "young/town": 0.3}, "tails": 6},
            "overdispersion": {"region": 0.01},
        },
        turnout={
            "baseline": {"default": 0.6, "old": 0.8, "south": 0.7, "south/old": 0.9},
            "terms": {"bus": {"default": 0, "village": 0.3}},
            "swing": {"national": 0.2, "group": 0.15, "with_vote": {"a": 0.5}},
            "overdispersion": {"region": 0.02},
        },
        rules=rule(runoff={"turnout": -0.3}),
    ),
    "people who do not say what they vote": scenario(
        electorate={
            "model": "cells",
            "regions": {"north": 60_000, "south": 30_000},
            "traits": {"age": {"young": 0.3, "old": 0.7}},
        },
        voters={
            "baseline": [
                {"region": "young", "a": 0.3, "b": 0.6, "none": 0.1},
                {"region": "old", "a": 0.7, "b": 0.2, "none": 0.1},
            ],
            "swing": {"national": 0.2},
            "falsification": {
                "towards": "b",
                "logit": {"default": {"normal": [0.5, 0.1], "within": [-1, 2]}, "south/old": 1.0},
            },
        },
    ),
    "groups in stations": scenario(
        electorate={
            "model": "cells",
            "regions": [
                {"region": "north", "registered": 6_000, "stations": 3, "registered_sd": 0.1},
                {"region": "south", "registered": 3_000, "stations": 2},
            ],
            "stations": {"size_spread": 0.5},
            "traits": {"age": {"young": 0.3, "old": 0.7}},
        },
        ballot={"options": OPTIONS, "invalid": {"share": 0.05, "swing": {"station": 0.4}}},
        voters={
            "baseline": [
                {"region": "young", "a": 0.3, "b": 0.6, "none": 0.1},
                {"region": "old", "a": 0.7, "b": 0.2, "none": 0.1},
            ],
            "swing": {"station": 0.4},
            "overdispersion": {"station": 0.03},
        },
        turnout={"model": "beta", "baseline": {"young": 0.4, "old": 0.7}, "sd": 0.08},
        run={"keep": ["station_ballots_cast"]},
    ),
    "groups, centred": scenario(
        electorate={
            "model": "cells",
            "regions": {"north": 60_000, "south": 30_000},
            "traits": {"age": {"young": 0.3, "old": 0.7}},
        },
        voters={
            "baseline": [
                {"region": "young", "a": 0.75, "b": 0.2, "none": 0.05},
                {"region": "old", "a": 0.3, "b": 0.6, "none": 0.1},
            ],
            "centre": "expectation",
            "swing": {"national": 0.5, "group": {"young": 0.8, "old": 0}},
        },
        turnout={
            "baseline": {"young": 0.8, "old": 0.9},
            "centre": "expectation",
            "swing": {"national": 0.5, "group": {"young": 0.8, "old": 0}},
        },
    ),
    "terms by group": scenario(
        electorate={
            "model": "cells",
            "regions": [
                {"region": "north", "registered": 6_000, "stations": 2},
                {"region": "south", "registered": 3_000, "stations": 2},
            ],
            "stations": {},
            "traits": {"age": {"young": 0.3, "old": 0.7}},
        },
        voters={
            "baseline": [
                {"region": "young", "a": 0.3, "b": 0.6, "none": 0.1},
                {"region": "old", "a": 0.7, "b": 0.2, "none": 0.1},
            ],
            "swing": {"station": 0.2},
        },
        turnout={
            "baseline": {"young": 0.4, "old": 0.7},
            "terms": {
                "bus": {"old": 0.2, "young": 0},
                "call": {"kind": "boycott", "reach": {"default": 0.2, "young": 0.5}, "followers": {"a": 0.1, "b": 0.4}},
                "bosses": {
                    "kind": "mobilisation",
                    "sectors": {"farms": {"share": {"default": 0.0, "south/young": 0.6}, "exposure": 0.5}},
                    "compliance": 0.5,
                    "vote": {"a": 0.8},
                },
            },
            "swing": {"station": 0.2},
        },
        run={"keep": ["station_ballots_cast"]},
    ),
    "fixed turnout": scenario(
        turnout={"model": "fixed", "baseline": {"default": {"beta": [60, 40]}, "west": 0.8}},
    ),
    "beta turnout": scenario(
        electorate={
            "regions": [
                {"region": "north", "registered": 6_000, "stations": 2},
                {"region": "south", "registered": 3_000, "stations": 2},
            ],
            "stations": {},
        },
        turnout={"model": "beta", "baseline": {"default": 0.6, "south": 0.9}, "sd": {"default": 0.1, "south": 0.05}},
        rules=rule(),
        run={"keep": ["station_ballots_cast"]},
    ),
    "second round": scenario(
        ballot={"options": {**OPTIONS, "c": None, "d": None}, "invalid": {"share": 0.04, "swing": {"national": 0.3}}},
        voters={
            "baseline": {"a": 0.34, "b": 0.3, "c": 0.2, "d": 0.06, "none": 0.1},
            "swing": {"national": 0.25, "regional": 0.1},
        },
        turnout={"baseline": 0.6, "swing": {"national": 0.2, "with_vote": {"a": 0.5}}},
        rules=rule(
            majority=0.4,
            majority_of="ballots_cast",
            runoff={
                "transfers": {
                    "c": {"a": 0.6, "b": 0.1, "abstain": 0.1},
                    "default": {"abstain": 0.5, "b": 0.2},
                    "none": {"abstain": 0.9},
                },
                "turnout": -0.4,
                "swing": 0.3,
            },
        ),
    ),
    "ties": scenario(
        electorate={"regions": {"north": 7, "south": 4}},
        ballot={"options": {**OPTIONS, "c": None}, "invalid": 0.1},
        voters={"baseline": {"a": 0.35, "b": 0.3, "c": 0.25, "none": 0.1}},
        rules=rule(ties="order", majority=0.45, majority_of="registered"),
    ),
    "ties by lot": scenario(
        electorate={"regions": {"north": 7, "south": 4}},
        voters={"baseline": {"a": 0.45, "b": 0.45, "none": 0.1}},
        rules=rule("plurality", ties="lot"),
    ),
    "low majority and ties": scenario(
        electorate={"regions": {"north": 9}},
        voters={"baseline": {"a": 0.45, "b": 0.45, "none": 0.1}},
        rules=rule(ties="lot", majority=0.3),
    ),
    "centred": scenario(
        voters={
            "baseline": {"a": 0.75, "b": 0.2, "none": 0.05},
            "centre": "expectation",
            "swing": {"national": 0.7, "regional": {"default": 0.3, "west": 1.0}, "tails": 4},
        },
        turnout={
            "baseline": {"default": 0.8, "west": 0.9},
            "centre": "expectation",
            "swing": {"national": 0.8, "blocks": {"one": {"regions": ["north"], "sd": 0.9}}, "tails": 4},
        },
    ),
    "uncertain numbers": scenario(
        electorate={"regions": {"north": 60_000, "south": 30_000}},
        ballot={
            "options": OPTIONS,
            "invalid": {"share": {"beta": [4, 60]}, "swing": {"national": {"uniform": [0.1, 0.3]}}},
        },
        voters={
            "baseline": {"a": {"logit_normal": [0.5, 0.2]}, "b": {"triangular": [0.2, 0.3, 0.5]}, "none": 0.1},
            "swing": {
                "national": {"default": {"gamma": [20, 0.01], "within": [0, 2]}, "none": 0.3},
                "regional": {"default": {"lognormal": [0.2, 0.4], "within": [0, 2]}, "south": {"uniform": [0.2, 0.6]}},
            },
        },
        turnout={
            "baseline": {"default": {"beta": [60, 40]}, "south": {"beta": [70, 30]}},
            "swing": {"national": {"gamma": [30, 0.01], "within": [0, 2]}},
        },
        rules=rule(
            runoff={
                "turnout": {"student_t": [-0.3, 0.2, 6], "within": [-3, 3]},
                "swing": {"lognormal": [0.3, 0.2], "within": [0, 3]},
            }
        ),
    ),
    "ranked ballots": scenario(
        electorate={"regions": {"north": 150, "south": 60}},
        ballot={"model": "ranked", "options": OPTIONS, "invalid": {"share": 0.05, "swing": {"national": 0.4}}},
        voters={
            "baseline": [
                {"region": "north", "a": 0.36, "b": 0.34, "none": 0.3},
                {"region": "south", "a": 0.28, "b": 0.32, "none": 0.4},
            ],
            "swing": {"national": 0.1, "regional": 0.2},
        },
    ),
    "impartial culture": scenario(
        electorate={"regions": {"north": 30, "south": 21}},
        ballot={"model": "ranked", "options": OPTIONS},
        voters={"model": "impartial_culture"},
    ),
    "anonymous culture": scenario(
        electorate={"regions": {"north": 300, "south": 210}},
        ballot={"model": "ranked", "options": OPTIONS, "invalid": 0.05},
        voters={"model": "anonymous_culture", "over": "region"},
    ),
    "urn": scenario(
        electorate={
            "model": "cells",
            "regions": {"north": 300, "south": 210},
            "traits": {"age": {"young": 0.3, "old": 0.7}},
        },
        ballot={"model": "ranked", "options": OPTIONS},
        voters={"model": "urn", "alpha": {"gamma": [4, 0.5]}},
    ),
    "mallows": scenario(
        electorate={
            "model": "cells",
            "regions": [
                {"region": "north", "registered": 300, "stations": 2},
                {"region": "south", "registered": 210, "stations": 2},
            ],
            "stations": {},
            "traits": {"age": {"young": 0.3, "old": 0.7}},
        },
        ballot={"model": "ranked", "options": OPTIONS, "invalid": {"share": {"young": 0.1, "old": 0.05}}},
        voters={
            "model": "mallows",
            "mixture": [
                {"reference": ["b", "a", "none"], "phi": {"default": 0.6, "south": 0.4}, "weight": {"beta": [20, 20]}},
                {"reference": ["none", "a", "b"], "phi": 0.5, "weight": {"default": 0.5, "young": 0.8}},
            ],
        },
    ),
    "plackett luce": scenario(
        electorate={"regions": {"north": 300, "south": 210}},
        ballot={"model": "ranked", "options": {**OPTIONS, "c": None}},
        voters={
            "model": "plackett_luce",
            "weights": [
                {"region": "default", "a": {"beta": [40, 60]}, "b": 0.3, "c": 0.2, "none": 0.1},
                {"region": "south", "a": 0.25, "b": 0.4, "c": 0.25, "none": 0.1},
            ],
        },
    ),
}

#: (scenario, path in the resolved scenario, what stands there instead): how small a move the comparison sees.
MOVES: list[tuple[str, str, Any]] = [
    ("no swing", "electorate.regions.0.registered", 5_010),
    ("no swing", "voters.baseline", {"x": 0.512, "y": 0.488}),
    ("no swing", "turnout.baseline", 0.602),
    ("no swing", "ballot.invalid.share", 0.0310),
    ("register with a total", "electorate.regions.0.registered_sd", 0.11),
    ("register with a total", "electorate.total", 90_011),
    ("register with an uncertain total", "electorate.total", {"normal": [90_400, 5_000], "within": [80_000, 105_000]}),
    ("register with an uncertain total", "electorate.total", {"normal": [90_000, 5_000], "within": [81_000, 105_000]}),
    ("register without a total", "electorate.regions.0.registered_sd", 0.21),
    ("stations", "electorate.regions.0.stations", 3),
    ("stations", "electorate.stations.size_spread", 0.83),
    ("stations", "voters.swing.station", 0.44),
    ("stations", "turnout.swing.station", 0.54),
    ("stations", "ballot.invalid.swing.station", 0.57),
    ("stations", "rules.it.runoff.turnout", -0.32),
    ("uniform national swing", "voters.before", {"a": 0.47, "b": 0.48, "none": 0.05}),
    ("uniform national swing", "voters.after.a", {"beta": [44, 66]}),
    ("uniform national swing", "voters.method", "proportional"),
    ("uniform national swing", "voters.swing.national", 0.11),
    ("uniform national swing", "voters.swing.regional", 0.06),
    ("uniform national swing", "voters.overdispersion.region", 0.0013),
    ("proportional national swing", "voters.baseline.1.a", 0.21),
    ("proportional national swing", "voters.after", {"a": 0.403, "b": 0.517, "none": 0.08}),
    ("proportional national swing", "voters.swing.station", 0.23),
    ("proportional national swing", "voters.overdispersion.station", 0.0125),
    ("terms, economy and recognition", "voters.terms.list.b", {"normal": [0.12, 0.1]}),
    ("terms, economy and recognition", "voters.terms.home.a", {"west": 0.53, "default": 0}),
    ("terms, economy and recognition", "voters.economy.growth.value", {"normal": [0.052, 0.02]}),
    ("terms, economy and recognition", "voters.economy.growth.reference", {"south": 0.017, "default": 0.03}),
    ("terms, economy and recognition", "voters.economy.prices.effect", {"uniform": [-1.1, -0.5]}),
    ("terms, economy and recognition", "voters.recognition.start.default", {"beta": [3.3, 5]}),
    ("terms, economy and recognition", "voters.recognition.days", 42),
    ("terms, economy and recognition", "voters.recognition.media_per_day", {"default": 0.005, "south": 0.011}),
    ("terms, economy and recognition", "voters.recognition.word_of_mouth_per_day", 0.032),
    ("terms, economy and recognition", "voters.recognition.unknown_penalty", 0.88),
    ("nests", "voters.baseline", {"a": 0.4, "b": 0.253, "c": 0.197, "none": 0.15}),
    ("nests", "voters.nests.near.lambda", {"north": 0.53, "south": {"uniform": [0.3, 0.6]}}),
    ("nests", "voters.nests.near.options", ["b", "none"]),
    ("nests", "voters.swing.station", 0.15),
    ("nests", "voters.overdispersion.region", 0.011),
    ("strategic voters", "voters.utilities.c", 0.03),
    ("strategic voters", "voters.strategic.strength", {"uniform": [0.12, 0.52]}),
    ("strategic voters", "voters.strategic.threshold", {"default": 0.18, "south": 0.18}),
    ("strategic voters", "voters.strategic.share", 0.62),
    ("strategic voters", "voters.strategic.level", "nation"),
    ("tastes", "voters.factors.left.loadings", {"a": 1, "none": {"default": -0.2, "west": 0.5}}),
    ("tastes", "voters.factors.left.sd", 1.6),
    ("tastes", "voters.terms.push.b", 0.33),
    ("uncertain tastes", "voters.utilities.b", 0.21),
    ("uncertain tastes", "voters.factors.left.sd", {"uniform": [1.2, 2.2]}),
    ("correlated errors", "voters.correlation", {"a": {"none": 0.4}, "none": {"b": -0.3}}),
    ("correlated errors", "voters.swing.national", 0.22),
    ("a line", "voters.positions.b.left", {"default": 0.63, "west": 0.2}),
    ("a line", "voters.valence.a", {"normal": [0.22, 0.1]}),
    ("a line", "voters.mean.left", {"default": 0.1, "south": -0.32}),
    ("a line", "voters.spread.left", 0.9),
    ("a line", "voters.distance", "quadratic"),
    ("a line", "voters.weight", 1.25),
    ("a plane", "voters.spread.nation", {"default": 0.5, "west": 1.1}),
    ("a plane", "voters.correlation", 0.3),
    ("a plane", "voters.directional", 0.33),
    ("transfers", "voters.earlier.0.a", 0.41),
    ("transfers", "voters.transitions.old", {"b": 0.59, "none": 0.11, "abstain": 0.3}),
    ("transfers", "voters.transitions.a.b", {"default": 0.1, "west": 0.32}),
    ("transfers", "voters.concentration.a", 46),
    ("turnout terms", "turnout.terms.rain", {"default": -0.22, "south": 0}),
    ("turnout terms", "turnout.terms.law", {"normal": [0.5, 0.22]}),
    ("turnout terms", "turnout.terms", {"law": {"normal": [0.5, 0.2]}}),
    ("terms by group", "turnout.terms.call.reach", {"default": 0.2, "young": 0.47}),
    ("terms by group", "turnout.terms.bosses.sectors.farms.share", {"default": 0.0, "south/young": 0.65}),
    ("levers", "turnout.terms.weather.rain", {"default": 2.65, "west": {"normal": [5, 0.8]}}),
    ("levers", "turnout.terms.weather.snow", 6.5),
    ("levers", "turnout.terms.weather.unit", "mm"),
    ("levers", "turnout.terms.weather.rain_effect", {"normal": [-0.033, 0.005], "within": [-0.1, 0.1]}),
    ("levers", "turnout.terms.weather.snow_effect", -0.022),
    ("levers", "turnout.terms.weather.measured_at", 0.35),
    ("levers", "turnout.terms.calculus.benefit", {"default": 3, "south": 7.5}),
    ("levers", "turnout.terms.calculus.duty", {"default": 0.22, "west": 0.5}),
    ("levers", "turnout.terms.calculus.cost", {"normal": [0.52, 0.1]}),
    ("levers", "turnout.terms.calculus.voters", {"uniform": [30, 60]}),
    ("levers", "turnout.terms.calculus.closeness", {"beta": [41, 27]}),
    ("levers", "turnout.terms.easier.pivot", {"beta": [3, 55]}),
    ("levers", "turnout.terms.contagion.households", {"default": 0.75, "west": 0.2}),
    ("levers", "turnout.terms.contagion.passed_on", 0.65),
    ("levers", "turnout.terms.boycott.reach", {"default": 0.5, "north": 0.22}),
    ("levers", "turnout.terms.boycott.followers", {"a": 0.2, "b": 0.58}),
    ("levers", "turnout.terms.call.adherence", {"default": 0.22, "south": {"beta": [20, 40]}}),
    ("abstention", "turnout.terms.alienation.threshold", {"default": 1.05, "south": {"normal": [0.5, 0.2]}}),
    ("abstention", "turnout.terms.alienation.anchor", "b"),
    ("abstention", "turnout.terms.alienation.level", {"default": 0.2, "south": 0.1}),
    ("abstention", "turnout.terms.indifference.threshold", {"default": 0.5, "south": 0.77}),
    ("mobilisation", "turnout.terms.compulsory.enforcement", {"default": 0.21, "west": {"beta": [30, 60]}}),
    ("mobilisation", "turnout.terms.mobilisation.sectors.public.share", {"default": 0.35, "west": 0.6}),
    ("mobilisation", "turnout.terms.mobilisation.sectors.firms.exposure", 0.52),
    ("mobilisation", "turnout.terms.mobilisation.compliance", {"default": {"beta": [18, 17]}, "west": 0.6}),
    ("mobilisation", "turnout.terms.mobilisation.monitoring", 0.92),
    ("mobilisation", "turnout.terms.mobilisation.vote", {"a": {"beta": [33, 20]}, "b": 0.0}),
    (
        "groups",
        "electorate.joint.age by place",
        [
            {"age": "young", "place": "town", "people": 20_760},
            {"age": "young", "place": "village", "people": 6_240},
            {"age": "middle", "place": "town", "people": 30_000},
            {"age": "middle", "place": "village", "people": 15_000},
            {"age": "old", "place": "town", "people": 9_240},
            {"age": "old", "place": "village", "people": 8_760},
        ],
    ),
    ("groups", "voters.baseline.3.a", 0.86),
    ("groups", "voters.swing.group", {"default": 0.12, "young/town": 0.3}),
    ("groups", "voters.overdispersion.region", 0.0115),
    ("groups", "turnout.baseline", {"default": 0.6, "old": 0.8, "south": 0.7, "south/old": 0.902}),
    ("groups", "turnout.terms.bus", {"default": 0, "village": 0.31}),
    ("groups", "turnout.swing.group", 0.165),
    ("groups", "turnout.overdispersion.region", 0.023),
    ("groups", "ballot.invalid.share", {"default": 0.05, "old": 0.103}),
    ("groups", "ballot.invalid.swing.group", 0.33),
    ("people who do not say what they vote", "voters.falsification.towards", "a"),
    (
        "people who do not say what they vote",
        "voters.falsification.logit",
        {"default": {"normal": [0.52, 0.1], "within": [-1, 2]}, "south/old": 1.0},
    ),
    ("groups in stations", "electorate.traits.age", {"young": 0.303, "old": 0.697}),
    ("groups in stations", "voters.overdispersion.station", 0.0345),
    ("groups in stations", "turnout.sd", 0.085),
    ("groups, centred", "voters.swing.group", {"young": 0.85, "old": 0}),
    ("groups, centred", "turnout.swing.group", {"young": 0.85, "old": 0}),
    ("fixed turnout", "turnout.baseline", {"default": {"beta": [60, 40]}, "west": 0.803}),
    ("beta turnout", "turnout.baseline", {"default": 0.606, "south": 0.9}),
    ("beta turnout", "turnout.sd", {"default": 0.105, "south": 0.05}),
    ("overdispersion", "voters.overdispersion.region", 0.023),
    ("overdispersion", "voters.overdispersion.station", {"beta": [3, 97]}),
    ("overdispersion", "turnout.overdispersion.region", {"uniform": [0.014, 0.034]}),
    ("overdispersion", "turnout.overdispersion.station", 0.035),
    ("swings with tails", "ballot.invalid.share", {"default": 0.05, "west": 0.103}),
    ("swings with tails", "ballot.invalid.swing.national", 0.33),
    ("swings with tails", "ballot.invalid.swing.regional", 0.22),
    ("swings with tails", "ballot.invalid.swing.tails", 4),
    ("swings with tails", "ballot.invalid.swing.region_correlation", 0.6),
    ("swings with tails", "voters.swing.national", {"default": 0.22, "none": 0.4}),
    ("swings with tails", "voters.swing.regional", {"default": 0.15, "west": 0.54}),
    ("swings with tails", "voters.swing.tails", 10),
    ("swings with tails", "voters.swing.region_correlation", 0.6),
    ("swings with tails", "turnout.baseline", {"default": 0.6, "south": 0.81}),
    ("swings with tails", "turnout.swing.national", 0.33),
    ("swings with tails", "turnout.swing.regional", 0.28),
    ("swings with tails", "turnout.swing.tails", 3.5),
    ("swings with tails", "turnout.swing.region_correlation", 0.6),
    ("swings with tails", "turnout.swing.with_vote", {"a": 0.55, "b": -0.5}),
    ("blocks", "ballot.invalid.swing.blocks", {"two": {"regions": ["south", "west"], "sd": 0.43}}),
    ("blocks", "ballot.invalid.swing.blocks", {"two": {"regions": ["south"], "sd": 0.4}}),
    ("blocks", "voters.swing.blocks.regional.sd", 0.28),
    ("blocks", "voters.swing.blocks.national.sd", 0.33),
    ("blocks", "voters.swing.blocks.national.regions", ["north"]),
    ("blocks", "voters.swing.region_correlation", {"north": {"south": -0.4}, "west": {"south": 0.4}}),
    ("blocks", "turnout.swing.blocks.one.sd", 0.33),
    ("blocks", "turnout.swing.blocks.one.regions", ["north"]),
    ("ties", "ballot.options.none.kind", "candidate"),
    ("second round", "rules.it.majority", 0.405),
    ("second round", "rules.it.majority_of", "valid_votes"),
    ("second round", "rules.it.runoff.turnout", -0.38),
    ("second round", "rules.it.runoff.swing", 0.33),
    ("second round", "rules.it.runoff.transfers.c", {"a": 0.57, "b": 0.13, "abstain": 0.1}),
    ("second round", "rules.it.runoff.transfers.none", {"abstain": 0.86}),
    ("second round", "rules.it.runoff.transfers.default", {"abstain": 0.35, "b": 0.2}),
    ("ties", "rules.it.ties", "lot"),
    ("ties", "rules.it.majority_of", "ballots_cast"),
    ("ties by lot", "rules.it.ties", "order"),
    (
        "ties by lot",
        "ballot.options",
        {"b": {"kind": "candidate"}, "a": {"kind": "candidate"}, "none": {"kind": "party"}},
    ),
    ("centred", "voters.centre", "zero_swing"),
    ("centred", "voters.baseline", {"a": 0.755, "b": 0.195, "none": 0.05}),
    ("centred", "turnout.centre", "zero_swing"),
    ("uncertain numbers", "ballot.invalid.share", {"beta": [4.2, 60]}),
    ("uncertain numbers", "ballot.invalid.swing.national", {"uniform": [0.15, 0.35]}),
    ("uncertain numbers", "voters.baseline.a", {"logit_normal": [0.5, 0.3]}),
    ("uncertain numbers", "voters.baseline.b", {"triangular": [0.2, 0.33, 0.5]}),
    ("uncertain numbers", "voters.swing.national", {"default": {"gamma": [23, 0.01], "within": [0, 2]}, "none": 0.3}),
    ("uncertain numbers", "turnout.baseline", {"default": {"beta": [90, 60]}, "south": {"beta": [70, 30]}}),
    ("uncertain numbers", "turnout.swing.national", {"gamma": [33, 0.01], "within": [0, 2]}),
    ("uncertain numbers", "rules.it.runoff.turnout", {"student_t": [-0.27, 0.2, 6], "within": [-3, 3]}),
    ("uncertain numbers", "rules.it.runoff.swing", {"lognormal": [0.33, 0.2], "within": [0, 3]}),
    ("ranked ballots", "voters.baseline.0.a", 0.37),
    ("ranked ballots", "ballot.options.none.kind", "candidate"),
    ("ranked ballots", "ballot.invalid.swing.national", 0.45),
    ("anonymous culture", "voters.over", "nation"),
    ("urn", "voters.alpha", {"gamma": [4, 0.55]}),
    ("urn", "voters.over", "region"),
    ("mallows", "voters.mixture.0.reference", ["b", "none", "a"]),
    ("mallows", "voters.mixture.0.phi", {"default": 0.6, "south": 0.42}),
    ("mallows", "voters.mixture.0.weight", {"beta": [19, 20]}),
    ("mallows", "voters.mixture.1.weight", {"default": 0.5, "young": 0.85}),
    ("plackett luce", "voters.weights.0.a", {"beta": [40, 58]}),
    ("plackett luce", "voters.weights.1.c", 0.255),
]

"""Electorates and ballots of generated scenarios, and numbers that differ by who is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

#: None is called like a distribution: `beta` and `gamma` are.
REGIONS = ("alpha", "bravo", "charlie", "delta")
OPTIONS = ("x", "y", "z", "none")
TRAITS = {"age": ("young", "middle", "old"), "sex": ("f", "m")}
#: Kinds of electorates: the models, and what they may be without.
ELECTORATES = {
    "table": {"model": "table", "stations": False},
    "table with stations": {"model": "table", "stations": True},
    "cells": {"model": "cells", "stations": False},
    "cells with stations": {"model": "cells", "stations": True},
    "individuals": {"model": "individuals", "stations": False},
    "individuals in a space": {"model": "individuals", "stations": False, "dimensions": ("left", "nation")},
}

sizes = st.sampled_from([0.0, 0.1, 0.5, 3.0, 20.0])
moderate = st.sampled_from([0.0, 0.1, 0.5, 2.0])
small = st.sampled_from([0.1, 0.4])
probabilities = st.sampled_from([0.0, 1e-6, 0.02, 0.5, 0.97, 1.0])


@dataclass(frozen=True)
class Place:
    """What the parts of a scenario may speak of.

    ``alike`` tells that groups differ in nothing but what is written of them: none has luck of its own, nor do
    voters stand in one place in every draw; and that no swing is beyond what a share in float32 can follow.
    """

    model: str
    stations: bool
    regions: tuple[str, ...]
    options: tuple[str, ...]
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dimensions: tuple[str, ...] = ()
    alike: bool = False

    @property
    def several(self) -> bool:
        """Whether there is a choice."""
        return len(self.options) > 1

    @property
    def electable(self) -> int:
        """How many options can win."""
        return len(self.options) - ("none" in self.options)

    @property
    def group(self) -> str:
        """A name of some voters, of all traits."""
        return "/".join(values[0] for values in self.traits.values())


@st.composite
def places(draw: st.DrawFn, kind: str, least: int = 1, groups: bool | None = None, alike: bool = False) -> Place:
    """Regions, options and groups; ``least`` is the fewest options, ``groups`` whether there are any."""
    body: dict[str, Any] = dict(ELECTORATES[kind])
    traits: dict[str, tuple[str, ...]] = {}
    if body["model"] == "cells" or (
        body["model"] == "individuals" and (draw(st.booleans()) if groups is None else groups)
    ):
        names = draw(st.sampled_from([("age",), ("age", "sex"), ("sex", "age")]))
        traits = {name: TRAITS[name][: draw(st.integers(2, 3))] for name in names}
    regions, options = REGIONS[: draw(st.integers(1, 4))], OPTIONS[: draw(st.integers(least, 4))]
    return Place(**body, regions=regions, options=options, traits=traits, alike=alike)


@st.composite
def shares(draw: st.DrawFn, names: Sequence[str], least: int = 0) -> dict[str, float]:
    """Shares that sum to one; some may be 0 where ``least`` is."""
    weights = draw(st.lists(st.integers(least, 20), min_size=len(names), max_size=len(names)).filter(any))
    return {name: weight / sum(weights) for name, weight in zip(names, weights)}


def keys(draw: st.DrawFn, place: Place) -> list[str]:
    """Names of whom a number is told for: everybody, or a region, a group and both beside everybody."""
    region, group = place.regions[-1], place.group
    kinds = [["default"], ["default", region]]
    if group:
        kinds += [["default", group], ["default", region, group, f"{region}/{group}"]]
    return draw(st.sampled_from(kinds))


@st.composite
def by_stratum(draw: st.DrawFn, place: Place, values: st.SearchStrategy[Any], uncertain: Any = None) -> Any:
    """A number, perhaps per region, group or both, or a distribution of one number for all."""
    names = keys(draw, place)
    if names == ["default"]:
        return uncertain if uncertain is not None and draw(st.booleans()) else draw(values)
    return {name: draw(values) for name in names}


@st.composite
def share_tables(draw: st.DrawFn, place: Place, names: Sequence[str], least: int = 0) -> Any:
    """Shares for all, perhaps uncertain, or a table by region, group or both."""
    of = keys(draw, place)
    if of == ["default"]:
        one: dict[str, Any] = draw(shares(names, least))
        if len(names) > 1 and draw(st.booleans()):
            one[names[0]] = {"beta": [2, 3]}
        return one
    return [{"region": key, **draw(shares(names, least))} for key in of]


@st.composite
def swings(draw: st.DrawFn, place: Place, sd: st.SearchStrategy[float] = sizes) -> dict[str, Any]:
    """Any swing that is allowed there."""
    sd = moderate if place.alike else sd
    regional = draw(sd)
    out: dict[str, Any] = {"national": draw(sd), "regional": regional}
    if draw(st.booleans()):
        out["tails"] = draw(st.sampled_from([9, 30] if place.alike else [2.01, 4, 30]))
    if regional and draw(st.booleans()):
        pairs = [{place.regions[0]: {place.regions[-1]: -0.4}}] if len(place.regions) > 1 else []
        out["region_correlation"] = draw(st.sampled_from([0.0, 0.4, 1.0, *pairs]))
    if draw(st.booleans()):
        out["blocks"] = {"some": {"regions": list(place.regions[:1]), "sd": draw(sd)}}
    if place.stations:
        out["station"] = draw(sd)
    if place.traits and not place.alike and draw(st.booleans()):
        out["group"] = draw(st.sampled_from([0.3, {"default": 0.1, place.group: 0.5}]))
    return out


@st.composite
def overdispersions(draw: st.DrawFn, place: Place) -> dict[str, Any]:
    """Overdispersion at some levels."""
    rho = st.sampled_from([0.001, 0.1, {"beta": [2, 50]}])
    levels = ["region"] * (not place.dimensions) + ["station"] * place.stations
    return {level: draw(rho) for level in levels if draw(st.booleans())}


@st.composite
def electorates(draw: st.DrawFn, place: Place, largest: int) -> dict[str, Any]:
    """The section of the electorate."""
    single = place.model == "individuals"
    rows = []
    for i, region in enumerate(place.regions):
        registered = draw(st.sampled_from([1, 7, largest] if i == 0 else [0, 1, 7, largest]))
        row: dict[str, Any] = {"region": region, "registered": registered}
        if place.stations:
            row["stations"] = min(draw(st.integers(1, 3)), max(registered, 1))
        if not single and draw(st.booleans()):
            row["registered_sd"] = 0.3
        rows.append(row)
    out: dict[str, Any] = {"model": place.model, "regions": rows, **({"stations": {}} if place.stations else {})}
    if not single and draw(st.booleans()):
        out["total"] = draw(st.integers(1, largest))
    if place.traits:
        out |= draw(traits(place))
    if place.dimensions:
        out["space"] = draw(spaces(place))
    return out


@st.composite
def margins(draw: st.DrawFn, values: Sequence[str]) -> dict[str, float]:
    """Shares of the values of a trait, no round ones: who is half a person would be rounded by the last digit."""
    weights = [0.1234567 + draw(st.integers(1, 20)) for _ in values]
    return {value: weight / sum(weights) for value, weight in zip(values, weights)}


@st.composite
def traits(draw: st.DrawFn, place: Place) -> dict[str, Any]:
    """Marginal tables of the traits, for the nation or by region, and perhaps a joint one."""
    out: dict[str, Any] = {trait: draw(margins(values)) for trait, values in place.traits.items()}
    if draw(st.booleans()):
        trait = next(iter(place.traits))
        out[trait] = [{"region": region, **draw(margins(place.traits[trait]))} for region in place.regions]
    elif len(out) > 1 and draw(st.booleans()):
        # Of each value of one trait the other one's values are as in the nation, but for some of the first.
        (a, one), (b, two) = out.items()
        move = 0.5 * min(one[v] * two[w] for v in list(one)[:2] for w in list(two)[:2])
        sign = {(i, j): (1 - 2 * (i != j)) * (max(i, j) < 2) for i in range(len(one)) for j in range(len(two))}
        table = [
            {a: v, b: w, "people": one[v] * two[w] + move * sign[i, j]}
            for i, v in enumerate(one)
            for j, w in enumerate(two)
        ]
        return {"traits": out, "joint": {"both": table}}
    return {"traits": out}


@st.composite
def spaces(draw: st.DrawFn, place: Place) -> dict[str, Any]:
    """Positions of voters one by one, by each of the laws."""
    names = place.dimensions
    number = st.sampled_from([-1.0, 0.0, 0.7])
    camps = [
        {
            "weight": draw(by_stratum(place, st.sampled_from([0.5, 2.0]))),
            "mean": {name: draw(by_stratum(place, number, {"normal": [0, 1]})) for name in names},
            "sd": {name: draw(by_stratum(place, st.sampled_from([0.1, 1.0]))) for name in names},
            "correlation": {names[0]: {names[1]: 0.5}},
        }
        for _ in range(draw(st.integers(1, 2)))
    ]
    answers = [{"region": r, **dict.fromkeys(names, 0.3 * i), "weight": 1 + i} for r in place.regions for i in range(3)]
    laws = {
        "mixture": camps,
        "uniform": {name: [-1.0, 2.0] for name in names},
        "sphere": {"radius": 2.0, "surface": draw(st.booleans())},
        "respondents": answers,
    }
    law = draw(st.sampled_from(sorted(laws)))
    drawn = law == "mixture" and any(
        isinstance(mean, dict) and "normal" in mean for c in camps for mean in c["mean"].values()
    )
    return {"dimensions": list(names), law: laws[law], "fixed": not (drawn or place.alike) and draw(st.booleans())}


@st.composite
def ballots(draw: st.DrawFn, place: Place, model: str) -> dict[str, Any]:
    """The section of the ballot; the first option holds the office."""
    paper: dict[str, Any] = {option: {} for option in place.options}
    paper[place.options[0]] = {"incumbent": True}
    if "none" in paper:
        paper["none"] = {"kind": "against_all"}
    out: dict[str, Any] = {"model": model, "options": paper}
    if draw(st.booleans()):
        out["invalid"] = {"share": draw(by_stratum(place, small, {"beta": [2, 20]})), "swing": draw(swings(place))}
    return out

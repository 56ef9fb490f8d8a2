"""A strategy for each voter model: the bodies that a scenario may have under ``voters``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from places import Place, by_stratum, keys, overdispersions, share_tables, shares, small, swings

Body = dict[str, Any]
Model = Callable[[st.DrawFn, Place], Body]

numbers = st.sampled_from([-1.0, 0.4, 2.0])
shifts = st.sampled_from([-1.0, 0.4])

#: Model → what draws its body.
VOTERS: dict[str, Model] = {}
#: Model → the fewest options with which it can be had; 1 where it is not named.
FEWEST = {"nested_logit": 2, "mixed_logit": 2}
#: Models of whole rankings: they have no swing.
CULTURES = ("impartial_culture", "anonymous_culture", "urn", "mallows", "plackett_luce")


def model(function: Model) -> Model:
    """Enter a strategy under the name of its model."""
    VOTERS[function.__name__.removeprefix("_")] = function
    return function


@st.composite
def voters(draw: st.DrawFn, place: Place, name: str) -> Body:
    """The section of one model, with whatever any of them may have beside."""
    own = VOTERS[name](draw, place)
    return {"model": name, **own} if name in CULTURES else {"model": name, **_moved(draw, place), **own}


def _moved(draw: st.DrawFn, place: Place) -> Body:
    """What every model that is not a culture may be given."""
    first, last = place.options[0], place.options[-1]
    out: Body = {"swing": draw(swings(place)), "overdispersion": draw(overdispersions(place))}
    several: Body = {
        "terms": {
            "home": {last: draw(by_stratum(place, shifts, {"normal": [0, 1]}))},
            "list": {first: draw(by_stratum(place, shifts))},
        },
        "economy": {
            "growth": {
                "value": draw(by_stratum(place, st.sampled_from([0.05, -0.02]), {"normal": [0.03, 0.02]})),
                "reference": draw(by_stratum(place, st.sampled_from([0.0, 0.01]))),
                "effect": draw(by_stratum(place, st.sampled_from([1.5, -4.0]))),
            }
        },
        "recognition": {
            "start": {last: draw(by_stratum(place, st.sampled_from([0.0, 0.3, 0.9]))), "default": 0.8},
            "days": draw(st.sampled_from([1, 40])),
            "media_per_day": draw(by_stratum(place, st.sampled_from([0.01, 0.2]))),
            "unknown_penalty": draw(by_stratum(place, st.sampled_from([0.5, 2.0]))),
        },
    }
    names = draw(st.sets(st.sampled_from(sorted(several)))) if place.several else set()
    out |= {name: several[name] for name in sorted(names)}
    if place.electable > 1 and not place.dimensions and draw(st.booleans()):
        out["strategic"] = _strategic(draw, place)
    if draw(st.booleans()):
        out["falsification"] = {"towards": first, "logit": draw(by_stratum(place, shifts, {"uniform": [-2, 2]}))}
    return out


def _strategic(draw: st.DrawFn, place: Place) -> Body:
    out: Body = {"level": draw(st.sampled_from(["nation", "region"]))}
    if draw(st.booleans()):
        return {**out, "strength": draw(by_stratum(place, st.sampled_from([0.2, 2.0])))}
    share = draw(by_stratum(place, st.sampled_from([0.5, 1.0])))
    return {**out, "threshold": draw(by_stratum(place, st.sampled_from([0.05, 0.3]))), "share": share}


def _start(draw: st.DrawFn, place: Place) -> Body:
    if draw(st.booleans()):
        return {"baseline": draw(share_tables(place, place.options))}
    return {"utilities": {option: draw(by_stratum(place, numbers, {"normal": [0, 1]})) for option in place.options}}


@model
def logit(draw: st.DrawFn, place: Place) -> Body:
    table = draw(share_tables(place, place.options))
    fixed = isinstance(table, list) or not any(isinstance(share, dict) for share in table.values())
    if not fixed or not draw(st.sampled_from([False, False, False, True])):
        return {"baseline": table}
    # The intercepts are solved for: swings that they can be solved with.
    return {"baseline": table, "centre": "expectation", "swing": {"national": draw(small)}, "overdispersion": {}}


@model
def national_swing(draw: st.DrawFn, place: Place) -> Body:
    before, after = draw(shares(place.options, 1)), draw(shares(place.options, 1))
    method = draw(st.sampled_from(["uniform", "proportional"]))
    return {"baseline": draw(share_tables(place, place.options)), "before": before, "after": after, "method": method}


@model
def nested_logit(draw: st.DrawFn, place: Place) -> Body:
    scale = draw(
        by_stratum(place, st.sampled_from([0.4, 0.7] if place.alike else [0.01, 0.5]), {"uniform": [0.2, 0.8]})
    )
    return {**_start(draw, place), "nests": {"near": {"options": list(place.options[-2:]), "lambda": scale}}}


@model
def mixed_logit(draw: st.DrawFn, place: Place) -> Body:
    loadings = {option: draw(by_stratum(place, st.sampled_from([1.0, -0.5]))) for option in place.options[:-1]}
    factors = {
        "left": {
            "loadings": loadings,
            "sd": draw(by_stratum(place, st.sampled_from([0.5, 1.5]), {"uniform": [0.1, 2]})),
        }
    }
    if draw(st.booleans()):
        factors["old"] = {"loadings": {place.options[-1]: 1.0}, "sd": 0.4}
    return {**_start(draw, place), "factors": factors}


@model
def probit(draw: st.DrawFn, place: Place) -> Body:
    out = _start(draw, place)
    if place.several:
        a, b, *rest = place.options
        # Of four options these take two factors, thirty times the time.
        pairs: list[Any] = [{a: {b: 0.5}}, *({a: {b: 0.5}, b: {c: -0.3}} for c in rest if len(rest) == 1)]
        out["correlation"] = draw(st.sampled_from([0.0, 0.4, *pairs]))
    return out


@model
def spatial(draw: st.DrawFn, place: Place) -> Body:
    names = place.dimensions or ("left", "nation")[: draw(st.integers(1, 2))]
    at = st.sampled_from([-0.5, 0.1, 0.8])
    out: Body = {
        "positions": {o: {name: draw(by_stratum(place, at)) for name in names} for o in place.options},
        "distance": draw(st.sampled_from(["quadratic", "euclidean", "city_block"])),
        "weight": draw(by_stratum(place, st.sampled_from([0.5, 1.2]))),
        "directional": draw(by_stratum(place, st.sampled_from([0.0, 0.3]))),
    }
    if place.dimensions or draw(st.booleans()):
        out["valence"] = {place.options[0]: draw(by_stratum(place, numbers, {"normal": [0, 1]}))}
    else:
        out["baseline"] = draw(share_tables(place, place.options))
    if not place.dimensions:
        out["mean"] = {name: draw(by_stratum(place, at)) for name in names}
        # With edges a sum over two dimensions takes a thousand nodes.
        wide = names if out["distance"] == "quadratic" else names[:1]
        out["spread"] = {name: draw(by_stratum(place, st.sampled_from([0.3, 1.0]))) for name in wide}
        if len(wide) > 1 and draw(st.booleans()):
            out["correlation"] = 0.5
    return out


@model
def transfer(draw: st.DrawFn, place: Place) -> Body:
    first, last = place.options[0], place.options[-1]
    origins = ("old", "new", first)
    # By stratum, a row sums to one in each of them.
    stay = {key: draw(st.sampled_from([0.1, 0.6])) for key in keys(draw, place)}
    row = {"abstain": stay, first: {key: 1 - share for key, share in stay.items()}}
    certain = {last: 1.0} if last == first else {last: 0.7, first: 0.3}
    out: Body = {
        "earlier": draw(share_tables(place, origins)),
        "transitions": {"old": row, "default": certain},
    }
    if draw(st.booleans()):
        out["concentration"] = {"old": draw(st.sampled_from([3, 40, {"uniform": [5, 50]}]))}
    return out


@model
def impartial_culture(draw: st.DrawFn, place: Place) -> Body:
    return {}


@model
def anonymous_culture(draw: st.DrawFn, place: Place) -> Body:
    return {"over": draw(st.sampled_from(["nation", "region"]))}


@model
def urn(draw: st.DrawFn, place: Place) -> Body:
    alpha = draw(st.sampled_from([0.0, 0.2, 5.0, {"gamma": [4, 0.5]}]))
    return {"alpha": alpha, "over": draw(st.sampled_from(["nation", "region"]))}


@model
def mallows(draw: st.DrawFn, place: Place) -> Body:
    phi = st.sampled_from([0.0, 0.5, 1.0])
    camps: list[Body] = [
        {"reference": draw(st.permutations(place.options)), "phi": draw(by_stratum(place, phi, {"beta": [2, 2]}))}
        for _ in range(draw(st.integers(1, 3)))
    ]
    for camp in camps[1:]:
        camp["weight"] = draw(by_stratum(place, st.sampled_from([0.0, 0.7]), {"gamma": [2, 1]}))
    return {"mixture": camps}


@model
def plackett_luce(draw: st.DrawFn, place: Place) -> Body:
    return {"weights": draw(share_tables(place, place.options))}

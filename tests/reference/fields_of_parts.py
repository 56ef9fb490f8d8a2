"""Every field that a user may write in a part, by walking the models."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from sim.election.part import STAGES, Part, parts

sys.path.insert(0, str(Path(__file__).parents[1] / "election"))
import rule_parameters

#: Fields that describe and are not meant to move a number.
DESCRIPTIVE = frozenset(
    f"electorate:{model}/regions/{field}"
    for model in ("table", "cells", "individuals")
    for field in ("region", "name", "district", "kind", "tile_column", "tile_row", "source", "standing", "note")
) | frozenset(
    {
        "electorate:individuals/regions/stations",
        *(
            f"ballot:{model}/options/{field}"
            for model in ("single_choice", "ranked", "score", "approval")
            for field in ("name", "incumbent", "colour", "note")
        ),
    }
)


#: Rules that read rankings or scores.
RULES_ON_BALLOTS = (
    *("instant_runoff", "coombs", "bucklin", "positional", "borda", "black", "condorcet", "copeland", "minimax"),
    *("schulze", "ranked_pairs", "kemeny", "score", "approval", "star"),
)

#: Fields whose law is compared elsewhere than with the reference simulator: prefix → test.
COMPARED_ELSEWHERE = {
    "electorate:individuals/space/": "election/test_space.py",
    # The groups are those of `cells`.
    "electorate:individuals/traits": "election/electorate/test_individuals.py",
    "electorate:individuals/joint": "election/electorate/test_individuals.py",
    "electorate:individuals/regions/registered": "election/electorate/test_individuals.py",
    **rule_parameters.COMPARED,
    # Scores are written beside the orders of `ranked`.
    "ballot:ranked/places": "election/test_score_ballots.py",
    "ballot:score/": "election/test_score_ballots.py",
    "ballot:approval/": "election/test_score_ballots.py",
    **{f"rules:{model}/": "election/test_ballot_rules_brute_force.py" for model in RULES_ON_BALLOTS},
    # Rules on ballots have definitions in `tests/reference`, compared case by case.
    "rules:single_transferable_vote/": "election/rules/test_transferable.py",
    **{
        f"rules:{rule}/": "election/rules/test_several_seats.py"
        for rule in ("proportional_approval", "limited_vote", "block_vote", "cumulative")
    },
}

#: Fields of a part that it refuses, saying why, because a relative has them.
REFUSED = {
    "electorate:individuals/total": ("electorate.total", 95),
    "electorate:individuals/stations/size_spread": ("electorate.stations", {}),
    "electorate:individuals/regions/registered_sd": ("electorate.regions.0.registered_sd", 0.1),
}


def all_parts() -> list[type[Part]]:
    return [cls for stage in STAGES for cls in parts(stage).values() if cls.__module__.startswith("sim.")]


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for item in get_args(annotation):
        yield from models_in(item)


def fields_below(model: type[BaseModel], path: str) -> Iterator[tuple[str, Any]]:
    """Yield (path, field) of all fields, those of inner models in the place of the field that holds them.

    Where a field holds one of several models with a ``kind``, it is a step of the path.
    """
    for key, field in model.model_fields.items():
        name = field.alias or key
        if only_word(field.annotation):
            continue
        inner = list(models_in(field.annotation))
        if not inner or may_be_plain(field.annotation):
            yield f"{path}/{name}", field
        for one in inner:
            kind = only_word(one.model_fields["kind"].annotation) if "kind" in one.model_fields else ""
            yield from fields_below(one, f"{path}/{name}/{kind}".rstrip("/"))


def only_word(annotation: Any) -> str:
    """The word of a field that can hold no other; it chooses among models and cannot be moved."""
    words = get_args(annotation) if get_origin(annotation) is Literal else ()
    return str(words[0]) if len(words) == 1 else ""


def may_be_plain(annotation: Any) -> bool:
    """Whether a value may be a model or something else."""
    members = [one for one in get_args(annotation) if one is not type(None)]
    if get_origin(annotation) in (Union, UnionType):
        return len({any(models_in(one)) for one in members}) > 1
    return any(may_be_plain(one) for one in members)


def field_paths() -> list[str]:
    return [path for cls in all_parts() for path, _ in fields_below(cls, f"{cls.stage}:{cls.model}")]

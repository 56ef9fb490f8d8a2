"""The conformance suite: what every part must hold, ours and yours.

    from sim.testing import check_part

    def test_my_part():
        check_part(MyPart)

A part's ``example`` is put into a small scenario in the place of its stage, and the whole is run.  Laws (means,
variances, closed forms) are not checked here: each part has its own test of them.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import numpy as np
from pydantic import BaseModel, ValidationError

import sim
from sim.election.part import Part

__all__ = ["CHECKS", "PLAIN", "check_part"]

Body = dict[str, Any]

#: The scenario around the part; its regions and options are those that an example may name.
PLAIN: Body = {
    "title": "conformance",
    "electorate": {"regions": {"north": 600, "south": 400}},
    "ballot": {"options": {"a": None, "b": None}},
    "voters": {"baseline": {"a": 0.6, "b": 0.4}},
    "turnout": {"baseline": 0.6},
    "rules": {"it": {"model": "plurality"}},
}
DRAWS = 64


def check_part(cls: type[Part], scenario: Mapping[str, Any] | None = None) -> None:
    """Check that a part keeps the laws of the toolkit.

    Parameters
    ----------
    cls
        A registered part with an ``example``.
    scenario
        What to put the example into, as the mapping of a scenario file; `PLAIN` by default.

    Raises
    ------
    AssertionError
        With every law that does not hold, one a line.
    """
    faults = []
    for check in CHECKS:
        try:
            check(cls, dict(PLAIN if scenario is None else scenario))
        except Exception as error:
            text = str(error).strip().splitlines()
            faults.append(f"  {check.__name__}: {text[0] if text else type(error).__name__}")
    if faults:
        raise AssertionError(f"{cls.stage}:{cls.model} does not conform\n" + "\n".join(faults))


def _with(cls: type[Part], plain: Body) -> Body:
    """Return the scenario with the part's example in its place."""
    body = {"model": cls.model, **copy.deepcopy(dict(cls.example))}
    whole = {**copy.deepcopy(plain), cls.stage: {"it": body} if cls.stage == "rules" else body}
    return _with_ballots(cls, whole)


def _with_ballots(cls: type[Part], body: Body) -> Body:
    """Give a rule on ballots the ballots that it reads, where the scenario does not say which there are."""
    model = {"rankings": "ranked", "scores": "score"}.get(getattr(cls, "reads", ""))
    if model is None or "model" in body["ballot"]:
        return body
    return {**body, "ballot": {"model": model, **body["ballot"]}}


def _load(body: Body) -> sim.Scenario:
    return sim.loads(json.dumps(body))


def _run(body: Body, **more: Any) -> Any:
    return sim.run(_load(body), **{"draws": DRAWS, "seed": 1, "threads": 1, **more})


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for item in get_args(annotation):
        yield from _models(item)


def _undescribed(model: type[BaseModel], path: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if not field.description:
            yield f"{path}{name}"
        for inner in _models(field.annotation):
            yield from _undescribed(inner, f"{path}{name}.")


def says_what_it_is(cls: type[Part], plain: Body) -> None:
    """A docstring, a source, a description of every field and output, an example."""
    assert len(cls.__doc__ or "") > 80, "the docstring is missing or too short: formula, range of validity, source"
    assert cls.reference, "'reference' is empty"
    without = list(_undescribed(cls, ""))
    assert not without, f"fields without a description: {', '.join(without)}"
    assert all(variable.meaning for variable in cls.outputs), "an output has no meaning"


def example_comes_back(cls: type[Part], plain: Body) -> None:
    """The example is read, written and read again as the same."""
    made = cls.model_validate(copy.deepcopy(dict(cls.example)))
    for mode in ("json", "python"):
        again = cls.model_validate(made.model_dump(mode=mode, by_alias=True))
        assert again == made, f"written and read again ({mode}) it differs"
    scenario = _load(_with(cls, plain))
    assert sim.loads(scenario.to_yaml()) == scenario, "the resolved scenario is read as another one"


def is_frozen_and_closed(cls: type[Part], plain: Body) -> None:
    """No field can be set, no unknown key is taken."""
    made = cls.model_validate(copy.deepcopy(dict(cls.example)))
    for name in list(cls.model_fields)[:1]:
        try:
            setattr(made, name, None)
        except ValidationError:
            continue
        raise AssertionError(f"{name!r} can be set after the part is made")
    try:
        cls.model_validate({**cls.example, "no_such_field": 1})
    except ValidationError:
        return
    raise AssertionError("an unknown key is taken without a word")


def writes_what_it_declares(cls: type[Part], plain: Body) -> None:
    """The run comes to its end, conserved, and every output that is used stands in the result."""
    body = _with(cls, plain)
    scenario = _load(body)
    part = scenario.rules["it"] if cls.stage == "rules" else scenario.sections[cls.stage]
    result = _run(body)
    missing = [variable.name for variable in part.used_outputs(scenario.world) if variable.name not in result]
    assert not missing, f"declared and not in the result: {', '.join(missing)}"


def leaves_its_input_alone(cls: type[Part], plain: Body) -> None:
    """Neither the example nor the part is changed by a run, and a second one gives the same."""
    before = copy.deepcopy(dict(cls.example))
    made = cls.model_validate(cls.example)
    written = made.model_dump_json()
    first, second = (_run(_with(cls, plain)) for _ in range(2))
    assert dict(cls.example) == before, "the example was changed"
    assert made.model_dump_json() == written, "the part was changed"
    assert first.equals(second), "two runs with one seed differ"


def has_the_same_bits(cls: type[Part], plain: Body) -> None:
    """A draw does not depend on the block it is computed in, nor on the number of threads."""
    body = _with(cls, plain)
    whole = _in_blocks(body, DRAWS)
    for size in (1, 7):
        for name, values in _in_blocks(body, size).items():
            same = np.array_equal(values, whole[name])
            assert same, f"{name!r} differs between blocks of {size} draws and one of {DRAWS}"
    assert _run(body, draws=300, threads=2).equals(_run(body, draws=300)), "two threads give other numbers than one"


def _in_blocks(body: Body, size: int) -> dict[str, Any]:
    """Return what is written for the draws, computed in blocks of one size."""
    from sim.election.state import Block, Workspace
    from sim.engine.plan import make_plan

    plan = make_plan(_load(body), DRAWS, 1)
    outputs = [output for output in plan.outputs if output.by_draw]
    out = {output.name: np.empty((DRAWS, *output.shape), output.dtype) for output in outputs}
    for first in range(0, DRAWS, size):
        count = min(size, DRAWS - first)
        block = plan.run_block(Block(plan.world, plan.chance, first, count, Workspace()))
        for output in outputs:
            output.write(block, out[output.name][first : first + count])
    return out


def draws_from_its_own_streams(cls: type[Part], plain: Body) -> None:
    """Random variables bear the name of the stage, so that parts cannot share luck by accident."""
    from sim.election.state import Block, Workspace
    from sim.engine.plan import make_plan
    from sim.random import Chance

    asked: list[str] = []

    class Listening(Chance):
        def stream(self, name: str, part: str = "") -> Any:
            asked.append(name)
            return super().stream(name, part)

    plan = make_plan(_load(_with(cls, plain)), DRAWS, 1)
    block = Block(plan.world, Listening(1), 0, DRAWS, Workspace())
    for step in plan.steps:
        asked.clear()
        step.run(block)
        if step.stage == cls.stage and "Binomial" not in step.label:
            foreign = [name for name in asked if not name.removeprefix("value.").startswith(f"{cls.stage}.")]
            assert not foreign, f"random variables without the stage's name: {', '.join(sorted(set(foreign)))}"


def follows_a_permutation(cls: type[Part], plain: Body) -> None:
    """Another order of regions, groups and options in the file is another order in the result, and nothing else."""
    body = _with(cls, plain)
    turned = copy.deepcopy(body)
    regions = turned["electorate"]["regions"]
    turned["electorate"]["regions"] = (
        dict(reversed(regions.items())) if isinstance(regions, dict) else list(reversed(regions))
    )
    for trait, margin in turned["electorate"].get("traits", {}).items():
        if isinstance(margin, dict):
            turned["electorate"]["traits"][trait] = dict(reversed(margin.items()))
    turned["ballot"]["options"] = dict(reversed(turned["ballot"]["options"].items()))
    first, second = _run(body), _run(turned)
    options = first["option"].values
    for name in first.data_vars:
        other = second[name]
        for dim in other.dims:
            if dim != "draw":
                other = other.sel({dim: first[dim].values})
        values = other.values
        if "flag_values" in other.attrs:
            place = {option: i for i, option in enumerate(options)}
            values = np.array([*(place[option] for option in second["option"].values), -1])[values]
        assert np.array_equal(first[name].values, values), f"{name!r} depends on the order in the file"


def bears_the_extremes(cls: type[Part], plain: Body) -> None:
    """Regions without a voter, a hundred million voters, one option, nobody and everybody comes."""
    edges: list[Body] = []
    if cls.stage != "electorate":
        edges += [{"electorate": {"regions": {"north": 0, "south": 1}}}]
        edges += [{"electorate": {"regions": {"north": 100_000_000, "south": 0}}}]
    if cls.stage != "turnout":
        edges += [{"turnout": {"baseline": share}} for share in (0.0, 1.0)]
    if cls.stage not in ("ballot", "voters"):
        edges += [{"ballot": {"options": {"a": None}}, "voters": {"baseline": {"a": 1.0}}}]
    for edge in edges:
        try:
            _run(_with_ballots(cls, {**_with(cls, plain), **edge}))
        except Exception as error:
            raise AssertionError(f"with {json.dumps(edge)}: {error}") from error


CHECKS: tuple[Callable[[type[Part], Body], None], ...] = (
    says_what_it_is,
    example_comes_back,
    is_frozen_and_closed,
    writes_what_it_declares,
    leaves_its_input_alone,
    has_the_same_bits,
    draws_from_its_own_streams,
    follows_a_permutation,
    bears_the_extremes,
)

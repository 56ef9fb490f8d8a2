"""The conformance suite notices parts that break a law; each check is seen to fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ConfigDict, Field

from sim.election import part as part_module
from sim.election.part import Part
from sim.election.quantities import quantity
from sim.election.variables import Variable
from sim.testing import CHECKS, check_part

WORDS = "Everyone comes with the same probability: turnout = share; for the tests of the conformance suite alone."


@pytest.fixture(autouse=True)
def registry():
    """Leave the registry as it was."""
    part_module.parts("turnout")
    before = dict(part_module._registry["turnout"])
    yield
    part_module._registry["turnout"].clear()
    part_module._registry["turnout"].update(before)


def turnout_of(log_odds: Any = lambda block, share: share) -> Any:
    """``prepare`` of a turnout part whose log-odds are a function of the block and the share."""

    def prepare(self, world):
        share = world.quantity(self.share, "turnout.share")

        def run(block):
            values = np.broadcast_to(np.asarray(log_odds(block, share(block)), np.float32), (block.count, 1))
            block.turnout = np.ascontiguousarray(np.repeat(values, world.n_units, axis=1))

        return run

    return prepare


def made(**changes: Any) -> type[Part]:
    body = {
        "__doc__": WORDS,
        "__module__": __name__,
        "__annotations__": {"share": quantity(0, 1)},
        "share": Field(0.5, description="probability that a registered voter comes"),
        "example": {"share": 0.6},
        "reference": "none needed",
        "prepare": turnout_of(),
        **changes,
    }
    return type("Made", (Part,), body, stage="turnout", model="made")


def failing(cls: type[Part]) -> set[str]:
    try:
        check_part(cls)
    except AssertionError as error:
        lines = str(error).splitlines()
        assert lines[0] == "turnout:made does not conform"
        return {line.partition(":")[0].strip() for line in lines[1:]}
    return set()


def test_a_good_part_conforms() -> None:
    noise = turnout_of(lambda block, share: share + block.chance.stream("turnout.made").normal(block.draw_lanes))
    assert failing(made(prepare=noise)) == set()


def _block_size(block, share):
    return share + 0.1 * np.arange(block.count)[:, None]


def _foreign(block, share):
    return share + block.chance.stream("voters.mine").normal(block.draw_lanes)


def _numpy(block, share):
    return share + np.random.default_rng().standard_normal((block.count, 1))


def _first_of_file(block, share):
    return share + (2.0 if block.world.layout.regions[0] == "north" else 0.0)


def _nobody(block, share):
    if block.registered.min() == 0:
        raise ZeroDivisionError("no voters")
    return share


LOST = Variable("lost_mine", ("draw", "region"), "int32", "people", "never filled", source="lost.mine")


@pytest.mark.parametrize(
    "changes, broken",
    [
        ({"__doc__": "Short."}, "says_what_it_is"),
        ({"reference": ""}, "says_what_it_is"),
        ({"share": 0.5}, "says_what_it_is"),
        ({"example": {"share": 2}}, "example_comes_back"),
        ({"model_config": ConfigDict(frozen=False)}, "is_frozen_and_closed"),
        ({"model_config": ConfigDict(extra="ignore")}, "is_frozen_and_closed"),
        ({"outputs": (LOST,)}, "writes_what_it_declares"),
        ({"prepare": turnout_of(_numpy)}, "leaves_its_input_alone"),
        ({"prepare": turnout_of(_block_size)}, "has_the_same_bits"),
        ({"prepare": turnout_of(_foreign)}, "draws_from_its_own_streams"),
        ({"prepare": turnout_of(_first_of_file)}, "follows_a_permutation"),
        ({"prepare": turnout_of(_nobody)}, "bears_the_extremes"),
    ],
)
def test_a_broken_part_does_not(changes: dict[str, Any], broken: str) -> None:
    assert broken in failing(made(**changes))


def test_every_check_is_seen_to_fail() -> None:
    marks = test_a_broken_part_does_not.pytestmark
    assert {case[1] for case in marks[0].args[1]} == {check.__name__ for check in CHECKS}

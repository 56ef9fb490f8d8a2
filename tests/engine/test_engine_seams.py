"""Parts of others: one class per stage, and what they add comes into the result."""

from __future__ import annotations

import sys
import textwrap

import numpy as np
import pytest

import sim
from sim.election import part as part_module
from sim.election.variables import Variable
from sim.errors import ScenarioError
from sim.results.contract import check

THEIRS = '''
"""One part for each stage that has none of its own."""
from __future__ import annotations

import numpy as np
from pydantic import Field

from sim.election.part import Part
from sim.election.variables import VOTES_TRUE, Variable, lost


class Rally(Part, stage="campaign", model="rally"):
    """One rally."""

    outputs = (Variable("rallies", ("draw",), "int8", "1", "rallies held", minimum=0, maximum=3),)
    held: int = Field(2, description="how many", ge=0)

    def prepare(self, world):
        def run(block):
            block.outputs["rallies"] = np.full(block.count, self.held)

        return run


class Queue(Part, stage="polling", model="queue"):
    """A tenth of those who come give up."""

    outputs = (lost("queue"), lost("rain"))

    def prepare(self, world):
        def run(block):
            block.lost["queue"] = block.voters // 10
            block.lost["rain"] = block.voters // 50

        return run


class Carousel(Part, stage="irregularities", model="carousel"):
    """One vote of each unit moves to the first option of the ballot paper; some ballots are added."""

    outputs = (VOTES_TRUE,)
    to: str = Field(description="option that gains")

    def prepare(self, world):
        gains = world.option_ids.index(self.to)

        def run(block):
            block.true_votes = block.votes.copy()
            block.votes[gains] += 3

        return run


class Hours(Part, stage="count", model="hours"):
    """How long counting takes."""

    outputs = (
        Variable("counting_time", ("draw", "region"), "float32", "min", "time until the last ballot is counted"),
        Variable("last_option", ("draw", "option"), "int64", "votes", "votes of each option"),
    )

    def prepare(self, world):
        def run(block):
            block.outputs["counting_time"] = block.region_ballots.astype(np.float32) / 60
            block.outputs["last_option"] = block.totals

        return run
'''

SECTIONS = {
    "campaign": {"model": "rally"},
    "polling": {"model": "queue"},
    "irregularities": {"model": "carousel", "to": "zeta"},
    "count": {"model": "hours"},
}


@pytest.fixture
def theirs(tmp_path, monkeypatch):
    """Install a package with parts, found by its entry point."""
    part_module.parts("voters")
    before = {stage: dict(known) for stage, known in part_module._registry.items()}
    package = tmp_path / "site"
    info = package / "their_parts-1.dist-info"
    info.mkdir(parents=True)
    (package / "their_parts.py").write_text(textwrap.dedent(THEIRS), encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-parts\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[sim.parts]\ntheirs = their_parts\n", encoding="utf-8")
    monkeypatch.syspath_prepend(package)
    part_module._discover.cache_clear()
    yield
    for stage, known in before.items():
        part_module._registry[stage].clear()
        part_module._registry[stage].update(known)
    sys.modules.pop("their_parts", None)


@pytest.mark.parametrize("which", ["small", "stations"])
@pytest.mark.parametrize("out", [None, "r.nc", "r.zarr"])
def test_every_stage(request, theirs, tmp_path, same, which, out):
    plain = request.getfixturevalue(which)
    scenario = plain.change(SECTIONS)
    ds = sim.run(scenario, draws=200, threads=2, out=out and tmp_path / out)
    check(ds)
    same(ds, sim.run(scenario, draws=200, threads=1))
    assert {"rallies", "lost_queue", "lost_rain", "votes_true", "counting_time", "last_option"} <= set(ds.data_vars)
    assert (ds["rallies"] == 2).all()
    voters = sim.run(plain, draws=200)["ballots_cast"]  # nobody is lost there
    assert (ds["lost_queue"] + ds["lost_rain"] + ds["ballots_cast"] == voters).all()
    assert (ds["lost_queue"] <= voters // 10).all()
    assert (ds["lost_queue"] > 0).any()
    abstained = ds["registered"] - ds["ballots_cast"] - ds["lost_queue"] - ds["lost_rain"]
    assert (abstained >= 0).all()
    assert (ds["invalid_ballots"] + ds["votes_true"].sum("option") == ds["ballots_cast"]).all()
    moved = ds["votes"] - ds["votes_true"]
    units = [5, 3, 1, 2] if which == "stations" else [1, 1, 1, 1]
    assert (moved.sel(option="zeta") == 3 * np.array(units)).all()
    assert (moved.drop_sel(option="zeta") == 0).all()
    np.testing.assert_array_equal(ds["counting_time"], ds["ballots_cast"].astype("float32") / 60)
    assert (ds["last_option"].transpose(..., "option") == ds["votes"].sum("region")).all()
    ds.close()


def test_rerun_and_list(theirs, small, tmp_path, command):
    from sim.engine.rerun import rerun

    with sim.run(small.change(SECTIONS), draws=50, out=tmp_path / "r.nc") as ds:
        assert "votes_true" in rerun(ds)
    from sim.cli.list import _describe
    from sim.election.part import part

    assert "lost_queue" in _describe(part("polling", "queue"))
    # A process without that package says what is missing.
    done = command("rerun", tmp_path / "r.nc")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_plan_names_what_they_do(theirs, small):
    from sim.engine.describe import describe

    text = describe(small.change(SECTIONS))
    order = [text.index(f". {stage} ") for stage in ("electorate", "campaign", "voters", "polling", "ballot")]
    assert order == sorted(order)
    assert "lost_queue" in text


def test_unknown_without_their_package(small):
    with pytest.raises(ScenarioError, match=r"there is no polling model 'queue'|queue"):
        small.change({"polling": {"model": "queue"}})


def declare(monkeypatch, *variables, run=None):
    from sim.election.turnout.logit import Logit

    monkeypatch.setattr(Logit, "outputs", variables)
    if run is not None:
        prepare = Logit.prepare
        monkeypatch.setattr(
            Logit, "prepare", lambda self, world: lambda block: (prepare(self, world)(block), run(block))
        )


def test_declared_and_not_written(small, monkeypatch):
    declare(monkeypatch, Variable("ghost", ("draw",), "int8", "1", "never written"))
    with pytest.raises(RuntimeError, match=r"a part declares 'ghost' and leaves 'block.outputs' empty"):
        sim.run(small)


def test_declared_with_an_unknown_dim(small, monkeypatch):
    declare(monkeypatch, Variable("odd", ("draw", "planet"), "int8", "1", "no such dim"))
    with pytest.raises(ValueError, match="odd: there is no dim 'planet'"):
        sim.run(small)


@pytest.mark.parametrize("value", [-1, 7])
def test_numbers_out_of_their_bounds(small, monkeypatch, value):
    variable = Variable("level", ("draw",), "int8", "1", "a level", minimum=0, maximum=5)
    declare(monkeypatch, variable, run=lambda block: block.outputs.update(level=np.full(block.count, value)))
    with pytest.raises(AssertionError, match=f"level: {value} is (less|more) than"):
        sim.run(small)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda block: block.lost.update(sea=np.full_like(block.voters, -1)), "do not add up|add up"),
        (lambda block: setattr(block, "voters", block.voters + 10**6), "."),
    ],
)
def test_people_made_or_lost_are_found(small, monkeypatch, spoil, words):
    from sim.election.ballot.single_choice import SingleChoice

    prepare = SingleChoice.prepare

    def spoilt(self, world):
        run = prepare(self, world)
        return lambda block: (spoil(block), run(block))

    monkeypatch.setattr(SingleChoice, "prepare", spoilt)
    with pytest.raises(AssertionError, match=words):
        sim.run(small)

"""The scenario as an object: frozen, equal, printable, picklable, light."""

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim.scenario import show

VALID = Path(__file__).parents[1] / "corpus" / "valid"


@pytest.fixture
def scenario() -> sim.Scenario:
    return sim.load(VALID / "tables.yaml")


def test_attributes(scenario: sim.Scenario) -> None:
    assert scenario.title == "Everything from tables"
    assert scenario.date == "2022-11-20"
    assert scenario.note == "Two lines\nof text: with a colon\n"
    assert set(scenario.sections) == {"electorate", "ballot", "voters", "turnout"}
    assert list(scenario.rules) == ["president"]
    assert scenario.run.draws == 100
    assert scenario.run.seed == 2**64 - 1
    assert scenario.world.regions == ("010", "NO", "north")
    assert scenario.source_path == str(VALID / "tables.yaml")
    assert scenario.changes == ()
    first = scenario.observed[0]
    assert (first.variable, first.region, first.option, first.value) == ("vote_share", None, "a", 0.52)


def test_it_is_frozen(scenario: sim.Scenario) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        scenario.source_path = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        scenario.sections["voters"] = scenario.sections["turnout"]  # type: ignore[index]
    with pytest.raises(TypeError):
        scenario.rules["x"] = scenario.rules["president"]  # type: ignore[index]
    with pytest.raises(ValueError, match="frozen"):
        scenario.run.draws = 5


def test_what_it_gives_is_a_copy(scenario: sim.Scenario) -> None:
    before = scenario.sha256
    plain = scenario.resolved()
    plain["voters"]["baseline"][0]["a"] = 0.9
    plain["title"] = "x"
    scenario.short()["title"] = "x"
    assert scenario.sha256 == before
    assert scenario.resolved()["title"] == "Everything from tables"


def test_equality_and_hash(scenario: sim.Scenario) -> None:
    again = sim.load(VALID / "tables.yaml")
    assert scenario == again
    assert hash(scenario) == hash(again)
    assert scenario != scenario.change({"run.seed": 1})
    assert scenario != "text"


def test_the_order_of_keys_is_no_difference() -> None:
    one = "title: T\nelectorate: {regions: {n: 5}}\nballot: {options: {a: , b: }}\n"
    two = "voters: {baseline: {a: 0.5, b: 0.5}}\nturnout: {baseline: 0.5}\nrules: {m: {model: plurality}}\n"
    assert sim.loads(one + two).sha256 == sim.loads(two + one).sha256


def test_the_hash_is_a_fixed_one() -> None:
    digest = sim.load(VALID / "minimal.yaml").sha256
    assert len(digest) == 64
    assert digest == sim.loads((VALID / "minimal.yaml").read_text()).sha256


def test_it_can_be_sent_to_a_worker(scenario: sim.Scenario) -> None:
    again = pickle.loads(pickle.dumps(scenario.change({"run.seed": 4})))
    assert again == scenario.change({"run.seed": 4})
    assert again.change({"run.seed": 2**64 - 1}) == scenario


def test_it_prints(scenario: sim.Scenario) -> None:
    text = repr(scenario)
    assert text.splitlines()[0] == "Scenario: Everything from tables"
    assert "voters logit" in text
    assert "100 draws, seed 18446744073709551615" in text
    assert "drawn at run time" in repr(sim.load(VALID / "minimal.yaml"))


def test_html_is_escaped(scenario: sim.Scenario) -> None:
    evil = scenario.change({"title": "<script>alert(1)</script>", "ballot.options.a.name": "<b>&"})
    html = evil._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "&lt;b&gt;&amp;" in html


def test_show_forms(scenario: sim.Scenario) -> None:
    assert show(scenario) == scenario.to_yaml(resolved=False)
    assert "regions: tables/regions.csv" in show(scenario)
    assert show(scenario, "resolved") == scenario.to_yaml()
    assert "regions: tables/regions.csv" not in show(scenario, "resolved")
    assert show(scenario, "changes") == ""
    with pytest.raises(ValueError, match="form is"):
        show(scenario, "long")  # type: ignore[arg-type]


def test_resolving_again_changes_nothing(scenario: sim.Scenario) -> None:
    once = scenario.to_yaml()
    assert sim.loads(once).to_yaml() == once
    assert sim.loads(sim.loads(once).to_yaml(resolved=False)).to_yaml() == once


def test_a_large_table_is_read_in_time(tmp_path: Path) -> None:
    rows = "".join(f"r{i:05d},{1000 + i},Region {i}\n" for i in range(20_000))
    (tmp_path / "regions.csv").write_text("region,registered,name\n" + rows)
    text = (VALID / "minimal.yaml").read_text().replace("{all: 1000}", "regions.csv")
    scenario = sim.loads(text, folder=tmp_path)
    assert scenario.world.n_regions == 20_000
    assert sim.loads(text, folder=tmp_path, changes={"run.seed": 3}).sha256 != scenario.sha256


def test_loading_is_light() -> None:
    code = (
        "import sys, sim; sim.load(sys.argv[1]).to_yaml(); "
        "heavy = {'numba', 'xarray', 'scipy', 'simpy', 'matplotlib'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, str(VALID / "tables.yaml")], check=True, cwd=VALID.parents[2])

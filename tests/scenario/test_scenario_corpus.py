"""Every file of the corpus: the valid ones read back unchanged, the invalid ones say what they should."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.election.part import STAGES, parts

CORPUS = Path(__file__).parents[1] / "corpus"
VALID = sorted((CORPUS / "valid").glob("*.yaml"))
INVALID = sorted((CORPUS / "invalid").glob("*.yaml"))


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Paths at which two plain values differ, in type or in value."""
    if type(one) is not type(other):
        return [path]
    if isinstance(one, dict):
        keys = [f"{path}.{key}" for key in one.keys() ^ other.keys()]
        return keys + [
            d for key in one.keys() & other.keys() for d in differences(one[key], other[key], f"{path}.{key}")
        ]
    if isinstance(one, list):
        if len(one) != len(other):
            return [path]
        return [d for i, (a, b) in enumerate(zip(one, other)) for d in differences(a, b, f"{path}.{i}")]
    return [] if one == other else [path]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for i, item in enumerate(value) for leaf in leaves(item, (*path, i))]
    return [path]


def test_the_corpus_is_there() -> None:
    assert len(VALID) >= 12
    assert len(INVALID) >= 40


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_valid_file_reads_back_unchanged(file: Path) -> None:
    scenario = sim.load(file)
    text = scenario.to_yaml(resolved=True)
    again = sim.loads(text)
    assert differences(scenario.resolved(), again.resolved()) == []
    assert again.to_yaml() == text
    assert again == scenario
    assert again.sha256 == scenario.sha256
    short = sim.loads(scenario.to_yaml(resolved=False), folder=file.parent)
    assert differences(scenario.resolved(), short.resolved()) == []


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_the_comparison_sees_every_mutated_leaf(file: Path) -> None:
    plain = sim.load(file).resolved()
    for path in leaves(plain):
        mutated = copy.deepcopy(plain)
        below = mutated
        for step in path[:-1]:
            below = below[step]
        below[path[-1]] = "mutated" if below[path[-1]] != "mutated" else "again"
        assert differences(plain, mutated) == ["".join(f".{step}" for step in path)]


def test_a_mutated_scenario_is_another() -> None:
    scenario = sim.load(CORPUS / "valid" / "tables.yaml")
    for change in (
        {"run.seed": 5},
        {"voters.swing.tails": 5},
        {"ballot.options.b.name": "Bela"},
        {"note": "other"},
    ):
        assert scenario.change(change) != scenario
        assert scenario.change(change).sha256 != scenario.sha256


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_invalid_file_says_what_is_wrong(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    with pytest.raises(sim.ScenarioError) as caught:
        sim.load(file.name)
    wanted = file.with_suffix(".txt").read_text(encoding="utf-8")
    # The models of a stage become more; everything else stands there word by word.
    known = {stage: ", ".join(parts(stage)) for stage in STAGES}
    wanted = re.sub(r"known: <(\w+)>", lambda match: f"known: {known[match[1]]}", wanted)
    assert f"{caught.value}\n" == wanted


def test_every_message_belongs_to_a_file() -> None:
    assert {file.stem for file in (CORPUS / "invalid").glob("*.txt")} == {file.stem for file in INVALID}

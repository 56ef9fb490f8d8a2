"""Whatever is fed to the loader, nothing but `ScenarioError` comes out, and what it takes reads back."""

from __future__ import annotations

import copy
import string
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.scenario.reader import core_scalar, read_yaml
from sim.scenario.tables import parse_table
from sim.scenario.validate import KEYS
from sim.scenario.writer import flow, write_yaml

VALID = Path(__file__).parents[1] / "corpus" / "valid"
TEXTS = [file.read_text(encoding="utf-8") for file in sorted(VALID.glob("*.yaml"))]
RESOLVED = [sim.load(file).resolved() for file in sorted(VALID.glob("*.yaml"))]

fuzz = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])

# Words that mean something to the loader are more likely to hurt it than random ones.
words = st.sampled_from(
    [*KEYS, "model", "logit", "baseline", "swing", "national", "normal", "beta", "within", "default", "region",
     "options", "source", "table", "x.csv", "../x.csv", "tables/shares.csv", "a", "b", "", "null", "69.44%",
     "69,44", "NO", "<<"]
)  # fmt: skip
keys = words | st.text(max_size=8)
scalars = (
    st.none() | st.booleans() | st.integers() | st.integers(2**62, 2**66) | st.floats() | words | st.text(max_size=12)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def refused(call: Any) -> bool:
    """Whether the loader refuses, which it must do with words and places."""
    try:
        scenario = call()
    except sim.ScenarioError as error:
        refusal = error
    else:
        refusal = None
    if refusal is not None:
        assert refusal.faults
        assert all(fault.message.strip() for fault in refusal.faults)
        assert "Traceback" not in str(refusal)
        return True
    again = sim.loads(scenario.to_yaml())
    assert again == scenario
    assert again.sha256 == scenario.sha256
    assert repr(scenario)
    assert scenario._repr_html_()
    return False


@fuzz
@given(st.text())
def test_random_text(text: str) -> None:
    assert refused(lambda: sim.loads(text, folder=VALID))


@fuzz
@given(st.text(alphabet="ab:,-?[]{}&*!|>'\"%@`#~.0 \n\t<=", max_size=60))
def test_random_syntax(text: str) -> None:
    assert refused(lambda: sim.loads(text, folder=VALID))
    assert refused(lambda: sim.loads(f"title: x\n{text}", folder=VALID))


@fuzz
@given(st.binary(max_size=200), st.sampled_from(TEXTS), st.integers(0, 3000))
def test_random_bytes(data: bytes, text: str, at: int) -> None:
    whole = text.encode()
    with tempfile.TemporaryDirectory() as folder:
        for content in (data, whole[:at] + data + whole[at:], whole[:at]):
            (Path(folder) / "s.yaml").write_bytes(content)
            refused(lambda: sim.load(Path(folder) / "s.yaml"))


@fuzz
@given(st.binary(max_size=60) | st.text(alphabet='regionvalu,"\n0.5-', max_size=80).map(str.encode))
def test_random_tables(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.csv").write_bytes(data)
        for key in (
            "electorate.regions",
            "voters.baseline",
            "turnout.baseline",
            "observed",
            "ballot.options",
            "run",
        ):
            refused(lambda key=key: sim.loads(TEXTS[1], folder=folder, changes={key: "x.csv"}))


@fuzz
@given(st.dictionaries(words, values, max_size=8))
def test_random_structures(plain: dict[str, Any]) -> None:
    refused(lambda: sim.loads(write_yaml(plain), folder=VALID))
    refused(lambda: sim.loads(write_yaml({**RESOLVED[0], **plain}), folder=VALID))


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, item in below for deeper in paths(item, (*path, key)))]


def mutate(plain: Any, path: tuple[Any, ...], how: str, value: Any) -> Any:
    if not path:
        return value
    plain = copy.deepcopy(plain)
    below = plain
    for step in path[:-1]:
        below = below[step]
    last = path[-1]
    if how == "drop":
        del below[last]
    elif how == "wrap":
        below[last] = {"x": below[last]}
    elif how == "add" and isinstance(below[last], dict):
        below[last]["extra"] = value
    else:
        below[last] = value
    return plain


@settings(fuzz, max_examples=500)
@given(st.data())
def test_random_mutations_of_a_valid_scenario(data: st.DataObject) -> None:
    plain = data.draw(st.sampled_from(RESOLVED))
    for _ in range(data.draw(st.integers(1, 3))):
        if not isinstance(plain, dict):
            break
        path = data.draw(st.sampled_from(paths(plain)))
        plain = mutate(plain, path, data.draw(st.sampled_from(["drop", "wrap", "add", "put"])), data.draw(values))
    refused(lambda: sim.loads(write_yaml(plain), folder=VALID))


@settings(fuzz, max_examples=300)
@given(st.data())
def test_random_changes(data: st.DataObject) -> None:
    i = data.draw(st.integers(0, len(RESOLVED) - 1))
    base = sim.loads(write_yaml(RESOLVED[i]))
    known = [".".join(map(str, path)) for path in paths(RESOLVED[i]) if path]
    path = data.draw(st.sampled_from(known) | st.text(alphabet="abrunvotes.0", max_size=10))
    extra = data.draw(st.sampled_from(["", ".x", ".normal", ".0"]))
    value = data.draw(values)
    refused(lambda: base.change({path + extra: value}))


@fuzz
@given(st.sampled_from(TEXTS), st.dictionaries(words, values, max_size=4))
def test_random_variants(text: str, over: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "base.yaml").write_text(text, encoding="utf-8")
        (Path(folder) / "v.yaml").write_text(write_yaml({"extends": "base.yaml", **over}), encoding="utf-8")
        refused(lambda: sim.load(Path(folder) / "v.yaml"))


@fuzz
@given(values)
def test_what_is_written_reads_back(value: Any) -> None:
    wanted = repr({"value": value})
    assert repr(read_yaml(write_yaml({"value": value}), "f").plain()) == wanted
    assert repr(read_yaml(flow({"value": value}), "f").plain()) == wanted


@fuzz
@given(st.text(alphabet=string.digits + "+-.eExo_infaN~", max_size=10))
def test_scalars_are_those_of_the_core_schema(text: str) -> None:
    value = core_scalar(text)
    if isinstance(value, str):
        assert value == text
    elif isinstance(value, float):
        assert repr(value) == repr(float(text.replace(".inf", "inf").replace(".nan", "nan").replace(".NaN", "nan")))
    elif isinstance(value, int):
        assert value == int(text, 0 if text[1:2] in ("x", "o") else 10)


@fuzz
@given(st.lists(st.lists(st.text(max_size=5), min_size=2, max_size=2), min_size=1, max_size=5))
def test_the_place_of_a_cell_is_where_it_begins(rows: list[list[str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    text = "\n".join(["a,b", *quoted]).replace("\r", " ")
    try:
        table = parse_table(text, "t.csv")
    except sim.ScenarioError:
        return
    lines = text.split("\n")
    for i in range(len(table.rows)):
        mark = table.mark(i, "b")
        assert lines[mark.line - 1][mark.column - 1] == '"'
        assert lines[mark.line - 1][mark.column - 2] == ","


@pytest.mark.parametrize("size", [63, 64, 65, 500, 5000])
def test_depth_is_never_a_traceback(size: int) -> None:
    value: Any = "x"
    for _ in range(size):
        value = {"a": value} if size % 2 else [value]
    if size <= 500:
        assert refused(lambda: sim.loads(write_yaml({"title": value}) if size < 100 else "[" * size))
    base = sim.loads(TEXTS[-1], folder=VALID) if "extends" not in TEXTS[-1] else sim.load(VALID / "minimal.yaml")
    assert refused(lambda: base.change({"title": value}))

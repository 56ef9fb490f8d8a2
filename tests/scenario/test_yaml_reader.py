"""YAML 1.2 core rules, places, limits."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.scenario.nodes import find
from sim.scenario.reader import core_scalar, read_yaml
from sim.scenario.writer import flow


@pytest.mark.parametrize(
    "text, value",
    [
        ("NO", "NO"), ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"),
        ("true", True), ("TRUE", True), ("False", False), ("tRue", "tRue"),
        ("null", None), ("Null", None), ("~", None), ("", None), ("nULL", "nULL"),
        ("010", 10), ("0o10", 8), ("0x1F", 31), ("+5", 5), ("-0", 0), ("0b1", "0b1"), ("1_000", "1_000"),
        ("1e-3", 0.001), ("1e6", 1e6), ("1.", 1.0), (".5", 0.5), ("-1.5E+2", -150.0), (".", "."), ("1e", "1e"),
        ("12:30", "12:30"), ("2022-11-20", "2022-11-20"), ("69,44", "69,44"), ("69.44%", "69.44%"),
        (".inf", math.inf), ("-.Inf", -math.inf), ("inf", "inf"), ("+", "+"), ("-", "-"), ("1 2", "1 2"), ("٣", "٣"),
    ],
)  # fmt: skip
def test_core_rules(text: str, value: Any) -> None:
    found = core_scalar(text)
    assert found == value
    assert type(found) is type(value)


def test_nan_is_a_number() -> None:
    assert math.isnan(core_scalar(".NaN"))  # type: ignore[arg-type]


def test_quoted_text_stays_text() -> None:
    node = read_yaml("a: '1'\nb: \"true\"\nc: |\n  2\nd: ''\ne: ! 3\n", "f")
    assert node.plain() == {"a": "1", "b": "true", "c": "2\n", "d": "", "e": "3"}


def test_every_key_and_value_has_its_place() -> None:
    root = read_yaml("title: x\nvoters:\n  swing: {national: 0.2, list: [a, б, c]}\n", "f.yaml")
    swing = find(root, ("voters", "swing", "national"))
    assert (swing.mark.line, swing.mark.column) == (3, 21)
    assert swing.node.key is not None
    assert (swing.node.key.line, swing.node.key.column) == (3, 11)
    third = find(root, ("voters", "swing", "list", 2)).mark
    assert (third.file, third.line, third.column) == ("f.yaml", 3, 39)


def test_steps_that_the_validator_puts_in_are_skipped() -> None:
    root = read_yaml("a: {b: [{c: 1}]}", "f")
    found = find(root, ("a", "function-before", "b", 0, "Row", "c"))
    assert found.path == ("a", "b", 0, "c")
    assert find(root, ("a", "nothing")).rest == ("nothing",)


def message(text: str | bytes, tmp_path: Path) -> str:
    file = tmp_path / "s.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(sim.ScenarioError) as caught:
        sim.load(file)
    said = str(caught.value)
    assert said.startswith(str(file))
    return said.removeprefix(str(file)).removeprefix(":").strip()


def test_files_that_are_none(tmp_path: Path) -> None:
    for name, wanted in (
        ("absent.yaml", "there is no such scenario file"),
        ("", "is a directory, not a scenario file"),
        ("s.yaml/below.yaml", "there is no such scenario file"),
        ("nu\0ll", "cannot be read"),
        ("x" * 5000, "cannot be read: File name too long"),
    ):
        with pytest.raises(sim.ScenarioError, match=wanted):
            sim.load(f"{tmp_path}/{name}")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(sim.ScenarioError, match="is not a regular file"):
        sim.load(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_file_without_permission(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("title: x")
    file.chmod(0)
    with pytest.raises(sim.ScenarioError, match="permission denied"):
        sim.load(file)


def test_texts_that_are_none(tmp_path: Path) -> None:
    assert message(b"\x89PNG\r\n\0\0", tmp_path) == "is a binary file, not a scenario"
    assert message("title: x".encode("utf-16"), tmp_path) == "is a binary file, not a scenario"
    assert message(b"title: T\nnote: caf\xe9\n", tmp_path) == "2:10: is not UTF-8 text; save it in UTF-8"
    assert message("title: Te\x07st\n", tmp_path) == "1:10: the control character U+0007 is not allowed in a text file"
    for text in ("a: \ud800", "\ufffe", "a: \x9b"):
        with pytest.raises(sim.ScenarioError, match="control character"):
            sim.loads(text)


def test_large_files(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.touch()
    os.truncate(file, 100_000_000)
    begin = time.perf_counter()
    with pytest.raises(sim.ScenarioError, match=r"is 100\.0 MB; a scenario may have at most 2 MB; put large tables"):
        sim.load(file)
    table = tmp_path / "t.csv"
    table.touch()
    os.truncate(table, 100_000_000)
    file.write_text("electorate: {regions: t.csv}")
    with pytest.raises(sim.ScenarioError, match=r"is 100\.0 MB; a table may have at most 50 MB"):
        sim.load(file)
    assert time.perf_counter() - begin < 5
    with pytest.raises(sim.ScenarioError, match="at most 2 MB"):
        sim.loads("#" * 2_000_001)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "a:\n"])
def test_deep_nesting(opening: str) -> None:
    deep = opening * 5000 if "\n" not in opening else "".join(" " * i + "a:\n" for i in range(500))
    with pytest.raises(sim.ScenarioError) as caught:
        sim.loads(deep)
    assert "nested deeper than 64 levels" in str(caught.value) or "must be text" in str(caught.value)


def test_nesting_up_to_the_limit() -> None:
    assert read_yaml("[" * 64 + "]" * 64, "f")
    with pytest.raises(sim.ScenarioError, match="nested deeper than 64"):
        read_yaml("[" * 65 + "]" * 65, "f")
    with pytest.raises(sim.ScenarioError, match="nested deeper than 64"):
        read_yaml(f"a: &a {'[' * 40}{']' * 40}\nb: {'[' * 40}*a{']' * 40}", "f")


def test_alias_bombs() -> None:
    laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
    )
    begin = time.perf_counter()
    with pytest.raises(sim.ScenarioError, match=r"more than 200,000 values \(aliases expanded\)"):
        sim.loads(laughs)
    with pytest.raises(sim.ScenarioError, match="more than 200,000 values"):
        sim.loads("[" + "a," * 200_001 + "]")
    assert time.perf_counter() - begin < 5
    for recursive in ("a: &a [*a]", "a: &a {b: {c: *a}}", "&a [*a]"):
        with pytest.raises(sim.ScenarioError, match="stands inside what it refers to"):
            sim.loads(recursive)


def test_alias_as_a_key() -> None:
    assert read_yaml("a: &x name\n*x : 1", "f").plain() == {"a": "name", "name": 1}
    with pytest.raises(sim.ScenarioError, match="a key must be text"):
        read_yaml("a: &x [1]\n*x : 1", "f")


def test_byte_order_mark_and_other_line_ends(tmp_path: Path) -> None:
    text = (
        "\ufefftitle: Line ends\r\nelectorate: {regions: t.csv}\r\nballot: {options: {a: , b: }}\r\n"
        "voters: {baseline: {a: 0.5, b: 0.6}}\r\nturnout: {baseline: 0.6}\r\nrules: {mayor: {model: plurality}}\r\n"
    )
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfregion,registered\r\nn,100\r\n\r\ns,-1\r\n")
    (tmp_path / "s.yaml").write_bytes(text.encode())
    with pytest.raises(sim.ScenarioError) as caught:
        sim.load(tmp_path / "s.yaml")
    places = [(Path(fault.file).name, fault.line, fault.column) for fault in caught.value.faults]
    assert places == [("s.yaml", 4, 20), ("t.csv", 4, 3)]


@pytest.mark.parametrize(
    "value",
    ["", " ", "NO", "true", "null", "~", "1", "010", "1e3", ".5", ".inf", "a: b", "# x", "- x", "a\nb", "\ttab", "[x",
     "'", '"', "\\", "&a", "*a", "!t", "%x", "@x", "`x", "---", "...", "\x85", "\u2028", "\ufeff", "é", "🗳", "<<",
     "<< ",
     "=", "x: ", "{}", "| x", "a\r\nb", "\x7f", "\x00", "  lead", "trail  ", "0x1", "1_0", "12:30", "?", "? a", ","],
)  # fmt: skip
def test_texts_written_read_back(value: str) -> None:
    assert read_yaml(f"a: {flow(value)}", "f").plain() == {"a": value}
    assert read_yaml(flow({value + "k": [value]}), "f").plain() == {value + "k": [value]}


@pytest.mark.parametrize("value", [0, -1, 2**64, 0.1, 1e-5, 1e300, 1e16, 5e-324, math.inf, -math.inf, True, None, 1.0])
def test_numbers_written_read_back(value: Any) -> None:
    found = read_yaml(f"a: {flow(value)}", "f").plain()["a"]
    assert found == value
    assert type(found) is type(value)

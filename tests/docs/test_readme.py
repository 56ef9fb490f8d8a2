"""What the README shows is what its commands print."""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def python_block() -> tuple[str, str]:
    found = re.search(r"```python\n(.*?)```\n+```text\n(.*?)```", README, re.S)
    assert found, "README has no python block followed by its output"
    return found[1], found[2]


def printed(code: str) -> str:
    out = io.StringIO()
    before = Path.cwd()
    try:
        os.chdir(ROOT)
        with contextlib.redirect_stdout(out):
            exec(compile(code, "README.md", "exec"), {})
    finally:
        os.chdir(before)
    return out.getvalue()


def test_the_python_example_prints_what_is_shown(tmp_path):
    code, shown = python_block()
    assert printed(code.replace('"kz.html"', repr(str(tmp_path / "kz.html")))).strip() == shown.strip()


def test_the_metrics_print_what_is_shown():
    section = README[README.index("## Metrics") : README.index("## What it can say")]
    found = re.search(r"```python\n(.*?)```\n+```text\n(.*?)```", section, re.S)
    assert found
    assert printed(found[1]) == found[2]


@pytest.mark.parametrize("path", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_links_lead_somewhere(path):
    assert (ROOT / path).exists()


def test_commands_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", README):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_fitted_panel_says_what_is_shown(command):
    """The commands of the section on fitting, and the two lines that one of them prints."""
    section = README[README.index("## Fitting") : README.index("## What it can say")]
    found = re.search(r"sim (fit-panel (?:.*\\\n)*.*)", section)
    assert found
    done = command(*found[1].replace("\\\n", " ").split(), cwd=ROOT / "scenarios" / "kazakhstan-2022")
    assert done.returncode == 0, done.stderr
    shown = re.search(r"```text\n(.*?)```", section, re.S)
    assert shown
    assert shown[1] in done.stdout


def test_the_rule_decides_as_shown(command):
    """The command of the section on rules, and the table that it prints."""
    section = README[README.index("## Rules on their own") : README.index("## What it can say")]
    found = re.search(r"sim (decide (?:.*\\\n)*.*)", section)
    shown = re.search(r"```text\n(.*?)```", section, re.S)
    assert found
    assert shown
    done = command(*found[1].replace("\\\n", " ").split(), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert shown[1] in done.stdout

"""The page: self-contained, escaped, the same bytes each time, right for results of every shape."""

from __future__ import annotations

import functools
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from synthetic_result import make_result
from test_report_figures import CASES, EVIL, TWO, result

import sim.report
from sim.analysis import summary
from sim.errors import ResultError
from sim.report import html, page, report
from sim.report.assumptions import assumptions
from sim.report.words import headline, probability_words

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Collects tags, ids and text, and finds tags that are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for key, value in attrs if key == "id"]
        self.attributes += [(key, value or "") for key, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


@functools.cache
def page_of(case: str) -> str:
    return html(result(case))


@pytest.mark.parametrize("case", CASES)
def test_page_is_whole_small_and_needs_nothing(case: str) -> None:
    text = page_of(case)
    parsed = Page(text)
    assert len(text.encode()) < 1_000_000
    assert len(parsed.ids) == len(set(parsed.ids))
    assert not {"script", "link", "iframe", "img", "object", "embed"} & set(parsed.tags)
    for key, value in parsed.attributes:
        assert not key.startswith("on"), key
        if key.endswith(("href", "src")):
            assert value.startswith("#")
    assert "@import" not in text
    assert "@font-face" not in text
    assert set(re.findall(r"url\(([^)]*)\)", re.sub(r">[^<]*<", "><", text))) <= {f"#{i}" for i in parsed.ids}
    assert "nan" not in re.findall(r"[a-z]+", parsed.text)
    assert "None" not in parsed.text or case == "evil"


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    first = sim.report(result("two"), tmp_path / "a.html")  # type: ignore[operator]
    assert first.read_text(encoding="utf-8") == page_of("two")
    assert {p.name for p in tmp_path.iterdir()} == {"a.html"}


def test_everything_is_escaped() -> None:
    attack = "<script>alert(1)</script>\"'&"
    ds = make_result(30, options=EVIL, title=attack)
    ds.attrs.update(note=attack, sailau_version=attack, seed=attack)
    ds["region_name"] = ("region", np.array([f"{attack} {i}" for i in range(20)], object))
    text = html(ds)
    words = Page(text).text
    assert "<script" not in text.lower()
    assert attack in words
    assert "Plain $10 & $20 \\frac" in words


def test_headline_in_words() -> None:
    words = " ".join(headline(summary(make_result(200))))
    assert "Kassym-Jomart Tokayev wins in all 200 draws (with 95 % confidence more than 98.5 %)." in words
    assert "A second round is held in none of 200 draws" in words
    assert "69.43 % were observed" in words
    ds = make_result(200)
    ds["winner"][:50] = 1
    ds["winner"][50:52] = -1
    ds["tied"][:3] = 1
    words = " ".join(headline(summary(ds)))
    assert "Tokayev wins in 74.0 % of the draws (± 3.1; 148 of 200), Jiguli Dairabayev in 25.0 %" in words
    assert "nobody in 1.0 %." in words
    assert "Equal votes had to be settled in 3 of 200 draws." in words


@pytest.mark.parametrize(
    ("p", "limit", "draws", "text"),
    [
        (0.99999, np.nan, 100_000, "99.9990 % of the draws (± 0.0010; 99,999 of 100,000)"),
        (0.0, 0.0003, 10_000, "none of 10,000 draws (with 95 % confidence less than 0.030 %)"),
        (1.0, 0.05, 1, "1 of 1 draw"),
        (0.5, np.nan, 4, "50 % of the draws (± 25; 2 of 4)"),
    ],
)
def test_probabilities_in_words(p: float, limit: float, draws: int, text: str) -> None:
    assert probability_words(p, limit, draws) == text


def test_sections_follow_what_the_result_has() -> None:
    full, bare = Page(page_of("kazakhstan")).text, Page(page_of("unobserved")).text
    for words in ("Score against what was observed", "Observed against simulated", "observed, %"):
        assert words in full
        assert words not in bare
    assert "Margin of the first round" in bare
    nothing = Page(html(make_result(20, options=TWO).assign_attrs(scenario_yaml=""))).text
    assert "Assumptions" not in nothing
    assert "lead of the first option" in nothing


def flat(entries: list[Any]) -> str:
    return " | ".join(
        f"{e.name}: {e.value} — {e.meaning} {e.notes} {e.remarks} {e.table} {flat(e.below)}" for e in entries
    )


def test_assumptions_take_their_words_from_the_parts() -> None:
    scenario = {
        "title": "T",
        "voters": {
            "model": "logit",
            "baseline": {"a": 0.6, "b": {"normal": [0.4, 0.01], "within": [0, 1], "evidence": "A"}},
            "swing": {"national": {"lognormal": [0.2, 0.5], "source": "S", "evidence": "B"}, "blocks": {}},
        },
        "electorate": {
            "regions": [
                {"region": "n", "name": "North", "registered": 12345.0, "source": "x"},
                {"region": "s", "name": "South", "registered": 5, "source": "y"},
            ]
        },
        "rules": {"president": {"model": "two_round", "majority_of": "ballots_cast"}},
        "magic": {"model": "wand", "strength": -0.5, "spells": ["up", "down"], "on": True},
        "run": {"seed": 1},
    }
    entries = assumptions(scenario, {"a": "Anna", "b": "Bert"})
    assert [e.name for e in entries] == ["electorate", "voters", "rules", "magic"]
    text = flat(entries)
    assert "Multinomial logit" in text
    assert "Anna 0.6, Bert drawn once per draw, normal (mean 0.4, sd 0.01), within 0 to 1" in text
    assert "drawn once per draw, lognormal (median 0.2, sigma 0.5)" in text
    assert "source: S" in text
    assert "evidence: A" in text
    assert "12,345" in text
    assert "('source', ['x', 'y'])" in text
    assert "majority of: ballots_cast" in text
    assert "majority: 0.5 (default)" in text
    assert "strength: −0.5" in text
    assert "spells: up, down" in text
    assert "on: yes" in text


def test_a_long_table_is_cut_and_says_so() -> None:
    rows = [{"region": f"r{i}", "registered": i} for i in range(100)]
    text = flat(assumptions({"electorate": {"regions": rows}}, {}))
    assert "100 rows" in text
    assert "and 40 more rows" in text


def test_a_huge_scenario_keeps_the_page_small() -> None:
    ds = make_result(20, regions=CASES["one_region"]["regions"])
    ds.attrs["scenario_yaml"] += "extra:\n" + "".join(f"  k{i}: {'x' * 60}\n" for i in range(8000))
    text = html(ds)
    assert len(text.encode()) < 1_000_000
    assert "cut here" in text


def test_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ResultError, match="not a result"):
        report(xr.Dataset(), tmp_path / "x.html")
    monkeypatch.setattr(page, "html", lambda ds: "page")
    ds = result("one_region")
    with pytest.raises(ResultError, match="cannot be written: No such file"):
        report(ds, tmp_path / "missing" / "a.html")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ResultError, match="cannot be written"):
        report(ds, tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_the_file_has_the_usual_permissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "html", lambda ds: "page")
    plain = tmp_path / "plain"
    plain.write_text("x")
    assert report(result("one_region"), tmp_path / "a.html").stat().st_mode == plain.stat().st_mode

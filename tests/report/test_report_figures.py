"""Figures: nothing overlaps, nothing is mathematics, nothing leaks, whatever is drawn."""

from __future__ import annotations

import functools
import itertools
import subprocess
import sys
import threading
import warnings
import xml.etree.ElementTree as ElementTree
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from synthetic_result import make_result, many_options, many_regions

from sim.analysis import nation, summary
from sim.errors import ResultError
from sim.report import figures
from sim.report.canvas import NARROW, WIDE, canvas, svg
from sim.report.figures.margin import reading as margin_reading
from sim.report.figures.shares import rows_of as share_rows
from sim.report.figures.shares import small_ones
from sim.report.figures.turnout import reading as turnout_reading
from sim.report.tiles import has_tiles, places_of

TWO = {"a": ("Alpha", "candidate", 0.5), "b": ("Beta", "candidate", 0.5)}
EVIL = {
    "a&b": ("<script>alert(\"x\")</script> & 'q' $x_1$", "candidate", 0.5),
    "b": ("Plain $10 & $20 \\frac", "candidate", 0.45),
    "none": ('None <b>of</b> these id="x" url(#y)', "against_all", 0.05),
}
PAIR = {"n": ("North", 0, 0, 500_000, 0.6), "s": ("South", 0, 1, 700_000, 0.5)}
CASES: dict[str, dict[str, Any]] = {
    "kazakhstan": {},
    "moved": {"bias": -0.5},
    "unobserved": {"observed": False},
    "two": {"options": TWO, "runoff": False, "regions": PAIR},
    "one_region": {"regions": {"only": ("The only region", 0, 0, 1_000_000, 0.6)}},
    "forty": {"regions": many_regions(40)},
    "many_options": {"options": many_options(25), "regions": PAIR},
    "evil": {"options": EVIL},
    "one_draw": {"draws": 1},
    "cyrillic": {
        "regions": PAIR,
        "options": {"t": ("Қасым-Жомарт Тоқаев, Әлия Ғұмар", "candidate", 0.9), "z": ("習近平", "party", 0.1)},
    },
}


#: What these cases have no figure of.
IMPOSSIBLE = {
    ("unobserved", "turnout_difference"),
    ("forty", "turnout_map"),
    ("forty", "turnout_difference"),
}


@functools.cache
def result(case: str) -> Any:
    return make_result(**{"draws": 150, **CASES[case]})


@functools.cache
def summary_of(case: str) -> Any:
    return summary(result(case))


def drawn(case: str, name: str, width: float) -> Figure:
    return getattr(figures, name)(nation(result(case)) if name == "margin" else summary_of(case), width=width)


def overlaps(fig: Figure) -> list[tuple[str, str]]:
    """Pairs of texts that lie on each other, and texts that leave the figure (paired with '')."""
    renderer = FigureCanvasAgg(fig).get_renderer()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        fig.draw(renderer)
    hidden = _hidden_labels(fig)
    boxes = [
        (text.get_text(), text.get_window_extent(renderer))
        for text in fig.findobj(Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden
    ]
    out = [(a, b) for (a, p), (b, q) in itertools.combinations(boxes, 2) if _overlap(p, q)]
    page = fig.bbox
    return out + [(a, "") for a, p in boxes if min(p.x0 - page.x0, page.x1 - p.x1, p.y0 - page.y0, page.y1 - p.y1) < -1]


def _hidden_labels(fig: Figure) -> set[int]:
    """Labels of ticks that are not drawn: outside the limits, or of an axis that is off."""
    out = set()
    for axes in fig.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks() + axis.get_minor_ticks():
                if not axes.axison or not low <= tick.get_loc() <= high:
                    out |= {id(tick.label1), id(tick.label2)}
    return out


def _overlap(p: Any, q: Any) -> bool:
    return min(p.x1, q.x1) - max(p.x0, q.x0) > 0.5 and min(p.y1, q.y1) - max(p.y0, q.y0) > 0.5


MAPS = ("turnout_map", "turnout_difference")
DRAWN = [
    (case, name)
    for case, name in itertools.product(CASES, figures.__all__)
    if name not in MAPS or case in ("kazakhstan", "moved", "one_draw") or (case, name) in IMPOSSIBLE
]


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize(("case", "name"), DRAWN)
def test_no_text_lies_on_another(case: str, name: str, width: float) -> None:
    if (case, name) in IMPOSSIBLE:
        with pytest.raises(ResultError, match=r"tile map|is observed"):
            drawn(case, name, width)
    else:
        assert overlaps(drawn(case, name, width)) == []


def test_the_check_of_overlaps_can_fail() -> None:
    fig = drawn("kazakhstan", "margin", WIDE)
    fig.axes[0].text(0.5, -0.12, "in the way of the axis title", transform=fig.axes[0].transAxes, size=30)
    assert overlaps(fig)
    other = drawn("kazakhstan", "margin", WIDE)
    other.text(0.95, 0.5, "leaves the page")
    assert overlaps(other)


@pytest.mark.parametrize("name", figures.__all__)
def test_svg_is_well_formed_and_names_stay_text(name: str) -> None:
    text = svg(drawn("evil", name, WIDE), "k", 'T <&">', 'D <&">')
    root = ElementTree.fromstring(text)
    assert root.attrib["role"] == "img"
    space = "{http://www.w3.org/2000/svg}"
    assert root[0].tag == f"{space}title"
    assert root[0].text == 'T <&">'
    assert root[1].text == 'D <&">'
    assert not list(root.iter(f"{space}script"))
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))
    assert all(i.startswith("k-") for i in ids)
    refers = [v[1:] for e in root.iter() for k, v in e.attrib.items() if k.endswith("href")]
    assert set(refers) <= set(ids)
    assert "<metadata" not in text
    assert "DOCTYPE" not in text
    if name == "shares":
        words = "".join(root.itertext())
        assert "Plain $10 & $20 \\frac" in words
        assert 'None <b>of</b> these id="x"' in words


@pytest.mark.parametrize("name", figures.__all__)
def test_the_user_s_style_neither_shows_nor_changes(name: str) -> None:
    plain = svg(drawn("kazakhstan", name, WIDE), "k", "t", "d")
    with mpl.rc_context({"axes.facecolor": "black", "text.color": "white", "font.size": 20, "svg.fonttype": "path"}):
        before = dict(mpl.rcParams)
        styled = svg(drawn("kazakhstan", name, WIDE), "k", "t", "d")
        assert dict(mpl.rcParams) == before
    assert styled == plain


def test_threads_draw_the_same() -> None:
    s = summary_of("kazakhstan")
    alone = svg(figures.shares(s), "k", "t", "d")
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(svg(figures.shares(s), "k", "t", "d"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 4


def test_pyplot_stays_away() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests/analysis')\n"
        "from synthetic_result import make_result\n"
        "from sim.report import figures\n"
        "figures.shares(make_result(5)); figures.turnout_map(make_result(5))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    root = __file__.rsplit("/tests/", 1)[0]
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=root)


def test_a_summary_serves_as_well_as_a_result() -> None:
    ds = result("kazakhstan")
    s = summary_of("kazakhstan")
    for name in ("shares", "turnout"):
        draw = getattr(figures, name)
        assert svg(draw(ds), "k", "t", "d") == svg(draw(s), "k", "t", "d")


def test_second_panel_only_where_the_scale_needs_it() -> None:
    assert len(small_ones(share_rows(result("kazakhstan")))) == 6
    assert small_ones(share_rows(result("two"))) == []
    assert small_ones(share_rows(result("many_options"))) == []
    assert len(figures.shares(result("kazakhstan")).axes) == 2
    assert len(figures.shares(result("two")).axes) == 1


def test_colours_of_the_scenario_are_kept() -> None:
    ds = result("two").copy()
    ds["option_colour"] = ("option", np.array(["#009E73", ""], object))
    text = svg(figures.shares(ds), "k", "t", "d").lower()
    assert "#009e73" in text
    assert "#0072b2" in text


def test_places_of_tiles() -> None:
    ds = result("kazakhstan").copy(deep=True)
    places = places_of(ds)
    assert places["KZ-79"] == (3, 4)
    assert len(set(places.values())) == 20
    ds["region_tile_column"][0] = -1
    ds["region_tile_column"][1], ds["region_tile_row"][1] = 3, 4
    moved = places_of(ds)
    assert len(set(moved.values())) == 20
    assert moved["KZ-10"][1] == 5
    assert not has_tiles(result("forty"))
    assert not has_tiles(result("one_region"))


def test_margin_says_what_it_is_measured_on() -> None:
    text = "".join(t.get_text() for t in drawn("kazakhstan", "margin", WIDE).findobj(Text))
    assert "ballots cast minus 50 %" in text
    assert "observed 27.8" in text
    assert "lead of the first option" in "".join(t.get_text() for t in drawn("two", "margin", WIDE).findobj(Text))
    assert "it is reached in none of 150 draws" in margin_reading(nation(result("many_options")))
    assert "it is reached in all 150 draws" in margin_reading(nation(result("kazakhstan")))


def test_many_regions_are_cut_to_the_ends() -> None:
    s = summary(make_result(20, regions=many_regions(150), observed=False))
    assert len(figures.turnout(s).axes[0].get_yticks()) == 61
    assert "of 150 regions" in turnout_reading(s)


def test_names_of_regions_on_the_map_are_whole_and_no_mathematics() -> None:
    ds = result("kazakhstan").copy()
    names = [str(name) for name in ds["region_name"].values]
    ds["region_name"] = ("region", np.array([*names[:-1], "$x_1$ $y$"], object))
    root = ElementTree.fromstring(svg(figures.turnout_map(ds, NARROW), "k", "t", "d"))
    words = " ".join(" ".join(root.itertext()).split())
    assert "$x_1$ $y$" in words
    assert "…" not in words


def test_empty_canvas() -> None:
    assert svg(canvas(2, 1), "k", "t", "d").startswith("<svg ")

"""How figures look, and how they become text that can stand inside a page."""

from __future__ import annotations

import functools
import html
import io
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["BLUE", "GREY", "INK", "NARROW", "PALETTE", "VERMILLION", "WIDE", "canvas", "drawn", "svg", "text_width"]

P = ParamSpec("P")

#: Okabe & Ito 2008, Color Universal Design; yellow is too light for lines on white and stands last.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
BLUE, VERMILLION = PALETTE[:2]
INK = "#1a1a1a"
GREY = "#595959"

#: Resolution of a figure in a notebook.
SHOWN_DPI = 110

#: Widths of figures in inches: for a page, and for a phone.
WIDE, NARROW = 7.4, 4.0

FONTS = "'DejaVu Sans', Verdana, system-ui, sans-serif"

STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.color": INK,
    "text.parse_math": False,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#8c8c8c",
    "axes.linewidth": 0.6,
    "axes.labelsize": 9.0,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": "#8c8c8c",
    "ytick.color": "#8c8c8c",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "svg.hashsalt": "sailau",
}

#: matplotlib's settings are global; whoever draws here waits for the others.
_LOCK = threading.RLock()


@contextmanager
def _styled() -> Iterator[None]:
    import matplotlib as mpl

    with _LOCK, mpl.rc_context(), warnings.catch_warnings():
        # The page's own fonts are those of the reader; a glyph that is missing here only changes a width.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)  # type: ignore[arg-type]
        yield


def drawn(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a function draw in the style of the report whatever the user's own settings are."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with _styled():
            return function(*args, **kwargs)

    return wrapped


def canvas(width: float, height: float, apart: float = 0.02) -> Figure:
    """Return an empty figure (inches) whose parts make room for each other.

    ``apart`` is the space between panels, as a fraction of the panels' mean height.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    fig = _drawing()(figsize=(width, height), layout=ConstrainedLayoutEngine(hspace=apart))
    FigureCanvasSVG(fig)
    return fig


@functools.cache
def _drawing() -> type[Figure]:
    from matplotlib.figure import Figure

    class Drawing(Figure):
        """A figure that shows itself in a notebook without pyplot."""

        def _repr_png_(self) -> bytes:
            out = io.BytesIO()
            with _styled():
                self.savefig(out, format="png", dpi=SHOWN_DPI)
            return out.getvalue()

    return Drawing


@functools.lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """Return the width of a line of text in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def svg(fig: Figure, key: str, title: str, description: str) -> str:
    """Return a figure as an ``<svg>`` element for use inside HTML.

    Parameters
    ----------
    fig
        The figure.
    key
        Prefix of all ids, unique on the page.
    title, description
        What a screen reader says; escaped.

    Returns
    -------
    str
        The same text for the same figure: no date, no random ids, text as text.
    """
    out = io.StringIO()
    with _styled():
        fig.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S)
    head, body = text.split(">", 1)
    view = re.search(r'viewBox="([^"]*)"', head)
    box = view[1] if view else "0 0 100 100"
    names = f"{html.escape(key)}-title {html.escape(key)}-desc"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{box}" '
        f'role="img" aria-labelledby="{names}"><title id="{html.escape(key)}-title">{html.escape(title)}</title>'
        f'<desc id="{html.escape(key)}-desc">{html.escape(description)}</desc>{_own_ids(body, key)}'
    ).rstrip()


def _own_ids(body: str, key: str) -> str:
    """Give all ids one prefix and short numbers, inside tags only, and the font list of the page."""
    ids: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        return ids.setdefault(match[0], f"{key}-{len(ids)}")

    def tag(match: re.Match[str]) -> str:
        text = re.sub(r'(?<=\bid=")[^"]+(?=")|(?<=url\(#)[^)]+(?=\))|(?<=href="#)[^"]+(?=")', name, match[0])
        return text.replace("'DejaVu Sans'", FONTS) if "font" in text else text

    return re.sub(r"<[^>]+>", tag, body)

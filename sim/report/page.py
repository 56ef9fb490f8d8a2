"""One self-contained page: what was simulated, what came out, against what was observed, under what assumptions."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.pieces import F64, check_result
from sim.analysis.resolved import names_of, observations, scenario_of
from sim.analysis.tables import Table, clean
from sim.errors import ResultError

if TYPE_CHECKING:
    import jinja2
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["html", "report"]

#: Longest scenario that is printed on the page, in characters.
LONGEST_SCENARIO = 200_000

PROVENANCE = (
    ("sailau_version", "toolkit", "sailau "),
    ("draws", "draws", ""),
    ("seed", "seed", ""),
    ("streams", "chance", ""),
    ("scenario_sha256", "scenario, SHA-256", ""),
    ("created", "run at", ""),
    ("python_version", "Python", ""),
    ("numpy_version", "numpy", ""),
    ("numba_version", "numba", ""),
    ("platform", "platform", ""),
    ("command", "command", ""),
)


@dataclass(frozen=True)
class Picture:
    """A figure on the page, drawn for a page and for a phone."""

    wide: str
    narrow: str
    reading: str


def report(ds: xr.Dataset, path: str | os.PathLike[Any]) -> Path:
    """Write a result as one HTML file that needs nothing else.

    Headline numbers in words, vote shares, turnout and margin as figures against what was observed, the
    scores, the assumptions with their sources, and what makes the run again.  Text is escaped, figures are
    inline SVG, there are no scripts, and the same result gives the same bytes.

    Parameters
    ----------
    ds
        A result.
    path
        File to write; its folder must exist.  It is replaced in one step.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ResultError
        If the Dataset is not a result, or the file cannot be written.
    """
    target = Path(path)
    data = html(ds).encode()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ResultError(f"{target}: cannot be written: {error.strerror or error}") from None
    return target


def _umask() -> int:
    """Return the umask; reading it means setting it for a moment."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def html(ds: xr.Dataset) -> str:
    """Return the page that `report` writes.

    Parameters
    ----------
    ds
        A result.

    Raises
    ------
    ResultError
        If the Dataset is not a result.
    """
    from sim.analysis.shares import nation
    from sim.analysis.summary import summary as summarise
    from sim.report import words
    from sim.report.assumptions import assumptions

    check_result(ds, "votes", "ballots_cast", "registered", "invalid_ballots")
    summary = summarise(ds)
    totals = nation(ds)
    scenario = scenario_of(ds)
    names = {**names_of(ds, "region"), **names_of(ds, "option")} if "region" in ds.dims else names_of(ds, "option")
    text = str(ds.attrs.get("scenario_yaml") or "")
    cut = len(text) > LONGEST_SCENARIO
    return _template().render(
        title=clean(str(ds.attrs.get("title") or "An election")),
        date=clean(str(ds.attrs.get("date") or "")),
        note=clean(str(ds.attrs.get("note") or "")),
        draws=ds.sizes["draw"],
        few=ds.sizes["draw"] < 100,
        headline=words.headline(summary),
        numbers=words.numbers(summary),
        pictures=_pictures(summary, totals),
        scores=_scores(ds),
        assumptions=assumptions(scenario, names),
        provenance=_provenance(ds),
        scenario=text[:LONGEST_SCENARIO],
        cut=cut,
    )


@functools.lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sim.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.jinja")


def _picture(key: str, title: str, draw: Callable[[float], Figure], reading: str) -> Picture:
    from sim.report.canvas import NARROW, WIDE, svg

    return Picture(svg(draw(WIDE), f"{key}-w", title, reading), svg(draw(NARROW), f"{key}-n", title, reading), reading)


def _pictures(summary: xr.Dataset, totals: xr.Dataset) -> dict[str, Picture]:
    """Return the figures that this result can show, by name."""
    from sim.report.figures import margin, shares, turnout, turnout_difference, turnout_map
    from sim.report.tiles import has_tiles

    wanted: dict[str, tuple[str, Any, xr.Dataset]] = {
        "shares": ("National vote shares", shares, summary),
        "turnout": ("Turnout of the nation and of the regions", turnout, summary),
    }
    if has_tiles(summary):
        wanted["turnout_map"] = ("Tile map of the median turnout", turnout_map, summary)
        if np.isfinite(_module(turnout_difference).differences(summary)[0]).any():
            title = "Tile map of observed minus median turnout"
            wanted["turnout_difference"] = (title, turnout_difference, summary)
    if np.isfinite(margins(totals)).any():
        wanted["margin"] = ("Margin of the first round", margin, totals)
    return {
        name: _picture(name, title, functools.partial(draw, data), _module(draw).reading(data))
        for name, (title, draw, data) in wanted.items()
    }


def _module(function: Any) -> Any:
    """Return the module of a figure, which also says how to read it."""
    return sys.modules[function.__module__]


def margins(totals: xr.Dataset) -> F64:
    """Return the leads of the draws, (draw)."""
    from sim.analysis.shares import margin

    return np.asarray(margin(totals).values)


def _scores(ds: xr.Dataset) -> list[Table]:
    from sim.analysis.score import score
    from sim.analysis.score_tables import figure_table, group_table

    if ds.sizes["draw"] < 2 or not observations(ds):
        return []
    scores = score(ds)
    return [group_table(scores), figure_table(scores)]


def _provenance(ds: xr.Dataset) -> list[tuple[str, str]]:
    out = []
    for key, label, before in PROVENANCE:
        value = ds.sizes["draw"] if key == "draws" else ds.attrs.get(key)
        if value not in (None, ""):
            out.append((label, before + (f"{value:,}" if key == "draws" else clean(str(value)))))
    return out

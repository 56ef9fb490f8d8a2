"""The headline numbers in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.contests import endings, option_names
from sim.analysis.resolved import find_observed, names_of, observations
from sim.analysis.tables import Table, number, tally
from sim.report.summaries import Quantiles, quantiles_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ENOUGH", "headline", "numbers", "probability_words", "share_words"]

#: Below this many draws neither bounds nor hits of intervals are told.
ENOUGH = 20
#: Options named one by one in a sentence.
NAMED = 4


def share_words(q: Quantiles) -> str:
    """Return ``80.7 % in the median draw and 76.0 to 84.7 % in nine of ten``."""
    low, _, median, _, high = (100 * value for value in q)
    if low == high:
        return f"{median:.1f} %"
    return f"{median:.1f} % in the median draw and {low:.1f} to {high:.1f} % in nine of ten"


def probability_words(p: float, limit: float, draws: int) -> str:
    """Return a probability with what the number of draws allows to say about it."""
    times = round(p * draws)
    if p in (0, 1) and draws < ENOUGH:
        return tally(times, draws)
    if p in (0, 1):
        words = "less" if p == 0 else "more"
        digits = int(min(6, max(1, 1 - math.floor(math.log10(100 * min(limit, 1 - limit))))))
        return f"{tally(times, draws)} (with 95 % confidence {words} than {100 * limit:.{digits}f} %)"
    error = 100 * math.sqrt(p * (1 - p) / draws)
    digits = int(min(4, max(0, 1 - math.floor(math.log10(error)))))
    return f"{100 * p:.{digits}f} % of the draws (± {error:.{digits}f}; {times:,} of {draws:,})"


def _winners(summary: xr.Dataset, end: str, draws: int) -> str:
    p = summary[f"winner_probability{end}"].values
    limits = summary[f"winner_probability_bound{end}"].values
    names = option_names(summary, end)
    order = [int(i) for i in np.argsort(-p, kind="stable") if p[i] > 0]
    if not order:
        return "Nobody wins in any draw."
    first, *others = order
    text = f"{names[first]} wins in {probability_words(float(p[first]), float(limits[first]), draws)}"
    shown = others[:NAMED]
    for i in shown:
        text += f", {names[i]} in {_short(float(p[i]))}"
    rest = len(others) - len(shown)
    if rest:
        text += f", {rest} other{'s' * (rest > 1)} in {_short(float(p[others[len(shown) :]].sum()))}"
    nobody = float(summary[f"no_winner_probability{end}"])
    if nobody:
        text += f", nobody in {_short(nobody)}"
    return text + "."


def _short(p: float) -> str:
    """Return a probability in percent with two figures."""
    percent = 100 * p
    digits = max(0, 1 - math.floor(math.log10(percent))) if percent < 10 else 1
    return f"{percent:.{digits}f} %"


def _decided(summary: xr.Dataset, end: str, draws: int) -> Iterator[str]:
    """Yield sentences on what the rule of a contest decides."""
    if f"winner_probability{end}" in summary:
        yield _winners(summary, end, draws)
    if f"seats{end}" in summary:
        yield _seats(summary, end)
    if f"runoff_probability{end}" in summary:
        p, limit = (float(summary[f"runoff_probability{x}{end}"]) for x in ("", "_bound"))
        yield f"A second round is held in {probability_words(p, limit, draws)}."
    if float(summary.get(f"tied_probability{end}", 0)) > 0:
        times = round(float(summary[f"tied_probability{end}"]) * draws)
        yield f"Equal votes had to be settled in {tally(times, draws)}."


def _seats(summary: xr.Dataset, end: str) -> str:
    seats = summary[f"seats{end}"]
    names = option_names(summary, end)
    low, median, high = (seats.sel(statistic=q).values for q in ("q05", "q50", "q95"))
    order = [int(i) for i in np.argsort(-seats.sel(statistic="mean").values, kind="stable") if high[i] > 0]
    if not order:
        return "No seat is filled."
    parts = [f"{names[i]} {median[i]:.0f} ({low[i]:.0f} to {high[i]:.0f})" for i in order[: 2 * NAMED]]
    rest = len(order) - len(parts)
    more = f", and {rest} other{'s' * (rest > 1)}" if rest else ""
    return f"Seats in the median draw, and in nine of ten: {', '.join(parts)}{more}."


def headline(summary: xr.Dataset) -> list[str]:
    """Return sentences: who wins how often, what seats there are, whether a second round is held, the turnout."""
    draws = int(summary.attrs["draws"])
    out = []
    for end in endings(summary):
        start = f"{end[1:]}: " if end else ""
        out += [start + sentence for sentence in _decided(summary, end, draws)]
    text = f"Turnout is {share_words(quantiles_of(summary['turnout']))}"
    seen = find_observed(observations(summary), "turnout")
    if seen is not None:
        text += f"; {100 * seen:.2f} % were observed"
    out.append(text + ".")
    return out


def numbers(summary: xr.Dataset) -> Table:
    """Return the national figures beside what was observed."""
    figures = observations(summary)
    rows: list[tuple[str, ...]] = []

    def row(label: str, q: Quantiles, seen: float | None) -> None:
        low, _, median, _, high = (number(100 * value, 1) for value in q)
        cells: tuple[str, ...] = (label, median, f"{low} to {high}")
        if figures:
            cells = (*cells, "–" if seen is None else number(100 * seen, 2))
        rows.append(cells)

    row("Turnout", quantiles_of(summary["turnout"]), find_observed(figures, "turnout"))
    row("Invalid ballots", quantiles_of(summary["invalid_share"]), find_observed(figures, "invalid_share"))
    rows.append(("Share of the valid votes",))
    for i, (key, name) in enumerate(names_of(summary, "option").items()):
        row(name, quantiles_of(summary["vote_share"].isel(option=i)), find_observed(figures, "vote_share", option=key))
    head = ("", "median, %", "90 % of draws", *(("observed, %",) if figures else ()))
    return Table("", head, tuple(rows))

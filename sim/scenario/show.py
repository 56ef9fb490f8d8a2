"""Scenarios as text: for a terminal, a notebook, a file."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

__all__ = ["show", "summary_html", "summary_text"]

Form = Literal["short", "resolved", "changes"]


def show(scenario: Scenario, form: Form = "short") -> str:
    """Return a scenario as text.

    Parameters
    ----------
    scenario
        What to show.
    form
        ``short``: as written, variants and changes laid on it; ``resolved``: with every default and table
        written out; ``changes``: one line for each entry changed, old → new and where.
    """
    if form == "changes":
        return "".join(f"{change}\n" for change in scenario.changes)
    if form not in ("short", "resolved"):
        raise ValueError(f"form is 'short', 'resolved' or 'changes', not {form!r}")
    return scenario.to_yaml(resolved=form == "resolved")


def _rows(scenario: Scenario) -> Iterator[tuple[str, str]]:
    if scenario.date:
        yield "date", scenario.date
    world = scenario.world
    stations = f", {len(world.stations):,} polling stations" if world.has_stations else ""
    yield "regions", f"{world.n_regions}{stations}"
    if world.has_groups:
        traits = ", ".join(f"{trait} ({len(values)})" for trait, values in world.strata.traits.items())
        yield "groups", f"{world.n_groups}: {traits}"
    names = [option.name for option in world.listed_options]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    yield "options", ", ".join(names[:8]) + more
    yield "parts", ", ".join(f"{stage} {one.model}" for stage, one in scenario.sections.items())
    for contest in scenario.contests:
        if contest.sections:
            parts = ", ".join(f"{stage} {one.model}" for stage, one in contest.sections.items())
            yield contest.name, f"{contest.world.n_options} options, {parts}"
    yield "rules", ", ".join(f"{name} {one.model}" for name, one in scenario.rules.items())
    seed = "drawn at run time" if scenario.run.seed is None else str(scenario.run.seed)
    yield "run", f"{scenario.run.draws:,} draws, seed {seed}"
    if scenario.observed:
        yield "observed", f"{len(scenario.observed)} figures"
    if scenario.priors:
        yield "fit", f"priors of {', '.join(scenario.priors)}"
    if scenario.changes:
        yield "changes", str(len(scenario.changes))
    yield "file", scenario.source_path


def summary_text(scenario: Scenario) -> str:
    """Return a few lines that say what a scenario is."""
    lines = [f"Scenario: {scenario.title}", *(f"  {name:<9} {text}" for name, text in _rows(scenario))]
    return "\n".join(" ".join(line.split()) if "\n" in line else line for line in lines)


def summary_html(scenario: Scenario) -> str:
    """Return the same as a table for notebooks."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
        f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
        for name, text in _rows(scenario)
    )
    return f"<div><b>{html.escape(scenario.title)}</b><table>{rows}</table></div>"

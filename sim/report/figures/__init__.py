"""Figures: one per file, each a function from a result (or its summary) to a matplotlib Figure."""

from __future__ import annotations

from sim.report.figures.margin import margin
from sim.report.figures.shares import shares
from sim.report.figures.turnout import turnout
from sim.report.figures.turnout_difference import turnout_difference
from sim.report.figures.turnout_map import turnout_map

__all__ = ["margin", "shares", "turnout", "turnout_difference", "turnout_map"]

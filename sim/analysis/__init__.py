"""Analysis: from the draws of a result to shares, summaries and scores.

Every function takes a result (`xarray.Dataset` with the dims ``draw, region, option``) and returns a new
Dataset or DataArray.  Counts are read in pieces, so that results larger than memory can be summarised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.analysis.pairwise import pairwise
from sim.analysis.score import score
from sim.analysis.shares import invalid_share, majority_margin, margin, nation, turnout, vote_share
from sim.analysis.summary import summary

if TYPE_CHECKING:
    from sim.analysis.datasets import Scores, Summary

__all__ = [
    "Scores",
    "Summary",
    "invalid_share",
    "majority_margin",
    "margin",
    "nation",
    "pairwise",
    "score",
    "summary",
    "turnout",
    "vote_share",
]


def __getattr__(name: str) -> Any:
    if name in ("Scores", "Summary"):
        from sim.analysis import datasets

        return getattr(datasets, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Metrics of results: disproportionality, fragmentation, districts, power, and what ballots say of a rule.

Each is a function that keeps ``draw`` and every dim it does not sum over, and names its unit in ``attrs``.
"""

from __future__ import annotations

from sim.analysis.metrics.disproportionality import (
    cox_shugart,
    dhondt,
    farina,
    gallagher,
    gini,
    grofman,
    kullback_leibler,
    lijphart,
    loosemore_hanby,
    rae,
    sainte_lague,
)
from sim.analysis.metrics.fragmentation import effective_number, herfindahl, largest_share, majority_size

__all__ = [
    "cox_shugart",
    "dhondt",
    "effective_number",
    "farina",
    "gallagher",
    "gini",
    "grofman",
    "herfindahl",
    "kullback_leibler",
    "largest_share",
    "lijphart",
    "loosemore_hanby",
    "majority_size",
    "rae",
    "sainte_lague",
]

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
from sim.analysis.metrics.districts import efficiency_gap, mean_median, partisan_bias, seats_votes, swing_ratio
from sim.analysis.metrics.fragmentation import effective_number, herfindahl, largest_share, majority_size
from sim.analysis.metrics.paradoxes import monotonicity_failure, no_show_failure
from sim.analysis.metrics.power import banzhaf, coalitions, minimal_winning, shapley_shubik
from sim.analysis.metrics.preferences import condorcet_efficiency, condorcet_winner, has_cycle, majorities
from sim.analysis.metrics.standard import standard
from sim.analysis.metrics.utility import social_utility_efficiency, voter_satisfaction_efficiency

__all__ = [
    "banzhaf",
    "coalitions",
    "condorcet_efficiency",
    "condorcet_winner",
    "cox_shugart",
    "dhondt",
    "effective_number",
    "efficiency_gap",
    "farina",
    "gallagher",
    "gini",
    "grofman",
    "has_cycle",
    "herfindahl",
    "kullback_leibler",
    "largest_share",
    "lijphart",
    "loosemore_hanby",
    "majorities",
    "majority_size",
    "mean_median",
    "minimal_winning",
    "monotonicity_failure",
    "no_show_failure",
    "partisan_bias",
    "rae",
    "sainte_lague",
    "seats_votes",
    "shapley_shubik",
    "social_utility_efficiency",
    "standard",
    "swing_ratio",
    "voter_satisfaction_efficiency",
]

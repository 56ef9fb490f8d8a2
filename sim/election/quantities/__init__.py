"""Numbers that a user may write: plain, uncertain, or given by region, group or option.

``0.2`` is a number, ``{normal: [0.2, 0.05], source: …, evidence: A}`` a number drawn once per draw,
``{default: 0.2, KZ-75: 0.4}`` (or a table with the columns ``region`` and ``value``) a number per region.
Where groups of voters may differ a key is a region, a group or both, as `sim.election.strata` reads it.
The functions `quantity`, `per_region`, `per_stratum`, `per_option` make the pydantic types with their bounds; what they
give is turned into arrays by `sim.election.world.World`.
"""

from sim.election.quantities.distribution import FAMILIES, NOTES, Distribution, Value, known
from sim.election.quantities.keyed import Keyed
from sim.election.quantities.numbers import Bounds, Faults, near, number
from sim.election.quantities.shares import Shares
from sim.election.quantities.types import per_group, per_option, per_region, per_stratum, quantity, shares

__all__ = [
    "FAMILIES",
    "NOTES",
    "Bounds",
    "Distribution",
    "Faults",
    "Keyed",
    "Shares",
    "Value",
    "known",
    "near",
    "number",
    "per_group",
    "per_option",
    "per_region",
    "per_stratum",
    "quantity",
    "shares",
]

"""Numbers that a user may write: plain, uncertain, or given by region or option.

``0.2`` is a number, ``{normal: [0.2, 0.05], source: …, evidence: A}`` a number drawn once per draw,
``{default: 0.2, KZ-75: 0.4}`` (or a table with the columns ``region`` and ``value``) a number per region.
The functions `quantity`, `per_region`, `per_option` make the pydantic types with their bounds; what they
give is turned into arrays by `sim.election.world.World`.
"""

from sim.election.quantities.distribution import FAMILIES, NOTES, Distribution, Value
from sim.election.quantities.keyed import Keyed
from sim.election.quantities.numbers import Bounds, Faults, near, number
from sim.election.quantities.shares import Shares
from sim.election.quantities.types import per_option, per_region, quantity, shares

__all__ = [
    "FAMILIES",
    "NOTES",
    "Bounds",
    "Distribution",
    "Faults",
    "Keyed",
    "Shares",
    "Value",
    "near",
    "number",
    "per_option",
    "per_region",
    "quantity",
    "shares",
]

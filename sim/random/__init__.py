"""Counter-based randomness: the only place where chance enters."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.random.lanes import Lanes
    from sim.random.streams import Chance, Stream
    from sim.random.vectors import dirichlet, multinomial, multivariate_normal, multivariate_t, normals

__all__ = [
    "Chance",
    "Lanes",
    "Stream",
    "dirichlet",
    "multinomial",
    "multivariate_normal",
    "multivariate_t",
    "normals",
]

_HOMES = {
    "Chance": "sim.random.streams",
    "Lanes": "sim.random.lanes",
    "Stream": "sim.random.streams",
    "dirichlet": "sim.random.vectors",
    "multinomial": "sim.random.vectors",
    "multivariate_normal": "sim.random.vectors",
    "multivariate_t": "sim.random.vectors",
    "normals": "sim.random.vectors",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)

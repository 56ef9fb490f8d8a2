"""Lanes: which (draw, element) pairs a block computes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.numeric.arrays import solid

__all__ = ["Lanes"]

_LIMIT = 1 << 32


class Lanes:
    """The (draw, element) pairs of one block, draw slowest.

    Parameters
    ----------
    draw, element
        uint32 arrays of one size: the global number of the draw and the number of the unit in each lane.
    shape
        (draws, elements), whose product is that size; results of a stream have this shape.

    Attributes
    ----------
    run
        Number of elements where the draws are known to be consecutive and all to have the same elements, else 0.
        It makes samplers faster and changes no number.
    """

    def __init__(self, draw: NDArray[np.uint32], element: NDArray[np.uint32], shape: tuple[int, int]) -> None:
        if draw.shape != element.shape or draw.size != shape[0] * shape[1]:
            raise ValueError(f"draw {draw.shape} and element {element.shape} must both hold {shape} lanes")
        self.draw = solid(draw, np.uint32).reshape(-1)
        self.element = solid(element, np.uint32).reshape(-1)
        self.shape = (int(shape[0]), int(shape[1]))
        self.run = 0

    @classmethod
    def grid(cls, first: int, count: int, elements: NDArray[np.uint32] | Sequence[int]) -> Lanes:
        """Every element of ``elements`` in each of the draws first, …, first + count − 1.

        Raises
        ------
        ValueError
            If a draw or an element is not in [0, 2³²).
        """
        units = np.asarray(elements)
        if first < 0 or count < 0 or first + count > _LIMIT:
            raise ValueError(f"draws [{first}, {first + count}) are not in [0, 2**32)")
        if units.ndim != 1:
            raise ValueError(f"elements must have one axis, got shape {units.shape}")
        if units.size and (int(units.min()) < 0 or int(units.max()) >= _LIMIT):
            raise ValueError("elements must lie in [0, 2**32)")
        draws = np.arange(first, first + count, dtype=np.uint64).astype(np.uint32)
        out = cls.of(draws, units.astype(np.uint32))
        out.run = units.size if out.size else 0
        return out

    @classmethod
    def of(cls, draws: NDArray[np.uint32], elements: NDArray[np.uint32]) -> Lanes:
        """Every element of ``elements`` in each of the given draws."""
        draw, element = np.repeat(draws, elements.size), np.tile(elements, draws.size)
        return cls(draw, element, (draws.size, elements.size))

    def later(self, draws: int, out: NDArray[np.uint32]) -> Lanes:
        """The same grid so many draws later; ``out`` is memory for its draws."""
        moved = Lanes(np.add(self.draw, np.uint32(draws), out=out), self.element, self.shape)
        moved.run = self.run
        return moved

    @property
    def size(self) -> int:
        """Number of lanes."""
        return self.draw.size

    @cached_property
    def once(self) -> Lanes:
        """The same draws with the single element 0: for what all units of a draw share; shape (draws, 1)."""
        count, elements = self.shape
        draw = self.draw[::elements] if elements else np.empty(0, np.uint32)
        count = count if elements else 0
        out = Lanes(draw, np.zeros(count, np.uint32), (count, 1))
        out.run = min(self.run, 1)
        return out

    def __repr__(self) -> str:
        return f"Lanes(draws={self.shape[0]}, elements={self.shape[1]})"

"""What a variable of a result is: declared once, checked on writing, printed in the reference."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Variable"]


@dataclass(frozen=True)
class Variable:
    """Declaration of one result variable.

    Parameters
    ----------
    name, dims, dtype
        As they stand in the Dataset; a dim ending in ``?`` is there only where it varies.
    units
        ``people``, ``ballots``, ``votes``, ``seats``, ``1`` …
    meaning
        One sentence.
    invariant
        What holds for its values, in words.
    minimum, maximum
        Bounds that are checked on writing; None where there is none.
    indexes
        The dim into which the values point (``winner`` points into ``option``), −1 for none.
    """

    name: str
    dims: tuple[str, ...]
    dtype: str
    units: str
    meaning: str
    invariant: str = ""
    minimum: float | None = None
    maximum: float | None = None
    indexes: str | None = None

"""Plain numbers: what is accepted as one, within which bounds, and the words for what is not."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Bounds", "Faults", "near", "number", "show_value"]


class Faults(ValueError):
    """Several faults inside one value, each with its path below that value."""

    def __init__(self, *faults: tuple[tuple[str | int, ...], str]) -> None:
        self.faults = faults
        super().__init__("; ".join(message for _, message in faults))


def number(value: Any) -> float:
    """Return a finite float or raise ``ValueError`` saying what was found."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = ""
        if isinstance(value, str):
            text = value.strip()
            if text.endswith("%"):
                hint = _percent_hint(text[:-1])
            elif "," in text:
                hint = "; decimals are written with a point"
        raise ValueError(f"expected a number, got {show_value(value)}{hint}")
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {value}")
    return float(value)


def show_value(value: Any) -> str:
    """Return a value as it is named in a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:37] + "…")
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return f"{value:.10g}" if isinstance(value, float) else str(value)[:60]


def _percent_hint(text: str) -> str:
    try:
        return f"; did you mean {float(text.replace(',', '.')) / 100:g}?"
    except ValueError:
        return ""


@dataclass(frozen=True)
class Bounds:
    """A closed interval with the words to use when a number lies outside it."""

    low: float = -math.inf
    high: float = math.inf

    def words(self) -> str:
        """Return what is allowed, in words."""
        if self.low == 0 and self.high == 1:
            return "a share in [0, 1]"
        if math.isinf(self.high):
            return "a number" if math.isinf(self.low) else f"a number ≥ {self.low:g}"
        return f"a number in [{self.low:g}, {self.high:g}]"

    def check(self, value: float) -> float:
        """Return the value, or raise ``ValueError`` if it lies outside."""
        if self.low <= value <= self.high:
            return value
        hint = ""
        if (self.low, self.high) == (0, 1) and 1 < value <= 100:
            hint = f"; did you mean {value / 100:g}?"
        raise ValueError(f"expected {self.words()}, got {value:g}{hint}")


def near(name: str, known: Any) -> str:
    """Return ``; did you mean 'x'?`` or nothing."""
    match = difflib.get_close_matches(name[:80], [str(k) for k in known], n=1, cutoff=0.6)
    return f"; did you mean {match[0]!r}?" if match else ""

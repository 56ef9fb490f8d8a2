"""Numbers drawn once per draw: the families of distributions and how they are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.election.quantities.numbers import Bounds, Faults, near, number, show_value

__all__ = ["FAMILIES", "NOTES", "Distribution", "Value", "known", "plain_value", "read_value"]


@dataclass(frozen=True)
class Family:
    """A family of distributions: the names of its numbers, their bounds and the support."""

    parameters: tuple[str, ...]
    check: Callable[..., str]
    support: Callable[..., tuple[float, float]]
    formula: str


def _positive(**values: float) -> str:
    bad = [name for name, value in values.items() if not value > 0]
    return f"{' and '.join(bad)} must be above 0" if bad else ""


#: The distributions of the language.  ``lognormal`` and ``logit_normal`` are given by their median.
FAMILIES: dict[str, Family] = {
    "normal": Family(("mean", "sd"), lambda m, s: _positive(sd=s), lambda m, s: (-math.inf, math.inf), "mean + sd·Z"),
    "student_t": Family(
        ("location", "scale", "df"),
        lambda m, s, v: _positive(scale=s, df=v),
        lambda m, s, v: (-math.inf, math.inf),
        "location + scale·Z·√(df/χ²(df))",
    ),
    "lognormal": Family(
        ("median", "sigma"),
        lambda m, s: _positive(median=m, sigma=s),
        lambda m, s: (0, math.inf),
        "median·exp(sigma·Z)",
    ),
    "logit_normal": Family(
        ("median", "sd"),
        lambda m, s: _positive(sd=s) or ("" if 0 < m < 1 else "the median must lie between 0 and 1"),
        lambda m, s: (0, 1),
        "logistic(logit(median) + sd·Z)",
    ),
    "uniform": Family(
        ("low", "high"),
        lambda a, b: "" if a < b else "low must be below high",
        lambda a, b: (a, b),
        "low + (high − low)·U",
    ),
    "triangular": Family(
        ("low", "mode", "high"),
        lambda a, c, b: "" if a <= c <= b and a < b else "low ≤ mode ≤ high must hold",
        lambda a, c, b: (a, b),
        "triangle with its top at the mode",
    ),
    "beta": Family(("a", "b"), lambda a, b: _positive(a=a, b=b), lambda a, b: (0, 1), "Beta(a, b), mean a/(a + b)"),
    "gamma": Family(
        ("shape", "scale"),
        lambda k, s: _positive(shape=k, scale=s),
        lambda k, s: (0, math.inf),
        "scale·Gamma(shape), mean shape·scale",
    ),
}

NOTES = ("source", "evidence", "note")


@dataclass(frozen=True)
class Distribution:
    """A number drawn once per draw.

    Attributes
    ----------
    family
        Key of `FAMILIES`.
    parameters
        Its numbers, in the order of the family.
    within
        Interval to which it is truncated, or None.
    notes
        ``source``, ``evidence``, ``note`` as written.
    """

    family: str
    parameters: tuple[float, ...]
    within: tuple[float, float] | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def support(self) -> tuple[float, float]:
        """Smallest interval that holds every value."""
        low, high = FAMILIES[self.family].support(*self.parameters)
        if self.within is not None:
            low, high = max(low, self.within[0]), min(high, self.within[1])
        return low, high

    @property
    def inside(self) -> float:
        """A value well inside the support, off the centre, where a parameter may do nothing."""
        p = self.parameters
        match self.family:
            case "normal" | "student_t":
                middle = p[0] + 0.25 * p[1]
            case "uniform":
                middle = 0.4 * p[0] + 0.6 * p[1]
            case "triangular":
                middle = 0.3 * p[0] + 0.3 * p[1] + 0.4 * p[2]
            case "beta":
                middle = p[0] / (p[0] + p[1])
            case "gamma":
                middle = p[0] * p[1]
            case _:
                middle = p[0]
        low, high = self.support
        if low < middle < high:
            return middle
        # Truncated to one of its tails.
        ends = (low if math.isfinite(low) else high - 1, high if math.isfinite(high) else low + 1)
        return 0.4 * ends[0] + 0.6 * ends[1]

    def plain(self) -> dict[str, Any]:
        """Return it as it is written in a file."""
        out: dict[str, Any] = {self.family: list(self.parameters)}
        if self.within is not None:
            out["within"] = list(self.within)
        return {**out, **self.notes}

    @classmethod
    def parse(cls, value: Mapping[str, Any], bounds: Bounds) -> Distribution:
        """Read a mapping such as ``{normal: [2.0, 2.5], evidence: A}``; `Faults` if it is wrong."""
        families = [key for key in value if key in FAMILIES]
        unknown = [key for key in value if key not in FAMILIES and key not in (*NOTES, "within")]
        if len(families) != 1 or unknown:
            raise Faults(*_family_faults(value, families, unknown))
        family = families[0]
        parameters = _numbers(value[family], family, FAMILIES[family].parameters)
        wrong = FAMILIES[family].check(*parameters)
        if wrong:
            raise Faults(((family,), f"{wrong}, got {list(parameters)}"))
        within = None
        if "within" in value:
            low, high = _numbers(value["within"], "within", ("low", "high"))
            if not low < high:
                raise Faults((("within",), f"low must be below high, got [{low:g}, {high:g}]"))
            within = (low, high)
        notes = {key: str(value[key]) for key in NOTES if value.get(key) is not None}
        made = cls(family, parameters, within, notes)
        made._check_support(bounds)
        return made

    def _check_support(self, bounds: Bounds) -> None:
        low, high = self.support
        if low >= high:
            raise Faults((("within",), f"nothing of this {self.family} lies within {list(self.within or ())}"))
        if low < bounds.low or high > bounds.high:
            fence = [
                bounds.low if math.isfinite(bounds.low) else low,
                bounds.high if math.isfinite(bounds.high) else high,
            ]
            raise Faults(
                (
                    (self.family,),
                    f"can fall outside of what is allowed, {bounds.words()}; "
                    f"add 'within: [{fence[0]:g}, {fence[1]:g}]'",
                )
            )


def _family_faults(
    value: Mapping[str, Any], families: list[str], unknown: list[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if len(families) > 1:
        yield (), f"names two distributions ({', '.join(families)}); give one"
    for key in unknown:
        known = (*FAMILIES, "within", *NOTES)
        yield (
            (str(key),),
            f"unknown key; a distribution is one of {', '.join(FAMILIES)}{near(str(key), known)}",
        )
    if not families and not unknown:
        yield (), f"expected a number or a distribution ({', '.join(FAMILIES)})"


def _numbers(value: Any, key: str, names: tuple[str, ...]) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or len(value) != len(names):
        raise Faults(((key,), f"expected [{', '.join(names)}], got {show_value(value)}"))
    out, faults = [], []
    for i, item in enumerate(value):
        try:
            out.append(number(item))
        except ValueError as error:
            faults.append(((key, i), str(error)))
    if faults:
        raise Faults(*faults)
    return tuple(out)


Value = float | Distribution


def read_value(value: Any, bounds: Bounds) -> Value:
    """Read a number or a distribution within bounds."""
    if isinstance(value, Distribution):
        return value
    if isinstance(value, Mapping):
        return Distribution.parse(value, bounds)
    return bounds.check(number(value))


def known(value: Value | None) -> float:
    """Return a value that is a plain number.

    Raises
    ------
    TypeError
        If it is a distribution or nothing; a check of the part should have told so.
    """
    if isinstance(value, int | float):
        return float(value)
    raise TypeError(f"expected a plain number, got {value!r}")


def plain_value(value: Any) -> Any:
    """Return a value as it is written in a file."""
    return value.plain() if hasattr(value, "plain") else value

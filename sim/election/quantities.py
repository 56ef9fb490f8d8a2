"""Numbers that a user may write: plain, uncertain, or given by region or option.

``0.2`` is a number, ``{normal: [0.2, 0.05], source: …, evidence: A}`` a number drawn once per draw,
``{default: 0.2, KZ-75: 0.4}`` (or a table with the columns ``region`` and ``value``) a number per region.
The functions `quantity`, `per_region`, `per_option` make the pydantic types with their bounds; what they
give is turned into arrays by `sim.election.world.World`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

__all__ = [
    "FAMILIES",
    "Distribution",
    "Faults",
    "Keyed",
    "Shares",
    "number",
    "per_option",
    "per_region",
    "quantity",
    "shares",
]

Plain = float | int | str | None | list[Any] | dict[str, Any]


class Faults(ValueError):
    """Several faults inside one value, each with its path below that value."""

    def __init__(self, *faults: tuple[tuple[str | int, ...], str]) -> None:
        self.faults = faults
        super().__init__("; ".join(message for _, message in faults))


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
    "normal": Family(
        ("mean", "sd"), lambda m, s: _positive(sd=s), lambda m, s: (-math.inf, math.inf), "mean + sd·Z"
    ),
    "student_t": Family(
        ("location", "scale", "df"),
        lambda m, s, v: _positive(scale=s, df=v),
        lambda m, s, v: (-math.inf, math.inf),
        "location + scale·Z·√(df/χ²(df))",
    ),
    "lognormal": Family(
        ("median", "sigma"), lambda m, s: _positive(median=m, sigma=s), lambda m, s: (0, math.inf), "median·exp(sigma·Z)"
    ),
    "logit_normal": Family(
        ("median", "sd"),
        lambda m, s: _positive(sd=s) or ("" if 0 < m < 1 else "the median must lie between 0 and 1"),
        lambda m, s: (0, 1),
        "logistic(logit(median) + sd·Z)",
    ),
    "uniform": Family(
        ("low", "high"), lambda a, b: "" if a < b else "low must be below high", lambda a, b: (a, b), "low + (high − low)·U"
    ),
    "triangular": Family(
        ("low", "mode", "high"),
        lambda a, c, b: "" if a <= c <= b and a < b else "low ≤ mode ≤ high must hold",
        lambda a, c, b: (a, b),
        "triangle with its top at the mode",
    ),
    "beta": Family(
        ("a", "b"), lambda a, b: _positive(a=a, b=b), lambda a, b: (0, 1), "Beta(a, b), mean a/(a + b)"
    ),
    "gamma": Family(
        ("shape", "scale"),
        lambda k, s: _positive(shape=k, scale=s),
        lambda k, s: (0, math.inf),
        "scale·Gamma(shape), mean shape·scale",
    ),
}

NOTES = ("source", "evidence", "note")


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
        raise ValueError(f"expected a number, got {_show(value)}{hint}")
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {value}")
    return float(value)


def _show(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:37] + "…")
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


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
        if self.low == 0 and self.high == 1:
            return "a share in [0, 1]"
        if math.isinf(self.high):
            return "a number" if math.isinf(self.low) else f"a number ≥ {self.low:g}"
        return f"a number in [{self.low:g}, {self.high:g}]"

    def check(self, value: float) -> float:
        if self.low <= value <= self.high:
            return value
        hint = ""
        if (self.low, self.high) == (0, 1) and 1 < value <= 100:
            hint = f"; did you mean {value / 100:g}?"
        raise ValueError(f"expected {self.words()}, got {value:g}{hint}")


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
            fence = [bounds.low if math.isfinite(bounds.low) else low, bounds.high if math.isfinite(bounds.high) else high]
            raise Faults(
                (
                    (self.family,),
                    f"can fall outside of what is allowed, {bounds.words()}; add 'within: [{fence[0]:g}, {fence[1]:g}]'",
                )
            )


def _family_faults(
    value: Mapping[str, Any], families: list[str], unknown: list[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if len(families) > 1:
        yield (), f"names two distributions ({', '.join(families)}); give one"
    for key in unknown:
        known = (*FAMILIES, "within", *NOTES)
        yield (str(key),), f"unknown key; a distribution is one of {', '.join(FAMILIES)}{near(str(key), known)}"
    if not families and not unknown:
        yield (), f"expected a number or a distribution ({', '.join(FAMILIES)})"


def near(name: str, known: Any) -> str:
    """Return ``; did you mean 'x'?`` or nothing."""
    import difflib

    match = difflib.get_close_matches(name, [str(k) for k in known], n=1, cutoff=0.6)
    return f"; did you mean {match[0]!r}?" if match else ""


def _numbers(value: Any, key: str, names: tuple[str, ...]) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or len(value) != len(names):
        raise Faults(((key,), f"expected [{', '.join(names)}], got {_show(value)}"))
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


def _value(value: Any, bounds: Bounds) -> Value:
    if isinstance(value, Distribution):
        return value
    if isinstance(value, Mapping):
        return Distribution.parse(value, bounds)
    return bounds.check(number(value))


@dataclass(frozen=True)
class Keyed:
    """A value for each region or option: ``default`` where none is named."""

    kind: str
    default: Value | None = None
    values: Mapping[str, Value] = field(default_factory=dict)

    def of(self, key: str) -> Value | None:
        """Return the value of one region or option, None where there is neither value nor default."""
        return self.values.get(key, self.default)

    def plain(self) -> Plain:
        """Return it as it is written in a file."""
        if not self.values and self.default is not None:
            return _plain(self.default)
        head = {} if self.default is None else {"default": _plain(self.default)}
        return {**head, **{key: _plain(value) for key, value in self.values.items()}}

    def check(self, known: tuple[str, ...], complete: bool = True) -> Iterator[tuple[str, str]]:
        """Yield (key, message) for names that do not exist and, if ``complete``, for those left out."""
        for key in self.values:
            if key not in known:
                yield key, f"there is no {self.kind} {key!r}{near(key, known)}"
        missing = [key for key in known if self.of(key) is None]
        if complete and missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            yield "", f"no value for the {self.kind} {', '.join(missing[:5])}{more}; name it or give a 'default'"


def _plain(value: Any) -> Any:
    if isinstance(value, Distribution | Keyed | Shares):
        return value.plain()
    return value


def _rows_to_mapping(rows: list[Any], kind: str, where: tuple[str | int, ...] = ()) -> dict[str, tuple[Any, int, str]]:
    """Turn table rows into {key: (value, row, column)}; the column is ``value`` or the only numeric one."""
    faults: list[tuple[tuple[str | int, ...], str]] = []
    out: dict[str, tuple[Any, int, str]] = {}
    column = _value_column(rows, kind)
    for i, row in enumerate(rows):
        key = str(row[kind])
        if key in out:
            faults.append(((*where, i, kind), f"{kind} {key!r} stands twice (first in row {out[key][1] + 1})"))
        else:
            out[key] = (row[column], i, column)
    if faults:
        raise Faults(*faults)
    return out


def _value_column(rows: list[Any], kind: str) -> str:
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        raise Faults(((), f"expected a table with the columns '{kind}' and 'value'"))
    if kind not in rows[0]:
        raise Faults(((), f"the table has no column '{kind}' (columns: {', '.join(map(str, rows[0]))})"))
    if "value" in rows[0]:
        return "value"
    numeric = [
        column
        for column in rows[0]
        if column != kind and all(isinstance(row.get(column), int | float) for row in rows)
    ]
    if len(numeric) != 1:
        found = f"{len(numeric)} numeric columns ({', '.join(numeric)})" if numeric else "no numeric column"
        raise Faults(((), f"the table has no column 'value' and {found}; call the right one 'value'"))
    return str(numeric[0])


def _keyed(value: Any, kind: str, bounds: Bounds) -> Keyed:
    if isinstance(value, Keyed):
        return value
    if isinstance(value, list):
        rows = _rows_to_mapping(value, kind)
        items = {key: (item, (row, column)) for key, (item, row, column) in rows.items()}
    elif isinstance(value, Mapping) and not _looks_like_distribution(value):
        items = {str(key): (item, (str(key),)) for key, item in value.items()}
    else:
        return Keyed(kind, _value(value, bounds))
    faults: list[tuple[tuple[str | int, ...], str]] = []
    out: dict[str, Value] = {}
    for key, (item, where) in items.items():
        try:
            out[key] = _value(item, bounds)
        except Faults as error:
            faults.extend(((*where, *path), message) for path, message in error.faults)
        except ValueError as error:
            faults.append((where, str(error)))
    if faults:
        raise Faults(*faults)
    return Keyed(kind, out.pop("default", None), out)


def _looks_like_distribution(value: Mapping[str, Any]) -> bool:
    return any(key in FAMILIES for key in value)


@dataclass(frozen=True)
class Shares:
    """Shares of the options, for the nation or by region; each set sums to one."""

    national: Mapping[str, Value] | None = None
    regional: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    def of(self, region: str) -> Mapping[str, Value] | None:
        """Return the shares that hold in a region."""
        return self.regional.get(region, self.national)

    @property
    def fixed(self) -> bool:
        """Whether no share is a distribution."""
        sets = [*self.regional.values(), *([self.national] if self.national else [])]
        return not any(isinstance(value, Distribution) for one in sets for value in one.values())

    def plain(self) -> Plain:
        """Return it as it is written in a file."""
        if not self.regional:
            return {key: _plain(value) for key, value in (self.national or {}).items()}
        rows = [{"region": r, **{k: _plain(v) for k, v in one.items()}} for r, one in self.regional.items()]
        if self.national:
            rows.insert(0, {"region": "default", **{k: _plain(v) for k, v in self.national.items()}})
        return rows


SUM_TOLERANCE = 2e-4


def _share_set(
    value: Mapping[str, Any], where: tuple[str | int, ...], faults: list[tuple[tuple[str | int, ...], str]]
) -> dict[str, Value]:
    out: dict[str, Value] = {}
    before = len(faults)
    for key, item in value.items():
        try:
            out[str(key)] = _value(item, Bounds(0, 1))
        except Faults as error:
            faults.extend(((*where, key, *path), message) for path, message in error.faults)
        except ValueError as error:
            faults.append(((*where, key), str(error)))
    fixed = [item for item in out.values() if not isinstance(item, Distribution)]
    if len(faults) == before and len(fixed) == len(out):
        total = math.fsum(fixed)
        if abs(total - 1) > SUM_TOLERANCE:
            faults.append((where, f"the shares sum to {total:.6g}, not to 1"))
    return out


def _shares(value: Any) -> Shares:
    if isinstance(value, Shares):
        return value
    faults: list[tuple[tuple[str | int, ...], str]] = []
    if isinstance(value, Mapping) and value:
        made = Shares(_share_set(value, (), faults))
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) and "region" in row for row in value):
        regional: dict[str, dict[str, Value]] = {}
        for i, row in enumerate(value):
            region = str(row["region"])
            if region in regional:
                faults.append(((i, "region"), f"region {region!r} stands twice"))
            body = {key: item for key, item in row.items() if key not in ("region", *NOTES, "name", "status")}
            regional[region] = _share_set(body, (i,), faults)
        made = Shares(regional.pop("default", None), regional)
    else:
        raise Faults(((), "expected shares by option, or a table with the column 'region' and one per option"))
    if faults:
        raise Faults(*faults)
    return made


_DISTRIBUTION_SCHEMA = {
    "type": "object",
    "description": "a number drawn once per draw",
    "properties": {
        **{
            name: {"type": "array", "description": f"[{', '.join(f.parameters)}]: {f.formula}"}
            for name, f in FAMILIES.items()
        },
        "within": {"type": "array", "description": "[low, high]: truncate to this interval"},
        **{name: {"type": "string"} for name in NOTES},
    },
    "additionalProperties": False,
    "minProperties": 1,
}


def _number_schema(bounds: Bounds) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "number"}
    if math.isfinite(bounds.low):
        schema["minimum"] = bounds.low
    if math.isfinite(bounds.high):
        schema["maximum"] = bounds.high
    return {"anyOf": [schema, _DISTRIBUTION_SCHEMA]}


def quantity(low: float = -math.inf, high: float = math.inf) -> Any:
    """Return the type of a number in [low, high] that may be a distribution."""
    bounds = Bounds(low, high)
    return Annotated[
        Any,
        PlainValidator(lambda value: _value(value, bounds)),
        PlainSerializer(_plain),
        WithJsonSchema(_number_schema(bounds)),
    ]


def _keyed_type(kind: str, bounds: Bounds) -> Any:
    one = _number_schema(bounds)
    schema = {
        "anyOf": [
            *one["anyOf"],
            {"type": "object", "additionalProperties": one, "description": f"{kind}: value, and 'default'"},
            {"type": "string", "pattern": r"\.csv$", "description": f"table with the columns '{kind}' and 'value'"},
            {"type": "array", "items": {"type": "object"}},
        ]
    }
    return Annotated[
        Any,
        PlainValidator(lambda value: _keyed(value, kind, bounds)),
        PlainSerializer(_plain),
        WithJsonSchema(schema),
    ]


def per_region(low: float = -math.inf, high: float = math.inf) -> Any:
    """Return the type of a number, or one per region (mapping or table)."""
    return _keyed_type("region", Bounds(low, high))


def per_option(low: float = -math.inf, high: float = math.inf) -> Any:
    """Return the type of a number, or one per option (mapping or table)."""
    return _keyed_type("option", Bounds(low, high))


def shares() -> Any:
    """Return the type of a set of shares that sums to one, national or by region."""
    return Annotated[
        Any,
        PlainValidator(_shares),
        PlainSerializer(_plain),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "object", "additionalProperties": _number_schema(Bounds(0, 1))},
                    {"type": "string", "pattern": r"\.csv$"},
                    {"type": "array", "items": {"type": "object"}},
                ]
            }
        ),
    ]

"""Correlations as a user writes them: one number for all pairs, or pairs ``{name: {name: correlation}}``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.election.quantities import Bounds, Faults, near, number

__all__ = ["Correlation", "correlation_faults", "correlation_matrix", "read_correlation"]

Correlation = float | Mapping[str, Mapping[str, float]]


def read_correlation(value: Any, kind: str) -> Correlation | None:
    """Read a correlation or pairs of names of one ``kind``, the word to use in messages."""
    bounds = Bounds(-1, 1)
    if value is None or isinstance(value, int | float):
        return None if value is None else bounds.check(number(value))
    if not isinstance(value, Mapping):
        raise ValueError(f"expected a correlation in [-1, 1] or pairs {{{kind}: {{{kind}: correlation}}}}")
    faults: list[tuple[tuple[str | int, ...], str]] = []
    out: dict[str, dict[str, float]] = {}
    for a, row in value.items():
        if not isinstance(row, Mapping):
            faults.append(((str(a),), f"expected {{{kind}: correlation}}"))
            continue
        for b, item in row.items():
            try:
                out.setdefault(str(a), {})[str(b)] = bounds.check(number(item))
            except ValueError as error:
                faults.append(((str(a), str(b)), str(error)))
    if faults:
        raise Faults(*faults)
    return out


def correlation_matrix(value: Correlation | None, names: tuple[str, ...]) -> NDArray[np.float64] | None:
    """Return the correlation matrix over ``names``, None where all are independent."""
    if value is None or value == 0 or value == {}:
        return None
    if isinstance(value, int | float):
        out = np.full((len(names), len(names)), float(value))
    else:
        out = np.zeros((len(names), len(names)))
        for a, row in value.items():
            for b, item in row.items():
                i, j = names.index(a), names.index(b)
                out[i, j] = out[j, i] = item
    np.fill_diagonal(out, 1.0)
    return out


def correlation_faults(value: Correlation | None, names: tuple[str, ...], kind: str) -> Iterator[tuple[str, str]]:
    """Yield (path, message) for names that do not exist, and for correlations that cannot exist together."""
    unknown = False
    if isinstance(value, Mapping):
        for a, row in value.items():
            for name, path in [(a, a), *((b, f"{a}.{b}") for b in row)]:
                if name not in names:
                    unknown = True
                    yield path, f"there is no {kind} {name!r}{near(name, names)}"
            if a in row:
                unknown = True
                article = "an" if kind[0] in "aeiou" else "a"
                yield f"{a}.{a}", f"{article} {kind} is not correlated with itself by choice"
    matrix = None if unknown else correlation_matrix(value, names)
    pair = None if matrix is None else _not_definite(matrix)
    if pair is not None:
        yield "", f"no such correlations exist together: see the pair {names[pair[0]]!r}, {names[pair[1]]!r}"


def _not_definite(matrix: NDArray[np.float64]) -> tuple[int, int] | None:
    """Return the pair at which a correlation matrix stops being positive semidefinite."""
    k = len(matrix)
    low = np.zeros_like(matrix)
    for i in range(k):
        for j in range(i + 1):
            rest = matrix[i, j] - float(low[i, :j] @ low[j, :j])
            if i == j:
                if rest < -1e-9:
                    return int(np.argmax(np.abs(low[i, :i]))), i
                low[i, i] = np.sqrt(max(rest, 0.0))
            elif low[j, j] > 1e-9:
                low[i, j] = rest / low[j, j]
            elif abs(rest) > 1e-7:
                return j, i
    return None

"""Compiled loops of ``sim.numeric.linear``."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline, kernel

__all__ = ["TILE", "cholesky_rows", "correlate_planes", "correlate_rows"]

TILE = 256


@kernel
def cholesky_rows(matrix: Any, factor: Any) -> Any:
    """Fill ``factor`` row by row; returns the failing pair, or (-1, -1)."""
    k = matrix.shape[0]
    for i in range(k):
        widest = i
        for j in range(i):
            total = matrix[i, j]
            for m in range(j):
                total -= factor[i, m] * factor[j, m]
            slack = 1e-12 * np.sqrt(abs(matrix[i, i] * matrix[j, j]))
            if factor[j, j] > 0.0:
                factor[i, j] = total / factor[j, j]
            elif not (abs(total) <= slack):
                return j, i
            if widest == i or abs(factor[i, j]) > abs(factor[i, widest]):
                widest = j
        pivot = matrix[i, i]
        for m in range(i):
            pivot -= factor[i, m] * factor[i, m]
        slack = 1e-13 * k * abs(matrix[i, i])
        if not (matrix[i, i] >= 0.0):
            return i, i
        if not (pivot >= -slack):
            return widest, i
        factor[i, i] = np.sqrt(pivot) if pivot > slack else 0.0
    return -1, -1


@inline
def _scaled(row: Any, factor: Any) -> None:
    for i in range(row.size):
        row[i] *= factor


@inline
def _one(row: Any, a: Any, z: Any) -> None:
    for i in range(row.size):
        row[i] += a * z[i]


@inline
def _four(row: Any, a: Any, z0: Any, b: Any, z1: Any, c: Any, z2: Any, d: Any, z3: Any) -> None:
    for i in range(row.size):
        row[i] = (((row[i] + a * z0[i]) + b * z1[i]) + c * z2[i]) + d * z3[i]


@inline
def _mix(factor: Any, planes: Any, start: Any, stop: Any) -> None:
    """Factor @ planes in place: the last row first, so that no row is overwritten before it is used."""
    k = factor.shape[0]
    for back in range(k):
        i = k - 1 - back
        row = planes[i, start:stop]
        _scaled(row, factor[i, i])
        j = 0
        while j + 4 <= i:
            _four(
                row,
                factor[i, j],
                planes[j, start:stop],
                factor[i, j + 1],
                planes[j + 1, start:stop],
                factor[i, j + 2],
                planes[j + 2, start:stop],
                factor[i, j + 3],
                planes[j + 3, start:stop],
            )
            j += 4
        while j < i:
            _one(row, factor[i, j], planes[j, start:stop])
            j += 1


@kernel
def correlate_planes(factor: Any, planes: Any) -> None:
    """(k, lanes) in place."""
    lanes = planes.shape[1]
    for start in range(0, lanes, TILE):
        _mix(factor, planes, start, min(start + TILE, lanes))


@kernel
def correlate_rows(factor: Any, z: Any, out: Any, planes: Any) -> None:
    """(rows, k): a tile of rows is turned into planes, mixed and turned back."""
    rows, k = z.shape
    for start in range(0, rows, TILE):
        count = min(TILE, rows - start)
        for i in range(count):
            for j in range(k):
                planes[j, i] = z[start + i, j]
        _mix(factor, planes, 0, count)
        for i in range(count):
            for j in range(k):
                out[start + i, j] = planes[j, i]

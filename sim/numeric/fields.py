"""Fields of log-odds over draws, strata and cells, one pass each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import kernel

__all__ = ["around_regions", "group_means", "segment_means", "share_factor", "spread", "to_cells", "to_strata"]

F32 = NDArray[np.float32]


def _fit(**shapes: tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]) -> None:
    """Refuse arrays that a kernel would read or write beyond."""
    for name, (found, allowed) in shapes.items():
        if found not in allowed:
            raise ValueError(f"{name} has the shape {found}, not {' or '.join(map(str, allowed))}")


@kernel
def _share_factor(z: Any, shared: Any, own: Any) -> None:
    for row in range(z.shape[0]):
        part, common = z[row], shared[row]
        for i in range(part.size):
            part[i] = common + own * part[i]


def share_factor(z: F32, shared: F32, correlation: float) -> F32:
    """Return ``√c·shared + √(1 − c)·z`` in the memory of ``z``: equal correlations c in [0, 1].

    Parameters
    ----------
    z
        (…, region) independent standard normal deviates; overwritten.
    shared
        (…) standard normal deviates, one for all regions.
    """
    _fit(shared=(shared.shape, (z.shape[:-1],)))
    weighted = np.float32(np.sqrt(correlation)) * shared
    own = np.float32(np.sqrt(1.0 - correlation))
    _share_factor(z.reshape(-1, z.shape[-1]), weighted.reshape(-1), own)
    return z


@kernel
def _spread(base: Any, common: Any, z: Any, sd: Any, scale: Any, out: Any) -> None:
    base_draws, sd_draws = base.shape[1] > 1, sd.shape[0] > 1
    for o in range(z.shape[0]):
        for d in range(z.shape[1]):
            b, s = base[o, d if base_draws else 0], sd[d if sd_draws else 0]
            c, t = common[o, d], scale[d]
            row, noise = out[o, d], z[o, d]
            for r in range(z.shape[2]):
                row[r] = b[r] + t * (c + s[r] * noise[r])


def spread(base: F32, common: F32, z: F32, sd: F32, scale: F32, out: F32) -> F32:
    """Return ``base + scale·(common + sd·z)``.

    Parameters
    ----------
    base
        (option, 1 or draw, region) log-odds at zero swing.
    common
        (option, draw) swing shared by all regions.
    z
        (option, draw, region) standard normal deviates.
    sd
        (1 or draw, region).
    scale
        (draw,) tail factor.
    out
        (option, draw, region).
    """
    options, draws, regions = out.shape
    _fit(
        base=(base.shape, ((options, 1, regions), out.shape)),
        common=(common.shape, ((options, draws),)),
        z=(z.shape, (out.shape,)),
        sd=(sd.shape, ((1, regions), (draws, regions))),
        scale=(scale.shape, ((draws,),)),
    )
    _spread(base, common, z, sd, scale, out)
    return out


@kernel
def _to_strata(field: Any, base: Any, shift: Any, groups: int, out: Any) -> None:
    base_draws = base.shape[1] > 1
    for o in range(field.shape[0]):
        for d in range(field.shape[1]):
            b, s, row = base[o, d if base_draws else 0], shift[o, d], out[o, d]
            for r in range(field.shape[2]):
                common = field[o, d, r]
                for g in range(groups):
                    row[r * groups + g] = b[r * groups + g] + (common + s[g])


def to_strata(field: F32, base: F32, shift: F32, out: F32) -> F32:
    """Return ``base + (field of the region + shift of the group)``.

    Parameters
    ----------
    field
        (option, draw, region).
    base
        (option, 1 or draw, stratum), group fastest.
    shift
        (option, draw, group).
    out
        (option, draw, stratum).
    """
    options, draws, strata = out.shape
    groups = shift.shape[-1]
    _fit(
        field=(field.shape, ((options, draws, strata // groups),)),
        base=(base.shape, ((options, 1, strata), out.shape)),
        shift=(shift.shape, ((options, draws, groups),)),
    )
    _to_strata(field, base, shift, groups, out)
    return out


@kernel
def _to_cells(field: Any, offsets: Any, groups: int, out: Any) -> None:
    for row in range(field.shape[0]):
        for region in range(len(offsets) - 1):
            values = field[row, region * groups : (region + 1) * groups]
            for unit in range(offsets[region], offsets[region + 1]):
                part = out[row, unit * groups : (unit + 1) * groups]
                for g in range(groups):
                    part[g] = values[g]


def to_cells(field: F32, offsets: NDArray[np.int64], out: F32) -> F32:
    """Give every cell the value of its stratum: (…, draw, stratum) → (…, draw, cell).

    ``offsets``, (regions + 1,), holds the first unit of each region.
    """
    groups = field.shape[-1] // (len(offsets) - 1)
    _fit(
        field=(field.shape, ((*out.shape[:-1], groups * (len(offsets) - 1)),)),
        out=(out.shape, ((*field.shape[:-1], groups * int(offsets[-1])),)),
    )
    _to_cells(field.reshape(-1, field.shape[-1]), offsets, groups, out.reshape(-1, out.shape[-1]))
    return out


@kernel
def _around_regions(field: Any, offsets: Any, sd: Any, z: Any) -> None:
    varies = len(sd) > 1
    for row in range(field.shape[0]):
        s = sd[row % len(sd) if varies else 0]
        for region in range(len(offsets) - 1):
            value = field[row, region]
            part = z[row, offsets[region] : offsets[region + 1]]
            for i in range(part.size):
                part[i] = value + s * part[i]


@kernel
def _around_strata(field: Any, offsets: Any, groups: int, sd: Any, z: Any, out: Any) -> None:
    varies = len(sd) > 1
    for row in range(field.shape[0]):
        s = sd[row % len(sd) if varies else 0]
        for region in range(len(offsets) - 1):
            values = field[row, region * groups : (region + 1) * groups]
            for unit in range(offsets[region], offsets[region + 1]):
                noise = s * z[row, unit]
                part = out[row, unit * groups : (unit + 1) * groups]
                for g in range(groups):
                    part[g] = values[g] + noise


def around_regions(field: F32, offsets: NDArray[np.int64], sd: F32, z: F32, out: F32) -> F32:
    """Return the value of each cell's stratum plus ``sd·z`` of its unit.

    Parameters
    ----------
    field
        (…, draw, stratum), group fastest.
    offsets
        (regions + 1,): first unit of each region.
    sd
        (1 or draw,).
    z
        (…, draw, unit).
    out
        (…, draw, cell); without groups it may be ``z``.
    """
    rows = field.reshape(-1, field.shape[-1])
    noise, target = z.reshape(-1, z.shape[-1]), out.reshape(-1, out.shape[-1])
    size = np.ascontiguousarray(sd.ravel())
    groups = field.shape[-1] // (len(offsets) - 1)
    units, lead = int(offsets[-1]), field.shape[:-1]
    _fit(
        field=(field.shape, ((*lead, groups * (len(offsets) - 1)),)),
        z=(z.shape, ((*lead, units),)),
        out=(out.shape, ((*lead, groups * units),)),
        sd=(size.shape, ((1,), lead[-1:])),
    )
    if groups == 1 and out is z:
        _around_regions(rows, offsets, size, noise)
    else:
        _around_strata(rows, offsets, groups, size, noise, target)
    return out


@kernel
def _group_means(values: Any, weights: Any, groups: int, draws: int, out: Any) -> None:
    varies = weights.shape[0] > 1
    for row in range(out.shape[0]):
        w, v = weights[row % draws if varies else 0], values[row]
        for place in range(out.shape[1]):
            total = 0.0
            mass = 0.0
            plain = 0.0
            for i in range(place * groups, (place + 1) * groups):
                total += w[i] * np.float64(v[i])
                mass += w[i]
                plain += np.float64(v[i])
            out[row, place] = np.float32(total / mass if mass > 0.0 else plain / groups)


def group_means(values: F32, weights: NDArray[Any], groups: int) -> F32:
    """Return the weighted mean of the groups of each place: (…, draw, place · group) → (…, draw, place).

    ``weights``, (1 or draw, place · group), are not negative; where all of a place are 0 they count as equal.
    """
    out = np.empty((*values.shape[:-1], values.shape[-1] // groups), np.float32)
    flat = np.ascontiguousarray(values).reshape(-1, values.shape[-1])
    mass = np.ascontiguousarray(weights, np.float64)
    _group_means(flat, mass, groups, values.shape[-2], out.reshape(len(flat), -1))
    return out


@kernel
def _segment_means(values: Any, weights: Any, offsets: Any, out: Any) -> None:
    varies = weights.shape[0] > 1
    for row in range(out.shape[0]):
        w, v = weights[row if varies else 0], values[row]
        for place in range(out.shape[1]):
            total = 0.0
            mass = 0.0
            plain = 0.0
            for i in range(offsets[place], offsets[place + 1]):
                total += w[i] * v[i]
                mass += w[i]
                plain += v[i]
            count = max(offsets[place + 1] - offsets[place], 1)
            out[row, place] = total / mass if mass > 0.0 else plain / count


def segment_means(
    values: NDArray[np.float64], weights: NDArray[Any], offsets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the weighted mean of each segment: (draw, cell) → (draw, place).

    Parameters
    ----------
    values
        (draw, cell); the cells of a place stand together.
    weights
        (1 or draw, cell), not negative; where all of a place are 0 they count as equal.
    offsets
        (places + 1,): first cell of each place and the number of cells.
    """
    out = np.empty((len(values), len(offsets) - 1))
    _segment_means(np.ascontiguousarray(values), np.ascontiguousarray(weights, np.float64), offsets, out)
    return out

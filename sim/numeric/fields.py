"""Fields of log-odds over draws and units, one pass each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import kernel

__all__ = ["around_regions", "share_factor", "spread", "to_units"]

F32 = NDArray[np.float32]


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
    _spread(base, common, z, sd, scale, out)
    return out


@kernel
def _to_units(field: Any, offsets: Any, out: Any) -> None:
    for row in range(field.shape[0]):
        for region in range(len(offsets) - 1):
            value = field[row, region]
            part = out[row, offsets[region] : offsets[region + 1]]
            for i in range(part.size):
                part[i] = value


def to_units(field: F32, offsets: NDArray[np.int64], out: F32) -> F32:
    """Give every unit the value of its region: (…, draw, region) → (…, draw, unit)."""
    _to_units(field.reshape(-1, field.shape[-1]), offsets, out.reshape(-1, out.shape[-1]))
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


def around_regions(field: F32, offsets: NDArray[np.int64], sd: F32, z: F32) -> F32:
    """Return the value of each unit's region plus ``sd·z``, in the memory of ``z``.

    Parameters
    ----------
    field
        (…, draw, region).
    offsets
        (regions + 1,): first unit of each region.
    sd
        (1 or draw,).
    z
        (…, draw, unit); overwritten.
    """
    _around_regions(
        field.reshape(-1, field.shape[-1]), offsets, np.ascontiguousarray(sd.ravel()), z.reshape(-1, z.shape[-1])
    )
    return z

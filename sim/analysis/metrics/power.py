"""Power in a house: who can make a losing coalition win, exactly.

Every function takes a Dataset with ``seats``, or the seats.  A coalition wins with at least ``quota`` seats: by default
more than half of the house; a whole number of seats, a DataArray of them (by draw), or a share of the house as a
fraction such as ``"2/3"``, which is then the least number of seats that is no less.  Options without seats have no
power.  At most 62 options may have seats in one draw.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.analysis.metrics.arguments import F64, I64, counts_of, measured, over_options
from sim.errors import ResultError

if TYPE_CHECKING:
    import xarray as xr

    Quota = int | str | Fraction | xr.DataArray | None

__all__ = ["banzhaf", "coalitions", "minimal_winning", "shapley_shubik"]

#: Between the members in the name of a coalition.
BETWEEN = "+"

#: Coalitions that are listed at most.
MOST_LISTED = 100_000


def banzhaf(
    source: xr.Dataset | xr.DataArray,
    quota: Quota = None,
    kind: Literal["normalised", "absolute", "swings"] = "normalised",
) -> xr.DataArray:
    """Return the Banzhaf index of every option, with the dim ``option``.

    Parameters
    ----------
    source
        A Dataset with ``seats``, or the seats.
    quota
        Seats that win.
    kind
        ``normalised``: swings as a share of all swings, NaN where no coalition wins; ``absolute``: the chance that
        the option decides when every other one votes either way with probability ½; ``swings``: the number of
        coalitions, of options with seats, that lose without it and win with it.
    """
    if kind not in ("normalised", "absolute", "swings"):
        raise ResultError(f"kind={kind!r}: expected 'normalised', 'absolute' or 'swings'")
    from sim.numeric.power import swings

    game = _Game(source, quota)
    out = np.zeros_like(game.seats)
    swings(game.seats, game.quotas, out)
    if kind == "swings":
        return game.by_option(out, "banzhaf_swings", "coalitions that win only with the option", "coalitions")
    if kind == "absolute":
        values = out / 2.0 ** np.maximum((game.seats > 0).sum(-1, keepdims=True) - 1, 0)
        return game.by_option(values, "banzhaf_absolute", "probability that the option decides")
    # The sum of the swings of 62 members may leave int64.
    total = out.astype(np.float64).sum(-1, keepdims=True)
    return game.by_option(_where(total > 0, out, total), "banzhaf", "Banzhaf index, share of all swings")


def shapley_shubik(source: xr.Dataset | xr.DataArray, quota: Quota = None) -> xr.DataArray:
    """Return the Shapley–Shubik index: the share of all orders of the options in which each is pivotal.

    It sums to 1 over the options; NaN where no coalition wins.
    """
    from sim.numeric.power import pivots

    game = _Game(source, quota)
    out = np.zeros(game.seats.shape)
    pivots(game.seats, game.quotas, out)
    wins = (game.quotas <= game.seats.sum(-1))[:, None]
    return game.by_option(np.where(wins, out, np.nan), "shapley_shubik", "Shapley–Shubik index, share of all orders")


def minimal_winning(source: xr.Dataset | xr.DataArray, quota: Quota = None) -> xr.Dataset:
    """Count the minimal winning coalitions: those that win and lose when any member leaves.

    Returns
    -------
    xarray.Dataset
        ``minimal_winning``, their number, and ``minimal_winning_with`` (option), the number that each option is in.
    """
    import xarray as xr

    from sim.numeric.power import minimal_winning as count_them

    game = _Game(source, quota)
    count, holding = np.zeros(len(game.seats), np.int64), np.zeros_like(game.seats)
    count_them(game.seats, game.quotas, count, holding)
    number = measured(
        count.reshape(game.shape[:-1]), game.like, "minimal_winning", "minimal winning coalitions", "coalitions"
    )
    members = game.by_option(holding, "minimal_winning_with", "minimal winning coalitions with it", "coalitions")
    return xr.Dataset({str(a.name): a for a in (number, members)})


def coalitions(source: xr.Dataset | xr.DataArray, quota: Quota = None) -> xr.DataArray:
    """List the minimal winning coalitions, and say in which draws each is one.

    Returns
    -------
    xarray.DataArray
        bool, with the last dim ``coalition``, named as ``a+b``: every coalition that is minimal winning in some draw,
        the members in the order of the options.  Its mean over draws is the probability.

    Raises
    ------
    ResultError
        If there are more than 100,000; `minimal_winning` counts them.
    """
    import xarray as xr

    game = _Game(source, quota)
    games, where = np.unique(np.column_stack([game.seats, game.quotas]), axis=0, return_inverse=True)
    found: list[list[int]] = []
    numbers: dict[int, int] = {}
    for one in games:
        sets = _list_minimal(one[:-1].tolist(), int(one[-1]), MOST_LISTED - len(numbers))
        found.append([numbers.setdefault(members, len(numbers)) for members in sets])
    is_one = np.zeros((len(games), len(numbers)), bool)
    for row, columns in zip(is_one, found):
        row[columns] = True
    names = [str(o) for o in game.options]
    labels = [BETWEEN.join(n for o, n in enumerate(names) if members >> o & 1) for members in numbers]
    like = game.like.isel(option=0, drop=True)
    dims = (*like.dims, "coalition")
    values = is_one[where.ravel()].reshape(*like.shape, len(labels))
    attrs = {"long_name": "whether the coalition is minimal winning", "units": "1"}
    return xr.DataArray(values, {**like.coords, "coalition": np.array(labels, object)}, dims, "coalitions", attrs)


def _list_minimal(seats: list[int], quota: int, most: int) -> list[int]:
    """Return the minimal winning coalitions as sets of bits, larger members first."""
    order = sorted((o for o, n in enumerate(seats) if n > 0), key=lambda o: (-seats[o], o))
    left = [0] * (len(order) + 1)
    for i in range(len(order) - 1, -1, -1):
        left[i] = left[i + 1] + seats[order[i]]
    out: list[int] = []
    stack = [(0, 0, 0)]
    while stack:
        place, members, held = stack.pop()
        if held + left[place] < quota:
            continue
        joined = held + seats[order[place]]
        stack.append((place + 1, members, held))
        if joined < quota:
            stack.append((place + 1, members | 1 << order[place], joined))
        else:
            # Members joined from the largest on, so that without the last one it loses.
            out.append(members | 1 << order[place])
            if len(out) > most:
                raise ResultError(f"more than {MOST_LISTED:,} minimal winning coalitions; minimal_winning counts them")
    return out


def _where(some: Any, over: Any, under: Any) -> F64:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(some, over / under, np.nan)


class _Game:
    """Seats (game, option) and quotas (game,) of every draw."""

    def __init__(self, source: xr.Dataset | xr.DataArray, quota: Quota) -> None:
        from sim.numeric.power import MOST_MEMBERS

        self.like = counts_of(source, "seats")
        (values,) = over_options(self.like)
        self.shape = values.shape
        self.seats: I64 = values.reshape(-1, values.shape[-1])
        most = int((self.seats > 0).sum(-1).max(initial=0))
        if most > MOST_MEMBERS:
            raise ResultError(f"seats: {most} options with seats, more than the {MOST_MEMBERS} whose coalitions fit")
        self.options = self.like["option"].values
        self.quotas = self._quotas(quota)
        if (self.quotas < 1).any():
            raise ResultError(f"quota: {int(self.quotas.min())} seats; expected at least 1")

    def _quotas(self, quota: Quota) -> I64:
        import xarray as xr

        house = self.seats.sum(-1)
        if quota is None:
            return np.asarray(house // 2 + 1, np.int64)
        if isinstance(quota, xr.DataArray):
            like = self.like.isel(option=0, drop=True)
            if not set(quota.dims) <= set(like.dims) or quota.dtype.kind not in "iu":
                raise ResultError(f"quota: expected whole numbers with some of the dims {tuple(like.dims)}")
            return np.asarray(xr.broadcast(quota, like)[0].transpose(*like.dims).values.reshape(-1), np.int64)
        if isinstance(quota, int | np.integer):
            return np.full(len(house), int(quota), np.int64)
        try:
            share = Fraction(quota) if isinstance(quota, str | Fraction) else Fraction(0)
        except (ValueError, ZeroDivisionError):
            share = Fraction(0)
        if not 0 < share <= 1:
            raise ResultError(f"quota={quota!r}: expected seats, or a share of the house such as '2/3'")
        least: I64 = -(-house * share.numerator // share.denominator)
        return np.maximum(least, 1)

    def by_option(self, values: Any, name: str, meaning: str, units: str = "1") -> xr.DataArray:
        """Return values of every game and option."""
        return measured(values.reshape(self.shape), self.like, name, meaning, units, options=True)

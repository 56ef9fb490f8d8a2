"""A fitted panel, and what it predicts, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.tables import Table, number, percent

if TYPE_CHECKING:
    import xarray as xr

    from sim.analysis.calibrate.panel import Panel

__all__ = ["page", "prediction_page"]

WORDS = {
    "region": "regions, lasting",
    "national": "national, by vote",
    "residual": "regions, by vote",
}
METHODS = {"ml": "maximum likelihood", "reml": "restricted maximum likelihood"}


def page(panel: Panel) -> tuple[list[str], list[Table]]:
    """Return the lines and tables as which a panel prints."""
    ds = panel.table
    head = [
        f"Swings fitted to {ds.attrs['cells']} figures of {ds.attrs['regions']} regions by "
        f"{METHODS[str(ds.attrs['method'])]}, log-likelihood {ds.attrs['log_likelihood']:.3f}",
        f"Votes: {ds.attrs['votes']}",
    ]
    rows = tuple(
        (
            _component(str(name)),
            number(float(ds["sd"].values[i]), 3),
            *(number(float(ds[key].values[i]), 3) for key in ("sd_se", "low", "high")),
        )
        for i, name in enumerate(ds["component"].values)
    )
    note = "±: standard error from the observed information. An sd of 0 is the end of its range and has none."
    sizes = Table("Standard deviations, log-odds", ("", "sd", "±", "95 % from", "to"), rows, note)
    effects = tuple(
        (str(name), number(float(ds["effect"].values[i]), 3), number(float(ds["effect_sd"].values[i]), 3))
        for i, name in enumerate(ds["region"].values)
    )
    means = tuple(
        (str(name), number(float(ds["mean"].values[i]), 3), number(float(ds["mean_se"].values[i]), 3))
        for i, name in enumerate(ds["mean_component"].values)
    )
    note = "Of a region: its lasting deviation from the mean, shrunk towards it."
    return head, [sizes, Table("Means and lasting effects, log-odds", ("", "", "±"), (*means, *effects), note)]


def _component(name: str) -> str:
    return f"{name}, by vote" if name.startswith("block ") else WORDS[name]


def prediction_page(ds: xr.Dataset) -> tuple[list[str], list[Table]]:
    """Return the lines and tables as which a prediction prints."""
    observed = "observed" in ds
    levels = [f"{100 * level:.0f} %" for level in ds["level"].values]
    head = [f"Regions given the national turnout {percent(float(ds.attrs['national']))} %, from {ds.attrs['votes']}"]
    if observed:
        n = int(np.isfinite(ds["observed"].values).sum())
        covered = ", ".join(f"{int(k)} of {n} in {level}" for k, level in zip(ds["covered"].values, levels))
        head.append(f"RMSE {percent(float(ds['rmse']))} points, unweighted; observed inside: {covered}")
    rows = []
    for i, name in enumerate(ds["region"].values):
        cells = [str(name), percent(float(ds["median"].values[i]))]
        if observed:
            truth = float(ds["observed"].values[i])
            cells += [percent(truth), percent(float(ds["median"].values[i]) - truth)]
        for j in range(len(levels)):
            cells.append(f"{percent(ds['low'].values[j, i], 1)}–{percent(ds['high'].values[j, i], 1)}")
        rows.append(tuple(cells))
    columns = ("", "median", *(("observed", "error") if observed else ()), *levels)
    note = "The sizes of the swings are taken as fitted; that they are estimates would widen the intervals."
    return head, [Table("Turnout by region, %", columns, tuple(rows), note)]

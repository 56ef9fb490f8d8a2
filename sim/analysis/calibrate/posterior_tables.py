"""A posterior as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.calibrate.fit_tables import WORDS
from sim.analysis.calibrate.posterior import LEAST_ESS, MOST_RHAT
from sim.analysis.tables import Table, number, percent

if TYPE_CHECKING:
    from sim.analysis.calibrate.bayes import Posterior

__all__ = ["page"]

#: From here a correlation is told, because the file does not keep it.
STRONG = 0.5
#: From here a figure is far from its prediction.
FAR = 3.0


def page(posterior: Posterior) -> tuple[list[str], list[Table]]:
    """Return the lines and tables as which a posterior prints."""
    ds = posterior.table
    a, k = ds.attrs, ds.sizes["target"]
    head = [
        f"{a['title']}: posterior of {ds.sizes['parameter']} parameter{'s' * (ds.sizes['parameter'] != 1)} "
        f"given {k} figure{'s' * (k != 1)}",
        f"{a['walkers']} walkers, {a['burn']:,} + {a['steps']:,} steps of {a['draws']:,} draws, seed {a['seed']}; "
        f"{percent(float(a['acceptance']), 0)} % of the proposals accepted",
        *_warnings(posterior),
    ]
    tables = [_parameters(posterior), _figures(posterior)]
    if posterior.unfitted:
        tables.append(Table("Not used", ("", "why"), posterior.unfitted, left=2))
    return head, tables


def _warnings(posterior: Posterior) -> Iterator[str]:
    ds = posterior.table
    if posterior.doubtful:
        yield (
            f"WARNING: not converged (effective sample below {LEAST_ESS} or R-hat above {MOST_RHAT}): "
            f"{', '.join(posterior.doubtful)}; take more steps"
        )
    if posterior.unidentified:
        paths = ", ".join(posterior.unidentified)
        yield f"Not identified by these figures, posterior and prior agree (contraction below 0.05): {paths}"
    if posterior.medians:
        yield f"Held by their median, since their fields take no distribution: {', '.join(posterior.medians)}"
    names, r = ds["parameter"].values, ds["correlation"].values
    for i, j in zip(*np.nonzero(np.triu(np.abs(r) > STRONG, 1))):
        yield f"{names[i]} and {names[j]} are correlated, {number(float(r[i, j]))}; the scenario holds each by itself"
    far = np.abs(ds["z"].values) > FAR
    if far.any():
        labels = ", ".join(map(str, ds["target"].values[far]))
        yield f"WARNING: the model does not reach, by more than {FAR:g} sd of its prediction: {labels}"
    if int(ds.attrs["impossible"]):
        yield (
            f"{int(ds.attrs['impossible']):,} of {int(ds.attrs['tried']):,} places tried are no valid scenario "
            f"and count as impossible; the first: {ds.attrs['reason']}"
        )


def _parameters(posterior: Posterior) -> Table:
    ds = posterior.table
    columns = ("prior_mean", "prior_sd", "mean", "sd", "q05", "q50", "q95")
    rows = []
    for i, path in enumerate(ds["parameter"].values):
        values = [float(ds[name].values[i]) for name in columns]
        digits = _decimals(min(values[1], values[3]))
        told = (
            number(float(ds["contraction"].values[i]), 2),
            number(float(ds["ess"].values[i]), 0),
            number(float(ds["rhat"].values[i]), 3),
        )
        rows.append((str(path), *(number(value, digits) for value in values), *told))
    head = ("", "prior", "sd", "posterior", "sd", "5 %", "50 %", "95 %", "contraction", "ESS", "R-hat")
    note = "contraction = 1 − posterior variance / prior variance; ESS: effective sample size."
    return Table("Parameters", head, tuple(rows), note)


def _decimals(sd: float) -> int:
    """Return the decimals with which an sd shows three digits."""
    return int(np.clip(2 - np.floor(np.log10(max(sd, 1e-9))), 0, 9))


def _figures(posterior: Posterior) -> Table:
    ds = posterior.table
    world = posterior.scenario.world
    names = {**world.layout.names, **{option.id: option.name for option in world.listed_options}}
    rows: list[tuple[str, ...]] = []
    before = ""
    for i, label in enumerate(ds["variable"].values):
        if str(label) != before:
            before = str(label)
            rows.append((f"{WORDS[before]}, %",))
        where = [str(ds[name].values[i]) for name in ("region", "option")]
        what = ", ".join(names.get(one, one) for one in where if one) or "nation"
        p = float(ds["predicted"].values[i])
        goal = float(ds["goal"].values[i])
        own, sd = goal * (1 - goal) * float(ds["goal_sd"].values[i]), p * (1 - p) * float(ds["predicted_sd"].values[i])
        rows.append(
            (
                f"  {what}",
                percent(goal),
                percent(own) if own else "–",
                percent(p),
                percent(sd),
                number(float(ds["z"].values[i])),
            )
        )
    note = "prediction: of the posterior, ±: its sd with the swings of the scenario; z: their distance in sd."
    return Table("Figures", ("", "observed", "±", "prediction", "±", "z"), tuple(rows), note)

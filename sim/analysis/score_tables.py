"""The scores of a result as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.analysis.pieces import RATIOS
from sim.analysis.tables import Table, number, percent

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["figure_table", "group_table", "page"]

WORDS = {
    "shares": "all shares",
    "vote_share": "vote share",
    "turnout": "turnout",
    "invalid_share": "invalid ballots, share",
    "invalid_ballots": "invalid ballots",
    "ballots_cast": "ballots cast",
    "registered": "registered",
    "votes": "votes",
}


def page(ds: xr.Dataset) -> tuple[list[str], list[Table]]:
    """Return the lines and tables as which scores print."""
    draws, n = int(ds.attrs["draws"]), ds.sizes["observation"]
    title = ds.attrs.get("title") or "Result"
    head = [f"{title}: {n} observed figure{'s' * (n != 1)} against {draws:,} draws"]
    return head, [group_table(ds), figure_table(ds)]


def _scaled(value: float, variable: str, digits: int = 2) -> str:
    return percent(value, digits) if variable in RATIOS or variable == "shares" else number(value, 0)


def group_table(ds: xr.Dataset) -> Table:
    """Return the mean scores and coverages by group."""
    rows = []
    for g, name in enumerate(str(key) for key in ds["group"].values):
        m = int(ds["count"].values[g])
        if m == 0:
            continue
        rows.append(
            (
                WORDS.get(name, name),
                str(m),
                _scaled(ds["rms_error"].values[g], name),
                _scaled(ds["mean_crps"].values[g], name, 3),
                _scaled(ds["mean_crps_mcse"].values[g], name, 3),
                number(ds["mean_log_score"].values[g]),
                number(ds["mean_log_score_mcse"].values[g], 3),
                *(f"{int(k)} of {m}" for k in ds["covered"].values[:, g]),
            )
        )
    left_out = int(ds["fixed"].sum())
    note = (
        "Shares in percentage points; log score in nats per figure; smaller is better. "
        "Figures of one election hang together."
    )
    if left_out:
        many = f"{left_out} figures that every draw reproduces are inputs and are"
        note += f" {'1 figure that every draw reproduces is an input and is' if left_out == 1 else many}"
        note += " left out here."
    levels = tuple(f"in {100 * level:.0f} %" for level in ds["level"].values)
    head = ("", "n", "RMS error", "CRPS", "±", "log score", "±", *levels)
    return Table("Scores", head, tuple(rows), note)


def figure_table(ds: xr.Dataset) -> Table:
    """Return the scores figure by figure."""
    rows: list[tuple[str, ...]] = []
    before = ""
    for i in range(ds.sizes["observation"]):
        variable = str(ds["variable"].values[i])
        if variable != before:
            rows.append((WORDS.get(variable, variable) + (", %" if variable in RATIOS else ""),))
            before = variable
        where = [str(ds[f"{dim}_name"].values[i]) for dim in ("region", "option")]
        held = ds["level"].values[ds["inside"].values[:, i] == 1]
        narrowest = f"{100 * held[0]:.0f} %" if len(held) else "outside"
        fixed = bool(ds["fixed"].values[i])
        rows.append(
            (
                "  " + (", ".join(part for part in where if part) or "nation"),
                _scaled(ds["observed"].values[i], variable),
                _scaled(ds["mean"].values[i], variable),
                _scaled(ds["sd"].values[i], variable),
                _scaled(ds["crps"].values[i], variable, 3),
                _scaled(ds["crps_mcse"].values[i], variable, 3),
                number(ds["log_score"].values[i]),
                number(ds["log_score_mcse"].values[i], 3),
                "–" if fixed else number(ds["pit"].values[i], 3),
                "input" if fixed else narrowest,
            )
        )
    head = ("", "observed", "mean", "sd", "CRPS", "±", "log score", "±", "PIT", "inside")
    note = "inside: the narrowest central interval of the draws that holds the figure."
    return Table("By figure", head, tuple(rows), note)

"""The contract of a result: each variable declared once.

A result is an `xarray.Dataset` with the dims ``draw, region, option`` (and ``station`` where stations are
kept).  Counts are integers, shares are fractions in [0, 1].  Regions and options stand in the order of the
scenario's files; their coordinates are the ids, ``region_name`` and ``option_name`` the display names.
"""

from __future__ import annotations

from sim.election.variables import Variable

__all__ = ["CORE", "DERIVED", "STATIONS", "lost"]

#: Variables that every result holds.
CORE = (
    Variable(
        "registered",
        ("draw?", "region"),
        "int32",
        "people",
        "people entitled to vote; with a draw dim only where the register is uncertain",
        minimum=0,
    ),
    Variable(
        "ballots_cast",
        ("draw", "region"),
        "int32",
        "ballots",
        "ballots cast, valid or not",
        "registered = abstained + Σ lost_* + ballots_cast",
        minimum=0,
    ),
    Variable(
        "invalid_ballots",
        ("draw", "region"),
        "int32",
        "ballots",
        "ballots cast for no option: invalid, blank or not returned",
        "ballots_cast = invalid_ballots + Σ votes over options",
        minimum=0,
    ),
    Variable(
        "votes",
        ("draw", "region", "option"),
        "int32",
        "votes",
        "reported votes",
        "Σ votes over options + invalid_ballots = ballots_cast",
        minimum=0,
    ),
)

#: Shares that are computed on demand, never stored.
DERIVED = (
    Variable("turnout", ("draw", "region"), "float64", "1", "ballots_cast / registered", minimum=0, maximum=1),
    Variable("vote_share", ("draw", "region", "option"), "float64", "1", "votes / Σ votes over options", minimum=0, maximum=1),
    Variable("invalid_share", ("draw", "region"), "float64", "1", "invalid_ballots / ballots_cast", minimum=0, maximum=1),
)

#: Variables of polling stations: the first two kept by default as summaries over draws, the rest on request.
STATIONS = (
    Variable("station_ballots_mean", ("station",), "float64", "ballots", "mean over draws of the ballots cast", minimum=0),
    Variable("station_ballots_sd", ("station",), "float64", "ballots", "standard deviation over draws of the ballots cast", minimum=0),
    Variable("station_votes_mean", ("station", "option"), "float64", "votes", "mean over draws of the votes", minimum=0),
    Variable("station_votes_sd", ("station", "option"), "float64", "votes", "standard deviation over draws of the votes", minimum=0),
    Variable("station_registered", ("draw", "station"), "int32", "people", "people entitled to vote", minimum=0),
    Variable("station_ballots_cast", ("draw", "station"), "int32", "ballots", "ballots cast", minimum=0),
    Variable("station_invalid_ballots", ("draw", "station"), "int32", "ballots", "ballots cast for no option", minimum=0),
    Variable("station_votes", ("draw", "station", "option"), "int32", "votes", "reported votes", minimum=0),
)


def lost(cause: str) -> Variable:
    """Declare the people who set out and cast no ballot for one cause."""
    return Variable(
        f"lost_{cause}", ("draw", "region"), "int32", "people", f"people who set out and cast no ballot: {cause}", minimum=0
    )

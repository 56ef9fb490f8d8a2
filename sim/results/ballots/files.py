"""Reading and writing ballots: the format by the suffix of the file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from sim.errors import SimError
from sim.results.ballots.ballots import Ballots
from sim.results.ballots.blt import read_blt, write_blt
from sim.results.ballots.preflib import KINDS, read_preflib, write_preflib
from sim.results.ballots.records import read_records, write_records
from sim.scenario.text import read_text

__all__ = ["SUFFIXES", "read_ballots", "write_ballots"]

#: Suffixes of files of ballots.
SUFFIXES = (*(f".{kind}" for kind in KINDS), ".blt", ".csv")

#: Largest file.
MAX_BYTES = 1_000_000_000


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise SimError(f"{path}: ballots are in files ending in {', '.join(SUFFIXES)}; not in {path.suffix!r}")
    return suffix


def read_ballots(path: str | os.PathLike[str], *, marks: Literal["ranks", "scores"] = "ranks") -> Ballots:
    """Read the ballots of a file.

    Parameters
    ----------
    path
        PrefLib (``.soc``, ``.soi``, ``.toc``, ``.toi``), BLT (``.blt``) or cast-vote records (``.csv``): a row for
        each ballot, or kind of ballot with its ``count``; columns ``rank1``, ``rank2`` … with names, or a column for
        each candidate with its rank or score.
    marks
        What columns of candidates in a CSV file hold; a column called ``score:NAME`` holds scores in any case.

    Raises
    ------
    ScenarioError
        With all faults of the file, each with its line.
    """
    file = Path(path)
    suffix = _suffix(file)
    if marks not in ("ranks", "scores"):
        raise SimError(f"marks should be 'ranks' or 'scores', not {marks!r}")
    text = read_text(file, str(path), MAX_BYTES, "ballot")
    if suffix == ".blt":
        return read_blt(text, str(path))
    if suffix == ".csv":
        return read_records(text, str(path), marks)
    return read_preflib(text, str(path), suffix[1:])


def write_ballots(ballots: Ballots, path: str | os.PathLike[str]) -> None:
    """Write ballots to a file, in the format of its suffix.

    A file holds what its format can: ``.blt`` needs the number of seats; PrefLib has neither seats nor who withdrew,
    and no empty ballots; ``.csv`` has no title either.

    Raises
    ------
    SimError
        If the ballots do not fit the format, or the file cannot be written.
    """
    file = Path(path)
    suffix = _suffix(file)
    if suffix == ".blt":
        text = write_blt(ballots, str(path))
    elif suffix == ".csv":
        text = write_records(ballots, str(path))
    else:
        text = write_preflib(ballots, str(path), suffix[1:])
    try:
        file.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise SimError(f"{path}: cannot be written: {error.strerror or error}") from None

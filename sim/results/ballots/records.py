"""Cast-vote records as CSV: a row for each ballot, or for each kind of ballot with its ``count``.

Either the columns are ``rank1``, ``rank2`` … and hold names (``A = B`` for equal ranks), or there is a column for
each candidate that holds its rank on the ballot, 1 being the first, or its score (``score:NAME``).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from sim.errors import SimError
from sim.results.ballots.ballots import MOST_OPTIONS, Ballots, Order, distinct, rankings_of, scores_of
from sim.results.ballots.reading import MOST_BALLOTS, Faults, check_name, clean

__all__ = ["read_records", "write_records"]

COUNT = "count"
SCORE = "score:"
#: Columns beside ``rank1`` … that are passed over.
BESIDE = ("ballot", "ballot_id", "id", "voter", "precinct", "station")

_RANK = re.compile(r"rank[ _]?(\d+)\Z", re.IGNORECASE)
_EMPTY = ("", "skipped", "undervote")
_SCORE = re.compile(r"[+-]?\d{1,5}\Z")


class _Reader:
    def __init__(self, text: str, shown: str, marks: str) -> None:
        self.faults, self.marks = Faults(shown), marks
        self.rows = csv.reader(io.StringIO(text, newline=""), strict=True)

    def read(self) -> Ballots:
        header = self._header()
        count = header.index(COUNT) if COUNT in header else None
        ranks = {int(found[1]): i for i, name in enumerate(header) if (found := _RANK.match(name))}
        if ranks:
            return self._named(header, count, ranks)
        return self._columns(header, count)

    def _lines(self) -> Iterator[list[str]]:
        try:
            yield from (row for row in self.rows if any(cell.strip() for cell in row))
        except csv.Error as error:
            raise self.faults.stop(self.rows.line_num, f"is not CSV: {error}") from None

    def _header(self) -> list[str]:
        for row in self._lines():
            header = [clean(cell) for cell in row]
            for i, name in enumerate(header):
                if not name:
                    self.faults.add(self.rows.line_num, f"the column {i + 1} has no name")
                elif name in header[:i]:
                    self.faults.add(self.rows.line_num, f"the column {name!r} stands twice")
            self.faults.settle()
            return header
        raise self.faults.stop(1, "is empty; the first line names the columns")

    def _ballots(self, width: int, count: int | None) -> Iterator[tuple[list[str], int, int]]:
        """Yield (cells, line, number of ballots)."""
        for row in self._lines():
            line = self.rows.line_num
            if len(row) != width:
                self.faults.add(line, f"{len(row)} cells under {width} columns")
                continue
            n = 1 if count is None else self.faults.whole(row[count].strip(), line, "'count'", 0, MOST_BALLOTS)
            yield [clean(cell) for cell in row], line, n

    def _named(self, header: list[str], count: int | None, ranks: dict[int, int]) -> Ballots:
        if sorted(ranks) != list(range(1, len(ranks) + 1)):
            raise self.faults.stop(1, f"the columns rank1, rank2 … should run on; there are {sorted(ranks)}")
        for i, name in enumerate(header):
            if i not in ranks.values() and i != count and name.lower() not in BESIDE:
                self.faults.add(1, f"the column {name!r} is not known beside rank1 …; known are "
                                   f"{', '.join((COUNT, *BESIDE))}")  # fmt: skip
        known: dict[str, int] = {}
        tally: dict[Order, int] = {}
        for cells, line, n in self._ballots(len(header), count):
            order = self._places([cells[ranks[place]] for place in sorted(ranks)], line, known)
            if order is not None and n > 0:
                tally[order] = tally.get(order, 0) + n
        if len(known) > MOST_OPTIONS:
            self.faults.add(0, f"{len(known):,} different names; at most {MOST_OPTIONS} candidates")
        if not known:
            self.faults.add(0, "no ballot names a candidate")
        self.faults.settle()
        names = tuple(known)
        return Ballots(distinct(names), names, rankings_of(tally, len(names)))

    def _places(self, cells: list[str], line: int, known: dict[str, int]) -> Order | None:
        groups, seen = [], set()
        good = True
        for cell in cells:
            if cell.lower() in _EMPTY:
                continue
            if cell.lower() == "overvote":
                self.faults.add(line, "'overvote': say what it means: empty the cell, or those behind it too")
                good = False
                continue
            group = [clean(name) for name in cell.split("=")]
            for name in group:
                if name in seen or not name:
                    self.faults.add(line, f"{name!r} stands twice on the ballot" if name else f"{cell!r} lacks a name")
                    good = False
                seen.add(name)
            groups.append(tuple(sorted(known.setdefault(name, len(known)) for name in group)))
        return tuple(groups) if good else None

    def _columns(self, header: list[str], count: int | None) -> Ballots:
        places = [i for i in range(len(header)) if i != count]
        scored = [header[i].startswith(SCORE) for i in places]
        if not places or len(places) > MOST_OPTIONS:
            raise self.faults.stop(1, f"{len(places)} columns of candidates; expected 1 to {MOST_OPTIONS}")
        if any(scored) and not all(scored):
            raise self.faults.stop(1, f"some columns begin with '{SCORE}' and some do not")
        names = tuple(clean(header[i].removeprefix(SCORE)) for i in places)
        score = self.marks == "scores" or all(scored)
        tally: dict[tuple[int, ...], int] = {}
        for cells, line, n in self._ballots(len(header), count):
            marks = tuple(self._mark(cells[i], line, header[i], score, len(places)) for i in places)
            tally[marks] = tally.get(marks, 0) + max(n, 0)
        self.faults.settle()
        tally = {marks: n for marks, n in tally.items() if n}
        if score:
            return Ballots(distinct(names), names, None, scores_of(tally, len(names)))
        orders: dict[Order, int] = {}
        for marks, n in tally.items():
            used = sorted({mark for mark in marks if mark})
            order = tuple(tuple(o for o, mark in enumerate(marks) if mark == place) for place in used)
            orders[order] = orders.get(order, 0) + n
        return Ballots(distinct(names), names, rankings_of(orders, len(names)))

    def _mark(self, cell: str, line: int, column: str, score: bool, options: int) -> int:
        if not cell:
            return 0
        if not score:
            way = " (for scores name the columns 'score:…' or read with marks='scores')"
            return max(self.faults.whole(cell, line, f"the rank of {column!r}{way}", 1, MOST_OPTIONS), 0)
        if not _SCORE.match(cell) or not -32768 <= int(cell) <= 32767:
            self.faults.add(line, f"the score of {column!r} should be a whole number within ±32,767, not {cell!r}")
            return 0
        return int(cell)


def read_records(text: str, shown: str, marks: str) -> Ballots:
    """Read cast-vote records; gaps between ranks are closed, what is empty is not on the ballot or scores 0."""
    return _Reader(text, shown, marks).read()


def write_records(ballots: Ballots, shown: str) -> str:
    """Write a column for each candidate and the count of each kind; seats, title and who withdrew are left out."""
    check_name(ballots.names, shown)
    scored = ballots.scores is not None
    names = [f"{SCORE}{name}" if scored else name for name in ballots.options]
    for name in names:
        if name == COUNT or _RANK.match(name) or (not scored and name.startswith(SCORE)):
            raise SimError(f"{shown}: a candidate called {name!r} would be read as a column of another kind")
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([COUNT, *names])
    options = len(ballots.options)
    for marks, n in ballots.table():
        if n:
            cells = marks if scored else [mark + 1 if mark < options else "" for mark in marks]
            writer.writerow([n, *cells])
    return out.getvalue()

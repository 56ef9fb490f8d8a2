"""BLT, the format of Algorithm 123 that OpenSTV, OpaVote and others read.

4 2              candidates, seats
-2               who withdrew
3 1 3=4 0        3 ballots: candidate 1, then 3 and 4 alike
0                the end of the ballots
"Adam"           the names
…
"Title"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sim.errors import SimError
from sim.results.ballots.ballots import Ballots, Order, distinct, orders_of, rankings_of
from sim.results.ballots.reading import Faults, check_name, clean

__all__ = ["read_blt", "write_blt"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|#.*|[^\s"#]+|"')
_PREFERENCE = re.compile(r"\d{1,9}(=\d{1,9})*\Z")


@dataclass(frozen=True)
class _Token:
    text: str
    line: int
    column: int

    @property
    def quoted(self) -> bool:
        return self.text.startswith('"')

    @property
    def name(self) -> str:
        return clean(re.sub(r"\\(.)", r"\1", self.text[1:-1]) if self.quoted else self.text)


def _tokens(text: str) -> Iterator[_Token]:
    for number, line in enumerate(text.splitlines(), 1):
        for found in _TOKEN.finditer(line):
            if not found[0].startswith("#"):
                yield _Token(found[0], number, found.start() + 1)


class _Reader:
    def __init__(self, shown: str, text: str) -> None:
        self.faults = Faults(shown)
        self.tokens = list(_tokens(text))
        self.at = 0
        self.tally: dict[Order, int] = {}

    def next(self) -> _Token | None:
        if self.at == len(self.tokens):
            return None
        self.at += 1
        return self.tokens[self.at - 1]

    def read(self) -> Ballots:
        for token in self.tokens:
            if token.text == '"':
                raise self.faults.stop(token.line, "the quotation mark is not closed in its line", token.column)
        first, second = self.next(), self.next()
        if first is None or second is None:
            raise self.faults.stop(1, "the first line should hold the numbers of candidates and of seats, as '4 2'")
        numbers = self.faults.options(first.text, first.line, first.column)
        seats = self.faults.whole(second.text, second.line, "the number of seats", 1, 10**6, second.column)
        withdrawn = set(self._withdrawn(numbers))
        self._ballots(numbers)
        names, title = self._names(numbers)
        self.faults.settle()
        stay = [c for c in range(numbers) if c not in withdrawn]
        if not stay:
            raise self.faults.stop(1, "all candidates withdrew")
        own = {c: i for i, c in enumerate(stay)}
        tally: dict[Order, int] = {}
        for order, n in self.tally.items():
            kept = (tuple(own[c] for c in group if c in own) for group in order)
            short = tuple(group for group in kept if group)
            tally[short] = tally.get(short, 0) + n
        stand = tuple(names[c] for c in stay)
        gone = tuple(names[c] for c in sorted(withdrawn))
        return Ballots(distinct(stand), stand, rankings_of(tally, len(stay)), None, seats, title, gone)

    def _withdrawn(self, numbers: int) -> Iterator[int]:
        while self.at < len(self.tokens) and re.match(r"-\d", self.tokens[self.at].text):
            token = self.tokens[self.at]
            self.at += 1
            number = self.faults.whole(token.text[1:], token.line, "who withdrew", 1, numbers, token.column)
            if number > 0:
                yield number - 1

    def _ballots(self, numbers: int) -> None:
        while True:
            token = self.next()
            if token is None or token.quoted:
                self.at -= token is not None
                line = self.tokens[self.at - 1].line if token is None else token.line
                self.faults.add(line, "the ballots should end with a line that holds only 0")
                return
            if token.text == "0":
                return
            named = token.text.startswith("(")
            n = 1 if named else self.faults.whole(token.text, token.line, "the number of ballots", 1)
            order = self._order(token)
            if order is not None and n > 0 and self.faults.order(order, token.line, numbers):
                self.tally[order] = self.tally.get(order, 0) + n

    def _order(self, start: _Token) -> Order | None:
        """Read up to the 0 that ends the ballot; it stands in the same line."""
        groups: list[tuple[int, ...]] = []
        good = True
        while self.at < len(self.tokens) and self.tokens[self.at].line == start.line:
            token = self.tokens[self.at]
            self.at += 1
            if token.text == "0":
                return tuple(groups) if good else None
            if token.text == "-":
                continue
            if not _PREFERENCE.match(token.text):
                message = f"expected the number of a candidate, '=' between equal ones, not {token.text!r}"
                self.faults.add(token.line, message, token.column)
                good = False
            else:
                groups.append(tuple(sorted(int(item) - 1 for item in token.text.split("="))))
        self.faults.add(start.line, "the ballot does not end with 0", start.column)
        return None

    def _names(self, numbers: int) -> tuple[list[str], str]:
        rest = self.tokens[self.at :]
        names = [token.name for token in rest[:numbers]]
        for token in rest[:numbers]:
            if not token.name:
                self.faults.add(token.line, "a name is empty", token.column)
        last = self.tokens[-1].line
        if len(names) < numbers:
            self.faults.add(last, f"{numbers} candidates, and {len(names)} names; behind them comes the title")
        # Behind the title a source and a comment may stand.
        if len(rest) > numbers + 3:
            token = rest[numbers + 3]
            self.faults.add(token.line, f"more names than the {numbers} candidates and the title", token.column)
        return names, rest[numbers].name if len(rest) > numbers else ""


def read_blt(text: str, shown: str) -> Ballots:
    """Read ballots in BLT; preferences for those who withdrew are passed over."""
    return _Reader(shown, text).read()


def write_blt(ballots: Ballots, shown: str) -> str:
    """Write ballots in BLT, those who withdrew behind the others.

    Raises
    ------
    SimError
        If they score, or it is not known how many seats there are.
    """
    if ballots.rankings is None:
        raise SimError(f"{shown}: '.blt' holds rankings, and these ballots have scores; write '.csv'")
    if ballots.seats is None:
        raise SimError(
            f"{shown}: '.blt' holds the number of seats, and these ballots have none; give it with "
            "dataclasses.replace(ballots, seats=…), or write '.csv'"
        )
    names = [*ballots.names, *ballots.withdrawn]
    check_name([*names, *([ballots.title] if ballots.title else [])], shown)
    lines = [f"{len(names)} {ballots.seats}"]
    if ballots.withdrawn:
        lines.append(" ".join(f"-{i}" for i in range(len(ballots.names) + 1, len(names) + 1)))
    for order, n in orders_of(ballots.rankings):
        if n:
            places = ["=".join(str(option + 1) for option in group) for group in order]
            lines.append(" ".join([str(n), *places, "0"]))
    lines.append("0")
    lines += [_quoted(name) for name in names]
    lines.append(_quoted(ballots.title))
    return "\n".join(lines) + "\n"


def _quoted(name: str) -> str:
    escaped = re.sub(r'(["\\])', r"\\\1", name)
    return f'"{escaped}"'

"""PrefLib: ``.soc``, ``.soi``, ``.toc``, ``.toi``: orders, complete or not, with ties or without.

The head has lines ``# KEY: value``, among them the number and the names of the alternatives; then comes a line
``count: order`` for every order, as ``12: 3,{1,4},2``.
"""

from __future__ import annotations

import re

from sim.errors import SimError
from sim.results.ballots.ballots import Ballots, Order, distinct, orders_of, rankings_of
from sim.results.ballots.reading import Faults, check_name, clean

__all__ = ["KINDS", "read_preflib", "write_preflib"]

#: Kind → what its orders are.
KINDS = {
    "soc": "strict and complete",
    "soi": "strict",
    "toc": "complete",
    "toi": "of any kind",
}

_HEAD = re.compile(r"#\s*([^:]*?)\s*:\s*(.*?)\s*\Z")
_NAME = re.compile(r"ALTERNATIVE NAME (\d+)\Z")
_PART = re.compile(r"\s*(?:\{([\d\s,]*)\}|(\d+))\s*(,|\Z)")


class _Reader:
    def __init__(self, shown: str, kind: str) -> None:
        self.faults, self.kind = Faults(shown), kind
        self.head: dict[str, tuple[str, int]] = {}
        self.tally: dict[Order, int] = {}
        self.numbers = 0
        self.lines = self.read_lines = 0

    def read(self, text: str) -> Ballots:
        for number, line in enumerate(text.splitlines(), 1):
            if line.lstrip().startswith("#"):
                self._key(line.strip(), number)
            elif line.strip():
                self.numbers = self.numbers or self._alternatives(line, number)
                self._ballots(line, number)
        self.numbers = self.numbers or self._alternatives("", 0)
        names = self._names()
        self._compare("NUMBER VOTERS", sum(self.tally.values()), "ballots")
        self._compare("NUMBER UNIQUE ORDERS", self.lines, "orders")
        self.faults.settle()
        title = clean(self.head.get("TITLE", ("", 0))[0])
        return Ballots(distinct(names), names, rankings_of(self.tally, len(names)), title=title)

    def _key(self, line: str, number: int) -> None:
        found = _HEAD.match(line)
        if found:
            if found[1] in self.head and not found[1].startswith("DESCRIPTION"):
                self.faults.add(number, f"'# {found[1]}' stands twice")
            self.head[found[1]] = (found[2], number)

    def _alternatives(self, line: str, number: int) -> int:
        if "NUMBER ALTERNATIVES" not in self.head:
            old = line.strip().isdigit()
            hint = "; this is the format of before 2022, take the file that preflib.org has now" if old else ""
            raise self.faults.stop(number, f"the head has no line '# NUMBER ALTERNATIVES: …'{hint}")
        kind, place = self.head.get("DATA TYPE", (self.kind, 0))
        if kind != self.kind:
            self.faults.add(place, f"the file says that it is {kind!r}, and its name ends in '.{self.kind}'")
        return self.faults.options(*self.head["NUMBER ALTERNATIVES"])

    def _names(self) -> tuple[str, ...]:
        names = [""] * self.numbers
        for key, (value, line) in self.head.items():
            found = _NAME.match(key)
            if found and 1 <= int(found[1]) <= self.numbers:
                names[int(found[1]) - 1] = clean(value)
            elif found:
                self.faults.add(line, f"there is no alternative {found[1]}; there are {self.numbers}")
        for i, name in enumerate(names):
            if not name:
                self.faults.add(0, f"the head has no line '# ALTERNATIVE NAME {i + 1}: …'")
        return tuple(names)

    def _compare(self, key: str, found: int, what: str) -> None:
        if key in self.head:
            value, line = self.head[key]
            wanted = self.faults.whole(value, line, f"'{key}'", 0, 10**18 - 1)
            # Where a line could not be read, what is missing is told already.
            if wanted >= 0 and wanted != found and self.lines == self.read_lines:
                self.faults.add(line, f"'{key}' says {wanted:,}, and the file holds {found:,} {what}")

    def _ballots(self, line: str, number: int) -> None:
        count, colon, rest = line.partition(":")
        self.lines += 1
        if not colon:
            self.faults.add(number, "expected 'number of ballots: order', as '12: 3,{1,4},2'")
            return
        n = self.faults.whole(count.strip(), number, "the number of ballots", 1)
        order = self._order(rest, number, len(count) + 2)
        if order is not None and n > 0:
            self.tally[order] = self.tally.get(order, 0) + n
            self.read_lines += 1

    def _order(self, text: str, number: int, column: int) -> Order | None:
        groups: list[tuple[int, ...]] = []
        at, end = 0, ","
        while end == ",":
            found = _PART.match(text, at)
            if not found:
                message = f"expected numbers of alternatives with ',' between and ties in '{{}}', not {text.strip()!r}"
                self.faults.add(number, message, column + at)
                return None
            inside = found[2] if found[1] is None else found[1]
            group = tuple(int(item) - 1 for item in inside.replace(",", " ").split())
            groups += [tuple(sorted(group))] if group else []
            at, end = found.end(), found[3]
        order = tuple(groups)
        if not self.faults.order(order, number, self.numbers):
            return None
        if not order:
            self.faults.add(number, "the order ranks nobody")
        elif self.kind in ("soc", "soi") and any(len(group) > 1 for group in order):
            self.faults.add(number, f"a tie, and '.{self.kind}' holds strict orders; name the file '.to{self.kind[2]}'")
        elif self.kind in ("soc", "toc") and sum(map(len, order)) < self.numbers:
            self.faults.add(
                number, f"the order is not complete, as '.{self.kind}' says; name the file '.{self.kind[:2]}i'"
            )
        return order


def read_preflib(text: str, shown: str, kind: str) -> Ballots:
    """Read orders of one of the ``KINDS``."""
    return _Reader(shown, kind).read(text)


def write_preflib(ballots: Ballots, shown: str, kind: str) -> str:
    """Write orders as one of the ``KINDS``; who withdrew is left out.

    Raises
    ------
    SimError
        If the ballots are not of that kind.
    """
    if ballots.rankings is None:
        raise SimError(f"{shown}: '.{kind}' holds rankings, and these ballots have scores; write '.csv'")
    rows = [(order, n) for order, n in orders_of(ballots.rankings) if n]
    if any(not order for order, _ in rows):
        raise SimError(f"{shown}: '.{kind}' cannot hold ballots that rank nobody; write '.blt' or '.csv'")
    tied = any(len(group) > 1 for order, _ in rows for group in order)
    short = any(sum(map(len, order)) < len(ballots.options) for order, _ in rows)
    if (tied and kind[0] == "s") or (short and kind[2] == "c"):
        fits = f"{'t' if tied else 's'}o{'i' if short else 'c'}"
        raise SimError(f"{shown}: '.{kind}' holds orders that are {KINDS[kind]}; these ballots fit '.{fits}'")
    check_name([*ballots.names, *([ballots.title] if ballots.title else [])], shown)
    head = {
        "FILE NAME": re.split(r"[/\\]", shown)[-1],
        "TITLE": ballots.title,
        "DATA TYPE": kind,
        "NUMBER ALTERNATIVES": len(ballots.options),
        "NUMBER VOTERS": sum(n for _, n in rows),
        "NUMBER UNIQUE ORDERS": len(rows),
        **{f"ALTERNATIVE NAME {i}": name for i, name in enumerate(ballots.names, 1)},
    }
    lines = [f"# {key}: {value}".rstrip() for key, value in head.items()]
    lines += [f"{n}: {','.join(map(_group, order))}" for order, n in sorted(rows, key=lambda row: -row[1])]
    return "\n".join(lines) + "\n"


def _group(group: tuple[int, ...]) -> str:
    inside = ",".join(str(option + 1) for option in group)
    return inside if len(group) == 1 else "{" + inside + "}"

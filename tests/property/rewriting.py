"""Generated scenarios written otherwise: in another order, with a group in two parts, with groups that are alike."""

from __future__ import annotations

from typing import Any

#: Columns that say whom a row of a table is about.
OF_ROWS = ("region", "group", "people")
#: Mappings whose order counts.
ORDERED = ("terms",)


def shuffled(scenario: dict[str, Any], random: Any) -> dict[str, Any]:
    """Return the same scenario with every mapping and every table in another order, where the order says nothing."""

    def turned(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            rows = [(name, turned(item, name)) for name, item in value.items()]
            if key not in kept:
                random.shuffle(rows)
            return dict(rows)
        if isinstance(value, list):
            items = [turned(item) for item in value]
            # The answers of a survey are told apart by their places.
            if key != "respondents" and all(isinstance(item, dict) and set(item) & set(OF_ROWS) for item in items):
                random.shuffle(items)
            return items
        return value

    kept = {*ORDERED, *(["options"] if scenario["rules"]["it"]["ties"] == "order" else [])}
    return dict(turned(scenario))


def twinned(scenario: dict[str, Any]) -> dict[str, Any]:
    """Return the scenario with a group of voters in two parts, alike in all that is written of them.

    It is one of the trait that comes last by name, so that the parts stand side by side and are rounded together.
    """
    electorate = scenario["electorate"]
    trait = max(electorate["traits"])
    table = electorate["traits"][trait]
    name = next(key for key in (table[0] if isinstance(table, list) else table) if key != "region")
    for section in ("ballot", "voters", "turnout"):
        scenario[section] = _doubled(scenario[section], name)
    if "space" in electorate:
        electorate["space"] = _doubled(electorate["space"], name)
    rows = table if isinstance(table, list) else [table]
    for row in rows:
        row |= {part: share * row[name] for part, share in _parts(name).items()}
        del row[name]
    for key, lines in electorate.get("joint", {}).items():
        electorate["joint"][key] = [new for line in lines for new in _split(line, trait, name)]
    return scenario


def _parts(name: str) -> dict[str, float]:
    return {f"{name}1": 0.25, f"{name}2": 0.75}


def _split(line: dict[str, Any], trait: str, name: str) -> list[dict[str, Any]]:
    if line.get(trait) != name:
        return [line]
    return [{**line, trait: part, "people": share * line["people"]} for part, share in _parts(name).items()]


def _doubled(value: Any, name: str) -> Any:
    """Return what is written, with all that is said of a group said of both its parts."""

    def names(key: str) -> list[str]:
        words = key.split("/")
        return ["/".join(part if w == name else w for w in words) for part in _parts(name)] if name in words else [key]

    if isinstance(value, dict):
        return {new: _doubled(item, name) for key, item in value.items() for new in names(key)}
    if isinstance(value, list):
        out = []
        for item in value:
            whose = item.get("region") if isinstance(item, dict) else None
            out += [{**item, "region": new} for new in names(whose)] if whose else [_doubled(item, name)]
        return out
    return value


def in_groups(scenario: dict[str, Any]) -> dict[str, Any]:
    """Return the scenario with voters in groups of whom nothing is written."""
    electorate = scenario["electorate"]
    electorate["traits"] = {"age": {"young": 0.3, "old": 0.7}, "sex": {"f": 0.5, "m": 0.5}}
    if electorate["model"] == "table":
        electorate["model"] = "cells"
    return scenario

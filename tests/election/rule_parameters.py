"""For every field of the rules on districts and mixed houses: a scenario in which it stands, and another value."""

from __future__ import annotations

from typing import Any

#: The rule in the scenario before a field of it is changed; the longest prefix of the field holds.
RULES: dict[str, dict[str, Any]] = {
    "rules:plurality": {"model": "plurality"},
    "rules:districts": {"model": "districts"},
    "rules:electoral_college": {"model": "electoral_college", "electors": {"p": 3, "q": 3}},
    "rules:mixed_parallel": {"model": "mixed_parallel", "list_seats": 5},
    "rules:mixed_compensatory": {"model": "mixed_compensatory", "house": 4},
}


def _of_a_state(p: int, at_large: int) -> dict[str, Any]:
    """Both districts make up one state."""
    split = {"s": {"regions": {"p": p, "q": 1}, "at_large": at_large}}
    return {"model": "electoral_college", "electors": {"s": p + 1 + at_large}, "split": split}


RULES["rules:electoral_college/split"] = _of_a_state(1, 2)
QUORUM = {"turnout": 0.6}
VOID = {"effect": "void_if_first"}
for _model in ("plurality", "districts"):
    RULES[f"rules:{_model}/quorum"] = {"model": _model, "quorum": QUORUM}
    RULES[f"rules:{_model}/against_all/else"] = {"model": _model, "against_all": VOID}
#: The rule of the scenario that is everywhere else, two rounds, with a field of it.
TWO_ROUND: dict[str, dict[str, Any]] = {
    "rules:two_round/quorum": {"quorum": QUORUM},
    "rules:two_round/against_all/else": {"against_all": VOID},
    "rules:two_round/entry/of": {"entry": {"share": 0.2}},
}

#: Field → (path in the scenario, another value).
OTHER: dict[str, tuple[str, Any]] = {
    f"rules:{model}/{field.replace('.', '/')}": (f"rules.it.{field}", value)
    for model in ("plurality", "districts", "two_round")
    for field, value in {
        "quorum.turnout": 0.7,
        "quorum.counted": "valid_votes",
        "quorum.strict": True,
        "quorum.else": "repeat",
        "against_all.effect": "void_if_first",
        "against_all.else": "no_winner",
    }.items()
}
OTHER |= {
    "rules:districts/ties": ("rules.it.ties", "order"),
    "rules:two_round/against_all/counted": ("rules.it.against_all.counted", False),
    "rules:two_round/and_of_registered": ("rules.it.and_of_registered", 0.4),
    "rules:two_round/entry/top": ("rules.it.entry.top", 3),
    "rules:two_round/entry/share": ("rules.it.entry.share", 0.2),
    "rules:two_round/entry/of": ("rules.it.entry.of", "registered"),
    "rules:electoral_college/ties": ("rules.it.ties", "order"),
    "rules:electoral_college/electors": ("rules.it.electors", {"p": 3, "q": 2}),
    "rules:electoral_college/split/regions": ("rules.it", _of_a_state(2, 2)),
    "rules:electoral_college/split/at_large": ("rules.it", _of_a_state(1, 3)),
    "rules:electoral_college/allocation": ("rules.it.allocation", "dhondt"),
    "rules:electoral_college/majority": ("rules.it.majority", 0.4),
    "rules:electoral_college/if_none": ("rules.it.if_none", "popular_vote"),
    "rules:mixed_parallel/list_seats": ("rules.it.list_seats", 6),
    "rules:mixed_compensatory/house": ("rules.it.house", 5),
    "rules:mixed_compensatory/overhang": ("rules.it.overhang", "none"),
    "rules:mixed_compensatory/maximum": ("rules.it.maximum", 5),
    "rules:mixed_compensatory/minimum": ("rules.it.minimum", {"c": 2}),
}
_LEVELLED = {"model": "mixed_compensatory", "house": 4, "overhang": "levelled"}
RULES["rules:mixed_compensatory/minimum"] = _LEVELLED
RULES["rules:mixed_compensatory/maximum"] = {**_LEVELLED, "minimum": {"c": 2}}

THRESHOLD = {"share": 0.2}
JOINT = {"share": 0.2, "coalitions": {"c": 2}, "share_by_size": {"2": 0.35}}
for _model in ("mixed_parallel", "mixed_compensatory"):
    _part = f"rules:{_model}"
    _fields: dict[str, Any] = {"ties": "order", "method": "dhondt"}
    OTHER |= {f"{_part}/{name}": (f"rules.it.{name}", value) for name, value in _fields.items()}
    for _name, _before, _after in (
        ("share", THRESHOLD, 0.3),
        ("of", THRESHOLD, "registered"),
        ("strict", THRESHOLD, True),
        ("coalitions", JOINT, {"b": 2}),
        ("share_by_size", JOINT, {"2": 0.45}),
        ("exempt", THRESHOLD, ["c"]),
        ("districts_won", {"share": 0.45}, 1),
        ("if_none", {"share": 0.45}, "no_seats"),
    ):
        RULES[f"{_part}/threshold/{_name}"] = {**RULES[_part], "threshold": _before}
        OTHER[f"{_part}/threshold/{_name}"] = (f"rules.it.threshold.{_name}", _after)

#: Fields that are refused, and why.
REFUSED: dict[str, tuple[str, Any]] = {
    f"rules:{model}/threshold/district_share": ("rules.it.threshold.district_share", 0.1)
    for model in ("mixed_parallel", "mixed_compensatory")
}
for _field in REFUSED:
    RULES[_field] = {**RULES[_field.partition("/")[0]], "threshold": THRESHOLD}

#: Fields that read another contest, where they are tested.
OF_OTHER_CONTESTS = {
    f"rules:{model}/districts": "election/rules/test_district_cases.py"
    for model in ("mixed_parallel", "mixed_compensatory")
}

#: Fields whose law is compared with `tests/reference/district_rules.py`, by prefix.
COMPARED = {
    **dict.fromkeys(
        (
            "rules:districts/",
            "rules:electoral_college/",
            "rules:mixed_parallel/",
            "rules:mixed_compensatory/",
            "rules:plurality/quorum",
            "rules:plurality/against_all",
            "rules:two_round/quorum",
            "rules:two_round/against_all",
            "rules:two_round/and_of_registered",
            "rules:two_round/entry",
        ),
        "election/rules/test_district_rules.py",
    )
}


def rule_of(field: str, two_round: dict[str, Any]) -> dict[str, Any] | None:
    """Return the rule in which a field is changed; None where it is not a field of these rules."""
    for prefix in sorted({**RULES, **TWO_ROUND}, key=len, reverse=True):
        if field.startswith(prefix):
            return RULES[prefix] if prefix in RULES else {**two_round, **TWO_ROUND[prefix]}
    return None

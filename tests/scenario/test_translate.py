"""What the validator says, in our words, for every kind of field a part may have."""

from __future__ import annotations

import datetime
import enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BeforeValidator, Field, ValidationError, field_validator

from sim.election.part import Section
from sim.election.quantities import Faults, quantity
from sim.errors import Fault
from sim.scenario.nodes import find
from sim.scenario.reader import read_yaml
from sim.scenario.strictness import coerced
from sim.scenario.translate import translate


class Colour(enum.Enum):
    red = "red"
    green = "green"


class Rally(Section):
    model: Literal["rally"] = Field("rally", description="a rally")
    size: float = Field(description="how many come", gt=0)


class Debate(Section):
    model: Literal["debate"] = Field("debate", description="a debate")
    guests: int = Field(2, description="how many sit there")


class Plain(Section):
    depth: int = Field(description="how deep")


class Body(Section):
    whole: int = Field(0, description="a whole number", ge=0, lt=10)
    real: float = Field(0.0, description="a number", gt=-1, le=1)
    flag: bool = Field(False, description="yes or no")
    text: str = Field("x", description="text", min_length=1, max_length=5)
    code: str = Field("A1", description="a code", pattern=r"^[A-Z]\d$")
    word: Literal["first", "second"] = Field("first", description="a word")
    colour: Colour = Field(Colour.red, description="a colour")
    day: datetime.date | None = Field(None, description="a day")
    at: datetime.time | None = Field(None, description="a time")
    rows: tuple[Plain, ...] = Field((), description="rows", max_length=2)
    by_name: dict[str, Plain] = Field(default_factory=dict, description="by name")
    either: int | Literal["all"] = Field("all", description="a number or all")
    part: Plain | None = Field(None, description="a section")
    plain_or_rally: Plain | Rally | None = Field(None, description="one of two sections")
    events: tuple[Annotated[Rally | Debate, Field(discriminator="model")], ...] = Field((), description="events")
    number: quantity(0, 1) = Field(0.5, description="a share")  # type: ignore[valid-type]
    from_: float = Field(0.0, description="a start", alias="from")
    even: int = Field(0, description="an even number")
    many: Any = Field(None, description="anything")

    @field_validator("even")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError(f"expected an even number, got {value}")
        return value

    @field_validator("many")
    @classmethod
    def _many(cls, value: Any) -> Any:
        if value is not None:
            raise Faults((("a", 1), "first fault"), ((), "second fault"))
        return value


def faults(text: str) -> list[Fault]:
    root = read_yaml(f"section:\n  {text}\n", "f")
    with pytest.raises(ValidationError) as caught:
        Body.model_validate(find(root, ("section",)).node.plain())
    return translate(caught.value, Body, root, ("section",))


@pytest.mark.parametrize(
    "text, column, path, message",
    [
        ("whole: abc", 10, "whole", "expected a whole number, got 'abc'"),
        ("whole: 1.5", 10, "whole", "expected a whole number, got 1.5"),
        ("whole: [1]", 10, "whole", "expected a whole number, got a list"),
        ("whole: {a: 1}", 10, "whole", "expected a whole number, got a mapping"),
        ("whole: -1", 10, "whole", "expected a number ≥ 0, got -1"),
        ("whole: 10", 10, "whole", "expected a number below 10, got 10"),
        ("real: x", 9, "real", "expected a number, got 'x'"),
        ("real: 0,5", 9, "real", "expected a number, got '0,5'; decimals are written with a point"),
        ("real: 5%", 9, "real", "expected a number, got '5%'; percentages are written as fractions"),
        ("real: -1.0", 9, "real", "expected a number above -1, got -1"),
        ("real: 1.5", 9, "real", "expected a number ≤ 1, got 1.5"),
        ("flag: maybe", 9, "flag", "expected true or false, got 'maybe'"),
        ("flag: 2", 9, "flag", "expected true or false, got 2"),
        ("text: 5", 9, "text", "expected text, got 5; put it in quotes"),
        ("text: true", 9, "text", "expected text, got true; put it in quotes"),
        ("text: ''", 9, "text", "expected some text, got ''"),
        ("text: abcdef", 9, "text", "expected text of at most 5 characters"),
        ("code: a1", 9, "code", r"'a1' does not fit the pattern ^[A-Z]\d$"),
        ("word: frist", 9, "word", "'frist' is not one of first, second; did you mean 'first'?"),
        ("colour: grene", 11, "colour", "'grene' is not one of red, green; did you mean 'green'?"),
        ("day: 2022-13-01", 8, "day", "expected a date such as 2022-11-20, got '2022-13-01'"),
        ("at: noon", 7, "at", "expected a time such as '07:00', got 'noon'"),
        ("rows: 5", 9, "rows", "expected a list or a table, got 5"),
        ("rows: [{depth: 1}, {depth: 1}, {depth: 1}]", 9, "rows", "expected at most 2 entries, got 3"),
        ("rows: [{depth: 1}, {}]", 22, "rows.1", "missing key 'depth' (how deep)"),
        ("rows: [{depth: 1, dept: 2}]", 21, "rows.0.dept", "unknown key; allowed here: depth; did you mean 'depth'?"),
        ("by_name: {x: {}}", 13, "by_name.x", "missing key 'depth' (how deep)"),
        ("by_name: [x]", 12, "by_name", "expected a mapping, got a list"),
        ("either: some", 11, "either", "expected a whole number or all, got 'some'"),
        ("part: 5", 9, "part", "expected a mapping, got 5"),
        ("part: {}", 3, "part", "missing key 'depth' (how deep)"),
        ("plain_or_rally: {depth: x}", 27, "plain_or_rally.depth", "expected a whole number, got 'x'"),
        ("events: [{model: raly}]", 12, "events.0", "'raly' is not one of rally, debate; did you mean 'rally'?"),
        ("events: [{size: 5}]", 12, "events.0", "missing key 'model'"),
        ("events: [{model: rally}]", 12, "events.0", "missing key 'size' (how many come)"),
        ("events: [{model: rally, size: 0}]", 33, "events.0.size", "expected a number above 0, got 0"),
        ("events: [{model: debate, size: 0}]", 28, "events.0.size", "unknown key; allowed here: model, guests"),
        ("number: 55", 11, "number", "expected a share in [0, 1], got 55; did you mean 0.55?"),
        ("number: {uniform: [0, x]}", 25, "number.uniform.1", "expected a number, got 'x'"),
        ("from: x", 9, "from", "expected a number, got 'x'"),
        ("form: 1", 3, "form", "unknown key; did you mean 'from'?"),
        ("even: 3", 9, "even", "expected an even number, got 3"),
    ],
)  # fmt: skip
def test_words(text: str, column: int, path: str, message: str) -> None:
    found = faults(text)
    assert [(fault.path, fault.message) for fault in found] == [(f"section.{path}", message)]
    assert (found[0].line, found[0].column) == (2, column)


class Free(Section):
    minutes: int = Field(0, description="minutes")
    opens: Annotated[float, BeforeValidator(lambda value: 7.0 if value == "07:00" else value)] = Field(
        0.0, description="opening hour"
    )
    closes: float = Field(0.0, description="closing hour")
    rows: tuple[Plain, ...] = Field((), description="rows")
    flag: bool = Field(False, description="yes or no")
    share: quantity(0, 1) = Field(0.5, description="a share")  # type: ignore[valid-type]
    day: datetime.date | None = Field(None, description="a day")
    colour: Colour = Field(Colour.red, description="a colour")

    @field_validator("closes", mode="before")
    @classmethod
    def _closes(cls, value: Any) -> Any:
        return 20.0 if value == "20:00" else value


@pytest.mark.parametrize(
    "body, wrong",
    [
        ({"minutes": "5"}, [(("minutes",), "expected a number, got '5'")]),
        ({"minutes": True}, [(("minutes",), "expected a number, got true")]),
        ({"flag": 1}, [(("flag",), "expected true or false, got 1")]),
        ({"flag": "yes"}, [(("flag",), "expected true or false, got 'yes'")]),
        ({"rows": [{"depth": 1}, {"depth": "1"}]}, [(("rows", 1, "depth"), "expected a number, got '1'")]),
        ({"opens": "07:00", "closes": "20:00"}, []),
        ({"minutes": 5, "share": 0, "day": "2022-11-20", "colour": "red", "flag": True}, []),
        ({"minutes": 5.0, "share": {"uniform": [0, 1]}}, []),
    ],
)
def test_types_are_not_bent(body: Any, wrong: Any) -> None:
    assert list(coerced(body, Free.model_validate(body))) == wrong


def test_several_faults_of_one_value() -> None:
    found = faults("many: {a: [1, 2]}")
    assert [(fault.path, fault.message, fault.column) for fault in found] == [
        ("section.many.a.1", "first fault", 17),
        ("section.many", "second fault", 9),
    ]

"""Names of regions and groups: what they mean, which one holds, and what is refused."""

from __future__ import annotations

from itertools import product

import pytest

from sim.election.strata import Group, Strata

AGES, SEXES = ("young", "old"), ("f", "m")
GROUPS = tuple(Group(f"{a}/{s}", {"age": a, "sex": s}) for a, s in product(AGES, SEXES))
STRATA = Strata(("north", "south", "a/b"), GROUPS)


def holding(*names: str) -> dict[str, str]:
    owner, faults = STRATA.owners(names)
    assert faults == []
    return {STRATA.label(i): names[k] for i, k in enumerate(owner.tolist()) if k >= 0}


def test_the_name_that_says_more_holds() -> None:
    found = holding("south", "old", "south/old", "old/m/south", "a/b/young/f")
    assert found["north/old/f"] == "old"
    assert found["south/young/f"] == "south"
    assert found["south/old/f"] == "south/old"
    assert found["south/old/m"] == "old/m/south"
    assert found["a/b/young/f"] == "a/b/young/f"
    assert "north/young/f" not in found


def test_the_order_of_the_names_does_not_matter() -> None:
    names = ("south", "old", "south/old", "south/old/m")
    assert holding(*names) == holding(*names[::-1])


def test_a_region_with_a_slash() -> None:
    assert STRATA.selectors("a/b") == {("region", "a/b")}
    assert STRATA.selectors("a/b/old") == {("region", "a/b"), ("age", "old")}


@pytest.mark.parametrize(
    "names, words",
    [
        (("nowhere",), "there is no region and no group 'nowhere'"),
        (("olld",), "did you mean 'old'"),
        (("old/young",), "'old' and 'young' are both of 'age': nobody is both"),
        (("old/age=old",), "nobody is both"),
        (("old", "f"), "speaks of some of the same people as 'old'; say what holds for 'old/f'"),
        (("old/f", "f/old"), "says the same as 'old/f'"),
    ],
)
def test_refused(names: tuple[str, ...], words: str) -> None:
    _, faults = STRATA.owners(names)
    assert len(faults) == 1
    assert words in faults[0][1]


def test_a_clash_that_a_further_name_settles_is_none() -> None:
    found = holding("old", "f", "old/f")
    assert found["north/old/f"] == "old/f"


def test_without_groups_names_are_regions() -> None:
    plain = Strata(("x/y", "z"), (Group(""),))
    owner, faults = plain.owners(("x/y",))
    assert owner.tolist() == [0, -1]
    assert faults == []
    assert list(plain.check(("x",), True)) == [("x", "there is no region 'x'")]

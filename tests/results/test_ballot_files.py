"""Ballots go to files and come back; every fault of a file is told with its line."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.results.ballots.ballots import distinct, orders_of, rankings_of, scores_of

NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from(' "\\,;#{}=:-'), min_size=1
).map(lambda text: " ".join(text.split()))
NAME = NAME.filter(
    lambda name: name.isprintable() and name and not name.lower().startswith(("rank", "score:", "count"))
)


@st.composite
def ballots(draw: st.DrawFn, scored: bool = False, strict: bool = False, complete: bool = False) -> sim.Ballots:
    names = tuple(draw(st.lists(NAME, min_size=1, max_size=5, unique=True)))
    options = len(names)
    papers = st.integers(1, 10**12)
    title = draw(st.just("") | NAME)
    if scored:
        marks = st.tuples(*[st.integers(-32767, 32767)] * options)
        table = draw(st.dictionaries(marks, papers, max_size=6))
        return sim.Ballots(distinct(names), names, None, scores_of(table, options))

    def order_of(values: tuple[list[int], list[bool], int]) -> tuple[tuple[int, ...], ...]:
        turn, together, length = values
        kept = turn if complete else turn[:length]
        groups: list[list[int]] = []
        for option, tie in zip(kept, together):
            if groups and tie and not strict:
                groups[-1].append(option)
            else:
                groups.append([option])
        return tuple(tuple(sorted(group)) for group in groups)

    shape = st.tuples(
        st.permutations(range(options)),
        st.lists(st.booleans(), min_size=options, max_size=options),
        st.integers(1, options),
    )
    table = draw(st.dictionaries(shape.map(order_of), papers, max_size=6))
    return sim.Ballots(distinct(names), names, rankings_of(table, options), None, draw(st.integers(1, 9)), title)


def again(held: sim.Ballots, folder: Path, suffix: str) -> sim.Ballots:
    file = folder / f"ballots{suffix}"
    sim.write_ballots(held, file)
    return sim.read_ballots(file)


@settings(max_examples=150, deadline=None)
@given(held=ballots(), withdrawn=st.lists(NAME, max_size=2))
def test_blt_round_trip(tmp_path_factory: pytest.TempPathFactory, held: sim.Ballots, withdrawn: list[str]) -> None:
    held = dataclasses.replace(held, withdrawn=tuple(withdrawn))
    assert again(held, tmp_path_factory.getbasetemp(), ".blt") == held


@settings(max_examples=150, deadline=None)
@given(data=st.data(), kind=st.sampled_from(["soc", "soi", "toc", "toi"]))
def test_preflib_round_trip(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str) -> None:
    held = data.draw(ballots(strict=kind[0] == "s", complete=kind[2] == "c"))
    got = again(held, tmp_path_factory.getbasetemp(), f".{kind}")
    assert got == dataclasses.replace(held, seats=None)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), scored=st.booleans())
def test_csv_round_trip(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, scored: bool) -> None:
    held = data.draw(ballots(scored=scored))
    got = again(held, tmp_path_factory.getbasetemp(), ".csv")
    assert got == dataclasses.replace(held, seats=None, title="")


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


EXAMPLE = """4 2   # candidates, seats
-2
3 1 3 4 0
4 1 3 2 0
2 4 1=3 0
(17) 2 - 0
1 2 0
1 3 4 2 0
0
"Adam"
"Basil"
Charlotte
"Donald ""junior\\" "
"Title"
"source" "comment"
"""


def test_the_example_of_algorithm_123(tmp_path: Path) -> None:
    text = EXAMPLE.replace('"Donald ""junior\\" "', '"Donald \\"junior\\" "')
    held = sim.read_ballots(write(tmp_path, "a.blt", text))
    assert held.options == ("Adam", "Charlotte", 'Donald "junior"')
    assert (held.seats, held.title, held.withdrawn) == (2, "Title", ("Basil",))
    assert held.total == 12
    assert dict(orders_of(held.rankings)) == {
        ((0,), (1,), (2,)): 3, ((0,), (1,)): 4, ((2,), (0, 1)): 2, (): 2, ((1,), (2,)): 1
    }  # fmt: skip
    assert repr(held) == "<12 ballots of 'Title': 5 rankings of 3 options>"


def test_blt_in_one_line(tmp_path: Path) -> None:
    held = sim.read_ballots(write(tmp_path, "a.blt", '2 1 3 1 2 0 2 2 0 0 "A" "B" "T"'))
    assert dict(orders_of(held.rankings)) == {((0,), (1,)): 3, ((1,),): 2}


PREFLIB = """# FILE NAME: x.toi
# TITLE: Three
# DATA TYPE: toi
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: 9
# NUMBER UNIQUE ORDERS: 3
# ALTERNATIVE NAME 1: Ann
# ALTERNATIVE NAME 2: Ben
# ALTERNATIVE NAME 3: Cid
4: 1,{2,3}
3: 2
2: {1, 2},3
"""


def test_preflib(tmp_path: Path) -> None:
    held = sim.read_ballots(write(tmp_path, "x.toi", PREFLIB))
    assert held.names == ("Ann", "Ben", "Cid")
    assert held.rankings.ranks[0].tolist() == [[0, 1, 1], [3, 0, 3], [0, 0, 1]]
    assert held.rankings.counts.tolist() == [[4, 3, 2]]
    assert held.title == "Three"


def test_records(tmp_path: Path) -> None:
    held = sim.read_ballots(
        write(
            tmp_path, "a.csv", "ballot_id,rank1,rank2,rank3\n1,Ann,,Ben\n2,skipped,Ben,\n3,Ann = Cid,Ben,\n4,Ann,Ben,\n"
        )
    )
    assert held.options == ("Ann", "Ben", "Cid")
    assert dict(orders_of(held.rankings)) == {((0,), (1,)): 2, ((1,),): 1, ((0, 2), (1,)): 1}
    held = sim.read_ballots(write(tmp_path, "b.csv", "Ann,Ben,count,Cid\n1,3,5,\n2,2,1,1\n,,2,\n1,2,1,\n"))
    assert dict(orders_of(held.rankings)) == {((0,), (1,)): 6, ((2,), (0, 1)): 1, (): 2}
    text = "Ann,Ben\n5,0\n,-3\n5,\n"
    held = sim.read_ballots(write(tmp_path, "c.csv", text), marks="scores")
    assert held.table() == [((5, 0), 2), ((0, -3), 1)]
    assert sim.read_ballots(write(tmp_path, "d.csv", text.replace("Ann,Ben", "score:Ann,score: Ben"))) == held


def test_ids_are_made_distinct() -> None:
    assert distinct(["A", "A", "A (2)", "B"]) == ("A", "A (2)", "A (2) (2)", "B")


FAULTS = [
    ("a.blt", "", ["a.blt:1:1: the first line should hold the numbers of candidates and of seats"]),
    ("a.blt", "two 1\n", ["1:1: the number of candidates should be a whole number from 1 to 127, not 'two'"]),
    ("a.blt", "200 1\n", ["1:1: the number of candidates should be from 1 to 127, not 200"]),
    (
        "a.blt",
        '2 0\n-3\n1.5 1 0\n3 1 4 0\n2 1 1 0\n-1 2 0\n4 1 2\n5 x 0\n0\n"A"\n"B"\n',
        [
            "1:3: the number of seats should be from 1 to",
            "2:1: who withdrew should be from 1 to 2, not 3",
            "3:1: the number of ballots should be a whole number from 1 to .*, not '1.5'",
            "4:1: there is no candidate 4; they are numbered from 1 to 2",
            "5:1: the candidate 1 stands twice on the ballot",
            "6:1: the number of ballots should be a whole number .*, not '-1'",
            "7:1: the ballot does not end with 0",
            "8:3: expected the number of a candidate, .*, not 'x'",
        ],
    ),
    ("a.blt", '2 1\n1 1 0\n"A"\n"B"\n', ["3:1: the ballots should end with a line that holds only 0"]),
    ("a.blt", "2 1\n1 1 0\n", ["2:1: the ballots should end", "2 candidates, and 0 names"]),
    ("a.blt", '2 1\n1 1 0\n0\n"A"\n', ["4:1: 2 candidates, and 1 names"]),
    ("a.blt", '2 1\n0\n"A"\n""\n', ["4:1: a name is empty"]),
    ("a.blt", '2 1\n0\n"A"\n"B\n', ["4:1: the quotation mark is not closed"]),
    ("a.blt", '1 1\n0\n"A"\n"T"\n"S"\n"C"\n"D"\n', ["7:1: more names than the 1 candidates and the title"]),
    ("a.blt", '1 1\n-1\n0\n"A"\n', ["1:1: all candidates withdrew"]),
    ("a.soc", "3\n1,Ann\n", ["a.soc:1:1: the head has no line '# NUMBER ALTERNATIVES.*format of before 2022"]),
    ("a.soc", "", ["a.soc: the head has no line '# NUMBER ALTERNATIVES"]),
    (
        "x.soc",
        PREFLIB.replace("VOTERS: 9", "VOTERS: 8").replace("ORDERS: 3", "ORDERS: x"),
        [
            "x.soc:3:1: the file says that it is 'toi', and its name ends in '.soc'",
            "x.soc:5:1: 'NUMBER VOTERS' says 8, and the file holds 9 ballots",
            "x.soc:6:1: 'NUMBER UNIQUE ORDERS' should be a whole number",
            "x.soc:10:1: a tie, and '.soc' holds strict orders; name the file '.toc'",
            "x.soc:11:1: the order is not complete, as '.soc' says; name the file '.soi'",
            "x.soc:12:1: a tie",
        ],
    ),
    (
        "x.toi",
        PREFLIB.replace("# ALTERNATIVE NAME 3", "# ALTERNATIVE NAME 4").replace("4: 1,{2,3}", "4: 1,{2,3")
        + "7 1,2\n-1: 2\n1: 1,9\n1: 2,{2}\n1: {}\n1: 1,,2\n# TITLE: again\n",
        [
            "x.toi: the head has no line '# ALTERNATIVE NAME 3: …'",
            "x.toi:9:1: there is no alternative 4; there are 3",
            "x.toi:10:6: expected numbers of alternatives",
            "x.toi:13:1: expected 'number of ballots: order'",
            "x.toi:14:1: the number of ballots should be a whole number from 1",
            "x.toi:15:1: there is no candidate 9",
            "x.toi:16:1: the candidate 2 stands twice",
            "x.toi:17:1: the order ranks nobody",
            "x.toi:18:6: expected numbers of alternatives",
            "x.toi:19:1: '# TITLE' stands twice",
        ],
    ),
    ("a.csv", "", ["a.csv:1:1: is empty; the first line names the columns"]),
    ("a.csv", "A,,A\n1,2,3\n", ["1:1: the column 2 has no name", "1:1: the column 'A' stands twice"]),
    ("a.csv", "count\n1\n", ["1:1: 0 columns of candidates"]),
    ("a.csv", 'A,B\n1,"2\n', ["is not CSV: "]),
    ("a.csv", "rank1,rank3\nA,B\n", [r"the columns rank1, rank2 … should run on; there are \[1, 3\]"]),
    ("a.csv", "rank1,score:A\nA,B\n", ["the column 'score:A' is not known beside rank1"]),
    ("a.csv", "A,score:B\n1,2\n", ["some columns begin with 'score:' and some do not"]),
    ("a.csv", "rank1\n\n", ["a.csv: no ballot names a candidate"]),
    (
        "a.csv",
        "rank1,rank2,count\nA,A,1\nA,overvote,2\nA,B,-1\nA,B\nA = ,B,1\n",
        [
            "2:1: 'A' stands twice on the ballot",
            "3:1: 'overvote': say what it means",
            "4:1: 'count' should be a whole number .*, not '-1'",
            "5:1: 2 cells under 3 columns",
            "6:1: 'A =' lacks a name",
        ],
    ),
    (
        "a.csv",
        "A,B,count\n0,1,1\n1,1.5,1\n1,2,x\n",
        [
            "2:1: the rank of 'A' .*should be from 1 to 127, not 0",
            "3:1: the rank of 'B' .*should be a whole number from 1 to 127, not '1.5'",
            "4:1: 'count' should be a whole number",
        ],
    ),
    ("a.csv", "score:A\n40000\n1.5\n", ["2:1: the score of 'score:A' should be", "3:1: the score of"]),
]


@pytest.mark.parametrize("name, text, wanted", FAULTS, ids=range(len(FAULTS)))
def test_every_fault_is_told(tmp_path: Path, name: str, text: str, wanted: list[str]) -> None:
    with pytest.raises(sim.ScenarioError) as told:
        sim.read_ballots(write(tmp_path, name, text))
    found = [str(fault) for fault in told.value.faults]
    for words in wanted:
        assert any(re.search(words, line) for line in found), (words, found)
    assert len(found) == len(wanted), found


def test_many_faults_are_cut_short(tmp_path: Path) -> None:
    with pytest.raises(sim.ScenarioError, match="and 150 more faults; is this file of the format of its name"):
        sim.read_ballots(write(tmp_path, "a.csv", "A,B\n" + "x,1\n" * 200))


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(sim.SimError, match=r"ballots are in files ending in \.soc, .*; not in '.txt'"):
        sim.read_ballots(tmp_path / "a.txt")
    with pytest.raises(sim.ScenarioError, match="there is no such ballot file"):
        sim.read_ballots(tmp_path / "a.blt")
    with pytest.raises(sim.SimError, match="marks should be 'ranks' or 'scores', not 'stars'"):
        sim.read_ballots(tmp_path / "a.csv", marks="stars")


def held(names: tuple[str, ...] = ("A", "B"), **more: object) -> sim.Ballots:
    table = {((0, 1),): 2, ((1,),): 1}
    return sim.Ballots(distinct(names), names, **{"rankings": rankings_of(table, 2), **more})


SCORED = scores_of({(1, 0): 3}, 2)


@pytest.mark.parametrize(
    "given, name, message",
    [
        (held(), "a.blt", "'.blt' holds the number of seats"),
        (held(rankings=None, scores=SCORED), "a.blt", "'.blt' holds rankings, and these ballots have scores"),
        (held(rankings=None, scores=SCORED), "a.soi", "'.soi' holds rankings"),
        (held(), "a.soc", "'.soc' holds orders that are strict and complete; these ballots fit '.toi'"),
        (held(rankings=rankings_of({(): 1}, 2)), "a.toi", "cannot hold ballots that rank nobody"),
        (held(("A", " B")), "a.toi", "the name ' B' cannot be written"),
        (held(("A", "x\ny")), "a.csv", "cannot be written"),
        (held(("A", "count")), "a.csv", "a candidate called 'count' would be read as a column of another kind"),
        (held(("A", "Rank 2")), "a.csv", "a candidate called 'Rank 2'"),
        (held(), "no/such/folder/a.csv", "cannot be written: No such file"),
    ],
    ids=range(10),
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: sim.Ballots, name: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(sim.SimError, match=message):
        sim.write_ballots(given, name)


def test_ballots_are_either_or() -> None:
    with pytest.raises(sim.SimError, match="either rankings or scores"):
        held(scores=SCORED)
    with pytest.raises(sim.SimError, match="ids that differ"):
        sim.Ballots(("A", "A"), ("A", "A"), rankings_of({}, 2))
    assert held() != held(title="other")
    assert held() != 3


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(st.sampled_from('0123 =-,{}:#"\nAB\\.'), max_size=80), suffix=st.sampled_from(["blt", "toi", "csv"])
)
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str, suffix: str) -> None:
    head = "# NUMBER ALTERNATIVES: 2\n# ALTERNATIVE NAME 1: A\n# ALTERNATIVE NAME 2: B\n" if suffix == "toi" else ""
    file = write(tmp_path_factory.getbasetemp(), f"a.{suffix}", head + text)
    with contextlib.suppress(sim.ScenarioError):
        assert sim.read_ballots(file).total >= 0

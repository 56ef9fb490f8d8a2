"""CSV tables: cells, places, folders."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from sim.scenario.tables import parse_table

SCENARIO = """
title: Tables
electorate: {regions: regions.csv}
ballot: {options: {a: , b: }}
voters: {baseline: {a: 0.5, b: 0.5}}
turnout: {baseline: 0.6}
rules: {mayor: {model: plurality}}
"""


def faults(text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(sim.ScenarioError) as caught:
        parse_table(text, "t.csv")
    return [(fault.line, fault.column, fault.message) for fault in caught.value.faults]


def test_cells_follow_the_core_rules_and_names_stay_text() -> None:
    table = parse_table("region,value,name,flag,day\n010,010,75,true,2022-11-20\nNO, 1e-3 ,,NO,~\n", "t.csv")
    assert table.rows == [
        {"region": "010", "value": 10, "name": "75", "flag": True, "day": "2022-11-20"},
        {"region": "NO", "value": 0.001, "flag": "NO"},
    ]


def test_places_of_cells() -> None:
    table = parse_table('region,note,value\n"a","x, ""y""",1\n\nb,"two\nlines",2\nc,é,3\n', "t.csv")
    places = [(mark.line, mark.column) for mark in (table.mark(i, "value") for i in range(3))]
    assert places == [(2, 16), (5, 8), (6, 5)]
    assert [table.mark(i).line for i in range(3)] == [2, 4, 6]
    assert table.row_of("b") == (1, "region")
    assert table.row_of("nobody") is None


def test_faults_of_tables() -> None:
    assert faults("") == [(0, 0, "is empty; a table begins with a row of column names")]
    assert faults("\n\n") == [(0, 0, "is empty; a table begins with a row of column names")]
    assert faults("a,b\n") == [(0, 0, "has column names but no rows")]
    assert faults("a,b\n1\n1,2,3\n") == [
        (2, 1, "1 cells in a table of 2 columns"), (3, 1, "3 cells in a table of 2 columns")
    ]  # fmt: skip
    assert faults("a,,a\n1,2,3") == [(1, 3, "column 2 has no name"), (1, 4, "the column 'a' stands twice")]
    assert faults("a;b\n1;2") == [(1, 1, "the columns must be separated by commas")]
    assert faults('a,b\n1,"2') == [(2, 1, "not a CSV row: a quotation mark is opened but not closed")]
    assert faults("a\nx.csv") == [(2, 1, "a table cannot name another table")]
    assert faults(f"a,b\n1,{'9' * 200}") == [(2, 3, "a number of 200 digits; no number of a scenario is that long")]
    assert len(faults("a,b\n" + "1\n" * 1000)) == 20


def test_links_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "regions.csv").write_text("region,registered\nn,5\n")
    (home / "s.yaml").write_text(SCENARIO)
    (home / "regions.csv").symlink_to("../regions.csv")
    with pytest.raises(sim.ScenarioError, match="leaves the scenario's folder"):
        sim.load(home / "s.yaml")
    (home / "inside.csv").write_text("region,registered\nn,5\n")
    (home / "regions.csv").unlink()
    (home / "regions.csv").symlink_to("inside.csv")
    assert sim.load(home / "s.yaml").world.regions == ("n",)
    (home / "regions.csv").unlink()
    (home / "regions.csv").symlink_to("regions.csv")
    with pytest.raises(sim.ScenarioError):
        sim.load(home / "s.yaml")


def test_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "regions.csv").write_text("region,registered\nn,5\n")
    (home / "s.yaml").write_text(SCENARIO)
    (tmp_path / "link").symlink_to("home")
    assert sim.load(tmp_path / "link" / "s.yaml").world.regions == ("n",)


@pytest.mark.parametrize("name", ["../x.csv", "/etc/x.csv", "a/../../x.csv", "~/x.csv", "a\\x.csv", "x\0.csv"])
def test_paths_that_leave(name: str, tmp_path: Path) -> None:
    with pytest.raises(sim.ScenarioError, match=r"leaves the scenario's folder|path from this file's folder|null char"):
        sim.loads(SCENARIO, folder=tmp_path, changes={"electorate.regions": name})


def test_text_without_a_folder_names_no_files() -> None:
    with pytest.raises(sim.ScenarioError, match="has no folder to find files in"):
        sim.loads(SCENARIO)
    with pytest.raises(sim.ScenarioError, match="has no folder to find files in"):
        sim.loads("extends: base.yaml")


def test_free_text_may_end_like_a_table(tmp_path: Path) -> None:
    text = SCENARIO.replace("regions.csv", "{n: 5}").replace("title: Tables", "title: x.csv\nnote: y.csv")
    text = text.replace("a: , b: ", "a: {name: z.csv}, b: ")
    scenario = sim.loads(text)
    assert scenario.title == "x.csv"
    assert sim.loads(scenario.to_yaml()) == scenario


def test_names_of_files_are_those_the_user_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "s.yaml").write_text(SCENARIO)
    (tmp_path / "home" / "regions.csv").write_text("region,registered\nn,-5\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(sim.ScenarioError, match=r"^home/regions\.csv:2:3: electorate\.regions\.0\.registered: "):
        sim.load("home/s.yaml")

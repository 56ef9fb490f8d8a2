"""Kazakhstan 2023: the official seats from the official votes, the derived tables, and what the scenarios give."""

from __future__ import annotations

import csv
import importlib.util
import io
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.results.contract import check

FOLDER = Path(__file__).resolve().parents[2] / "scenarios" / "kazakhstan-2023"
OFFICIAL = {"amanat": 40, "auyl": 8, "respublica": 6, "ak_zhol": 6, "npk": 5, "nsdp": 4, "baitaq": 0, "against_all": 0}
INVALID = 6_524_487 - 6_366_441


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def seats(**changes: object) -> dict[str, int]:
    rule = {"model": "list_proportional", "seats": 69, "method": "hare_largest_remainder", **changes}
    kinds = {"against_all": "against_all"}
    made = sim.decide(rule, FOLDER / "votes.csv", kinds=kinds, invalid_ballots=INVALID)
    assert int(made["tied"]) == 0
    return dict(zip(made["option"].values.tolist(), made["seats"].values.tolist()))


def test_the_official_votes_give_the_official_seats():
    made = sim.decide(FOLDER / "list_rule.yaml", FOLDER / "votes.csv", invalid_ballots=INVALID)
    assert dict(zip(made["option"].values.tolist(), made["seats"].values.tolist())) == OFFICIAL
    assert int(made["seats"].sum()) == 69


@pytest.mark.parametrize("base", ["ballots_cast", "valid_votes"])
def test_every_base_of_the_threshold_gives_the_same(base):
    assert seats(threshold={"share": 0.05, "of": base}) == OFFICIAL


@pytest.mark.parametrize(
    "threshold, expected",
    [(0.03, [40, 8, 6, 6, 5, 4, 0]), (0.07, [46, 9, 7, 7, 0, 0, 0]), (0.10, [57, 12, 0, 0, 0, 0, 0])],
)
def test_other_thresholds(threshold, expected):
    found = seats(threshold={"share": threshold, "of": "valid_votes"})
    assert [found[key] for key in OFFICIAL][:-1] == expected


def test_no_threshold():
    assert [seats()[key] for key in OFFICIAL] == [39, 8, 6, 6, 5, 4, 1, 0]


@pytest.mark.parametrize(
    "method, expected",
    [("dhondt", [41, 8, 6, 6, 5, 3]), ("sainte_lague", [40, 8, 6, 6, 5, 4]), ("droop_largest_remainder", None)],
)
def test_other_methods(method, expected):
    found = seats(method=method, threshold={"share": 0.05, "of": "ballots_cast"})
    assert [found[key] for key in OFFICIAL][:6] == (expected or [40, 8, 6, 6, 5, 4])


def test_the_tables_add_up():
    assert sum(int(row["votes"]) for row in rows("votes.csv")) == 6_366_441
    regions = rows("regions.csv")
    assert len(regions) == 29
    assert sum(int(row["registered"]) for row in regions) == 12_035_578
    assert {row["region"] for row in rows("turnout.csv")} == {row["region"] for row in regions}


def test_derive_says_what_the_files_hold():
    spec = importlib.util.spec_from_file_location("derive_2023", FOLDER / "derive.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with redirect_stdout(io.StringIO()) as out:
        module.main()
    assert "all 29, registered 12,035,578" in out.getvalue()
    voters = {row["region"]: int(row["voters_2022"]) for row in rows("lists.csv")}
    sizes = [size for one in module.registers(voters).values() for size in one]
    assert sorted(sizes) == sorted(int(row["registered"]) for row in rows("regions.csv"))


@pytest.mark.parametrize("name", ["baseline", "entry"])
def test_a_run_fills_the_house(name):
    result = sim.run(sim.load(FOLDER / f"{name}.yaml"), draws=300)
    check(result)
    assert (result["seats_list"].sum("option") == 69).all()
    assert (result["seats_districts"].sum("option_districts") == 29).all()
    below = result["votes"].sum("region") < 0.05 * result["ballots_cast"].sum("region")
    assert (result["seats_list"].where(below, 0) == 0).all()
    assert (result["seats_list"].sel(option="against_all") == 0).all()


def test_the_hindcast_is_near_what_happened():
    result = sim.run(sim.load(FOLDER / "baseline.yaml"), draws=3000)
    inside = sim.summary(result)["seats_list"]
    for option, official in list(OFFICIAL.items())[:6]:
        low, high = (float(inside.sel(option=option, statistic=q)) for q in ("q05", "q95"))
        assert low <= official <= high, option
    amanat = result["seats_districts"].sel(option_districts="amanat").values
    assert np.quantile(amanat, 0.05) <= 22 <= np.quantile(amanat, 0.95)
    passes = float(sim.summary(result)["passes_probability_list"].sel(option="nsdp"))
    assert 0.2 < passes < 0.8

"""United States 2020 and Norway 2021: sums against totals typed again, derivations, and what the scenarios give."""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
STANDINGS = {"official", "published", "derived", "estimated", "assumption"}
US, NORWAY = "united-states-2020", "norway-2021"
CASES = (US, NORWAY)
DAY = {US: 2020, NORWAY: 2021}
REGIONS = {US: 51, NORWAY: 19}
OBSERVED = {US: 208, NORWAY: 221}
VARIANTS = [(case, name) for case in CASES for name in ("baseline", "forecast")]

#: Federal Election Commission: Democratic, Republican, all votes for president.
FEC = {
    2008: (69_498_516, 59_948_323, 131_313_820),
    2012: (65_915_795, 60_933_504, 129_085_410),
    2016: (65_853_514, 62_984_828, 136_669_276),
    2020: (81_268_924, 74_216_154, 158_383_403),
}
#: The Commission's revised count of 2020.
REVISED = (81_283_501, 74_223_975, 158_429_631)

#: United States Elections Project, votes for president over eligible, %, in the order of regions.csv.
RATES = {
    2016: """58.9 61.3 55.4 52.7 56.7 70.1 64.2 64.4 60.9 64.7 59.3 42.2 59.1 61.9 56.4 68.4 57.7 58.7 60.0 70.5 66.6
             67.2 64.7 74.2 55.6 62.3 61.5 62.5 57.3 71.4 64.0 54.8 56.8 64.8 60.9 62.9 52.3 66.4 63.0 59.1 56.8 58.5
             51.2 51.6 56.7 63.7 66.1 64.7 50.0 69.4 59.7""",
    2020: """63.1 68.4 65.2 55.9 67.4 75.5 70.1 69.9 63.7 71.2 67.7 57.0 67.1 66.8 60.7 72.8 63.9 64.5 61.4 75.5 70.4
             71.6 73.4 79.6 59.7 65.4 72.1 68.8 65.2 74.7 73.9 61.0 62.9 71.2 64.0 66.8 54.8 74.3 70.7 64.7 64.0 65.2
             59.6 60.2 67.9 73.5 72.0 75.2 57.0 75.5 64.2""",
}
#: Regions where the project's numerator is another count or another race.
OTHER_NUMERATOR = {
    2016: {"US-AZ", "US-MT", "US-PA", "US-WV"},
    2020: {"US-AZ", "US-DE", "US-KS", "US-LA", "US-MO", "US-NE"},
}

#: Norway: national totals from other sources than the districts.
STORTING = {
    2013: {"ap": 874_769, "h": 760_232, "frp": 463_560, "krf": 158_475, "sp": 155_357, "v": 148_275, "sv": 116_021},
    2017: {"ap": 800_947, "h": 732_895, "frp": 444_681},
    2021: {
        "ap": 783_394,
        "h": 607_316,
        "sp": 402_961,
        "frp": 346_474,
        "sv": 228_063,
        "r": 140_931,
        "v": 137_433,
        "mdg": 117_647,
        "krf": 113_344,
    },
}
LISTS = {2013: 3_641_994, 2017: 3_765_245, 2021: 3_892_507}
VALID = {2013: 2_836_029, 2017: 2_926_836, 2021: 2_984_187}
PARTIES = ("ap", "h", "sp", "frp", "sv", "r", "v", "mdg", "krf", "others")

#: Labour's percentage of all lists as printed with the votes, in the order of regions.csv.
LABOUR = {
    2013: """34.91625 28.44024 30.41269 43.19793 41.01146 31.75468 29.60599 36.74268 28.01749 23.78841 22.63638 24.86306
             28.08965 25.15720 36.69525 41.90065 35.06970 31.08191 39.83908""",
    2017: """32.05136 26.31502 28.35432 35.55487 35.07465 28.27325 27.95581 31.93141 25.44307 21.03710 22.43656 22.83847
             24.55739 21.33394 32.78950 34.20388 26.03351 24.02767 31.97204""",
    2021: """30.47944 25.81927 22.96260 33.12401 35.02093 28.36024 26.98418 30.83583 24.52647 20.77548 22.39327 22.71874
             26.45855 20.16576 29.81882 33.57123 28.76524 27.14702 31.36752""",
}


@cache
def rows(case: str, name: str) -> tuple[dict[str, str], ...]:
    with (SCENARIOS / case / name).open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


def results(case: str, year: int) -> list[dict[str, str]]:
    """Rows of a year in the order of regions.csv."""
    table = {row["region"]: row for row in rows(case, "results.csv") if row["year"] == str(year)}
    return [table[row["region"]] for row in rows(case, "regions.csv")]


def total(case: str, year: int, *columns: str) -> int:
    return sum(int(row[column]) for row in results(case, year) for column in columns)


def national(case: str) -> dict[tuple[int, str], float]:
    return {(int(r["year"]), r["quantity"]): float(r["value"]) for r in rows(case, "national.csv")}


def text(case: str, name: str) -> dict:
    return yaml.safe_load((SCENARIOS / case / f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def printed(case: str) -> dict[str, float]:
    """Numbers that derive.py prints, run as a user runs it."""
    done = subprocess.run(
        [sys.executable, str(SCENARIOS / case / "derive.py")],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    return {name: float(value) for name, value in re.findall(r"^(\S+) = (\S+) ", done.stdout, re.MULTILINE)}


# Tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "name"), [(case, path.name) for case in CASES for path in sorted((SCENARIOS / case).glob("*.csv"))]
)
def test_every_row_has_a_source_and_a_standing(case, name):
    for row in rows(case, name):
        assert row["source"].strip()
        assert row["standing"] in STANDINGS
        assert None not in row, "a row is longer than the header"


@pytest.mark.parametrize("case", CASES)
def test_regions_and_tiles(case):
    names = [path.name for path in (SCENARIOS / case).glob("regions*.csv")]
    for name in names:
        table = rows(case, name)
        assert len(table) == REGIONS[case] == len({row["region"] for row in table})
        assert len({(row["tile_column"], row["tile_row"]) for row in table}) == REGIONS[case]
        assert [row["region"] for row in table] == [row["region"] for row in rows(case, "regions.csv")]


@pytest.mark.parametrize("year", FEC)
def test_states_add_up_to_the_commissions_totals(year):
    democratic, republican, votes = FEC[year]
    assert len(results(US, year)) == 51
    assert total(US, year, "democratic") == democratic
    assert total(US, year, "republican") == republican
    assert total(US, year, "democratic", "republican", "others") == votes
    table = national(US)
    assert [table[year, name] for name in ("democratic", "republican", "votes")] == [democratic, republican, votes]


def test_the_revised_count_changes_no_share_by_a_hundredth_of_a_point():
    first, later = np.array(FEC[2020]), np.array(REVISED)
    assert np.abs(first[:2] / first[2] - later[:2] / later[2]).max() < 1e-4
    table = national(US)
    assert [table[2020, f"{name}_revised"] for name in ("democratic", "republican", "votes")] == list(later)


@pytest.mark.parametrize("year", RATES)
def test_eligible_people_give_the_printed_turnout_rates(year):
    off = set()
    for row, rate in zip(results(US, year), RATES[year].split(), strict=True):
        votes = sum(int(row[name]) for name in ("democratic", "republican", "others"))
        if abs(100 * votes / int(row["eligible"]) - float(rate)) > 0.051:
            off.add(row["region"])
    assert off == OTHER_NUMERATOR[year]


def test_the_electorate_of_the_states_is_that_of_the_results():
    table = {row["region"]: row["registered"] for row in rows(US, "regions.csv")}
    assert all(row["eligible"] == table[row["region"]] for row in results(US, 2020))
    assert sum(map(int, table.values())) == 234_632_885 < national(US)[2020, "eligible"]


def test_census_regions():
    kinds = [row["kind"] for row in rows(US, "regions.csv")]
    count = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    assert count == {"midwest": 12, "northeast": 9, "south": 17, "west": 13}


@pytest.mark.parametrize("year", STORTING)
def test_districts_add_up_to_the_nations_totals(year):
    table = national(NORWAY)
    for party, votes in STORTING[year].items():
        assert total(NORWAY, year, party) == votes == table[year, party]
    assert total(NORWAY, year, *PARTIES) == VALID[year]
    assert total(NORWAY, year, "registered") == LISTS[year]
    if year < 2021:
        assert table[year, "registered"] == LISTS[year]


@pytest.mark.parametrize("year", LABOUR)
def test_votes_of_a_district_give_the_printed_percentage(year):
    """Labour over the sum of all lists, to five decimals: no list is missing."""
    for row, percent in zip(results(NORWAY, year), LABOUR[year].split(), strict=True):
        share = 100 * int(row["ap"]) / sum(int(row[party]) for party in PARTIES)
        assert share == pytest.approx(float(percent), abs=6e-6), row["name"]


def test_where_the_sources_for_norway_differ():
    table = national(NORWAY)
    assert LISTS[2021] - table[2021, "registered"] == 771
    assert VALID[2021] - table[2021, "valid"] == 3_764
    assert sum(int(row["registered"]) for row in rows(NORWAY, "regions.csv")) == LISTS[2021]
    assert sum(int(row["registered"]) for row in rows(NORWAY, "regions_forecast.csv")) == 3_876_200


def test_polls_of_norway():
    """The means of 19 polls that an agency printed for three parties are near those of the six institutes."""
    for party, percent in {"ap": 24.1, "sp": 12.9, "sv": 9.4}.items():
        assert 100 * printed(NORWAY)[f"forecast.after.{party}"] == pytest.approx(percent, abs=1)
    for row in rows(NORWAY, "polls.csv"):
        if row["end"].startswith("2021"):
            assert sum(float(row[party]) for party in PARTIES) == pytest.approx(1, abs=0.0025)


# Derivations -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_tables_follow_from_derive(case):
    spec = importlib.util.spec_from_file_location(f"derive_{DAY[case]}", SCENARIOS / case / "derive.py")
    derive = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(derive)
    made = derive.tables()
    assert {"shares.csv", "turnout.csv", "observed.csv"} < set(made)
    for name, table in made.items():
        assert table[1:] == [list(row.values()) for row in rows(case, name)]
    assert len(rows(case, "observed.csv")) == OBSERVED[case]


@pytest.mark.parametrize(("case", "name"), VARIANTS)
def test_every_number_is_derived_or_marked_as_an_assumption(case, name):
    """A number on a line of swings or shares is that of the name in its comment, or marked "evidence A"."""
    checked = 0
    lines = (SCENARIOS / case / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    body = [line for line in lines if not line.startswith("#")]
    kinds = r"national|regional|default|tails|share|sd|" + "|".join(("democratic", "republican", *PARTIES))
    for line in body:
        found = re.match(rf"\s+(?:{kinds}):\s+([0-9.]+)\s*(?:#\s*(.*))?$", line)
        if found and found[2] and "evidence A" not in found[2]:
            name_of = re.match(r"[a-z_.]+[a-z]", found[2])[0]
            assert float(found[1]) == printed(case)[name_of], line
            checked += 1
        elif found:
            assert found[2], f"no name beside {line.strip()}"
    prefix = "forecast." if name == "forecast" else ""
    swing = text(case, name)
    for stage in ("voters", "turnout"):
        blocks = swing[stage]["swing"]["blocks"]
        which = "votes" if stage == "voters" else "turnout"
        assert {block["sd"] for block in blocks.values()} == {printed(case)[f"{prefix}{which}.block"]}
        kind = {row["region"]: row["kind"] for row in rows(case, "regions.csv")}
        regions = {region: block for block, body in blocks.items() for region in body["regions"]}
        assert regions == kind
    assert checked > 5


def test_derivations_agree_with_closed_forms():
    """The same numbers by another road, from the totals typed above."""
    margin = np.array([np.log(d / r) for d, r, _ in FEC.values()])
    rms = lambda x: float(np.sqrt(np.mean(np.square(x))))  # noqa: E731
    assert printed(US)["votes.margin.nation"] == pytest.approx(rms(np.diff(margin)), abs=6e-4)
    assert printed(US)["forecast.votes.margin.nation"] == pytest.approx(rms(np.diff(margin[:3])), abs=6e-4)
    others = np.array([np.log((v - d - r) / np.sqrt(d * r)) for d, r, v in FEC.values()])
    assert printed(US)["votes.national.others"] == pytest.approx(others.std(ddof=1), abs=6e-3)
    leads = {2008: 0.064, 2012: 0.005, 2016: 0.029}
    errors = [(FEC[y][0] - FEC[y][1]) / FEC[y][2] - lead for y, lead in leads.items()] + [0.005 + 0.02]
    assert printed(US)["forecast.polls.lead"] == pytest.approx(100 * rms(errors), abs=6e-3)
    y = np.array([np.log([int(r["democratic"]) / int(r["republican"]) for r in results(US, year)]) for year in FEC])
    kinds = np.array([row["kind"] for row in rows(US, "regions.csv")])
    change = np.diff(y, axis=0)
    inside = sum(
        ((change[:, kinds == k] - change[:, kinds == k].mean(1, keepdims=True)) ** 2).sum() for k in set(kinds)
    )
    assert printed(US)["votes.margin.state"] == pytest.approx(np.sqrt(inside / (3 * 47)), abs=6e-4)
    turnout = np.array([0.758, 0.783, 0.755, 0.774, 0.764, 0.782, 0.782, 0.772])
    logit = np.log(turnout / (1 - turnout))
    assert printed(NORWAY)["turnout.nation"] == pytest.approx(rms(np.diff(logit)), abs=6e-4)
    polls = {"ap": 26.8, "h": 24.1, "frp": 14.8, "sv": 6.3, "sp": 9.9, "krf": 4.6, "v": 4.1}
    errors = [np.log(100 * total(NORWAY, 2017, party) / VALID[2017] / poll) for party, poll in polls.items()]
    assert printed(NORWAY)["forecast.votes.polls"] == pytest.approx(rms(errors), abs=6e-4)


@pytest.mark.parametrize("case", CASES)
def test_the_readme_states_the_derived_numbers(case):
    readme = (SCENARIOS / case / "README.md").read_text(encoding="utf-8")
    found = {name: float(value) for name, value in re.findall(r"^\| `([a-z0-9_.]+)` \| ([0-9.]+) \|", readme, re.M)}
    found = {name: value for name, value in found.items() if not name.endswith(".csv")}
    assert found == {name: value for name, value in printed(case).items() if not name.startswith("sum.")}


@pytest.mark.parametrize("case", CASES)
def test_the_forecast_knows_nothing_of_the_day(case):
    body = text(case, "forecast")
    assert "extends" not in body
    before = {US: ("shares_2016.csv", "turnout_2016.csv"), NORWAY: ("shares_2017.csv", "turnout_2017.csv")}[case]
    assert (body["voters"]["baseline"], body["turnout"]["baseline"]) == before
    for option, share in body["voters"]["after"].items():
        assert share == printed(case)[f"forecast.after.{option}"]


@pytest.mark.parametrize(("case", "name"), VARIANTS)
def test_the_rule_is_named_for_what_it_is(case, name):
    rules = text(case, name)["rules"]
    if case == NORWAY:
        assert rules == {"largest_party": {"model": "plurality", "ties": "lot"}}
        return
    assert set(rules) == {"president"}
    assert rules["president"]["model"] == "electoral_college"
    assert sum(rules["president"]["electors"].values()) == 538
    assert set(rules["president"]["electors"]) == {row["region"] for row in rows(US, "regions.csv")}


# Runs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("case", "name"), VARIANTS)
def test_the_scenario_is_fine(case, name):
    from click.testing import CliRunner

    from sim.cli.main import cli

    done = CliRunner().invoke(cli, ["check", str(SCENARIOS / case / f"{name}.yaml")])
    assert done.exit_code == 0
    assert f"fine ({REGIONS[case]} regions, {3 if case == US else 10} options)" in done.output


@dataclass
class Outcome:
    """A run as the file says, and the draws of every observed figure."""

    result: object
    draws: dict[tuple[str, str, str], np.ndarray]


@cache
def outcome(case: str, name: str) -> Outcome:
    import sim

    result = sim.run(sim.load(SCENARIOS / case / f"{name}.yaml"))
    counts = {key: result[key].transpose("draw", ...) for key in ("votes", "ballots_cast", "invalid_ballots")}
    registered = np.broadcast_to(result["registered"].values, counts["ballots_cast"].shape)
    options, regions = ([str(x) for x in result[dim].values] for dim in ("option", "region"))
    votes, ballots = counts["votes"].values, counts["ballots_cast"].values
    draws = {}
    for row in rows(case, "observed.csv"):
        at = regions.index(row["region"]) if row["region"] else slice(None)
        over = lambda x: x if row["region"] else x.sum(1)  # noqa: B023, E731
        if row["variable"] == "vote_share":
            made = over(votes[:, at])
            made = made[:, options.index(row["option"])] / made.sum(-1)
        elif row["variable"] == "turnout":
            made = over(ballots[:, at]) / over(registered[:, at])
        else:
            made = over(counts["invalid_ballots"].values[:, at]) / over(ballots[:, at])
        draws[row["variable"], row["region"], row["option"]] = made
    return Outcome(result, draws)


def outside(case: str, name: str) -> list[tuple[str, str, str]]:
    """Return the official figures outside the central 90 % of the draws."""
    out = []
    for row in rows(case, "observed.csv"):
        key = row["variable"], row["region"], row["option"]
        low, high = np.quantile(outcome(case, name).draws[key], [0.05, 0.95])
        if not low <= float(row["value"]) <= high:
            out.append(key)
    return out


@pytest.mark.parametrize("case", CASES)
def test_hindcast_means_are_the_official_result(case):
    for row in rows(case, "observed.csv"):
        key = row["variable"], row["region"], row["option"]
        tolerance = 0.003 if row["region"] else 0.001
        assert outcome(case, "baseline").draws[key].mean() == pytest.approx(float(row["value"]), abs=tolerance), key


@pytest.mark.parametrize("case", CASES)
def test_hindcast_covers_the_result(case):
    assert outside(case, "baseline") == []


def test_hindcast_is_as_wide_as_history_and_no_wider():
    """The spreads that come out are those derived from history, not less and not more."""
    draws = outcome(US, "baseline").draws
    margin = np.log(draws["vote_share", "", "democratic"] / draws["vote_share", "", "republican"])
    assert margin.std() == pytest.approx(printed(US)["votes.margin.nation"], abs=0.003)
    state = np.log(draws["vote_share", "US-WI", "democratic"] / draws["vote_share", "US-WI", "republican"])
    own = [printed(US)[name] * np.sqrt(2) for name in ("votes.national", "votes.block", "votes.regional")]
    assert state.std() == pytest.approx(np.linalg.norm(own), abs=0.006)
    turnout = draws["turnout", "US-WI", ""]
    own = [printed(US)[name] for name in ("turnout.national", "turnout.block", "turnout.regional")]
    assert np.log(turnout / (1 - turnout)).std() == pytest.approx(np.linalg.norm(own), abs=0.01)
    draws = outcome(NORWAY, "baseline").draws
    ratio = np.log(draws["vote_share", "", "ap"] / draws["vote_share", "", "h"])
    assert ratio.std() == pytest.approx(np.sqrt(2) * printed(NORWAY)["votes.nation.large"], abs=0.025)


def test_forecast_misses_are_those_of_the_readme():
    def count(case):
        found = {}
        for variable, region, option in outside(case, "forecast"):
            found.setdefault(option or variable, []).append(region)
        return found

    us = count(US)
    assert set(us) == {"turnout", "republican"}
    assert us["republican"] == ["", "US-DC", "US-HI"]
    assert len(us["turnout"]) == 36
    assert us["turnout"][0] == ""
    norway = count(NORWAY)
    assert {party for party, regions in norway.items() if "" in regions} == {"sv", "r", "mdg"}
    districts = {party: sum(bool(region) for region in regions) for party, regions in norway.items()}
    assert districts == {"sp": 2, "sv": 4, "r": 4, "mdg": 14, "h": 2, "ap": 3, "v": 1, "others": 4}


@pytest.mark.parametrize("case", CASES)
def test_the_readme_states_what_came_out(case):
    readme = (SCENARIOS / case / "README.md").read_text(encoding="utf-8")
    options = ("democratic", "republican", "others") if case == US else PARTIES
    keys = [*(("vote_share", "", option) for option in options), ("turnout", "", "")]
    keys += [("invalid_share", "", "")] if case == NORWAY else []
    table = re.findall(
        r"^\| [A-Za-z ]+ \| ([0-9.]+) \| ([0-9.]+) \| (.*?) \| ([0-9.]+) \| (.*?) \| (.*?) ?\|$", readme, re.M
    )
    official = {(r["variable"], r["region"], r["option"]): 100 * float(r["value"]) for r in rows(case, "observed.csv")}
    for key, (figure, mean, interval, forecast, wide, mark) in zip(keys, table, strict=True):
        assert float(figure) == pytest.approx(official[key], abs=0.006)
        for name, printed_mean, printed_interval in (("baseline", mean, interval), ("forecast", forecast, wide)):
            draws = 100 * outcome(case, name).draws[key]
            assert float(printed_mean) == pytest.approx(draws.mean(), abs=0.006)
            bounds = [float(bound) for bound in printed_interval.split(" – ")]
            assert bounds == pytest.approx(np.quantile(draws, [0.05, 0.95]), abs=0.06)
        assert (mark == "outside") == (key in outside(case, "forecast"))


@pytest.mark.parametrize(("case", "inside"), [(US, 169), (NORWAY, 184)])
def test_the_forecast_is_scored(case, inside):
    import sim

    score = sim.score(outcome(case, "forecast").result)
    assert score.sizes["observation"] == OBSERVED[case]
    assert int(score["inside"].sel(level=0.9).sum()) == inside
    assert f"{inside} of {OBSERVED[case]} figures" in (SCENARIOS / case / "README.md").read_text(encoding="utf-8")


def test_who_has_most_votes():
    for case, first, least in ((US, "democratic", 0.99), (NORWAY, "ap", 0.99)):
        result = outcome(case, "forecast").result
        most = result["votes"].sum("region").transpose("draw", "option").values.argmax(axis=1)
        assert (result["option"].values[most] == first).mean() > least


@pytest.mark.parametrize(("name", "column"), [("baseline", 0), ("forecast", 1)])
def test_chances_of_electors_are_those_of_the_readme(name, column):
    result = outcome(US, name).result
    winner = result["winner"].values
    first = result["votes"].sum("region").transpose("draw", "option").values.argmax(axis=1)
    electors = result["electors"].transpose("draw", "option").values
    assert (electors.sum(axis=1) == 538).all()
    chances = [winner == 0, winner == 1, winner < 0, first == 0, (first == 0) & (winner == 1)]
    readme = (SCENARIOS / US / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| % | hindcast | forecast |")[2].split("\n\n")[0]
    stated = [row.split("|")[2 + column].strip() for row in table.splitlines()[2:]]
    assert [f"{100 * chance.mean():.1f}" for chance in chances] == stated[:5]
    low, high = np.quantile(electors[:, 0], [0.05, 0.95])
    assert f"{electors[:, 0].mean():.0f} ({low:.0f} – {high:.0f})" == stated[5]

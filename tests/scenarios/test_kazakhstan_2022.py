"""The Kazakhstan 2022 folder: figures entered a second time, derivations, and what the scenarios give.

The figures below were typed from the printed results, not read from the tables they check.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "scenarios" / "kazakhstan-2022"
STANDINGS = {"official", "published", "derived", "estimated", "assumption"}
TABLES = sorted(path.name for path in FOLDER.glob("*.csv"))
SCENARIOS = ("baseline", "forecast", "stations", "minimal")
CITIES = {"KZ-71", "KZ-75", "KZ-79"}

VOTES = {
    "tokayev": 6_456_392,
    "against_all": 460_484,
    "dairabayev": 271_641,
    "abden": 206_206,
    "kazhyken": 200_907,
    "auesbayev": 176_116,
    "tursynbekova": 168_731,
}
FOR_OPTIONS, BALLOTS, LIST = 7_940_477, 8_300_046, 11_953_465

#: region: voters estimated, standard error in %, stations printed (None in the west), turnout in %
REGIONS = {
    "KZ-10": (398_000, 2.7, 475, 80.18),
    "KZ-11": (541_630, 3.5, 717, 78.87),
    "KZ-15": (534_262, 3.6, None, 72.81),
    "KZ-19": (948_590, 1.8, 606, 72.10),
    "KZ-23": (413_881, 3.9, None, 70.87),
    "KZ-27": (431_415, 4.0, None, 68.67),
    "KZ-31": (695_248, 3.0, 493, 79.57),
    "KZ-33": (446_592, 3.8, 447, 81.42),
    "KZ-35": (756_621, 0.4, 642, 78.39),
    "KZ-39": (566_435, 3.9, 745, 79.28),
    "KZ-43": (482_765, 0.3, None, 81.07),
    "KZ-47": (409_884, 3.9, None, 66.99),
    "KZ-55": (519_998, 3.7, 528, 77.58),
    "KZ-59": (370_605, 3.3, 640, 79.01),
    "KZ-61": (1_176_257, 0.3, 919, 80.37),
    "KZ-62": (138_114, 0.3, 136, 75.48),
    "KZ-63": (510_428, 3.9, 537, 79.49),
    "KZ-71": (794_440, 0.6, 406, 48.60),
    "KZ-75": (1_156_368, 0.5, 600, 28.72),
    "KZ-79": (661_931, 2.1, 311, 59.79),
}

#: turnout in % of 2019, 2021, June 2022, November 2022, 2023, and the effect of the first three votes
PANEL = {
    "KZ-11": (83.4, 72.8, 73.81, 78.87, 60.01, +0.318),
    "KZ-15": (84.9, 57.7, 58.06, 72.81, 58.00, -0.106),
    "KZ-19": (89.0, 73.5, 72.83, 75.08, 58.52, +0.472),
    "KZ-23": (71.2, 55.5, 67.68, 70.87, 51.23, -0.272),
    "KZ-63": (84.9, 72.4, 77.49, 79.79, 61.03, +0.415),
    "KZ-31": (81.3, 72.2, 69.59, 79.57, 65.21, +0.190),
    "KZ-27": (66.3, 61.5, 69.37, 68.67, 59.20, -0.240),
    "KZ-35": (77.3, 70.7, 77.39, 77.94, 59.40, +0.218),
    "KZ-43": (81.6, 72.7, 79.89, 81.07, 67.21, +0.389),
    "KZ-39": (84.1, 71.8, 72.28, 79.28, 65.10, +0.292),
    "KZ-47": (68.9, 54.0, 61.19, 66.99, 54.10, -0.424),
    "KZ-55": (81.2, 71.3, 75.53, 77.58, 58.68, +0.273),
    "KZ-59": (79.8, 75.5, 75.49, 79.01, 65.25, +0.314),
    "KZ-61": (84.8, 65.8, 80.66, 80.37, 53.01, +0.373),
    "KZ-71": (68.9, 45.1, 57.06, 48.60, 42.91, -0.600),
    "KZ-75": (52.2, 30.3, 33.30, 28.72, 25.82, -1.374),
    "KZ-79": (67.6, 56.5, 72.53, 59.79, 45.46, -0.238),
}
DATES = ("2019-06-09", "2021-01-10", "2022-06-05", "2022-11-20", "2023-03-19")
PARENTS = {"KZ-10": "KZ-63", "KZ-33": "KZ-19", "KZ-62": "KZ-35"}

#: poll of 4-6 November and the exit polls, %: the order of VOTES
POLLS = {
    "2022-11-06": {"Qogamdyq Pikir": (78.8, 3.2, 2.8, 0.8, 1.6, 1.8, 1.6)},
    "2022-11-20": {
        "Open Society": (82.45, 5.20, 3.33, 2.54, 2.23, 2.17, 2.08),
        "Amanat": (85.52, 3.40, 2.67, 2.61, 2.43, 1.93, 1.44),
        "SOCIS-A": (82.02, 4.22, 3.68, 2.84, 2.62, 2.38, 2.24),
    },
}


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


@cache
def text(name: str) -> dict:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def printed() -> dict[str, float]:
    """Numbers that derive.py prints, run as a user runs it."""
    done = subprocess.run(
        [sys.executable, str(FOLDER / "derive.py")],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    found = re.findall(r"^(\S+) = (\S+) ", done.stdout, re.MULTILINE)
    return {name: float(value) for name, value in found}


def observed(variable: str) -> dict[tuple[str, str], float]:
    return {(r["region"], r["option"]): float(r["value"]) for r in rows("observed.csv") if r["variable"] == variable}


# Tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_a_source_and_a_standing(name):
    table = rows(name)
    assert table
    for row in table:
        assert row["source"].strip()
        assert row["standing"] in STANDINGS
        assert None not in row, "a row is longer than the header"


def test_votes_add_up():
    assert sum(VOTES.values()) == FOR_OPTIONS
    assert BALLOTS - FOR_OPTIONS == 359_569


def test_observed_figures():
    shares = observed("vote_share")
    assert {option for _, option in shares} == set(VOTES)
    for option, votes in VOTES.items():
        assert shares["", option] == pytest.approx(votes / FOR_OPTIONS, abs=5e-7)
    assert sum(shares.values()) == pytest.approx(1, abs=4e-6)
    turnout = observed("turnout")
    assert turnout.pop(("", "")) == pytest.approx(BALLOTS / LIST, abs=5e-7)
    assert turnout == {(region, ""): pytest.approx(row[3] / 100) for region, row in REGIONS.items()}
    assert observed("registered") == {("", ""): LIST}
    assert observed("invalid_share")["", ""] == pytest.approx(359_569 / BALLOTS, abs=5e-7)
    assert len(rows("observed.csv")) == 7 + 1 + 20 + 1 + 1


def test_turnout_of_the_day():
    assert {r["region"]: float(r["value"]) for r in rows("turnout.csv")} == {
        region: pytest.approx(row[3] / 100) for region, row in REGIONS.items()
    }


def test_register_is_an_estimate_and_says_so():
    table = {r["region"]: r for r in rows("regions.csv")}
    assert set(table) == set(REGIONS)
    for region, (voters, error, _, _) in REGIONS.items():
        assert int(table[region]["registered"]) == voters
        assert float(table[region]["registered_sd"]) == pytest.approx(error / 100)
        assert table[region]["standing"] == "estimated"
        assert table[region]["kind"] == ("city" if region in CITIES else "region")
    assert sum(int(r["registered"]) for r in table.values()) == LIST - 1
    known = {
        "KZ-61": "1,177,507",
        "KZ-62": "138,277",
        "KZ-71": "788,931",
        "KZ-35": "761,673",
        "KZ-43": "486,002",
    }
    for region, number in known.items():
        assert number in table[region]["note"]


def test_stations():
    table = {r["region"]: int(r["stations"]) for r in rows("regions.csv")}
    assert sum(table.values()) == 10_101
    assert table["KZ-71"] == 406 + 68
    official = {region: row[2] for region, row in REGIONS.items() if row[2]}
    assert sum(official.values()) == 8_202
    for region in set(official) - {"KZ-71"}:
        assert table[region] == official[region]
    west = {region: row[0] for region, row in REGIONS.items() if row[2] is None}
    assert len(west) == 5
    assert sum(table[region] for region in west) == 1_831
    for region, voters in west.items():
        assert abs(table[region] - 1_831 * voters / sum(west.values())) < 1


def test_tiles_do_not_overlap():
    for name in ("regions.csv", "regions_forecast.csv"):
        assert len({(r["tile_column"], r["tile_row"]) for r in rows(name)}) == 20


def test_panel():
    table = {(r["region"], r["date"]): float(r["value"]) for r in rows("panel.csv") if r["region"] != "KZ"}
    assert len(table) == 17 * 5
    for region, figures in PANEL.items():
        for date, percent in zip(DATES, figures):
            assert table[region, date] == pytest.approx(percent / 100, abs=1e-9), (region, date)
    final = {r["date"]: float(r["value"]) for r in rows("panel.csv") if r["reading"] == "final"}
    assert final == dict(zip(DATES, (0.775, 0.6325, 0.6806, 0.6944, 0.5421)))


def test_polls():
    for date, houses in POLLS.items():
        for house, figures in houses.items():
            found = {
                r["answer"]: float(r["value"])
                for r in rows("polls.csv")
                if r["end"] == date and house in r["pollster"] and r["variable"].startswith("vote")
            }
            for option, percent in zip(VOTES, figures):
                assert found[option] == pytest.approx(percent / 100), (house, option)


def test_history():
    values = {(r["date"], r["quantity"], r["detail"]): float(r["value"]) for r in rows("history.csv")}
    assert values["2019-06-09", "incumbent_share", ""] == pytest.approx(6_539_715 / 9_216_410, abs=5e-7)
    invalid = [value for (_, quantity, _), value in values.items() if quantity == "invalid_share"]
    assert invalid == pytest.approx([0.006, 0.0258, 359_569 / BALLOTS, 0.024], abs=5e-7)
    trust = sorted(value for (_, quantity, _), value in values.items() if quantity == "trust_in_president")
    assert trust == pytest.approx([0.694, 0.764, 0.828])
    errors = sorted(v * 100 for (_, quantity, _), v in values.items() if quantity == "exit_poll_error_of_leader")
    assert errors == pytest.approx(sorted([1.14, 4.21, 0.71, -0.83, -1.02, -0.44, -0.57, 0.52]))


# Derivations -------------------------------------------------------------------------------------------

IN_BASELINE = {
    "turnout.national": ("turnout", "swing", "national"),
    "turnout.regional": ("turnout", "swing", "regional"),
    "turnout.cities": ("turnout", "swing", "blocks", "cities", "sd"),
    "votes.national.tokayev": ("voters", "swing", "national", "tokayev"),
    "votes.small": ("voters", "swing", "national", "default"),
    "votes.regional": ("voters", "swing", "regional"),
    "invalid.share": ("ballot", "invalid", "share"),
    "invalid.national": ("ballot", "invalid", "swing", "national"),
}
IN_FORECAST = {
    "forecast.turnout.national": ("turnout", "swing", "national"),
    "forecast.turnout.regional": ("turnout", "swing", "regional"),
    "forecast.turnout.cities": ("turnout", "swing", "blocks", "cities", "sd"),
    "forecast.votes.national.tokayev": ("voters", "swing", "national", "tokayev"),
    "forecast.votes.small": ("voters", "swing", "national", "default"),
    "forecast.invalid.share": ("ballot", "invalid", "share"),
    "forecast.invalid.national": ("ballot", "invalid", "swing", "national"),
    **{f"forecast.votes.{option}": ("voters", "baseline", option) for option in VOTES},
}
IN_STATIONS = {
    "station.votes": ("voters", "swing", "station"),
    "station.turnout": ("turnout", "swing", "station"),
}
STANDS = [
    (file, name, path)
    for file, names in (("baseline", IN_BASELINE), ("forecast", IN_FORECAST), ("stations", IN_STATIONS))
    for name, path in names.items()
]


@pytest.mark.parametrize(("file", "name", "path"), STANDS, ids=[f"{f}-{n}" for f, n, _ in STANDS])
def test_the_number_in_the_scenario_is_the_derived_one(file, name, path):
    value = text(file)
    for key in path:
        value = value[key]
    assert value == printed()[name]


def test_every_swing_is_derived_or_marked_as_an_assumption():
    """A number below ``swing`` or ``invalid`` has its name in derive.py or "evidence A" on its line."""
    names = set(printed())
    for file in ("baseline", "forecast", "stations"):
        for line in (FOLDER / f"{file}.yaml").read_text(encoding="utf-8").splitlines():
            if re.match(r"\s+(national|regional|default|station|tails|share|size_spread|cities):.*\d", line):
                named = [name for name in re.findall(r"[a-z_]+(?:\.[a-z_]+)+", line) if name in names]
                assert named or "evidence A" in line, f"{file}.yaml: {line.strip()}"


def test_derivations_agree_with_closed_forms():
    """The same numbers by another road: plain sums on the figures typed above."""
    logit = lambda p: np.log(p / (1 - p))  # noqa: E731
    y = logit(np.array([row[:5] for row in PANEL.values()]) / 100)
    first = y[:, :3].mean(1) - y[:, :3].mean()
    assert first == pytest.approx([row[5] for row in PANEL.values()], abs=6e-4)
    residual = y - y.mean(1, keepdims=True) - y.mean(0) + y.mean()
    assert printed()["turnout.two_way.residual"] == pytest.approx(np.sqrt((residual**2).sum() / 64), abs=6e-4)
    shares = np.array([0.775, 0.6325, 0.6806])
    mean = logit(shares).mean()
    assert printed()["forecast.turnout"] == pytest.approx(1 / (1 + np.exp(-mean)), abs=6e-5)
    spread = logit(shares).std(ddof=1) * np.sqrt(4 / 3)
    assert printed()["forecast.turnout.national"] == pytest.approx(spread, abs=6e-3)
    errors = np.array([1.14, 4.21, 0.71, -0.83, -1.02, -0.44, -0.57, 0.52])
    assert printed()["votes.exit_polls.points"] == pytest.approx(np.sqrt((errors**2).mean()), abs=6e-3)
    assert printed()["votes.exit_polls.points"] == 1.66
    elections = logit(np.array([6_539_715 / 9_216_410, VOTES["tokayev"] / FOR_OPTIONS])).std(ddof=1)
    houses = logit(np.array([0.694, 0.764, 0.828])).std(ddof=1)
    pooled = np.sqrt((elections**2 + 2 * houses**2) / 3)
    assert printed()["votes.incumbent"] == pytest.approx(pooled, abs=6e-3)
    rivals = np.log([2.8, 0.8, 1.6, 1.8, 1.6]).std(ddof=1)
    assert printed()["forecast.votes.small"] == pytest.approx(rivals, abs=6e-3)


def test_the_readme_states_the_derived_numbers():
    table = re.findall(
        r"^\| `([a-z_.]+)`(?:, `([a-z_.]+)`)? \| ([0-9., ]+)",
        (FOLDER / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    found = {}
    for first, second, values in table:
        if first in printed():
            names = [
                first,
                *([first.rpartition(".")[0] + second if second[0] == "." else second] if second else []),
            ]
            found.update(zip(names, (float(v) for v in values.replace(" ", "").split(","))))
    assert len(found) > 20
    assert found == {name: printed()[name] for name in found}


def test_forecast_tables_follow_from_derive(monkeypatch):
    spec = importlib.util.spec_from_file_location("derive_kazakhstan_2022", FOLDER / "derive.py")
    derive = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(derive)
    written = {}
    monkeypatch.setattr(derive, "_save", lambda name, table: written.update({name: table}))
    derive.write()
    for name, table in written.items():
        assert [[str(cell) for cell in line] for line in table[1:]] == [list(r.values()) for r in rows(name)]
    assert set(written) == {"regions_forecast.csv", "turnout_forecast.csv"}


def test_forecast_knows_nothing_of_the_day():
    body = text("forecast")
    assert "extends" not in body
    tables = {body["electorate"]["regions"], body["turnout"]["baseline"]}
    assert tables == {"regions_forecast.csv", "turnout_forecast.csv"}
    assert sum(int(r["registered"]) for r in rows("regions_forecast.csv")) == 11_827_277
    turnout = {r["region"]: float(r["value"]) for r in rows("turnout_forecast.csv")}
    for region, value in turnout.items():
        assert value == turnout[PARENTS.get(region, region)]
        assert value != pytest.approx(REGIONS[region][3] / 100, abs=5e-5)
    poll = [78.8, 78.8 / (100 - 9.4) * 100]
    assert poll[0] < 100 * body["voters"]["baseline"]["tokayev"] < poll[1]
    numbers = re.sub(r"#.*", "", (FOLDER / "forecast.yaml").read_text(encoding="utf-8"))
    for leak in ("0.8131", "0.813", "0.6944", "0.6943", "0.0433", "11953465"):
        assert leak not in numbers


def test_minimal_is_short_and_stands_alone():
    body = (FOLDER / "minimal.yaml").read_text(encoding="utf-8")
    assert len(body.splitlines()) <= 15
    assert ".csv" not in body
    registered = text("minimal")["electorate"]["regions"]
    assert registered["cities"] == sum(REGIONS[region][0] for region in CITIES)
    assert sum(registered.values()) == LIST


# Runs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenarios_load(name):
    import sim

    assert sim.load(FOLDER / f"{name}.yaml").title


class Outcome:
    """National and regional figures of a run, by draw."""

    def __init__(self, name: str, draws: int) -> None:
        import sim

        result = sim.run(sim.load(FOLDER / f"{name}.yaml"), draws=draws)
        votes = result["votes"].sum("region")
        ballots, registered = result["ballots_cast"], result["registered"]
        self.result = result
        self.share = (votes / votes.sum("option")).to_series().unstack("option")
        self.turnout = (ballots.sum("region") / registered.sum("region")).values
        self.regional = (ballots / registered).transpose("draw", "region").to_series().unstack("region")
        self.invalid = (result["invalid_ballots"].sum("region") / ballots.sum("region")).values

    def simulated(self, variable: str, region: str, option: str):
        if variable == "turnout":
            return self.regional[region].to_numpy() if region else self.turnout
        return self.share[option].to_numpy() if variable == "vote_share" else self.invalid


@pytest.fixture(scope="module")
def hindcast() -> Outcome:
    return Outcome("baseline", 40_000)  # the standard error of Tokayev's mean share is then 0.0003


@pytest.fixture(scope="module")
def forecast() -> Outcome:
    return Outcome("forecast", 10_000)


def outside(outcome: Outcome, table=None) -> list[tuple[str, str, str]]:
    """Return the observed figures outside the central 90 % of the draws."""
    out = []
    for row in table or rows("observed.csv"):
        key = row["variable"], row["region"], row["option"]
        if row["variable"] != "registered":
            low, high = np.quantile(outcome.simulated(*key), [0.05, 0.95])
            if not low <= float(row["value"]) <= high:
                out.append(key)
    return out


def test_hindcast_means(hindcast):
    assert hindcast.share["tokayev"].mean() == pytest.approx(0.8131, abs=0.001)
    for option, votes in VOTES.items():
        assert hindcast.share[option].mean() == pytest.approx(votes / FOR_OPTIONS, abs=0.001)
    assert hindcast.turnout.mean() == pytest.approx(0.6944, abs=0.001)
    assert hindcast.invalid.mean() == pytest.approx(0.0433, abs=0.002)
    for region, row in REGIONS.items():
        assert hindcast.regional[region].mean() == pytest.approx(row[3] / 100, abs=0.005)
    assert (hindcast.result["registered"].sum("region") == LIST).all()


def test_hindcast_covers_the_result(hindcast):
    assert outside(hindcast) == []


def test_hindcast_is_as_wide_as_history_and_no_wider(hindcast):
    """The spreads that come out are those derived from history, not less and not more."""
    logit = lambda p: np.log(p / (1 - p))  # noqa: E731
    incumbent = logit(hindcast.share["tokayev"].to_numpy())
    assert incumbent.std() == pytest.approx(printed()["votes.incumbent"], abs=0.02)
    own = [printed()[name] for name in ("turnout.national", "turnout.regional", "turnout.cities")]
    for region in REGIONS:
        spread = np.hypot(own[0], own[1]) if region not in CITIES else np.linalg.norm(own)
        assert logit(hindcast.regional[region].to_numpy()).std() == pytest.approx(spread, abs=0.02)


def test_coverage_check_can_fail(hindcast):
    """Figures as far off as history makes unlikely are seen, and the intervals are not without end."""
    wrong = {
        ("turnout", "KZ-75", ""): 0.43,
        ("turnout", "KZ-62", ""): 0.65,
        ("turnout", "", ""): 0.61,
        ("vote_share", "", "tokayev"): 0.69,
        ("vote_share", "", "abden"): 0.05,
        ("invalid_share", "", ""): 0.005,
    }
    table = [
        {"variable": variable, "region": region, "option": option, "value": value}
        for (variable, region, option), value in wrong.items()
    ]
    assert outside(hindcast, table) == list(wrong)


def test_forecast_means_are_its_baseline(forecast):
    base = text("forecast")["voters"]["baseline"]
    for option, share in base.items():
        assert forecast.share[option].mean() == pytest.approx(share, abs=0.002)
    assert forecast.turnout.mean() == pytest.approx(printed()["forecast.turnout"], abs=0.003)


def test_forecast_covers_the_result(forecast):
    """Seen afterwards: inside the 90 % intervals; the register has its standard deviation of 1 %."""
    assert outside(forecast) == []
    register = forecast.result["registered"].sum("region")
    assert abs(float(register.mean()) / 11_827_277 - 1) < 5 * 0.01 / register.size**0.5
    assert 0.0095 < float(register.std()) / 11_827_277 < 0.0105


def test_the_incumbent_wins(hindcast, forecast):
    for outcome in (hindcast, forecast):
        ids = outcome.result["option"].values
        assert (ids[outcome.result["winner"].values] == "tokayev").mean() > 0.999
        assert outcome.result["runoff"].mean() < 0.01


@pytest.mark.slow
def test_stations_agree_with_the_baseline():
    import sim

    result = sim.run(sim.load(FOLDER / "stations.yaml"), draws=500)
    votes = result["votes"].sum("region")
    share = (votes / votes.sum("option")).sel(option="tokayev")
    turnout = result["ballots_cast"].sum("region") / result["registered"].sum("region")
    assert float(share.mean()) == pytest.approx(0.8131, abs=0.01)
    assert float(turnout.mean()) == pytest.approx(0.6944, abs=0.008)


def test_places_are_those_of_the_notes_and_add_up_to_the_country():
    own = rows("places.csv")
    assert [row["region"] for row in own] == [row["region"] for row in rows("regions.csv")]
    people = np.array([[int(n) for n in re.findall(r"(?:urban|rural) (\d+)", row["note"])] for row in own])
    assert people.sum(axis=0).tolist() == [12_208_259, 7_556_745]
    shares = np.array([[float(row["town"]), float(row["village"])] for row in own])
    assert shares == pytest.approx(people / people.sum(axis=1, keepdims=True), abs=6e-6)


def test_town_and_village():
    import sim

    result = sim.run(sim.load(FOLDER / "groups.yaml"), draws=4_000)
    s = sim.summary(result, by="place")
    share = s["place_vote_share"].sel(statistic="mean", option="tokayev")
    assert float(share.sel(place="village") - share.sel(place="town")) == pytest.approx(0.041, abs=0.004)
    registered = result["group_registered"].mean("draw")
    assert float(registered.sel(group="town") / registered.sum()) == pytest.approx(0.62, abs=0.02)

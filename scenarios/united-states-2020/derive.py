"""Derive every number of the United States 2020 scenarios that is neither a printed fact nor an assumption.

    python scenarios/united-states-2020/derive.py            print the numbers and their formulas
    python scenarios/united-states-2020/derive.py --write    also rewrite the tables made from results.csv

Input are results.csv, national.csv, polls.csv and regions.csv.  Every printed line reads ``name = value   formula``;
the values are rounded as they stand in the YAML.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
YEARS = (2008, 2012, 2016, 2020)
OPTIONS = ("democratic", "republican", "others")
DAY = 2020
TABLES_FROM = "results.csv; see README.md"
BLOCKS = ("northeast", "midwest", "south", "west")

Line = tuple[str, float, str]


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table beside this file."""
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def logit(p):
    """Log-odds."""
    p = np.asarray(p, float)
    return np.log(p / (1 - p))


def rms(values) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(np.asarray(values, float)))))


def regions() -> list[str]:
    """Return the regions in the order of regions.csv."""
    return [row["region"] for row in rows("regions.csv")]


def votes(year: int) -> np.ndarray:
    """Return the votes of a year, (region, option)."""
    table = {row["region"]: row for row in rows("results.csv") if row["year"] == str(year)}
    return np.array([[int(table[region][option]) for option in OPTIONS] for region in regions()], float)


def eligible(year: int) -> np.ndarray:
    """Return the voting-eligible population by region; 2016 and 2020."""
    table = {row["region"]: row["eligible"] for row in rows("results.csv") if row["year"] == str(year)}
    return np.array([float(table[region]) for region in regions()])


def national(quantity: str, years: Iterable[int]) -> np.ndarray:
    """Return a national figure of some years."""
    table = {(row["year"], row["quantity"]): float(row["value"]) for row in rows("national.csv")}
    return np.array([table[str(year), quantity] for year in years])


def members() -> list[np.ndarray]:
    """Return which regions belong to each of the census regions."""
    kinds = [row["kind"] for row in rows("regions.csv")]
    return [np.array([kind == block for kind in kinds]) for block in BLOCKS]


# Swings ------------------------------------------------------------------------------------------------


def margin(table: np.ndarray) -> np.ndarray:
    """Log of Democratic over Republican votes."""
    return np.log(table[..., 0] / table[..., 1])


def changes(years: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the changes of the margin from vote to vote: of the nation (vote), of the states (vote, region)."""
    states = np.array([margin(votes(year)) for year in years])
    nation = np.array([margin(votes(year).sum(0)) for year in years])
    return np.diff(nation), np.diff(states, axis=0)


def components(states: np.ndarray, blocks: list[np.ndarray]) -> tuple[float, float, int]:
    """Split the changes of the states around their mean into blocks and rest: sd, sd, df of the rest.

    One-way analysis of variance in every vote: s² within blocks, and (mean square between blocks − s²)/n between
    them, n the effective size of a block.
    """
    count, size = states.shape
    n = np.array([block.sum() for block in blocks], float)
    inside = between = 0.0
    for change in states:
        means = np.array([change[block].mean() for block in blocks])
        inside += sum(((change[block] - mean) ** 2).sum() for block, mean in zip(blocks, means))
        between += (n * (means - change.mean()) ** 2).sum()
    df = count * (size - len(blocks))
    rest = inside / df
    effective = (size - (n**2).sum() / size) / (len(blocks) - 1)
    block = max((between / (count * (len(blocks) - 1)) - rest) / effective, 0.0)
    return float(np.sqrt(block)), float(np.sqrt(rest)), df


def own_share(total: float, block: float, rest: float, weight: np.ndarray, blocks: list[np.ndarray]) -> float:
    """Return what is left for the national swing: √(total² − B·block² − G·rest²), not below 0.

    G = Σ w² over the states and B = Σ (Σ w)² over the blocks, w the share of the nation's votes.
    """
    w = weight / weight.sum()
    b = sum(float(w[one].sum()) ** 2 for one in blocks)
    return float(np.sqrt(max(total**2 - b * block**2 - float((w**2).sum()) * rest**2, 0.0)))


def others_log(years: Iterable[int]) -> np.ndarray:
    """Log of the other options' votes over the geometric mean of the two parties'."""
    table = np.array([votes(year).sum(0) for year in years])
    return np.log(table[:, 2] / np.sqrt(table[:, 0] * table[:, 1]))


# Tables ------------------------------------------------------------------------------------------------


def share_table(year: int) -> list[list[str]]:
    """Shares of the votes by state, six digits, the last one rounded so that they sum to one."""
    out = [["region", *OPTIONS, "source", "standing"]]
    for region, row in zip(regions(), votes(year)):
        share = [f"{value:.6f}" for value in row / row.sum()]
        share[0] = f"{1 - float(share[1]) - float(share[2]):.6f}"
        out.append([region, *share, f"{year} in {TABLES_FROM}", "derived"])
    return out


def turnout_table(year: int) -> list[list[str]]:
    """Votes for president over the voting-eligible population."""
    out = [["region", "value", "source", "standing"]]
    for region, row, people in zip(regions(), votes(year), eligible(year)):
        out.append([region, f"{row.sum() / people:.6f}", f"{year} in {TABLES_FROM}", "derived"])
    return out


def observed_table() -> list[list[str]]:
    """What happened: the nation, then every state."""
    out = [["variable", "region", "option", "value", "source", "standing"]]
    table, people = votes(DAY), eligible(DAY)
    places = [("", table.sum(0), people.sum()), *zip(regions(), table, people)]
    for region, row, entitled in places:
        for option, value in zip(OPTIONS, row):
            out.append(["vote_share", region, option, f"{value / row.sum():.6f}", TABLES_FROM, "derived"])
        out.append(["turnout", region, "", f"{row.sum() / entitled:.6f}", TABLES_FROM, "derived"])
    return out


def tables() -> dict[str, list[list[str]]]:
    """Every table that is made from results.csv."""
    return {
        "shares.csv": share_table(DAY),
        "turnout.csv": turnout_table(DAY),
        "observed.csv": observed_table(),
        "shares_2016.csv": share_table(2016),
        "turnout_2016.csv": turnout_table(2016),
    }


# What is printed ---------------------------------------------------------------------------------------


def vote_numbers(prefix: str, years: tuple[int, ...]) -> Iterator[Line]:
    """Swings of the votes, from the changes between these elections."""
    nation, states = changes(years)
    blocks = members()
    block, rest, df = components(states, blocks)
    pairs = f"{years[0]} to {years[-1]}"
    yield f"{prefix}votes.margin.nation", round(rms(nation), 3), f"rms change of log(D/R) of the nation, {pairs}"
    yield f"{prefix}votes.margin.block", round(block, 3), "sd between census regions of the states' changes"
    yield f"{prefix}votes.margin.state", round(rest, 3), f"sd of the states' changes within census regions, df {df}"
    yield f"{prefix}votes.block", round(block / np.sqrt(2), 3), "of one option: the same /√2"
    yield f"{prefix}votes.regional", round(rest / np.sqrt(2), 3), "of one option: the same /√2"


def hindcast_numbers() -> Iterator[Line]:
    """Spreads of the hindcast."""
    yield from vote_numbers("", YEARS)
    nation, states = changes(YEARS)
    block, rest, _ = components(states, members())
    own = own_share(rms(nation), block, rest, votes(DAY).sum(1), members()) / np.sqrt(2)
    yield "votes.national", round(own, 3), "of one party: √(nation² − B·block² − G·state²)/√2"
    spread = float(np.std(others_log(YEARS), ddof=1))
    yield "votes.national.others", round(spread, 2), "sd of log(others/√(D·R)), four votes: they go up and come back"
    rate = logit(national("votes", YEARS) / national("eligible", YEARS))
    total = rms(np.diff(rate))
    yield "turnout.nation", round(total, 3), "rms change of the logit of votes/eligible of the nation, four elections"
    local = logit(votes(DAY).sum(1) / eligible(DAY)) - logit(votes(2016).sum(1) / eligible(2016))
    block, rest, df = components(local[None], members())
    yield "turnout.block", round(block, 3), "sd between census regions of the states' changes 2016 to 2020"
    yield "turnout.regional", round(rest, 3), f"sd of the states' changes within census regions, df {df}"
    yield (
        "turnout.national",
        round(own_share(total, block, rest, eligible(DAY), members()), 3),
        "√(nation² − B·block² − G·state²)",
    )


def forecast_numbers() -> Iterator[Line]:
    """Everything in the forecast, from what was known before the day."""
    before = YEARS[:-1]
    table = votes(2016).sum(0)
    for option, value in zip(OPTIONS, table / table.sum()):
        yield f"forecast.before.{option}", round(float(value), 4), "share of the nation in 2016"
    small = [votes(year).sum(0)[2] / votes(year).sum() for year in before]
    others = float(np.exp(np.mean(np.log(small))))
    poll = {r["quantity"]: float(r["value"]) for r in rows("polls.csv") if r["year"] == str(DAY)}
    named = poll["democratic"] + poll["republican"]
    after = [(1 - others) * poll[option] / named for option in OPTIONS[:2]]
    yield "forecast.after.democratic", round(after[0], 4), "51.9 of 95.4 in the polls, times one less the others"
    yield "forecast.after.republican", round(after[1], 4), "43.5 of 95.4, the same"
    yield (
        "forecast.after.others",
        round(1 - round(after[0], 4) - round(after[1], 4), 4),
        "geometric mean share of three elections",
    )
    leads = [r for r in rows("polls.csv") if r["quantity"] == "democratic_lead"]
    errors = []
    for row in leads:
        year = int(row["year"])
        total = votes(year).sum(0) if year in YEARS else None
        result = float(row["result_lead"]) if total is None else (total[0] - total[1]) / total.sum()
        errors.append(result - float(row["value"]))
    yield (
        "forecast.polls.lead",
        round(100 * rms(errors), 2),
        f"rms error of the polls' lead, points, {len(errors)} votes",
    )
    slope = (1 / after[0] + 1 / after[1]) / 2
    total = rms(errors) * slope
    yield "forecast.votes.margin", round(total, 3), "the same on log(D/R): times (1/D + 1/R)/2"
    yield from vote_numbers("forecast.", before)
    _, states = changes(before)
    block, rest, _ = components(states, members())
    own = own_share(total, block, rest, votes(2016).sum(1), members()) / np.sqrt(2)
    yield "forecast.votes.national", round(own, 3), "of one party: √(margin² − B·block² − G·state²)/√2, not below 0"
    spread = float(np.std(others_log(before), ddof=1) * np.sqrt(1 + 1 / 3))
    yield "forecast.votes.national.others", round(spread, 2), "sd of log(others/√(D·R)), three votes, times √(1 + 1/3)"
    rate = logit(national("votes", before) / national("eligible", before))
    total = rms(np.diff(rate))
    yield "forecast.turnout.nation", round(total, 3), "rms change of the logit of votes/eligible, 2008 to 2016"
    share = float(votes(2016).sum() / eligible(2016).sum())
    growth = np.diff(np.log([votes(year).sum(1) for year in before]), axis=0) / (1 - share)
    block, rest, df = components(growth, members())
    yield "forecast.turnout.block", round(block, 3), "sd between census regions of Δ log votes/(1 − T), 2008 to 2016"
    yield "forecast.turnout.regional", round(rest, 3), f"sd of the same within census regions, df {df}"
    own = own_share(total, block, rest, eligible(2016), members())
    yield "forecast.turnout.national", round(own, 3), "√(nation² − B·block² − G·state²)"


def sums() -> Iterator[Line]:
    """National sums of the tables, to be compared with national.csv."""
    for year in YEARS:
        table = votes(year).sum(0)
        yield f"sum.{year}.democratic", table[0], "sum of 51 regions"
        yield f"sum.{year}.republican", table[1], "sum of 51 regions"
        yield f"sum.{year}.votes", table.sum(), "sum of 51 regions"
    yield "sum.2020.eligible", eligible(DAY).sum(), "sum of 51 regions, without citizens abroad"
    yield "turnout.2020", round(float(votes(DAY).sum() / eligible(DAY).sum()), 4), "votes over that sum"


def write() -> None:
    """Rewrite the tables made from results.csv."""
    for name, table in tables().items():
        _save(name, table)


def _save(name: str, table: list[list[str]]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(table)


def main() -> None:
    """Print every number with its formula."""
    for name, value, formula in (*sums(), *hindcast_numbers(), *forecast_numbers()):
        shown = f"{value:.0f}" if value >= 1000 else f"{value:g}"
        print(f"{name} = {shown}   {formula}")
    if "--write" in sys.argv[1:]:
        write()


if __name__ == "__main__":
    main()

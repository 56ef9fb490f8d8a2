"""Derive every number of the Norway 2021 scenarios that is neither a printed fact nor an assumption.

    python scenarios/norway-2021/derive.py            print the numbers and their formulas
    python scenarios/norway-2021/derive.py --write    also rewrite the tables made from results.csv

Input are results.csv, national.csv, polls.csv, regions.csv and regions_forecast.csv.  Every printed line reads
``name = value   formula``; the values are rounded as they stand in the YAML.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
YEARS = (2013, 2017, 2021)
PARTIES = ("ap", "h", "sp", "frp", "sv", "r", "v", "mdg", "krf")
OPTIONS = (*PARTIES, "others")
DAY = 2021
TABLES_FROM = "results.csv; see README.md"
BLOCKS = ("capital", "inland", "south_east", "south_west", "west", "trondelag", "north")
LARGE = 0.1  # a party is large with more than a tenth of the votes at the earlier of two elections

Line = tuple[str, float, str]


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table beside this file."""
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def logit(p):
    """Log-odds."""
    p = np.asarray(p, float)
    return np.log(p / (1 - p))


def logistic(x):
    """Share with the log-odds x."""
    return 1 / (1 + np.exp(-np.asarray(x, float)))


def rms(values) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(np.asarray(values, float)))))


def regions() -> list[str]:
    """Return the districts in the order of regions.csv."""
    return [row["region"] for row in rows("regions.csv")]


def results(year: int) -> dict[str, dict[str, str]]:
    """Return the rows of a year by district."""
    return {row["region"]: row for row in rows("results.csv") if row["year"] == str(year)}


def votes(year: int) -> np.ndarray:
    """Return the votes of a year, (district, option)."""
    table = results(year)
    return np.array([[int(table[region][option]) for option in OPTIONS] for region in regions()], float)


def registered(year: int) -> np.ndarray:
    """Return the lists of a year by district."""
    table = results(year)
    return np.array([int(table[region]["registered"]) for region in regions()], float)


def national(quantity: str, years: Iterable[int] | None = None) -> np.ndarray:
    """Return a national figure of some years, of all by default."""
    table = {int(r["year"]): float(r["value"]) for r in rows("national.csv") if r["quantity"] == quantity}
    return np.array([table[year] for year in (sorted(table) if years is None else years)])


def members() -> list[np.ndarray]:
    """Return which districts belong to each part of the country."""
    kinds = [row["kind"] for row in rows("regions.csv")]
    return [np.array([kind == block for kind in kinds]) for block in BLOCKS]


def invalid_share(years: Iterable[int]) -> np.ndarray:
    """Return rejected and blank ballots over all ballots of the nation."""
    years = tuple(years)
    valid = np.array([votes(year).sum() for year in years])
    invalid = national("invalid", years)
    return invalid / (valid + invalid)


# Swings ------------------------------------------------------------------------------------------------


def centred_logs(table: np.ndarray) -> np.ndarray:
    """Log votes of the nine parties less their mean, (…, party): free of what all others do."""
    logs = np.log(table[..., : len(PARTIES)])
    return logs - logs.mean(-1, keepdims=True)


def changes(years: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the changes from vote to vote: of the nation (vote, party), of the districts (vote, district, party)."""
    nation = np.array([centred_logs(votes(year).sum(0)) for year in years])
    districts = np.array([centred_logs(votes(year)) for year in years])
    return np.diff(nation, axis=0), np.diff(districts, axis=0)


def by_size(years: tuple[int, ...]) -> dict[str, tuple[float, int]]:
    """Return rms change of large and of small parties in the nation, and how many changes there are.

    Centring on K parties leaves (1 − 1/K) of a variance, which is made good.
    """
    nation, _ = changes(years)
    shares = np.array([votes(year).sum(0)[: len(PARTIES)] / votes(year).sum() for year in years[:-1]])
    k = len(PARTIES)
    out = {}
    for name, chosen in (("large", shares > LARGE), ("small", shares <= LARGE)):
        out[name] = (rms(nation[chosen]) * float(np.sqrt(k / (k - 1))), int(chosen.sum()))
    return out


def party_components(years: tuple[int, ...]) -> tuple[float, float, int]:
    """Blocks and rest of the districts' changes of a party, all parties pooled, centring made good."""
    _, districts = changes(years)
    count, size, k = districts.shape
    block, rest, df = components(districts.transpose(0, 2, 1).reshape(count * k, size), members())
    more = float(np.sqrt(k / (k - 1)))
    return block * more, rest * more, df * (k - 1) // k


def components(states: np.ndarray, blocks: list[np.ndarray]) -> tuple[float, float, int]:
    """Split the changes of the districts around their mean into blocks and rest: sd, sd, df of the rest.

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

    G = Σ w² over the districts and B = Σ (Σ w)² over the blocks, w the share of the nation's votes.
    """
    w = weight / weight.sum()
    b = sum(float(w[one].sum()) ** 2 for one in blocks)
    return float(np.sqrt(max(total**2 - b * block**2 - float((w**2).sum()) * rest**2, 0.0)))


def others_log(years: Iterable[int]) -> np.ndarray:
    """Log of the other lists' votes over the geometric mean of the nine parties'."""
    table = np.array([votes(year).sum(0) for year in years])
    return np.log(table[:, -1]) - np.log(table[:, :-1]).mean(1)


def turnout(year: int) -> np.ndarray:
    """Ballots over the list by district; the invalid ones are taken to be as frequent everywhere."""
    return votes(year).sum(1) / (1 - invalid_share([year])[0]) / registered(year)


def local_turnout(years: tuple[int, ...]) -> tuple[float, float, int]:
    """Blocks and rest of the districts' changes of the logit of valid votes/list."""
    rate = np.array([logit(votes(year).sum(1) / registered(year)) for year in years])
    return components(np.diff(rate, axis=0), members())


def poll_mean() -> np.ndarray:
    """Return the mean of the last polls of six institutes, scaled to sum to one."""
    table = [r for r in rows("polls.csv") if r["end"].startswith(str(DAY))]
    mean = np.array([[float(r[option]) for option in OPTIONS] for r in table]).mean(0)
    return mean / mean.sum()


def poll_errors() -> np.ndarray:
    """Return log(result/polls) in 2017, of the seven parties whose mean was found."""
    poll = next(r for r in rows("polls.csv") if r["end"].startswith("2017"))
    share = votes(2017).sum(0) / votes(2017).sum()
    return np.array([np.log(share[i] / float(poll[o])) for i, o in enumerate(OPTIONS) if poll[o]])


# Tables ------------------------------------------------------------------------------------------------


def share_table(year: int) -> list[list[str]]:
    """Shares of the votes by district, six digits, the first one rounded so that they sum to one."""
    out = [["region", *OPTIONS, "source", "standing"]]
    for region, row in zip(regions(), votes(year)):
        share = [f"{value:.6f}" for value in row / row.sum()]
        share[0] = f"{1 - sum(map(float, share[1:])):.6f}"
        out.append([region, *share, f"{year} in {TABLES_FROM}", "derived"])
    return out


def turnout_table(year: int) -> list[list[str]]:
    """Ballots over the list, by district."""
    out = [["region", "value", "source", "standing"]]
    for region, value in zip(regions(), turnout(year)):
        out.append([region, f"{value:.6f}", f"{year} in {TABLES_FROM}", "derived"])
    return out


def observed_table() -> list[list[str]]:
    """What happened: the nation, then every district."""
    out = [["variable", "region", "option", "value", "source", "standing"]]
    table, lists = votes(DAY), registered(DAY)
    ballots = turnout(DAY) * lists
    for region, row, rate in [("", table.sum(0), ballots.sum() / lists.sum()), *zip(regions(), table, ballots / lists)]:
        for option, value in zip(OPTIONS, row):
            out.append(["vote_share", region, option, f"{value / row.sum():.6f}", TABLES_FROM, "derived"])
        out.append(["turnout", region, "", f"{rate:.6f}", TABLES_FROM, "derived"])
    out.append(["invalid_share", "", "", f"{invalid_share([DAY])[0]:.6f}", TABLES_FROM, "derived"])
    return out


def tables() -> dict[str, list[list[str]]]:
    """Every table that is made from results.csv."""
    return {
        "shares.csv": share_table(DAY),
        "turnout.csv": turnout_table(DAY),
        "observed.csv": observed_table(),
        "shares_2017.csv": share_table(2017),
        "turnout_2017.csv": turnout_table(2017),
    }


# What is printed ---------------------------------------------------------------------------------------


def median_of(mean: float, spread: float) -> float:
    """Return the median m with ``E logistic(logit m + spread Z) = mean``."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(64)
    low, high = -12.0, 12.0
    for _ in range(60):
        middle = (low + high) / 2
        below = weights @ logistic(middle + spread * nodes) / weights.sum() < mean
        low, high = (middle, high) if below else (low, middle)
    return float(logistic(low))


def hindcast_numbers() -> Iterator[Line]:
    """Spreads of the hindcast."""
    block, rest, df = party_components(YEARS)
    yield "votes.block", round(block, 3), "sd between parts of the country of the districts' changes of a party"
    yield "votes.regional", round(rest, 3), f"sd of the districts' changes of a party within them, df {df}"
    weight = votes(DAY).sum(1)
    for name, (total, count) in by_size(YEARS).items():
        yield f"votes.nation.{name}", round(total, 3), f"rms change of log share, {name} parties, {count} changes"
        own = own_share(total, block, rest, weight, members())
        yield f"votes.national.{name}", round(own, 2), "√(nation² − B·block² − G·district²)"
    yield "votes.national.others", round(rms(np.diff(others_log(YEARS))), 2), "rms change of log(others/mean party)"
    total = rms(np.diff(logit(national("turnout"))))
    yield "turnout.nation", round(total, 3), "rms change of the logit of the turnout, eight elections, 1993 to 2021"
    block, rest, df = local_turnout(YEARS)
    yield "turnout.block", round(block, 3), "sd between parts of the country of the districts' changes"
    yield "turnout.regional", round(rest, 3), f"sd of the districts' changes within them, df {df}"
    own = own_share(total, block, rest, registered(DAY), members())
    yield "turnout.national", round(own, 3), "√(nation² − B·block² − G·district²)"
    share = invalid_share(YEARS)
    spread = float(np.std(logit(share), ddof=1))
    yield "invalid.mean", round(float(share[-1]), 5), "22,867 of 3,007,054"
    yield "invalid.national", round(spread, 2), "sd of the logit of three elections, df 2"
    yield "invalid.share", round(median_of(float(share[-1]), round(spread, 2)), 5), "median with that mean"


def forecast_numbers() -> Iterator[Line]:
    """Everything in the forecast, from what was known before the day."""
    before = YEARS[:-1]
    table = votes(2017).sum(0)
    for option, value in zip(OPTIONS, table / table.sum()):
        yield f"forecast.before.{option}", round(float(value), 4), "share of the nation in 2017"
    for option, value in zip(OPTIONS, poll_mean()):
        yield f"forecast.after.{option}", round(float(value), 4), "mean of six institutes, scaled to sum to one"
    total = rms(poll_errors())
    yield "forecast.votes.polls", round(total, 3), f"rms of log(result/polls) in 2017, {len(poll_errors())} parties"
    block, rest, df = party_components(before)
    yield "forecast.votes.block", round(block, 3), "sd between parts of the country of the changes 2013 to 2017"
    yield "forecast.votes.regional", round(rest, 3), f"sd of the districts' changes of a party within them, df {df}"
    own = own_share(total, block, rest, votes(2017).sum(1), members())
    yield "forecast.votes.national", round(own, 3), "√(polls² − B·block² − G·district²), not below 0"
    change = float(np.abs(np.diff(others_log(before)))[0])
    yield "forecast.votes.national.others", round(change, 2), "change of log(others/mean party), 2013 to 2017, df 1"
    rate = logit(national("turnout", (1993, 1997, 2001, 2005, 2009, 2013, 2017)))
    total = rms(np.diff(rate))
    yield "forecast.turnout.nation", round(total, 3), "rms change of the logit of the turnout, 1993 to 2017"
    block, rest, df = local_turnout(before)
    yield "forecast.turnout.block", round(block, 3), "sd between parts of the country of the changes 2013 to 2017"
    yield "forecast.turnout.regional", round(rest, 3), f"sd of the districts' changes within them, df {df}"
    own = own_share(total, block, rest, registered(2017), members())
    yield "forecast.turnout.national", round(own, 3), "√(nation² − B·block² − G·district²)"
    share = logit(invalid_share(before))
    yield "forecast.invalid.share", round(float(logistic(share.mean())), 4), "mean logit of 2013 and 2017"
    spread = float(np.std(share, ddof=1) * np.sqrt(1 + 1 / 2))
    yield "forecast.invalid.national", round(spread, 2), "sd of the two, times √(1 + 1/2), df 1"


def sums() -> Iterator[Line]:
    """National sums of the tables, to be compared with national.csv."""
    for year in YEARS:
        for option, value in zip(OPTIONS, votes(year).sum(0)):
            yield f"sum.{year}.{option}", value, "sum of 19 districts"
        yield f"sum.{year}.valid", votes(year).sum(), "sum of 19 districts"
        yield f"sum.{year}.registered", registered(year).sum(), "sum of 19 districts"
    ballots = turnout(DAY) * registered(DAY)
    yield (
        "turnout.2021",
        round(float(ballots.sum() / registered(DAY).sum()), 4),
        "valid and invalid ballots over the list",
    )


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

"""Derive every number of the Kazakhstan 2022 scenarios that is neither a printed fact nor an assumption.

    python scenarios/kazakhstan-2022/derive.py            print the numbers and their formulas
    python scenarios/kazakhstan-2022/derive.py --write    also rewrite the two tables made for the forecast

Input are the tables beside this file.  Every printed line reads ``name = value   formula``; the values are
rounded as they stand in the YAML.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
CITIES = ("KZ-71", "KZ-75", "KZ-79")
SMALL = ("against_all", "dairabayev", "abden", "kazhyken", "auesbayev", "tursynbekova")
RIVALS = SMALL[1:]
BEFORE = ("2019-06-09", "2021-01-10", "2022-06-05")
DAY = "2022-11-20"
REGISTER_JULY = 11_827_277  # register of 1 July 2022, official
KNOWN_LISTS = {  # shares of the lists of their day, all printed after the vote: for a check only
    "KZ-61": 1_177_507 / 11_970_406,
    "KZ-62": 138_277 / 11_970_406,
    "KZ-71": (788_931 + 12_841) / 12_035_578,
    "KZ-35": 761_673 / 12_035_578,
    "KZ-43": 486_002 / 12_032_550,
    "KZ-75": 1_170_681 / 12_035_578,
}


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


def sd(values) -> float:
    """Sample standard deviation, n - 1 in the denominator."""
    return float(np.std(np.asarray(values, float), ddof=1))


def median_of(mean: float, spread: float) -> float:
    """Return the median m with ``E logistic(logit m + spread Z) = mean``."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(64)
    low, high = -12.0, 12.0
    for _ in range(60):
        middle = (low + high) / 2
        below = weights @ logistic(middle + spread * nodes) / weights.sum() < mean
        low, high = (middle, high) if below else (low, middle)
    return float(logistic(low))


def pooled(parts: Iterable[tuple[float, int]]) -> float:
    """Root of the variances' mean, weighted by degrees of freedom: parts are (sd, df)."""
    parts = list(parts)
    return float(np.sqrt(sum(df * s**2 for s, df in parts) / sum(df for _, df in parts)))


# Turnout -----------------------------------------------------------------------------------------------


def panel(dates: Iterable[str] | None = None) -> tuple[list[str], list[str], np.ndarray]:
    """Return regions, dates and logit turnout (region, vote) of the panel."""
    table = [row for row in rows("panel.csv") if row["region"] != "KZ"]
    dates = sorted(dates or {row["date"] for row in table})
    regions = sorted({row["region"] for row in table})
    value = {(row["region"], row["date"]): float(row["value"]) for row in table}
    return regions, dates, logit([[value[r, d] for d in dates] for r in regions])


def turnout_model(dates: Iterable[str] | None = None) -> dict:
    """Two-way model with a city block: logit T = mean + region + vote + [city] gap of the vote + rest.

    The vote effect is that of the regions outside the three cities; the gap is the mean of the cities less
    the mean of the others, in deviations from its mean over the votes.
    """
    regions, dates, y = panel(dates)
    n_regions, n_votes = y.shape
    city = np.array([r in CITIES for r in regions])
    others, cities = y[~city].mean(0), y[city].mean(0)
    plain = y - y.mean(1, keepdims=True) - y.mean(0) + y.mean()
    rest = y - y.mean(1, keepdims=True)
    for group in (city, ~city):
        rest[group] -= rest[group].mean(0)
    df_plain = (n_regions - 1) * (n_votes - 1)
    df = (n_regions - 2) * (n_votes - 1)
    residual = float(np.sqrt((rest**2).sum() / df))
    gap = cities - others
    noise = residual**2 * (1 / city.sum() + 1 / (~city).sum())
    return {
        "regions": regions,
        "dates": dates,
        "mean": float(y.mean()),
        "region_effects": y.mean(1) - y.mean(),
        "vote_effects_all": y.mean(0) - y.mean(),
        "vote_effects": others - others.mean(),
        "gap": gap,
        "sd_votes": sd(others),
        "sd_gap": float(np.sqrt(max(sd(gap) ** 2 - noise, 0))),
        "sd_gap_raw": sd(gap),
        "sd_plain": float(np.sqrt((plain**2).sum() / df_plain)),
        "df_plain": df_plain,
        "sd_rest": residual,
        "df_rest": df,
        "rest": rest,
    }


def within_kind(model: dict) -> tuple[float, int]:
    """Return sd and df of the vote effects between two votes of one kind, presidential and for parliament."""
    effect = dict(zip(model["dates"], model["vote_effects"]))
    pairs = [("2019-06-09", "2022-11-20"), ("2021-01-10", "2023-03-19")]
    return pooled((sd([effect[a], effect[b]]), 1) for a, b in pairs), len(pairs)


# Votes -------------------------------------------------------------------------------------------------


def official() -> dict[str, float]:
    """Return the official shares of the seven options."""
    return {row["option"]: float(row["value"]) for row in rows("observed.csv") if row["variable"] == "vote_share"}


def asked(variable: str) -> dict[tuple[str, str], dict[str, float]]:
    """Return {(pollster, end): {answer: share}} of the polls or exit polls."""
    out: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows("polls.csv"):
        if row["variable"] == variable:
            out.setdefault((row["pollster"], row["end"]), {})[row["answer"]] = float(row["value"])
    return out


def history(quantity: str, until: str = "9999") -> list[float]:
    """Return the values of one quantity of history.csv in the order of the file."""
    return [float(r["value"]) for r in rows("history.csv") if r["quantity"] == quantity and r["date"] < until]


def last_poll() -> dict[str, float]:
    """Return the vote intentions of 4-6 November."""
    return asked("vote_intention")["Qogamdyq Pikir", "2022-11-06"]


def small_option_errors() -> np.ndarray:
    """Return log(poll / official) of the six small options, by poll, less the poll's mean.

    One poll and three exit polls.  The mean of a poll is an error of the incumbent against the rest, which
    has a number of its own.
    """
    truth = official()
    polls = [last_poll(), *asked("vote_share").values()]
    errors = np.array([[np.log(poll[o] / truth[o]) for o in SMALL] for poll in polls])
    return errors - errors.mean(1, keepdims=True)


def incumbent_spread() -> dict[str, float]:
    """Standard deviations of the log-odds of the incumbent against all the rest."""
    elections = sd(logit([history("incumbent_share")[0], official()["tokayev"]]))
    houses = sd(logit(history("trust_in_president")))
    errors = np.sqrt(np.mean(np.square(history("exit_poll_error_of_leader"))))
    p = official()["tokayev"]
    return {
        "elections": elections,
        "houses": houses,
        "pooled": pooled([(elections, 1), (houses, 2)]),
        "exit_points": float(errors * 100),
        "exit": float(errors / (p * (1 - p))),
    }


def weights_within_rest(shares: dict[str, float]) -> np.ndarray:
    """Return the weights of the six small options within their sum."""
    rest = np.array([shares[o] for o in SMALL])
    return rest / rest.sum()


def incumbent_swing(total: float, small: float, regional: float, shares: dict[str, float], register) -> float:
    """Return the national sd of the incumbent's own swing.

    The log-odds of the incumbent against the rest vary by ``s_T² + W s_small²`` through national swings and,
    in the national sum of regions with register shares g, by ``G (1 + W) s_regional²``; ``W = Σ w²`` over the
    small options, ``G = Σ g²`` over the regions.  Solved for s_T.
    """
    w = float(np.sum(weights_within_rest(shares) ** 2))
    g = float(np.sum((register / register.sum()) ** 2))
    return float(np.sqrt(total**2 - w * small**2 - g * (1 + w) * regional**2))


# Electorate of the forecast ----------------------------------------------------------------------------


def forecast_register() -> dict[str, int]:
    """Return the register of 1 July 2022 by region, in proportion to the persons of 16 and more of 2020.

    Where a region was divided in June 2022 its parts share the parent's persons in proportion to their
    population.  Largest remainders make the sum exact.
    """
    table = rows("population.csv")
    population = {row["region"]: int(row["population_2023"]) for row in table}
    family: dict[str, int] = {}
    for row in table:
        family[row["parent"]] = family.get(row["parent"], 0) + population[row["region"]]
    weight = np.array([int(r["parent_adults_2020"]) * population[r["region"]] / family[r["parent"]] for r in table])
    exact = REGISTER_JULY * weight / weight.sum()
    whole = np.floor(exact).astype(int)
    for i in np.argsort(whole - exact, kind="stable")[: REGISTER_JULY - whole.sum()]:
        whole[i] += 1
    return {row["region"]: int(n) for row, n in zip(table, whole)}


def forecast_turnout() -> tuple[float, float, dict[str, float]]:
    """Return centre, intercept and turnout by region, from the three votes before November 2022.

    Every region has the effect e3 of the three votes (a divided region's parts that of the parent); the
    intercept makes the mean, weighted by the register of the forecast, the mean of the three national
    turnouts on the logit scale.
    """
    centre = float(logistic(logit(history("turnout", until=DAY)).mean()))
    model = turnout_model(BEFORE)
    effect = dict(zip(model["regions"], model["region_effects"]))
    table = rows("population.csv")
    e3 = np.array([effect[row["parent"]] for row in table])
    register = forecast_register()
    weight = np.array([register[row["region"]] for row in table], float)
    weight /= weight.sum()
    low, high = -5.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if weight @ logistic(middle + e3) < centre else (low, middle)
    return centre, low, {row["region"]: round(float(logistic(low + e)), 4) for row, e in zip(table, e3)}


def poll_baseline() -> dict[str, float]:
    """Return the forecast's shares: incumbent in the middle of the poll's bracket, rivals exchangeable."""
    poll = last_poll()
    low, high = poll["tokayev"], poll["tokayev"] / (1 - poll["undecided"])
    incumbent = float(logistic((logit(low) + logit(high)) / 2))
    named = sum(poll[o] for o in SMALL)
    against = (1 - incumbent) * poll["against_all"] / named
    out = {"tokayev": round(incumbent, 4), "against_all": round(against, 4)}
    return {**out, **{o: round((1 - sum(out.values())) / len(RIVALS), 5) for o in RIVALS}}


# What is printed ---------------------------------------------------------------------------------------

Line = tuple[str, float, str]


def turnout_numbers() -> Iterator[Line]:
    """Swings of the turnout in the hindcast."""
    model = turnout_model()
    kind, df = within_kind(model)
    yield (
        "turnout.two_way.residual",
        round(model["sd_plain"], 3),
        f"two-way model without city block, df {model['df_plain']}",
    )
    yield (
        "turnout.votes.sd",
        round(model["sd_votes"], 2),
        "sd of the five vote effects outside the cities, all kinds, df 4",
    )
    yield "turnout.national", round(kind, 2), f"sd of vote effects between votes of one kind, pooled, df {df}"
    yield (
        "turnout.gap.raw",
        round(model["sd_gap_raw"], 2),
        "sd over five votes of mean logit of cities less the others, df 4",
    )
    yield "turnout.cities", round(model["sd_gap"], 2), "the same less its noise residual²·(1/3 + 1/14)"
    yield (
        "turnout.regional",
        round(model["sd_rest"], 2),
        f"residual sd with city block, df {model['df_rest']}",
    )
    z = model["rest"].ravel() / model["sd_rest"]
    kurtosis = float(np.mean(z**4) / np.mean(z**2) ** 2 - 3)
    yield (
        "turnout.excess_kurtosis",
        round(kurtosis, 1),
        "of those residuals; Student t with ν degrees has 6/(ν − 4), 3 at ν = 6",
    )


def vote_numbers() -> Iterator[Line]:
    """Swings of the votes in the hindcast."""
    spread = incumbent_spread()
    small = float(np.sqrt((small_option_errors() ** 2).sum() / (4 * (len(SMALL) - 1))))
    shares = official()
    w = float(np.sum(weights_within_rest(shares) ** 2))
    nation, top = history("list_share_nation")[0], history("list_share_highest_region")[0]
    regional = float((logit(top) - logit(nation)) / 1.867 / np.sqrt(1 + w))
    register = np.array([int(row["registered"]) for row in rows("regions.csv")], float)
    yield (
        "votes.elections",
        round(spread["elections"], 2),
        "sd of logit share of the incumbent, 2019 and 2022, df 1",
    )
    yield (
        "votes.houses",
        round(spread["houses"], 2),
        "sd of logit trust of three pollsters, December 2023, df 2",
    )
    yield (
        "votes.exit_polls.points",
        round(spread["exit_points"], 2),
        "RMS of eight exit-poll errors of the leader, points",
    )
    yield "votes.exit_polls", round(spread["exit"], 2), "the same on the logit scale at the official share"
    yield (
        "votes.incumbent",
        round(spread["pooled"], 2),
        "elections and houses pooled by df: incumbent against the rest",
    )
    yield "votes.small", round(small, 2), "sd of log(poll/official) of six options within four polls, df 20"
    yield (
        "votes.regional",
        round(regional, 2),
        "(logit highest region − logit nation)/1.867/√(1 + W), list vote 2023",
    )
    # The rounded numbers go on, because they are what stands in the YAML.
    swing = incumbent_swing(spread["pooled"], round(small, 2), round(regional, 2), shares, register)
    yield "votes.national.tokayev", round(swing, 2), "√(incumbent² − W·small² − G·(1 + W)·regional²)"
    invalid = logit(history("invalid_share"))
    spread = round(sd(invalid), 2)
    total = float(np.hypot(spread, round(turnout_model()["sd_rest"], 2)))
    yield "invalid.mean", round(float(logistic(invalid[2])), 4), "359,569 of 8,300,046"
    yield "invalid.share", round(median_of(float(logistic(invalid[2])), total), 4), "median with that mean"
    yield "invalid.national", spread, "sd of the logit share of four votes, df 3"


def station_numbers() -> Iterator[Line]:
    """Swings between polling stations."""
    rho = float(np.sqrt(0.005 * 0.05))
    shares = official()
    p = shares["tokayev"]
    turnout = next(float(r["value"]) for r in rows("observed.csv") if r["variable"] == "turnout" and not r["region"])
    w = float(np.sum(weights_within_rest(shares) ** 2))
    yield "station.rho", round(rho, 4), "√(0.005 · 0.05), geometric mean of the assumed range"
    yield (
        "station.votes",
        round(float(np.sqrt(rho / (p * (1 - p)) / (1 + w))), 2),
        "√(ρ/(p(1 − p))/(1 + W)), p the incumbent's share",
    )
    yield (
        "station.turnout",
        round(float(np.sqrt(rho / (turnout * (1 - turnout)))), 2),
        "√(ρ/(T(1 − T))), T the national turnout",
    )
    size = [int(r["registered"]) / int(r["stations"]) for r in rows("regions.csv") if "stations official" in r["note"]]
    yield (
        "station.size.regions",
        round(sd(np.log(size)), 2),
        f"sd of log voters per station between {len(size)} regions",
    )


def forecast_numbers() -> Iterator[Line]:
    """Everything in the forecast, from what was known before the day."""
    more = float(np.sqrt(1 + 1 / 3))
    model = turnout_model(BEFORE)
    centre, intercept, _ = forecast_turnout()
    nation = logit(history("turnout", until=DAY))
    yield (
        "forecast.turnout",
        round(centre, 4),
        "logistic of the mean logit turnout of 2019, 2021 and June 2022",
    )
    yield "forecast.turnout.intercept", round(intercept, 3), "a in logit T_r = a + e3_r"
    yield (
        "forecast.turnout.national",
        round(sd(nation) * more, 2),
        "sd of those three logits · √(1 + 1/3), df 2",
    )
    yield (
        "forecast.turnout.cities",
        round(model["sd_gap_raw"] * more, 2),
        "sd of the city gap, noise not taken off, · √(1 + 1/3), df 2",
    )
    yield (
        "forecast.turnout.regional",
        round(model["sd_rest"] * more, 2),
        f"residual sd of the three votes · √(1 + 1/3), df {model['df_rest']}",
    )
    base = poll_baseline()
    poll = last_poll()
    high = poll["tokayev"] / (1 - poll["undecided"])
    half = float(logit(high) - logit(poll["tokayev"])) / 2
    small = sd(np.log([poll[o] for o in RIVALS]))
    for option, share in base.items():
        rule = {
            "tokayev": f"middle of {poll['tokayev']:.3f} and {high:.4f} (decided only) on the logit scale",
            "against_all": "the rest in proportion to the six named answers of the poll",
        }.get(option, "what remains, a fifth each")
        yield f"forecast.votes.{option}", share, rule
    yield "forecast.votes.incumbent", round(half, 2), "half the bracket on the logit scale, taken as one sd"
    yield "forecast.votes.small", round(small, 2), "sd of the log shares of the five rivals in the poll"
    register = np.array(list(forecast_register().values()), float)
    swing = incumbent_swing(half, round(small, 2), 0.20, base, register)
    yield "forecast.votes.national.tokayev", round(swing, 2), "√(incumbent² − W·small² − G·(1 + W)·0.20²)"
    invalid = logit(history("invalid_share", until=DAY))
    yield (
        "forecast.invalid.share",
        round(float(logistic(invalid.mean())), 4),
        "logistic of the mean logit of 2019 and June 2022",
    )
    yield "forecast.invalid.national", round(sd(invalid), 2), "sd of those two logits, df 1"


def checks() -> Iterator[Line]:
    """Numbers that no scenario uses: what the estimates are worth, seen afterwards."""
    register = forecast_register()
    total = sum(register.values())
    error = [np.log(register[r] / total / q) for r, q in KNOWN_LISTS.items()]
    yield (
        "check.forecast_register.rms",
        round(float(np.sqrt(np.mean(np.square(error)))), 3),
        "against six lists, relative",
    )
    final = {r["region"]: float(r["value"]) for r in rows("turnout.csv")}
    mean = sum(register[r] * final[r] for r in final) / total
    yield "check.forecast_register.turnout", round(mean, 4), "turnouts of the day with the forecast's weights"
    table = rows("regions.csv")
    mean = sum(int(r["registered"]) * final[r["region"]] for r in table) / sum(int(r["registered"]) for r in table)
    yield "check.register.turnout", round(mean, 4), "turnouts of the day with the estimated register"
    _, _, forecast = forecast_turnout()
    error = [forecast[r] - final[r] for r in final]
    yield (
        "check.forecast_turnout.rms",
        round(float(np.sqrt(np.mean(np.square(error)))), 3),
        "forecast less turnout, 20 regions",
    )


def numbers() -> dict[str, float]:
    """Return every printed number by name."""
    sections = (turnout_numbers, vote_numbers, station_numbers, forecast_numbers, checks)
    return {name: value for section in sections for name, value, _ in section()}


def write() -> None:
    """Rewrite regions_forecast.csv and turnout_forecast.csv."""
    register = forecast_register()
    source = "Bureau of National Statistics via github.com/open-data-kazakhstan (population.csv)"
    note = "register of 1 July 2022 shared by persons of 16 and more, 1 Jan 2020"
    divided = {r["region"] for r in rows("population.csv") if r["name"] in ("Abai", "Zhetysu", "Ulytau")}
    table = [
        [
            "region",
            "name",
            "registered",
            "registered_sd",
            "kind",
            "tile_column",
            "tile_row",
            "source",
            "standing",
            "note",
        ]
    ]
    parents = {row["region"]: row["parent"] for row in rows("population.csv")}
    split = {parents[r] for r in divided}
    for row in rows("regions.csv"):
        region = row["region"]
        more = "; parent divided by population of 1 Jan 2023" if parents[region] in split else ""
        table.append(
            [
                region,
                row["name"],
                register[region],
                "0.1",
                row["kind"],
                row["tile_column"],
                row["tile_row"],
                source,
                "estimated",
                note + more,
            ]
        )
    _save("regions_forecast.csv", table)
    _, _, turnout = forecast_turnout()
    source = "panel.csv, votes of 2019-06-09, 2021-01-10, 2022-06-05"
    table = [["region", "value", "source", "standing", "note"]]
    for region, value in turnout.items():
        own = region not in divided
        table.append(
            [
                region,
                f"{value:.4f}",
                source,
                "estimated",
                "" if own else f"region effect of {parents[region]}",
            ]
        )
    _save("turnout_forecast.csv", table)


def _save(name: str, table: list[list]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(table)


def main() -> None:
    """Print all numbers."""
    titles = {
        turnout_numbers: "Turnout, hindcast",
        vote_numbers: "Votes, hindcast",
        station_numbers: "Polling stations",
        forecast_numbers: "Forecast, from what was known before the day",
        checks: "Checks, used by no scenario",
    }
    for section, title in titles.items():
        print(f"# {title}")
        for name, value, formula in section():
            print(f"{name} = {value:g}   {formula}")
        print()
    if "--write" in sys.argv[1:]:
        write()


if __name__ == "__main__":
    main()

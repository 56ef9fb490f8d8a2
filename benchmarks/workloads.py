"""The workloads that are timed, as scenarios: regions, polling stations, groups, and a million draws on disk.

The numbers are shaped like those of Kazakhstan in 2022 (one strong leader, seven others, registers between
100,000 and 1.4 million) and are made up, so that nothing here changes when a scenario's data does.
"""

from __future__ import annotations

import json
from typing import Any

#: Option → share of the valid votes; the ballot paper has them in this order.
SHARES = {
    "leader": 0.800,
    "against_all": 0.058,
    "second": 0.034,
    "third": 0.028,
    "fourth": 0.026,
    "fifth": 0.022,
    "sixth": 0.018,
    "seventh": 0.014,
}
#: Registered voters of 21 regions.
REGISTERS = (
    1_400_000, 1_250_000, 1_060_000, 948_000, 860_000, 790_000, 720_000, 655_000, 600_000, 545_000, 530_000,
    480_000, 440_000, 400_000, 370_000, 335_000, 300_000, 260_000, 210_000, 150_000, 100_000,
)  # fmt: skip
#: Mean turnout of the regions, from the largest to the smallest.
TURNOUTS = tuple(round(0.45 + 0.02 * ((7 * i) % 21), 2) for i in range(21))
#: Polling stations of the regions: 10,101 in all, with different mean sizes.
STATIONS = (
    841, 811, 781, 751, 721, 691, 661, 631, 571, 541, 481,
    451, 421, 391, 361, 301, 241, 181, 121, 91, 61,
)  # fmt: skip
#: Mean voters per station of a region, cyclically.
STATION_SIZES = (720, 560, 400, 640, 320, 480, 240)


def _scenario(title: str, draws: int, stations: bool, share: float) -> dict[str, Any]:
    regions: list[dict[str, Any]] = []
    for i in range(len(REGISTERS)):
        row: dict[str, Any] = {"region": f"r{i + 1:02d}", "registered": REGISTERS[i]}
        if stations:
            row["stations"] = max(2, round(STATIONS[i] * share))
            row["registered"] = row["stations"] * STATION_SIZES[i % len(STATION_SIZES)]
        regions.append(row)
    electorate: dict[str, Any] = {"model": "table", "regions": regions}
    voters = {"national": 0.30, "regional": 0.33, "region_correlation": 0.3, "tails": 6}
    turnout = {"national": 0.22, "regional": 0.21, "region_correlation": 0.3, "tails": 6}
    if stations:
        electorate["stations"] = {"size_spread": 0.45}
        voters["station"], turnout["station"] = 0.30, 0.27
    options = {
        key: {"kind": "against_all" if key == "against_all" else "candidate", "incumbent": key == "leader"}
        for key in SHARES
    }
    return {
        "title": title,
        "electorate": electorate,
        "ballot": {"options": options, "invalid": 0.03},
        "voters": {"model": "logit", "baseline": dict(SHARES), "swing": voters},
        "turnout": {
            "model": "logit",
            "baseline": {row["region"]: t for row, t in zip(regions, TURNOUTS)},
            "swing": turnout,
        },
        "rules": {"president": {"model": "two_round", "majority_of": "valid_votes"}},
        "run": {"draws": draws, "seed": 20221120},
    }


def region(draws: int = 100_000) -> dict[str, Any]:
    """21 regions × 8 options."""
    return _scenario("benchmark: regions", draws, stations=False, share=1.0)


def stations(draws: int = 1_000, share: float = 1.0) -> dict[str, Any]:
    """10,101 polling stations × 8 options; ``share`` takes that part of the stations."""
    return _scenario("benchmark: polling stations", draws, stations=True, share=share)


def million(draws: int = 1_000_000) -> dict[str, Any]:
    """The regions again, with more draws than one would keep in memory."""
    return _scenario("benchmark: a million draws", draws, stations=False, share=1.0)


#: Values of the two traits of the cells: 8 × 5 groups.
AGES = tuple(f"age{i}" for i in range(8))
PLACES = tuple(f"place{i}" for i in range(5))


def cells(draws: int = 10_000) -> dict[str, Any]:
    """20 regions × 40 groups of voters × 8 options; shares and turnout differ by age."""
    base = _scenario("benchmark: groups of voters", draws, stations=False, share=1.0)
    rows = []
    for i, age in enumerate(AGES):
        leader = 0.5 + 0.05 * i
        others = {key: share * (1 - leader) / 0.2 for key, share in SHARES.items() if key != "leader"}
        rows.append({"group": age, "leader": leader, **others})
    swing = {"national": 0.2, "regional": 0.2, "group": 0.1, "tails": 6}
    return {
        **base,
        "electorate": {
            "model": "cells",
            "regions": base["electorate"]["regions"][:20],
            "traits": {"age": dict.fromkeys(AGES, 1 / 8), "place": dict.fromkeys(PLACES, 1 / 5)},
        },
        "voters": {"model": "logit", "baseline": rows, "swing": swing},
        "turnout": {"model": "logit", "baseline": {age: 0.4 + 0.05 * i for i, age in enumerate(AGES)}, "swing": swing},
        "rules": {"president": {"model": "plurality"}},
    }


def load(workload: dict[str, Any]) -> Any:
    """Return a workload as a scenario."""
    import sim

    return sim.loads(json.dumps(workload), name="benchmark.yaml")

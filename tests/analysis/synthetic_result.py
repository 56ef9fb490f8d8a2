"""Results made without the engine, with the variables, coordinates and attributes that a run gives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray as xr

from sim.scenario.writer import write_yaml

#: id: name, column, row, registered, turnout.
KAZAKHSTAN = {
    "KZ-10": ("Abai", 5, 1, 398_000, 0.8018),
    "KZ-11": ("Akmola", 3, 1, 541_630, 0.7887),
    "KZ-15": ("Aktobe", 1, 2, 534_262, 0.7281),
    "KZ-19": ("Almaty region", 5, 3, 948_590, 0.7210),
    "KZ-23": ("Atyrau", 0, 2, 413_881, 0.7087),
    "KZ-27": ("West Kazakhstan", 0, 1, 431_415, 0.6867),
    "KZ-31": ("Zhambyl", 4, 3, 695_248, 0.7957),
    "KZ-33": ("Zhetysu", 6, 2, 446_592, 0.8142),
    "KZ-35": ("Karaganda", 4, 2, 756_621, 0.7839),
    "KZ-39": ("Kostanay", 2, 1, 566_435, 0.7928),
    "KZ-43": ("Kyzylorda", 2, 3, 482_765, 0.8107),
    "KZ-47": ("Mangystau", 0, 3, 409_884, 0.6699),
    "KZ-55": ("Pavlodar", 5, 0, 519_998, 0.7758),
    "KZ-59": ("North Kazakhstan", 3, 0, 370_605, 0.7901),
    "KZ-61": ("Turkistan", 3, 3, 1_176_257, 0.8037),
    "KZ-62": ("Ulytau", 3, 2, 138_114, 0.7548),
    "KZ-63": ("East Kazakhstan", 6, 1, 510_428, 0.7949),
    "KZ-71": ("Astana", 4, 1, 794_440, 0.4860),
    "KZ-75": ("Almaty city", 6, 3, 1_156_368, 0.2872),
    "KZ-79": ("Shymkent", 3, 4, 661_931, 0.5979),
}
#: id: name, kind, share.
OPTIONS = {
    "tokayev": ("Kassym-Jomart Tokayev", "candidate", 0.813099),
    "dairabayev": ("Jiguli Dairabayev", "candidate", 0.034210),
    "abden": ("Qaraqat Abden", "candidate", 0.025969),
    "kazhyken": ("Meiram Kazhyken", "candidate", 0.025302),
    "auesbayev": ("Nurlan Auesbayev", "candidate", 0.022180),
    "tursynbekova": ("Saltanat Tursynbekova", "candidate", 0.021249),
    "against_all": ("Against all", "against_all", 0.057992),
}


def _scenario(
    title: str,
    regions: list[dict[str, Any]],
    names: list[str],
    ids: list[str],
    kinds: list[str],
    shares: Any,
    turnouts: Any,
    rules: dict[str, Any],
    observed: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "title": title,
        "date": "2022-11-20",
        "note": "Made up for the tests.",
        "electorate": {"model": "table", "regions": regions},
        "ballot": {
            "model": "single_choice",
            "options": {i: {"name": n, "kind": k} for i, n, k in zip(ids, names, kinds)},
            "invalid": {"share": 0.0433, "swing": {"national": 0.2}},
        },
        "voters": {
            "model": "logit",
            "baseline": {i: round(float(s), 6) for i, s in zip(ids, shares)},
            "swing": {
                "national": 0.15,
                "regional": {
                    "normal": [0.2, 0.05],
                    "within": [0, 1],
                    "source": "exit polls 2019–2023",
                    "evidence": "C",
                },
                "tails": 6,
            },
        },
        "turnout": {
            "model": "logit",
            "baseline": [{"region": r["region"], "value": round(float(t), 4)} for r, t in zip(regions, turnouts)],
            "swing": {"national": 0.2, "regional": 0.23},
        },
        "rules": rules,
        "run": {"draws": 10_000, "seed": 20221120},
        "observed": observed,
    }


def make_result(
    draws: int = 400,
    regions: dict[str, tuple[str, int, int, int, float]] | None = None,
    options: dict[str, tuple[str, str, float]] | None = None,
    observed: bool = True,
    runoff: bool = True,
    seed: int = 7,
    bias: float = 0.0,
    **changes: Any,
) -> xr.Dataset:
    """Return a result; ``observed`` are the baselines themselves, ``bias`` moves the simulated log-odds."""
    regions = KAZAKHSTAN if regions is None else regions
    options = OPTIONS if options is None else options
    rng = np.random.default_rng(seed)
    base = np.array([row[4] for row in regions.values()])
    register = np.array([row[3] for row in regions.values()], np.int32)
    shares = np.array([row[2] for row in options.values()])
    n, r, k = draws, len(regions), len(options)
    logit = np.log(base / (1 - base)) + 0.2 * rng.normal(size=(n, 1)) + 0.23 * rng.normal(size=(n, r)) + bias
    turnout = 1 / (1 + np.exp(-logit))
    score = np.log(shares) + 0.15 * rng.normal(size=(n, 1, k)) + 0.2 * rng.normal(size=(n, r, k))
    p = np.exp(score)
    p /= p.sum(axis=-1, keepdims=True)
    ballots = rng.binomial(register, turnout)
    invalid = rng.binomial(ballots, 1 / (1 + np.exp(3.095 - 0.2 * rng.normal(size=(n, 1)))))
    votes = rng.multinomial(ballots - invalid, p)
    kinds = [row[1] for row in options.values()]
    totals = votes.sum(axis=1)
    able = np.where([kind == "against_all" for kind in kinds], -1, totals)
    order = np.argsort(-able, axis=1, kind="stable")
    winner = order[:, 0]
    data: dict[str, Any] = {
        "registered": ("region", register, {"units": "people"}),
        "ballots_cast": (("draw", "region"), ballots.astype(np.int32), {"units": "ballots"}),
        "invalid_ballots": (("draw", "region"), invalid.astype(np.int32), {"units": "ballots"}),
        "votes": (("draw", "region", "option"), votes.astype(np.int32), {"units": "votes"}),
    }
    if runoff:
        held = totals[np.arange(n), winner] * 2 <= ballots.sum(axis=1)
        second = np.zeros((n, k), np.int64)
        for d in np.flatnonzero(held):
            a, b = order[d, :2]
            valid = int(totals[d].sum())
            second[d, a] = rng.binomial(valid, totals[d, a] / (totals[d, a] + totals[d, b]))
            second[d, b] = valid - second[d, a]
        winner = np.where(held, second.argmax(axis=1), winner)
        data |= {
            "runoff": ("draw", held.astype(np.int8)),
            "runoff_votes": (("draw", "option"), second),
            "runoff_ballots_cast": ("draw", np.where(held, ballots.sum(axis=1), 0)),
            "runoff_invalid_ballots": ("draw", np.where(held, invalid.sum(axis=1), 0)),
        }
    data["winner"] = ("draw", winner.astype(np.int16), {"flag_values": "…", "flag_meanings": "…"})
    data["tied"] = ("draw", np.zeros(n, np.int8))
    ids, names = list(options), [row[0] for row in options.values()]
    rules = {"president": {"model": "two_round", "majority": 0.5, "majority_of": "ballots_cast"}}
    if not runoff:
        rules = {"president": {"model": "plurality"}}
    figures: list[dict[str, Any]] = []
    if observed:
        figures += [
            {
                "variable": "vote_share",
                "option": o,
                "value": round(float(s), 6),
                "source": "cec.example",
                "standing": "official",
            }
            for o, s in zip(ids, shares / shares.sum())
        ]
        national = float((base * register).sum() / register.sum())
        figures.append({"variable": "turnout", "value": round(national, 6), "standing": "official"})
        figures += [
            {"variable": "turnout", "region": name, "value": round(float(t), 4), "standing": "published"}
            for name, t in zip(regions, base)
        ]
        figures.append({"variable": "registered", "value": int(register.sum()), "standing": "official"})
        figures.append({"variable": "invalid_share", "value": 0.0433, "standing": "derived"})
    table = [
        {
            "region": i,
            "name": row[0],
            "registered": row[3],
            "source": "list of voters",
            "standing": "estimated",
        }
        for i, row in regions.items()
    ]
    title = changes.pop("title", "Kazakhstan, snap presidential election of 20 November 2022")
    scenario = _scenario(title, table, names, ids, kinds, shares, base, rules, figures)
    scenario.update(changes)
    text = lambda values: np.array(list(values), object)  # noqa: E731
    coords = {
        "draw": np.arange(n),
        "region": text(regions),
        "option": text(ids),
        "region_name": ("region", text(row[0] for row in regions.values())),
        "region_kind": ("region", text("region" for _ in regions)),
        "region_tile_column": ("region", np.array([row[1] for row in regions.values()], np.int32)),
        "region_tile_row": ("region", np.array([row[2] for row in regions.values()], np.int32)),
        "option_name": ("option", text(names)),
        "option_kind": ("option", text(kinds)),
        "option_colour": ("option", text("" for _ in ids)),
        "option_incumbent": ("option", np.array([j == 0 for j in range(k)], np.int8)),
    }
    attrs = {
        "title": title, "date": "2022-11-20", "note": "Made up for the tests.", "draws": n, "seed": "20221120",
        "sailau_version": "0.0", "source": "sailau 0.0", "created": "2026-01-01T00:00:00Z",
        "python_version": "3.11", "numpy_version": "2", "platform": "linux x86_64", "scenario_sha256": "ab" * 32,
        "scenario_yaml": write_yaml(scenario),
    }  # fmt: skip
    return xr.Dataset(data, coords, attrs)


def many_regions(n: int) -> dict[str, tuple[str, int, int, int, float]]:
    """Return n regions without a place on the tile map."""
    return {
        f"R{i:02d}": (f"Region number {i}", -1, -1, 20_000 + 7_919 * i % 90_000, 0.35 + 0.5 * (i * 0.618 % 1))
        for i in range(n)
    }


def many_options(n: int) -> dict[str, tuple[str, str, float]]:
    """Return n options with shares that fall off geometrically."""
    weights = [math.exp(-0.15 * i) for i in range(n)]
    return {
        f"o{i}": (f"Candidate {chr(65 + i)}. Longname-Double", "candidate", w / sum(weights))
        for i, w in enumerate(weights)
    }

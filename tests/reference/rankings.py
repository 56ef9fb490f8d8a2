"""Rankings once more: the probabilities of all orders, and the winner of all pairs, from the formulas.

Orders stand in lexicographic order of the options of the file: (draw, cell, order).
"""

from __future__ import annotations

from itertools import combinations, permutations
from math import factorial
from typing import Any

import numpy as np

CULTURES = ("impartial_culture", "anonymous_culture", "urn", "mallows", "plackett_luce")


def of_shares(share: np.ndarray) -> np.ndarray:
    """Choosing place after place in proportion to the shares of those left: (draw, cell, option) → (…, order)."""
    out = []
    for order in permutations(range(share.shape[-1])):
        p = np.ones(share.shape[:-1])
        for k in range(len(order)):
            p = p * share[..., order[k]] / sum(share[..., o] for o in order[k:])
        out.append(p)
    return np.stack(out, axis=-1)


def of_culture(election: Any, part: dict[str, Any]) -> np.ndarray:
    """What a model of whole rankings gives to the orders."""
    orders = list(permutations(election.options))
    shape = (election.draws, len(election.stratum_of), len(orders))
    model = part["model"]
    if model == "impartial_culture":
        return np.full(shape, 1 / len(orders))
    if model in ("anonymous_culture", "urn"):
        alpha = election.number(part["alpha"]) if model == "urn" else np.ones(election.draws)
        places = len(election.regions) if part["over"] == "region" else 1
        gammas = election.rng.standard_gamma(
            np.broadcast_to(1 / alpha[:, None, None], (election.draws, places, len(orders)))
        )
        drawn = gammas / gammas.sum(axis=-1, keepdims=True)
        return drawn[:, election.region_of if places > 1 else np.zeros(shape[1], int)]
    if model == "plackett_luce":
        body = {"model": "logit", "baseline": part["weights"], "centre": "zero_swing"}
        return of_shares(np.exp(election.log_shares(body))[:, election.stratum_of])
    total = np.zeros((election.draws, len(election.strata), len(orders)))
    for camp in part["mixture"]:
        phi = election.by_stratum(camp["phi"])[..., None]
        turned = [
            sum(order.index(a) > order.index(b) for a, b in combinations(camp["reference"], 2)) for order in orders
        ]
        weight = phi ** np.array(turned)
        total += election.by_stratum(camp["weight"])[..., None] * weight / weight.sum(axis=-1, keepdims=True)
    return (total / total.sum(axis=-1, keepdims=True))[:, election.stratum_of]


def firsts(orders: np.ndarray, options: int) -> np.ndarray:
    """Sums by first option: (…, order) → (…, option)."""
    return orders.reshape(*orders.shape[:-1], options, factorial(options - 1)).sum(axis=-1)


def condorcet(rankings: np.ndarray, electable: np.ndarray) -> np.ndarray:
    """Who wins all pairs, −1 for nobody: (draw, order) → (draw,)."""
    options = len(electable)
    every = list(permutations(range(options)))
    out = np.full(len(rankings), -1)
    for a in range(options):
        wins = rankings.sum(axis=1) > 0
        for b in set(range(options)) - {a}:
            wins &= sum((1 if o.index(a) < o.index(b) else -1) * rankings[:, i] for i, o in enumerate(every)) > 0
        if electable[a]:
            out[wins] = a
    return out

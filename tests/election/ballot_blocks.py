"""Blocks with given ballots, on which a rule can be run alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from rule_blocks import world_of

from sim.election.part import part
from sim.election.state import Block, Workspace
from sim.election.votes import Rankings, Scores
from sim.random import Chance


def block_of(kinds: dict[str, str], marks: np.ndarray, counts: np.ndarray, reads: str, seed: int = 1) -> Block:
    """A block of ballots: (1 or draw, kind, option in the order of the ids), (draw, kind)."""
    block = Block(world_of(kinds), Chance(seed), 0, len(counts), Workspace())
    if reads == "rankings":
        block.__dict__["rankings"] = Rankings(np.asarray(marks, np.int8), np.asarray(counts, np.int64))
    else:
        block.scores = Scores(np.asarray(marks, np.int16), np.asarray(counts, np.int64))
    return block


def decide(model: str, body: dict[str, Any], block: Block) -> tuple[np.ndarray, np.ndarray]:
    part("rules", model).model_validate(body).prepare(block.world)(block)
    return np.asarray(block.outputs["winner"]), np.asarray(block.outputs["tied"]).astype(bool)


def of_texts(model: str, texts: dict[str, int], body: dict[str, Any] | None = None, factor: int = 1) -> str:
    """Decide on rankings written as 'abc' or 'ab=c' (equals) with their numbers; return the winner's id."""
    ids = sorted({x for text in texts for x in text} - {"="})
    ranks = np.full((1, len(texts), len(ids)), len(ids))
    for k, text in enumerate(texts):
        place = -1
        for i, x in enumerate(text):
            if x != "=":
                place += i == 0 or text[i - 1] != "="
                ranks[0, k, ids.index(x)] = place
    counts = np.array([list(texts.values())]) * factor
    winner, _ = decide(model, body or {}, block_of(dict.fromkeys(ids, "candidate"), ranks, counts, "rankings"))
    return ids[winner[0]] if winner[0] >= 0 else ""

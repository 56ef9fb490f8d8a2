"""The headline tells what every contest decides, and who sits."""

from __future__ import annotations

import sim
from sim.report.words import headline

TWO = """
title: Two contests
electorate: {regions: {a: 500, b: 700, c: 300}}
ballot: {options: {x: X, y: Y, none: {kind: against_all}}}
voters: {baseline: {x: 0.5, y: 0.4, none: 0.1}, swing: {regional: 0.5}}
turnout: {baseline: 0.6}
contests:
  mayor:
    ballot: {options: {p: Petra, q: Quinn}}
    voters: {baseline: {p: 0.7, q: 0.3}}
rules: {council: {model: districts}, mayor: {model: plurality}}
run: {draws: 200, seed: 3}
"""


def test_every_contest_has_its_sentences(tmp_path):
    result = sim.run(sim.loads(TWO))
    said = headline(sim.summary(result))
    seats = [line for line in said if line.startswith("council: Seats in the median draw")]
    assert len(seats) == 1
    low, median, high = (int(value) for value in result["seats_council"].sel(option="x").quantile([0.05, 0.5, 0.95]))
    assert f"X {median} ({low} to {high})" in seats[0]
    assert "none" not in seats[0]
    assert any(line.startswith("mayor: Petra wins in") for line in said)
    sim.report(result, tmp_path / "r.html")
    assert seats[0] in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_one_contest_bears_no_name():
    plain = sim.loads(TWO).change({"contests": None, "rules": {"council": {"model": "plurality"}, "mayor": None}})
    assert headline(sim.summary(sim.run(plain)))[0].startswith("X wins in")

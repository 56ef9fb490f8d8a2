"""Summaries: statistics, their Monte Carlo standard errors, and how they print."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from synthetic_result import make_result

from sim.analysis import summary, turnout, vote_share
from sim.analysis.datasets import Summary
from sim.analysis.statistics import QUANTILES, STATISTICS, bound, describe, probability_error
from sim.analysis.tables import Table, clean, number, tally
from sim.errors import ResultError


def test_statistics_are_those_of_numpy() -> None:
    x = np.random.default_rng(1).normal(size=501)
    values, errors = describe(x.copy())
    np.testing.assert_allclose(values, [x.mean(), x.std(ddof=1), *np.quantile(x, QUANTILES)])
    np.testing.assert_allclose(errors[0], x.std(ddof=1) / np.sqrt(501))
    with_nan = np.concatenate([x, [np.nan] * 9])
    np.testing.assert_array_equal(describe(with_nan)[0], values)


@pytest.mark.parametrize(("x", "known"), [([], 0), ([np.nan], 0), ([2.0], 6)])
def test_too_few_draws_give_nan(x: list[float], known: int) -> None:
    values, errors = describe(np.array(x))
    assert np.isfinite(values).sum() == known
    assert np.isnan(errors).all()


def spread_over_error(factor: float = 1.0) -> np.ndarray:
    """Standard deviation of each statistic over 1,500 ensembles, divided by its stated error."""
    rng = np.random.default_rng(2)
    pairs = [describe(rng.gamma(4.0, size=400)) for _ in range(1500)]
    values, errors = (np.array([pair[i] for pair in pairs]) for i in (0, 1))
    return values.std(axis=0, ddof=1) / (factor * errors.mean(axis=0))


def test_standard_errors_are_those_found_by_repetition() -> None:
    # Standard deviation of 1,500 repetitions: 2 %; half the distance of order statistics: 10 % in the tails.
    assert np.all(np.abs(spread_over_error() - 1) < 0.12)


def test_the_check_of_standard_errors_can_fail() -> None:
    assert not np.any(np.abs(spread_over_error(factor=np.sqrt(2)) - 1) < 0.12)


def test_probability_and_rule_of_three() -> None:
    np.testing.assert_allclose(probability_error(0.2, 400), 0.02)
    np.testing.assert_allclose(bound(np.array([0.0, 1.0, 0.5]), 1000), [0.002991, 0.997009, np.nan], rtol=1e-3)
    # With that probability, no draw in n bears it out with probability 5 %.
    assert (1 - float(bound(0.0, 50))) ** 50 == pytest.approx(0.05)


def test_summary_holds_the_statistics_of_the_shares() -> None:
    ds = make_result(200)
    s = summary(ds)
    assert isinstance(s, Summary)
    assert isinstance(s, xr.Dataset)
    np.testing.assert_allclose(s["turnout"].sel(statistic="mean"), turnout(ds).mean())
    np.testing.assert_allclose(
        s["region_vote_share"].sel(statistic="q95"), np.quantile(vote_share(ds, "region"), 0.95, axis=0)
    )
    np.testing.assert_allclose(s["region_turnout"].sel(statistic="sd"), turnout(ds, "region").std("draw", ddof=1))
    p = s["winner_probability"].sel(option="tokayev")
    assert float(p) == 1
    assert 0.98 < float(s["winner_probability_bound"].sel(option="tokayev")) < 1
    assert float(s["runoff_probability"]) == 0
    assert s.attrs["draws"] == 200
    assert s.attrs["scenario_sha256"] == ds.attrs["scenario_sha256"]
    for name, da in s.data_vars.items():
        assert da.attrs["units"] == "1", name
        assert da.attrs["long_name"], name


def test_winners_are_counted_and_nobody_too() -> None:
    ds = make_result(8)
    ds["winner"] = ("draw", np.array([0, 0, 0, 1, 1, -1, -1, 0], np.int16))
    s = summary(ds, by="nation")
    np.testing.assert_array_equal(s["winner_probability"], [0.5, 0.25, 0, 0, 0, 0, 0])
    assert float(s["no_winner_probability"]) == 0.25
    np.testing.assert_allclose(s["winner_probability_mcse"][0], np.sqrt(0.25 / 8))
    assert "nobody wins" in repr(s)
    assert "region_turnout" not in s


def test_by() -> None:
    ds = make_result(10)
    assert "turnout" not in summary(ds, by="region")
    assert set(summary(ds, by=("nation", "region")).dims) == {"statistic", "option", "region"}
    with pytest.raises(ResultError, match="by='town'"):
        summary(ds, by="town")
    with pytest.raises(ResultError, match="no variable"):
        summary(ds.drop_vars("votes"))


def test_a_rule_without_decisions_and_a_region_without_voters() -> None:
    ds = make_result(30).drop_vars(["winner", "tied", "runoff"])
    ds["registered"][3] = 0
    ds["ballots_cast"][:, 3] = 0
    s = summary(ds)
    assert "winner_probability" not in s
    assert np.isnan(s["region_turnout"][:, 3]).all()
    assert "–" in repr(s)


def test_print() -> None:
    text = repr(summary(make_result(60)))
    assert "Only 60 draws" in text
    assert "Kassym-Jomart Tokayev wins" in text
    assert "Against all wins" not in text
    assert "all 60 draws" in text
    assert "(rule of three)" in text
    assert "Only" not in repr(summary(make_result(100)))
    assert max(map(len, text.splitlines())) < 140


def test_a_selection_still_prints() -> None:
    s = summary(make_result(20))
    assert "xarray" in repr(s[["turnout"]])
    assert "<div" in s[["turnout"]]._repr_html_()
    assert "statistic" in repr(s.sel(statistic="mean"))
    assert "Karaganda" in repr(s.sel(region=["KZ-35"]))


def test_html_is_escaped_and_text_shows_control_characters() -> None:
    ds = make_result(5, options={"a": ("<b>&\"'\x1b[31m", "candidate", 1.0)}, title="<i>T</i>")
    page = summary(ds)._repr_html_()
    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;b&gt;&amp;&quot;&#x27;\\x1b[31m" in page
    assert "\x1b" not in repr(summary(ds))


def test_table_aligns_wide_letters() -> None:
    lines = Table("", ("", "n"), (("日本", "1"), ("ab", "22"), ("é", "3"))).text().splitlines()
    assert lines[1:] == ["日本   1", "ab    22", "é      3"]


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1,234.50"), (-0.001, "0.00"), (-2.0, "−2.00"), (np.nan, "–"), (np.inf, "inf")]
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_words_for_counts() -> None:
    assert tally(0, 10) == "none of 10 draws"
    assert tally(1000, 1000) == "all 1,000 draws"
    assert tally(3, 1000) == "3 of 1,000 draws"
    assert clean("a\nb") == "a\\nb"


def test_statistics_have_names() -> None:
    assert len(STATISTICS) == 7

"""sim.calibrate: posteriors of closed form, calibration by simulation, what is not identified, refusals."""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import sim
from sim.analysis.calibrate.coordinates import Coordinate
from sim.analysis.calibrate.diagnostics import split_rhat
from sim.analysis.calibrate.posterior import matched
from sim.analysis.calibrate.sampler import sample
from sim.analysis.calibrate.start import starting_places
from sim.analysis.calibrate.synthetic import SyntheticLikelihood, moments
from sim.analysis.calibrate.targets import Target
from sim.election.quantities import Bounds, Distribution
from sim.scenario.priors import with_numbers

LEVEL = {"turnout.baseline": {"logit_normal": [0.6, 0.4]}}
POLL = {"variable": "turnout", "value": 0.7, "n": 400, "source": "a poll"}
SHORT = {"draws": 60, "steps": 40, "burn": 10, "walkers": 8, "seed": 5}


def scenario(fit, regions=1, **sections):
    body = {
        "title": "to be calibrated",
        "electorate": {"regions": {f"r{i}": 20_000_000 for i in range(regions)}},
        "ballot": {"options": {"a": None, "b": None, "c": None}},
        "voters": {"baseline": {"a": 0.5, "b": 0.3, "c": 0.2}},
        "turnout": {"baseline": 0.6},
        "rules": {"it": {"model": "plurality"}},
        "run": {"seed": 3},
        "fit": fit,
    }
    return sim.loads(json.dumps({**body, **sections}))


def logit(p):
    return np.log(p) - np.log1p(-p)


def draws(posterior, path):
    return posterior.draws[path].values


def dist(plain):
    return Distribution.parse(plain, Bounds(-math.inf, math.inf))


# Closed forms -------------------------------------------------------------------------------------------


def test_a_normal_prior_and_a_poll():
    """Of very many voters, without swings, the log-odds of the level have a normal posterior."""
    posterior = sim.calibrate(scenario(LEVEL), [POLL], draws=50, steps=300, burn=40, walkers=8)
    inside = (0.7 * 400 + 0.5) / 401
    error = math.sqrt(inside * (1 - inside) / 400) / (0.7 * 0.3)
    precision = 1 / 0.4**2 + 1 / error**2
    mean, sd = (logit(0.6) / 0.4**2 + logit(0.7) / error**2) / precision, precision**-0.5
    z = logit(draws(posterior, "turnout.baseline"))
    ess = float(posterior.table["ess"][0])
    assert ess > 250
    assert abs(z.mean() - mean) < 4 * sd / math.sqrt(ess)
    assert abs(z.std() / sd - 1) < 4 / math.sqrt(2 * ess)
    assert posterior.converged
    # The scenario holds it: logit_normal by the moments of the log-odds.
    made = posterior.scenario.sections["turnout"].baseline.default
    assert made.family == "logit_normal"
    assert logit(made.parameters[0]) == pytest.approx(z.mean(), abs=1e-4)
    assert made.parameters[1] == pytest.approx(z.std(), rel=1e-2)
    assert made.notes["source"] == "posterior of logit_normal(0.6, 0.4) given turnout = 0.7 (1 poll; a poll)"
    one = posterior.table.isel(parameter=0)
    assert float(one["contraction"]) == pytest.approx(1 - (float(one["sd"]) / float(one["prior_sd"])) ** 2)
    assert float(one["mean"]) == pytest.approx(draws(posterior, "turnout.baseline").mean())


def test_a_swing_of_the_scenario_is_an_error_of_the_figure():
    """A result that stands as it is tells of the level as far as the national swing lets it."""
    one = scenario(LEVEL, turnout={"baseline": 0.6, "swing": {"national": 0.3}})
    posterior = sim.calibrate(one, {"turnout": 0.7}, draws=300, steps=200, burn=30, walkers=8)
    low = SyntheticLikelihood(one.change({"fit": None}), [Target("turnout", "", "", 0.7)], 300, 3)
    found = moments(low.simulate({"turnout.baseline": 0.6}))
    offset, variance = found.mean[0] - logit(0.6), found.covariance[0, 0] * (1 + 1 / 300)
    assert variance == pytest.approx(0.09, rel=0.25)
    precision = 1 / 0.16 + 1 / variance
    mean, sd = (logit(0.6) / 0.16 + (logit(0.7) - offset) / variance) / precision, precision**-0.5
    z = logit(draws(posterior, "turnout.baseline"))
    ess = float(posterior.table["ess"][0])
    assert abs(z.mean() - mean) < 4 * sd / math.sqrt(ess)
    assert abs(z.std() / sd - 1) < 4 / math.sqrt(2 * ess)
    predicted = float(posterior.table["predicted_sd"][0])
    assert predicted == pytest.approx(math.sqrt(z.var() + found.covariance[0, 0]), rel=1e-3)


@pytest.mark.parametrize(
    "plain",
    [
        {"normal": [2, 3]},
        {"student_t": [1, 2, 4]},
        {"lognormal": [2, 0.7]},
        {"logit_normal": [0.3, 1.2]},
        {"uniform": [-1, 3]},
        {"triangular": [0, 1, 4]},
        {"beta": [3, 2]},
        {"gamma": [3, 0.5]},
        {"normal": [2, 3], "within": [0, 4]},
        {"gamma": [4, 0.06], "within": [0, 20]},
        {"logit_normal": [0.3, 1.2], "within": [0.2, 0.5]},
    ],
    ids=lambda plain: "-".join(plain),
)
def test_density_on_the_real_line(plain):
    """The density of z integrates to the quantiles of θ: the Jacobian is there."""
    one = Coordinate(dist(plain))
    ends = one.real(one.quantile(np.array([1e-6, 1 - 1e-6])))
    z = np.linspace(*ends, 200_001)
    density = np.exp(one.log_density(z))
    below = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    p = np.array([0.05, 0.3, 0.5, 0.9])
    assert one.value(np.interp(p, below / below[-1], z)) == pytest.approx(one.quantile(p), rel=2e-4)
    theta = one.quantile(p)
    assert one.value(one.real(theta)) == pytest.approx(theta, rel=1e-12)


def test_prior_moments():
    assert Coordinate(dist({"gamma": [3, 0.5]})).moments == pytest.approx((1.5, 0.75**0.5), rel=2e-3)
    assert Coordinate(dist({"uniform": [1, 2]})).moments == pytest.approx((1.5, 12**-0.5), rel=1e-6)
    truncated = stats.truncnorm(-1, 1, 2, 3)
    assert Coordinate(dist({"normal": [2, 3], "within": [-1, 5]})).moments == pytest.approx(
        (2, truncated.std()), rel=1e-4
    )


def test_moments_shrink_correlations_by_the_formula():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 4)) @ rng.normal(size=(4, 4))
    found = moments(x)
    s, r = np.cov(x, rowvar=False), np.corrcoef(x, rowvar=False)
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    weight = sum((1 - r[i, j] ** 2) ** 2 / 29 for i, j in pairs) / sum(r[i, j] ** 2 for i, j in pairs)
    assert 0 < weight < 1
    assert np.diag(found.covariance) == pytest.approx(np.diag(s))
    for i, j in pairs:
        assert found.covariance[i, j] == pytest.approx((1 - weight) * s[i, j])
    apart = moments(rng.normal(size=(8, 6))).covariance
    assert np.abs(apart - np.diag(np.diag(apart))).max() < 0.6
    assert moments(np.ones((5, 2))).covariance == pytest.approx(np.zeros((2, 2)))


def test_the_likelihood_is_that_of_a_normal_vector():
    targets = [Target("turnout", "", "", 0.6, 0.1), Target("vote_share", "", "a", 0.45, 0.0)]
    one = scenario(LEVEL, turnout={"baseline": 0.6, "swing": {"national": 0.3}}).change({"fit": None})
    likelihood = SyntheticLikelihood(one.change({"voters.swing.national": 0.2}), targets, 100, 1)
    found = moments(likelihood.simulate({"turnout.baseline": 0.55}))
    spread = 1.01 * found.covariance + np.diag([0.01, 0]) + 1e-12 * np.eye(2)
    expected = stats.multivariate_normal(found.mean, spread).logpdf(logit(np.array([0.6, 0.45])))
    assert likelihood.log(found) == pytest.approx(expected, rel=1e-9)


def test_the_simulated_log_odds_are_those_of_a_run():
    one = scenario(LEVEL, 2, turnout={"baseline": 0.6, "swing": {"national": 0.3, "regional": 0.2}})
    bare = one.change({"fit": None})
    targets = [Target("turnout", "r1", "", 0.6), Target("vote_share", "", "b", 0.3)]
    found = SyntheticLikelihood(bare, targets, 40, 9).simulate({"turnout.baseline": 0.5})
    result = sim.run(bare.change({"turnout.baseline": 0.5}), draws=40, seed=9)
    turnout = (result["ballots_cast"] / result["registered"]).sel(region="r1").values
    share = (result["votes"].sum("region") / result["votes"].sum(("region", "option"))).sel(option="b").values
    assert found == pytest.approx(np.stack([logit(turnout), logit(share)], axis=1), abs=1e-6)


def test_the_sampler_keeps_a_normal_law():
    """Variances within their errors in one dimension and in three."""
    for d, seed in ((1, 1), (3, 2)):
        root = np.linalg.cholesky(0.5 * np.eye(d) + 0.5)
        start = np.random.default_rng(seed).normal(size=(16, d)) @ root.T

        def log_density(z, root=root):
            return [(one, 0.0, 0.0) for one in (-0.5 * (np.linalg.solve(root, z.T) ** 2).sum(axis=0)).tolist()]

        chains = sample(log_density, start, 3000, 200, seed)
        x = chains.places.reshape(-1, d)
        error = np.sqrt(chains.autocorrelation / len(x))
        assert np.all(np.abs(x.mean(axis=0)) < 5 * error)
        assert np.all(np.abs(x.var(axis=0) - 1) < 5 * math.sqrt(2) * error)
        assert np.all(np.abs(x.var(axis=0) - 1) < 0.1)
        assert chains.acceptance > 0.2


def test_the_start_is_near_a_far_and_narrow_posterior():
    coordinates = [Coordinate(dist({"normal": [0, 1]})), Coordinate(dist({"uniform": [0, 1]}))]

    def terms(z):
        prior = coordinates[0].log_density(z[:, 0]) + coordinates[1].log_density(z[:, 1])
        return prior, -0.5 * ((z[:, 0] - 3) / 0.01) ** 2 - 0.5 * ((z[:, 1] - 2) / 0.05) ** 2

    start = starting_places(terms, coordinates, 24, 1)
    assert start.shape == (24, 2)
    assert len(np.unique(start[:, 0])) == 24
    assert start.mean(axis=0) == pytest.approx([3, 2], abs=0.05)
    assert np.all(start.std(axis=0) < [0.03, 0.15])


def test_split_rhat():
    """Against arviz-stats 0.8.0 (rank), and what it is there to see."""
    published = (1.0594472831489778, 1.1350903374165702, 1.0546108882312155)
    for seed, expected in enumerate(published):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(4, 100)).cumsum(1) * 0.1 + rng.normal(size=(4, 100))
        assert split_rhat(x) == pytest.approx(expected, rel=1e-12)
    x = np.random.default_rng(4).normal(size=(4, 500))
    assert split_rhat(x) < 1.01
    assert split_rhat(x + np.array([[0], [0], [0], [1]])) > 1.1
    assert split_rhat(x * np.array([[1], [1], [1], [4]])) > 1.1
    assert split_rhat(np.ones((4, 10))) == 1


@pytest.mark.parametrize(
    ("prior", "family", "within"),
    [
        ({"normal": [0, 1]}, "normal", None),
        ({"normal": [0, 1], "within": [-1, 1]}, "normal", (-1, 1)),
        ({"gamma": [2, 1]}, "lognormal", None),
        ({"gamma": [2, 1], "within": [0, 20]}, "lognormal", (0, 20)),
        ({"beta": [2, 1]}, "logit_normal", None),
        ({"normal": [0.5, 1], "within": [0, 1]}, "logit_normal", None),
        ({"uniform": [0.2, 0.4]}, "logit_normal", (0.2, 0.4)),
        ({"uniform": [2, 4]}, "lognormal", (2, 4)),
    ],
)
def test_the_family_of_a_posterior(prior, family, within):
    x = Coordinate(dist(prior)).quantile(np.linspace(0.3, 0.6, 101))
    made = matched(dist(prior), x, "here")
    assert (made.family, made.within) == (family, within)
    assert dist(made.plain()) == made
    to_real = {"normal": np.asarray, "lognormal": np.log, "logit_normal": logit}[family]
    centre = made.parameters[0] if family == "normal" else to_real(made.parameters[0])
    assert centre == pytest.approx(to_real(x).mean(), abs=1e-5)
    assert made.parameters[1] == pytest.approx(to_real(x).std(ddof=1), rel=1e-5)


# Three parameters ---------------------------------------------------------------------------------------

THREE = {
    "turnout.baseline": {"logit_normal": [0.6, 0.4], "evidence": "A"},
    "voters.baseline.a": {"beta": [5, 5]},
    "voters.swing.national": {"lognormal": [0.05, 0.3], "within": [0, 20], "source": "a guess"},
}
FIGURES = [
    POLL,
    {"variable": "vote_share", "option": "a", "value": 0.62, "n": 100},
    {"variable": "vote_share", "option": "b", "value": 0.23, "n": 100},
    {"variable": "vote_share", "option": "c", "value": 0.15, "n": 100},
]


@pytest.fixture(scope="module")
def three():
    one = scenario(THREE, voters={"baseline": {"a": 0.5, "b": 0.3, "c": 0.2}, "swing": {"national": 0.05}})
    return sim.calibrate(one, FIGURES, **{**SHORT, "steps": 150, "walkers": 16, "seed": 6})


def test_what_the_figures_tell_and_what_they_do_not(three):
    contraction = three.table["contraction"].values
    assert contraction[0] > 0.8
    assert contraction[1] > 0.4
    assert three.unidentified == ("voters.swing.national",)
    assert (
        three.scenario.sections["voters"].swing.national.default.plain() == dist(THREE["voters.swing.national"]).plain()
    )
    # A share takes the others of its set along: a / (a + 0.5) is the share.
    a = draws(three, "voters.baseline.a")
    assert (a / (a + 0.5)).mean() == pytest.approx(0.6, abs=0.05)
    made = three.scenario.sections["voters"].baseline.national
    assert (made["b"], made["c"]) == (0.3, 0.2)
    assert made["a"].family == "logit_normal"
    assert three.scenario.sections["turnout"].baseline.default.notes["evidence"] == "A"
    assert three.unfitted == (("vote_share c", "the other options of this place leave no other share for it"),)
    assert not three.scenario.priors
    assert sim.run(three.scenario, draws=50).sizes["draw"] == 50


def test_the_page_warns(three):
    text = str(three)
    assert "3 parameters given 3 figures" in text
    assert (
        "Not identified by these figures, posterior and prior agree (contraction below 0.05): voters.swing.nat" in text
    )
    assert "vote_share c  the other options" in text
    assert "<table>" in three._repr_html_()


def test_the_draws_have_chains(three):
    assert dict(three.draws.sizes) == {"chain": 16, "draw": 150}
    assert set(three.draws.data_vars) == {*THREE, "log_posterior"}
    flat = draws(three, "turnout.baseline")
    assert np.all((flat > 0) & (flat < 1))
    q = [float(three.table[name].sel(parameter="turnout.baseline")) for name in ("q05", "q50", "q95")]
    assert q == pytest.approx(np.quantile(flat, [0.05, 0.5, 0.95]))


def test_a_seed_repeats_bit_by_bit():
    one = scenario(LEVEL, turnout={"baseline": 0.6, "swing": {"national": 0.3}})
    np.random.seed(1)
    first = sim.calibrate(one, [POLL], **SHORT)
    np.random.seed(2)
    again = sim.calibrate(one, [POLL], **SHORT)
    other = sim.calibrate(one, [POLL], **{**SHORT, "seed": 6})
    assert first.draws.identical(again.draws)
    assert first.table.identical(again.table)
    assert first.to_yaml() == again.to_yaml()
    assert not np.array_equal(draws(first, "turnout.baseline"), draws(other, "turnout.baseline"))


def test_no_other_file_draws_from_numpy():
    """The moves of the sampler are the one exception, in one file."""
    package = Path(sim.__file__).parent
    users = [path.name for path in package.rglob("*.py") if re.search(r"np\.random|import random", path.read_text())]
    assert users == ["sampler.py"]


def test_a_variant_of_the_file(tmp_path):
    (tmp_path / "base.yaml").write_text(scenario(LEVEL).to_yaml(), encoding="utf-8")
    posterior = sim.calibrate(sim.load(tmp_path / "base.yaml"), [POLL], **SHORT)
    posterior.write(tmp_path / "posterior.yaml")
    text = (tmp_path / "posterior.yaml").read_text(encoding="utf-8")
    assert "\nextends: base.yaml\nturnout:\n  baseline:\n    logit_normal: [" in text
    assert "# Calibrated by sailau" in text
    assert "contraction" in text
    assert sim.load(tmp_path / "posterior.yaml") == posterior.scenario
    elsewhere = tmp_path / "folder"
    elsewhere.mkdir()
    posterior.write(elsewhere / "posterior.yaml")
    assert sim.load(elsewhere / "posterior.yaml") == posterior.scenario
    with pytest.raises(sim.SimError, match="cannot be written"):
        posterior.write(tmp_path / "no" / "posterior.yaml")


def test_short_chains_are_not_believed():
    posterior = sim.calibrate(scenario(LEVEL), [POLL], **{**SHORT, "steps": 20})
    assert not posterior.converged
    assert "not converged (effective sample below 100 or R-hat above 1.05): turnout.baseline; take" in str(posterior)
    assert "NOT CONVERGED" in posterior.to_yaml()


def test_a_field_that_takes_no_distribution_becomes_the_median():
    """Where the mean is the baseline it must be a number."""
    one = scenario(LEVEL, turnout={"baseline": 0.6, "swing": {"national": 0.1}, "centre": "expectation"})
    assert not one.priors["turnout.baseline"].uncertain
    posterior = sim.calibrate(one, {"turnout": 0.7}, **{**SHORT, "steps": 20})
    made = posterior.scenario.sections["turnout"]
    assert made.baseline.default == pytest.approx(float(posterior.table["q50"][0]), rel=1e-5)
    assert made.centre == "expectation"
    assert posterior.medians == ("turnout.baseline",)
    assert "Held by their median, since their fields take no distribution: turnout.baseline" in str(posterior)
    assert "its median, since the field takes no distribution" in posterior.to_yaml()
    assert "# Given turnout = 0.7.\n" in posterior.to_yaml()


def test_a_share_takes_the_others_of_its_set_along():
    parts = scenario(LEVEL).sections
    assert with_numbers(parts, {"voters.baseline.a": 0.75, "turnout.baseline": 0.4}) == {
        "voters.baseline.a": 0.6,
        "voters.baseline.b": pytest.approx(0.24),
        "voters.baseline.c": pytest.approx(0.16),
        "turnout.baseline": 0.4,
    }
    both = with_numbers(parts, {"voters.baseline.a": 0.4, "voters.baseline.c": 0.1})
    assert list(both.values()) == pytest.approx([0.5, 0.125, 0.375])


def test_places_that_are_no_scenario_count_as_impossible(monkeypatch):
    before = SyntheticLikelihood.simulate

    def simulate(self, values):
        if values["turnout.baseline"] > 0.65:
            raise sim.SimError("too many come")
        return before(self, values)

    one = scenario(LEVEL)
    monkeypatch.setattr("sim.analysis.calibrate.identified.HIGH", 0.5)
    monkeypatch.setattr(SyntheticLikelihood, "simulate", simulate)
    posterior = sim.calibrate(one, [POLL], **SHORT)
    assert draws(posterior, "turnout.baseline").max() <= 0.65
    assert "are no valid scenario and count as impossible; the first: too many come" in str(posterior)
    assert "WARNING: the model does not reach" not in str(posterior)


def test_a_figure_out_of_reach_is_told():
    one = scenario({"turnout.baseline": {"uniform": [0.1, 0.3]}})
    posterior = sim.calibrate(one, [POLL], **SHORT)
    assert "WARNING: the model does not reach, by more than 3 sd of its prediction: turnout" in str(posterior)


def test_correlated_parameters_are_told():
    fit = {"voters.baseline.a": {"beta": [5, 5]}, "voters.baseline.b": {"beta": [5, 5]}}
    figure = {"variable": "vote_share", "option": "a", "value": 0.4, "n": 5000}
    posterior = sim.calibrate(scenario(fit), [figure], **SHORT)
    assert "voters.baseline.a and voters.baseline.b are correlated, 0.9" in str(posterior)


# Refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"draws": 49}, "draws"),
        ({"steps": 19}, "steps"),
        ({"burn": -1}, "burn"),
        ({"walkers": 6}, "walkers"),
        ({"walkers": 9}, "walkers: expected an even number, got 9"),
        ({"seed": -1}, "seed"),
        ({"targets": {"turnout": 1}}, "turnout: 1 has no log-odds; expected a share between 0 and 1"),
        ({"targets": {"turnot": 0.5}}, "turnot"),
        ({"targets": {"turnout": {"r9": 0.5}}}, "there is no region 'r9'"),
        ({"targets": {"registered": 500}}, "registered is a count; a share can be calibrated to"),
        ({"targets": {"turnout": 0.6, "vote_share": {"a": 0.5}}}, "vote_share a: no parameter with a prior moves it"),
        ({"targets": {"vote_share": {"a": 0.5}}}, "turnout.baseline: moves none of the targets"),
        ({"targets": "no.csv"}, "no.csv: there is no such table"),
        ({}, "the scenario has no 'observed' share that could be calibrated to; pass targets"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(sim.SimError, match=words):
        sim.calibrate(scenario(LEVEL), **options)


def test_a_prior_around_a_value_that_does_nothing():
    """A term of 0 is refused as one that does nothing; a prior around 0 is not."""
    fit = {
        "turnout.terms.mood": {"normal": [0, 0.5]},
        "voters.swing.national": {"lognormal": [0.2, 0.3], "within": [0, 20]},
    }
    with pytest.raises(sim.ScenarioError, match="national: moves none of the targets") as caught:
        sim.calibrate(scenario(fit), {"turnout": 0.6})
    assert len(caught.value.faults) == 1
    posterior = sim.calibrate(scenario({"turnout.terms.mood": fit["turnout.terms.mood"]}), [POLL], **SHORT)
    assert float(posterior.table["mean"][0]) == pytest.approx(logit(0.7) - logit(0.6), abs=0.1)


@pytest.mark.parametrize(
    "plain",
    [
        {"normal": [0, 1]}, {"normal": [0, 1], "within": [3, 4]}, {"student_t": [0, 1, 3], "within": [-4, -3]},
        {"lognormal": [1, 1]}, {"logit_normal": [0.5, 1], "within": [0.7, 0.9]}, {"uniform": [-1, 1]},
        {"triangular": [-1, 0, 1]}, {"triangular": [0, 0, 1]}, {"beta": [0.5, 0.5]}, {"gamma": [0.1, 1]},
    ],
)  # fmt: skip
def test_a_value_inside(plain):
    one = dist(plain)
    low, high = one.support
    assert low < one.inside < high
    assert one.inside != 0


def test_every_fault_at_once():
    fit = {**LEVEL, "voters.swing.national": {"lognormal": [0.2, 0.3], "within": [0, 20]}}
    with pytest.raises(sim.ScenarioError) as caught:
        sim.calibrate(scenario(fit), {"turnout": 0.6, "invalid_share": 0.01})
    assert [fault.message.split(",")[0] for fault in caught.value.faults] == [
        "voters.swing.national: moves none of the targets",
        "invalid_share: no parameter with a prior moves it",
    ]


def test_observed_figures_that_nothing_moves_are_left_out():
    rows = [{"variable": "turnout", "value": 0.65}, {"variable": "vote_share", "option": "a", "value": 0.5}]
    posterior = sim.calibrate(
        scenario(LEVEL, observed=[*rows, {"variable": "votes", "option": "a", "value": 3}]), **{**SHORT, "steps": 20}
    )
    assert [label for label, _ in posterior.unfitted] == ["votes a", "vote_share a"]


def test_without_a_section():
    with pytest.raises(sim.SimError, match="the scenario has no section 'fit'"):
        sim.calibrate(scenario(LEVEL).change({"fit": None}), [POLL])


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "emcee", None)
    with pytest.raises(sim.SimError, match=r"needs the package emcee, .* pip install 'sailau\[bayes\]'"):
        sim.calibrate(scenario(LEVEL), [POLL])


def test_priors_that_make_no_scenario():
    def terms(z):
        return np.zeros(len(z)), np.full(len(z), -np.inf)

    with pytest.raises(sim.SimError, match="almost no values that the priors allow"):
        starting_places(terms, [Coordinate(dist({"normal": [0, 1]}))], 16, 1)


# Simulation-based calibration ---------------------------------------------------------------------------


@pytest.mark.slow
def test_ranks_are_uniform():
    """Parameters drawn from the prior rank uniformly in the posterior of what they bring about (Talts et al. 2018)."""
    fit = {
        "turnout.baseline": {"logit_normal": [0.6, 0.5]},
        "turnout.swing.regional": {"lognormal": [0.25, 0.4], "within": [0, 20]},
    }
    one = scenario(fit, 6, turnout={"baseline": 0.6, "swing": {"national": 0.2, "regional": 0.2}})
    bare = one.change({"fit": None})
    rng = np.random.default_rng(11)
    ranks = []
    for i in range(80):
        truth = {path: float(Coordinate(dist(prior)).quantile(rng.random())) for path, prior in fit.items()}
        result = sim.run(bare.change(truth), draws=1, seed=10_000 + i)
        turnout = (result["ballots_cast"] / result["registered"]).isel(draw=0).values
        figures = [{"variable": "turnout", "region": f"r{j}", "value": float(v)} for j, v in enumerate(turnout)]
        posterior = sim.calibrate(one, figures, draws=150, steps=90, burn=30, walkers=8, seed=i)
        # 7 of the walkers, far apart: a rank from 0 to 7.
        ranks.append([int((posterior.draws[path].values[:7, -1] < truth[path]).sum()) for path in fit])
    for column in np.array(ranks).T:
        assert stats.chisquare(np.bincount(column, minlength=8)).pvalue > 1e-3

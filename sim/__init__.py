"""sailau: elections simulated end to end, thousands to millions of times.

    import sim

    kz = sim.load("scenarios/kazakhstan-2022/baseline.yaml")
    result = sim.run(kz, draws=10_000, seed=1)
    print(sim.summary(result))

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sim._version import __version__

if TYPE_CHECKING:
    from sim.analysis import metrics as metrics
    from sim.analysis.calibrate.bayes import Posterior as Posterior
    from sim.analysis.calibrate.bayes import calibrate as calibrate
    from sim.analysis.calibrate.fit import Fit as Fit
    from sim.analysis.calibrate.fit import fit as fit
    from sim.analysis.calibrate.panel import Panel as Panel
    from sim.analysis.calibrate.panel import fit_panel as fit_panel
    from sim.analysis.calibrate.survey import Survey as Survey
    from sim.analysis.calibrate.survey import fit_survey as fit_survey
    from sim.analysis.decide import decide as decide
    from sim.analysis.decide import explain as explain
    from sim.analysis.pairwise import pairwise as pairwise
    from sim.analysis.score import score as score
    from sim.analysis.summary import summary as summary
    from sim.election.votes import Rankings as Rankings
    from sim.election.votes import Scores as Scores
    from sim.engine.run import run as run
    from sim.errors import CapacityError as CapacityError
    from sim.errors import InterruptedRun as InterruptedRun
    from sim.errors import ResultError as ResultError
    from sim.errors import ScenarioError as ScenarioError
    from sim.errors import SimError as SimError
    from sim.report.page import report as report
    from sim.results.ballots.ballots import Ballots as Ballots
    from sim.results.ballots.files import read_ballots as read_ballots
    from sim.results.ballots.files import write_ballots as write_ballots
    from sim.results.files import open_result as open_result
    from sim.scenario.scenario import Scenario as Scenario
    from sim.scenario.scenario import load as load
    from sim.scenario.scenario import loads as loads
    from sim.scenario.schema import schema as schema

#: Public names that are packages.
_PACKAGES = ("metrics", "report")

#: Public name → module that defines it, or which it is.
_PUBLIC = {
    "Ballots": "sim.results.ballots.ballots",
    "CapacityError": "sim.errors",
    "Fit": "sim.analysis.calibrate.fit",
    "InterruptedRun": "sim.errors",
    "Panel": "sim.analysis.calibrate.panel",
    "Posterior": "sim.analysis.calibrate.bayes",
    "Rankings": "sim.election.votes",
    "ResultError": "sim.errors",
    "Scenario": "sim.scenario.scenario",
    "ScenarioError": "sim.errors",
    "Scores": "sim.election.votes",
    "SimError": "sim.errors",
    "Survey": "sim.analysis.calibrate.survey",
    "calibrate": "sim.analysis.calibrate.bayes",
    "decide": "sim.analysis.decide",
    "explain": "sim.analysis.decide",
    "fit": "sim.analysis.calibrate.fit",
    "fit_panel": "sim.analysis.calibrate.panel",
    "fit_survey": "sim.analysis.calibrate.survey",
    "load": "sim.scenario.scenario",
    "loads": "sim.scenario.scenario",
    "metrics": "sim.analysis.metrics",
    "open_result": "sim.results.files",
    "pairwise": "sim.analysis.pairwise",
    "read_ballots": "sim.results.ballots.files",
    "report": "sim.report",
    "run": "sim.engine.run",
    "schema": "sim.scenario.schema",
    "score": "sim.analysis.score",
    "summary": "sim.analysis.summary",
    "write_ballots": "sim.results.ballots.files",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    module = importlib.import_module(_PUBLIC[name])
    # The package of the report is itself the function: sim.report(…) and sim.report.figures both work.
    value = module if name in _PACKAGES else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

"""The language of scenarios: YAML 1.2 with the place of every entry, variants, single changes, tables."""

from sim.scenario.merge import Change
from sim.scenario.scenario import Scenario, load, loads
from sim.scenario.settings import Observation, RunSettings
from sim.scenario.show import show

__all__ = ["Change", "Observation", "RunSettings", "Scenario", "load", "loads", "show"]

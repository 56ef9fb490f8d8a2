"""Calibration: parameters from results, panels of earlier votes, and surveys."""

from sim.analysis.calibrate.bayes import Posterior, calibrate
from sim.analysis.calibrate.fit import Fit, fit
from sim.analysis.calibrate.panel import Panel, fit_panel
from sim.analysis.calibrate.survey import Survey, fit_survey

__all__ = ["Fit", "Panel", "Posterior", "Survey", "calibrate", "fit", "fit_panel", "fit_survey"]

"""Calibration: parameters from results, panels of earlier votes, and surveys."""

from sim.analysis.calibrate.fit import Fit, fit

__all__ = ["Fit", "fit"]

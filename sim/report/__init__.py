"""The report: figures and a page that holds everything a reader needs, offline.

``sim.report(result, "kz.html")`` writes the page; ``sim.report.figures.shares(result)`` gives one figure.
The package is itself callable, so that both spellings work whatever was imported first.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sim.report import figures, page
from sim.report.page import html, report

if TYPE_CHECKING:
    import os

    import xarray as xr

__all__ = ["figures", "html", "page", "report"]


class _Callable(ModuleType):
    def __call__(self, ds: xr.Dataset, path: str | os.PathLike[Any]) -> Path:
        return report(ds, path)


sys.modules[__name__].__class__ = _Callable

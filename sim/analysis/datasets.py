"""The Datasets that an analysis returns: plain Datasets that print as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

if TYPE_CHECKING:
    from sim.analysis.tables import Table

__all__ = ["Decided", "Scores", "Summary"]


class _Printed(xr.Dataset):  # type: ignore[no-untyped-call]
    """A Dataset that prints as tables as long as it holds what they need."""

    __slots__ = ()

    def _page(self) -> tuple[list[str], list[Table]]:
        raise NotImplementedError

    def __repr__(self) -> str:
        from sim.analysis.tables import as_text

        try:
            return as_text(*self._page())
        except (KeyError, ValueError, IndexError, AttributeError, TypeError):
            # A selection has taken away what the tables show.
            return super().__repr__()

    def _repr_html_(self) -> str:
        from sim.analysis.tables import as_html

        try:
            return as_html(*self._page())
        except (KeyError, ValueError, IndexError, AttributeError, TypeError):
            return super()._repr_html_()


class Summary(_Printed):  # type: ignore[no-untyped-call]
    """What `sim.analysis.summary` returns."""

    __slots__ = ()

    def _page(self) -> tuple[list[str], list[Table]]:
        from sim.analysis.summary import page

        return page(self)


class Scores(_Printed):  # type: ignore[no-untyped-call]
    """What `sim.analysis.score` returns."""

    __slots__ = ()

    def _page(self) -> tuple[list[str], list[Table]]:
        from sim.analysis.score_tables import page

        return page(self)


class Decided(_Printed):  # type: ignore[no-untyped-call]
    """What `sim.analysis.decide` returns."""

    __slots__ = ()

    def _page(self) -> tuple[list[str], list[Table]]:
        from sim.analysis.decide import page

        return page(self)

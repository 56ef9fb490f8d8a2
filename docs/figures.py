"""Draw the figures of the README: ``python docs/figures.py`` (after ``make run``) writes docs/*.svg."""

from __future__ import annotations

from pathlib import Path

import sim
from sim.report import figures

HERE = Path(__file__).parent


def main() -> None:
    """Write the figures."""
    scenario = sim.load(HERE.parent / "scenarios" / "kazakhstan-2022" / "forecast.yaml")
    forecast = sim.run(scenario, draws=40_000)
    for name in ("shares", "turnout"):
        figure = getattr(figures, name)(forecast)
        figure.savefig(HERE / f"forecast-{name}.svg", metadata={"Date": None})
        print(HERE.name + f"/forecast-{name}.svg")


if __name__ == "__main__":
    main()

"""The coefficients of a survey as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.analysis.tables import Table, number, percent

if TYPE_CHECKING:
    from sim.analysis.calibrate.survey import Survey

__all__ = ["page"]

ERRORS = {"sandwich": "sandwich, for the weights", "information": "information matrix"}


def page(survey: Survey) -> tuple[list[str], list[Table]]:
    """Return the lines and tables as which a survey prints."""
    ds = survey.table
    n, dropped = int(ds.attrs["respondents"]), int(ds.attrs["dropped"])
    head = [
        f"Multinomial logit of {n:,} respondents, log-odds against {ds.attrs['reference']!r}, "
        f"log-likelihood {ds.attrs['log_likelihood']:.3f}"
    ]
    if dropped:
        head.append(f"{dropped:,} row{'s' * (dropped != 1)} without a choice or with an empty covariate left out")
    rows: list[tuple[str, ...]] = []
    for i, option in enumerate(ds["option"].values):
        rows.append((str(option),))
        for j, term in enumerate(ds["term"].values):
            b, error = float(ds["coefficient"].values[i, j]), float(ds["se"].values[i, j])
            interval = (number(b - 1.96 * error, 3), number(b + 1.96 * error, 3))
            rows.append((f"  {term}", number(b, 3), number(error, 3), number(b / error, 2), *interval))
    note = f"±: standard error ({ERRORS[str(ds.attrs['errors'])]}); z = coefficient / ±."
    shares = survey.shares()
    means = tuple(
        (str(option), percent(float(p)), percent(float(e)))
        for option, p, e in zip(shares["option"].values, shares["share"].values, shares["share_se"].values)
    )
    return head, [
        Table("Coefficients", ("", "coefficient", "±", "z", "95 % from", "to"), tuple(rows), note),
        Table("Mean shares, %", ("", "share", "±"), means, "±: that of the coefficients alone."),
    ]

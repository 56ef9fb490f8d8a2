"""Derived numbers of this folder: districts by region, their registers, spreads; `--write` rewrites regions.csv."""

from __future__ import annotations

import csv
import math
import sys
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: The list of the day (official), and the single-member districts.
LIST, DISTRICTS = 12_035_578, 29
SEATS = 69


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table beside this file."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def districts(voters: dict[str, int]) -> dict[str, int]:
    """Share 29 districts out to the regions: one each, the rest to whoever has the most voters for a district."""
    out = dict.fromkeys(voters, 1)
    while sum(out.values()) < DISTRICTS:
        out[max(voters, key=lambda region: (Fraction(voters[region], out[region]), region))] += 1
    return out


def registers(voters: dict[str, int]) -> dict[str, list[int]]:
    """Scale the estimated lists of November 2022 to the list of the day, and halve or third them."""
    total = sum(voters.values())
    scaled = {region: Fraction(count * LIST, total) for region, count in voters.items()}
    whole = {region: math.floor(count) for region, count in scaled.items()}
    for region in sorted(scaled, key=lambda r: whole[r] - scaled[r])[: LIST - sum(whole.values())]:
        whole[region] += 1
    number = districts(voters)
    return {r: [whole[r] // n + (i < whole[r] % n) for i in range(n)] for r, n in number.items()}


def main() -> None:
    """Print every derived number, and write the tables on request."""
    lists = rows("lists.csv")
    voters = {row["region"]: int(row["voters_2022"]) for row in lists}
    registered = registers(voters)
    number = {region: len(sizes) for region, sizes in registered.items()}
    print(
        "districts:", ", ".join(f"{row['name']} {number[row['region']]}" for row in lists if number[row["region"]] > 1)
    )
    print(f"all {sum(number.values())}, registered {sum(map(sum, registered.values())):,}")
    votes = {row["option"]: int(row["votes"]) for row in rows("votes.csv")}
    valid = sum(votes.values())
    print("shares:", {option: round(count / valid, 6) for option, count in votes.items()})
    ballots = 6_524_487
    print(f"invalid share {(ballots - valid) / ballots:.4f}, turnout {ballots / LIST:.4f}")
    if "--write" in sys.argv:
        with (HERE / "regions.csv").open("w", encoding="utf-8", newline="") as file:
            write = csv.writer(file, lineterminator="\n")
            write.writerow(["region", "name", "registered", "registered_sd", "kind", "source", "standing"])
            for row in lists:
                for i, size in enumerate(registered[row["region"]]):
                    many = number[row["region"]] > 1
                    write.writerow(
                        [
                            f"{row['region']}-{i + 1}",
                            f"{row['name']} {i + 1}" if many else row["name"],
                            size,
                            row["sd"],
                            row["kind"],
                            "derive.py: list of the region in equal parts",
                            "estimated",
                        ]
                    )
        with (HERE / "turnout.csv").open("w", encoding="utf-8", newline="") as file:
            write = csv.writer(file, lineterminator="\n")
            write.writerow(["region", "value", "source", "standing"])
            for row in lists:
                for i in range(number[row["region"]]):
                    write.writerow([f"{row['region']}-{i + 1}", row["turnout"], row["turnout_source"], "published"])


if __name__ == "__main__":
    main()

"""Single transferable vote once more, in fractions, ballot by ballot, from the text of the rules.

A ballot is (options from the first preference on, number of papers).  ``key`` says whom a lot prefers: the larger
goes first, the smallest is excluded.  Both counts return who is elected and whether a lot was taken.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

Ballots = list[tuple[list[int], int]]


def cut(value: Fraction, decimals: int) -> Fraction:
    return Fraction(floor(value * 10**decimals), 10**decimals)


def up(value: Fraction, decimals: int) -> Fraction:
    return Fraction(ceil(value * 10**decimals), 10**decimals)


def valid_ballots(ballots: Ballots, candidates: list[int]) -> Ballots:
    only = [([c for c in order if c in candidates], papers) for order, papers in ballots]
    return [(order, papers) for order, papers in only if order and papers]


class Scottish:
    """Scottish Local Government Elections Order 2011, schedule 1, rules 45 to 52."""

    def __init__(self, ballots: Ballots, candidates: list[int], seats: int, key: list[float], quota: str) -> None:
        self.ballots = valid_ballots(ballots, candidates)
        self.continuing, self.seats, self.key = list(candidates), seats, key
        self.elected: list[int] = []
        self.lots = 0
        valid = sum(papers for _, papers in self.ballots)
        self.quota = Fraction(valid // (seats + 1) + 1) if quota == "droop" else up(Fraction(valid, seats), 5)
        # Rule 45: a parcel is (papers, order, value of a paper).
        self.parcels: dict[int, list[tuple[int, list[int], Fraction]]] = {c: [] for c in candidates}
        self.votes = dict.fromkeys(candidates, Fraction(0))
        for order, papers in self.ballots:
            self.parcels[order[0]].append((papers, order, Fraction(1)))
            self.votes[order[0]] += papers
        self.stages: list[dict[int, Fraction]] = []

    def count(self) -> tuple[list[int], bool]:
        if not self.ballots:
            return [], False
        while True:
            self.stages.append(dict(self.votes))
            for c in [c for c in self.continuing if self.votes[c] >= self.quota]:  # rule 47
                self.elected.append(c)
                self.continuing.remove(c)
            vacancies = self.seats - len(self.elected)
            if vacancies and len(self.continuing) <= vacancies:  # rule 52
                self.elected += self.continuing
                vacancies = 0
            if not vacancies:
                return sorted(self.elected), self.lots > 0
            above = [c for c in self.elected if self.votes[c] > self.quota]
            if above:  # rules 48 and 49
                most = max(self.votes[c] for c in above)
                source = self.prefer([c for c in above if self.votes[c] == most], max)
                factor = (most - self.quota) / most
                self.transfer(source, factor)
                self.votes[source] = self.quota
                continue
            least = min(self.votes[c] for c in self.continuing)  # rules 50 and 51
            last = [c for c in self.continuing if self.votes[c] == least]
            lots = self.lots
            source = self.prefer(last, min)
            if least == 0 and len(last) <= len(self.continuing) - vacancies:
                self.lots = lots
            self.continuing.remove(source)
            if len(self.continuing) > vacancies:
                self.transfer(source, Fraction(1))
                self.votes[source] = Fraction(0)

    def prefer(self, equal: list[int], best) -> int:
        for stage in reversed(self.stages[:-1]):
            if len(equal) == 1:
                break
            edge = best(stage[c] for c in equal)
            equal = [c for c in equal if stage[c] == edge]
        if len(equal) > 1:
            self.lots += 1
        return best(equal, key=lambda c: self.key[c])

    def transfer(self, source: int, factor: Fraction) -> None:
        for papers, order, value in self.parcels[source]:
            following = [c for c in order[order.index(source) + 1 :] if c in self.continuing]
            if following:
                new = cut(value * factor, 5)
                self.parcels[following[0]].append((papers, order, new))
                self.votes[following[0]] += papers * new
        self.parcels[source] = []


def scottish(
    ballots: Ballots, candidates: list[int], seats: int, key: list[float], quota: str = "droop"
) -> tuple[list[int], bool]:
    return Scottish(ballots, candidates, seats, key, quota).count()


def meek(ballots: Ballots, candidates: list[int], seats: int, key: list[float]) -> tuple[list[int], bool]:
    """The reference rule of the Proportional Representation Foundation, steps A to C."""
    ballots = valid_ballots(ballots, candidates)
    if not ballots:
        return [], False
    tiny = Fraction(1, 10**9)
    hopeful, elected, lots = list(candidates), [], 0
    keep = dict.fromkeys(candidates, Fraction(1))
    while len(elected) < seats and len(elected) + len(hopeful) > seats:
        before = None
        while True:
            votes = dict.fromkeys(candidates, Fraction(0))
            for order, papers in ballots:
                weight = Fraction(1)
                for c in order:
                    kept = up(weight * keep[c], 9)
                    votes[c] += kept * papers
                    weight -= kept
                    if weight <= 0:
                        break
            quota = cut(sum(votes.values()) / (seats + 1), 9) + tiny
            winners = [c for c in hopeful if votes[c] >= quota]
            elected += winners
            hopeful = [c for c in hopeful if c not in winners]
            surplus = max(sum((votes[c] - quota for c in elected), Fraction(0)), Fraction(0))
            if winners or surplus < Fraction(1, 10**6) or (before is not None and surplus >= before):
                break
            before = surplus
            for c in elected:
                keep[c] = up(up(keep[c] * quota, 9) / votes[c], 9)
        if winners:
            continue
        least = min(votes[c] for c in hopeful)
        equal = [c for c in hopeful if votes[c] <= least + surplus]
        together = all(votes[c] == 0 for c in equal) and len(equal) <= len(hopeful) - (seats - len(elected))
        lots += len(equal) > 1 and not together
        out = min(equal, key=lambda c: key[c])
        hopeful.remove(out)
        keep[out] = Fraction(0)
    if len(elected) < seats:
        elected += hopeful
    return sorted(elected), lots > 0

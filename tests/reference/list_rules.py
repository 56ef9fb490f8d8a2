"""List rules as the laws write them: plain Python on the counts of one election.

``votes`` are by district and list; the lists against all are named apart.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import apportionment

Count = dict[str, dict[str, int]]


def claims(rule: dict[str, Any], votes: list[int], seats: int) -> apportionment.Claims:
    name = rule["method"]
    if name in apportionment.DIVISORS:
        return apportionment.by_divisors(votes, seats, apportionment.DIVISORS[name], name == "huntington_hill")
    again = rule.get("excess") != "smallest_remainder"
    return apportionment.by_quota(votes, seats, name.removesuffix("_largest_remainder"), again)


def shares_out(
    rule: dict[str, Any], votes: dict[str, int], seats: int, order: list[str]
) -> tuple[dict[str, int], bool]:
    """Seats of the lists, equal claims in the order of the paper, and whether there were any."""
    lists = list(votes)
    found = claims(rule, [votes[o] for o in lists], seats)
    places = [lists.index(o) for o in order if o in lists]
    return dict(zip(lists, apportionment.settled(found, places))), apportionment.is_tied(found)


def base(of: str, votes: dict[str, int], against: set[str], invalid: int, registered: int) -> int:
    return {
        "valid_votes": sum(votes.values()),
        "votes_for_lists": sum(v for o, v in votes.items() if o not in against),
        "ballots_cast": sum(votes.values()) + invalid,
        "registered": registered,
    }[of]


def reaches(threshold: dict[str, Any], votes: int, share: float, whole: int) -> bool:
    limit = Fraction(str(share)) * whole
    return votes > limit if threshold.get("strict") else votes >= limit


def instead(threshold: dict[str, Any], votes: dict[str, int]) -> set[str]:
    """Who takes part where nobody passes."""
    policy = threshold.get("if_none", "all_take_part")
    some = {o for o, v in votes.items() if v > 0}
    if policy == "largest":
        return {o for o in some if votes[o] == max(votes.values())}
    return some if policy == "all_take_part" else set()


def national_passers(threshold: dict[str, Any], count: Count, against: set[str], whole: int) -> set[str]:
    nation = {
        o: sum(district[o] for district in count.values()) for o in next(iter(count.values())) if o not in against
    }
    passed = set()
    for o, v in nation.items():
        if threshold.get("share") is not None:
            parties = threshold.get("coalitions", {}).get(o, 1)
            share = threshold["share"]
            for size, higher in sorted(threshold.get("share_by_size", {}).items()):
                if parties >= size:
                    share = higher
            if reaches(threshold, v, share, whole):
                passed.add(o)
        won = 0
        for district in count.values():
            lists = {p: w for p, w in district.items() if p not in against}
            won += lists[o] > 0 and lists[o] == max(lists.values())
        if threshold.get("districts_won") and won >= threshold["districts_won"]:
            passed.add(o)
        if o in threshold.get("exempt", ()):
            passed.add(o)
    return {o for o in passed if nation[o] > 0}


def decide(
    rule: dict[str, Any],
    count: Count,
    against: set[str],
    invalid: dict[str, int],
    registered: dict[str, int],
    order: list[str],
) -> tuple[dict[str, int], dict[str, dict[str, int]], set[str], bool]:
    """Return seats, seats by district, who takes part and whether a tie was settled."""
    options = list(next(iter(count.values())))
    nation = {o: sum(district[o] for district in count.values()) for o in options}
    lists = {o: v for o, v in nation.items() if o not in against}
    threshold = rule.get("threshold")
    if threshold is None:
        passed = {o for o, v in lists.items() if v > 0}
    else:
        whole = base(
            threshold.get("of", "valid_votes"), nation, against, sum(invalid.values()), sum(registered.values())
        )
        passed = national_passers(threshold, count, against, whole)
        if threshold.get("district_share") is None and not passed:
            passed = instead(threshold, lists)
    if rule.get("by", "nation") == "nation":
        seats, tied = _house(rule, {o: v for o, v in lists.items() if o in passed}, sum(lists.values()), order)
        return {o: seats.get(o, 0) for o in options}, {}, passed, tied
    by_district, tied, some = {}, False, set()
    for name, district in count.items():
        own = {o: v for o, v in district.items() if o not in against}
        here = set(passed)
        if threshold is not None and threshold.get("district_share") is not None:
            whole = base(threshold.get("of", "valid_votes"), district, against, invalid[name], registered[name])
            here |= {o for o, v in own.items() if reaches(threshold, v, threshold["district_share"], whole)}
            here = {o for o in here if own[o] > 0} or instead(threshold, own)
        some |= here
        seats_here = rule["seats"] if isinstance(rule["seats"], int) else rule["seats"][name]
        out, equal = shares_out(rule, {o: v for o, v in own.items() if o in here}, seats_here, order)
        tied |= equal
        by_district[name] = {o: out.get(o, 0) for o in options}
    total = {o: sum(out[o] for out in by_district.values()) for o in options}
    return total, by_district, some, tied


def _house(
    rule: dict[str, Any], lists: dict[str, int], all_votes: int, order: list[str]
) -> tuple[dict[str, int], bool]:
    house, bonus = rule["seats"], rule.get("bonus")
    if bonus is None or not any(lists.values()):
        return shares_out(rule, lists, house, order)
    most = max(lists.values())
    firsts = [o for o in order if lists.get(o) == most]
    first = firsts[0]
    if most < Fraction(str(bonus.get("needs", 0))) * all_votes:
        return shares_out(rule, lists, house, order)
    if "seats" in bonus:
        out, tied = shares_out(rule, lists, house - bonus["seats"], order)
        out[first] += bonus["seats"]
        return out, tied or len(firsts) > 1
    out, tied = shares_out(rule, lists, house, order)
    if out[first] >= bonus["up_to"]:
        return out, tied
    out, tied = shares_out(rule, {o: v for o, v in lists.items() if o != first}, house - bonus["up_to"], order)
    return {**out, first: bonus["up_to"]}, tied or len(firsts) > 1

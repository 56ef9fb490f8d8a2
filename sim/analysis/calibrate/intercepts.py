"""The free intercepts of a scenario: the fields that targets move, and how far."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibrate.quasi import drawn_apart
from sim.analysis.calibrate.targets import SHARES, Key, Target
from sim.analysis.rows import Complaints
from sim.election.part import Intercept, Part
from sim.election.quantities import Distribution, Keyed, Shares
from sim.election.quantities.shares import SUM_TOLERANCE

if TYPE_CHECKING:
    from sim.election.world import World
    from sim.scenario.scenario import Scenario

__all__ = ["Level", "Moved", "free_intercepts", "places_of", "unfitted"]

F64 = NDArray[np.float64]

#: Shares of polls are rounded, and pooled one by one: so far their sum may be from one.
POLL_TOLERANCE = 0.01
#: Decimals of a fitted share.
DIGITS = 9


@dataclass
class Level:
    """Intercepts that move together: those of one region, or of the nation.

    Attributes
    ----------
    intercept
        The field.
    part
        Of which part.
    region
        The region; empty for the nation, that is for every region that has no target of its own.
    targets
        What they shall meet, one a share of the result.
    world
        Whose regions and groups the field may tell apart.
    shift
        (target,) What is added to the log-odds that the scenario has.
    """

    intercept: Intercept
    part: Part
    region: str
    targets: tuple[Target, ...]
    world: World
    shift: F64 = field(init=False)

    def __post_init__(self) -> None:
        self.shift = np.zeros(len(self.targets))

    @property
    def by_option(self) -> bool:
        """Whether the field is one of shares by option."""
        return self.intercept.variable == "vote_share"

    @property
    def path(self) -> str:
        """Dotted path of the field in the scenario."""
        return f"{self.part.stage}.{self.intercept.field(bool(self.region))}"

    @property
    def goal(self) -> F64:
        """The targets."""
        return np.array([target.value for target in self.targets])

    def gap(self, means: F64) -> F64:
        """Return how far the log-odds of the targets are from those of the means, (target,).

        Of a turnout ``logit t − logit m``; of vote shares ``log t_o − log m_o``, less the same of all options
        without a target, ``log(1 − Σt) − log(1 − Σm)``, where there are such.
        """
        m, t = np.clip(means, 1e-15, 1 - 1e-15), self.goal
        if not self.by_option:
            return np.asarray(_logit(t) - _logit(m))
        rest, rest_now = 1 - math.fsum(t), 1 - math.fsum(m)
        if self.complete:
            return np.asarray(np.log(t) - np.log(m))
        return np.asarray(np.log(t) - np.log(m) - math.log(rest / max(rest_now, 1e-15)))

    @property
    def complete(self) -> bool:
        """Whether every option that has a share has a target."""
        base = getattr_path(self.part, self.intercept.field(bool(self.region)))
        named = {target.option for target in self.targets}
        sets = _written(base, self.region, self.world)
        return all(option in named or value == 0 for one in sets for option, value in one.items())


def _logit(p: F64) -> F64:
    return np.asarray(np.log(p) - np.log1p(-p))


def getattr_path(part: Any, path: str) -> Any:
    """Return a field by its dotted path."""
    for name in path.split("."):
        part = getattr(part, name)
    return part


def _written(base: Keyed | Shares, region: str, world: World) -> list[Any]:
    """Return what is written for the groups of a region, or for all strata of the nation."""
    values: list[Any] = list(world.stratum_shares(base) if isinstance(base, Shares) else world.stratum_values(base))
    if not region:
        return values
    start = world.regions.index(region) * world.n_groups
    return values[start : start + world.n_groups]


# Which intercepts are free ------------------------------------------------------------------------------


def _holders(scenario: Scenario) -> dict[str, tuple[Part, Intercept]]:
    return {one.variable: (part, one) for part in scenario.sections.values() for one in part.intercepts}


def unfitted(scenario: Scenario, targets: Sequence[Target]) -> Iterator[tuple[Target, str]]:
    """Yield the targets that no free intercept is left for, with the reason."""
    holders, regions = _holders(scenario), set(scenario.world.regions)
    for target in targets:
        if target.variable not in SHARES or target.variable not in holders:
            yield target, f"{target.variable} has no free intercept: {_why(target.variable)}"
        elif not target.region:
            mine = [t for t in targets if t.variable == target.variable]
            one = holders[target.variable][1]
            if regions <= {t.region for t in mine if t.option == target.option}:
                yield target, "the nation's share is already fixed by those of all its regions; leave one level out"
            elif regions <= {t.region for t in mine} and one.field(True) == one.field(False):
                yield target, "every region has targets of its own, so that no intercept is left for the nation's"


def _why(variable: str) -> str:
    if variable in SHARES:
        return "no part of this scenario declares one"
    return "a share can be fitted (vote_share, turnout, invalid_share), a count cannot"


def free_intercepts(scenario: Scenario, targets: Sequence[Target], complaints: Complaints) -> list[Level]:
    """Return the intercepts that the targets free, noting everything that cannot be."""
    levels = []
    holders = _holders(scenario)
    for variable in dict.fromkeys(target.variable for target in targets):
        part, intercept = holders[variable]
        mine = [target for target in targets if target.variable == variable]
        for region in sorted({target.region for target in mine}):
            here = [target for target in mine if target.region == region]
            for message in _problems(part, intercept, region, here, scenario):
                complaints.add(message)
            moved = tuple(target for target in here if 0 < target.value < 1)
            if moved:
                level = Level(intercept, part, region, moved, scenario.world)
                levels.append(_summing_to_one(level) if level.by_option and not complaints.faults else level)
    return levels


def _summing_to_one(level: Level) -> Level:
    """Take the rounding out of a complete set of shares."""
    if not level.complete:
        return level
    total = math.fsum(level.goal)
    scaled = tuple(replace(target, value=target.value / total) for target in level.targets)
    return replace(level, targets=scaled)


def _problems(
    part: Part, intercept: Intercept, region: str, here: Sequence[Target], scenario: Scenario
) -> Iterator[str]:
    path = intercept.field(bool(region))
    base = getattr_path(part, path)
    where = f"{part.stage}.{path}" + (f" of region {region!r}" if region else "")
    if isinstance(base, Shares):
        yield from _share_problems(base, region, here, where, scenario)
    values = _written(base, region, scenario.world)
    by_option = (
        {t.option: [one[t.option] for one in values] for t in here} if isinstance(base, Shares) else {"": values}
    )
    for target in here:
        yield from _end_problems(target, by_option[target.option], where)
    if any(isinstance(value, Distribution) for found in by_option.values() for value in found):
        yield f"{where} is uncertain already; what is fitted must be a plain number"
    register = {row.region: row.registered for row in getattr(scenario.sections["electorate"], "regions", ())}
    if region and register.get(region) == 0:
        yield f"nobody is registered in region {region!r}, so that {here[0].label} does not exist"


def _end_problems(target: Target, values: Sequence[Any], where: str) -> Iterator[str]:
    """Tell what log-odds cannot do: come to 0 or 1, or leave them."""
    ends = [value for value in values if value in (0, 1)]
    if target.value in (0, 1) and any(value != target.value for value in values):
        yield (
            f"{target.label}: no log-odds lead to a share of {target.value:g}, and {where} is not {target.value:g}; "
            f"write it there"
        )
    elif 0 < target.value < 1 and ends and (target.region or len(ends) == len(values)):
        yield f"{target.label}: {where} is {ends[0]:g}, from which no log-odds lead to {target.value:g}"


def _share_problems(base: Shares, region: str, here: Sequence[Target], where: str, scenario: Scenario) -> Iterator[str]:
    label = f"vote_share{' ' + region if region else ''}"
    total = math.fsum(target.value for target in here)
    missing = [option for option in scenario.world.option_ids if option not in {t.option for t in here}]
    sets = _written(base, region, scenario.world)
    open_ = [option for option in missing if any(one.get(option) != 0 for one in sets)]
    slack = POLL_TOLERANCE if any(target.sd for target in here) else SUM_TOLERANCE
    if not open_ and abs(total - 1) > slack:
        yield f"{label}: the targets sum to {total:.6g}, not to 1"
    elif open_ and total >= 1:
        yield f"{label}: the targets sum to {total:.6g}, which leaves nothing for {', '.join(open_)}"
    if len(scenario.world.option_ids) == 1:
        yield f"{label}: a ballot with one option has no share to fit"


# How they are moved -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """The fields of the scenario with the shifts of their levels added.

    Attributes
    ----------
    fields
        Dotted path in the scenario → its new value.
    """

    fields: Mapping[str, Keyed | Shares]

    @classmethod
    def by(cls, levels: Sequence[Level], spread: Mapping[Key, float]) -> Moved:
        """Add the shifts; ``spread`` is the sd of those intercepts that are uncertain."""
        out: dict[str, Keyed | Shares] = {}
        for path in dict.fromkeys(level.path for level in levels):
            mine = [level for level in levels if level.path == path]
            base = getattr_path(mine[0].part, path.partition(".")[2])
            move = _moved_shares if isinstance(base, Shares) else _moved_keyed
            out[path] = move(base, mine, spread)
        return cls(out)

    def changes(self, scenario: Scenario) -> dict[str, Any]:
        """Return what `Scenario.change` takes."""
        out: dict[str, Any] = {}
        for path, value in self.fields.items():
            stage, *names = path.split(".")
            if len(names) == 1:
                out[path] = value.plain()
                continue
            # A short form in the file would merge with what stands below it.
            holder = getattr_path(scenario.sections[stage], names[0])
            out[f"{stage}.{names[0]}"] = None
            written = holder.model_dump(mode="json", exclude_none=True)
            for name, below in {**written, names[1]: value.plain()}.items():
                out[f"{stage}.{names[0]}.{name}"] = below
        return out


def _moved_keyed(base: Keyed, levels: Sequence[Level], spread: Mapping[Key, float]) -> Keyed:
    def moved(value: Any, level: Level | None) -> Any:
        if level is None or value is None or value in (0, 1):
            return value
        return _value(_logistic(_logit_of(value) + float(level.shift[0])), spread.get(level.targets[0].key, 0.0), level)

    places, nation = places_of(tuple(base.values), levels)
    values = {name: moved(base.values.get(key, base.default), level) for name, (key, level) in places.items()}
    return Keyed(base.kind, moved(base.default, nation), values)


def _moved_shares(base: Shares, levels: Sequence[Level], spread: Mapping[Key, float]) -> Shares:
    def moved(one: Mapping[str, Any] | None, level: Level | None) -> Any:
        if one is None or level is None:
            return one
        shift = {target.option: float(s) for target, s in zip(level.targets, level.shift)}
        logs = {key: math.log(value) + shift.get(key, 0.0) if value else -math.inf for key, value in one.items()}
        top = max(logs.values())
        weights = {key: math.exp(value - top) for key, value in logs.items()}
        total = math.fsum(weights.values())
        errors = {target.option: spread.get(target.key, 0.0) for target in level.targets}
        shares = [weight / total for weight in weights.values()]
        sds = drawn_apart(np.array(shares), np.array([errors.get(key, 0.0) for key in weights])).tolist()
        return {key: _value(share, sd, level, key) for key, share, sd in zip(weights, shares, sds)}

    places, nation = places_of(tuple(base.regional), levels)
    regional = {name: moved(base.regional.get(key, base.national), level) for name, (key, level) in places.items()}
    return Shares(moved(base.national, nation), regional)


def places_of(keys: Sequence[str], levels: Sequence[Level]) -> tuple[dict[str, tuple[str, Level | None]], Level | None]:
    """Return what the moved field has entries for: name → (entry whose value is moved, by which level).

    An entry of a group holds in all regions; where a region moves otherwise it gets one of its own.
    """
    strata = levels[0].world.strata
    at = {level.region: level for level in levels}
    nation = at.get("")
    held = {key: dict(strata.selectors(key)) for key in keys}
    out = {key: (key, at.get(one.get("region", ""), nation)) for key, one in held.items()}
    taken = {frozenset(one.items()) for one in held.values()}
    for region in filter(None, at):
        for key, one in [("", {}), *held.items()]:
            own = frozenset({**one, "region": region}.items())
            if "region" not in one and own not in taken:
                out[f"{region}/{key}" if key else region] = (key, at[region])
    return out, nation


def _value(share: float, sd: float, level: Level, option: str = "") -> Any:
    """Return a fitted share: a number, or a distribution around it where its target is uncertain."""
    if not sd:
        return round(share, DIGITS) or share
    source = next((t.source for t in level.targets if t.option == option), "")
    return Distribution(
        "logit_normal", (round(share, DIGITS) or share, round(sd, 6)), None, {"source": source or "fitted"}
    )


def _logit_of(p: float) -> float:
    return math.log(p) - math.log1p(-p)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))

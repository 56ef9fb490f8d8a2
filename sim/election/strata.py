"""Who is meant by a name: a region, a group of voters, or a group in a region.

A *group* is a kind of voter; it has one value of each *trait* that the electorate knows (``age``, ``sex``).  A
name is made of *selectors* joined by ``/``: a region, values of traits, or both, as ``18-29``, ``KZ-75/18-29``,
``18-29/urban``.  It means everybody who fits all of them; a value that several traits have is written
``trait=value``.  Where several names fit the same people, the one that says all that the others say, and more,
holds; where none does, that is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.election.quantities.numbers import near

__all__ = ["Group", "Strata"]


@dataclass(frozen=True)
class Group:
    """A kind of voter: an id and one value of each trait."""

    id: str
    traits: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Name that does not depend on the order of the traits: it owns the group's random numbers."""
        return "/".join(f"{trait}={value}" for trait, value in sorted(self.traits.items()))


Selectors = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Strata:
    """The regions crossed with the groups; without groups the regions.

    Parameters
    ----------
    regions
        Region ids, in the order in which strata stand.
    groups
        The groups; group fastest.  One group without traits stands for an electorate without groups.
    """

    regions: tuple[str, ...]
    groups: tuple[Group, ...]

    @cached_property
    def traits(self) -> dict[str, tuple[str, ...]]:
        """Trait → its values, in the order in which they are met."""
        out: dict[str, dict[str, None]] = {}
        for group in self.groups:
            for trait, value in group.traits.items():
                out.setdefault(trait, {})[value] = None
        return {trait: tuple(values) for trait, values in out.items()}

    @cached_property
    def _meanings(self) -> dict[str, list[tuple[str, str]]]:
        """Word → the selectors it may be."""
        out: dict[str, list[tuple[str, str]]] = {region: [("region", region)] for region in self.regions}
        for trait, values in self.traits.items():
            for value in values:
                out.setdefault(value, []).append((trait, value))
                out[f"{trait}={value}"] = [(trait, value)]
        return out

    def selectors(self, name: str) -> Selectors:
        """Return what a name selects.

        Raises
        ------
        ValueError
            If it names what is not there, one thing twice, or what may be several things.
        """
        words = [name] if name in self._meanings else self._words(name)
        found: dict[str, str] = {}
        for word in words:
            meanings = self._meanings.get(word)
            if meanings is None:
                raise ValueError(self._unknown(word))
            if len(meanings) > 1:
                spelled = " or ".join(f"'{kind}={value}'" for kind, value in meanings)
                raise ValueError(f"{word!r} may be {spelled}; write which")
            kind, value = meanings[0]
            if kind in found:
                raise ValueError(f"{found[kind]!r} and {value!r} are both of {kind!r}: nobody is both")
            found[kind] = value
        return frozenset(found.items())

    def _words(self, name: str) -> list[str]:
        # The id of a region may hold a slash itself.
        for region in self.regions:
            if "/" in region and name.startswith(f"{region}/"):
                return [region, *name.removeprefix(f"{region}/").split("/")]
        return name.split("/") if self.traits else [name]

    def _unknown(self, word: str) -> str:
        if self.regions == ("",):
            return f"there is no group {word!r}{near(word, [w for w in self._meanings if w])}"
        if not self.traits:
            return f"there is no region {word!r}{near(word, self.regions)}"
        return f"there is no region and no group {word!r}{near(word, list(self._meanings))}"

    def owners(self, names: Sequence[str]) -> tuple[NDArray[np.int64], list[tuple[str, str]]]:
        """Find the name that holds in each stratum.

        Returns
        -------
        (strata,) index into ``names``, −1 where none fits; and the faults as (name, message).
        """
        faults: list[tuple[str, str]] = []
        known: list[tuple[int, Selectors]] = []
        for i, name in enumerate(names):
            try:
                known.append((i, self.selectors(name)))
            except ValueError as error:
                faults.append((name, str(error)))
        known.sort(key=lambda one: len(one[1]))
        owner = np.full((len(self.regions), len(self.groups)), -1, np.int64)
        rival = owner.copy()
        means = dict(known)
        for i, selected in known:
            inside = self._mask(selected)
            held = np.unique(owner[inside])
            rival[inside] = -1
            for other in held[held >= 0].tolist():
                if not means[other] < selected:
                    rival[inside & (owner == other)] = other
            owner[inside] = i
        for i, other in dict.fromkeys(zip(owner[rival >= 0].tolist(), rival[rival >= 0].tolist())):
            faults.append((names[i], self._clash(names[other], means[other], names[i], means[i])))
        return owner.reshape(-1), faults

    def _clash(self, a: str, first: Selectors, b: str, second: Selectors) -> str:
        if first == second:
            return f"says the same as {a!r}"
        both = "/".join(value for _, value in sorted(first | second, key=lambda one: (one[0] != "region", one)))
        return f"speaks of some of the same people as {a!r}; say what holds for '{both}'"

    def _mask(self, selected: Selectors) -> NDArray[np.bool_]:
        wanted = dict(selected)
        region = wanted.pop("region", None)
        rows = np.array([region in (None, one) for one in self.regions])
        columns = np.array([all(g.traits.get(t) == v for t, v in wanted.items()) for g in self.groups])
        return np.asarray(rows[:, None] & columns[None, :])

    def check(self, names: Sequence[str], default: bool) -> Iterator[tuple[str, str]]:
        """Yield (name, message) for every fault of the keys of a table; ("", …) for who is left out."""
        owner, faults = self.owners(names)
        yield from faults
        if default:
            return
        missing = [self.label(int(i)) for i in np.flatnonzero(owner < 0)]
        if missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            kind = "group" if self.regions == ("",) else "people" if self.traits else "region"
            yield "", f"no value for the {kind} {', '.join(missing[:5])}{more}; name it or give a 'default'"

    def label(self, stratum: int) -> str:
        """Return the full name of a stratum."""
        region, group = divmod(stratum, len(self.groups))
        return "/".join(word for word in (self.regions[region], *self.groups[group].traits.values()) if word)

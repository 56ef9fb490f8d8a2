"""An electoral rule on its own: real counts or ballots in, winners and seats out, with the steps of the decision."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.returns import Returns, read_returns
from sim.analysis.tables import Table, as_html, as_text
from sim.election.contests import Contest
from sim.election.rules.rule import Rule, Steps
from sim.election.state import Block, Workspace
from sim.election.world import Layout, World
from sim.errors import SimError

if TYPE_CHECKING:
    import xarray as xr

    from sim.analysis.datasets import Decided
    from sim.scenario.nodes import Node

__all__ = ["Explanation", "decide", "explain", "page"]

NAME = "rule"


def decide(
    rule: Rule | Mapping[str, Any] | str | os.PathLike[str],
    votes: Any,
    *,
    kinds: Mapping[str, str] | None = None,
    invalid_ballots: Any = None,
    registered: Any = None,
    seed: int = 0,
) -> Decided:
    """Apply an electoral rule to votes or ballots.

    Parameters
    ----------
    rule
        As in a scenario: ``{"model": "list_proportional", "seats": 69, …}``, or the path of a YAML file with it.
    votes
        ``{option: votes}``; ``{region: {option: votes}}``; the path of a CSV table, rows or a DataFrame, with the
        columns ``option, votes`` (and ``region``, ``district``, ``kind``, ``name``) or with a row per region and a
        column for each option (and ``district``, ``registered``, ``invalid_ballots`` or ``ballots_cast``); a
        DataArray with the dim ``option`` and any others, or a Dataset that has such ``votes``; ballots, or the path of
        a file of them (`sim.read_ballots`).
    kinds
        Option → ``against_all`` and the like, for options that cannot win.
    invalid_ballots, registered
        Numbers that the rule may need besides; of the whole, by region, or with the dims of the votes.
    seed
        Of the lots that settle ties.

    Returns
    -------
    Dataset
        Over the dims of ``votes`` less ``region`` and ``option``: what the rule declares (``winner``, an index of
        ``option`` and −1 for nobody, or ``seats``), ``tied``, and the ``votes`` it decided on.

    Raises
    ------
    ScenarioError
        With every fault of the rule, or of the votes.
    SimError
        If the rule cannot decide on such votes.
    """
    from sim.analysis.datasets import Decided
    from sim.engine.outputs import contest_outputs
    from sim.results.describe import option_coordinates, variable_attributes

    part, node = _rule(rule)
    returns = read_returns(votes, kinds=kinds, invalid_ballots=invalid_ballots, registered=registered, reads=part.reads)
    world, block = _block(part, node, returns, seed)
    part.prepare(world)(block)
    block.contests[NAME] = block
    outputs, axes = contest_outputs(Contest(NAME, part, world), alone=True)
    data: dict[str, Any] = {}
    for output in outputs:
        values = np.empty((block.count, *output.shape), output.dtype)
        output.write(block, values)
        dims = (*returns.lead, *output.dims[1:])
        shape = (*returns.lead.values(), *output.shape)
        data[output.name] = (dims, values.reshape(shape), variable_attributes(output.variable, output.options))
    totals = returns.votes.sum(axis=1).reshape(*returns.lead.values(), len(returns.options))
    described = {"long_name": "votes decided on", "units": "votes"}
    data["votes"] = ((*returns.lead, "option"), totals, described)
    coords: dict[Any, Any] = {d.name: (d.dims, d.data, dict(d.attributes)) for d in option_coordinates(world)}
    coords |= {axis.name: [axis.labels[i] for i in axis.places] for axis in axes}
    coords |= {key: value for key, value in returns.coords.items()}
    made: xr.Dataset = Decided(data, coords, {"title": part.model, "rule": _written(part)})
    return made  # type: ignore[return-value]


def explain(
    rule: Rule | Mapping[str, Any] | str | os.PathLike[str],
    votes: Any,
    *,
    kinds: Mapping[str, str] | None = None,
    invalid_ballots: Any = None,
    registered: Any = None,
    seed: int = 0,
    election: int = 0,
) -> Explanation:
    """Explain a decision step by step: thresholds, quotients, remainders, transfers.

    Parameters
    ----------
    election
        Which one where the votes are of several: its number, the last dim counting fastest.

    Other parameters are those of `decide`.

    Returns
    -------
    Explanation
        Its tables; prints as text.
    """
    part, node = _rule(rule)
    returns = read_returns(votes, kinds=kinds, invalid_ballots=invalid_ballots, registered=registered, reads=part.reads)
    if not 0 <= election < len(returns.votes):
        raise SimError(f"election={election}: the votes are of {len(returns.votes)}; give a number from 0")
    world, block = _block(part, node, returns, seed)
    part.prepare(world)(block)
    return Explanation(part.model, tuple(part.explain(block, election)))


@dataclass(frozen=True)
class Explanation:
    """The steps of a decision, one table each."""

    title: str
    steps: tuple[Steps, ...]

    def tables(self) -> list[Table]:
        """Return the steps as tables of text."""
        return [
            Table(one.title, one.columns, tuple(tuple(map(_cell, row)) for row in one.rows), one.note)
            for one in self.steps
        ]

    def __repr__(self) -> str:
        return as_text([self.title], self.tables())

    def _repr_html_(self) -> str:
        return as_html([self.title], self.tables())


def _cell(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, Fraction):
        return f"{value.numerator:,}" if value.denominator == 1 else f"{float(value):,.4f}"
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    if isinstance(value, float | np.floating):
        return f"{float(value):,.4f}"
    return "" if value is None else str(value)


def _block(part: Rule, node: Node | None, returns: Returns, seed: int) -> tuple[World, Block]:
    """Build a world of the options and regions, and a block with the counts filled in."""
    from sim.random import Chance

    world = World(
        Layout(returns.regions, {r: r for r in returns.regions}, districts=dict(returns.districts)), returns.options
    )
    _check(part, node, world)
    block = Block(world, Chance(seed), 0, len(returns.votes), Workspace())
    votes = np.empty((world.n_options, block.count, world.n_regions), np.int64)
    for o, option in enumerate(world.option_order.tolist()):
        votes[option][:, world.region_order] = returns.votes[:, :, o]
    invalid = np.zeros(votes.shape[1:], np.int64)
    if returns.invalid is not None:
        invalid[:, world.region_order] = returns.invalid
    ballots = votes.sum(axis=0) + invalid
    registered = ballots
    if returns.registered is not None:
        registered = np.empty_like(ballots)
        registered[:, world.region_order] = returns.registered
    counted = {"region_votes": votes, "region_ballots": ballots, "region_registered": registered}
    totals = {"totals": votes.sum(axis=2), "total_ballots": ballots.sum(axis=1)}
    block.__dict__.update(counted, **totals, total_registered=registered.sum(axis=1))
    _fill_ballots(part, block, returns)
    return world, block


def _fill_ballots(part: Rule, block: Block, returns: Returns) -> None:
    if part.reads == "rankings" and returns.rankings is None:
        raise SimError(f"the rule {part.model!r} reads rankings; give ballots that rank the options (sim.read_ballots)")
    if part.reads == "scores" and returns.scores is None:
        raise SimError(f"the rule {part.model!r} reads scores; give ballots that score the options (sim.read_ballots)")
    # Inside, options stand in the order of their ids.
    listed = np.argsort(block.world.option_order)
    if returns.rankings is not None:
        block.__dict__["rankings"] = type(returns.rankings)(
            np.ascontiguousarray(returns.rankings.ranks[:, :, listed]), returns.rankings.counts
        )
    if returns.scores is not None:
        block.scores = type(returns.scores)(
            np.ascontiguousarray(returns.scores.scores[:, :, listed]), returns.scores.counts
        )


def _rule(rule: Any) -> tuple[Rule, Node | None]:
    from sim.scenario.merge import from_plain
    from sim.scenario.nodes import Mark
    from sim.scenario.reader import read_yaml
    from sim.scenario.text import read_text
    from sim.scenario.validate import read_rule

    if isinstance(rule, Rule):
        return rule, None
    if isinstance(rule, str | os.PathLike):
        name = os.fspath(rule)
        node = read_yaml(read_text(Path(rule), name, 1_000_000, "rule"), name)
    elif isinstance(rule, Mapping):
        node = from_plain(dict(rule), Mark("rule"))
    else:
        raise SimError(f"rule: expected a mapping such as {{'model': 'plurality'}} or a file, got {rule!r}")
    return read_rule(node), node


def _check(part: Rule, node: Node | None, world: World) -> None:
    from sim.errors import Fault, ScenarioError
    from sim.scenario.nodes import find

    faults = []
    for path, message in part.check(world):
        steps = tuple(path.split(".")) if path else ()
        at = None if node is None else find(node, steps).mark
        where = (at.file, at.line, at.column) if at else ("rule", 0, 0)
        faults.append(Fault(*where, path, message))
    if faults:
        raise ScenarioError(faults)


def _written(part: Rule) -> str:
    import json

    return json.dumps({"model": part.model, **part.model_dump(mode="json", exclude_none=True)}, ensure_ascii=False)


def page(ds: xr.Dataset) -> tuple[list[str], list[Table]]:
    """Return the lines and tables as which a decision prints: one election in a table, of several how many."""
    lead = [dim for dim in ds["votes"].dims if dim != "option"]
    if lead:
        size = " × ".join(f"{ds.sizes[dim]:,} {dim}" for dim in lead)
        return [f"{ds.attrs['title']}: decided for {size}"], list(_many(ds, lead))
    head = [str(ds.attrs["title"])]
    columns, rows = ["", "votes"], []
    shown = [name for name in ("seats",) if name in ds]
    winner = int(ds["winner"]) if "winner" in ds else None
    for i, name in enumerate(ds["option_name"].values):
        cells = [f"{int(ds[key].values[i]):,}" for key in shown]
        mark = [] if winner is None else ["elected" if i == winner else ""]
        rows.append((str(name), f"{int(ds['votes'].values[i]):,}", *cells, *mark))
    columns += [*shown, *([] if winner is None else [""])]
    notes = []
    if winner == -1:
        notes.append("Nobody wins.")
    if "tied" in ds and int(ds["tied"]):
        notes.append("Equal votes were settled as the rule says.")
    return head, [Table("", tuple(columns), tuple(rows), " ".join(notes))]


def _many(ds: xr.Dataset, lead: list[Any]) -> Iterator[Table]:
    names = [str(name) for name in ds["option_name"].values]
    if "winner" in ds:
        times = np.bincount(ds["winner"].values.reshape(-1).astype(np.int64) + 1, minlength=len(names) + 1)
        rows = [(name, f"{times[i + 1]:,}") for i, name in enumerate(names)] + [("nobody", f"{times[0]:,}")]
        yield Table("Elections won", ("", "elections"), tuple(rows))
    if "seats" in ds:
        seats = ds["seats"].transpose(*lead, "option").values.reshape(-1, len(names))
        rows3 = [
            (name, f"{seats[:, i].mean():.2f}", f"{seats[:, i].min():,}", f"{seats[:, i].max():,}")
            for i, name in enumerate(names)
        ]
        yield Table("Seats", ("", "mean", "least", "most"), tuple(rows3))
    if "tied" in ds:
        yield Table("Ties", ("", "elections"), (("settled", f"{int(ds['tied'].values.sum()):,}"),))

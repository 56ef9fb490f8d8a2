"""The election once more: slow, plain, from the formulas of the docstrings, on numpy's generator and scipy.

Nothing here is taken from the code of `sim`; a resolved scenario goes in as plain values, counts come out.
Arrays are indexed [draw, cell, option]: a cell is a group of voters in a unit, a stratum a group in a region, the
group fastest.  Options, regions and groups stand in the order of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import rankings
from scipy import optimize, special, stats

FAMILIES = {
    "normal": lambda m, s: stats.norm(m, s),
    "student_t": lambda m, s, v: stats.t(v, m, s),
    "lognormal": lambda m, s: stats.lognorm(s, scale=m),
    "uniform": lambda a, b: stats.uniform(a, b - a),
    "triangular": lambda a, c, b: stats.triang((c - a) / (b - a), a, b - a),
    "beta": lambda a, b: stats.beta(a, b),
    "gamma": lambda k, s: stats.gamma(k, scale=s),
}


@dataclass
class Outcome:
    """What a run of the reference gives."""

    registered: np.ndarray  # (draw, region)
    ballots_cast: np.ndarray  # (draw, region)
    invalid_ballots: np.ndarray  # (draw, region)
    votes: np.ndarray  # (draw, region, option)
    group_registered: np.ndarray  # (draw, group)
    group_ballots_cast: np.ndarray  # (draw, group)
    group_votes: np.ndarray  # (draw, group, option)
    station_ballots: np.ndarray  # (draw, unit)
    winner: np.ndarray  # (draw,)
    tied: np.ndarray
    runoff: np.ndarray
    runoff_votes: np.ndarray  # (draw, option)
    runoff_ballots_cast: np.ndarray
    runoff_invalid_ballots: np.ndarray
    rankings: np.ndarray | None = None  # (draw, order), where ballots rank
    condorcet_winner: np.ndarray | None = None
    expressed_share: np.ndarray | None = None  # (draw, region, option), where people do not say what they vote


def simulate(scenario: dict[str, Any], draws: int, seed: int) -> Outcome:
    """Run a resolved scenario."""
    return _Election(scenario, draws, np.random.default_rng(seed)).outcome()


class _Election:
    def __init__(self, scenario: dict[str, Any], draws: int, rng: np.random.Generator) -> None:
        self.scenario, self.draws, self.rng = scenario, draws, rng
        self.rows = scenario["electorate"]["regions"]
        self.regions = [row["region"] for row in self.rows]
        self.options = list(scenario["ballot"]["options"])
        self.stations = "stations" in scenario["electorate"]
        per_region = [row["stations"] if self.stations else 1 for row in self.rows]
        self.traits = {
            trait: list(margin) if isinstance(margin, dict) else [key for key in margin[0] if key != "region"]
            for trait, margin in scenario["electorate"].get("traits", {}).items()
        }
        self.groups = list(product(*self.traits.values()))
        self.strata = [(region, *group) for region in self.regions for group in self.groups]
        self.unit_region = np.repeat(np.arange(len(self.rows)), per_region)
        #: Region, group, unit and stratum of each cell.
        self.region_of = np.repeat(self.unit_region, len(self.groups))
        self.group_of = np.tile(np.arange(len(self.groups)), len(self.unit_region))
        self.unit_of = np.repeat(np.arange(len(self.unit_region)), len(self.groups))
        self.stratum_of = self.region_of * len(self.groups) + self.group_of
        self.stratum_region = np.repeat(np.arange(len(self.rows)), len(self.groups))

    # -- numbers -------------------------------------------------------------------------------------------

    def number(self, value: Any) -> np.ndarray:
        """One number per draw."""
        if not isinstance(value, dict):
            return np.full(self.draws, float(value))
        family = next(key for key in value if key in FAMILIES or key == "logit_normal")
        if family == "logit_normal":
            median, sd = value[family]
            draw = lambda n: special.expit(special.logit(median) + sd * self.rng.standard_normal(n))  # noqa: E731
        else:
            law = FAMILIES[family](*value[family])
            draw = lambda n: law.rvs(n, random_state=self.rng)  # noqa: E731
        out = draw(self.draws)
        low, high = value.get("within", (-np.inf, np.inf))
        while (bad := (out < low) | (out > high)).any():
            out[bad] = draw(int(bad.sum()))
        return out

    def keyed(self, value: Any, keys: list[str]) -> np.ndarray:
        """One number per draw and key; a default that is a distribution is one number for all."""
        is_table = isinstance(value, dict) and not (set(value) & {*FAMILIES, "logit_normal"})
        if not is_table:
            return np.repeat(self.number(value)[:, None], len(keys), axis=1)
        default = self.number(value["default"]) if "default" in value else None
        return np.stack([self.number(value[key]) if key in value else default for key in keys], axis=1)

    def holding(self, keys: list[str]) -> list[str]:
        """For each stratum the key that says most of what fits it."""
        out = []
        for stratum in self.strata:
            fitting = [key for key in keys if key == "default" or set(key.split("/")) <= set(stratum)]
            out.append(max(fitting, key=lambda key: 0 if key == "default" else len(key.split("/"))))
        return out

    def by_stratum(self, value: Any) -> np.ndarray:
        """One number per draw and stratum."""
        if not isinstance(value, dict) or set(value) & {*FAMILIES, "logit_normal"}:
            value = {"default": value}
        drawn = {key: self.number(item) for key, item in value.items()}
        return np.stack([drawn[key] for key in self.holding(list(value))], axis=1)

    # -- swings --------------------------------------------------------------------------------------------

    def correlation(self, swing: dict[str, Any]) -> np.ndarray:
        k = len(self.regions)
        value = swing.get("region_correlation") or 0.0
        if not isinstance(value, dict):
            return np.full((k, k), float(value)) + (1 - float(value)) * np.eye(k)
        out = np.eye(k)
        for a, row in value.items():
            for b, item in row.items():
                i, j = self.regions.index(a), self.regions.index(b)
                out[i, j] = out[j, i] = item
        return out

    def latents(self, swing: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Standard normals: national (draw,), regional (draw, region) with their correlation."""
        zeros = np.zeros(len(self.regions))
        regional = self.rng.multivariate_normal(zeros, self.correlation(swing), self.draws, method="eigh")
        return self.rng.standard_normal(self.draws), regional

    def tail(self, swing: dict[str, Any]) -> np.ndarray:
        """The factor of each draw: with ν degrees of freedom √((ν − 2)/χ²)."""
        df = swing.get("tails")
        return np.ones(self.draws) if df is None else np.sqrt((df - 2) / self.rng.chisquare(df, self.draws))

    def by_region(
        self, swing: dict[str, Any], sizes: dict[str, Any], national: np.ndarray, regional: np.ndarray, t: np.ndarray
    ) -> np.ndarray:
        """(draw, stratum): t · (n Z + Σ blocks + s_r Z_r + s_g Z_g)."""
        out = sizes["national"][:, None] * national[:, None] + sizes["regional"] * regional
        for name, block in swing.get("blocks", {}).items():
            inside = np.array([region in block["regions"] for region in self.regions])
            out = out + (sizes["blocks"][name] * self.rng.standard_normal(self.draws))[:, None] * inside
        groups = ["/".join(group) for group in self.groups]
        size = self.keyed(swing["group"], groups)
        own = size * self.rng.standard_normal(size.shape) if size.any() else size
        return t[:, None] * (out[:, self.stratum_region] + np.tile(own, len(self.regions)))

    def by_station(self, sizes: dict[str, Any]) -> np.ndarray:
        """(draw, cell): what is the station's own, the same for all its groups."""
        shape = (self.draws, len(self.unit_region))
        own = sizes["station"][:, None] * self.rng.standard_normal(shape) if self.stations else np.zeros(shape)
        return own[:, self.unit_of]

    def deviation(
        self, swing: dict[str, Any], sizes: dict[str, Any], national: np.ndarray, regional: np.ndarray, t: np.ndarray
    ) -> np.ndarray:
        """(draw, cell): both."""
        return self.by_region(swing, sizes, national, regional, t)[:, self.stratum_of] + self.by_station(sizes)

    def scattered(self, shares: np.ndarray, rho: Any, people: np.ndarray) -> np.ndarray:
        """Dirichlet shares around shares (draw, place × group, outcome), intra-class correlation ρ.

        The mean of a place's groups is scattered, and every group is moved by as much on the log scale.
        """
        if rho == 0:
            return shares
        k = len(self.groups)
        draws, cells, outcomes = shares.shape
        own = shares.reshape(draws, cells // k, k, outcomes)
        weight = np.broadcast_to(people, shares.shape[:2]).reshape(draws, cells // k, k, 1)
        mean = (own * weight).sum(axis=2) / weight.sum(axis=2)
        g = self.rng.standard_gamma(mean * (1 / self.number(rho) - 1)[:, None, None])
        factor = np.divide(g / g.sum(axis=-1, keepdims=True), mean, out=np.zeros_like(mean), where=mean > 0)
        moved = own * factor[:, :, None, :]
        return (moved / moved.sum(axis=-1, keepdims=True)).reshape(shares.shape)

    def sizes(self, swing: dict[str, Any]) -> dict[str, Any]:
        return {
            "regional": self.keyed(swing["regional"], self.regions),
            "station": self.number(swing["station"]),
            "blocks": {name: self.number(block["sd"]) for name, block in swing.get("blocks", {}).items()},
        }

    def local_variance(self, swing: dict[str, Any], stratum: tuple[str, ...]) -> tuple[float, float]:
        """Regional, block and group variance of a stratum (plain numbers), and the variance between stations."""
        region, group = stratum[0], "/".join(stratum[1:])
        regional = swing["regional"]
        sd = regional.get(region, regional.get("default")) if isinstance(regional, dict) else regional
        blocks = sum(b["sd"] ** 2 for b in swing.get("blocks", {}).values() if region in b["regions"])
        own = swing["group"]
        own = own.get(group, own.get("default")) if isinstance(own, dict) else own
        return sd**2 + blocks + own**2, swing["station"] ** 2

    def averaging_tail(self, swing: dict[str, Any], n: int) -> np.ndarray:
        """Tail factors at the quantiles of χ², in random order."""
        df = swing.get("tails")
        chi = None if df is None else stats.chi2(df).ppf((np.arange(n) + 0.5) / n)
        return np.ones(n) if chi is None else self.rng.permutation(np.sqrt((df - 2) / chi))

    # -- stages --------------------------------------------------------------------------------------------

    def registers(self) -> tuple[np.ndarray, np.ndarray]:
        """Registered voters by region and by cell."""
        part = self.scenario["electorate"]
        sd = np.array([row.get("registered_sd", 0.0) for row in self.rows])
        weight = np.array([row["registered"] for row in self.rows]) * np.exp(
            sd * self.rng.standard_normal((self.draws, len(self.rows)))
        )
        if part.get("total") is None:
            region = np.floor(weight + 0.5).astype(int)
        else:
            totals = np.round(self.number(part["total"])).astype(int)
            region = np.array([_largest_remainders(w, int(total)) for w, total in zip(weight, totals)])
        if not self.stations and not self.traits:
            return region, region
        units = []
        mix = self.mix()
        for r, row in enumerate(self.rows):
            n = row["stations"] if self.stations else 1
            z = stats.norm.ppf((np.arange(1, n + 1) - 0.5) / n)
            spread = part["stations"]["size_spread"] if self.stations else 0.0
            share = np.cumsum(np.outer(np.exp(spread * z), mix[r]))
            edges = np.floor(np.outer(region[:, r], share / share[-1]) + 0.5).astype(int)
            units.append(np.diff(edges, axis=1, prepend=0))
        return region, np.concatenate(units, axis=1)

    def mix(self) -> np.ndarray:
        """Share of each group in each region: the table of the largest entropy with the stated sums."""
        part = self.scenario["electorate"]
        registers = np.array([row["registered"] for row in self.rows], float)
        axes = ["region", *self.traits]
        places = [self.regions, *self.traits.values()]
        where = np.indices([len(place) for place in places]).reshape(len(places), -1)
        sums = []
        for trait, margin in part.get("traits", {}).items():
            rows = [margin] if isinstance(margin, dict) else margin
            for row in rows:
                numbers = np.array([row[value] for value in self.traits[trait]])
                region = row.get("region")
                size = registers.sum() if region is None else registers[self.regions.index(region)]
                wanted = numbers * size if abs(numbers.sum() - 1) < 1e-3 else numbers
                inside = np.ones(where.shape[1], bool) if region is None else where[0] == self.regions.index(region)
                for v, number in enumerate(wanted):
                    sums.append((inside & (where[axes.index(trait)] == v), number))
        for rows in part.get("joint", {}).values():
            total = sum(row["people"] for row in rows)
            for row in rows:
                inside = np.ones(where.shape[1], bool)
                for axis in set(row) & set(axes):
                    inside &= where[axes.index(axis)] == places[axes.index(axis)].index(row[axis])
                sums.append((inside, row["people"] * (registers.sum() if abs(total - 1) < 1e-3 else 1)))
        for r, n in enumerate(registers):
            sums.append((where[0] == r, n))
        rows = np.array([inside for inside, _ in sums], float)
        wanted = np.array([number for _, number in sums]) / registers.sum()
        # Newton's method on the dual; its Hessian is singular where the sums are redundant.
        theta = np.full(len(rows), np.log(1 / rows.shape[1]) / rows.sum(axis=0).mean())
        for _ in range(100):
            cells = np.exp(theta @ rows)
            step = np.linalg.lstsq((rows * cells) @ rows.T, wanted - rows @ cells, rcond=1e-12)[0]
            theta += step / max(1.0, np.abs(step).max())
        assert np.abs(rows @ cells - wanted).max() < 1e-12
        cells = cells.reshape(len(registers), -1)
        return cells / cells.sum(axis=1, keepdims=True)

    def supports(self, people: np.ndarray) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
        """Vote shares (draw, cell, option) and the latents of every option."""
        part = self.scenario["voters"]
        self.orders: np.ndarray | None = None
        if part["model"] in rankings.CULTURES:
            self.orders = rankings.of_culture(self, part)
            none = [np.zeros(self.draws)] * len(self.options)
            return rankings.firsts(self.orders, len(self.options)), none, none
        swing = part["swing"]
        choose, base = self.chooser(part, people)
        t, common = self.tail(swing), self.sizes(swing)
        national_sd = self.keyed(swing["national"], self.options)
        columns, national, regional = [], [], []
        for o in range(len(self.options)):
            n, r = self.latents(swing)
            sizes = {**common, "national": national_sd[:, o]}
            columns.append(base[:, :, o] + self.by_region(swing, sizes, n, r, t))
            national.append(n)
            regional.append(r)
        rho = part["overdispersion"]
        utilities = np.stack(columns, axis=-1)
        before = choose(utilities, np.arange(len(self.strata)))
        after = self.scattered(before, rho["region"], self.in_strata(people))
        factor = np.divide(after, before, out=np.zeros_like(before), where=before > 0)
        units = utilities[:, self.stratum_of] + np.stack([self.by_station(common) for _ in self.options], axis=-1)
        shares = choose(units, self.stratum_of) * factor[:, self.stratum_of]
        shares = shares / shares.sum(axis=-1, keepdims=True)
        return self.scattered(shares, rho["station"], people), national, regional

    # -- voters --------------------------------------------------------------------------------------------

    def chooser(self, part: dict[str, Any], people: np.ndarray) -> tuple[Any, np.ndarray]:
        """What turns utilities (draw, place, option) into shares, given the strata of places; and the utilities."""
        model = part["model"]
        makers = {"nested_logit": self.nested, "mixed_logit": self.mixed, "probit": self.probit}
        if model in makers:
            sincere, of_shares = makers[model](part)
            if part.get("utilities") is not None:
                base = self.options_by_stratum(part["utilities"])
            else:
                start = {"model": "logit", "baseline": part["baseline"], "centre": "zero_swing"}
                base = of_shares(np.exp(self.log_shares(start)))
        elif model == "spatial":
            sincere, base = self.spatial(part)
        else:
            sincere = lambda u, places: special.softmax(u, axis=-1)  # noqa: E731
            base = self.transferred(part, self.in_strata(people)) if model == "transfer" else self.log_shares(part)
        base = self.shifted(part, base)
        if part.get("strategic") is None:
            return sincere, base
        expected = sincere(base, np.arange(len(self.strata)))
        return self.deserting(part["strategic"], sincere, expected, self.in_strata(people)), base

    def options_by_stratum(self, table: dict[str, Any], default: Any = 0.0) -> np.ndarray:
        """(draw, stratum, option); a default that is a distribution is one number for all options."""
        rest = self.by_stratum(default)
        return np.stack([self.by_stratum(table[o]) if o in table else rest for o in self.options], axis=-1)

    def shifted(self, part: dict[str, Any], base: np.ndarray) -> np.ndarray:
        """Utilities with terms, economy and recognition."""
        for term in part.get("terms", {}).values():
            base = base + self.options_by_stratum(term)
        held = np.array([self.scenario["ballot"]["options"][o].get("incumbent", False) for o in self.options])
        for one in part.get("economy", {}).values():
            points = self.by_stratum(one["effect"]) * (
                self.by_stratum(one["value"]) - self.by_stratum(one["reference"])
            )
            base = base + special.logit(0.5 + points)[..., None] * held
        known = part.get("recognition")
        if known is None:
            return base
        start = self.options_by_stratum(known["start"], known["start"].get("default", 1.0))
        a, b = (self.by_stratum(known[name])[..., None] for name in ("media_per_day", "word_of_mouth_per_day"))
        days = self.number(known["days"])[:, None, None]
        c = (1 - start) / (a + b * start)
        x = np.exp(-(a + b) * days)
        r = (1 - a * c * x) / (1 + b * c * x)
        return (
            r * (base - base.mean(axis=-1, keepdims=True))
            - (1 - r) * self.by_stratum(known["unknown_penalty"])[..., None]
        )

    def deserting(self, part: dict[str, Any], sincere: Any, expected: np.ndarray, people: np.ndarray) -> Any:
        """Strategic voting given what is expected of strata."""
        groups = len(self.groups) if part["level"] == "region" else len(self.strata)
        shape = (self.draws, -1, groups, len(self.options))
        weight = np.broadcast_to(people, expected.shape[:2]).reshape(*shape[:3], 1)
        mean = (expected.reshape(shape) * weight).sum(axis=2) / weight.sum(axis=2)
        s = np.repeat(mean, groups, axis=1)
        power, cut, leave = (self.by_stratum(part[name])[..., None] for name in ("strength", "threshold", "share"))
        kinds = [row["kind"] for row in self.scenario["ballot"]["options"].values()]
        can = np.array([kind != "against_all" for kind in kinds])

        def choose(u: np.ndarray, places: np.ndarray) -> np.ndarray:
            p = sincere(u, places)
            inside = p * can
            q = inside * s[:, places] ** power[:, places]
            q = q / q.sum(axis=-1, keepdims=True) * inside.sum(axis=-1, keepdims=True)
            low = s[:, places] < cut[:, places]
            gone = (q * leave[:, places] * low).sum(axis=-1, keepdims=True)
            stay = q * ~low
            total = stay.sum(axis=-1, keepdims=True)
            moved = q * (1 - leave[:, places]) * low + stay * (1 + gone / np.where(total > 0, total, 1))
            return p * ~can + np.where(total > 0, moved, q)

        return choose

    def nested(self, part: dict[str, Any]) -> tuple[Any, Any]:
        scales = {name: self.by_stratum(nest["lambda"])[..., None] for name, nest in part["nests"].items()}
        members = {name: [o in nest["options"] for o in self.options] for name, nest in part["nests"].items()}

        def of_shares(p: np.ndarray) -> np.ndarray:
            v = np.log(p)
            for name, inside in members.items():
                whole = p[..., inside].sum(axis=-1, keepdims=True)
                v[..., inside] = scales[name] * np.log(p[..., inside] / whole) + np.log(whole)
            return v

        def choose(u: np.ndarray, places: np.ndarray) -> np.ndarray:
            weight = np.exp(u)
            for name, inside in members.items():
                size = scales[name][:, places]
                own = np.exp(u[..., inside] / size)
                total = own.sum(axis=-1, keepdims=True)
                weight[..., inside] = own / total * total**size
            return weight / weight.sum(axis=-1, keepdims=True)

        return choose, of_shares

    def mixed(self, part: dict[str, Any]) -> tuple[Any, Any]:
        """By Gauss and Hermite, 40 nodes for each factor."""
        z, w = np.polynomial.hermite_e.hermegauss(40)
        loads = [
            self.options_by_stratum(one["loadings"]) * self.by_stratum(one["sd"])[..., None]
            for one in part["factors"].values()
        ]

        def choose(u: np.ndarray, places: np.ndarray) -> np.ndarray:
            out = np.zeros_like(u)
            for node in product(range(40), repeat=len(loads)):
                moved = u
                for i, load in zip(node, loads):
                    moved = moved + z[i] * load[: len(u), places]
                out += np.prod([w[i] for i in node]) * special.softmax(moved, axis=-1)
            return out / out.sum(axis=-1, keepdims=True)

        return choose, lambda p: self.solved(choose, p)

    def solved(self, choose: Any, p: np.ndarray) -> np.ndarray:
        """Utilities with these shares, which are the same in every draw."""
        out = np.zeros_like(p)
        for s in range(p.shape[1]):
            place, target = np.array([s]), p[0, s]

            def short(v: np.ndarray, place: np.ndarray = place, target: np.ndarray = target) -> np.ndarray:
                return np.log(choose(np.append(v, 0.0)[None, None], place)[0, 0] / target)[:-1]

            found = optimize.root(short, np.log(target / target[-1])[:-1], tol=1e-10)
            assert np.abs(short(found.x)).max() < 1e-7
            out[:, s] = np.append(found.x, 0.0)
        return out

    def probit(self, part: dict[str, Any]) -> tuple[Any, Any]:
        """Three options: the chance that two correlated differences are positive."""
        assert len(self.options) == 3
        value, r = part.get("correlation") or 0.0, np.eye(3)
        for i, j in ((0, 1), (0, 2), (1, 2)):
            a, b = self.options[i], self.options[j]
            pair = value if not isinstance(value, dict) else value.get(a, {}).get(b, value.get(b, {}).get(a, 0.0))
            r[i, j] = r[j, i] = pair

        def choose(u: np.ndarray, places: np.ndarray) -> np.ndarray:
            out = np.empty_like(u)
            for o, (j, k) in enumerate(((1, 2), (0, 2), (0, 1))):
                sd_j, sd_k = np.sqrt(2 - 2 * r[o, j]), np.sqrt(2 - 2 * r[o, k])
                rho = (1 - r[o, j] - r[o, k] + r[j, k]) / (sd_j * sd_k)
                out[..., o] = _both_below((u[..., o] - u[..., j]) / sd_j, (u[..., o] - u[..., k]) / sd_k, rho)
            return out / out.sum(axis=-1, keepdims=True)

        return choose, lambda p: self.solved(choose, p)

    def spatial(self, part: dict[str, Any]) -> tuple[Any, np.ndarray]:
        """By quantiles of the normal in one dimension, by Gauss and Hermite in two."""
        names = list(part["mean"])
        sd = {name: self.by_stratum(part["spread"].get(name, 0.0)) for name in names}
        mean = {name: self.by_stratum(part["mean"][name]) for name in names}
        places_of = {o: {name: self.by_stratum(part["positions"][o][name]) for name in names} for o in self.options}
        b, m = self.by_stratum(part["weight"]), self.by_stratum(part["directional"])
        if len(names) == 1:
            z = [(x,) for x in stats.norm.ppf((np.arange(400) + 0.5) / 400)]
            weights = np.full(400, 1 / 400)
        else:
            x, w = np.polynomial.hermite_e.hermegauss(14)
            rho = part.get("correlation") or 0.0
            z = [(x[i], rho * x[i] + np.sqrt(1 - rho**2) * x[j]) for i, j in product(range(14), repeat=2)]
            weights = np.array([w[i] * w[j] for i, j in product(range(14), repeat=2)]) / w.sum() ** 2

        def utilities(node: tuple[float, ...]) -> np.ndarray:
            voter = [mean[name] + sd[name] * node[k] for k, name in enumerate(names)]
            columns = []
            for o in self.options:
                apart = np.stack([np.abs(x - places_of[o][name]) for x, name in zip(voter, names)])
                far = {
                    "quadratic": (apart**2).sum(axis=0),
                    "euclidean": np.sqrt((apart**2).sum(axis=0)),
                    "city_block": apart.sum(axis=0),
                }[part["distance"]]
                along = sum(x * places_of[o][name] for x, name in zip(voter, names))
                columns.append(b * (m * along - (1 - m) * far))
            return np.stack(columns, axis=-1)

        still = utilities((0.0,) * len(names))

        def choose(u: np.ndarray, places: np.ndarray) -> np.ndarray:
            out = np.zeros_like(u)
            for node, weight in zip(z, weights):
                out += weight * special.softmax(u + (utilities(node) - still)[:, places], axis=-1)
            return out

        return choose, still + self.options_by_stratum(part["valence"])

    def transferred(self, part: dict[str, Any], people: np.ndarray) -> np.ndarray:
        """Log of Σ p·T; an uncertain row is one Dirichlet vector around its mean over the people of the strata."""
        table = part["earlier"]
        origins = [key for key in (table[0] if isinstance(table, list) else table) if key != "region"]
        kept, self.options = self.options, origins
        p = np.exp(self.log_shares({"model": "logit", "baseline": table, "centre": "zero_swing"}))
        self.options = kept
        out = np.zeros((self.draws, len(self.strata), len(kept)))
        for i, origin in enumerate(origins):
            written = part["transitions"].get(origin, part["transitions"].get("default"))
            row = np.stack([self.by_stratum(written.get(target, 0.0)) for target in (*kept, "abstain")], axis=-1)
            row = row / row.sum(axis=-1, keepdims=True)
            sure = part["concentration"].get(origin, part["concentration"].get("default"))
            if sure is not None:
                weight = np.broadcast_to(people, row.shape[:2])[..., None]
                mean = (row * weight).sum(axis=1) / weight.sum(axis=1)
                g = self.rng.standard_gamma(mean * self.number(sure)[:, None])
                row = row * np.divide(g, mean, out=np.zeros_like(g), where=mean > 0)[:, None]
                row = row / row.sum(axis=-1, keepdims=True)
            out += p[:, :, i, None] * row[..., :-1]
        with np.errstate(divide="ignore"):
            return np.log(out / out.sum(axis=-1, keepdims=True))

    def log_shares(self, part: dict[str, Any]) -> np.ndarray:
        """Log-odds at zero swing, (draw, stratum, option)."""
        if part["model"] == "national_swing":
            p = np.exp(self.log_shares({"model": "logit", "baseline": part["baseline"], "centre": "zero_swing"}))
            before, after = (
                np.exp(self.log_shares({"model": "logit", "baseline": part[name], "centre": "zero_swing"}))
                for name in ("before", "after")
            )
            q = np.clip(p + after - before, 0, None) if part["method"] == "uniform" else p * after / before
            with np.errstate(divide="ignore"):
                return np.log(q / q.sum(axis=-1, keepdims=True))
        table = part["baseline"]
        rows = {row["region"]: row for row in table} if isinstance(table, list) else {"default": table}
        drawn = {key: np.stack([self.number(row[o]) for o in self.options], axis=1) for key, row in rows.items()}
        out = np.empty((self.draws, len(self.strata), len(self.options)))
        for s, key in enumerate(self.holding(list(drawn))):
            p = drawn[key] / drawn[key].sum(axis=1, keepdims=True)
            centred = part["centre"] == "expectation"
            with np.errstate(divide="ignore"):
                out[:, s] = self.centred_shares(part, self.strata[s], p[0]) if centred else np.log(p)
        return out

    def centred_shares(
        self, part: dict[str, Any], stratum: tuple[str, ...], p: np.ndarray, n: int = 100_000
    ) -> np.ndarray:
        """Find b with E softmax(b + swing) = p, the mean taken over n antithetic pairs."""
        swing = part["swing"]
        national = swing["national"]
        names = dict.fromkeys(self.options, national) if not isinstance(national, dict) else national
        sd = np.array([names.get(o, names.get("default")) for o in self.options])
        local, station = self.local_variance(swing, stratum)
        t = self.averaging_tail(swing, n)[:, None]
        z = self.rng.standard_normal((n, len(p)))
        swings = np.sqrt(t**2 * (sd**2 + local) + station) * z

        def short(b: np.ndarray) -> np.ndarray:
            b = np.append(b, 0.0)
            mean = (special.softmax(b + swings, axis=1).mean(0) + special.softmax(b - swings, axis=1).mean(0)) / 2
            return np.log(mean / p)[:-1]

        found = optimize.root(short, np.log(p / p[-1])[:-1], tol=1e-6)
        assert found.success
        return np.append(found.x, 0.0)

    def in_strata(self, people: np.ndarray) -> np.ndarray:
        """Sums of cells (draw, cell) by stratum."""
        return np.stack([people[:, self.stratum_of == s].sum(axis=1) for s in range(len(self.strata))], axis=1)

    def turnouts(
        self, vote_national: list[np.ndarray], vote_regional: list[np.ndarray], people: np.ndarray
    ) -> np.ndarray:
        """Probability that a registered voter comes, without the terms, (draw, cell)."""
        part = self.scenario["turnout"]
        mean = self.by_stratum(part["baseline"])
        if part["model"] == "fixed":
            return mean[:, self.stratum_of]
        if part["model"] == "beta":
            shape = (self.draws, len(self.regions), len(self.groups))
            weight = self.in_strata(people).reshape(shape)
            m = (mean.reshape(shape) * weight).sum(axis=2) / weight.sum(axis=2)
            k = m * (1 - m) / self.keyed(part["sd"], self.regions) ** 2 - 1
            moved = special.logit(self.rng.beta(m * k, (1 - m) * k)) - special.logit(m)
            return special.expit(special.logit(mean) + moved[:, self.stratum_region])[:, self.stratum_of]
        swing = part["swing"]
        base = special.logit(mean)
        if part["centre"] == "expectation":
            for s, stratum in enumerate(self.strata):
                base[:, s] = self.centred_logit(swing, stratum, special.expit(base[0, s]))
        n, r = self.latents(swing)
        rho = {self.options.index(o): value for o, value in swing["with_vote"].items()}
        own = np.sqrt(1 - sum(value**2 for value in rho.values()))
        n = own * n + sum(value * vote_national[o] for o, value in rho.items())
        r = own * r + sum(value * vote_regional[o] for o, value in rho.items())
        sizes = {**self.sizes(swing), "national": self.number(swing["national"])}
        rho = part["overdispersion"]
        field = special.expit(base + self.by_region(swing, sizes, n, r, self.tail(swing)))
        field = self.scattered(np.stack([field, 1 - field], axis=-1), rho["region"], self.in_strata(people))[..., 0]
        units = special.expit(special.logit(field)[:, self.stratum_of] + self.by_station(sizes))
        return self.scattered(np.stack([units, 1 - units], axis=-1), rho["station"], people)[..., 0]

    def with_terms(self, turnout: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Turnout (draw, cell) and shares of those who come (draw, cell, option), one term after the other."""
        start = turnout
        for term in self.scenario["turnout"].get("terms", {}).values():
            if isinstance(term, dict) and "kind" in term:
                turnout, share = getattr(self, term["kind"])(term, turnout, share, start)
            else:
                turnout = special.expit(special.logit(turnout) + self.units(term))
        return turnout, share

    def units(self, value: Any) -> np.ndarray:
        """One number per draw and cell."""
        return self.by_stratum(value)[:, self.stratum_of]

    def weather(self, term: Any, turnout: np.ndarray, share: np.ndarray, start: np.ndarray) -> Any:
        shift, at = 0.0, self.units(term["measured_at"])
        for what in ("rain", "snow"):
            inches = self.units(term[what]) / {"mm": 25.4, "inch": 1}[term["unit"]]
            after = at + self.units(term[f"{what}_effect"])
            shift = shift + inches * np.log(after * (1 - at) / (1 - after) / at)
        return special.expit(special.logit(turnout) + shift), share

    def calculus(self, term: Any, turnout: np.ndarray, share: np.ndarray, start: np.ndarray) -> Any:
        if "pivot" in term:
            p = self.number(term["pivot"])
        else:
            n, s = self.number(term["voters"]), self.number(term["closeness"])
            # Two Poisson counts are equal: their difference is a Skellam variable, here of 0.
            p = np.exp(2 * n * np.sqrt(s * (1 - s)) - n) * special.ive(0, 2 * n * np.sqrt(s * (1 - s)))
        worth = p[:, None] * self.units(term["benefit"]) + self.units(term["duty"]) - self.units(term["cost"])
        odds = turnout / (1 - turnout) * np.exp(worth)
        return odds / (1 + odds), share

    def alienation(self, term: Any, turnout: np.ndarray, share: np.ndarray, start: np.ndarray) -> Any:
        anchor = self.options.index(term["anchor"])
        worth = (
            share / share[..., [anchor]] * np.exp(self.units(term["level"]) - self.units(term["threshold"]))[..., None]
        )
        return turnout * (1 - np.exp(-worth.sum(axis=-1))), share

    def indifference(self, term: Any, turnout: np.ndarray, share: np.ndarray, start: np.ndarray) -> Any:
        gap = np.exp(self.units(term["threshold"]))[..., None]
        decided = share / (share + gap * (1 - share))
        return turnout * decided.sum(axis=-1), decided / decided.sum(axis=-1, keepdims=True)

    def boycott(self, term: Any, turnout: np.ndarray, share: np.ndarray, start: np.ndarray) -> Any:
        reach = self.units(term["reach"])[..., None]
        if "adherence" in term:
            stays = reach * self.units(term["adherence"])[..., None] * np.ones(len(self.options))
        else:
            of = {"default": 0.0, **term["followers"]}
            stays = reach * np.stack([self.number(of.get(o, of["default"])) for o in self.options], axis=-1)[:, None]
        kept = share * (1 - stays)
        return turnout * kept.sum(axis=-1), kept / kept.sum(axis=-1, keepdims=True)

    def mobilisation(self, term: Any, turnout: np.ndarray, share: np.ndarray, start: np.ndarray) -> Any:
        pressed = sum(self.units(one["share"]) * self.units(one["exposure"]) for one in term["sectors"].values())
        more = (1 - turnout) * pressed * self.units(term["compliance"]) * self.units(term["monitoring"])
        told = np.stack([self.number(term["vote"].get(o, 0.0)) for o in self.options], axis=-1)[:, None]
        mobilised = told + (1 - told.sum(axis=-1, keepdims=True)) * share
        votes = turnout[..., None] * share + more[..., None] * mobilised
        return turnout + more, votes / votes.sum(axis=-1, keepdims=True)

    def contagion(self, term: Any, turnout: np.ndarray, share: np.ndarray, start: np.ndarray) -> Any:
        moved = special.logit(turnout) - special.logit(start)
        further = special.expit(special.logit(turnout) + self.units(term["passed_on"]) * moved)
        households = self.units(term["households"])
        return (1 - households) * turnout + households * further, share

    def compulsory(self, term: Any, turnout: np.ndarray, share: np.ndarray, start: np.ndarray) -> Any:
        return turnout + self.units(term["enforcement"]) * (1 - turnout), share

    def centred_logit(self, swing: dict[str, Any], stratum: tuple[str, ...], mean: float, n: int = 2_001) -> float:
        """Find b with E logistic(b + swing) = mean, by quantiles of χ² and of the normal."""
        local, station = self.local_variance(swing, stratum)
        t = np.sort(self.averaging_tail(swing, 400))[:, None]
        z = stats.norm.ppf((np.arange(n) + 0.5) / n)
        swings = np.sqrt(t**2 * (swing["national"] ** 2 + local) + station) * z
        return optimize.brentq(lambda b: special.expit(b + swings).mean() - mean, -50, 50)

    def outcome(self) -> Outcome:
        rng, rule = self.rng, next(iter(self.scenario["rules"].values()))
        registered_region, registered = self.registers()
        share, vote_national, vote_regional = self.supports(registered)
        turnout, share = self.with_terms(self.turnouts(vote_national, vote_regional, registered), share)
        ballots = rng.binomial(registered, turnout)
        invalid = rng.binomial(ballots, self.invalid_shares())
        valid = ballots - invalid
        k = len(self.options)
        profile = None
        if self.scenario["ballot"]["model"] == "ranked":
            orders = rankings.of_shares(share) if self.orders is None else self.orders
            profile = rng.multinomial(valid, orders / orders.sum(axis=-1, keepdims=True))
            votes = rankings.firsts(profile, k)
        else:
            votes = rng.multinomial(valid, share / share.sum(axis=-1, keepdims=True))
        national = votes.sum(axis=1)
        out = Outcome(
            registered_region,
            self.to_regions(ballots),
            self.to_regions(invalid),
            np.stack([self.to_regions(votes[..., o]) for o in range(k)], axis=-1),
            self.to(self.group_of, registered),
            self.to(self.group_of, ballots),
            np.stack([self.to(self.group_of, votes[..., o]) for o in range(k)], axis=-1),
            self.to(self.unit_of, ballots),
            np.full(self.draws, -1),
            *(np.zeros(self.draws, bool) for _ in range(2)),
            np.zeros((self.draws, k), int),
            *(np.zeros(self.draws, int) for _ in range(2)),
        )
        out.expressed_share = self.expressed(share, registered)
        kinds = [row["kind"] for row in self.scenario["ballot"]["options"].values()]
        electable = np.array([kind != "against_all" for kind in kinds])
        if profile is not None:
            out.rankings = profile.sum(axis=1)
            out.condorcet_winner = rankings.condorcet(out.rankings, electable)
        ranked, cut_1, cut_2 = self.ranked(np.where(electable, national, -1), rule["ties"])
        somebody = (national * electable).any(axis=1)
        if rule["model"] == "plurality":
            out.winner = np.where(somebody, ranked[:, 0], -1)
            out.tied = cut_1 & somebody
            return out
        bases = {"valid_votes": national, "ballots_cast": ballots, "registered": registered}
        base = bases[rule["majority_of"]].sum(axis=1)
        share_needed = Fraction(str(rule["majority"]))
        most = national[np.arange(self.draws), ranked[:, 0]]
        decided = np.array([Fraction(int(v)) > share_needed * int(b) for v, b in zip(most, base)]) & somebody
        out.runoff = ~decided & somebody & (electable.sum() > 1)
        out.winner = np.where(decided, ranked[:, 0], -1)
        out.tied = (decided & cut_1) | (out.runoff & cut_2)
        second = _SecondRound(self, rule)
        for pair in {tuple(two) for two in ranked[out.runoff, :2].tolist()}:
            d = np.flatnonzero(out.runoff & (ranked[:, :2] == pair).all(axis=1))
            got, cast, spoiled = second.hold(d, pair, registered[d], share[d], turnout[d], ballots[d], invalid[d])
            out.runoff_votes[d[:, None], list(pair)] = got
            out.runoff_ballots_cast[d], out.runoff_invalid_ballots[d] = cast, spoiled
        order, cut, _ = self.ranked(np.where(out.runoff_votes > 0, out.runoff_votes, -1), rule["ties"])
        blank = out.runoff & (out.runoff_votes.sum(axis=1) == 0)
        assert blank.mean() < 1e-3, "a second round without votes is not part of the comparison"
        out.winner = np.where(out.runoff, order[:, 0], out.winner)
        out.tied |= out.runoff & cut
        return out

    def expressed(self, share: np.ndarray, people: np.ndarray) -> np.ndarray | None:
        """What all who are registered say, (draw, region, option)."""
        part = self.scenario["voters"].get("falsification")
        if part is None:
            return None
        said = share.copy()
        said[..., self.options.index(part["towards"])] *= np.exp(self.by_stratum(part["logit"]))[:, self.stratum_of]
        said = said / said.sum(axis=-1, keepdims=True)
        total = self.to_regions(people)
        return np.stack([self.to_regions(said[..., o] * people) / total for o in range(said.shape[-1])], axis=-1)

    def invalid_shares(self) -> np.ndarray:
        invalid = self.scenario["ballot"]["invalid"]
        swing = invalid["swing"]
        base = special.logit(self.by_stratum(invalid["share"]))[:, self.stratum_of]
        n, r = self.latents(swing)
        sizes = {**self.sizes(swing), "national": self.number(swing["national"])}
        return special.expit(base + self.deviation(swing, sizes, n, r, self.tail(swing)))

    def to_regions(self, counts: np.ndarray) -> np.ndarray:
        return self.to(self.region_of, counts)

    @staticmethod
    def to(place_of: np.ndarray, counts: np.ndarray) -> np.ndarray:
        return np.stack([counts[:, place_of == i].sum(axis=1) for i in range(place_of.max() + 1)], axis=1)

    def ranked(self, votes: np.ndarray, ties: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Options by votes (draw, place), equal ones by lot or in order; whether the first two, the next are equal."""
        lot = self.rng.random(votes.shape) if ties == "lot" else np.broadcast_to(np.arange(votes.shape[1]), votes.shape)
        order = np.lexsort((lot, -votes), axis=1)
        sizes = np.take_along_axis(votes, order, axis=1)
        sizes = np.concatenate([sizes, np.full((len(sizes), 2), -1)], axis=1)
        cut_1, cut_2 = (sizes[:, p] == sizes[:, p + 1] for p in (0, 1))
        return order, cut_1, cut_2 & (sizes[:, 1] >= 0)


class _SecondRound:
    def __init__(self, election: _Election, rule: dict[str, Any]) -> None:
        self.election, self.transfers = election, rule["runoff"]["transfers"]
        self.turnout = election.number(rule["runoff"]["turnout"])
        self.swing = election.number(rule["runoff"]["swing"])

    def hold(
        self,
        d: np.ndarray,
        two: tuple[int, int],
        registered: np.ndarray,
        share: np.ndarray,
        turnout: np.ndarray,
        ballots: np.ndarray,
        invalid: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Votes (draw, 2), ballots and invalid ballots of the draws ``d``, whose finalists are ``two``."""
        rng, names = self.election.rng, self.election.options
        to = [np.zeros(registered.shape), np.zeros(registered.shape)]
        away = np.zeros(registered.shape)
        lean = share[..., two[0]] / (share[..., two[0]] + share[..., two[1]])
        for o, name in enumerate(names):
            if o in two:
                to[two.index(o)] += share[..., o]
                continue
            row = self.transfers.get(name, self.transfers.get("default", {}))
            named = [row.get(names[f], 0.0) for f in two]
            rest = 1 - sum(named) - row.get("abstain", 0.0)
            to[0] += share[..., o] * (named[0] + rest * lean)
            to[1] += share[..., o] * (named[1] + rest * (1 - lean))
            away += share[..., o] * row.get("abstain", 0.0)
        come = special.expit(special.logit(turnout) + self.turnout[d, None]) * (1 - away)
        cast = rng.binomial(registered, np.clip(come, 0, 1))
        spoiled = rng.binomial(cast, invalid / np.maximum(ballots, 1))
        swing = self.swing[d] * rng.standard_normal(len(d))
        first = rng.binomial(cast - spoiled, special.expit(special.logit(to[0] / (to[0] + to[1])) + swing[:, None]))
        got = np.stack([first, cast - spoiled - first], axis=-1)
        return got.sum(axis=1), cast.sum(axis=1), spoiled.sum(axis=1)


def _both_below(h: np.ndarray, k: np.ndarray, rho: float) -> np.ndarray:
    """P(X < h, Y < k) of standard normals with correlation ρ, by Owen's T."""
    root = np.sqrt(1 - rho**2)
    h, k = np.where(h == 0, 1e-300, h), np.where(k == 0, 1e-300, k)
    t = special.owens_t(h, (k - rho * h) / (h * root)) + special.owens_t(k, (h - rho * k) / (k * root))
    return (special.ndtr(h) + special.ndtr(k)) / 2 - t - np.where(h * k > 0, 0.0, 0.5)


def _largest_remainders(weights: np.ndarray, total: int) -> np.ndarray:
    exact = total * weights / weights.sum()
    out = np.floor(exact).astype(int)
    for i in np.argsort(-(exact - out))[: total - out.sum()]:
        out[i] += 1
    return out

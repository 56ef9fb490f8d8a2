"""Speed of the toolkit as ratios to plain numpy, measured in one process and interleaved.

    python benchmarks/ratios.py                               everything (about five minutes)
    python benchmarks/ratios.py --only region --rounds 9      one workload
    python benchmarks/ratios.py --json figures.json           the figures as a file
    python benchmarks/ratios.py --markdown benchmarks/README.md   write the figures between that file's marks
    python benchmarks/ratios.py --small                       tiny sizes: does everything run?

The variants are compared first: the exit code is 1 if they do not simulate the same election.  It is 0 in
every other case, whatever the speed; targets (targets.toml) are reported as reached or not.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

# Before numpy: threads of BLAS wait busily and would double the CPU time of the references.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import agree
import numpy as np
import numpy_crowds
import plain_numpy
import reference_numpy as reference
import workloads
from measure import Ratio, fresh, interleave, level_memory, machine, processes, ratio, spin_speedup
from steps import discard, step_costs

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FLAGSHIP = "scenarios/kazakhstan-2022/baseline.yaml"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
#: A second thread is judged only where two threads of pure arithmetic scale this far at the same time.
CONTROL = 1.8
#: Batches from which the agreement of what is kept by station is judged.
BATCHES = 10


@dataclass(frozen=True)
class Sizes:
    """How much is computed."""

    region: int = 100_000
    stations: int = 1_000
    station_share: float = 1.0
    station_rounds: int = 200
    million: int = 1_000_000
    cells: int = 10_000
    individuals: int = 1_000_000
    startup: int = 10_000
    agree: int = 20_000
    full: bool = True


SMALL = Sizes(2_000, 100, 0.02, 20, 20_000, 400, 20_000, 200, 4_000, full=False)


@dataclass
class Report:
    """Tables and verdicts as they come; printed at once, kept for JSON and Markdown."""

    sizes: Sizes
    rounds: int
    figures: dict[str, Any] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    verdicts: list[tuple[str, str, str, str]] = field(default_factory=list)

    def heading(self, text: str) -> None:
        self._add(f"### {text}\n")

    def text(self, text: str) -> None:
        self._add(text + "\n")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        cells = [header, *rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(header))]

        def line(row: Sequence[str]) -> str:
            shown = [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:]))]
            return f"| {' | '.join(shown)} |"

        rule = "|" + "|".join("-" * (w + 1) + (":" if i else "-") for i, w in enumerate(widths)) + "|"
        self._add("\n".join([line(header), rule, *(line(row) for row in rows)]) + "\n")

    def _add(self, text: str) -> None:
        print(text, flush=True)
        self.parts.append(text)

    def keep(self, section: str, **figures: Any) -> None:
        self.figures.setdefault(section, {}).update(figures)

    def judge(self, section: str, name: str, value: float, shown: str, unsure: str = "") -> None:
        """Compare a figure with its target."""
        target = TARGETS[section][name]
        kind = next(key for key in ("at_least", "at_most", "below") if key in target)
        limit = target[kind]
        reached = {"at_least": value >= limit, "at_most": value <= limit, "below": value < limit}[kind]
        word = "reached" if reached else "NOT REACHED"
        if unsure and not reached:
            word = f"not judged: {unsure}"
        if not self.sizes.full:
            word = "not judged: small sizes"
        sign = {"at_least": "≥", "at_most": "≤", "below": "<"}[kind]
        self.verdicts.append((target["what"], f"{sign} {limit:g}", shown, word))
        self.keep(section, **{f"target_{name}": {"value": value, "limit": limit, "kind": kind, "verdict": word}})


TARGETS = tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))


def arrays_of(dataset: Any) -> dict[str, Any]:
    """Return what `agree` compares from a result of sim."""
    names = ("registered", "ballots_cast", "invalid_ballots", "votes", "winner", "runoff")
    names += tuple(name for name in dataset.data_vars if name.startswith("station_"))
    return {name: dataset[name].values for name in names}


def together(batches: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return batches of draws as one; the sums by station are left out."""
    names = [name for name in batches[0] if name != "registered" and not name.startswith("station_")]
    whole = {name: np.concatenate([batch[name] for batch in batches]) for name in names}
    return {"registered": batches[0]["registered"], **whole}


def timing_rows(times: dict[str, list[float]], per: float, candidate: str) -> tuple[list[list[str]], dict[str, Ratio]]:
    """Return table rows, in units of ``per`` seconds, and the ratios to the candidate."""
    ratios = {name: ratio(values, times[candidate]) for name, values in times.items() if name != candidate}
    rows = []
    for name, values in times.items():
        spread = (max(values) - min(values)) / statistics.median(values)
        shown = [f"{statistics.median(values) / per:.2f}", f"{min(values) / per:.2f}", f"{spread:.0%}"]
        rows.append([name, *shown, str(ratios[name]) if name in ratios else ""])
    return rows, ratios


def show_steps(report: Report, section: str, scenario: Any, draws: int, per: float, unit: str, total: float) -> None:
    """Print what each step costs beside what a whole run costs per draw."""
    costs = [step_costs(scenario, draws) for _ in range(3)]
    median = {name: statistics.median(one[name] for one in costs) for name in costs[0]}
    inside = sum(median.values())
    rows = [[name, f"{s / per:.3f}", f"{s / inside:.0%}"] for name, s in median.items()]
    rows.append(["all steps", f"{inside / per:.3f}", ""])
    rows.append(["whole run, beside it", f"{total / per:.3f}", ""])
    report.table(["step", unit, "share"], rows)
    report.keep(section, steps={name: s / per for name, s in median.items()}, steps_unit=unit)


def second_thread(report: Report, section: str, one: Callable[[], Any], two: Callable[[], Any]) -> None:
    """Measure the wall time of one and of two threads, with a spin control before each pair."""
    control = spin_speedup()
    pairs, controls = [], []
    for _ in range(report.rounds):
        controls.append(control())
        walls = interleave({"one": one, "two": two}, 1, time.perf_counter)
        pairs.append(walls["one"][0] / walls["two"][0])
    free = [p for p, c in zip(pairs, controls) if c >= CONTROL]
    shown = f"{statistics.median(free or pairs):.2f} ({min(free or pairs):.2f} to {max(free or pairs):.2f})"
    spun = f"{statistics.median(controls):.2f} ({min(controls):.2f} to {max(controls):.2f})"
    report.text(
        f"Second thread, wall time: {shown} in {len(free) or 'no'} of {len(pairs)} rounds with a control of at "
        f"least {CONTROL}; control, two threads of pure arithmetic: {spun}."
    )
    unsure = "" if free else f"the control reached only {max(controls):.2f}"
    report.judge(section, "second_thread", statistics.median(free or pairs), shown, unsure)
    report.keep(section, second_thread=pairs, spin_control=controls)


def _rounds(variants: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of variants, interleaved, after one round that is not counted."""
    for run in variants.values():
        run()
    return interleave(variants, rounds)


def bench_region(report: Report) -> None:
    """Regions: sim against numpy at once and in blocks."""
    import sim

    draws = report.sizes.region
    report.heading(f"Regions: {draws:,} draws × 21 regions × 8 options, one thread")
    mapping = workloads.region(draws)
    scenario = workloads.load(mapping)
    f64, f32 = (reference.Model.of(mapping, dtype) for dtype in (np.float64, np.float32))
    pcg, sfc = np.random.PCG64, np.random.SFC64

    def first_written(bits: Any, block: int | None) -> Callable[..., Any]:
        def run(n: int = draws, seed: int = 1) -> Any:
            return plain_numpy.run_regions(f64, n, np.random.Generator(bits(seed)), block)

        return run

    def tuned(model: Any, bits: Any, block: int | None, method: Any) -> Callable[..., Any]:
        def run(n: int = draws, seed: int = 1) -> Any:
            return reference.run_regions(model, n, np.random.Generator(bits(seed)), block, method)

        return run

    library, chain = reference.library_multinomial, reference.chain_multinomial
    candidate = "sim"
    plain, plain_blocks = "plain numpy at once, PCG64", "plain numpy in blocks of 2,000, SFC64"
    variants: dict[str, Callable[[], Any]] = {
        candidate: lambda: sim.run(scenario, threads=1),
        plain: first_written(pcg, None),
        plain_blocks: first_written(sfc, 2_000),
        "tuned, at once, PCG64, float64, multinomial": tuned(f64, pcg, None, library),
        "tuned, blocks of 2,000, SFC64, float64, multinomial": tuned(f64, sfc, 2_000, library),
        "tuned, at once, PCG64, float64, chain of binomials": tuned(f64, pcg, None, chain),
        "tuned, blocks of 2,000, SFC64, float64, chain": tuned(f64, sfc, 2_000, chain),
        "tuned, blocks of 2,000, SFC64, float32, chain": tuned(f32, sfc, 2_000, chain),
    }
    n = min(report.sizes.agree, draws)
    ours = arrays_of(sim.run(scenario, draws=n, threads=1))
    differences = {
        name: agree.worst(agree.compare(ours, run(n, seed=i + 11)))  # type: ignore[call-arg]
        for i, (name, run) in enumerate(variants.items())
        if name != candidate
    }
    report.text(
        f"Agreement of means and sds over {n:,} draws: at most {max(differences.values()):.1f} standard errors "
        f"(limit {agree.LIMIT:g})."
    )
    per = draws * 1e-6
    header = ["process CPU time, µs per draw", "median", "least", "spread", "ratio to sim"]
    # What is judged runs alone: the memory that further variants free and take would change what a fresh page costs.
    effort = {name: run for name, run in variants.items() if name not in (plain, plain_blocks)}
    times = _rounds({name: variants[name] for name in (candidate, plain, plain_blocks)}, report.rounds)
    rows, ratios = timing_rows(times, per, candidate)
    report.table(header, rows)
    others = _rounds(effort, report.rounds)
    report.text("Numpy tuned, in rounds of its own:")
    report.table(header, timing_rows(others, per, candidate)[0])
    report.judge("region", "one_shot", ratios[plain].median, str(ratios[plain]))
    report.judge("region", "blocked", ratios[plain_blocks].median, str(ratios[plain_blocks]))
    report.keep("region", draws=draws, seconds=times, tuned=others, differences=differences)
    show_steps(report, "region", scenario, draws, 1e-6, "µs per draw", statistics.median(times[candidate]) / draws)
    second_thread(report, "region", variants[candidate], lambda: sim.run(scenario, threads=2))


def bench_stations(report: Report) -> None:
    """Polling stations: sim against numpy in blocks."""
    import sim

    draws, few = report.sizes.stations, report.sizes.station_rounds
    mapping = workloads.stations(draws, report.sizes.station_share)
    scenario = workloads.load(mapping)
    units, options = scenario.world.n_units, scenario.world.n_options
    report.heading(f"Polling stations: {units:,} stations × {options} options, {few} draws per round, one thread")
    f64, f32 = (reference.Model.of(mapping, dtype) for dtype in (np.float64, np.float32))

    def numpy(model: Any, method: Any) -> Callable[..., Any]:
        def run(n: int = few, seed: int = 1) -> Any:
            rng = np.random.Generator(np.random.SFC64(seed))
            return reference.run_stations(model, n, rng, 10, method)

        return run

    candidate = "sim"
    plain = "numpy blocks of 10, SFC64, float64, multinomial"
    variants: dict[str, Callable[[], Any]] = {
        candidate: lambda: sim.run(scenario, draws=few, threads=1),
        plain: numpy(f64, reference.library_multinomial),
        "numpy blocks of 10, SFC64, float64, chain": numpy(f64, reference.chain_multinomial),
        "numpy blocks of 10, SFC64, float32, chain": numpy(f32, reference.chain_multinomial),
    }
    n = max(min(draws, 400) // BATCHES, 2)
    ours = [arrays_of(sim.run(scenario, draws=n, seed=i, threads=1)) for i in range(BATCHES)]
    differences = {}
    for k, (name, run) in enumerate(variants.items()):
        if name != candidate:
            theirs = [run(n, seed=100 * k + i) for i in range(BATCHES)]  # type: ignore[call-arg]
            differences[name] = agree.worst(
                agree.compare(together(ours), together(theirs)), agree.compare_stations(ours, theirs)
            )
    report.text(
        f"Agreement over {BATCHES} × {n} draws: at most {max(differences.values()):.1f} standard errors "
        f"(limit {agree.LIMIT:g})."
    )
    times = interleave(variants, report.rounds)
    per = few * units * options * 1e-9
    rows, ratios = timing_rows(times, per, candidate)
    report.table(["process CPU time, ns per station and option", "median", "least", "spread", "ratio to sim"], rows)
    report.judge("stations", "blocked", ratios[plain].median, str(ratios[plain]))
    report.keep("stations", draws=few, units=units, seconds=times, differences=differences)
    total = statistics.median(times[candidate]) / few
    per_cell = units * options * 1e-9
    show_steps(report, "stations", scenario, few, per_cell, "ns per station and option", total)
    second_thread(
        report,
        "stations",
        lambda: sim.run(scenario, draws=draws, threads=1),
        lambda: sim.run(scenario, draws=draws, threads=2),
    )


def bench_cells(report: Report) -> None:
    """Groups of voters: sim against numpy in blocks."""
    import sim

    draws = report.sizes.cells
    mapping = workloads.cells(draws)
    scenario = workloads.load(mapping)
    world = scenario.world
    sizes = f"{world.n_regions} regions × {world.n_groups} groups × {world.n_options} options × {draws:,} draws"
    report.heading(f"Cells: {sizes}, one thread")
    first = sim.run(scenario, draws=1, threads=1)
    registered = np.outer(first["registered"].values, np.full(world.n_groups, 1 / world.n_groups)).round().astype(int)

    def numpy(n: int = draws, seed: int = 1) -> Any:
        return numpy_crowds.run_cells(mapping, registered, n, np.random.Generator(np.random.SFC64(seed)))

    n = min(report.sizes.agree, draws)
    ours, theirs = sim.run(scenario, draws=n, threads=1), numpy(n, 5)
    worst = 0.0
    for name in ("ballots_cast", "votes", "group_ballots_cast", "group_votes"):
        worst = max(worst, agree.worst(agree.compare_moments(name, ours[name].values, theirs[name])))
    report.text(f"Agreement of means and sds over {n:,} draws: at most {worst:.1f} standard errors.")
    candidate, plain = "sim", "plain numpy in blocks of 50, SFC64"
    times = _rounds({candidate: lambda: sim.run(scenario, threads=1), plain: numpy}, report.rounds)
    rows, ratios = timing_rows(times, draws * 1e-6, candidate)
    report.table(["process CPU time, µs per draw", "median", "least", "spread", "ratio to sim"], rows)
    peak = fresh("memory.py", str(draws), "memory", "cells")
    report.text(f"Peak memory above the base of {peak['base_mb']:.0f} MB: {peak['above_mb']:.0f} MB.")
    report.judge("cells", "blocked", ratios[plain].median, str(ratios[plain]))
    report.judge("cells", "peak_mb", peak["above_mb"], f"{peak['above_mb']:.0f}")
    report.keep("cells", draws=draws, seconds=times, memory=peak)


def bench_individuals(report: Report) -> None:
    """Voters one by one: a choice among ten options each."""
    from sim.random import Chance, Lanes

    voters, options = report.sizes.individuals, 10
    report.heading(f"Individuals: one choice each of {voters:,} voters among {options} options, one thread")
    rng = np.random.default_rng(7)
    planes = rng.standard_normal((options, voters)).astype(np.float32)
    rows32, rows64 = np.ascontiguousarray(planes.T), np.ascontiguousarray(planes.T.astype(np.float64))
    lanes, stream = Lanes.grid(0, 1, np.arange(voters, dtype=np.uint32)), Chance(1).stream("choice")
    out = np.empty((1, voters), np.int32)
    candidate = "sim, Stream.choice"
    gumbel, inverse = "numpy Gumbel-max, float64", "numpy inverse CDF, float32, voters first"
    variants: dict[str, Callable[[], Any]] = {
        candidate: lambda: stream.choice(lanes, planes[:, None], out=out),
        gumbel: lambda: numpy_crowds.gumbel_max(rows64, rng),
        "numpy inverse CDF, float64, voters first": lambda: numpy_crowds.inverse_cdf(rows64, rng),
        inverse: lambda: numpy_crowds.inverse_cdf(rows32, rng),
        "numpy inverse CDF, float32, planes of options": lambda: numpy_crowds.inverse_cdf_planes(planes, rng),
    }
    shares = np.exp(planes.astype(float))
    shares /= shares.sum(axis=0)
    expected, variance = shares.sum(axis=1), (shares * (1 - shares)).sum(axis=1)
    differences = {}
    for name, run in variants.items():
        counts = np.bincount(np.asarray(run()).ravel(), minlength=options)
        differences[name] = float(np.max(np.abs(counts - expected) / np.sqrt(variance)))
    agree.worst(differences)
    report.text(f"Counts of each option: at most {max(differences.values()):.1f} standard errors from their means.")
    times = _rounds(variants, report.rounds)
    rows, ratios = timing_rows(times, voters * 1e-9, candidate)
    report.table(["process CPU time, ns per voter", "median", "least", "spread", "ratio to sim"], rows)
    report.judge("individuals", "gumbel", ratios[gumbel].median, str(ratios[gumbel]))
    report.judge("individuals", "inverse", ratios[inverse].median, str(ratios[inverse]))
    report.keep("individuals", voters=voters, seconds=times, differences=differences)


def unstored(scenario: Any, threads: int) -> None:
    """Compute every draw and throw it away."""
    from sim.engine.chunks import run_chunks
    from sim.engine.plan import make_plan

    plan = make_plan(scenario)
    run_chunks(plan, discard(plan), threads, None)


def bench_million(report: Report) -> None:
    """A million draws: what storing costs, and the memory it takes."""
    import sim

    draws = report.sizes.million
    report.heading(f"Stored draws: {draws:,} draws × 21 regions × 8 options, two threads")
    scenario = workloads.load(workloads.million(draws))
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    sizes: dict[str, float] = {}

    def stored(suffix: str) -> Callable[[], None]:
        def run() -> None:
            with tempfile.TemporaryDirectory(dir=folder) as fresh_folder:
                sim.run(scenario, out=f"{fresh_folder}/result{suffix}", threads=2).close()
                sizes[suffix] = sum(f.stat().st_size for f in Path(fresh_folder).rglob("*") if f.is_file()) / 1e6

        return run

    variants = {"not stored": lambda: unstored(scenario, 2), "to .nc": stored(".nc"), "to .zarr": stored(".zarr")}
    clocks: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
    try:
        small = workloads.load(workloads.million(1_000))
        for suffix in (".nc", ".zarr"):
            sim.run(small, out=folder / f"small{suffix}").close()
        rounds = max(1, min(report.rounds, 5))
        for i in range(rounds):
            names = list(variants)[i % 3 :] + list(variants)[: i % 3]
            for name in names:
                level_memory()
                cpu, wall = time.process_time(), time.perf_counter()
                variants[name]()
                clocks[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    cpu = {name: [pair[0] for pair in pairs] for name, pairs in clocks.items()}
    wall = {name: [pair[1] for pair in pairs] for name, pairs in clocks.items()}
    peaks = {suffix: fresh("memory.py", str(draws), suffix) for suffix in (".nc", ".zarr")}
    rows = []
    for name in variants:
        suffix = name.removeprefix("to ")
        row = [name, f"{statistics.median(cpu[name]):.2f}", f"{statistics.median(wall[name]):.2f}"]
        if suffix in sizes:
            row += [
                str(ratio(cpu[name], cpu["not stored"])),
                str(ratio(wall[name], wall["not stored"])),
                f"{sizes[suffix]:.0f}",
                f"{peaks[suffix]['above_mb']:.0f}",
            ]
        rows.append(row + [""] * (7 - len(row)))
    report.table(["", "CPU s", "wall s", "CPU ratio", "wall ratio", "file MB", "peak MB above base"], rows)
    report.text(f"Base after import and compilation: {peaks['.nc']['base_mb']:.0f} MB.")
    report.judge("million", "peak_mb", peaks[".nc"]["above_mb"], f"{peaks['.nc']['above_mb']:.0f}")
    for key in ("nc", "zarr"):
        one = ratio(cpu[f"to .{key}"], cpu["not stored"])
        report.judge("million", key, one.median, str(one))
    report.keep("million", draws=draws, cpu_seconds=cpu, wall_seconds=wall, file_mb=sizes, memory=peaks)


def bench_startup(report: Report) -> None:
    """Fresh processes: import, help, a warm run."""
    python, draws = sys.executable, report.sizes.startup
    command = [python, "-c", "from sim.cli.main import main; main()"]
    script = Path(python).with_name("sim")
    if script.exists():
        command = [str(script)]
    run = f"sim run, flagship, {draws:,} draws"
    commands = {
        "python -c pass": [python, "-c", "pass"],
        "import sim": [python, "-c", "import sim"],
        "sim --help": [*command, "--help"],
        run: [*command, "run", FLAGSHIP, "--draws", str(draws), "--quiet"],
    }
    report.heading("Start-up: fresh processes")
    wall, cpu = processes(commands, max(report.rounds, 7) if report.sizes.full else 1, ROOT)
    rows = [
        [
            name,
            *(f"{1000 * figure(wall[name]):.0f}" for figure in (statistics.median, min, max)),
            *(f"{1000 * figure(cpu[name]):.0f}" for figure in (statistics.median, min)),
        ]
        for name in commands
    ]
    report.table(["ms", "wall median", "least", "greatest", "CPU median", "least"], rows)
    used = {name: statistics.median(values) for name, values in cpu.items()}
    took = {name: statistics.median(values) for name, values in wall.items()}
    for key, name in (("import", "import sim"), ("help", "sim --help"), ("run", run)):
        less = [0.0, 0.0] if key != "import" else [took["python -c pass"], used["python -c pass"]]
        value, own = took[name] - less[0], used[name] - less[1]
        limit = TARGETS["startup"][key]["below"]
        busy = f"the processor was busy, CPU time {own:.3f} s" if own < limit <= value else ""
        report.judge("startup", key, value, f"{value:.3f}", busy)
    report.keep("startup", wall_seconds=wall, cpu_seconds=cpu)


SECTIONS: dict[str, Callable[[Report], None]] = {
    "region": bench_region,
    "stations": bench_stations,
    "cells": bench_cells,
    "individuals": bench_individuals,
    "million": bench_million,
    "startup": bench_startup,
}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, separated by commas")
    parser.add_argument("--rounds", type=int, default=5, help="rounds after the warm-up (default 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables between this file's marks")
    parser.add_argument("--small", action="store_true", help="tiny sizes; no target is judged")
    options = parser.parse_args(arguments)
    options.only = options.only.split(",")
    unknown = [name for name in options.only if name not in SECTIONS]
    if unknown or options.rounds < 1:
        parser.error(f"--only takes {', '.join(SECTIONS)}" if unknown else "--rounds must be at least 1")
    return options


def write_markdown(path: Path, report: Report) -> None:
    """Put the figures between the marks of a file."""
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    path.write_text(f"{before}{BEGIN}\n\n" + "\n".join(report.parts) + f"\n{END}{after}", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, compare with the targets."""
    options = parse(arguments)
    report = Report(SMALL if options.small else Sizes(), options.rounds)
    before = machine()
    report.heading("Machine")
    report.table(["", "value"], [[key, value] for key, value in before.items()])
    report.keep("machine", before=before, rounds=options.rounds)
    try:
        for name in options.only:
            SECTIONS[name](report)
    except agree.Disagreement as error:
        print(f"the variants do not simulate the same election: {error}", file=sys.stderr)
        return 1
    load = machine()["load average"]
    report.keep("machine", load_after=load)
    report.heading("Targets")
    report.table(["what", "target", "measured", "verdict"], report.verdicts)
    report.text(f"{options.rounds} rounds; load average at the end {load}.")
    if options.json:
        options.json.write_text(json.dumps(report.figures, indent=1), encoding="utf-8")
    if options.markdown:
        write_markdown(options.markdown, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())

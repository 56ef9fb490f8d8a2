"""Times peers and the toolkit in turn on the same inputs, each in a process and an environment of its own.

Run by ``make bench-peers``.  The clock is each process's CPU time around the work alone: imports, compilation and the
making of ballots and profiles lie outside it, except for ``elections``, where generation and ballots are the work.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inputs import DRAWS, write_inputs

__all__ = ["COMPARISONS", "Comparison", "Peer", "PeerFailed", "compare", "disagreement", "environment", "main"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VENVS = ROOT / ".venv-peers"
TARGETS = tomllib.loads((HERE.parent / "targets.toml").read_text(encoding="utf-8"))["peers"]
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

#: More standard errors than this are not chance.
LIMIT = 5.0


class PeerFailed(Exception):
    """A peer that cannot be installed, started or run; the text is the reason."""


@dataclass(frozen=True)
class Comparison:
    """What is done, by whom, and how many times in a round.

    Attributes
    ----------
    what, unit
        For people.
    ours
        Repeats of ours in a round.
    peers
        Repeats of each peer in a round.
    alike
        Whether answers are equal; otherwise they are shares of independent elections.  None: not compared.
    """

    what: str
    unit: str
    ours: int
    peers: dict[str, int]
    alike: bool | None = True


COMPARISONS = {
    "elections": Comparison(
        "1,000 voters × 5 candidates, five rules, end to end", "elections", 20_000, {"elsim": 1_000}, alike=False
    ),
    "dhondt": Comparison("D'Hondt, 7 parties × 69 seats", "allocations", DRAWS, {"apportionment": 3_000}),
    "sainte_lague": Comparison("Sainte-Laguë, 7 parties × 69 seats", "allocations", DRAWS, {"apportionment": 3_000}),
    "stv": Comparison(
        "STV, 10,000 ballots of 631 kinds, 10 candidates, 4 seats",
        "counts",
        500,
        {"votekit": 50, "votelib": 10, "pyrankvote": 5, "pref_voting": 3},
    ),
    "meek": Comparison("Meek, the same ballots", "counts", 500, {"pref_voting": 1}),
}


@dataclass
class Peer:
    """A process that works on command."""

    name: str
    process: subprocess.Popen[str]
    versions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, name: str, python: Path | str, script: Path, folder: Path) -> Peer:
        """Start a script and wait until it has imported everything."""
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        if name != "ours":
            environment.pop("PYTHONPATH", None)
        errors = (folder / f"{name}.log").open("w")
        process = subprocess.Popen(
            [str(python), str(script), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
        )
        errors.close()
        peer = cls(name, process)
        try:
            peer.versions = peer._read(folder)["versions"]
        except PeerFailed:
            peer.stop()
            raise
        return peer

    def _read(self, folder: Path) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            said = (folder / f"{self.name}.log").read_text(encoding="utf-8", errors="replace").strip()
            raise PeerFailed(said.splitlines()[-1] if said else "the process ended without a word")
        return json.loads(line)

    def run(self, task: str, repeats: int, folder: Path) -> tuple[float, Any]:
        """Return CPU seconds per repeat and the answer."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"task": task, "repeats": repeats}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise PeerFailed("the process has ended") from error
        told = self._read(folder)
        if "error" in told:
            raise PeerFailed(told["error"])
        return told["seconds"] / repeats, told["answer"]

    def stop(self) -> None:
        """End the process."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def environment(name: str, venvs: Path, install: bool = True) -> Path:
    """Return the Python of a peer's environment, made when it is not there or its pins have changed."""
    pins = (HERE / f"requirements-{name}.txt").read_text(encoding="utf-8")
    folder = venvs / name
    python, ready = folder / "bin" / "python", folder / ".ready"
    if python.exists() and ready.exists() and ready.read_text(encoding="utf-8") == pins:
        return python
    if not install:
        raise PeerFailed("not installed")
    print(f"installing {name}", file=sys.stderr)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [*pip, "-r", str(HERE / f"requirements-{name}.txt")],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            faults = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [done.stderr[-300:]]
            raise PeerFailed(f"cannot be installed: {faults[-1].strip()}")
    ready.write_text(pins, encoding="utf-8")
    return python


def disagreement(one: Comparison, ours: Any, theirs: Any, repeats: int) -> str:
    """Say how two answers differ, '' where they do not."""
    if one.alike is None:
        return ""
    if one.alike:
        length = min(len(ours), len(theirs)) if ours and isinstance(ours[0], list) else None
        return "" if ours[:length] == theirs[:length] else f"{theirs[:length]} instead of {ours[:length]}"
    for name, share in ours.items():
        p = (share + theirs[name]) / 2
        error = (p * (1 - p) * (1 / repeats + 1 / one.ours)) ** 0.5
        if abs(share - theirs[name]) > LIMIT * error + 1e-9:
            return f"{name}: {theirs[name]:.3f} instead of {share:.3f}"
    return ""


@dataclass
class Timed:
    """Seconds per repeat, round by round, of ours and of a peer beside it."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Peer / ours, round by round."""
        return [b / a for a, b in zip(self.ours, self.theirs, strict=True)]


def compare(
    task: str, ours: Peer, peers: dict[str, Peer], rounds: int, folder: Path, scale: int = 1
) -> tuple[dict[str, Timed], dict[str, str]]:
    """Time a task in turn; return the seconds by peer, and the remarks by peer."""
    one = COMPARISONS[task]
    mine = max(1, one.ours // scale)
    ours.run(task, mine, folder)
    timed: dict[str, Timed] = {}
    remarks: dict[str, str] = {}
    for name, peer in peers.items():
        if name not in one.peers:
            continue
        repeats = max(1, one.peers[name] // scale)
        clock = Timed()
        try:
            peer.run(task, 1, folder)
            for i in range(rounds):
                told = {}
                for who in (ours, peer) if i % 2 else (peer, ours):
                    told[who.name] = who.run(task, mine if who is ours else repeats, folder)
                clock.ours.append(told["ours"][0])
                clock.theirs.append(told[name][0])
            remarks[name] = disagreement(one, told["ours"][1], told[name][1], repeats)
            timed[name] = clock
        except PeerFailed as error:
            remarks[name] = f"skipped: {error}"
    return timed, remarks


def spread(values: Sequence[float], form: str) -> str:
    """Return the median, the least and the greatest."""
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def report(
    tasks: Sequence[str],
    ours: Peer,
    peers: dict[str, Peer],
    failed: dict[str, str],
    rounds: int,
    folder: Path,
    scale: int,
) -> list[str]:
    """Return the lines of the report."""
    lines = [
        "| what | peer | unit | peer, per CPU s | sim, per CPU s | ratio | target | remark |",
        "|---|---|---|--:|--:|--:|--:|---|",
    ]
    for task in tasks:
        one = COMPARISONS[task]
        timed, remarks = compare(task, ours, peers, rounds, folder, scale)
        fastest = min(timed, key=lambda name: statistics.median(timed[name].theirs), default="")
        for name in one.peers:
            if name not in timed:
                reason = failed.get(name) or remarks.get(name, "")
                lines.append(f"| {one.what} | {name} | {one.unit} | | | | | {reason} |")
                continue
            clock, target = timed[name], ""
            if name == fastest and task in TARGETS:
                wanted = TARGETS[task]["at_least"]
                met = "met" if statistics.median(clock.ratios) >= wanted else "**missed**"
                target = f"≥ {wanted:g}" + (f", {met}" if scale == 1 else "")
            note = remarks[name] and f"answers differ: {remarks[name]}"
            theirs, own = ([1 / s for s in seconds] for seconds in (clock.theirs, clock.ours))
            lines.append(
                f"| {one.what} | {name} | {one.unit} "
                f"| {statistics.median(theirs):,.0f} | {statistics.median(own):,.0f} "
                f"| {spread(clock.ratios, ',.1f')} | {target} | {note} |"
            )
    lines += ["", f"{rounds} rounds, in turn; ratios within a round: median (least to greatest).  Versions:", ""]
    for peer in (ours, *peers.values()):
        lines.append(f"- {peer.name}: " + ", ".join(f"{name} {version}" for name, version in peer.versions.items()))
    return lines


def start(names: Sequence[str], folder: Path, venvs: Path, install: bool) -> tuple[dict[str, Peer], dict[str, str]]:
    """Start the peers that can be; return them, and why others cannot."""
    peers: dict[str, Peer] = {}
    failed: dict[str, str] = {}
    for name in names:
        try:
            python = environment(name, venvs, install)
            peers[name] = Peer.start(name, python, HERE / f"peer_{name}.py", folder)
        except PeerFailed as error:
            failed[name] = f"skipped: {error}"
    return peers, failed


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(COMPARISONS), help="comparisons, separated by commas")
    parser.add_argument("--rounds", type=int, default=7, help="rounds after the warm-up (default 7)")
    parser.add_argument("--venvs", type=Path, default=VENVS, help="folder of the peers' environments")
    parser.add_argument("--installed", action="store_true", help="only peers that are installed; no network is used")
    parser.add_argument("--small", action="store_true", help="few repeats; no target is judged")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table between this file's marks")
    options = parser.parse_args(arguments)
    options.only = options.only.split(",")
    unknown = [name for name in options.only if name not in COMPARISONS]
    if unknown or options.rounds < 1:
        parser.error(f"--only takes {', '.join(COMPARISONS)}" if unknown else "--rounds must be at least 1")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Install, time, print."""
    options = parse(arguments)
    names = list(dict.fromkeys(name for task in options.only for name in COMPARISONS[task].peers))
    with tempfile.TemporaryDirectory(prefix="bench-peers-") as temporary:
        folder = Path(temporary)
        write_inputs(folder)
        peers, failed = start(names, folder, options.venvs, not options.installed)
        ours = Peer.start("ours", sys.executable, HERE / "ours.py", folder)
        try:
            lines = report(options.only, ours, peers, failed, options.rounds, folder, 100 if options.small else 1)
        finally:
            for peer in (ours, *peers.values()):
                peer.stop()
    print("\n".join(lines))
    if options.markdown:
        text = options.markdown.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        after = rest.split(END)[1]
        options.markdown.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

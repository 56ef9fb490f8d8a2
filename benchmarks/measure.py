"""Clocks: interleaved rounds, a spin control for threads, memory of fresh processes, the machine."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Ratio", "fresh", "interleave", "level_memory", "machine", "processes", "ratio", "spin_speedup"]

HERE = Path(__file__).resolve().parent


def level_memory(size: int = 3 << 29) -> None:
    """Touch and free more memory than a file takes, outside the clock.

    The first touch of a page that a virtual machine has never used, or has given back, costs up to twenty times as
    much as that of a page freed a moment ago; a file's pages in the cache would be charged with it.
    """
    pages = np.empty(size, np.uint8)
    pages[:: os.sysconf("SC_PAGE_SIZE")] = 1


def interleave(
    variants: Mapping[str, Callable[[], Any]], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, list[float]]:
    """Return the seconds of each variant in each round.

    All variants run in every round, in an order that turns from round to round; none is run before for
    warming up, that is the caller's.
    """
    names = list(variants)
    out: dict[str, list[float]] = {name: [] for name in names}
    for i in range(rounds):
        shift = i % len(names)
        for name in names[shift:] + names[:shift]:
            start = clock()
            variants[name]()
            out[name].append(clock() - start)
    return out


@dataclass(frozen=True)
class Ratio:
    """Median, least and greatest of the ratios of the rounds."""

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.greatest:.2f})"


def ratio(above: Sequence[float], below: Sequence[float]) -> Ratio:
    """Return the ratio of two variants round by round."""
    each = [a / b for a, b in zip(above, below)]
    return Ratio(statistics.median(each), min(each), max(each))


def _spinner() -> Callable[[int], float]:
    import numba

    @numba.njit(nogil=True)
    def spin(n: int) -> float:
        x = 0.5
        for _ in range(n):
            x = 3.9 * x * (1.0 - x)
        return x

    spin(10)
    return spin  # type: ignore[no-any-return]


def spin_speedup(seconds: float = 0.25) -> Callable[[], float]:
    """Return a function that measures how far two threads of pure arithmetic scale at this moment.

    2.0 means that a second processor was there for us alone; 1.0 that it was not.
    """
    spin = _spinner()
    start = time.perf_counter()
    spin(10_000_000)
    n = max(1, int(10_000_000 * seconds / (time.perf_counter() - start)))

    def control() -> float:
        begin = time.perf_counter()
        spin(n)
        one = time.perf_counter() - begin
        threads = [threading.Thread(target=spin, args=(n,)) for _ in range(2)]
        begin = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return 2 * one / (time.perf_counter() - begin)

    return control


def fresh(script: str, *arguments: str) -> Any:
    """Run a file of this folder in a new process and return what it prints as JSON."""
    done = subprocess.run([sys.executable, str(HERE / script), *arguments], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def processes(
    commands: Mapping[str, Sequence[str]], rounds: int, folder: Path
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return the wall and the CPU seconds of commands in fresh processes, interleaved, after a warm-up."""

    def run(command: Sequence[str]) -> None:
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    wall: dict[str, list[float]] = {name: [] for name in commands}
    cpu: dict[str, list[float]] = {name: [] for name in commands}
    for i in range(rounds + 1):
        for name, command in commands.items():
            before, start = spent(), time.perf_counter()
            run(command)
            if i:
                wall[name].append(time.perf_counter() - start)
                cpu[name].append(spent() - before)
    return wall, cpu


def machine() -> dict[str, str]:
    """Return what the figures depend on: processor, system, versions, settings, load."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [line.split(":", 1)[1] for line in cpuinfo.read_text().splitlines() if "model name" in line]
        processor = models[0].strip() if models else processor
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    pages = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    packages = ("sailau", "numpy", "numba", "xarray", "h5py", "zarr")
    return {
        "processor": f"{processor}, {usable} usable, {memory:.0f} GB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {_version(name)}" for name in packages),
        "BLAS threads": os.environ.get("OPENBLAS_NUM_THREADS", "not set"),
        "huge pages": pages.read_text().strip() if pages.exists() else "unknown",
        "load average": " ".join(f"{x:.2f}" for x in os.getloadavg()),
    }


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"

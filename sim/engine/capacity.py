"""Whether a run fits: memory and disk are asked before the first draw."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sim.errors import CapacityError

__all__ = ["available_memory", "check_disk", "check_memory", "human"]

#: Share of the available memory that a result may take.
MEMORY_SHARE = 0.7


def human(size: float) -> str:
    """Return a size in words: 1.3 GB."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit in ("B", "kB") else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} PB"


def available_memory() -> int:
    """Return the bytes of memory that are free for use, within the limits set for this process."""
    free = 2**62
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                free = int(line.split()[1]) * 1024
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
        for line in Path("/sys/fs/cgroup/memory.stat").read_text(encoding="ascii").splitlines():
            if line.startswith("inactive_file "):
                used -= int(line.split()[1])  # given back when memory is asked for
        if limit != "max":
            free = min(free, int(limit) - used)
    except (OSError, ValueError):
        pass
    if free == 2**62:
        free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(free, 0)


def check_memory(size: int, draws: int) -> None:
    """Refuse a result that would not fit in memory.

    Raises
    ------
    CapacityError
        With the size, what is free and the ways out.
    """
    free = available_memory()
    if size > MEMORY_SHARE * free:
        fits = int(draws * MEMORY_SHARE * free / size)
        raise CapacityError(
            f"{draws:,} draws need {human(size)} in memory and {human(free)} are free; write them to a file "
            f"block by block ('--out result.nc' or '--out result.zarr'), or take at most {fits:,} draws"
        )


def check_disk(size: int, draws: int, folder: Path) -> None:
    """Refuse a result that would not fit on the disk.

    Raises
    ------
    CapacityError
        With the size and what is free.
    """
    free = shutil.disk_usage(folder).free
    if size > free:
        fits = int(draws * free / size * 0.95)
        raise CapacityError(
            f"{draws:,} draws need {human(size)} on disk and {human(free)} are free in {folder}; "
            f"write elsewhere or take at most {fits:,} draws"
        )

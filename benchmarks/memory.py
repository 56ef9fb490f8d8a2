"""Peak memory of a run, above the base after import and compilation; for a fresh process.

python benchmarks/memory.py DRAWS SUFFIX [WORKLOAD]      SUFFIX .nc or .zarr, or "memory" for no file
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"


def _status(key: str) -> float:
    """Return a line of /proc/self/status in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    raise KeyError(key)


def main(draws: int, suffix: str, workload: str = "million", threads: int = 2) -> dict[str, float]:
    import workloads

    import sim

    def run(number: int, name: str) -> None:
        out = None if suffix == "memory" else f"{folder}/{name}{suffix}"
        sim.run(workloads.load(getattr(workloads, workload)(number)), out=out, threads=threads).close()

    with tempfile.TemporaryDirectory() as folder:
        run(min(draws, 200), "few")
        Path("/proc/self/clear_refs").write_text("5")  # from here on VmHWM is the peak of the run alone
        base = _status("VmRSS")
        run(draws, "many")
        peak = _status("VmHWM")
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file()) / 1e6
    return {"base_mb": base, "peak_mb": peak, "above_mb": peak - base, "file_mb": size, "threads": threads}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), *sys.argv[2:])))

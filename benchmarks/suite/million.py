"""Draws that go to a file as they come; memory must not grow with their number."""

import shutil
import tempfile
from pathlib import Path

import workloads

import sim


class Million:
    """One run to disk, by number of draws and kind of file."""

    params = ([10_000, 100_000, 1_000_000], [".nc", ".zarr"])
    param_names = ["draws", "file"]
    timeout = 600
    number = 1
    repeat = (1, 3, 30.0)

    def setup_cache(self):
        """Compile every kernel once, so that no timed process does."""
        with tempfile.TemporaryDirectory() as folder:
            for suffix in (".nc", ".zarr"):
                sim.run(workloads.load(workloads.million(100)), out=f"{folder}/few{suffix}", threads=1).close()

    def setup(self, draws, file):
        self.folder = Path(tempfile.mkdtemp(prefix="asv-"))
        self.out = self.folder / f"result{file}"
        self.scenario = workloads.load(workloads.million(draws))
        sim.run(self.scenario, draws=100, out=self.folder / f"few{file}", threads=1).close()

    def teardown(self, draws, file):
        shutil.rmtree(self.folder, ignore_errors=True)

    def time_to_disk(self, draws, file):
        sim.run(self.scenario, out=self.out, threads=2).close()

    def peakmem_to_disk(self, draws, file):
        sim.run(self.scenario, out=self.out, threads=2).close()

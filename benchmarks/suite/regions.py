"""21 regions × 8 options, in memory."""

import workloads

import sim


class Regions:
    """One run in memory, by number of draws."""

    params = [1_000, 10_000, 100_000]
    param_names = ["draws"]
    timeout = 300

    def setup_cache(self):
        """Compile every kernel once, so that no timed process does."""
        sim.run(workloads.load(workloads.region(100)), threads=1)

    def setup(self, draws):
        self.scenario = workloads.load(workloads.region(draws))
        sim.run(self.scenario, draws=100, threads=1)

    def time_one_thread(self, draws):
        sim.run(self.scenario, threads=1)

    def time_two_threads(self, draws):
        sim.run(self.scenario, threads=2)

    def peakmem_two_threads(self, draws):
        sim.run(self.scenario, threads=2)

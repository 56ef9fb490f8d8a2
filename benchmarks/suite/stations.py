"""10,101 polling stations × 8 options, sums over the draws by station."""

import workloads

import sim


class Stations:
    """One run in memory, by number of draws."""

    params = [10, 100, 1_000]
    param_names = ["draws"]
    timeout = 300

    def setup_cache(self):
        """Compile every kernel once, so that no timed process does."""
        sim.run(workloads.load(workloads.stations(2)), threads=1)

    def setup(self, draws):
        self.scenario = workloads.load(workloads.stations(draws))
        sim.run(self.scenario, draws=2, threads=1)

    def time_one_thread(self, draws):
        sim.run(self.scenario, threads=1)

    def time_two_threads(self, draws):
        sim.run(self.scenario, threads=2)

    def peakmem_two_threads(self, draws):
        sim.run(self.scenario, threads=2)

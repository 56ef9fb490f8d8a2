"""Fresh processes: what a user waits for before anything is simulated."""

import json

import workloads

import sim


class Startup:
    """Each method returns the text of a program; asv times it in a new interpreter."""

    timeout = 60

    def setup_cache(self):
        """Compile what the warm run needs."""
        sim.run(workloads.load(workloads.region(100)), threads=1)

    def timeraw_import(self):
        return "import sim"

    def timeraw_help(self):
        return """
        import contextlib, io
        from sim.cli.main import main
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
            main(["--help"])
        """

    def timeraw_first_result(self):
        return f"""
        import sim
        sim.run(sim.loads({json.dumps(workloads.region(1_000))!r}), threads=1)
        """

"""What the process of a peer does: prepare the tasks that it has, then run them on command and tell the CPU time.

Standard library and numpy only, since it runs in every peer's own environment.  The driver writes one JSON object a
line to its standard input, and reads one line for each.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["Prepared", "serve"]

#: Runs so many repeats, and returns an answer to compare.
Prepared = Callable[[int], Any]


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def serve(tasks: Mapping[str, Callable[[Path], Prepared]], packages: Sequence[str]) -> None:
    """Answer the driver until it closes the input; the first argument is the folder of the inputs."""
    # What peers print goes with the errors: the answers stay readable.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    folder = Path(sys.argv[1])
    prepared: dict[str, Prepared] = {}

    def tell(**answer: Any) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    tell(tasks=list(tasks), versions=_versions(packages), python=sys.version.split()[0])
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            name = asked["task"]
            if name not in prepared:
                prepared[name] = tasks[name](folder)
            start = time.process_time()
            answer = prepared[name](asked["repeats"])
            seconds = time.process_time() - start
            tell(seconds=seconds, answer=answer)
        except Exception as error:  # the driver tells it, and goes on with the others
            tell(error=f"{type(error).__name__}: {error}")

"""The asv suite: time and peak memory of the workloads at sizes that grow tenfold, and start-up times.

`benchmarks/ratios.py` compares with numpy; this suite follows one machine through the history.
"""

import os
import sys
from pathlib import Path

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Beside this package lie the workloads.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

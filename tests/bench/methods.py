"""How long `rainbench list methods` takes, as a whole process, beside importing torch alone."""

import os
import subprocess
import sys
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

ROUNDS = 5
COMMAND = [sys.executable, "-m", "rainbench", "list", "methods"]
RATIO = "rainbench list methods / import torch"
BUDGETS = {RATIO: 2.0}


def measure() -> dict[str, float]:
    """Wall seconds of the first time, which measures every network, and of later ones."""
    with TemporaryDirectory(prefix="rainbench-bench-") as cache:
        first = _seconds(COMMAND, cache)
        torch, later = [], []
        for _ in range(ROUNDS):  # in turn, so that a busy moment falls on both
            torch.append(_seconds([sys.executable, "-c", "import torch"], cache))
            later.append(_seconds(COMMAND, cache))
    return {
        "import torch (seconds)": median(torch),
        "rainbench list methods, first time (seconds)": first,
        "rainbench list methods (seconds)": median(later),
        RATIO: median(later) / median(torch),
    }


def _seconds(command: list[str], cache: str) -> float:
    start = perf_counter()
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "RAINBENCH_CACHE": cache},
    )
    return perf_counter() - start

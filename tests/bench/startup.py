"""How long the two quickest commands take, as whole processes."""

import subprocess
import sys
from statistics import median
from time import perf_counter

ROUNDS = 9
BUDGETS = {"rainbench --help / import typer, rich": 3.0, "rainbench list / import typer, rich": 4.0}


def measure() -> dict[str, float]:
    """Median wall times in seconds, and their ratios to importing the libraries alone."""
    python = [sys.executable]
    commands = {
        "import typer, rich": [*python, "-c", "import typer, rich"],
        "rainbench --help": [*python, "-m", "rainbench", "--help"],
        "rainbench list": [*python, "-m", "rainbench", "list"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):  # in turn, so that a busy moment falls on all three
        for name, command in commands.items():
            start = perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds[name].append(perf_counter() - start)
    base, *others = (median(each) for each in seconds.values())
    ratios = {what: other / base for what, other in zip(BUDGETS, others, strict=True)}
    return {"import typer, rich (seconds)": base, **ratios}

"""How long the plain report takes on ten methods and 100 images, beside one without results."""

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from rainbench.metrics.comparison import Score
from rainbench.protocol import PROTOCOLS
from rainbench.runs.identity import Run
from rainbench.runs.journal import Journal
from rainbench.runs.record import IMAGES, SESSIONS, Header, ImageRecord
from rainbench.runs.recorder import create_run
from rainbench.runs.session import Session

ROUNDS = 5
METHODS, IMAGES_EACH = 10, 100
BUDGETS = {"report over `list`, 10 methods x 100 images (seconds)": 2.0}


def measure() -> dict[str, float]:
    """Median wall time in seconds above that of `rainbench list reports`."""
    with tempfile.TemporaryDirectory() as folder:
        _record(Path(folder))
        commands = (["list", "reports"], ["report", "--results", folder])
        seconds: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for spent, words in zip(seconds, commands, strict=True):
                start = perf_counter()
                command = [sys.executable, "-m", "rainbench", *words]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                spent.append(perf_counter() - start)
    start_up, report = map(median, seconds)
    return {next(iter(BUDGETS)): report - start_up}


def _record(results: Path) -> None:
    """Write runs whose images differ as methods' do: a common part by scene, and their own."""
    rng = np.random.default_rng(0)
    scenes = rng.normal(30, 3, IMAGES_EACH)
    run = Run(
        method="m", settings={}, method_sha256="a" * 64, weights_sha256=None,
        dataset="rain100l", release="original", split="test",
    )  # fmt: skip
    for method in range(METHODS):
        made = replace(run, method=f"m{method}")
        header = Header(run=made, label=f"m{method}", title=f"M{method}", of=IMAGES_EACH)
        folder = create_run(results / "rain100l", header)
        Journal(folder / SESSIONS).append(Session(number=1).to_json())
        psnr = scenes + rng.normal(method / 10, 1, IMAGES_EACH)
        for number, value in enumerate(psnr):
            line = ImageRecord(
                image=str(number), rainy_sha256=f"{number:064x}", clean_sha256=f"{number:064x}",
                seconds=0.1, session=1, scene=str(number),
                scores={name: Score(float(value), float(value) / 100) for name in PROTOCOLS},
            )  # fmt: skip
            Journal(folder / IMAGES).append(line.to_json())

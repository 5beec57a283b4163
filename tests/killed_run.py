"""One run, for test_kill.py to start and to kill: killed_run.py RESULTS COUNT SECONDS [wait].

It restores COUNT made pairs, SECONDS each, says "ready" once it could work, and prints the
run's summary without its timing. It must start fast: no torch, no dataset on disk.
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rainbench.data.opening import OpenDataset
from rainbench.dataset import ImagePair
from rainbench.errors import RainbenchError
from rainbench.image import Image, Picture, Pixels
from rainbench.restorers.restorer import Restorer
from rainbench.runs.evaluate import evaluate
from rainbench.runs.progress import Progress

FAILING = "image-7"


@dataclass(frozen=True)
class Drawn(Picture):
    """A picture without a file: 14x12 pixels that its name decides."""

    def read(self) -> Pixels:
        rng = np.random.default_rng(int(self.path.stem))
        return rng.integers(0, 255, (14, 12, 3), dtype=np.uint8)


def dataset(count: int) -> OpenDataset:
    pairs = tuple(
        ImagePair(f"image-{n}", Drawn(Path(f"{n}.png")), Drawn(Path(f"{n + 1}.png")), str(n))
        for n in range(count)
    )
    return OpenDataset(
        name="drawn", title="Drawn", release="1", split="test", folder=Path(), pairs=pairs,
        promised=count,
    )  # fmt: skip


def main() -> int:
    results, count, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    failing = Drawn(Path("7.png")).read()[0, 0, 0] / np.float32(255)

    def derain(rainy: Image) -> Image:
        time.sleep(seconds)
        if rainy[0, 0, 0] == failing:
            raise ValueError("this image always fails")
        return rainy * np.float32(0.8)

    def tell(progress: Progress) -> None:
        print(
            f"waiting for {progress.waiting_for}" if progress.waiting_for else "ready", flush=True
        )

    restorer = Restorer(
        method="slow", label="slow", title="Slow", settings={}, method_sha256="0" * 64,
        derain=derain,
    )  # fmt: skip
    try:
        summary = evaluate(
            restorer, dataset(count), results, wait="wait" in sys.argv, on_progress=tell
        )
    except RainbenchError as error:
        print(f"{type(error).__name__}: {error}")
        return 1
    print(json.dumps({**summary.to_json(), "seconds_per_image": None}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How time and memory grow: with an image's area, tiled and whole, with images, and with threads.

Each figure is of a process of its own, for a peak is a process's. A slope is that of the line of
least squares; over threads, of how many times as fast as one thread they are: 1 where each does as
much as the first, 0 where more do no more. BENCH_MEGAPIXELS is the largest area, 16 where it is not
set; images are restored whole up to 4 megapixels alone.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

import numpy as np

AREAS = (0.1, 0.4, 1.6, 4.0, 16.0)  # megapixels
LARGEST = float(os.environ.get("BENCH_MEGAPIXELS", "16"))
WHOLE = 4.0
TILE = 512  # pixels
IMAGES = (4, 8, 16)
THREADS = int(os.environ.get("BENCH_THREADS", "2"))
PEAK = f"peak of {LARGEST:g} megapixels in tiles (GiB)"
BUDGETS = {PEAK: 2.0}

# Restores `images` of `megapixels` and prints seconds a second time over, and the peak in bytes.
CHILD = """
import json, resource, sys, time
import numpy as np, torch
from rainbench.costs.memory import give_back_large_blocks
from rainbench.restorers.preparation import prepare_restorer
from rainbench.restorers.tiling import tile_restorer
megapixels, images, tile, threads, engine = json.loads(sys.argv[1])
torch.set_num_threads(threads)
give_back_large_blocks()
side = int((megapixels * 1e6) ** 0.5) // 8 * 8
image = np.full((side, side, 3), 0.4, np.float32)
restorer = prepare_restorer("msfm", engine=engine)
restorer(image[:256, :256].copy())
restorer = tile_restorer(restorer, tile)
start = time.perf_counter()
for _ in range(images):
    restorer(image)
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([seconds, peak, restorer.engine]))
"""


def measure() -> dict[str, float]:
    """Seconds and MiB, and their slopes."""
    engine, figures = _fastest(), {}
    areas = [area for area in AREAS if area <= LARGEST]
    for words, tile in (("in tiles", TILE), ("whole", None)):
        points = []
        for area in areas:
            if tile is None and area > WHOLE:
                continue
            seconds, peak = _run(area, 1, tile, THREADS, engine)
            points.append((area, seconds, peak / 2**20))
            figures[f"{area:g} megapixels {words} (s)"] = seconds
            figures[f"{area:g} megapixels {words} (MiB)"] = peak / 2**20
            if tile is not None and area == areas[-1]:
                figures[PEAK] = peak / 2**30
        figures[f"slope {words} (s a megapixel)"] = _slope(points, 1)
        figures[f"slope {words} (MiB a megapixel)"] = _slope(points, 2)
    points = []
    for images in IMAGES:
        seconds, peak = _run(0.1, images, None, THREADS, engine)
        points.append((images, seconds, peak / 2**20))
    figures["slope over images of 0.1 megapixels (s an image)"] = _slope(points, 1)
    figures["slope over images of 0.1 megapixels (MiB an image)"] = _slope(points, 2)
    took = {n: _run(0.4, 4, None, n, engine)[0] for n in range(1, THREADS + 1)}
    return figures | over_threads(took)


def over_threads(took: Mapping[int, float]) -> dict[str, float]:
    """Tell the seconds that so many threads took, and how much faster each makes it."""
    most = max(took)
    figures = {
        f"four of 0.4 megapixels by {threads} of {most} threads (s)": seconds
        for threads, seconds in took.items()
    }
    if most > 1:
        points = [(threads, took[1] / seconds) for threads, seconds in took.items()]
        figures["slope over threads (speed-up a thread)"] = _slope(points, 1)
    return figures


def _fastest() -> str:
    from rainbench.engines.choice import FASTEST_FIRST
    from rainbench.engines.opening import is_there

    # Without the compiler, which takes minutes for each size.
    chosen = (*(name for name in FASTEST_FIRST if name != "compile"), "channels_last")
    return next(name for name in chosen if is_there(name))


def _run(
    area: float, images: int, tile: int | None, threads: int, engine: str
) -> tuple[float, float]:
    words = json.dumps([area, images, tile, threads, engine])
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-c", CHILD, words]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    seconds, peak, _ = json.loads(told.stdout)
    return float(seconds), float(peak)


def _slope(points: Sequence[tuple[float, ...]], which: int) -> float:
    if len(points) < 2:
        return float("nan")
    return float(np.polyfit([p[0] for p in points], [p[which] for p in points], 1)[0])

"""How long DSC takes for one image of Rain100's size on two cores.

On a busy machine two threads wait for each other and the wall time says little: what one thread
takes of a processor stands beside it.
"""

from statistics import median
from time import perf_counter, process_time

import numpy as np
import torch

from rainbench.image import Image
from rainbench.restorers.preparation import prepare_restorer
from rainbench.streaks.rain import RAIN_STYLES, render_streaks

HEIGHT, WIDTH = 321, 481  # pixels: Rain100
THREADS = 2
ROUNDS = 3
TWO, ONE = (
    f"{WIDTH}x{HEIGHT} {what}" for what in ("two threads (s)", "one thread (s of processor)")
)
BUDGETS = {TWO: 30.0, ONE: 30.0}


def rainy() -> Image:
    """Rendered streaks over soft noise: every patch has something to be coded."""
    random = np.random.default_rng(0)
    scene = np.cumsum(np.cumsum(random.normal(size=(HEIGHT, WIDTH)), axis=0), axis=1)
    scene = (scene - scene.min()) / (scene.max() - scene.min())
    scene += 0.02 * random.normal(size=scene.shape)
    scene += render_streaks(HEIGHT, WIDTH, RAIN_STYLES["rain100l"], random)
    grey = np.clip(scene, 0, 1).astype(np.float32)
    return np.stack([grey] * 3, axis=2)


def measure() -> dict[str, float]:
    """Medians of some rounds, after one that warms up."""
    before = torch.get_num_threads()
    restorer, image = prepare_restorer("dsc"), rainy()
    restorer(image)
    figures = {}
    for what, threads, clock in ((ONE, 1, process_time), (TWO, THREADS, perf_counter)):
        torch.set_num_threads(threads)
        seconds = []
        for _ in range(ROUNDS):
            begin = clock()
            restorer(image)
            seconds.append(clock() - begin)
        figures[what] = median(seconds)
    torch.set_num_threads(before)
    return figures

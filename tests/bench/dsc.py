"""How long DSC takes for one image of Rain100's size on two cores."""

from statistics import median
from time import perf_counter

import numpy as np
import torch

from rainbench.image import Image
from rainbench.preparation import prepare_restorer
from rainbench.rain import RAIN_STYLES, render_streaks

HEIGHT, WIDTH = 321, 481  # pixels: Rain100
THREADS = 2
ROUNDS = 3
WHAT = f"{WIDTH}x{HEIGHT} (seconds)"
BUDGETS = {WHAT: 30.0}


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
    """Median wall time of some rounds, after one that warms up."""
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    restorer, image = prepare_restorer("dsc"), rainy()
    seconds = []
    for _ in range(1 + ROUNDS):
        begin = perf_counter()
        restorer(image)
        seconds.append(perf_counter() - begin)
    torch.set_num_threads(before)
    return {WHAT: median(seconds[1:])}

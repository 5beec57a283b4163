"""What rendering rain costs: processor seconds a hundred layers of 480x320, on one core."""

import time

import cv2

from rainbench.streaks.rain import RAIN_STYLES, render_streaks
from rainbench.training.patches import generator

HEIGHT, WIDTH = 320, 480  # pixels
LAYERS = 100
BUDGETS = {f"{name}: seconds a hundred layers": 1.0 for name in RAIN_STYLES}


def measure() -> dict[str, float]:
    """Render a hundred layers in every style."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    figures = {}
    for name, style in RAIN_STYLES.items():
        render_streaks(HEIGHT, WIDTH, style, generator(0, LAYERS))
        begin = time.process_time()
        for i in range(LAYERS):
            render_streaks(HEIGHT, WIDTH, style, generator(0, i))
        figures[f"{name}: seconds a hundred layers"] = time.process_time() - begin
    cv2.setNumThreads(threads)
    return figures

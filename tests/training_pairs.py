"""Small datasets of pairs that training tests draw for themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rainbench.image import Pixels, write_png
from rainbench.streaks.rain import RAIN_STYLES, add_streaks, render_streaks
from rainbench.training.patches import generator

RAINS = 2


def photograph(seed: int, height: int = 48, width: int = 64) -> Pixels:
    """Draw a smooth picture, unlike that of any other seed."""
    import cv2

    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, dtype=np.uint8)


def draw_pairs(folder: Path, scenes: int = 12, height: int = 48, width: int = 64) -> Path:
    """Draw a folder of pairs: each scene under two rains, N_1 and N_2 over N."""
    for name in ("rainy", "clean"):
        (folder / name).mkdir(parents=True)
    for scene in range(scenes):
        clean = photograph(scene, height, width)
        write_png(folder / "clean" / f"{scene}.png", clean)
        for rain in range(RAINS):
            draw = generator(scene, rain)
            streaks = render_streaks(height, width, RAIN_STYLES["rain100l"], draw)
            rainy = add_streaks(clean, streaks)
            write_png(folder / "rainy" / f"{scene}_{rain + 1}.png", rainy)
    return folder

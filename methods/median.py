"""The directional median: rain is brighter than what stands to its left and right.

Published nowhere: one line of code, for the reader of a table to see what a method is worth.
"""

import numpy as np

from rainbench import Image, MethodError, PriorMethod

WIDTH = 5  # pixels: more than twice the width of most streaks of Rain100L


def lower_to_median(rainy: Image, *, width: int = WIDTH) -> Image:
    """Return the lesser of O and the median of O over `width` pixels of its row, a channel each.

    Streaks are thin, steep and brighten only. A row goes on at its other end.
    """
    if width < 1 or width % 2 == 0:
        raise MethodError(expected="an odd width", got=f"{width}", now="give 3, 5, 7 …")
    reach = width // 2
    neighbours = [np.roll(rainy, step, axis=1) for step in range(-reach, reach + 1)]
    return np.minimum(rainy, np.median(neighbours, axis=0))


METHOD = PriorMethod(
    title="Directional median",
    derain=lower_to_median,
    reach=None,  # a row goes on at its other end
    floor=True,
)

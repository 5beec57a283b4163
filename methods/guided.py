"""The guided filter: an edge-preserving blur that knows nothing of rain."""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from rainbench import Image, MethodError, Paper, PriorMethod, Reach, Setting

# Where the paper denoises (section 4, figure 8), with the values its authors' example_flash.m
# corrects the caption to.
RADIUS = 8  # pixels: windows are 2 r + 1 wide
EPS = 0.02**2  # what variance counts as flat, for images in [0, 1]

Plane = NDArray[np.float64]


def guide_by_itself(rainy: Image, *, radius: int = RADIUS, eps: float = EPS) -> Image:
    """Filter an image guided by itself, a channel each (eqs. 5, 6 and 8 with p = I).

    In each window the output is a I + b with a = var / (var + eps) and b = (1 - a) mean; a pixel
    takes the mean of all windows over it. At the edges windows are cut, not padded.
    """
    if radius < 0 or eps <= 0:
        raise MethodError(
            expected="radius of 0 or more and eps above 0", got=f"{radius}, {eps}", now="correct it"
        )
    image = rainy.astype(np.float64)
    mean = _window_mean(image, radius)
    variance = np.maximum(_window_mean(image**2, radius) - mean**2, 0)
    a = variance / (variance + eps)
    b = mean - a * mean
    return (_window_mean(a, radius) * image + _window_mean(b, radius)).astype(np.float32)


def _window_mean(planes: Plane, radius: int) -> Plane:
    """Average (H, W, 3) over square windows, of what lies inside the image."""
    height, width = planes.shape[:2]
    # Nothing is further away than the image is long.
    size = 2 * min(radius, width) + 1, 2 * min(radius, height) + 1

    def total(x: Plane) -> Plane:
        found = cv2.boxFilter(x, -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
        return np.asarray(found, dtype=np.float64).reshape(x.shape)

    return total(planes) / total(np.ones_like(planes))


def reach(settings: Mapping[str, Setting]) -> Reach:
    """Say how far a pixel is felt: over its windows, and the windows of what they give."""
    return Reach(2 * int(settings["radius"]))


METHOD = PriorMethod(
    title="Guided filter",
    paper=Paper(
        title="Guided Image Filtering",
        authors="He, Sun, Tang",
        venue="ECCV",
        year=2010,
    ),
    code_licence="none stated",
    derain=guide_by_itself,
    reach=reach,
    floor=True,
)

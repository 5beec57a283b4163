"""A second implementation of every protocol, slow and literal, sharing no code with the suite.

Two-dimensional windows through scipy.ndimage, the lines of each protocol written out one by
one: what the suite's separable, shared and recycled arithmetic must agree with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[np.float64]

ROW = np.arange(11) - 5.0
GAUSS = np.exp(-(ROW[:, None] ** 2 + ROW[None, :] ** 2) / (2 * 1.5**2))
GAUSS /= GAUSS.sum()
BOX = np.full((7, 7), 1 / 49)


def psnr(x: Array, y: Array) -> float:
    mse = np.mean((x - y) ** 2)
    return float(10 * np.log10(255.0**2 / mse)) if mse > 0 else float("inf")


def ssim_map(
    x: Array,
    y: Array,
    window: Array,
    mode: Literal["nearest", "constant"],
    span: float = 255.0,
    unbiased: float = 1.0,
) -> Array:
    def mean(plane: Array) -> Array:
        return np.asarray(ndimage.correlate(plane, window, mode=mode, cval=0.0))

    mx, my = mean(x), mean(y)
    vx = unbiased * (mean(x * x) - mx * mx)
    vy = unbiased * (mean(y * y) - my * my)
    cov = unbiased * (mean(x * y) - mx * my)
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    top = (2 * mx * my + c1) * (2 * cov + c2)
    return np.asarray(top / ((mx**2 + my**2 + c1) * (vx + vy + c2)))


def channels(of: Callable[[Array, Array], float], x: Array, y: Array) -> float:
    return float(np.mean([of(x[..., c], y[..., c]) for c in range(3)]))


def wang_v1(x: Array, y: Array) -> float:
    return float(ssim_map(x, y, GAUSS, "nearest")[5:-5, 5:-5].mean())


def wang_shrinking(x: Array, y: Array) -> float:
    ratio = min(x.shape) / 256
    factor = max(1, int(ratio) + (ratio - int(ratio) >= 0.5))
    return wang_v1(imfilter_every(x, factor), imfilter_every(y, factor))


def imfilter_every(plane: Array, factor: int) -> Array:
    if factor == 1:
        return plane
    centre = (factor + 1) // 2 - 1  # MATLAB's floor((f + 1) / 2), from 0
    padded = np.pad(plane, (centre, factor - 1 - centre), mode="symmetric")
    means = sliding_window_view(padded, (factor, factor)).mean(axis=(2, 3))
    return np.asarray(means[::factor, ::factor])


def replicate(x: Array, y: Array) -> float:
    return float(ssim_map(x, y, GAUSS, "nearest").mean())


def zero(x: Array, y: Array) -> float:
    return float(ssim_map(x, y, GAUSS, "constant").mean())


def box(x: Array, y: Array, span: float = 255.0) -> float:
    return float(ssim_map(x, y, BOX, "nearest", span, 49 / 48)[3:-3, 3:-3].mean())


def matlab_y(rgb: Array) -> Array:
    """rgb2ycbcr of doubles in [0, 1], times 255."""
    r, g, b = rgb[..., 0] / 255, rgb[..., 1] / 255, rgb[..., 2] / 255
    return np.asarray((65.481 * r + 128.553 * g + 24.966 * b + 16) / 255 * 255)


def matlab_y_8bit(rgb: Array) -> Array:
    r, g, b = (rgb[..., c].astype(np.int64) for c in range(3))
    return ((65481 * r + 128553 * g + 24966 * b + 127500) // 255000 + 16).astype(np.float64)


def opencv_y_8bit(rgb: Array) -> Array:
    r, g, b = (rgb[..., c].astype(np.int64) for c in range(3))
    return ((4899 * r + 9617 * g + 1868 * b + 8192) >> 14).astype(np.float64)


def rounded(x: Array) -> Array:
    return np.asarray(np.rint(np.clip(x, 0, 255)), dtype=np.float64)


def truncated(x: Array) -> Array:
    return np.asarray(np.floor(np.clip(x, 0, 255)), dtype=np.float64)


def y_prenet(x: Array, y: Array) -> tuple[float, float]:
    a, b = matlab_y(truncated(x)), matlab_y(y)
    return psnr(a, b), wang_shrinking(a, b)


def y_restormer(x: Array, y: Array) -> tuple[float, float]:
    a, b = matlab_y_8bit(rounded(x)), matlab_y_8bit(y)
    return psnr(a, b), wang_v1(a, b)


def y_basicsr(x: Array, y: Array) -> tuple[float, float]:
    a, b = matlab_y(rounded(x)), matlab_y(y)
    return psnr(a, b), wang_v1(a, b)


def y_matlab(x: Array, y: Array) -> tuple[float, float]:
    a, b = matlab_y(rounded(x)), matlab_y(y)
    return psnr(a, b), replicate(a, b)


def y_agan(x: Array, y: Array) -> tuple[float, float]:
    height, width = x.shape[0] // 4 * 4, x.shape[1] // 4 * 4
    a = opencv_y_8bit(truncated(x)[:height, :width])
    b = opencv_y_8bit(y[:height, :width])
    return psnr(a, b), box(a, b)


def rgb_gauss(x: Array, y: Array) -> tuple[float, float]:
    a = rounded(x)
    return psnr(a, y), channels(wang_v1, a, y)


def rgb_skimage(x: Array, y: Array) -> tuple[float, float]:
    a = np.clip(x, 0, 255)
    return psnr(a, y), channels(box, a, y)


def rgb_spanet(x: Array, y: Array) -> tuple[float, float]:
    a = np.clip(x, 0, 255)
    return psnr(a, y), channels(lambda p, q: box(p, q, 510.0), a, y)


def rgb_dcsfn(x: Array, y: Array) -> tuple[float, float]:
    return min(100.0, psnr(np.clip(x, 0, 255), y)), channels(zero, x, y)


def rgb_rescan(x: Array, y: Array) -> tuple[float, float]:
    return psnr(x, y), channels(zero, x, y)


WITNESSES: dict[str, Callable[[Array, Array], tuple[float, float]]] = {
    "y-prenet": y_prenet,
    "y-restormer": y_restormer,
    "y-basicsr": y_basicsr,
    "y-matlab": y_matlab,
    "y-agan": y_agan,
    "rgb-gauss": rgb_gauss,
    "rgb-skimage": rgb_skimage,
    "rgb-spanet": rgb_spanet,
    "rgb-dcsfn": rgb_dcsfn,
    "rgb-rescan": rgb_rescan,
}
"""By protocol name; arguments are (H, W, 3) RGB on 0..255, clean as whole numbers."""

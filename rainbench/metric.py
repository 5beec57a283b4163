"""The arithmetic of PSNR and SSIM on planes, in float64.

Planes are (H, W), float64, on the scale 0..255. Source of SSIM: Wang, Bovik, Sheikh and
Simoncelli, "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP
13(4), 2004, equations 13-17; its constants are K1 = 0.01 and K2 = 0.03.
"""

from math import floor, log10
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from rainbench.colour import Plane
from rainbench.protocol import Edges, PsnrRule, SsimRule, Window

Taps: TypeAlias = NDArray[np.float64]

K1, K2 = 0.01, 0.03
GAUSS_SIZE, GAUSS_SIGMA = 11, 1.5
BOX_SIZE = 7

# ssim.m shrinks a picture until its shorter side is about this many pixels.
WANG_SIDE = 256


class Statistics(NamedTuple):
    """Local statistics of two planes x and y under one window, each shaped as the planes."""

    mean_product: Plane
    """mu_x mu_y."""
    mean_squares: Plane
    """mu_x^2 + mu_y^2."""
    covariance: Plane
    """sigma_xy, the population's."""
    variances: Plane
    """sigma_x^2 + sigma_y^2, the population's."""


def mean_squared_error(x: tuple[Plane, ...], y: tuple[Plane, ...]) -> float:
    """Compute the mean of squared differences over all planes, in squared levels."""
    total = 0.0
    for one, other in zip(x, y, strict=True):
        difference = (one - other).ravel()
        total += float(np.dot(difference, difference))
    return total / sum(plane.size for plane in x)


def psnr_db(mse: float, rule: PsnrRule) -> float:
    """Turn a mean squared error, in squared levels of 0..255, into dB."""
    if mse == 0:
        return rule.perfect_db
    return 10 * log10(rule.peak**2 / mse)


def mse_of(psnr: float, rule: PsnrRule) -> float:
    """Turn a PSNR in dB back into the mean squared error, in squared levels of 0..255."""
    if psnr >= rule.perfect_db:
        return 0.0
    return float(rule.peak**2 * 10 ** (-psnr / 10))


def wang_factor(height: int, width: int) -> int:
    """Compute by how much Wang's ssim.m shrinks a picture of this size, in pixels.

    Halves round upwards as in MATLAB: 2 from a shorter side of 384 on, 3 from 640 on.
    """
    return max(1, floor(min(height, width) / WANG_SIDE + 0.5))


def shrink(plane: Plane, factor: int) -> Plane:
    """Shrink a plane as Wang's ssim.m does: (H, W) to (ceil(H / factor), ceil(W / factor)).

    That is MATLAB's imfilter(plane, ones(f) / f^2, "symmetric") at every f-th pixel. The
    filter's centre is element floor((f + 1) / 2), so f = 2 averages a pixel with the next one,
    f = 3 with both neighbours; sampled at every f-th, the windows tile the mirrored plane.
    """
    if factor == 1:
        return plane
    before = (factor - 1) // 2
    # A window that begins on the last pixel needs factor - 1 pixels beyond it.
    padded = np.pad(plane, (before, factor), mode="symmetric")
    height, width = (-(-side // factor) * factor for side in plane.shape)
    tiles = padded[:height, :width]
    total = np.zeros((height // factor, width // factor))
    for row in range(factor):
        for column in range(factor):
            total += tiles[row::factor, column::factor]
    return total / factor**2


def window_size(window: Window) -> int:
    """Return the side of a window in pixels."""
    return GAUSS_SIZE if window == "gauss-11" else BOX_SIZE


def window_taps(window: Window) -> Taps:
    """Return the weights of a separable window along one axis; they sum to 1."""
    if window == "box-7":
        return np.full(BOX_SIZE, 1 / BOX_SIZE)
    offsets = np.arange(GAUSS_SIZE) - GAUSS_SIZE // 2
    weights = np.exp(-(offsets**2) / (2 * GAUSS_SIGMA**2))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def local_mean(plane: Plane, window: Window, edges: Edges) -> Plane:
    """Average a plane under a window around each pixel: (H, W) to the same.

    With "valid" edges the outermost pixels mean nothing; `inside` cuts them off.
    """
    taps = window_taps(window)
    border = cv2.BORDER_CONSTANT if edges == "zero" else cv2.BORDER_REPLICATE
    mean = cv2.sepFilter2D(plane, cv2.CV_64F, taps, taps, borderType=border)
    return np.asarray(mean, dtype=np.float64)


def local_statistics(x: Plane, y: Plane, y_mean: Plane, window: Window, edges: Edges) -> Statistics:
    """Compute the local statistics of x against y, whose local mean is at hand.

    The sum of both variances is all that SSIM asks of them: one filter does for two.
    """
    x_mean = local_mean(x, window, edges)
    mean_product = x_mean * y_mean
    mean_squares = x_mean * x_mean + y_mean * y_mean
    covariance = local_mean(x * y, window, edges) - mean_product
    variances = local_mean(x * x + y * y, window, edges) - mean_squares
    return Statistics(mean_product, mean_squares, covariance, variances)


def ssim_map(statistics: Statistics, rule: SsimRule) -> Plane:
    """Compute SSIM at every pixel: (H, W), at most 1; smaller by the window for "valid" edges."""
    product, squares, covariance, variances = (inside(each, rule) for each in statistics)
    c1, c2 = (K1 * rule.span) ** 2, (K2 * rule.span) ** 2
    scale = 1.0
    if rule.unbiased:
        count = window_size(rule.window) ** 2
        scale = count / (count - 1)
    similarity = (2 * product + c1) * (2 * scale * covariance + c2)
    similarity /= (squares + c1) * (scale * variances + c2)
    return similarity


def inside(plane: Plane, rule: SsimRule) -> Plane:
    """Cut a plane to the pixels whose whole window lies inside it, where the rule says so."""
    if rule.edges != "valid":
        return plane
    margin = window_size(rule.window) // 2
    return plane[margin:-margin, margin:-margin]

"""The arithmetic of PSNR and SSIM on planes, in float64.

Planes are (H, W), float64, on the scale 0..255. Source of SSIM: Wang, Bovik, Sheikh and
Simoncelli, "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP
13(4), 2004, equations 13-17; its constants are K1 = 0.01 and K2 = 0.03.
"""

from functools import cache
from math import floor, log10
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from rainbench.metrics.colour import Plane
from rainbench.protocol import Edges, PsnrRule, SsimRule, Window

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
    """sigma_x^2 + sigma_y^2, the population's: SSIM asks for no more than the sum."""


class Workspace:
    """The planes that SSIM is worked out in, used again and again.

    Fresh memory costs more than the arithmetic: the machine hands it out page by page.
    """

    def __init__(self, pixels: int) -> None:
        """Room for planes of up to `pixels` pixels."""
        self._slots = np.empty((7, pixels))

    def planes(self, first: int, last: int, shape: tuple[int, ...]) -> list[Plane]:
        """Return the planes first..last - 1 in a shape, holding what they were left with."""
        size = shape[0] * shape[1]
        return [slot[:size].reshape(shape) for slot in self._slots[first:last]]


def mean_squared_error(x: tuple[Plane, ...], y: tuple[Plane, ...]) -> float:
    """Compute the mean of squared differences over all planes, in squared levels."""
    total = 0.0
    for one, other in zip(x, y, strict=True):
        difference = (one - other).ravel()
        # Not np.dot: BLAS wakes a thread a core for it, which then wait for more and burn them.
        total += float(np.einsum("i,i", difference, difference))
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


@cache
def gauss_taps() -> NDArray[np.float64]:
    """Return the weights of the Gaussian window along one axis; they sum to 1."""
    offsets = np.arange(GAUSS_SIZE) - GAUSS_SIZE // 2
    weights = np.exp(-(offsets**2) / (2 * GAUSS_SIGMA**2))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def local_mean(plane: Plane, window: Window, edges: Edges, out: Plane) -> None:
    """Average a plane under a window around each pixel into `out`, of the same shape.

    With "valid" edges the outermost pixels mean nothing; `inside` cuts them off.
    """
    border = cv2.BORDER_CONSTANT if edges == "zero" else cv2.BORDER_REPLICATE
    if window == "box-7":
        cv2.boxFilter(plane, cv2.CV_64F, (BOX_SIZE, BOX_SIZE), dst=out, borderType=border)
        return
    taps = gauss_taps()
    cv2.sepFilter2D(plane, cv2.CV_64F, taps, taps, dst=out, borderType=border)


def local_statistics(
    x: Plane, y: Plane, window: Window, edges: Edges, workspace: Workspace
) -> Statistics:
    """Compute the local statistics of two planes; they hold until the workspace's next use."""
    product, squares, covariance, variances, term, other = workspace.planes(0, 6, x.shape)
    np.multiply(x, y, out=term)
    local_mean(term, window, edges, out=covariance)
    np.multiply(x, x, out=term)
    np.multiply(y, y, out=other)
    term += other
    local_mean(term, window, edges, out=variances)
    local_mean(x, window, edges, out=term)
    local_mean(y, window, edges, out=other)
    np.multiply(term, other, out=product)
    covariance -= product
    term *= term
    other *= other
    np.add(term, other, out=squares)
    variances -= squares
    return Statistics(product, squares, covariance, variances)


def ssim_map(statistics: Statistics, rule: SsimRule, workspace: Workspace) -> Plane:
    """Compute SSIM at every pixel: (H, W), at most 1; smaller by the window for "valid" edges.

    The statistics stay as they are; the map holds until the workspace's next use.
    """
    similarity, term, other = workspace.planes(4, 7, statistics.covariance.shape)
    c1, c2 = (K1 * rule.span) ** 2, (K2 * rule.span) ** 2
    count = window_size(rule.window) ** 2
    scale = count / (count - 1) if rule.unbiased else 1.0
    np.multiply(statistics.mean_product, 2, out=similarity)
    similarity += c1
    np.multiply(statistics.covariance, 2 * scale, out=term)
    term += c2
    similarity *= term
    np.add(statistics.mean_squares, c1, out=term)
    np.multiply(statistics.variances, scale, out=other)
    other += c2
    term *= other
    similarity /= term
    return inside(similarity, rule)


def inside(plane: Plane, rule: SsimRule) -> Plane:
    """Cut a plane to the pixels whose whole window lies inside it, where the rule says so."""
    if rule.edges != "valid":
        return plane
    margin = window_size(rule.window) // 2
    return plane[margin:-margin, margin:-margin]

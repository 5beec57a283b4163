"""How a restored image becomes 8-bit pixels, as the programs of the field do it.

Truncated, rounded and unquantised outputs of one network differ by 0.3 dB at 40 dB.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from rainbench.errors import ProtocolError
from rainbench.image import Pixels
from rainbench.protocol import Quantiser

# What cv2.imwrite uses unless told otherwise.
JPEG_QUALITY = 95


def quantise(restored: NDArray[np.generic], rule: Quantiser) -> Pixels:
    """Turn a restored image, (H, W, 3) RGB, into 8-bit pixels by a protocol's quantiser.

    Floats in [0, 1] are multiplied in their own precision and clamped, as the published
    programs do; 8-bit pixels have met a quantiser already and come back as they are. "round"
    takes halves to the even level, as torch, NumPy and skimage.img_as_ubyte do. Raises
    ProtocolError for "none", which has no pixels. Sources: PReNet's test_PReNet.py
    (`np.uint8(255 * x)`, cv2.imwrite; its Rain1400 results as .jpg), BasicSR's tensor2img.
    """
    if restored.dtype == np.uint8:
        return np.asarray(restored, dtype=np.uint8)
    if rule == "none":
        raise ProtocolError(
            expected="a quantiser that makes 8-bit pixels",
            got='"none"',
            now="take round, truncate or truncate+jpeg95",
        )
    levels: NDArray[np.floating] = np.multiply(restored, 255, dtype=restored.dtype)
    np.clip(levels, 0, 255, out=levels)
    if rule == "round":
        np.rint(levels, out=levels)
    pixels: Pixels = levels.astype(np.uint8)
    return through_jpeg(pixels) if rule == "truncate+jpeg95" else pixels


def through_jpeg(pixels: Pixels) -> Pixels:
    """Write and read pixels, (H, W, 3) RGB, as cv2.imwrite and any reader do a .jpg file."""
    bgr = np.ascontiguousarray(pixels[..., ::-1])
    _, stream = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    decoded = np.asarray(cv2.imdecode(stream, cv2.IMREAD_COLOR), dtype=np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])

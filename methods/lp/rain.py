"""LP's prior of rain: learned from the rainy plane's own flattest window (section 3.2)."""

import numpy as np
import torch
from numpy.typing import NDArray

from .mixture import Mixture, learn
from .patches import LENGTH, SIDE, remove_means

COMPONENTS = 20  # section 3.2
WINDOW = 100  # pixels, ibid.
ROUNDS = 30
SETTLED = 1e-2  # nats a patch
SEED = 0


def flattest_window(plane: NDArray[np.float64], side: int = WINDOW) -> tuple[slice, slice]:
    """Return the rows and columns of the window of least variance, the first of equals.

    It is cut to the plane's size where that is smaller.
    """
    height, width = (min(side, size) for size in plane.shape)
    centred = plane - plane.mean()  # for the sums' sake
    mean = _window_sums(centred, height, width) / (height * width)
    variance = _window_sums(centred**2, height, width) / (height * width) - mean**2
    top, left = np.unravel_index(variance.argmin(), variance.shape)
    return slice(int(top), int(top) + height), slice(int(left), int(left) + width)


def _window_sums(plane: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    sums = np.pad(plane, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    bands: NDArray[np.float64] = sums[height:] - sums[:-height]
    found: NDArray[np.float64] = bands[:, width:] - bands[:, :-width]
    return found


def learn_rain(plane: NDArray[np.float64], device: str = "cpu") -> Mixture:
    """Learn the mixture of the 8x8 patches in the flattest window of Y, (H, W) in [0, 1].

    A plane that is smaller than a patch is mirrored to hold some.
    """
    missing = [(0, max(0, SIDE - size)) for size in plane.shape]
    plane = np.pad(plane, missing, mode="symmetric")
    window = np.ascontiguousarray(plane[flattest_window(plane)], np.float32)
    patches = np.lib.stride_tricks.sliding_window_view(window, (SIDE, SIDE)).reshape(-1, LENGTH)
    centred = remove_means(torch.from_numpy(patches.copy()).to(device))
    components = max(1, min(COMPONENTS, len(centred) // LENGTH))
    return learn(centred, components, rounds=ROUNDS, seed=SEED, settled=SETTLED)[0]

"""Pictures that tests draw for themselves, from formulas and seeds."""

from __future__ import annotations

import numpy as np

from rainbench.image import Image, Pixels


def golden_pair(height: int, width: int) -> tuple[Pixels, Pixels]:
    """Draw the (distorted, reference) pair that the golden metric values were made from.

    ref[y, x, c] = (3x + 5y + floor(7 (c + 1) x y / 16)) mod 256 for c = 0, 1, 2 = R, G, B;
    dis = clip(ref + ((x y + 13 c) mod 41) - 20, 0, 255).
    """
    y, x, c = np.mgrid[:height, :width, :3]
    reference = (3 * x + 5 * y + (7 * (c + 1) * x * y) // 16) % 256
    distorted = np.clip(reference + ((x * y + 13 * c) % 41) - 20, 0, 255)
    return distorted.astype(np.uint8), reference.astype(np.uint8)


def random_pixels(height: int, width: int, seed: int) -> Pixels:
    """Draw 8-bit noise with some structure: (H, W, 3)."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (-(-height // 4), -(-width // 4), 3))
    fine = np.repeat(np.repeat(coarse, 4, axis=0), 4, axis=1)[:height, :width]
    noisy = fine + random.integers(-20, 21, fine.shape)
    return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8)


def with_overshoot(clean: Pixels, seed: int, sigma: float = 0.05) -> Image:
    """Add noise to a picture as a network might leave it: float32, some of it outside [0, 1]."""
    noise = np.random.default_rng(seed).normal(0, sigma, clean.shape)
    return np.asarray(clean / 255 + noise, dtype=np.float32)

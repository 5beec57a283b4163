"""The two floors beside the rainy image, each against its definition written out by hand."""

import math
import statistics
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rainbench import Comparison, MethodError, open_dataset
from rainbench.image import Image, to_image
from rainbench.protocol import HEADLINE, find_protocol
from rainbench.restorers.preparation import prepare_restorer

SIZES = [(1, 1), (1, 9), (9, 1), (5, 4), (11, 14)]


def noise(size: tuple[int, int]) -> Image:
    return np.random.default_rng(3).random((*size, 3), dtype=np.float32)


def directional_median(rainy: Image, width: int) -> Image:
    found = rainy.copy()
    height, columns, _ = rainy.shape
    for y in range(height):
        for x in range(columns):
            for c in range(3):
                row = [
                    float(rainy[y, (x + step) % columns, c])
                    for step in range(-(width // 2), width // 2 + 1)
                ]
                found[y, x, c] = min(float(rainy[y, x, c]), statistics.median(row))
    return found


def windows(size: tuple[int, int], y: int, x: int, radius: int) -> tuple[slice, slice]:
    rows = slice(max(0, y - radius), min(size[0], y + radius + 1))
    return rows, slice(max(0, x - radius), min(size[1], x + radius + 1))


def guided(rainy: Image, radius: int, eps: float) -> NDArray[np.float64]:
    """Least squares in every window by numpy's solver, ridge as another row; then the mean."""
    size, image = rainy.shape[:2], rainy.astype(np.float64)
    lines = np.empty((*rainy.shape, 2))
    for y, x, c in np.ndindex(rainy.shape):
        values = image[(*windows((size[0], size[1]), y, x, radius), c)].ravel()
        ridge = [math.sqrt(values.size * eps), 0.0]
        system = np.vstack([np.stack([values, np.ones_like(values)], 1), ridge])
        lines[y, x, c] = np.linalg.lstsq(system, np.append(values, 0.0), rcond=None)[0]
    found = np.empty(rainy.shape)
    for y, x, c in np.ndindex(rainy.shape):
        over = lines[(*windows((size[0], size[1]), y, x, radius), c)].reshape(-1, 2)
        found[y, x, c] = np.mean(over[:, 0] * image[y, x, c] + over[:, 1])
    return found


@pytest.mark.parametrize("width", [1, 3, 5, 7])
@pytest.mark.parametrize("size", SIZES)
def test_the_median_is_that_of_the_row(size: tuple[int, int], width: int) -> None:
    rainy = noise(size)
    restored = prepare_restorer(f"median:width={width}")(rainy)
    np.testing.assert_array_equal(restored, directional_median(rainy, width))


def test_the_median_removes_a_thin_streak_and_leaves_an_edge() -> None:
    clean = np.full((6, 20, 3), 0.25, dtype=np.float32)
    clean[:, 10:] = 0.5
    rainy = clean.copy()
    rainy[:, 4:6] += 0.25  # two pixels wide
    np.testing.assert_array_equal(prepare_restorer("median")(rainy), clean)


@pytest.mark.parametrize(("radius", "eps"), [(0, 1e-2), (1, 1e-4), (2, 1e-2), (20, 4e-4)])
@pytest.mark.parametrize("size", SIZES)
def test_the_guided_filter_fits_a_line_in_every_window(
    size: tuple[int, int], radius: int, eps: float
) -> None:
    rainy = noise(size)
    restored = prepare_restorer(f"guided:radius={radius},eps={eps}")(rainy)
    np.testing.assert_allclose(restored, guided(rainy, radius, eps), atol=1e-6)


@pytest.mark.parametrize(
    "words", ["median:width=4", "median:width=0", "guided:radius=-1", "guided:eps=0"]
)
def test_a_setting_without_sense_is_refused(words: str) -> None:
    with pytest.raises(MethodError, match="expected"):
        prepare_restorer(words)(noise((5, 5)))


# The mean over all 100 images of Rain100L, `y-prenet`: what a method must rise above.
FLOORS = {
    "rainy": (26.900731, 0.838372),
    "guided": (27.351469, 0.848501),
    "median": (28.335777, 0.865617),
}


@pytest.mark.parametrize("words", FLOORS)
def test_the_floors_of_rain100l(words: str, data: Path) -> None:
    restorer, protocol = prepare_restorer(words), find_protocol(HEADLINE)
    scores = []
    for pair in open_dataset(str(data / "rain100l")).pairs:
        rainy, clean = pair.read()
        assert clean is not None
        scores.append(Comparison(restorer(to_image(rainy)), clean).score(protocol))
    assert len(scores) == 100
    for k, mean in enumerate(FLOORS[words]):
        found = math.fsum((score.psnr_db, score.ssim)[k] for score in scores) / 100
        assert found == pytest.approx(mean, abs=(0.001, 0.00001)[k])

"""How often the intervals hold the true mean, and the test rejects a true null, by simulation.

`python -m tests.coverage` is the heavy version, a minute or two on a core; a light one is in
tests/test_statistics.py. Exit status 1 where an interval of 95% covers less than 93 or more than 97
times in 100, or the test by scenes rejects more than 7 times in 100.
"""

import sys
from collections.abc import Callable, Mapping
from math import exp

import numpy as np
from numpy.typing import NDArray

from rainbench.evidence.statistics import (
    mean_interval,
    scene_means,
    seeded_interval,
    signed_rank_p,
    student_interval,
)

Draw = Callable[[np.random.Generator, tuple[int, ...]], NDArray[np.float64]]

SHAPES: Mapping[str, Draw] = {
    "normal": lambda random, size: random.normal(size=size),
    # Skewness 1.75 and 2, of mean 0.
    "log-normal": lambda random, size: random.lognormal(0, 0.5, size) - exp(0.125),
    "exponential": lambda random, size: random.exponential(size=size) - 1,
}

SCENES, RAINS = 100, 14
"""As in Rain1400's test set."""


def coverage(shape: str, count: int, trials: int, seed: int = 1) -> float:
    """Draw `count` values of mean 0 and see whether their interval holds it, in so many trials."""
    drawn = SHAPES[shape](np.random.default_rng(seed), (trials, count))
    return float(np.mean([_holds(mean_interval(list(values))) for values in drawn]))


def clustered_coverage(shape: str, trials: int, seed: int = 2) -> float:
    """Likewise with 100 scenes of 14 images, half of whose variance is the scene's."""
    random = np.random.default_rng(seed)
    return float(
        np.mean([_holds(mean_interval(_by_scene(_images(shape, random)))) for _ in range(trials)])
    )


def rejections(trials: int, seed: int = 3) -> tuple[float, float]:
    """Test a true null at 5% with scenes as observations, and naively with images."""
    random = np.random.default_rng(seed)
    drawn = [_images("normal", random) for _ in range(trials)]
    by_scene = [signed_rank_p(_by_scene(images)) < 0.05 for images in drawn]
    naive = [signed_rank_p(list(images.ravel())) < 0.05 for images in drawn]
    return float(np.mean(by_scene)), float(np.mean(naive))


def seeded_coverage(seeds: int, scenes: int, trials: int, seed: int = 4) -> tuple[float, float]:
    """Compare two methods of equal mean, of so many seeds: with seeds counted, and without."""
    random = np.random.default_rng(seed)
    counted, ignored = [], []
    for _ in range(trials):
        shared = random.normal(size=scenes)
        one, other = (
            shared
            + random.normal(0, 0.1, (seeds, 1))  # another seed moves every scene
            + random.normal(0, 0.3, (1, scenes))  # each method has scenes that suit it
            + random.normal(0, 0.1, (seeds, scenes))
            for _ in range(2)
        )
        counted.append(_holds(seeded_interval(one, other)[0]))
        ignored.append(_holds(student_interval((one - other).mean(axis=0))))
    return float(np.mean(counted)), float(np.mean(ignored))


def _images(shape: str, random: np.random.Generator) -> NDArray[np.float64]:
    return SHAPES[shape](random, (SCENES, 1)) + random.normal(size=(SCENES, RAINS))


def _by_scene(images: NDArray[np.float64]) -> list[float]:
    named = ((str(s), float(value)) for s, row in enumerate(images) for value in row)
    return [*scene_means(named).values()]


def _holds(interval: tuple[float, float] | None) -> bool:
    return interval is not None and interval[0] <= 0 <= interval[1]


def main(trials: int = 2000) -> int:
    """Print every figure beside what it should be."""
    found = {f"normal, {few} scenes": coverage("normal", few, trials) for few in (5, 12, 29)}
    found |= {
        f"{shape}, {count} scenes": coverage(shape, count, trials)
        for shape in SHAPES
        for count in (30, 91)
    }
    found |= {f"{shape}, 100 x 14": clustered_coverage(shape, trials // 2) for shape in SHAPES}
    for seeds in (2, 3, 5):
        found[f"{seeds} seeds, 91 scenes"], ignored = seeded_coverage(seeds, 91, trials)
        print(f"{seeds} seeds, ignored: {ignored:.4f}")
    wrong = [
        name for name, rate in found.items() if not 0.93 <= rate <= 0.97 + 0.02 * ("seeds" in name)
    ]
    for name, rate in found.items():
        print(f"{name:28}{rate:.4f}{'  WRONG' if name in wrong else ''}")
    by_scene, naive = rejections(trials // 2)
    print(f"{'rejected by scene':28}{by_scene:.4f}\n{'rejected by image':28}{naive:.4f}")
    return 1 if wrong or by_scene > 0.07 else 0


if __name__ == "__main__":
    sys.exit(main())

"""By how much the rows of a table differ, image by image, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import fsum, isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from rainbench.evidence.evidence import Result, ScoredImage
    from rainbench.evidence.statistics import Interval

Figure: TypeAlias = Literal["psnr_db", "ssim"]

SMALLEST: Mapping[Figure, float] = MappingProxyType({"psnr_db": 0.05, "ssim": 0.001})
"""Differences below these are of no practical size, however sure they are."""

LEVEL = 0.05
"""Differences as large come from chance alone less often than this, in all pairs together."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What one row scores above another, on the very images that both have scored."""

    data: str
    """As `Measurement.data`."""
    first: str
    second: str
    figure: Figure
    images: int
    """Images compared: of one name and of the same pixels in both."""
    of: int
    """Images that the release promises."""
    scenes: int = 0
    """Observations: differences are averaged within a scene before anything else."""
    seeds: tuple[int, int] = (1, 1)
    """Runs of either that differ in nothing but their seed."""
    mean: float | None = None
    """First minus second, mean over scenes, in dB or SSIM; None: `why_not` says why."""
    interval: Interval | None = None
    """95% of the mean; None: one scene has no spread, or nobody asked."""
    p_value: float | None = None
    """Wilcoxon's over scenes (of several seeds: Student's), corrected over the data's pairs."""
    remarks: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def distinguishable(self) -> bool:
        """Whether chance alone would hardly make the difference, given how many are looked at."""
        return self.p_value is not None and self.p_value < LEVEL

    @property
    def practical(self) -> bool:
        """Whether the difference is large enough for anyone to see."""
        return self.mean is not None and abs(self.mean) >= SMALLEST[self.figure]


def compare_results(results: Iterable[Result], figure: Figure = "psnr_db") -> list[Difference]:
    """Compare every two rows on the same data, the higher mean first, by one figure.

    Images are paired by name and pixels; those that only one row has, or has with other pixels,
    are left out, which the remarks say. Runs of one identity but for the seed are one row.
    p-values are corrected over the pairs of one dataset.
    """
    by_data: dict[str, list[Result]] = {}
    for result in results:
        by_data.setdefault(result.measurement.data, []).append(result)
    return [
        pair
        for data in sorted(by_data)
        for pair in compare_rows(_repeated(by_data[data]), figure).values()
    ]


def compare_rows(
    rows: Sequence[Sequence[Result]], figure: Figure, *, intervals: bool = True
) -> dict[tuple[int, int], Difference]:
    """Compare every two rows of one dataset, each the runs that repeat it under several seeds.

    Args:
        rows: each of one run or more.
        figure: by which figure.
        intervals: whether to compute them; they take nearly all the time.

    Returns differences by the rows' places in `rows`, the higher mean first, with p-values
    corrected over all of them.
    """
    given = [_Row.of(place, runs) for place, runs in enumerate(rows)]
    ordered = sorted(given, key=lambda row: (-row.mean(figure), row.name, row.place))
    pairs = {
        (one.place, other.place): _compare(one, other, figure, intervals)
        for one, other in combinations(ordered, 2)
    }
    return _corrected(pairs)


class _Row(NamedTuple):
    """The runs that make one row: one, or one a seed."""

    place: int
    name: str
    runs: tuple[Result, ...]
    images: Mapping[tuple[str, str, str], tuple[ScoredImage, ...]]
    """The images that every run has scored, a score a run, in order of content."""

    @classmethod
    def of(cls, place: int, runs: Sequence[Result]) -> _Row:
        scored = [{image.content: image for image in run.images} for run in runs]
        common = set.intersection(*(set(each) for each in scored))
        images = {content: tuple(each[content] for each in scored) for content in sorted(common)}
        return cls(place, _name(runs), tuple(runs), images)

    def mean(self, figure: Figure) -> float:
        values = [getattr(run.measurement, figure) for run in self.runs]
        return fsum(values) / len(values)


def _repeated(results: Sequence[Result]) -> list[list[Result]]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.repeats or result.run_id, []).append(result)
    return [*groups.values()]


def _name(runs: Sequence[Result]) -> str:
    if len(runs) == 1:
        return runs[0].row
    # What tells the seeds apart tells nothing of the row.
    parts = [run.difference.split(", ") for run in runs]
    shared = [part for part in parts[0] if part and all(part in other for other in parts)]
    return f"{runs[0].label} ({', '.join([*shared, f'{len(runs)} seeds'])})"


def _compare(first: _Row, second: _Row, figure: Figure, intervals: bool) -> Difference:
    one, other = first.images, second.images
    common = [content for content in one if content in other]
    found = Difference(
        data=first.runs[0].measurement.data,
        first=first.name,
        second=second.name,
        figure=figure,
        images=len(common),
        of=max(run.measurement.of for run in (*first.runs, *second.runs)),
        seeds=(len(first.runs), len(second.runs)),
        remarks=tuple(_remarks(one, other, len(common), first, second)),
    )
    if not common:
        return replace(found, why_not="no image of the same pixels in both")
    scores = [
        [[getattr(images[content][seed], figure) for content in common] for seed in range(seeds)]
        for images, seeds in zip((one, other), found.seeds, strict=True)
    ]
    exact = sum(not all(map(isfinite, each)) for each in zip(*scores[0], *scores[1], strict=True))
    if exact:
        return replace(found, why_not=f"restored exactly on {exact} of {len(common)} images")
    return _measured(found, [one[content][0].scene for content in common], scores, intervals)


def _measured(
    found: Difference, scenes: Sequence[str], scores: list[list[list[float]]], intervals: bool
) -> Difference:
    """Fill in mean, interval and test from scores by row, seed and image."""
    # Here and not above: SciPy's statistics take half a second to import.
    import numpy as np

    from rainbench.evidence.statistics import (
        mean_interval,
        scene_means,
        seeded_interval,
        signed_rank_p,
    )

    first, second = (
        np.array([list(scene_means(zip(scenes, seed, strict=True)).values()) for seed in row])
        for row in scores
    )
    by_image = np.mean(scores[0], axis=0) - np.mean(scores[1], axis=0)
    by_scene = [*scene_means(zip(scenes, map(float, by_image), strict=True)).values()]
    interval: Interval | None
    if min(found.seeds) > 1 and len(by_scene) > 1:
        interval, p_value = seeded_interval(first, second)
    else:
        interval = mean_interval(by_scene) if intervals else None
        p_value = signed_rank_p(by_scene)
    mean = fsum(by_scene) / len(by_scene)
    return replace(found, scenes=len(by_scene), mean=mean, interval=interval, p_value=p_value)


def _remarks(
    one: Mapping[tuple[str, str, str], object],
    other: Mapping[tuple[str, str, str], object],
    common: int,
    first: _Row,
    second: _Row,
) -> Iterable[str]:
    of = max(len(one), len(other))
    if common < of:
        yield f"on the {common} of {of} images that both have"
    others = {name for name, *_ in one} & {name for name, *_ in other}
    odd = len(others) - len({name for name, *_ in one.keys() & other.keys()})
    if odd:
        yield f"{odd} left out, of one name but of other pixels"
    if (len(first.runs) > 1) != (len(second.runs) > 1):
        yield "one of the two has a single seed: only scenes count"


def _corrected(
    pairs: Mapping[tuple[int, int], Difference],
) -> dict[tuple[int, int], Difference]:
    from rainbench.evidence.statistics import holm

    tested = {at: pair.p_value for at, pair in pairs.items() if pair.p_value is not None}
    corrected = holm(tested)
    return {at: replace(pair, p_value=corrected.get(at)) for at, pair in pairs.items()}

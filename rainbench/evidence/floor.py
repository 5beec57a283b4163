"""Who scores less than a baseline: the floor that whatever is worth its name rises above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rainbench.evidence.marks import BELOW_FLOOR
from rainbench.evidence.measurement import Result, ScoredImage
from rainbench.metrics.comparison import Score, average
from rainbench.protocol import find_protocol


def mark_below_floor(results: Sequence[Result]) -> tuple[Result, ...]:
    """Mark every result that has less PSNR than a floor's on the same data, floors themselves not.

    Means are taken anew over the images that both have scored, of one name and the same pixels.
    """
    floors = [each for each in results if each.floor]
    return tuple(
        _marked(each) if not each.floor and any(_is_below(each, f) for f in floors) else each
        for each in results
    )


def _is_below(result: Result, floor: Result) -> bool:
    if result.measurement.data != floor.measurement.data:
        return False
    ours = {image.content: image for image in result.images}
    theirs = {image.content: image for image in floor.images}
    shared = sorted(ours.keys() & theirs.keys())
    if not shared:
        return False
    protocol = result.measurement.protocol
    return _mean_db(protocol, [ours[key] for key in shared]) < _mean_db(
        protocol, [theirs[key] for key in shared]
    )


def _mean_db(protocol: str, images: Sequence[ScoredImage]) -> float:
    scores = {image.name: Score(image.psnr_db, image.ssim) for image in images}
    return average(find_protocol(protocol), scores).psnr_db


def _marked(result: Result) -> Result:
    measurement = result.measurement
    return replace(
        result, measurement=replace(measurement, marks=(*measurement.marks, BELOW_FLOOR))
    )

"""Who scores less than a baseline: the floor that whatever is worth its name rises above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rainbench.evidence.averaging import average_over, shared_images
from rainbench.evidence.marks import BELOW_FLOOR
from rainbench.evidence.measurement import Result


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
    shared = shared_images([result, floor])
    if not shared:
        return False
    ours, least = (average_over(each, shared).psnr_db for each in (result, floor))
    return ours < least


def _marked(result: Result) -> Result:
    measurement = result.measurement
    return replace(
        result, measurement=replace(measurement, marks=(*measurement.marks, BELOW_FLOOR))
    )

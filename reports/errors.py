"""Where methods fail: gain over the rainy input, images made worse, and the worst images."""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum, isfinite

import numpy as np

from rainbench import Block, Cell, Column, Evidence, Note, Report, Result, ScoredImage, Table

INPUT = "rainy"
"""The row that leaves the rainy picture as it is: what the others are measured against."""

FEW = 5
"""Per cent of the images that score the percentile or less."""

Images = Mapping[tuple[str, str, str], ScoredImage]


def make(evidence: Evidence) -> Sequence[Block]:
    """Tell of each dataset, a row a method, how its images spread and what became of the input."""
    by_data: dict[str, list[Result]] = {}
    for result in evidence.results:
        if result.images:
            by_data.setdefault(result.measurement.data, []).append(result)
    tables = [_table(data, by_data[data], evidence.protocol) for data in sorted(by_data)]
    if not tables:
        return [Note("No image is scored."), *map(Note, evidence.unscored)]
    return [*tables, *map(Note, _notes(by_data, evidence))]


def _table(data: str, results: Sequence[Result], protocol: str) -> Table:
    columns = (
        Column(title="method"),
        Column(title="images", align="right"),
        Column(title="5th percentile", unit="dB", align="right"),
        Column(title="worst", unit="dB", align="right"),
        Column(title="worst image"),
        Column(title="gain over input", unit="dB", align="right"),
        Column(title="least gain", unit="dB", align="right"),
        Column(title="worse in PSNR", unit="%", align="right", decimals=0),
        Column(title="worse in SSIM", unit="%", align="right", decimals=0),
    )
    given = next((_images(each) for each in results if each.label == INPUT), {})
    rows = tuple(_row(result, given) for result in results)
    return Table(title=f"Where methods fail on {data}, {protocol}", columns=columns, rows=rows)


def _row(result: Result, given: Images) -> tuple[Cell, ...]:
    scores = [image.psnr_db for image in result.images]
    worst = min(result.images, key=lambda image: (image.psnr_db, image.name))
    # An image's own score, and no mixture of two: one may be infinite.
    low = float(np.quantile(scores, FEW / 100, method="inverted_cdf"))
    images = f"{len(result.images)}/{result.measurement.of}"
    change = (None,) * 4 if result.label == INPUT else _change(_images(result), given)
    return result.row, images, low, worst.psnr_db, worst.name, *change


def _change(restored: Images, given: Images) -> tuple[Cell, Cell, Cell, Cell]:
    """Tell mean and least gain in dB, and of how many per cent of images less is left."""
    pairs = [(restored[key], given[key]) for key in sorted(restored.keys() & given.keys())]
    if not pairs:
        return None, None, None, None
    gains = [after.psnr_db - before.psnr_db for after, before in pairs]
    whole = all(map(isfinite, gains))
    return (
        fsum(gains) / len(gains) if whole else None,
        min(gains) if whole else None,
        100 * sum(after.psnr_db < before.psnr_db for after, before in pairs) / len(pairs),
        100 * sum(after.ssim < before.ssim for after, before in pairs) / len(pairs),
    )


def _images(result: Result) -> Images:
    return {image.content: image for image in result.images}


def _notes(by_data: Mapping[str, Sequence[Result]], evidence: Evidence) -> Iterable[str]:
    yield (
        "Gains are image by image, over the same pixels before they were restored; an image is "
        "worse where less is left than there was. The percentile is the score that 5 images in "
        "100 do not exceed."
    )
    for data, results in by_data.items():
        given = next((_images(each) for each in results if each.label == INPUT), None)
        if given is None:
            yield f"{data}: no gains, for the input is not scored; run --method {INPUT} too."
            continue
        for result in results:
            common = len(_images(result).keys() & given.keys())
            if common < len(result.images):
                yield (
                    f"{result.row} on {data}: gains are over the {common} of "
                    f"{len(result.images)} images whose input is scored."
                )
    yield from evidence.unscored


REPORT = Report(title="Where methods fail", make=make)
